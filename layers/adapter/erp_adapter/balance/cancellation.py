"""An order as a cancellation's document reads it: some of its items, as if they were all of it."""

from collections.abc import Set as AbstractSet
from dataclasses import replace
from decimal import Decimal, localcontext

from erp_adapter.balance.amounts import MONEY
from erp_adapter.balance.lines import draft_lines, sum_of, without_relatives
from erp_adapter.balance.policy import MoneyPolicy
from erp_adapter.order.model import Line, Order


def cancellable(order: Order, policy: MoneyPolicy) -> list[Line]:
    """The items that a document under these policies can have: cancelled or not."""
    return without_relatives(order.lines, policy.bundles)


def cancellation(order: Order, pks: AbstractSet[int], policy: MoneyPolicy) -> Order:
    """The order with the items of these pks only, balanced.

    Its figures are the items' own, before discounts and without charges: what the ERP gives back is
    decided there. Raises InvalidOrder, as `balance` does for single figures.
    """
    # Imported here, because the package's own module needs no part of it for an order.
    from erp_adapter.balance import balance

    lines = tuple(
        replace(line, status=None, cancel_status=None, own_discount=Decimal(0), interest=Decimal(0))
        for line in cancellable(order, policy)
        if not pks.isdisjoint(line.ids)
    )
    policy = replace(policy, payments="none", bundles="both")
    alone = replace(
        order, lines=lines, discounts=(), discount_amount=None, charges=(), payments=()
    )  # fmt: skip
    with localcontext(MONEY):
        amount = sum_of(draft.gross for draft in draft_lines(alone, policy))
    return balance(replace(alone, amount=amount), policy)
