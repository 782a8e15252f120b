"""Discounts as rows of their own, right after the line they reduce (`discount_rows = true`).

The line is then written at its full price, the discount as a row of kind "discount" with negative
figures, so that the rows still add up to the order.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from erp_adapter.order.model import Line, Order, Row

KIND: Final[Any] = "discount"


def rows_with_discounts(order: Order) -> tuple[Row, ...]:
    """The rows of a balanced order, with those of its discounts, numbered anew."""
    rows = [row for line, row in zip(order.lines, order.rows, strict=False)
            for row in _apart(line, row)]  # fmt: skip
    rows += order.rows[len(order.lines) :]
    return tuple(replace(row, no=number) for number, row in enumerate(rows, start=1))


def _apart(line: Line, row: Row) -> Iterator[Row]:
    discount, net = row.discount, line.discount_net or Decimal(0)
    if not discount:
        yield row
        return
    gross, full_net = (row.gross or Decimal(0)) + discount, (row.net or Decimal(0)) + net
    yield replace(row, discount=discount - discount, gross=gross, net=full_net,
                  tax=gross - full_net)  # fmt: skip
    names = [share.name for share in line.discounts if share.name]
    yield Row(
        no=row.no, kind=KIND, name=", ".join(names) or None, quantity=Decimal(1), unit=row.unit,
        unit_price=-discount, unit_net=-net, discount=discount - discount, gross=-discount,
        net=-net, tax=net - discount, tax_rate=row.tax_rate,
    )  # fmt: skip
