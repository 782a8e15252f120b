"""The money of an order as a table that adds up before one's eyes, also where it does not.

Made of the same steps as `balance`, and not of its result: an order that is rejected has none.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal, localcontext
from typing import Any

from erp_adapter.balance.amounts import MONEY, rounded, unit_of
from erp_adapter.balance.charges import draft_charges
from erp_adapter.balance.discounts import apply_discounts
from erp_adapter.balance.lines import Draft, draft_lines, sum_of
from erp_adapter.balance.payments import (
    announced_sum,
    are_compared,
    counted,
    mode_of,
    settled_sum,
)
from erp_adapter.balance.policy import MoneyPolicy
from erp_adapter.errors import Rejected
from erp_adapter.order import Order, is_cancelled
from erp_adapter.order.model import Charge, Line, Totals

Entry = dict[str, Any]


def statement(order: Order, policy: MoneyPolicy, totals: Totals | None) -> dict[str, Any]:
    """Items, charges, payments and VAT; `order` as the shop has it, `totals` if it is balanced.

    Every figure is a text with VAT in it; `counted` says whether it is part of the sum.
    """
    with localcontext(MONEY):
        drafts: Sequence[Draft] = []
        charges: Sequence[Charge] = []
        # What is wrong with a single figure is the rejection's to say.
        with suppress(Rejected):
            drafts = draft_lines(order, policy)
            charges = draft_charges(order, policy)
            apply_discounts(order, policy, drafts)
        total = sum_of(draft.gross for draft in drafts) + sum_of(each.gross for each in charges)
        return {
            "currency": order.currency,
            "items": [*_items(drafts), *_others(order, drafts)],
            "charges": list(_charges(order, charges)),
            "sum": _text(total, order),
            "amount": _text(order.amount, order),
            "difference": _text(total - order.amount, order),
            "cancelled": _text(sum_of(d.gross for d in drafts if d.cancelled), order),
            "payable": str(totals.payable) if totals else None,
            "rounding": str(totals.rounding) if totals else None,
            "rates": [
                {"rate": str(r.rate), "net": str(r.net), "tax": str(r.tax), "gross": str(r.gross)}
                for r in (totals.by_rate if totals else ())
            ],
            **_payments(order, policy),
        }


def _items(drafts: Sequence[Draft]) -> Iterator[Entry]:
    for draft in drafts:
        discounts = [share.name or share.code or share.kind or "" for share in draft.shares]
        yield {
            **_of(draft.line),
            "quantity": f"{draft.quantity.normalize():f}",
            "unit_price": str(draft.unit_price),
            "discount": str(draft.items - draft.gross) if draft.items != draft.gross else "",
            "discounts": [name for name in discounts if name],
            "gross": str(draft.gross),
            "counted": True,
            "note": "cancelled, still in the amount" if draft.cancelled else "",
        }


def _others(order: Order, drafts: Sequence[Draft]) -> Iterator[Entry]:
    """The items that the policies leave out of the sum."""
    known = {pk for draft in drafts for pk in draft.ids}
    for line in order.lines:
        if known.isdisjoint(line.ids):
            worth = rounded(line.quantity * line.unit_price, unit_of(order.currency))
            left_out = "cancelled, not in the amount" if is_cancelled(line) else "of a bundle"
            yield {
                **_of(line),
                "quantity": f"{line.quantity.normalize():f}",
                "unit_price": str(line.unit_price),
                "discount": "",
                "discounts": [],
                "gross": str(worth),
                "counted": not drafts,
                "note": left_out if drafts else "",
            }


def _of(line: Line) -> Entry:
    name = " ".join(filter(None, [line.sku or line.code, line.name]))
    return {"name": name or f"item {line.ids[0]}"}


def _charges(order: Order, charges: Sequence[Charge]) -> Iterator[Entry]:
    inside = {charge.source for charge in charges}
    for charge in order.charges:
        taken = charge.source in inside
        yield {
            "name": charge.name or charge.kind,
            "gross": _text(charge.gross, order),
            "counted": taken,
            "note": "" if taken else "outside the amount",
        }


def _payments(order: Order, policy: MoneyPolicy) -> dict[str, Any]:
    known = counted(order.payments)
    mode = mode_of(policy, known)
    paid = announced_sum(known) if mode == "announced" else settled_sum(known)
    states = ("captured", "refunded") + (("authorized", "due") if mode == "announced" else ())
    return {
        "payments": [
            {
                "name": " ".join(filter(None, [each.kind.replace("_", " "), each.bank])),
                "state": each.state,
                "amount": ("-" if each.state == "refunded" else "") + _text(each.amount, order),
                "counted": each in known and each.state in states,
            }
            for each in order.payments
        ],
        "mode": mode,
        "compared": are_compared(order, policy),
        "paid": _text(paid, order),
        "unpaid": _text(order.amount - paid, order),
    }


def _text(value: Decimal, order: Order) -> str:
    """A figure in the currency's places; with more of them where the shop has more."""
    exact = rounded(value, unit_of(order.currency))
    return str(exact if exact == value else value)
