"""Independent readers of finished documents: none of them knows how the document was written.

A reader answers with the texts that stand at a place. Rows are named by a path of the document
("" is the document itself, or a CSV file's first line), figures by a path within a row.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol
from xml.etree import ElementTree  # our own bytes, without a DTD

from erp_adapter.profile.faults import Fault
from erp_adapter.profile.texts import Measure

ALL: Final = "*"
TRAILER: Final = "trailer"
_NAME: Final = r"(?:[\w.-]+:)?[\w.-]+"
_XML_PATH: Final = re.compile(
    rf"(?:(?:\*|{_NAME})(?:\[{_NAME}='[^']*'\])*(?:/(?!$)|(?=/@)|$))*(?:@[\w.-]+)?\Z"
)
"""Steps, conditions such as A[B='x'], at the end an attribute."""


class Reader(Protocol):
    """A document, read."""

    def rows(self, path: str) -> Iterable[Any]:
        """The rows of a path."""

    def texts(self, row: Any, path: str) -> Iterable[str | None]:
        """What stands in a row at a path; nothing where the path is not there."""

    def is_path(self, path: str) -> bool:
        """Whether it could be a path of such a document at all."""


class XmlReader:
    """ElementTree over the bytes; paths are its own XPath subset, with the document's prefixes."""

    def __init__(self, root: ElementTree.Element, namespaces: dict[str, str]) -> None:
        self.root, self.namespaces = root, namespaces

    @classmethod
    def of(cls, content: bytes, namespaces: dict[str, str]) -> "XmlReader":
        """The reader of a document's bytes. Raises Fault."""
        try:
            return cls(ElementTree.fromstring(content), namespaces)  # noqa: S314
        except ElementTree.ParseError as error:
            raise unreadable(f"it is not well-formed XML (line {error.position[0]})") from None

    def is_path(self, path: str) -> bool:
        """Steps of names with their prefixes declared, and conditions of one kind."""
        prefixes = re.findall(r"([\w.-]+):", re.sub(r"'[^']*'", "", path))
        return bool(_XML_PATH.match(path)) and set(prefixes) <= set(self.namespaces)

    def rows(self, path: str) -> Iterable[Any]:
        """The elements of a path."""
        return self.root.iterfind(path, self.namespaces) if path else [self.root]

    def texts(self, row: Any, path: str) -> Iterable[str | None]:
        """The texts of elements, or of an attribute: PATH/@NAME."""
        path, _, attribute = path.rpartition("@") if "@" in path else (path, "", "")
        found = row.iterfind(path.rstrip("/"), self.namespaces) if path else [row]
        return [e.get(attribute) if attribute else (e.text or "") for e in found]


class JsonReader:
    """The standard library's reader; paths are names with points, [] goes through a list."""

    def __init__(self, root: Any) -> None:
        self.root = root

    @classmethod
    def of(cls, text: str) -> "JsonReader":
        """The reader of a document's text. Raises Fault."""
        try:
            return cls(json.loads(text, parse_float=Decimal, parse_int=Decimal))
        except ValueError:
            raise unreadable("it is not JSON") from None

    def is_path(self, path: str) -> bool:
        """Any text is."""
        return True

    def rows(self, path: str) -> Iterable[Any]:
        """The values of a path."""
        return _walk([self.root], path)

    def texts(self, row: Any, path: str) -> Iterable[str | None]:
        """The values of a path, as texts."""
        return [None if value is None else str(value) for value in _walk([row], path)]


def _walk(values: list[Any], path: str) -> list[Any]:
    for step in path.split(".") if path else []:
        name = step.removesuffix("[]")
        if name:
            values = [v[name] for v in values if isinstance(v, dict) and name in v]
        if step.endswith("[]"):
            values = [inner for v in values if isinstance(v, list) for inner in v]
    return values


@dataclass(frozen=True, slots=True)
class Shape:
    """What a kind of CSV line looks like; `key` is its constant first cell, if it has one."""

    key: str | None
    names: tuple[str, ...]
    widths: tuple[int, ...]


class CsvReader:
    """Lines of cells; a figure's path is a column's name or its number from 1."""

    def __init__(self, lines: Sequence[tuple[Shape, list[str]]], *, trailer: bool) -> None:
        self.lines = lines[:-1] if trailer else lines
        self.last = lines[-1:] if trailer else []

    def is_path(self, path: str) -> bool:
        """Any text is."""
        return True

    def rows(self, path: str) -> Iterable[Any]:
        """ "*" is all lines, "trailer" the last; else those whose first cell is the path."""
        if path == TRAILER:
            return self.last
        if path in ("", ALL):
            return self.lines if path else self.lines[:1]
        return [(shape, cells) for shape, cells in self.lines if cells[0] == path]

    def texts(self, row: Any, path: str) -> Iterable[str | None]:
        """One cell."""
        shape, cells = row
        if path in shape.names:
            return [cells[shape.names.index(path)]]
        return [cells[int(path) - 1]] if path.isdecimal() and 0 < int(path) <= len(cells) else []


def split_delimited(text: str, delimiter: str, *, quoted: bool) -> list[list[str]]:
    """The cells of every line, read by the standard library. Raises Fault."""
    mode: Any = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    file = io.StringIO(text, newline="")
    try:
        return list(csv.reader(file, delimiter=delimiter, quoting=mode, strict=True))
    except csv.Error:
        raise unreadable("its quotes do not match") from None


def shaped(lines: Iterable[list[str]], shapes: Sequence[Shape]) -> list[tuple[Shape, list[str]]]:
    """Every line with its shape. Raises Fault where a line has another number of cells."""
    found = []
    for number, cells in enumerate(lines, start=1):
        fitting = (s for s in shapes if len(s.names) == len(cells) and s.key in (None, cells[0]))
        shape = next(fitting, None)
        if shape is None:
            raise unreadable(f"line {number} has {len(cells)} cells, which fits no record")
        found.append((shape, cells))
    return found


def split_fixed(line: str, shapes: Sequence[Shape], measure: Measure) -> tuple[Shape, list[str]]:
    """The cells of a fixed-width line. Raises Fault where its width fits no record."""
    for shape in shapes:
        cells = _cells(line, shape.widths, measure)
        if cells is not None and (shape.key is None or cells[0].strip() == shape.key):
            return shape, [cell.strip() for cell in cells]
    raise unreadable(f"a line is {measure(line)} wide, which fits no record")


def _cells(line: str, widths: Sequence[int], measure: Measure) -> list[str] | None:
    cells, at = [], 0
    for width in widths:
        end = at + width
        while measure(line[at:end]) > width:
            end -= 1
        cells.append(line[at:end])
        if measure(cells[-1]) != width:
            return None
        at = end
    return cells if at == len(line) else None


def without_predicates(path: str) -> str:
    """The path without its conditions, for looking it up in the profile."""
    return re.sub(r"\[[^\]]+\]", "", path)


def unreadable(why: str) -> Fault:
    """The fault of a document that its own reader refuses."""
    return Fault("SCHEMA_INVALID", f"can't be read back: {why}. Report it with the profile.")


ReaderOf = Callable[[bytes], Reader]
"""Makes the reader of a document's bytes."""
