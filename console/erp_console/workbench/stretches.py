"""Where in a document's text each value stands.

The text is the profile's own: written without comments, entities of its own or a DTD, and read back
before it gets here. So its tags and tokens can be found by their shape.
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from json import loads
from typing import Final

from erp_adapter.profile import Trace

from erp_console.document_tree import written_place

_XML: Final = re.compile(r"<\?.*?\?>|</[^>]+>|<([^\s/>]+)([^>]*?)(/?)>", re.DOTALL)
_ATTRIBUTE: Final = re.compile(r'\s([^\s=]+)="([^"]*)"')
_JSON: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


@dataclass(frozen=True, slots=True)
class Stretch:
    """A value's part of the document's text; `value` is what its reader gets, `told` the position
    in the trace of what it was made of (None: a constant of the profile)."""

    start: int
    end: int
    value: str
    told: int | None = None


def stretches(kind: str, text: str, trace: Trace) -> list[Stretch]:
    """The document's values in its own order."""
    if kind == "csv":
        return list(_cells(trace))
    found = _xml(text) if kind == "xml" else _json(text)
    waiting: dict[str, deque[int]] = defaultdict(deque)
    for position, each in enumerate(trace.told):
        if each.role == "value":
            waiting[written_place(each.element)].append(position)
    placed = []
    for path, start, end, value in found:
        known = waiting.get(written_place(path))
        placed.append(Stretch(start, end, value, known.popleft() if known else None))
    return placed


def _cells(trace: Trace) -> Iterator[Stretch]:
    for cell in (cell for line in trace.lines for cell in line):
        end, value = cell.start + len(cell.text), cell.text
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1].replace('""', '"')
        told = cell.told if value.strip() else None
        yield Stretch(cell.start, end, value, told)


def _xml(text: str) -> Iterator[tuple[str, int, int, str]]:
    """Texts and attributes: path, start, end, value; an element's text before its attributes."""
    path: list[str] = []
    tag: re.Match[str] | None = None
    for token in _XML.finditer(text):
        if token[0].startswith("</"):
            if tag is not None:
                place = "/".join(path)
                start, end = tag.end(), token.start()
                yield place, start, end, unescape(text[start:end])
                yield from _attributes(tag, place)
            path.pop()
            tag = None
        elif token[1]:
            if tag is not None:
                yield from _attributes(tag, "/".join(path))
            path.append(token[1])
            tag = token
            if token[3]:
                yield from _attributes(token, "/".join(path))
                path.pop()
                tag = None


def _attributes(tag: re.Match[str], place: str) -> Iterator[tuple[str, int, int, str]]:
    for found in _ATTRIBUTE.finditer(tag[2]):
        if not found[1].startswith("xmlns"):
            start = tag.start(2) + found.start(2)
            yield f"{place}/@{found[1]}", start, start + len(found[2]), unescape(found[2])


def _json(text: str) -> Iterator[tuple[str, int, int, str]]:
    """Scalars: path, start, end, value; a text's quotes are not part of it."""
    path: list[str] = ["document"]
    names: list[str | None] = [None]
    for token in _JSON.finditer(text):
        word = token[0]
        if word in "{[":
            path.append("[]" if word == "[" else "")
            names.append(None)
        elif word in "}]":
            path.pop()
            names.pop()
        elif word[0] == '"' and path[-1] != "[]" and names[-1] is None:
            names[-1] = loads(word)
        elif word == ",":
            names[-1] = None
        elif word != ":":
            yield _scalar(token, path, names)


def _scalar(
    token: re.Match[str], path: list[str], names: list[str | None]
) -> tuple[str, int, int, str]:
    steps = (step or f".{name}" for step, name in zip(path[1:], names[1:], strict=True))
    quoted = token[0][0] == '"'
    value = loads(token[0]) if quoted else token[0]
    start, end = (token.start() + 1, token.end() - 1) if quoted else token.span()
    return path[0] + "".join(steps), start, end, value
