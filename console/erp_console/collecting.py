"""Reads many orders: those that give a document, and those that are rejected, with the reason."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from erp_adapter.errors import Rejected
from erp_adapter.order import Order

from erp_console.mapping import Mapping, problems_told
from erp_console.order_files import source_of


@dataclass(frozen=True)
class Refused:
    """An order that is left out."""

    file: str
    pk: str
    rejection: Rejected

    @property
    def code(self) -> str:
        """The rejection's code."""
        return self.rejection.code

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {"file": self.file, "pk": self.pk, **self.rejection.as_dict()}


@dataclass
class Collected:
    """The orders of one file."""

    orders: list[Order] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    pks: set[int] = field(default_factory=set)

    def take(self, order: Order) -> None:
        """One more. Raises Rejected where it does not go together with the others."""
        if order.pk in self.pks:
            raise Rejected(
                f"pk {order.pk} is in the folder twice.", code="INVALID_VALUE", path="pk"
            )
        if self.orders and order.currency != self.orders[0].currency:
            raise Rejected(
                f"One file has one currency, and the first order's is {self.orders[0].currency}.",
                code="CURRENCY_MIXED", path="currency",
                expected=self.orders[0].currency, found=order.currency,
            )  # fmt: skip
        self.orders.append(order)
        self.pks.add(order.pk)


def collect(mapping: Mapping, files: Iterable[Path]) -> Collected:
    """The orders that PROFILE can express, each tried alone."""
    collected = Collected()
    for file in files:
        try:
            with problems_told():
                order = mapping.order(source_of(file))
                mapping.document(order)
                collected.take(order)
        except Rejected as rejection:
            collected.refused.append(Refused(file.name, _pk(file), rejection))
    return collected


def _pk(file: Path) -> str:
    """The pk of an order that could not be read, if it says one."""
    try:
        document = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return "unknown"
    pk = document.get("pk") if isinstance(document, dict) else None
    return str(pk) if isinstance(pk, int) else "unknown"
