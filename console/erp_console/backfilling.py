"""Orders that the shop holds from before this adapter: each is asked for, whatever is killed.

Where a run has come to is not kept: the ledger knows what has its document, and the shop's list
loses what is acknowledged. So the same command, run again, does what is left. The list is walked
from its end, so that rows which leave it only cause repeats; and once more until a walk finds
nothing new, because orders that are placed meanwhile may push one over a page's edge.
"""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from erp_adapter.delivery.decision import CANCELLED, FOR_GOOD, Action, decide, status_code
from erp_adapter.errors import Rejected
from erp_adapter.ledger import NO_ROUTE, Entry
from erp_adapter.notification import Notification
from erp_adapter.omnitron import PAGE_SIZE, Omnitron
from erp_adapter.omnitron_answers import ListedOrder
from erp_adapter.order import Order, content_id, read_order
from erp_adapter.queue import enqueue
from erp_adapter.routes import Route

from erp_console.deployed import Deployed
from erp_console.feeding import Feed
from erp_console.live_shop import pk_of_name
from erp_console.named_orders import Period
from erp_console.rows import Row
from erp_console.working import watched

Entries = Mapping[str, Entry]

_NO_ROWS: Final = b'{"count": 0, "next": null, "previous": null, "results": []}'
_SENT: Final = "would be sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An order that is meant: what is said of it, and its pk where it is to be asked for."""

    row: Row
    pk: int | None = None
    entries: Entries = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Backfill:
    """One run on a stack, whose shop is asked through `omnitron`."""

    deployed: Deployed
    omnitron: Omnitron

    def enqueue(self, chosen: Iterator[Candidate]) -> Iterator[Row]:
        """Asks for each, as fast as the workers can fetch them."""
        run, feed = uuid.uuid4().hex, Feed(self.deployed)
        for each in chosen:
            if each.pk is not None:
                feed.wait()
                notification = Notification(
                    uuid=f"{run}:{each.pk}", event="backfill", pk=each.pk, number=None,
                    announced_at=int(time.time()), source="backfill",
                )  # fmt: skip
                enqueue(self.deployed.sqs, self.deployed.input_queue_url, notification)
            yield each.row

    def foresee(self, chosen: Iterator[Candidate]) -> Iterator[Row]:
        """What would become of each: the delivery story's own decision, for one call an order. Its
        items are not read."""
        for each in chosen:
            yield each.row if each.pk is None else self._foreseen(each, each.pk)

    # ------------------------------------------------------------------ which orders

    def placed_in(self, period: Period) -> Iterator[Candidate]:
        """Every order of the shop's list of unsent ones that was placed in the period."""
        seen = set[int]()
        while True:
            before = len(seen)
            for rows in self._pages():
                fresh = [row for row in rows if row.pk not in seen and _placed_in(row, period)]
                seen |= {row.pk for row in fresh}
                known = self._known([row.pk for row in fresh])
                for row in fresh:
                    yield self._listed(row, known.get(str(row.pk), {}))
            if len(seen) == before:
                return

    def named(self, names: Sequence[str]) -> Iterator[Candidate]:
        """The orders of these numbers."""
        for name in watched(dict.fromkeys(names), "Orders", len(names)):
            try:
                pk = pk_of_name(self.omnitron, name)
            except Rejected as error:
                yield Candidate(
                    row=Row(order=name, outcome="not found", said=error.message, trouble=True)
                )
            else:
                row = Row(order=str(pk), number=name, outcome="enqueued")
                yield self._candidate(pk, row, self._known([pk]).get(str(pk), {}))

    def _pages(self) -> Iterator[list[ListedOrder]]:
        count, first = self.omnitron.waiting(1)
        last = max(-(-count // PAGE_SIZE), 1)
        for number in watched(range(last, 0, -1), "Pages of the shop's list", last):
            yield first if number == 1 == last else self.omnitron.waiting(number)[1]

    def _known(self, pks: Sequence[int]) -> Mapping[str, Entries]:
        routes = [route.name for route in self.deployed.routes]
        return self.deployed.ledger.of_orders([str(pk) for pk in pks], routes)

    def _listed(self, row: ListedOrder, entries: Entries) -> Candidate:
        placed = row.date_placed.isoformat() if row.date_placed else None
        said = Row(order=str(row.pk), number=row.number, outcome="enqueued", said=placed)
        if row.is_send and not entries:  # the list ignored our filter
            return Candidate(row=replace(said, outcome="sent by others"))
        if status_code(row.status or "") == CANCELLED:
            return Candidate(row=replace(said, outcome="cancelled"))
        return self._candidate(row.pk, said, entries)

    def _candidate(self, pk: int, row: Row, entries: Entries) -> Candidate:
        wanted = [entries.get(route.name) for route in self._routes(entries)]
        if wanted and all(entry and _has_it(entry) for entry in wanted):
            return Candidate(row=replace(row, outcome="delivered before"))
        return Candidate(row=row, pk=pk, entries=entries)

    def _routes(self, entries: Entries) -> list[Route]:
        """Those that an order is to go by. One for some channels only counts where the ledger names
        it, or names none: nobody knows the order's channel."""
        known = entries.keys() - {NO_ROUTE}
        return [r for r in self.deployed.routes if r.name in known or not (r.channels and known)]

    # ------------------------------------------------------------------ what would become of it

    def _foreseen(self, each: Candidate, pk: int) -> Row:
        try:
            order = self._read(pk)
        except Rejected as rejection:
            return replace(each.row, outcome=f"would be rejected: {rejection.code}")
        outcomes = sorted(self._outcomes(order, each.entries), key=lambda said: said != _SENT)
        return replace(
            each.row, number=order.number, said=order.placed_at.isoformat(),
            outcome=outcomes[0] if outcomes else "would be settled: no-route",
        )  # fmt: skip

    def _read(self, pk: int) -> Order:
        shop = self.deployed.routes_toml.shop
        return read_order(self.omnitron.detail(pk), [_NO_ROWS], [_NO_ROWS], shop)

    def _outcomes(self, order: Order, entries: Entries) -> Iterator[str]:
        """One a route."""
        channel, ours = order.channel, any(map(_has_it, entries.values()))
        for route in self.deployed.routes_toml.for_channel(channel.pk, channel.name, channel.type):
            decision = decide(
                order, route, entries.get(route.name), content_id=content_id(order),
                now=time.time(), ours=ours, asked_for=True,
            )  # fmt: skip
            match decision.action:
                case Action.DELIVER:
                    yield _SENT
                case Action.MISS:
                    yield "would be missed"
                case _:
                    yield f"would be settled: {decision.reason or decision.action}"


def _placed_in(row: ListedOrder, period: Period) -> bool:
    return row.date_placed is not None and row.date_placed.timestamp() in period


def _has_it(entry: Entry) -> bool:
    """Whether the ERP has it, or is about to: what was broken off is brought back by reconcile."""
    return entry.state in ("claimed", "delivered") or entry.reason in FOR_GOOD
