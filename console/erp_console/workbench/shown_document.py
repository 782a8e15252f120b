"""The document as the page shows it: its text in pieces, and what each value is made of."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

from erp_adapter.order import Order
from erp_adapter.profile import Explained, Profile
from erp_adapter.profile.characters import check_characters
from erp_adapter.profile.faults import Fault

from erp_console.document_tree import written_place
from erp_console.mapping import Mapping
from erp_console.workbench.fields import OrderFields
from erp_console.workbench.stretches import Stretch, stretches

Piece = tuple[str, int | None]
"""A part of the text, and the number of the value that it is."""


def shown_document(mapping: Mapping, order: Order, fields: OrderFields) -> dict[str, Any]:
    """A balanced order's document. Raises Rejected."""
    profile, document = mapping.profile, mapping.document(order)
    trace = profile.trace(order)
    text = document.content.decode(profile.encoding)
    found = stretches(profile.kind, text, trace)
    values = [
        {
            **_explained(trace.told[each.told], fields),
            "value": each.value,
            "marks": list(_marks(profile, trace.told[each.told], each.value)),
        }
        for each in found
        if each.told is not None
    ]
    deciding = [told for told in trace.told if told.role != "value"]
    return {
        "name": document.name,
        "content": b64encode(document.content).decode(),
        "content_type": document.content_type,
        "encoding": profile.encoding,
        "size": len(document.content),
        "pieces": list(_pieces(text, found)),
        "values": values,
        "deciding": [_explained(each, fields) for each in (*deciding, *trace.file_name)],
    }


def _pieces(text: str, found: Sequence[Stretch]) -> Iterator[Piece]:
    """Attributes are told after their element's text: here they stand in the text's order."""
    known = [each for each in found if each.told is not None]
    at = 0
    for number, each in sorted(enumerate(known), key=lambda pair: pair[1].start):
        if each.start > at:
            yield text[at : each.start], None
        yield text[each.start : each.end], number
        at = each.end
    yield text[at:], None


def _explained(told: Explained, fields: OrderFields) -> dict[str, Any]:
    return {
        "element": written_place(told.element),
        "role": told.role,
        "file": told.place.file,
        "line": told.place.line,
        "column": told.place.column,
        "template": told.template,
        "formats": list(told.formats),
        "fields": fields.behind(told),
        "most": told.most,
    }


def _marks(profile: Profile, told: Explained, written: str) -> Iterator[str]:
    """What a person should look at: its width, and characters that became others."""
    written = written.strip()
    if told.most is not None:
        wide, before = profile.measure(written), profile.measure(told.value)
        if before > told.most:
            yield f"cut: {before} wide, {told.most} fit"
            return
        if wide == told.most:
            yield f"full: all {told.most} are taken"
    if written != told.value.strip():
        yield "characters were replaced or line breaks removed"
    try:
        check_characters(written, profile.encoding.removesuffix("-sig"))
    except Fault as fault:
        yield f"{fault.found} is not in {profile.encoding}: written as a reference"
