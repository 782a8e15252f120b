"""The money of an order, balanced to the kuruş under the route's policies, or no document.

    sum of quantity x unit price - sum of discounts + sum of charges = amount

Every figure includes VAT, as Turkish consumer prices do, until the last step splits it off.
Pure: values in, values out. docs/money.md explains every policy with a worked example.
"""

from decimal import localcontext

from erp_adapter.balance.amounts import MONEY, places_of, rounded
from erp_adapter.balance.charges import draft_charges, rate_charges
from erp_adapter.balance.checks import check_header
from erp_adapter.balance.discounts import apply_discounts
from erp_adapter.balance.identity import reconcile
from erp_adapter.balance.lines import draft_lines, sum_of
from erp_adapter.balance.payments import check_payments, turn_into_discounts
from erp_adapter.balance.policy import MoneyPolicy, money_policy
from erp_adapter.balance.totals import Parts, assemble
from erp_adapter.balance.verify import verify
from erp_adapter.order.model import Order

__all__ = ["MoneyPolicy", "balance", "money_policy", "places_of", "rounded"]


def balance(order: Order, policy: MoneyPolicy) -> Order:
    """The order with its computed fields: discounts, charges, net, VAT, rows and totals.

    Raises Unbalanced (sums) or InvalidOrder (single figures) with one of design.md's codes.
    """
    with localcontext(MONEY):
        balanced = _balanced(order, policy)
        verify(balanced)
        return balanced


def _balanced(order: Order, policy: MoneyPolicy) -> Order:
    check_header(order, policy)
    drafts = draft_lines(order, policy)
    charges = draft_charges(order, policy)
    apply_discounts(order, policy, drafts)
    rounding = reconcile(order, policy, drafts, charges)
    check_payments(order, policy, sum_of(draft.gross for draft in drafts if draft.cancelled))
    drafts = [draft for draft in drafts if not draft.cancelled]
    payments = turn_into_discounts(order, policy, drafts)
    charges = rate_charges(order, policy, charges, drafts)
    return assemble(order, policy, Parts(drafts, charges, payments, rounding))
