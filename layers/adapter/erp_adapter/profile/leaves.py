"""Texts, conditions and lists of a profile, read from the strings that stand in its files."""

from dataclasses import dataclass, replace
from typing import Final

from erp_adapter.profile.braces import BraceFault, Hole, split
from erp_adapter.profile.characters import unwritable
from erp_adapter.profile.check import Checker
from erp_adapter.profile.formats import Formats
from erp_adapter.profile.manifest import Manifest
from erp_adapter.profile.nodes import Node, Report, Scope
from erp_adapter.profile.problems import Place, Problems
from erp_adapter.profile.syntax import parse
from erp_adapter.profile.tokens import SyntaxFault
from erp_adapter.profile.types import UNKNOWN

MAX_EACH: Final = 8
MAX_LEAVES: Final = 5000
_REMEDIES = {
    "number": "A number needs a format: money(), price(), qty(), percent() or number().",
    "moment": "A date and time needs a format: date(), time() or datetime().",
    "boolean": "true or false has no one text: write text(), which takes [format.boolean].",
    "list": "A list is no text: repeat an element with each, or join() its texts.",
    "record": "A group of fields is no text: name one of its fields.",
}


@dataclass(frozen=True, slots=True)
class Text:
    """A leaf's text: constants and expressions; `source` is how it was written."""

    parts: tuple[str | Node, ...]
    source: str
    place: Place

    @property
    def nodes(self) -> list[Node]:
        """The expressions alone."""
        return [part for part in self.parts if isinstance(part, Node)]

    @property
    def nullable(self) -> bool:
        """Whether it can be null: one null part makes the whole text null."""
        return any(node.type.nullable for node in self.nodes)


class Leaves:
    """Reads the strings of one profile; what is wrong with them goes to `problems`."""

    def __init__(self, formats: Formats, problems: Problems, manifest: Manifest) -> None:
        self.formats, self.problems, self.manifest = formats, problems, manifest
        self.count = 0

    def text(self, raw: str, place: Place, scope: Scope) -> Text:
        """A text with {expressions} in it."""
        self.count += 1
        if self.count == MAX_LEAVES:
            self.problems.add(place, f"A profile has at most {MAX_LEAVES} texts.")
        try:
            pieces = split(raw)
        except BraceFault as fault:
            self.problems.add(place.after(raw, fault.offset), str(fault))
            return Text((), raw, place)
        # JSON writes a number as one where it stands alone.
        alone = self.manifest.kind == "json" and len(pieces) == 1
        parts = tuple(
            self._writable(self._node(piece.source, place.after(raw, piece.offset), scope),
                           place.after(raw, piece.offset), piece, alone)
            if isinstance(piece, Hole) else piece
            for piece in pieces
        )  # fmt: skip
        for piece in pieces:
            if isinstance(piece, str):
                self.constant(piece, place)
        return Text(parts, raw, place)

    def constant(self, text: str, place: Place, *, is_name: bool = False) -> None:
        """Reports what the profile itself writes and can't; names have no references."""
        lenient = self.manifest.unencodable != "reject" and not is_name
        encoding = "utf-8" if lenient else self.manifest.bare_encoding
        found = unwritable(text, encoding)
        if found:
            self.problems.add(place, f"The character {found} can't be written in {encoding}.")

    def condition(self, raw: str, place: Place, scope: Scope) -> Node:
        """An expression that is true or false, without braces."""
        return self._node(raw, place, scope, condition=True)

    def items(self, raw: str, place: Place, scope: Scope) -> Node:
        """The list that `each` repeats, without braces."""
        node = self._node(raw, place, scope)
        if scope.depth >= MAX_EACH:
            self.problems.add(place, f"each is nested more than {MAX_EACH} deep.")
        if node.type.kind not in ("list", "unknown"):
            self.problems.add(place, f"each needs a list, such as lines; this is {node.type}.")
            return replace(node, type=UNKNOWN)
        return node

    def expression(self, raw: str, place: Place, scope: Scope) -> Node:
        """An expression of any type, without braces."""
        return self._node(raw, place, scope)

    def _node(self, raw: str, place: Place, scope: Scope, *, condition: bool = False) -> Node:
        report = self._report(raw, place)
        try:
            syntax = parse(raw)
        except SyntaxFault as fault:
            report(fault.offset, str(fault))
            return Node("literal", UNKNOWN, 0)
        checker = Checker(self.formats, scope, report)
        return checker.condition(syntax) if condition else checker.check(syntax)

    def _report(self, raw: str, start: Place) -> Report:
        def report(offset: int, message: str, place: Place | None = None) -> None:
            self.problems.add(place or start.after(raw, offset), message)

        return report

    def _writable(self, node: Node, place: Place, hole: Hole, alone: bool) -> Node:
        kind = node.type.kind
        as_number = kind == "number" and (node.type.form == "whole" or alone)
        if kind not in ("text", "unknown") and not as_number and not (kind == "boolean" and alone):
            remedy = _REMEDIES.get(kind, "This is always null: it can't be written.")
            self.problems.add(place, remedy)
        return node
