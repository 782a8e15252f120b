"""Whether the payments make up the amount, and which of them are discounts to this ERP."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from erp_adapter.balance.amounts import ZERO, unit_of
from erp_adapter.balance.checks import amount_of
from erp_adapter.balance.discounts import spread_over
from erp_adapter.balance.lines import Draft, sum_of
from erp_adapter.balance.policy import MoneyPolicy
from erp_adapter.errors import Unbalanced
from erp_adapter.order.identity import is_cancelled
from erp_adapter.order.model import Discount, Order, Payment

OWN_SHOP: Final = "web"
"""The channel type of the shop's own site; marketplaces pay by statement, not by order."""


def counted(payments: Iterable[Payment]) -> list[Payment]:
    """The payments that count: no failed ones, no authorisation that was captured since."""
    payments = list(payments)
    captured = {(p.kind, p.reference) for p in payments if p.state == "captured"}
    return [
        payment
        for payment in payments
        if payment.state != "failed"
        and not (
            payment.state == "authorized"
            and payment.reference
            and (payment.kind, payment.reference) in captured
        )
    ]


def settled_sum(payments: Iterable[Payment]) -> Decimal:
    """Captured less refunded."""
    payments = list(payments)
    return _sum(payments, "captured") - _sum(payments, "refunded")


def announced_sum(payments: Iterable[Payment]) -> Decimal:
    """Captured, authorised or still due (pay at door), less refunded."""
    payments = list(payments)
    return settled_sum(payments) + _sum(payments, "authorized") + _sum(payments, "due")


def check_payments(order: Order, policy: MoneyPolicy, cancelled: Decimal) -> None:
    """The payments equal the order's amount, as far as the route's policy looks at them.

    `cancelled` is what the amount still holds of cancelled lines: it may be refunded already.
    """
    for position, payment in enumerate(order.payments):
        amount_of(payment.amount, order, f"payment[{position}].amount")
    if not are_compared(order, policy):
        return
    payments = counted(order.payments)
    mode = mode_of(policy, payments)
    found = announced_sum(payments) if mode == "announced" else settled_sum(payments)
    if found not in (order.amount, order.amount - cancelled):
        raise Unbalanced(
            _sentence(order, payments, mode, found), code="PAYMENT_MISMATCH",
            path="transaction_set", expected=str(order.amount), found=str(found),
        )  # fmt: skip


def are_compared(order: Order, policy: MoneyPolicy) -> bool:
    """Whether the route's policy looks at this order's payments at all."""
    elsewhere = order.channel.type not in (None, OWN_SHOP)
    return policy.payments != "none" and not (policy.payments == "by-channel" and elsewhere)


def turn_into_discounts(
    order: Order, policy: MoneyPolicy, drafts: Sequence[Draft]
) -> tuple[Payment, ...]:
    """Loyalty and gift cards that this ERP books as discounts; the payments that remain."""
    payments = order.payments
    if policy.loyalty == "discount":
        payments = _as_discount(order, payments, drafts, "loyalty")
    if policy.gift_card == "discount":
        payments = _as_discount(order, payments, drafts, "gift_card")
    return payments


def _as_discount(
    order: Order, payments: tuple[Payment, ...], drafts: Sequence[Draft], kind: str
) -> tuple[Payment, ...]:
    own = [payment for payment in counted(payments) if payment.kind == kind]
    total = announced_sum(own)
    if total <= 0:
        return payments
    # Goods can be discounted to zero, charges can't: what paid for those stays a payment.
    amount = min(total, sum_of(draft.gross for draft in drafts))
    spread_over(Discount(kind=kind, amount=amount), drafts, unit_of(order.currency), kind)
    rest = (replace(own[0], amount=total - amount),) if total > amount else ()
    return (*(payment for payment in payments if payment.kind != kind), *rest)


def mode_of(policy: MoneyPolicy, payments: Sequence[Payment]) -> str:
    """What is compared with the amount: "settled" or "announced" payments."""
    if policy.payments in ("settled", "announced"):
        return policy.payments
    return "announced" if any(payment.state == "due" for payment in payments) else "settled"


def _sentence(order: Order, payments: Sequence[Payment], mode: str, found: Decimal) -> str:
    states = ("captured", "authorized", "due", "refunded")
    figures = ", ".join(f"{state} {_sum(payments, state)}" for state in states)
    hint = "Check the payments in the shop."
    if not payments:
        hint = (
            "There is none at all: if others collect the money (a marketplace), set "
            'money.payments = "by-channel" or "none".'
        )
    elif mode == "settled" and announced_sum(payments) == order.amount:
        hint = 'With what is authorised it would: set money.payments = "announced" to allow it.'
    elif found + _sum(payments, "refunded") == order.amount:
        hint = "The difference is what was refunded."
    elif found > order.amount and any(is_cancelled(line) for line in order.lines):
        hint = "Items are cancelled: their refund may still be to come."
    return (
        f"The payments ({figures}) sum up to {found} under {mode}, the order's amount is "
        f"{order.amount}, the difference {found - order.amount}. {hint}"
    )


def _sum(payments: Iterable[Payment], state: str) -> Decimal:
    return sum((payment.amount for payment in payments if payment.state == state), ZERO)
