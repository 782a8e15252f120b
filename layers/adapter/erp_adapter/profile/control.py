"""Control totals: what the trailer of a CSV file says about the file."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from erp_adapter.order.model import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Counts and sums over the file's orders; `records` are the lines before the trailer,
    without the header."""

    orders: int = field(metadata={"source": "computed"})
    records: int = field(metadata={"source": "computed"})
    lines: int = field(metadata={"source": "computed"})
    currency: str = field(metadata={"source": "computed"})
    quantity: Decimal = field(metadata={"source": "computed"})
    net: Decimal = field(metadata={"source": "computed"})
    tax: Decimal = field(metadata={"source": "computed"})
    payable: Decimal = field(metadata={"source": "computed"})


def control_of(orders: Iterable[Order], records: int) -> Control:
    """The totals of balanced orders of one currency."""
    orders = list(orders)
    totals = [order.totals for order in orders if order.totals]
    return Control(
        orders=len(orders), records=records, lines=sum(t.line_count for t in totals),
        currency=orders[0].currency,
        quantity=sum((t.quantity for t in totals), Decimal(0)),
        net=sum((t.net for t in totals), Decimal(0)),
        tax=sum((t.tax for t in totals), Decimal(0)),
        payable=sum((t.payable for t in totals), Decimal(0)),
    )  # fmt: skip
