"""The last look at a balanced order, by other sums than those that made it."""

from decimal import Decimal

from erp_adapter.balance.amounts import ZERO, rounded, unit_of
from erp_adapter.errors import Unbalanced
from erp_adapter.order.model import Order, Row, Totals


def verify(order: Order) -> None:
    """Every row and total of a balanced order once more (Peppol order rules R008-R017, R024).

    Raises Unbalanced: LINE_MISMATCH, TAX_MISMATCH, TOTALS_MISMATCH or NEGATIVE_AMOUNT.
    """
    unit, totals = unit_of(order.currency), order.totals
    if totals is None:
        raise Unbalanced("The order has no totals: it was not balanced.", path="totals")
    for row in order.rows:
        _verify_row(row, unit)
    for line in order.lines:
        value = rounded(line.quantity * _figure(line.unit_net), unit) - _figure(line.discount_net)
        _compare("LINE_MISMATCH", f"line {line.no} net", _figure(line.net), value)
    net, tax = _sum(order, "net"), _sum(order, "tax")
    _compare("TAX_MISMATCH", "totals.tax", sum((r.tax for r in totals.by_rate), ZERO), tax)
    _compare("TAX_MISMATCH", "totals.net", sum((r.net for r in totals.by_rate), ZERO), net)
    _verify_totals(totals, net + tax)


def _verify_row(row: Row, unit: Decimal) -> None:
    gross, net, tax = _figure(row.gross), _figure(row.net), _figure(row.tax)
    product = rounded(row.quantity * row.unit_price, unit)
    _compare("LINE_MISMATCH", f"row {row.no} gross", product - row.discount, gross)
    _compare("TAX_MISMATCH", f"row {row.no} net + tax", gross, net + tax)
    if min(gross, net, tax, row.discount) < 0:
        raise Unbalanced(
            f"Row {row.no} has a negative figure.", code="NEGATIVE_AMOUNT", path=f"row {row.no}"
        )


def _verify_totals(totals: Totals, gross: Decimal) -> None:
    _compare("TOTALS_MISMATCH", "payable", totals.payable, gross + totals.rounding)
    _compare("TOTALS_MISMATCH", "net", totals.net, totals.lines_net + totals.charges_net)
    _compare("TOTALS_MISMATCH", "net + tax", totals.net + totals.tax, gross)
    lines = totals.items - totals.discount
    _compare("TOTALS_MISMATCH", "lines_gross", totals.lines_gross, lines)
    if totals.payable < 0:
        raise Unbalanced(
            f"The payable amount would be {totals.payable}: less than nothing. Set "
            "money.tolerance = 0 on this route.",
            code="NEGATIVE_AMOUNT", path="amount", expected="0 or more",
            found=str(totals.payable),
        )  # fmt: skip


def _compare(code: str, path: str, expected: Decimal, found: Decimal) -> None:
    if expected != found:
        raise Unbalanced(
            f"{path} is {expected}, its parts give {found}: a fault of the adapter, not of the "
            "order. Report it with the order's number.",
            code=code, path=path, expected=str(expected), found=str(found),
        )  # fmt: skip


def _figure(value: Decimal | None) -> Decimal:
    return ZERO if value is None else value


def _sum(order: Order, name: str) -> Decimal:
    return sum((_figure(getattr(row, name)) for row in order.rows), ZERO)
