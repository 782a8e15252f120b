"""What a delivered entry says of the order since: codes, sentences, names of what differs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from erp_adapter.delivery.decision import NOT_YET, SENT, Decision
from erp_adapter.delivery.holds import HELD
from erp_adapter.ledger import Entry
from erp_adapter.order import Order, changed, content_id, parts

AFTER_DELIVERY: Final = {
    "ORDER_CHANGED": "The order was changed in the shop after the ERP got its document: book the "
    "change in the ERP by hand.",
    "CANCELLED_AFTER_DELIVERY": "The order was cancelled in the shop after the ERP got its "
    "document: cancel it in the ERP by hand.",
    SENT: "What was cancelled in the shop after the ERP got its document was handed over to it, as "
    "a document of its own.",
}

REVISION_REJECTED: Final = "revision-rejected"
"""The reason on a delivered entry whose next revision is rejected; its code says why."""
_WAITS: Final = (
    "The order was changed in the shop after the ERP got its document. Its revision waits"
)
_WAITING: Final = {
    NOT_YET: f"{_WAITS}: the order is below the route's statuses, of an unknown one, or an item "
    "waits for its cancellation.",
    HELD: f"{_WAITS}: the route is held.",
}
"""By the reason why a change is not sent now."""
_DIGITS: Final = 12
"""So many digits of a content id tell two contents apart, for a reader."""
_MOST_NAMES: Final = 100
"""Characters of what has changed, by name."""


def noting(
    entry: Entry, *, code: str | None = None, path: str | None = None, message: str | None = None,
    expected: str | None = None, found: str | None = None, reason: str | None = None,
) -> Entry:  # fmt: skip
    """The delivered entry with a note, or without. What a person has said (a resend's reason)
    stays; the code says the rest."""
    message = entry.message if entry.by else message
    return replace(
        entry, code=code, path=path, message=message, expected=expected, found=found, reason=reason
    )  # fmt: skip


def since(entry: Entry, decision: Decision, order: Order) -> Entry:
    """The delivered entry with what the decision says of the order as it is now."""
    if not decision.code:
        return noting(entry)
    return noting(
        entry, code=decision.code, path=_listed(changed(entry.parts, parts(order))),
        message=_WAITING.get(decision.reason or "", AFTER_DELIVERY[decision.code]),
        expected=(entry.content_id or "")[:_DIGITS] or None, found=content_id(order)[:_DIGITS],
        reason=HELD if decision.reason == HELD else None,
    )  # fmt: skip


def _listed(names: Sequence[str]) -> str | None:
    """As many of the names as the ledger's `path` has room for."""
    text = ", ".join(names)
    if len(text) > _MOST_NAMES:
        text = text[:_MOST_NAMES].rpartition(", ")[0] + ", …"
    return text or None
