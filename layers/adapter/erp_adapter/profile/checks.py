"""`[[check]]`: which figures of the document must be the sum of which others.

    [[check]]
    total = "cac:AnticipatedMonetaryTotal/cbc:LineExtensionAmount"
    sum   = ["cac:OrderLine/cac:LineItem: cbc:LineExtensionAmount"]
    order = "totals.lines_net"

The document is read back by an independent reader, so a profile that picks net for gross, or
forgets the shipping, fails on the first order instead of in the ERP's books.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from erp_adapter.profile import keys
from erp_adapter.profile.leaves import Leaves
from erp_adapter.profile.nodes import Node, Scope
from erp_adapter.profile.problems import Place
from erp_adapter.profile.readers import Reader, without_predicates
from erp_adapter.profile.tables import Table

MAX_WITHIN: Final = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Term:
    """Figures of the document: of every `row`, the product of its `factors`."""

    negative: bool
    row: str
    factors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SumCheck:
    """A total of the document, the terms it must be the sum of, the order's own figure."""

    place: Place
    total: Term | None
    terms: tuple[Term, ...]
    order: Node | None
    source: str
    within: Decimal


def read_checks(top: Table, skeleton: Reader, scope: Scope, leaves: Leaves) -> tuple[SumCheck, ...]:
    """The checks of a profile; problems are collected."""
    tables = [table.check(keys.CHECK) for table in top.tables("check")]
    checks = tuple(_check(table, scope, leaves) for table in tables)
    for table, check in zip(tables, checks, strict=True):
        if check.total is not None:
            _look_up(table, "total", check.total, skeleton)
        for term in check.terms:
            _look_up(table, "sum", term, skeleton)
    return checks


def _look_up(table: Table, key: str, term: Term, skeleton: Reader) -> None:
    """Reports what is misspelt: it would count as zero."""
    strange = [path for path in (term.row, *term.factors) if not skeleton.is_path(path)]
    if strange:
        table.report(f"{strange[0]!r} is no place in a document; write A/B[C='x']/D.", key)
        return
    rows = list(skeleton.rows(without_predicates(term.row)))
    if not rows:
        table.report(f"The document has no {term.row}.", key)
        return
    where = f" in {term.row}" if term.row else ""
    for factor in term.factors:
        if not any(list(skeleton.texts(row, without_predicates(factor))) for row in rows):
            table.report(f"The document has no {factor}{where}.", key)


def _check(table: Table, scope: Scope, leaves: Leaves) -> SumCheck:
    order = None
    if "order" in table.values:
        place = table.value_place("order")
        order = leaves.expression(table.values["order"], place, scope)
        if order.type.kind not in ("number", "unknown"):
            table.report("order is a figure of the order, such as totals.payable.", "order")
    total = table.values.get("total")
    terms = _terms(table)
    if (total is None) + (order is None) + (not terms) > 1:
        table.report("A check compares two of: total, sum, order.")
    return SumCheck(
        place=table.place(), total=_term(total) if total else None, terms=terms, order=order,
        source=table.get("order", ""), within=_within(table),
    )  # fmt: skip


def _terms(table: Table) -> tuple[Term, ...]:
    given = table.get("sum", [])
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        table.report('sum is a list of texts: ["LINES/LINE: AMOUNT", "-DISCOUNT"].', "sum")
        return ()
    return tuple(_term(text) for text in texts)


def _term(text: str) -> Term:
    negative = text.lstrip().startswith("-")
    row, colon, figure = text.strip().removeprefix("-").rpartition(": ")
    return Term(
        negative, row.strip() if colon else "", tuple(part.strip() for part in figure.split(" * "))
    )


def _within(table: Table) -> Decimal:
    try:
        within = Decimal(table.get("within", "0"))
    except InvalidOperation:
        within = Decimal(-1)
    if not 0 <= within <= MAX_WITHIN:
        table.report(f'within is an amount from "0" to "{MAX_WITHIN}", in quotes.', "within")
    return within
