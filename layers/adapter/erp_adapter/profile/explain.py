"""Where each value of a document comes from: expression, fields, their sources in Omnitron."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from erp_adapter.order import model
from erp_adapter.profile.bindings import Figure
from erp_adapter.profile.dates import MomentFormat
from erp_adapter.profile.formats import LineNumbers, Lookup
from erp_adapter.profile.nodes import Node
from erp_adapter.profile.problems import Place


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the canonical order: its path, its source in Omnitron, its UBL element."""

    path: str
    source: str
    ubl: str | None


@dataclass(frozen=True, slots=True)
class Explained:
    """One value of a document, as it was written there; `template` is what the profile says,
    `formats` what its named formats and tables mean."""

    element: str
    place: Place
    template: str
    value: str
    fields: tuple[Field, ...]
    formats: tuple[str, ...] = ()


def fields_of(nodes: Sequence[Node]) -> tuple[Field, ...]:
    """The fields that expressions read, each once, in order."""
    return tuple(dict.fromkeys(field for node in nodes for field in _fields(node, "")))


def _fields(node: Node, here: str) -> Iterator[Field]:
    """`here` is the path of the current item."""
    owner = node.children[0].type.owner if node.op == "field" else ""
    described = getattr(model, owner, None) if owner else None
    if described is not None and not node.type.fields:
        source, ubl = model.describe(described, node.value)
        yield Field(_path(node, here), source, ubl)
        return
    first, *others = node.children or (None,)
    if first is not None:
        yield from _fields(first, here)
        inner = _path(first, here) if node.op in ("project", "let") else here
        for other in others:
            yield from _fields(other, f"{inner}[]" if node.op == "project" else inner)


def _path(node: Node, here: str) -> str:
    if node.op == "current":
        return here
    if node.op == "name":
        return str(node.value)
    base = _path(node.children[0], here) if node.children else ""
    if node.op == "field":
        return f"{base}.{node.value}" if base else str(node.value)
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
