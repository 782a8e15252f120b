"""Discounts on the lines: the items' own, the order's spread over what they apply to.

Akinon's discount items carry no amount per order item, only the list of items they apply to
(data warehouse, benefit applicants); hence the proportional share.
"""

from collections.abc import Sequence
from decimal import Decimal

from erp_adapter.balance.amounts import spread, unit_of
from erp_adapter.balance.checks import amount_of
from erp_adapter.balance.lines import Draft, sum_of
from erp_adapter.balance.policy import MoneyPolicy
from erp_adapter.errors import InvalidOrder, Unbalanced
from erp_adapter.order.model import Discount, Order


def apply_discounts(order: Order, policy: MoneyPolicy, drafts: Sequence[Draft]) -> None:
    """Give every draft its shares, and compare the sum with the order's own figure."""
    if policy.discounts != "discount_items":
        _take_own(drafts)
    if policy.discounts != "items":
        # The discounts of few lines come first: those of all lines can still go elsewhere.
        for position in sorted(range(len(order.discounts)), key=lambda i: _reach(order, i)):
            _spread_item(order, policy, drafts, position)
    _check_total(order, policy, sum_of(draft.items - draft.gross for draft in drafts))


def spread_over(discount: Discount, drafts: Sequence[Draft], unit: Decimal, path: str) -> None:
    """Share the discount out by what is left of each line, to the kuruş, never below zero."""
    room = [draft.gross for draft in drafts]
    if discount.amount > sum_of(room):
        raise InvalidOrder(
            f"{path} is {discount.amount}, and the lines it applies to are worth "
            f"{sum_of(room)}: a line would become negative. Correct the discount in the shop, or "
            "check money.discounts of this route.",
            code="NEGATIVE_AMOUNT", path=path,
            expected=f"at most {sum_of(room)}", found=str(discount.amount),
        )  # fmt: skip
    for draft, share in zip(drafts, spread(discount.amount, room, unit), strict=True):
        draft.take(discount, share)


def _take_own(drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        own, path = draft.own_discount, f"item[{draft.ids[0]}].discount_amount"
        if own > draft.gross:
            raise InvalidOrder(
                f"{path} is {own}, more than the line's {draft.gross}: the line would become "
                "negative. Correct it in the shop, or check money.discounts of this route.",
                code="NEGATIVE_AMOUNT", path=path,
                expected=f"at most {draft.gross}", found=str(own),
            )  # fmt: skip
        draft.take(Discount(kind="item", amount=own), own)


def _reach(order: Order, position: int) -> tuple[bool, int]:
    ids = order.discounts[position].line_ids
    return not ids, len(ids)


def _spread_item(order: Order, policy: MoneyPolicy, drafts: Sequence[Draft], position: int) -> None:
    discount, path = order.discounts[position], f"discount[{position}].amount"
    amount_of(discount.amount, order, path)
    targets = drafts if not discount.line_ids else _targets(order, policy, drafts, position)
    if targets:
        spread_over(discount, targets, unit_of(order.currency), path)


def _targets(
    order: Order, policy: MoneyPolicy, drafts: Sequence[Draft], position: int
) -> list[Draft]:
    """The drafts a discount names; none where all of them were cancelled with their discount."""
    named = _heirs(order, policy, set(order.discounts[position].line_ids))
    found = [draft for draft in drafts if not named.isdisjoint(draft.ids)]
    if not found and not named.intersection(pk for line in order.lines for pk in line.ids):
        path = f"discount[{position}].benefitapplicant_set"
        raise InvalidOrder(
            f"{path} names only items that the order does not have, so nobody knows which lines "
            "the discount reduces. Correct it in the shop.",
            path=path, expected="items of the order", found="unknown items",
        )  # fmt: skip
    return found


def _heirs(order: Order, policy: MoneyPolicy, named: set[int]) -> set[int]:
    """With the named items those that carry the money for them, where bundles are left out."""
    if policy.bundles == "parents":
        kin = {line.parent for line in order.lines if not named.isdisjoint(line.ids)}
        return named | {pk for pk in kin if pk is not None}
    if policy.bundles == "children":
        return named | {pk for line in order.lines if line.parent in named for pk in line.ids}
    return named


def _check_total(order: Order, policy: MoneyPolicy, found: Decimal) -> None:
    stated, mode = order.discount_amount, policy.check_discount_total
    if stated is None or mode == "never" or (mode == "non-zero" and not stated):
        return
    expected = amount_of(stated, order, "discount_amount")
    if expected != found:
        raise Unbalanced(
            f"discount_amount of the order is {expected}, its discounts sum up to {found} under "
            f'money.discounts = "{policy.discounts}" (the items\' own: '
            f"{sum_of(line.own_discount for line in order.lines)}, the discount items: "
            f"{sum_of(item.amount for item in order.discounts)}). Choose the value that fits, "
            'or set money.check_discount_total = "never".',
            path="discount_amount", expected=str(expected), found=str(found),
        )  # fmt: skip
