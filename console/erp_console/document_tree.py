"""The leaves of a document in its own order, each with its path.

A step of a path is written as a profile's places are (`Order`, `/cbc:ID`, `/@schemeID`, `.Lines`,
`[]`), with a NUL and a number behind it, so that brothers of one name differ.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

Path = tuple[str, ...]
Leaves = list[tuple[Path, str]]
NUMBERED: Final = "\0"
_GROUP: Final = re.compile(r"/[\w.-]+:group(?=/|$)")


def step_name(step: str) -> str:
    """A step as a profile's places write it."""
    return step.partition(NUMBERED)[0]


def written_place(element: str) -> str:
    """An element's path of a profile as its document has it: groups are not written."""
    return _GROUP.sub("", element)


def leaves_of(kind: str, content: bytes, encoding: str) -> Leaves:
    """Those of an XML or a JSON document."""
    return _xml_leaves(content) if kind == "xml" else _json_leaves(content.decode(encoding))


def place_of(path: Path) -> str:
    """A path as a profile's places write it."""
    return "".join(map(step_name, path))


def _xml_leaves(content: bytes) -> Leaves:
    """Texts and attributes; an element's text comes before its attributes."""
    from lxml import etree

    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    root = etree.fromstring(content, parser)
    return list(_elements(root, (_tag(root),)))


def _elements(element: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if len(element) == 0 and element.text:
        yield path, element.text
    prefixes = {uri: prefix for prefix, uri in element.nsmap.items() if prefix}
    for name, value in element.attrib.items():
        uri, _, local = name.rpartition("}")
        prefix = prefixes.get(uri[1:])
        yield (*path, f"/@{prefix}:{local}" if prefix else f"/@{local}"), value
    for number, child in enumerate(element):
        yield from _elements(child, (*path, f"/{_tag(child)}{NUMBERED}{number}"))


def _tag(element: Any) -> str:
    local = str(element.tag).rpartition("}")[2]
    return f"{element.prefix}:{local}" if element.prefix else local


def _json_leaves(content: str) -> Leaves:
    """The scalars, as they are written there."""
    document = json.loads(content, parse_float=_Written, parse_int=_Written)
    return list(_values(document, ("document",)))


class _Written(str):
    """A number's own text."""


def _values(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _values(member, (*path, f".{name}"))
    elif isinstance(value, list):
        for number, entry in enumerate(value):
            yield from _values(entry, (*path, f"[]{NUMBERED}{number}"))
    else:
        yield path, value if isinstance(value, str) else json.dumps(value)
