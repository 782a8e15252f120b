"""A loaded profile: orders in, documents out."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from erp_adapter.errors import Unmappable
from erp_adapter.notification import key_part
from erp_adapter.order.model import Order
from erp_adapter.profile.code import Code
from erp_adapter.profile.code_expression import Expressions
from erp_adapter.profile.code_leaf import LeafCode
from erp_adapter.profile.csv_tree import CsvDocument
from erp_adapter.profile.document import Document
from erp_adapter.profile.explain import Explained, Trace
from erp_adapter.profile.formats import Unknown
from erp_adapter.profile.loading import Checked, read_profile
from erp_adapter.profile.readback import ReadBack
from erp_adapter.profile.rendering import Rendering
from erp_adapter.profile.version import version_of
from erp_adapter.profile.writing import CsvWriting, TreeWriting, Writing

MAX_DOCUMENT: Final = 32 * 1024 * 1024
"""Bytes; an order of 5,000 lines with 3 thousand each has half of it."""


class Profile:
    """One ERP's document, compiled. `load_profile` makes it; threads may share it."""

    def __init__(
        self, folder: Path, settings: Mapping[str, object], unknown: Unknown | None = None
    ) -> None:
        checked = read_profile(folder, settings, unknown)
        self.name, self.title = checked.name, checked.manifest.title
        self.kind, self.encoding = checked.manifest.kind, checked.manifest.encoding
        self.measure = checked.manifest.measure
        self.cancels = checked.manifest.cancels
        self.version = version_of(folder, settings)
        self._checked = checked
        self._writing = _writing(checked)
        self._file_name = _file_name(checked)
        self._read_back = ReadBack(folder, checked)

    def render(self, order: Order) -> Document:
        """The document of a balanced order.

        Raises Unmappable (a Rejected) with one of design.md's codes; its path is profile, file,
        line and element.
        """
        content = self._writing.content([_balanced(order)])
        if len(content) > MAX_DOCUMENT:
            raise Unmappable(
                f"The document is larger than {MAX_DOCUMENT} bytes. Correct the profile: it "
                "repeats what stands in the order once.",
                code="TOO_LONG", path=self.name, expected=f"at most {MAX_DOCUMENT} bytes",
                found=f"{len(content)} bytes",
            )  # fmt: skip
        self._read_back.check(content, order)
        manifest = self._checked.manifest
        return Document(
            name="".join(self._file_name.parts(order)) + manifest.extension,
            content_type=manifest.content_type,
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            profile=self.name,
            version=self.version,
        )

    def explain(self, order: Order) -> list[Explained]:
        """Every value of a balanced order's document: place, template, value, fields, sources.

        Raises Unmappable as `render` does. Holds personal data: for who previews, not for logs.
        """
        return self.trace(order).values

    def trace(self, order: Order) -> Trace:
        """The same with the lists and conditions that decide what is written, and the file's name.

        Raises Unmappable. Holds personal data, as `explain` does.
        """
        trace = self._writing.trace(_balanced(order))
        return replace(trace, file_name=self._file_name.trace(order).told)

    def validate(self, document: Document) -> None:
        """Checks a document against the profile's schema, also where xsd = "lint".

        Raises Unmappable. For lint, preview and CI; `render` does it by itself otherwise.
        """
        self._read_back.validate(document.content)

    def render_all(self, orders: Sequence[Order]) -> bytes:
        """One CSV file of several balanced orders of one currency: one header line, one trailer.

        Raises Unmappable for the first order that fails, alone or with the others.
        """
        if not isinstance(self._checked.body, CsvDocument) or not orders:
            raise ValueError(
                "Only CSV profiles put several orders into one file, and at least one."
            )
        for order in orders:
            self.render(order)
        content = self._writing.content(orders)
        self._read_back.readable(content)
        return content


def _balanced(order: Order) -> Order:
    if order.totals is None:
        raise ValueError("A profile renders balanced orders: call balance() first.")
    return order


def _writing(checked: Checked) -> Writing:
    if isinstance(checked.body, CsvDocument):
        return CsvWriting(checked.name, checked.manifest, checked.body)
    return TreeWriting(checked.name, checked.manifest, checked.body)


def _file_name(checked: Checked) -> Rendering:
    def write(code: Code, leaf: LeafCode) -> None:
        value = leaf.value(
            checked.file_name, Expressions(code, "order", {"order": "order"}), "file_name"
        )
        leaf.require(value)
        leaf.write(value, "key_part", None, "reject")
        code.flush()

    return Rendering(checked.name, checked.manifest, write, {"key_part": key_part})
