"""The decision table: what is to be done with an order on a route, by what the ledger knows.

No I/O. design.md's table, row by row; where it leaves a case open, docs/decisions.md says why the
answer here is what it is.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from erp_adapter.delivery.holds import HELD
from erp_adapter.ledger import Entry
from erp_adapter.order import Order
from erp_adapter.routes import Route

CANCELLED: Final = 100
_WORDS: Final = {
    "cancellation_waiting": 50, "canceled": 100, "cancelled": 100, "waiting": 200,
    "payment_waiting": 300, "confirmation_waiting": 350, "approved": 400, "preparing": 450,
    "shipped": 500, "shipped_and_informed": 510, "ready_for_pickup": 520,
    "attempted_delivery": 540, "review_started": 544, "review_waiting": 545,
}  # fmt: skip
"""Codes of the words that some of Akinon's endpoints answer (docs, order status codes)."""


BY_HAND: Final = "by-hand"
"""The reason of an order that a person has typed into the ERP: it is never sent."""
ERASED: Final = "erased"
"""The reason of an order whose customer was erased: it is never sent (again)."""
FOR_GOOD: Final = {BY_HAND, ERASED}
"""Reasons of a person's, which no notification undoes."""
NOT_YET: Final = "not-yet"
"""The reason of an order that may be sent later."""
COMES_AFTER: Final = "comes-after"
"""The reason of an order whose document waits for the one before it (`Route.after`)."""
SENT: Final = "CANCELLATION_SENT"
"""The code of an order whose cancellation went to the ERP as a document."""


class Action(StrEnum):
    """What to do next."""

    DELIVER = "deliver"
    TAKE_OVER = "take over"
    COME_BACK = "come back later"
    SETTLE = "settle"
    MISS = "missed"
    REVISE = "revise"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Decision:
    """An action and why; `reason` is one of the ledger's reasons, `code` of its codes."""

    action: Action
    reason: str | None = None
    code: str | None = None


def status_code(status: str) -> int | None:
    """The number of a status, whether Omnitron says "400" or "approved"; None if unknown."""
    return int(status) if status.isdecimal() else _WORDS.get(status.lower())


def decide(
    order: Order, route: Route, entry: Entry | None, *, content_id: str, now: float, ours: bool,
    behind: bool = False, handed_over: bool = False, asked_for: bool = False,
) -> Decision:  # fmt: skip
    """The row of the table. `ours`: a route of this order is claimed or delivered by us, so
    `is_send` need not mean that others have sent it. `behind`: the document that comes before the
    route's own is not durable; `handed_over`: all that became of it since is cancellations, and the
    ERP has documents of them. `asked_for`: by a person's backfill, so it is not too old."""
    state = entry.state if entry else None
    if entry and state == "claimed":
        return _claimed(entry, now)
    if entry and state == "waiting" and entry.reason == HELD and entry.document:
        # A hold came between its claim, which nobody could look behind, and the take-over.
        return Decision(Action.TAKE_OVER)
    if entry and state == "settled" and entry.reason in FOR_GOOD:
        return Decision(Action.SETTLE, entry.reason)
    if entry and state == "delivered":
        decision = _after_delivery(order, route, entry, content_id, now)
        return Decision(Action.DELIVERED, code=SENT) if handed_over and decision.code else decision
    too_old = not asked_for and not _was_let_in(entry) and order.placed_at < route.start_from
    decision = _before_delivery(order, route, ours=ours, too_old=too_old)
    if behind and decision.action is Action.DELIVER:
        return Decision(Action.SETTLE, COMES_AFTER)
    return decision


def _claimed(entry: Entry, now: float) -> Decision:
    live = entry.lease_until is not None and now <= entry.lease_until
    return Decision(Action.COME_BACK, "claimed") if live else Decision(Action.TAKE_OVER)


def _after_delivery(
    order: Order, route: Route, entry: Entry, content_id: str, now: float
) -> Decision:
    if entry.revising:
        return _claimed(entry, now)
    if status_code(order.status) == CANCELLED:
        return Decision(Action.DELIVERED, code="CANCELLED_AFTER_DELIVERY")
    if entry.content_id == content_id:
        return Decision(Action.DELIVERED)
    if route.on_change == "record":
        return Decision(Action.DELIVERED, code="ORDER_CHANGED")
    if _is_not_yet(order, route):
        return Decision(Action.DELIVERED, NOT_YET, code="ORDER_CHANGED")
    # A resend's claim is on its next document, which has the number that a revision would have.
    return _claimed(entry, now) if entry.claim else Decision(Action.REVISE)


def is_open_backfill(beside: Entry | None) -> bool:
    """Whether the order was asked for by a person, and came no further than to stand beside its
    routes, where this entry is."""
    return bool(beside and beside.state in ("waiting", "rejected") and beside.source == "backfill")


def _was_let_in(entry: Entry | None) -> bool:
    """Whether the order has been found young enough, or asked for, before."""
    if entry is None:
        return False
    let_in = entry.reason in ("not-yet", COMES_AFTER)
    return let_in or entry.state in ("waiting", "rejected", "missed")


def _before_delivery(order: Order, route: Route, *, ours: bool, too_old: bool) -> Decision:
    status = status_code(order.status)
    if order.is_send and not ours:
        return Decision(Action.SETTLE, "sent-by-others")
    if status == CANCELLED:
        return Decision(Action.SETTLE, "closed")
    if not ours and route.already_in_erp == "mapping" and order.codes:
        return Decision(Action.SETTLE, "already-in-erp")
    if too_old:
        return Decision(Action.SETTLE, "before-start")
    if status is None or _is_not_yet(order, route):
        return Decision(Action.SETTLE, NOT_YET)
    if status in route.statuses:
        return Decision(Action.DELIVER)
    if status > max(route.statuses):
        return Decision(Action.MISS, "above-statuses")
    return Decision(Action.SETTLE, NOT_YET)


def _is_not_yet(order: Order, route: Route) -> bool:
    """Whether it is below the route's statuses, of an unknown one, or an item waits for its
    cancellation."""
    status = status_code(order.status)
    if status is None or status < min(route.statuses):
        return True
    return order.cancel_status == "waiting" or any(
        line.cancel_status == "waiting" or status_code(line.status or "") == 50
        for line in order.lines
    )
