"""Where each value of a document comes from: expression, fields, their sources in Omnitron."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from erp_adapter.order import model
from erp_adapter.profile.bindings import Figure
from erp_adapter.profile.dates import MomentFormat
from erp_adapter.profile.formats import LineNumbers, Lookup
from erp_adapter.profile.nodes import Node
from erp_adapter.profile.problems import Place

Role = Literal["value", "each", "if"]
_ITEM: Final = "@"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the canonical order: its path, its source in Omnitron, its UBL element.

    `base` is the name that the path starts with; "" where it starts at the current item.
    """

    path: str
    source: str
    ubl: str | None
    base: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """One value of a document, as it was written there; `template` is what the profile says,
    `formats` what its named formats and tables mean, `most` how wide it may be.

    `role` is another one for the lists and conditions that decide what is written; they have no
    value. `scope` holds the items that the fields' paths start from, "" the current one.
    """

    element: str
    place: Place
    template: str
    value: str
    fields: tuple[Field, ...]
    formats: tuple[str, ...] = ()
    role: Role = "value"
    most: int | None = None
    scope: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a CSV line as it is written, where in the document's text it starts, and the
    position in `Trace.told` of what was computed for it last."""

    text: str
    told: int | None
    start: int = 0


@dataclass(frozen=True, slots=True)
class Trace:
    """All that one order's document rests on, in the order in which it was computed.

    `lines` are those of a CSV file. `file_name` is what the document's name is made of.
    """

    told: tuple[Explained, ...]
    lines: tuple[tuple[Cell, ...], ...] = ()
    file_name: tuple[Explained, ...] = ()

    @property
    def values(self) -> list[Explained]:
        """The values alone."""
        return [each for each in self.told if each.role == "value"]


def fields_of(nodes: Sequence[Node]) -> tuple[Field, ...]:
    """The fields that expressions read, each once, in order."""
    return tuple(dict.fromkeys(found for node in nodes for found in _fields(node, _ITEM)))


def _fields(node: Node, here: str) -> Iterator[Field]:
    """`here` is the path of the current item."""
    owner = node.children[0].type.owner if node.op == "field" else ""
    described = getattr(model, owner, None) if owner else None
    if described is not None and not node.type.fields:
        source, ubl = model.describe(described, node.value)
        yield _field(_path(node, here), source, ubl)
        return
    first, *others = node.children or (None,)
    if first is not None:
        yield from _fields(first, here)
        inner = _path(first, here) if node.op in ("project", "let") else here
        for other in others:
            yield from _fields(other, f"{inner}[]" if node.op == "project" else inner)


def _field(path: str, source: str, ubl: str | None) -> Field:
    base, _, rest = path.partition(".")
    return Field(rest, source, ubl) if base == _ITEM else Field(path, source, ubl, base)


def _path(node: Node, here: str) -> str:
    if node.op == "current":
        return here
    if node.op == "name":
        return str(node.value)
    base = _path(node.children[0], here) if node.children else ""
    if node.op == "field":
        return f"{base}.{node.value}"
    return f"{base}[{node.value}]" if node.op == "index" else base


def formats_of(nodes: Sequence[Node]) -> tuple[str, ...]:
    """How expressions write what they read, each way once, in order."""
    return tuple(dict.fromkeys(words for node in nodes for words in _formats(node)))


def _formats(node: Node) -> Iterator[str]:
    for child in node.children:
        yield from _formats(child)
    match node.value:
        case Figure(form=form):
            places = "the currency's" if form.least is None else f"{form.least}"
            if form.most != form.least:
                places += f" to {form.most}"
            rounded = ", rounded" if form.rounds else ""
            minus = ", minus after" if form.sign == "after" else ""
            yield f"{places} decimals after '{form.decimal}'{minus}{rounded}"
        case MomentFormat(pattern=pattern, zone=zone):
            yield f"{pattern} in {zone}"
        case LineNumbers(start=start, step=step, width=width):
            yield f"from {start} in steps of {step}" + (f", {width} wide" if width else "")
        case Lookup(name=name):
            yield f"[lookup.{name}]"
