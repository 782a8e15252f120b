"""What a profile's documents look like to their reader, and which paths they have."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree  # built here, never parsed

from erp_adapter.profile import json_tree
from erp_adapter.profile.csv_tree import Column, CsvDocument, Record
from erp_adapter.profile.json_tree import Array, Constant, Group, Leaf, Object
from erp_adapter.profile.manifest import Manifest
from erp_adapter.profile.readers import (
    CsvReader,
    JsonReader,
    Reader,
    ReaderOf,
    Shape,
    XmlReader,
    shaped,
    split_delimited,
    split_fixed,
)
from erp_adapter.profile.xml_tree import Element

Body = Element | json_tree.Value | CsvDocument


def reader_of(body: Body, manifest: Manifest) -> ReaderOf:
    """The function that reads this profile's documents."""
    if isinstance(body, Element):
        namespaces = body.namespaces
        return lambda content: XmlReader.of(content, namespaces)
    if isinstance(body, CsvDocument):
        return lambda content: _csv_reader(content.decode(manifest.encoding), body, manifest)
    return lambda content: JsonReader.of(content.decode(manifest.encoding))


def skeleton_of(body: Body) -> Reader:
    """A reader of the profile itself: every path that its documents may have."""
    if isinstance(body, Element):
        return XmlReader(_xml(body)[0], body.namespaces)
    if isinstance(body, CsvDocument):
        lines = [(shape, [shape.key or "", *shape.names[1:]]) for shape in _shapes(body)]
        return CsvReader(lines, trailer=bool(body.trailer))
    (root,) = _json(body)
    return JsonReader(root)


def _csv_reader(text: str, document: CsvDocument, manifest: Manifest) -> CsvReader:
    dialect, shapes, trailer = document.dialect, _shapes(document), bool(document.trailer)
    if dialect.fixed:
        whole = text.split(dialect.newline)[:-1]
        fixed = [split_fixed(line, shapes, manifest.measure) for line in whole]
        return CsvReader(fixed[1:] if document.header else fixed, trailer=trailer)
    lines = split_delimited(text, dialect.delimiter, quoted=dialect.quoting != "none")
    found = shaped(lines[1:] if document.header else lines, shapes)
    return CsvReader(found, trailer=trailer)


def _shapes(document: CsvDocument) -> list[Shape]:
    found = [_shape(record.columns) for record in _all(document.records)]
    return [*found, _shape(document.trailer)] if document.trailer else found


def _all(records: Sequence[Record]) -> list[Record]:
    return [inner for record in records for inner in (record, *_all(record.records))]


def _shape(columns: Sequence[Column]) -> Shape:
    first = columns[0].text if columns else None
    constant = first is not None and not first.nodes
    key = "".join(str(part) for part in first.parts) if first and constant else None
    return Shape(key, tuple(c.name for c in columns), tuple(c.width or 0 for c in columns))


def _xml(element: Element) -> list[ElementTree.Element]:
    children = [found for child in element.elements for found in _xml(child)]
    if element.group:
        return children
    names = {attribute.name: "" for attribute in element.attributes}
    made = ElementTree.Element(element.tag, names)
    made.text = "".join(text.source for text in element.texts)
    made.extend(children)
    return [made]


def _json(value: json_tree.Value) -> list[Any]:
    if isinstance(value, Group):
        return [found for inner in value.values for found in _json(inner)]
    if isinstance(value, Object):
        return [{member.name: _json(member.value)[0] for member in value.members}]
    if isinstance(value, Array):
        return [[found for element in value.elements for found in _json(element)]]
    if isinstance(value, Leaf):
        return [value.text.source]
    return [value.written if isinstance(value, Constant) else None]
