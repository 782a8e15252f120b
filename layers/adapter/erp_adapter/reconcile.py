"""Reconcile: walks the shop's list of waiting orders and brings back what the ledger lacks.

Webhooks get lost, orders are parked, acknowledgements fail: the shop's own list (`is_send=False`)
is what is true. It is walked from its last page backwards, so that rows which leave the list while
we walk only cause repeats. What is to be done with an order is not decided here: it is enqueued,
and the one delivery story decides.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from erp_adapter.cancellations import decided
from erp_adapter.delivery.decision import (
    CANCELLED,
    COMES_AFTER,
    FOR_GOOD,
    is_open_backfill,
    status_code,
)
from erp_adapter.delivery.holds import HELD
from erp_adapter.errors import Misconfigured, Unavailable
from erp_adapter.ledger import FROM_THE_END, NO_ROUTE, Cursor, Entry, Hold, Ledger
from erp_adapter.notification import Notification
from erp_adapter.omnitron import PAGE_SIZE, Omnitron
from erp_adapter.omnitron_answers import ListedOrder
from erp_adapter.routes import Route, Routes
from erp_adapter.undelivered import MARGIN, MOST_ENQUEUED, unheard
from erp_adapter.unpicked import Unpicked

REJECTED_AGAIN: Final = 24 * 3600
"""Seconds after which a rejected order is tried again where the shop's list has no dates."""
SETTLED_AGAIN: Final = 3600
"""The same for one that was not to be sent yet though its status is: an item of it waits for its
cancellation, which the list does not show."""

_LEFT_ALONE: Final = {"before-start", "already-in-erp", "sent-by-others", "no-route"}


@dataclass(slots=True, kw_only=True)
class Report:
    """What a run saw. `counts`: orders by what they are; `gap`: those that the shop calls sendable
    and not sent, and of which the ledger knows no document and no reason; `stuck`: those of the gap
    that the walk before had found as well; `holds`: the routes on which nothing is written;
    `cancelling`: how many orders wait for their cancellation, where a route is for these and the
    shop's list can be asked; `unheard`: how many orders, delivered or rejected, are named by
    webhooks that the shop could not deliver and this walk has read, and nobody has read since."""

    now: float
    holds: tuple[Hold, ...] = ()
    waiting_in_shop: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    enqueued: int = 0
    gap: int = 0
    stuck: int = 0
    oldest: str | None = None
    undelivered_webhooks: int | None = None
    cancelling: int | None = None
    unheard: int | None = None
    next_page: int | None = None

    @property
    def finished(self) -> bool:
        """Whether the whole list was walked."""
        return self.next_page is None

    def measured(self) -> dict[str, float]:
        """The data points by metric."""
        values: dict[str, float] = {
            "OpenOrders": self.waiting_in_shop, "OpenDelivered": self.counts["delivered"],
            "OpenRejected": self.counts["rejected"], "OpenMissed": self.counts["missed"],
            "Gap": self.gap, "Stuck": self.stuck, "Enqueued": self.enqueued,
            # This walk was answered. Without a zero now and then, an alarm looks further back.
            "OmnitronUnavailable": 0, "Parked": 0,
        }  # fmt: skip
        if self.undelivered_webhooks is not None:
            values["UndeliveredWebhooks"] = self.undelivered_webhooks
        longest = max((self.now - hold.since for hold in self.holds), default=0.0)
        values["HeldHours"] = round(max(longest, 0.0) / 3600, 2)
        if self.holds:
            values["OpenHeld"] = self.counts["held"]
        return values

    def as_dict(self) -> dict[str, Any]:
        """For logs and the console."""
        fields = {name: getattr(self, name) for name in self.__slots__ if name != "now"}
        holds = [hold.as_dict() for hold in self.holds]
        return fields | {"counts": dict(self.counts), "finished": self.finished, "holds": holds}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an order of the list is, and whether the delivery story is to look at it."""

    kind: str
    enqueue: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """One walk. `limit` is how many orders may be enqueued, `deadline` (on `clock`) its end;
    `unpicked` is what lies in the bucket, if anybody has looked."""

    omnitron: Omnitron
    routes: Routes
    ledger: Ledger
    enqueue: Callable[[Notification], None]
    clock: Callable[[], float]
    run_id: str
    limit: int
    deadline: float
    unpicked: Unpicked | None = None

    def run(self, cursor: Cursor = FROM_THE_END) -> tuple[Report, Cursor]:
        """Walks on from `cursor`, or from the list's end; where the next walk goes on. Raises
        Unavailable, Misconfigured.

        Once the limit is reached, orders are still counted.
        """
        holds = self.ledger.holds()
        report, gap = Report(now=self.clock(), holds=tuple(holds.values())), set[int]()
        report.waiting_in_shop, first = self.omnitron.waiting(1)
        last = max(-(-report.waiting_in_shop // PAGE_SIZE), 1)
        for number in range(min(cursor.page or last, last), 0, -1):
            if self.clock() > self.deadline:
                report.next_page = number
                break
            rows = first if number == 1 == last else self.omnitron.waiting(number)[1]
            gap |= self._page(rows, report, holds)
        else:
            report.undelivered_webhooks = self.omnitron.undelivered()
        report.stuck = len(gap & cursor.gap)
        cursor = self._cancelled(report, cursor.then(report.next_page, gap))
        return report, self._unheard(report, cursor)

    def _cancelled(self, report: Report, cursor: Cursor) -> Cursor:
        """Enqueues what has left the list of orders that wait for their cancellation. The walk is
        done by now, so a shop that does not answer this is no failure of it."""
        if not self.routes.cancelling or self.clock() > self.deadline:
            return cursor
        left = self.limit - report.enqueued
        try:
            found = decided(self.omnitron, self.ledger, self.routes, cursor.cancelling, left)
        except (Misconfigured, Unavailable):
            return cursor
        for pk in found.pks:
            self.enqueue(self._notification(pk))
        report.enqueued += len(found.pks)
        report.cancelling = found.waiting
        return replace(cursor, cancelling=found.remembered)

    def _unheard(self, report: Report, cursor: Cursor) -> Cursor:
        """Enqueues what was delivered, or rejected, and a lost webhook names. A shop that does not
        answer this is no failure of the walk either."""
        count = report.undelivered_webhooks
        if not count or self.clock() > self.deadline:
            return cursor
        try:
            found = unheard(
                self.omnitron, self.ledger, self.routes, count=count, page=cursor.undelivered,
                clock=self.clock, deadline=self.deadline,
            )  # fmt: skip
        except (Misconfigured, Unavailable):
            return cursor
        chosen = found.pks[: min(self.limit - report.enqueued, MOST_ENQUEUED)]
        for pk in chosen:
            self.enqueue(self._notification(pk))
        report.enqueued += len(chosen)
        report.unheard = len(found.pks)
        # What had no room stands on the same pages the next time.
        return cursor if chosen != found.pks else replace(cursor, undelivered=found.next_page)

    def _page(self, rows: list[ListedOrder], report: Report, holds: Collection[str]) -> set[int]:
        """The pks of the gap."""
        gap = set[int]()
        known = self.ledger.of_orders(
            [str(row.pk) for row in rows], [route.name for route in self.routes.routes]
        )
        for row in rows:
            entries = known.get(str(row.pk), {})
            verdict = judge(row, entries, self.routes, self.clock(), self.unpicked, holds)
            report.counts[verdict.kind] += 1
            report.gap += verdict.gap
            if verdict.gap:
                gap.add(row.pk)
            if verdict.gap and row.date_placed:
                placed = row.date_placed.isoformat()
                report.oldest = min(report.oldest or placed, placed)
            if verdict.enqueue and report.enqueued < self.limit:
                self.enqueue(self._notification(row.pk))
                report.enqueued += 1
        return gap

    def _notification(self, pk: int) -> Notification:
        return Notification(
            # New in every run: an id made of the order would be swallowed for five minutes.
            uuid=f"{self.run_id}:{pk}", event="reconcile", pk=pk, number=None,
            announced_at=int(self.clock()), source="reconcile",
        )  # fmt: skip


def judge(
    row: ListedOrder, entries: Mapping[str, Entry], routes: Routes, now: float,
    unpicked: Unpicked | None = None, holds: Collection[str] = (),
) -> Verdict:  # fmt: skip
    """What the list's row and the ledger say together; and the bucket, of what waits for its
    pick-up; `holds` names held routes. No I/O."""
    if row.is_send:
        return Verdict(kind="sent")  # the list ignored our filter
    parked = entries.get(NO_ROUTE)
    asked_for = is_open_backfill(parked)
    of_routes = [entries.get(route.name) for route in routes.routes]
    if asked_for:
        of_routes = [e if e and e.reason != "before-start" else None for e in of_routes]
    elif not any(of_routes) and _before_start(row, routes):
        return Verdict(kind="before-start")
    held = [route for route in routes.routes if _is_held(entries.get(route.name), holds)]
    waits = any(map(partial(_waits_for_pickup, unpicked=unpicked), routes.routes, of_routes))
    waits |= any(route.counts for route in held)
    kinds = [Verdict(kind="held")] if held else []
    kinds += [
        _judge_route(row, entry, route, now, entries.get(route.after or ""), waits=waits)
        for route, entry in zip(routes.routes, of_routes, strict=True)
        if route not in held and (entry or not _elsewhere(route, entries))
    ]
    if not kinds:
        return Verdict(kind="no-route")
    if parked and parked.state == "rejected" and not any(of_routes):
        # It is in the list now, though the shop did not know it then.
        again = parked.code == "ORDER_NOT_FOUND" or _changed(row, parked, now, REJECTED_AGAIN)
        return Verdict(kind="rejected", enqueue=again)
    return max(kinds, key=lambda verdict: (verdict.enqueue, verdict.gap))


def _waits_for_pickup(route: Route, entry: Entry | None, unpicked: Unpicked | None) -> bool:
    """Whether the order need not be looked at for its acknowledgement, because its document still
    lies there, for all we know. The event of its pick-up may get lost: who lists the bucket, sees
    that it is gone."""
    if entry is None or entry.state != "delivered" or not route.waits_for_pickup:
        return False
    if entry.picked_up_at is not None or entry.document is None:
        return False
    return unpicked is None or not unpicked.gone(entry.document)


def _judge_route(
    row: ListedOrder, entry: Entry | None, route: Route, now: float, first: Entry | None, *,
    waits: bool,
) -> Verdict:  # fmt: skip
    """`first` is the entry of the route whose document comes before this one's; `waits`: the
    order's acknowledgement waits for a pick-up, on this route or another."""
    state = entry.state if entry else None
    if entry and entry.reason == COMES_AFTER:
        # Until its document is there, what is to be done is said of that one.
        free = route.after is None or (first is not None and _is_there(first))
        return Verdict(kind="comes-after", enqueue=free)
    if entry and state == "delivered":
        # Not sent, says the shop: the acknowledgement got lost, unless this route does not count.
        return Verdict(kind="delivered", enqueue=route.counts and not waits)
    if entry and state == "claimed":
        return Verdict(kind="claimed", enqueue=now > (entry.lease_until or 0), gap=True)
    if entry and state == "settled" and entry.reason in FOR_GOOD:
        # Not sent, says the shop: its acknowledgement got lost.
        return Verdict(kind="by-hand", enqueue=route.counts and not waits)
    if entry and state == "settled" and entry.reason in _LEFT_ALONE:
        return Verdict(kind="settled")
    if entry and state == "rejected":
        return Verdict(kind="rejected", enqueue=_changed(row, entry, now, REJECTED_AGAIN))
    status = status_code(row.status or "")
    if status is None or status < min(route.statuses):
        return Verdict(kind="closed" if status == CANCELLED else "not-yet")
    if entry and state == "missed" and status > max(route.statuses):
        return Verdict(kind="missed")
    settled = entry is not None and state == "settled"
    if entry and settled and not _changed(row, entry, now, SETTLED_AGAIN):
        return Verdict(kind="not-yet")
    return Verdict(kind="waiting", enqueue=True, gap=entry is None)


def _is_there(entry: Entry) -> bool:
    return entry.written_at is not None or entry.reason in FOR_GOOD


def _is_held(entry: Entry | None, holds: Collection[str]) -> bool:
    if entry is None or entry.route not in holds:
        return False
    return (entry.state, entry.reason) == ("waiting", HELD)


def _before_start(row: ListedOrder, routes: Routes) -> bool:
    placed = row.date_placed
    return placed is not None and placed < min(route.start_from for route in routes.routes)


def _elsewhere(route: Route, entries: Mapping[str, Entry]) -> bool:
    """A route that takes some channels only, and an order that the story has looked at without it:
    it is another channel's (a row of the list names its channel by pk only)."""
    return bool(route.channels and entries)


def _changed(row: ListedOrder, entry: Entry, now: float, otherwise: int) -> bool:
    if row.status != entry.status:
        return True
    if row.modified_date is not None:
        changed_at, read_at = row.modified_date.timestamp(), entry.fetched_at or entry.updated_at
        # A reading of the same minutes may be the one before the change, or half of each.
        return changed_at > entry.updated_at or read_at < changed_at + MARGIN <= now
    return now - entry.updated_at > otherwise
