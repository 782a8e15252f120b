"""What might explain a difference: fields of the source that are just as large, and the remedy.

A help for the reader of a rejection. It never decides anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, islice
from typing import Final

from erp_adapter.balance.charges import INTEREST
from erp_adapter.balance.lines import sum_of, without_relatives
from erp_adapter.balance.policy import MoneyPolicy
from erp_adapter.order.identity import is_cancelled
from erp_adapter.order.model import Line, Order

_MOST_DISCOUNTS: Final = 20
_MOST_NAMED: Final = 3
_NO_CLUE: Final = (
    "No field of the order is as large as the difference: compare the items, discounts and "
    "charges in the shop with the amount."
)


@dataclass(frozen=True, slots=True)
class _Clue:
    """A figure of the source; what to set where the sum is too high, or too low, by it."""

    name: str
    amount: Decimal
    too_high: str | None = None
    too_low: str | None = None


def explain(order: Order, policy: MoneyPolicy, difference: Decimal) -> str:
    """One sentence on the fields that equal the difference, alone or two together."""
    clues = [clue for clue in _clues(order, policy) if clue.amount]
    size = abs(difference)
    single: list[tuple[_Clue, ...]] = [(clue,) for clue in clues if clue.amount == size]
    pairs: Iterator[tuple[_Clue, ...]]
    pairs = (pair for pair in combinations(clues, 2) if pair[0].amount + pair[1].amount == size)
    matches = single or list(islice(pairs, _MOST_NAMED))
    if not matches:
        return _NO_CLUE
    phrases = (_phrase(match, too_high=difference > 0) for match in matches[:_MOST_NAMED])
    return f"The difference of {size} equals {'; or '.join(phrases)}."


def _phrase(clues: tuple[_Clue, ...], *, too_high: bool) -> str:
    names = " + ".join(clue.name for clue in clues)
    remedies = {clue.too_high if too_high else clue.too_low for clue in clues}
    remedy = remedies.pop() if len(remedies) == 1 else None
    return f"{names}: set {remedy}" if remedy else names


def _clues(order: Order, policy: MoneyPolicy) -> Iterator[_Clue]:
    yield from _charge_clues(order, policy)
    yield _Clue(
        "the items' installment_interest_amount", sum_of(line.interest for line in order.lines)
    )
    yield from _discount_clues(order, policy)
    yield from _line_clues(order, policy)
    for kind in ("loyalty", "gift_card"):
        paid = [p.amount for p in order.payments if p.kind == kind and p.state == "captured"]
        yield _Clue(f"the {kind} payments", sum_of(paid))


def _charge_clues(order: Order, policy: MoneyPolicy) -> Iterator[_Clue]:
    interest = [charge for charge in order.charges if charge.kind in INTEREST]
    inside = policy.interest == "inside"
    yield _Clue(
        " + ".join(charge.source for charge in interest),
        sum_of(charge.gross for charge in interest),
        too_high='money.interest = "outside"' if inside else None,
        too_low=None if inside else 'money.interest = "inside"',
    )
    # The policy moves all interest or none, so a single one of several has no remedy.
    for charge in order.charges:
        if interest != [charge]:
            yield _Clue(charge.source, charge.gross)


def _discount_clues(order: Order, policy: MoneyPolicy) -> Iterator[_Clue]:
    both = 'money.discounts = "both"' if policy.discounts != "both" else None
    only_items = 'money.discounts = "items"' if policy.discounts == "both" else None
    only_order = 'money.discounts = "discount_items"' if policy.discounts == "both" else None
    own = sum_of(line.own_discount for line in order.lines)
    listed = sum_of(discount.amount for discount in order.discounts)
    yield _Clue(
        "the items' discount_amount", own, both if policy.discounts != "items" else None, only_order
    )
    if order.discount_amount is not None:
        yield _Clue("discount_amount", order.discount_amount)
    yield _Clue(
        "the discount items", listed, both if policy.discounts == "items" else None, only_items
    )
    for position, discount in enumerate(order.discounts[:_MOST_DISCOUNTS]):
        if discount.amount != listed:
            yield _Clue(f"discount[{position}].amount", discount.amount)


def _line_clues(order: Order, policy: MoneyPolicy) -> Iterator[_Clue]:
    original = policy.cancelled == "amount-is-original"
    yield _Clue(
        "the cancelled items",
        _worth(line for line in order.lines if is_cancelled(line)),
        'money.cancelled = "amount-is-reduced"' if original else None,
        None if original else 'money.cancelled = "amount-is-original"',
    )
    everything = _worth(order.lines)
    both = policy.bundles == "both"
    for kept, dropped in (("parents", "components"), ("children", "bundles")):
        left_out = everything - _worth(without_relatives(order.lines, kept))
        remedy = f'money.bundles = "{kept}"' if both else None
        yield _Clue(f"the items that are {dropped}", left_out, too_high=remedy)


def _worth(lines: "Iterator[Line] | tuple[Line, ...] | list[Line]") -> Decimal:
    return sum_of(line.quantity * line.unit_price for line in lines)
