"""The identity: sum of quantity x unit price, less discounts, plus charges, is the amount.

It is always checked. Only a tolerance that the route states lets a difference of at most 0.05
through, and then says where it goes.
"""

from collections.abc import Sequence
from decimal import Decimal

from erp_adapter.balance.amounts import ONE, ZERO, rounded, unit_of
from erp_adapter.balance.checks import amount_of
from erp_adapter.balance.explain import explain
from erp_adapter.balance.lines import Draft, sum_of
from erp_adapter.balance.policy import MoneyPolicy
from erp_adapter.errors import Unbalanced
from erp_adapter.order.model import Charge, Order


def reconcile(
    order: Order, policy: MoneyPolicy, drafts: Sequence[Draft], charges: Sequence[Charge]
) -> Decimal:
    """What is tolerated as rounding: amount less the sum of lines and charges.

    Raises Unbalanced with both figures, the difference and what might explain it.
    """
    expected = amount_of(order.amount, order, "amount")
    found = sum_of(draft.gross for draft in drafts) + sum_of(charge.gross for charge in charges)
    missing = expected - found
    if abs(missing) > policy.tolerance:
        raise Unbalanced(
            f"The lines less discounts plus charges sum up to {found}, the order's amount is "
            f"{expected}, the difference {found - expected}. "
            f"{explain(order, policy, found - expected)}",
            path="amount", expected=str(expected), found=str(found),
        )  # fmt: skip
    if not missing or policy.tolerance_goes_to == "rounding":
        return missing
    _adjust(max(drafts, key=lambda draft: draft.gross), missing, order)
    return ZERO


def _adjust(draft: Draft, missing: Decimal, order: Order) -> None:
    """Let the line carry the difference in its price, so that its own product stays right."""
    if draft.gross + missing < 0:
        raise Unbalanced(
            f"The tolerated difference of {missing} is more than the largest line. Set "
            'money.tolerance_goes_to = "rounding", or tolerance = 0.',
            path="amount", expected=str(draft.gross), found=str(missing),
        )  # fmt: skip
    draft.items += missing
    draft.gross += missing
    price = draft.items / draft.quantity
    whole = rounded(price, unit_of(order.currency))
    draft.unit_price = whole if whole == price else rounded(price, ONE.scaleb(-10))
