"""What a change of a mapping does to orders: their documents before and after, value by value."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final, Literal, get_args

from erp_adapter.errors import AdapterError, Rejected
from erp_adapter.order import Order

from erp_console.document_tree import leaves_of, place_of
from erp_console.mapping import Mapping
from erp_console.order_files import Source

Kind = Literal[
    "now rejected", "now passing", "rejected otherwise", "changed", "added", "removed", "written"
]
_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""In the order of how urgent they are; "written": the same values in other bytes."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: a value at a place of the document, or a rejection's code."""

    kind: Kind
    place: str
    before: str | None = None
    after: str | None = None


@dataclass
class Group:
    """All changes of one kind at one place, with the first as an example."""

    kind: Kind
    place: str
    orders: list[str] = field(default_factory=list)
    values: int = 0
    before: str | None = None
    after: str | None = None

    def take(self, order: str, change: Change) -> None:
        """One more."""
        if not self.values:
            self.before, self.after = change.before, change.after
        self.values += 1
        if order not in self.orders:
            self.orders.append(order)


@dataclass(frozen=True)
class _Made:
    """A document, or why there is none."""

    content: bytes = b""
    values: dict[str, list[str]] = field(default_factory=dict)
    rejection: Rejected | None = None


def changes(before: Mapping, after: Mapping, source: Source) -> list[Change]:
    """What differs for one order; statuses do not matter. Raises AdapterError but Rejected."""
    old, new = _made(before, source), _made(after, source)
    if old.rejection or new.rejection:
        return list(_rejections(old.rejection, new.rejection))
    found = [
        change
        for place in dict.fromkeys([*old.values, *new.values])
        for change in _at(place, old.values.get(place, []), new.values.get(place, []))
    ]
    if not found and old.content != new.content:
        return [Change("written", "document")]
    return found


def _rejections(old: Rejected | None, new: Rejected | None) -> Iterator[Change]:
    if old is None and new is not None:
        yield Change("now rejected", new.code, None, new.message)
    elif new is None and old is not None:
        yield Change("now passing", old.code, old.message, None)
    elif old is not None and new is not None and old.code != new.code:
        yield Change("rejected otherwise", f"{old.code} → {new.code}", old.message, new.message)


def _at(place: str, old: list[str], new: list[str]) -> Iterator[Change]:
    """Values of one place, aligned, so that one more row does not change all rows after it."""
    for _, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = old[start:end], new[first:last]
        both = min(len(gone), len(come))
        for was, now in zip(gone[:both], come[:both], strict=True):
            if was != now:
                yield Change("changed", place, was, now)
        for was in gone[both:]:
            yield Change("removed", place, was, None)
        for now in come[both:]:
            yield Change("added", place, None, now)


def _made(mapping: Mapping, source: Source) -> _Made:
    try:
        order = mapping.balanced(mapping.read(source))
        content = mapping.document(order).content
        values: dict[str, list[str]] = defaultdict(list)
        for place, value in _leaves(mapping, order, content):
            values[place].append(value)
    except Rejected as rejection:
        return _Made(rejection=rejection)
    return _Made(content, dict(values))


def _leaves(mapping: Mapping, order: Order, content: bytes) -> Iterator[tuple[str, str]]:
    profile = mapping.profile
    if profile.kind == "csv":
        trace = profile.trace(order)
        for cell in (cell for line in trace.lines for cell in line):
            if cell.told is not None and cell.text.strip():
                yield trace.told[cell.told].element, cell.text.strip()
        return
    for path, value in leaves_of(profile.kind, content, profile.encoding):
        yield place_of(path), value


@dataclass
class Comparison:
    """Of many orders."""

    groups: dict[tuple[Kind, str], Group] = field(default_factory=dict)
    orders: int = 0
    same: int = 0
    unread: dict[str, str] = field(default_factory=dict)

    def take(self, name: str, before: Mapping, after: Mapping, source: Source) -> None:
        """One more order."""
        try:
            found = changes(before, after, source)
        except AdapterError as error:
            self.unread[name] = error.message
            return
        self.orders += 1
        self.same += not found
        for change in found:
            key = change.kind, change.place
            group = self.groups.setdefault(key, Group(change.kind, change.place))
            group.take(name, change)

    def sorted(self) -> list[Group]:
        """By kind, then by how many orders."""
        return sorted(
            self.groups.values(), key=lambda each: (_KINDS.index(each.kind), -len(each.orders))
        )
