"""Reads a finished document back, with other means than those that wrote it, and adds it up."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Protocol
from xml.etree import ElementTree  # our own bytes, without a DTD

from erp_adapter.errors import Unmappable
from erp_adapter.order.model import Order
from erp_adapter.profile.checks import SumCheck, Term
from erp_adapter.profile.code import Code
from erp_adapter.profile.code_expression import Expressions
from erp_adapter.profile.csv_tree import CsvDocument
from erp_adapter.profile.faults import Fault
from erp_adapter.profile.loading import Checked
from erp_adapter.profile.problems import Place
from erp_adapter.profile.spots import Spots
from erp_adapter.profile.xsd import schema


class Reader(Protocol):
    """A document, read: the texts that stand at the places a term names."""

    def rows(self, path: str) -> Iterable[Any]:
        """The rows of a path; "" is the document."""

    def texts(self, row: Any, path: str) -> Iterable[str | None]:
        """What stands in a row at a path."""


class XmlReader:
    """ElementTree over the bytes; paths are its own XPath subset, with the document's prefixes."""

    def __init__(self, content: bytes, namespaces: dict[str, str]) -> None:
        try:
            self.root = ElementTree.fromstring(content)  # noqa: S314
        except ElementTree.ParseError as error:
            raise unreadable(f"it is not well-formed ({error.code})") from None
        self.namespaces = namespaces

    def rows(self, path: str) -> Iterable[ElementTree.Element]:
        """The elements of a path."""
        return self.root.iterfind(path, self.namespaces) if path else [self.root]

    def texts(self, row: Any, path: str) -> Iterable[str | None]:
        """The texts of elements, or of an attribute: PATH/@NAME."""
        path, _, attribute = path.rpartition("@") if "@" in path else (path, "", "")
        found = row.iterfind(path.rstrip("/"), self.namespaces) if path else [row]
        return [e.get(attribute) if attribute else (e.text or "") for e in found]


class CsvReader:
    """The standard library's reader over the bytes; a path is a column's name or its number."""

    def __init__(self, text: str, delimiter: str, quoting: bool, names: Sequence[str]) -> None:
        mode: Any = csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE
        file = io.StringIO(text, newline="")
        try:
            self.lines = list(csv.reader(file, delimiter=delimiter, quoting=mode, strict=True))
        except csv.Error:
            raise unreadable("its quotes do not match") from None
        self.names = list(names)

    def rows(self, path: str) -> Iterable[list[str]]:
        """All lines, or those whose first cell is `path`; "" is the first line."""
        lines = self.lines[1:] if self.names else self.lines
        if path == "*":
            return lines
        return [line for line in lines if line[0] == path] if path else lines[:1]

    def texts(self, row: Any, path: str) -> Iterable[str | None]:
        """One cell."""
        index = self.names.index(path) if path in self.names else int(path) - 1
        return [row[index]] if index < len(row) else []


def unreadable(why: str) -> Fault:
    """The fault of a document that its own reader refuses."""
    return Fault("SCHEMA_INVALID", f"can't be read back: {why}. Report it with the profile.")


def compare(check: SumCheck, reader: Reader, own: Decimal | None) -> None:
    """Raises Fault (TOTALS_MISMATCH) where the document's figures do not add up."""
    sides: list[tuple[str, Decimal]] = []
    if check.total is not None:
        sides.append((_name(check.total), _sum(reader, (check.total,))))
    if check.terms:
        sides.append(
            ("the sum of " + ", ".join(map(_name, check.terms)), _sum(reader, check.terms))
        )
    if own is not None:
        sides.append((f"the order's {check.source}", own))
    (first, expected), *others = sides
    for name, found in others:
        if abs(found - expected) > check.within:
            raise Fault(
                "TOTALS_MISMATCH",
                f"does not add up: {first} is {expected}, {name} is {found}. Correct the profile: "
                "it takes one figure for another, or leaves one out.",
                expected=str(expected), found=str(found),
            )  # fmt: skip


def _sum(reader: Reader, terms: Iterable[Term]) -> Decimal:
    total = Decimal(0)
    for term in terms:
        for row in reader.rows(term.row):
            value = _product(reader, row, term.factors)
            total += -value if term.negative else value
    return total


def _product(reader: Reader, row: Any, factors: tuple[str, ...]) -> Decimal:
    product = Decimal(1)
    for factor in factors:
        product *= sum((_number(text) for text in reader.texts(row, factor)), Decimal(0))
    return product


def _number(text: str | None) -> Decimal:
    """A figure of the document: a comma or a point, the minus on either side."""
    written = (text or "").strip().replace(",", ".")
    if not written:
        return Decimal(0)
    if written.endswith("-"):
        written = f"-{written[:-1]}"
    try:
        return Decimal(written)
    except InvalidOperation:
        raise Fault(
            "TOTALS_MISMATCH", "can't be added up: what its [[check]] names is no number."
        ) from None


def _name(term: Term) -> str:
    factors = " * ".join(term.factors)
    return f"{term.row}: {factors}" if term.row else factors


class ReadBack:
    """The read-back of one profile."""

    def __init__(self, folder: Path, checked: Checked) -> None:
        self.folder, self.checked = folder, checked
        self.figures = [_figure(checked, check) for check in checked.checks]

    def check(self, content: bytes, order: Order) -> None:
        """Raises Unmappable where the document is not what its profile promises."""
        manifest = self.checked.manifest
        try:
            reader = self._reader(content)
            if manifest.schema is not None and manifest.validate:
                schema(self.folder / manifest.schema).validate(content)
        except Fault as fault:
            raise self._rejection(fault, Place(manifest.document), "document") from None
        for check, figure in zip(self.checked.checks, self.figures, strict=True):
            try:
                compare(check, reader, figure(order))
            except Fault as fault:
                raise self._rejection(fault, check.place, "[[check]]") from None

    def _reader(self, content: bytes) -> Reader:
        body, manifest = self.checked.body, self.checked.manifest
        if not isinstance(body, CsvDocument):
            return XmlReader(content, body.namespaces)
        text = content.decode(manifest.encoding)
        dialect = body.dialect
        return CsvReader(text, dialect.delimiter, dialect.quoting != "none", body.header)

    def _rejection(self, fault: Fault, place: Place, element: str) -> Unmappable:
        spots = Spots(self.checked.name)
        return spots.rejection(spots.add(place, element, ""), fault)


def _figure(checked: Checked, check: SumCheck) -> Callable[[Order], Decimal | None]:
    """The order's own figure of a check, compiled like any other expression."""
    if check.order is None:
        return lambda order: None
    code = Code()
    atom = Expressions(code, "order", {"order": "order"}).value(check.order)
    return code.compiled("order", first=[], last=f"return {atom}")
