"""Payments, from Omnitron's transaction sets, without any gateway data.

The names of the sets are documented, their values of `transaction_type` are not, but for
"purchase" and "refund" (sample; OpenAPI, create_payment_plan). The rest is read by its root.
"""

import re
from typing import Final

from erp_adapter.order import wire
from erp_adapter.order.model import Payment, PaymentKind, PaymentState

_KINDS: Final[dict[str, PaymentKind]] = {
    "transaction_set": "card",
    "fundstransfertransaction_set": "transfer",
    "payondeliverytransaction_set": "door",
    "loyaltytransaction_set": "loyalty",
    "bextransaction_set": "bex",
    "cashregistertransaction_set": "cash_register",
    "ordertransaction_set": "other",
}
_GIVEN_BACK: Final = re.compile(r"refund|cancel|void|reversal")
_HELD: Final = re.compile(r"pre[ _-]?(purchase|auth|provision)|auth|provision")
"""Money held on a card, which a later transaction captures. "post_auth" is that capture."""


def read_payments(detail: wire.Detail) -> tuple[Payment, ...]:
    """Every transaction of every set, also failed ones, by set and pk."""
    return tuple(
        _payment(transaction, kind, detail)
        for name, kind in _KINDS.items()
        for transaction in sorted(getattr(detail, name), key=lambda entry: entry.pk or 0)
    )


def _payment(transaction: wire.Transaction, kind: PaymentKind, detail: wire.Detail) -> Payment:
    card = detail.installment.card if kind == "card" and detail.installment else None
    pk = str(transaction.pk) if transaction.pk else None
    return Payment(
        kind=kind,
        state=_state(transaction, kind),
        amount=transaction.amount,
        currency=transaction.currency or detail.currency,
        paid_at=transaction.created_date,
        reference=transaction.transaction_id or pk,
        bank=card.bank.name if card and card.bank else None,
        card=card.name if card else None,
        pos_slug=transaction.pos_slug,
        installments=installments_of(detail) if kind == "card" else None,
    )


def installments_of(detail: wire.Detail) -> int | None:
    """The order's own number of instalments, else its plan's."""
    if detail.installment_count is not None:
        return detail.installment_count
    return detail.installment.installment_count if detail.installment else None


def _state(transaction: wire.Transaction, kind: PaymentKind) -> PaymentState:
    name = (transaction.transaction_type or "").lower()
    if _GIVEN_BACK.search(name):
        return "failed" if transaction.is_succeeded is False else "refunded"
    if kind == "door":
        # There is no attempt that could fail at the door: what is not paid yet is due.
        return "captured" if transaction.is_succeeded else "due"
    if transaction.is_succeeded is False:
        return "failed"
    return "authorized" if _HELD.match(name) else "captured"
