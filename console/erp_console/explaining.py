"""Shows where every value of a document comes from: a tree for XML and JSON, a table for CSV.

Holds personal data: only for who asks for it with --explain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from erp_console.document_tree import (
    Leaves,
    Path,
    leaves_of,
    place_of,
    step_name,
    written_place,
)

if TYPE_CHECKING:
    from erp_adapter.order import Order
    from erp_adapter.profile import Explained, Profile

_WIDTH: Final = 240
"""Where there is no terminal: in a file, in a pipe."""


@dataclass(frozen=True)
class Explanation:
    """The values of one document."""

    kind: str
    encoding: str
    values: "Sequence[Explained]"

    @classmethod
    def of(cls, profile: "Profile", order: "Order") -> "Explanation":
        """Of a balanced order's document. Raises Unmappable."""
        return cls(profile.kind, profile.encoding, profile.explain(order))

    def show(self, content: bytes) -> None:
        """Prints the document's values with template, sources and formats."""
        console = Console(highlight=False)
        if not console.is_terminal:
            console = Console(highlight=False, width=_WIDTH)
        if self.kind == "csv":
            console.print(table(self.values))
        else:
            leaves = leaves_of(self.kind, content, self.encoding)
            console.print(tree(leaves, self.values))

    def as_json(self) -> list[dict[str, Any]]:
        """The same for programs."""
        return [_as_json(value) for value in self.values]


def tree(leaves: Leaves, explained: "Sequence[Explained]") -> Tree:
    """The document's own tree; a leaf that nothing explains is a constant of the profile."""
    waiting: dict[str, list[Explained]] = {}
    for each in explained:
        waiting.setdefault(written_place(each.element), []).append(each)
    whole = Tree(Text(leaves[0][0][0], "bold"))
    branches: dict[Path, Tree] = {leaves[0][0][:1]: whole}
    for path, value in leaves:
        known = waiting.get(written_place(place_of(path)))
        leaf = _leaf(_name(path[-1]), value, known.pop(0) if known else None)
        branches[path] = _branch(branches, path[:-1] or path).add(leaf)
    return whole


def table(explained: "Sequence[Explained]") -> Table:
    """A row for every cell; a line above each row of the file."""
    found = Table("Column", "Value", "Template", "Source", "Format", show_lines=False)
    seen: set[str] = set()
    for value in explained:
        if value.element in seen:
            found.add_section()
            seen.clear()
        seen.add(value.element)
        cells = (value.element, value.value, value.template, sources(value), formats(value))
        found.add_row(*(Text(cell, overflow="fold") for cell in cells))
    return found


def sources(value: "Explained") -> str:
    """The fields, each with what it is in Omnitron's documents."""
    return ", ".join(
        f.path if f.path == f.source else f"{f.path} = {f.source}" for f in value.fields
    )


def formats(value: "Explained") -> str:
    """How the value is written."""
    return ", ".join(value.formats)


def _branch(branches: dict[Path, Tree], path: Path) -> Tree:
    if path not in branches:
        branches[path] = _branch(branches, path[:-1]).add(Text(_name(path[-1])))
    return branches[path]


def _name(step: str) -> str:
    return step_name(step).removeprefix("/").removeprefix(".")


def _leaf(name: str, value: str, explained: "Explained | None") -> Text:
    text = Text.assemble((name, "cyan"), " ", (value, "bold green"))
    if explained is None or not (explained.fields or "{" in explained.template):
        return text.append("  constant", "dim")
    text.append(f"  {explained.template}", "yellow")
    if explained.fields:
        text.append(f"  ← {sources(explained)}", "dim")
    return text.append(f"  ({formats(explained)})", "dim") if explained.formats else text


def _as_json(value: "Explained") -> dict[str, Any]:
    return {
        "element": value.element,
        "file": value.place.file,
        "line": value.place.line,
        "value": value.value,
        "template": value.template,
        "formats": list(value.formats),
        "fields": [{"path": f.path, "source": f.source, "ubl": f.ubl} for f in value.fields],
    }
