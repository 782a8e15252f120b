"""Adds up a finished document: its own lines must make its own totals, and the order's.

It is read with other means than those that wrote it, so a profile that picks net for gross, or a
quote that was never closed, is found on the first order and not in the ERP's books.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from erp_adapter.errors import Unmappable
from erp_adapter.order.model import Order
from erp_adapter.profile.checks import SumCheck, Term
from erp_adapter.profile.code import Code
from erp_adapter.profile.code_expression import Expressions
from erp_adapter.profile.faults import Fault
from erp_adapter.profile.loading import Checked
from erp_adapter.profile.problems import Place
from erp_adapter.profile.readers import Reader
from erp_adapter.profile.shapes import reader_of
from erp_adapter.profile.spots import Spot, Spots
from erp_adapter.profile.xsd import schema


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
        self.name, self.manifest, self.checks = checked.name, checked.manifest, checked.checks
        self.reader = reader_of(checked.body, checked.manifest)
        self.figures = [_figure(check) for check in checked.checks]
        self.folder = folder

    def check(self, content: bytes, order: Order) -> None:
        """Raises Unmappable where the document is not what its profile promises."""
        reader = self.readable(content)
        for check, figure in zip(self.checks, self.figures, strict=True):
            try:
                compare(check, reader, figure(order))
            except Fault as fault:
                raise self._rejection(fault, check.place, "[[check]]") from None

    def readable(self, content: bytes) -> Reader:
        """The document, read. Raises Unmappable where it is none, or breaks its schema."""
        try:
            reader = self.reader(content)
        except Fault as fault:
            raise self._rejection(fault, Place(self.manifest.document), "document") from None
        if self.manifest.validate:
            self.validate(content)
        return reader

    def validate(self, content: bytes) -> None:
        """Raises Unmappable where the document breaks its schema, if the profile names one."""
        if self.manifest.schema is None:
            return
        try:
            schema(self.folder / self.manifest.schema).validate(content)
        except Fault as fault:
            raise self._rejection(fault, Place(self.manifest.document), "document") from None

    def _rejection(self, fault: Fault, place: Place, element: str) -> Unmappable:
        spots = Spots(self.name)
        return spots.rejection(spots.add(Spot(place, element, "")), fault)


def _figure(check: SumCheck) -> Callable[[Order], Decimal | None]:
    """The order's own figure of a check, compiled like any other expression."""
    if check.order is None:
        return lambda order: None
    code = Code()
    atom = Expressions(code, "order", {"order": "order"}).value(check.order)
    return code.compiled("order", first=[], last=f"return {atom}")
