"""The decision table: what is to be done with an order on a route, by what the ledger knows.

No I/O. design.md's table, row by row; where it leaves a case open, docs/decisions.md says why the
answer here is what it is. `make reference` writes it into docs/reference.md.
"""

from collections.abc import Callable
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


@dataclass(frozen=True, slots=True)
class Case:
    """An order on a route, as one look finds it. `entry`: the ledger's, None if there is none.
    `content_id`: the order's now. `ours`: a route of this order is claimed or delivered by us, so
    `is_send` need not mean that others have sent it. `behind`: the document that comes before the
    route's own is not durable; `handed_over`: all that became of it since is cancellations, and the
    ERP has documents of them. `asked_for`: by a person's backfill, so it is not too old."""

    order: Order
    route: Route
    entry: Entry | None
    content_id: str
    now: float
    ours: bool
    behind: bool = False
    handed_over: bool = False
    asked_for: bool = False

    @property
    def state(self) -> str | None:
        """The entry's."""
        return self.entry.state if self.entry else None

    @property
    def reason(self) -> str | None:
        """The entry's."""
        return self.entry.reason if self.entry else None

    @property
    def has_live_lease(self) -> bool:
        """Whether the claim on the entry is not to be taken over yet."""
        lease = self.entry.lease_until if self.entry else None
        return lease is not None and self.now <= lease

    @property
    def was_held_under_a_claim(self) -> bool:
        """Whether a hold came between its claim, which nobody could look behind, and the
        take-over."""
        held = self.state == "waiting" and self.reason == HELD
        return bool(held and self.entry and self.entry.document)

    @property
    def is_being_revised(self) -> bool:
        """Whether a revision's claim is on the delivered entry."""
        return bool(self.state == "delivered" and self.entry and self.entry.revising)

    @property
    def is_cancelled(self) -> bool:
        """Whether the whole order is."""
        return status_code(self.order.status) == CANCELLED

    @property
    def is_as_delivered(self) -> bool:
        """Whether the ERP has the order as it is now."""
        same = self.entry is not None and self.entry.content_id == self.content_id
        return self.state == "delivered" and same and not self.is_cancelled

    @property
    def is_to_be_revised(self) -> bool:
        """Whether it was delivered, has changed, and its next revision may be sent now."""
        return (
            self.state == "delivered" and not self.is_cancelled and not self.is_as_delivered
            and self.route.on_change == "revise" and not self.is_not_yet
        )  # fmt: skip

    @property
    def is_claimed_for_a_resend(self) -> bool:
        """Whether a resend's claim is on the delivered entry. It is on the next document, which has
        the number that a revision would have."""
        return bool(self.entry and self.entry.claim and not self.entry.revising)

    @property
    def is_mapped(self) -> bool:
        """Whether the order carries a code of an ERP's that the route believes."""
        return self.route.already_in_erp == "mapping" and bool(self.order.codes)

    @property
    def is_too_old(self) -> bool:
        """Whether it was placed before the route's start. Nobody asks what has been found young
        enough, or asked for, before."""
        let_in = self.reason in (NOT_YET, COMES_AFTER)
        let_in = let_in or self.state in ("waiting", "rejected", "missed")
        return not (self.asked_for or let_in) and self.order.placed_at < self.route.start_from

    @property
    def is_not_yet(self) -> bool:
        """Whether it is below the route's statuses, of an unknown one, or an item waits for its
        cancellation."""
        status = status_code(self.order.status)
        if status is None or status < min(self.route.statuses):
            return True
        return self.order.cancel_status == "waiting" or any(
            line.cancel_status == "waiting" or status_code(line.status or "") == 50
            for line in self.order.lines
        )

    @property
    def is_due(self) -> bool:
        """Whether its status is one of the route's."""
        return status_code(self.order.status) in self.route.statuses

    @property
    def is_above(self) -> bool:
        """Whether its status is beyond all of the route's."""
        return (status_code(self.order.status) or 0) > max(self.route.statuses)


@dataclass(frozen=True, slots=True)
class Row:
    """A row: what the ledger has for the route and what the order says, in the words of the docs;
    whether a case that no row above it has taken is one of these; what is to be done then."""

    ledger: str
    order: str
    takes: Callable[[Case], bool]
    decision: Decision


_COME_BACK: Final = Decision(Action.COME_BACK, "claimed")
_TAKE_OVER: Final = Decision(Action.TAKE_OVER)
_CHANGED: Final = "ORDER_CHANGED"
_REVISED: Final = 'other content, not cancelled, `on_change = "revise"`, to be sent now'


def _settled(reason: str) -> Decision:
    return Decision(Action.SETTLE, reason)


TABLE: Final = (
    Row("claimed, lease live", "anything",
        lambda c: c.state == "claimed" and c.has_live_lease, _COME_BACK),
    Row("claimed, lease over", "anything",
        lambda c: c.state == "claimed", _TAKE_OVER),
    Row("waits as held, claimed before", "anything",
        lambda c: c.was_held_under_a_claim, _TAKE_OVER),
    Row("settled by hand", "anything",
        lambda c: c.state == "settled" and c.reason == BY_HAND, _settled(BY_HAND)),
    Row("settled, its customer erased", "anything",
        lambda c: c.state == "settled" and c.reason == ERASED, _settled(ERASED)),
    Row("delivered, a revision claimed, lease live", "anything",
        lambda c: c.is_being_revised and c.has_live_lease, _COME_BACK),
    Row("delivered, a revision claimed, lease over", "anything",
        lambda c: c.is_being_revised, _TAKE_OVER),
    Row("delivered", "the same content, not cancelled",
        lambda c: c.is_as_delivered, Decision(Action.DELIVERED)),
    Row("delivered, a resend claimed, lease live", _REVISED,
        lambda c: c.is_to_be_revised and c.is_claimed_for_a_resend and c.has_live_lease,
        _COME_BACK),
    Row("delivered, a resend claimed, lease over", _REVISED,
        lambda c: c.is_to_be_revised and c.is_claimed_for_a_resend, _TAKE_OVER),
    Row("delivered", _REVISED,
        lambda c: c.is_to_be_revised, Decision(Action.REVISE)),
    Row("delivered, its cancellations have documents", "they are all that has changed",
        lambda c: c.state == "delivered" and c.handed_over, Decision(Action.DELIVERED, code=SENT)),
    Row("delivered", "cancelled",
        lambda c: c.state == "delivered" and c.is_cancelled,
        Decision(Action.DELIVERED, code="CANCELLED_AFTER_DELIVERY")),
    Row("delivered", 'other content, `on_change = "record"`',
        lambda c: c.state == "delivered" and c.route.on_change == "record",
        Decision(Action.DELIVERED, code=_CHANGED)),
    Row("delivered", 'other content, `on_change = "revise"`, not to be sent yet',
        lambda c: c.state == "delivered", Decision(Action.DELIVERED, NOT_YET, _CHANGED)),
    Row("anything else", "`is_send`, and no route of ours has it",
        lambda c: c.order.is_send and not c.ours, _settled("sent-by-others")),
    Row("anything else", "cancelled",
        lambda c: c.is_cancelled, _settled("closed")),
    Row("anything else", "an ERP's code (`already_in_erp`), and no route of ours has it",
        lambda c: c.is_mapped and not c.ours, _settled("already-in-erp")),
    Row("none; settled, but not as not-yet or comes-after",
        "placed before `start_from`, and no backfill asks for it",
        lambda c: c.is_too_old, _settled("before-start")),
    Row("anything else",
        "below the route's statuses, of an unknown one, or an item waits for its cancellation",
        lambda c: c.is_not_yet, _settled(NOT_YET)),
    Row("anything else",
        "a status of the route; the document before it on its route is not durable",
        lambda c: c.is_due and c.behind, _settled(COMES_AFTER)),
    Row("anything else", "a status of the route",
        lambda c: c.is_due, Decision(Action.DELIVER)),
    Row("anything else", "above the route's statuses",
        lambda c: c.is_above, Decision(Action.MISS, "above-statuses")),
    Row("anything else", "between the route's statuses",
        lambda _: True, _settled(NOT_YET)),
)  # fmt: skip
"""The first row that takes a case decides it."""


def decide(
    order: Order, route: Route, entry: Entry | None, *, content_id: str, now: float, ours: bool,
    behind: bool = False, handed_over: bool = False, asked_for: bool = False,
) -> Decision:  # fmt: skip
    """What the table says of this case (`Case` says what is what)."""
    case = Case(order, route, entry, content_id, now, ours, behind, handed_over, asked_for)
    return row_of(case).decision


def row_of(case: Case) -> Row:
    """The row that takes it."""
    return next(row for row in TABLE if row.takes(case))


def is_open_backfill(beside: Entry | None) -> bool:
    """Whether the order was asked for by a person, and came no further than to stand beside its
    routes, where this entry is."""
    return bool(beside and beside.state in ("waiting", "rejected") and beside.source == "backfill")
