"""The examples of a profile: orders as files, and the documents that they must become."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from erp_adapter.order import Order
from erp_adapter.profile import Document, Profile

from erp_console.order_files import SUFFIX, order_files, source_of
from erp_console.written_examples import balanced

FOLDER: Final = "examples"


@dataclass(frozen=True)
class Example:
    """One order; its document is made with the profile's own settings and the default policies,
    so that it is the same whatever routes.toml says."""

    file: Path

    @property
    def name(self) -> str:
        """NAME of NAME.order.json."""
        return self.file.name.removesuffix(SUFFIX)

    def order(self, profile: Profile) -> Order:
        """The balanced order, or what is cancelled of it. Raises Rejected."""
        return balanced(source_of(self.file), profile.cancels)

    def document(self, profile: Profile) -> Document:
        """Its document, also checked against a schema that is left to lint. Raises Rejected."""
        document = profile.render(self.order(profile))
        profile.validate(document)
        return document

    def expected(self, document: Document) -> Path:
        """Where its document is kept."""
        return self.file.with_name(f"{self.name}.expected{Path(document.name).suffix}")


def examples_of(folder: Path) -> list[Example]:
    """A profile's examples, by name."""
    return [Example(file) for file in order_files(folder / FOLDER)]


def orphans_of(folder: Path) -> list[Path]:
    """Expected documents without an order: nothing would compare them."""
    names = {example.name for example in examples_of(folder)}
    kept = sorted((folder / FOLDER).glob("*.expected.*"))
    return [file for file in kept if file.name.split(".expected.")[0] not in names]
