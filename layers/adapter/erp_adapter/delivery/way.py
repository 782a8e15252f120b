"""One order's way over its routes: each in turn, then the cancellations, then the shop is told.

`is_send` becomes true only after every route that counts has its document durable, and picked up by
the ERP where the route says so; then come the final writes.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from erp_adapter.delivery.attempt import CLOCKS, Attempt, ReadAgain, Tools
from erp_adapter.delivery.beside import write_beside
from erp_adapter.delivery.cancelling import Cancelling, due, handed_over, has_cancelled
from erp_adapter.delivery.decision import FOR_GOOD, SENT, is_open_backfill
from erp_adapter.delivery.fetch import fetch
from erp_adapter.delivery.outcome import Outcome, RouteOutcome
from erp_adapter.errors import AdapterError, Misconfigured, Unavailable
from erp_adapter.ledger import NO_ROUTE, Contended, Entry
from erp_adapter.notification import Notification
from erp_adapter.omnitron import Omnitron
from erp_adapter.order import Order, content_id
from erp_adapter.routes import Route, Routes

_MOST_READINGS: Final = 3
"""How often an order is read for one route before it makes way."""

_OTHERS: Final = {"before-start", "already-in-erp", "sent-by-others"}
"""Reasons for which a route has no document of ours, and `is_send` need not wait for one."""


@dataclass(slots=True, kw_only=True)
class Way:
    """One order's way over its routes."""

    tools: Tools
    routes: Routes
    executor: Executor
    omnitron: Omnitron
    notification: Notification
    deadline: float | None
    order: Order
    began: float
    fetched_at: float
    tries: int
    known: Mapping[str, Entry] = field(default_factory=dict)
    before: dict[str, Entry | None] = field(default_factory=dict)
    read_again: bool = False
    asked_for: bool | None = None
    content_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.content_id = content_id(self.order)

    def go(self) -> Outcome:
        """Raises Rejected where a second reading finds the order gone or broken."""
        order, errors = self.order, list[AdapterError]()
        routes = self.routes.for_channel(order.channel.pk, order.channel.name, order.channel.type)
        entries: dict[str, Entry] = {}
        try:
            if not routes:
                entries[NO_ROUTE], _ = self._without_route()
            cancelling = self._cancelling(routes)
            self.known = self._known(cancelling)
            for route in routes:
                self._travel(route, cancelling, entries, errors)
            for route in cancelling:
                self._cancel(route, self.known.get(route.name), entries, errors)
            errors += self._finish(routes, entries, whole=not errors)
            for route in cancelling:
                self._say_so(route, entries, errors)
        except (Misconfigured, Unavailable) as error:
            errors.append(error)
        return Outcome(
            pk=order.pk,
            number=order.number,
            routes=tuple(RouteOutcome.of(each, self.before.get(n)) for n, each in entries.items()),
            errors=tuple(errors),
        )

    def _cancelling(self, routes: Sequence[Route]) -> list[Route]:
        """The routes on which cancellations of these deliveries go, where there are any."""
        if not self.routes.cancelling or not has_cancelled(self.order):
            return []
        names = {route.name for route in routes}
        return [route for route in self.routes.cancelling if route.of in names]

    def _known(self, cancelling: Sequence[Route]) -> Mapping[str, Entry]:
        """The entries of this order, where they decide something before the first write: whether
        `is_send` or the ERP's code are there because of us, and what is cancelled already."""
        if not self.order.is_send and not self.order.codes and not cancelling:
            return {}
        return {e.route: e for e in self.tools.ledger.of_order(str(self.order.pk))}

    def _travel(
        self,
        route: Route,
        cancelling: Sequence[Route],
        entries: dict[str, Entry],
        errors: list[AdapterError],
    ) -> None:
        """One route; its failure keeps no other from its document, but those that come after it:
        of these nothing is begun and nothing written, the notification comes back for all."""
        if route.after and route.after not in entries:
            return
        behind = route.after is not None and not _is_durable(entries[route.after])
        try:
            entry, before = self._read_until_written(
                self.known.get(route.name),
                lambda: Attempt(
                    behind=behind,
                    handed_over=partial(self._is_handed_over, cancelling),
                    asked_for=self._is_asked_for,
                    **self._circumstances(route, ours=self._is_ours(entries)),
                ),
            )
            entries[route.name], self.before[route.name] = entry, before
        except (Misconfigured, Unavailable) as error:
            errors.append(error)

    def _cancel(
        self,
        route: Route,
        entry: Entry | None,
        entries: dict[str, Entry],
        errors: list[AdapterError],
    ) -> None:
        """What is cancelled of a delivered order goes to the ERP too."""
        of = entries.get(route.of or "")
        if of is None or of.state not in ("claimed", "delivered"):
            return
        # Who began a cancellation had the order's document written, even if he died then.
        if of.written_at is None and entry is None:
            return
        ended = entry is None or entry.state in ("delivered", "settled")
        if ended and not due(self.order, route, of, entry.items if entry else None):
            return
        try:
            entries[route.name], self.before[route.name] = self._read_until_written(
                entry, lambda: Cancelling(of=of, **self._circumstances(route))
            )
        except (Misconfigured, Unavailable) as error:
            errors.append(error)

    def _say_so(
        self, route: Route, entries: dict[str, Entry], errors: list[AdapterError]
    ) -> None:  # fmt: skip
        """The delivered entry says that its cancellation was handed over, once that is final:
        whoever looks at both finds them agree."""
        of, entry = entries.get(route.of or ""), entries.get(route.name)
        if of is None or of.code == SENT or not handed_over(self.order, route, of, entry):
            return
        delivered = next(each for each in self.routes.routes if each.name == route.of)
        attempt = Attempt(handed_over=lambda _: True, **self._circumstances(delivered))
        try:
            entries[of.route] = attempt.note(of)
        except (Misconfigured, Unavailable) as error:
            errors.append(error)
        except Contended:
            errors.append(Unavailable("Another worker took over.", code="CLAIMED"))

    def _is_handed_over(self, cancelling: Sequence[Route], of: Entry) -> bool:
        """By what the ledger says now: another worker may have handed it over meanwhile."""
        return any(
            handed_over(self.order, each, of, self.tools.ledger.get(of.order, each.name))
            for each in cancelling
            if each.of == of.route
        )

    def _is_asked_for(self) -> bool:
        """Whether a person's backfill has the order: this one, or one that is written on a route or
        came no further than beside them. The same for every route, whatever others do meanwhile:
        `is_send` waits for all that are asked for."""
        if self.asked_for is None:
            self.asked_for = self.notification.source == "backfill" or any(
                is_open_backfill(entry) if entry.route == NO_ROUTE else entry.source == "backfill"
                for entry in self.tools.ledger.of_order(str(self.order.pk))
            )
        return self.asked_for

    def _circumstances(self, route: Route, *, ours: bool = True) -> dict[str, Any]:
        return {
            "tools": self.tools, "order": self.order, "content_id": self.content_id, "route": route,
            "notification": self.notification, "began": self.began, "fetched_at": self.fetched_at,
            "ours": ours, "deadline": self.deadline, "may_be_torn": not self.read_again,
            "tries": self.tries,
        }  # fmt: skip

    def _read_until_written(
        self, entry: Entry | None, attempt: Callable[[], Attempt]
    ) -> tuple[Entry, Entry | None]:
        newer_than = 0
        for _ in range(_MOST_READINGS):
            try:
                return replace(attempt(), newer_than=newer_than).run(entry)
            except ReadAgain as again:
                entry = again.entry
                newer_than = entry.version if entry else 0
                self._read_again()
        raise Unavailable("The order changes while it is read.", code="CLAIMED", retry_after=1)

    def _read_again(self) -> None:
        clock, began = self.tools.clock, self.tools.clock()
        pk, shop = self.order.pk, self.routes.shop
        executor = self.executor
        self.order = fetch(self.omnitron, pk, self.notification.number, shop, executor)
        self.content_id = content_id(self.order)
        # Only now: where the reading fails, the next route still goes by the older one.
        self.read_again, self.began, self.fetched_at = True, began, clock()
        if self.order.is_send or self.order.codes:
            # What the shop says now may be there because of another route's document.
            self.known = self._known(())

    def _is_ours(self, entries: Mapping[str, Entry]) -> bool:
        """Whether a route of this order has its document from us, by what is known now."""
        return any(_has_it(entry) for entry in (*self.known.values(), *entries.values()))

    def _without_route(self) -> tuple[Entry, Entry | None]:
        now = int(self.tools.clock())
        entry = Entry(
            order=str(self.order.pk), route=NO_ROUTE, version=0, state="settled",
            reason="no-route", number=self.order.number, source=self.notification.source,
            announced_at=self.notification.announced_at, fetched_at=int(self.fetched_at),
            updated_at=now,
        )  # fmt: skip
        return write_beside(self.tools.ledger, entry)

    def _finish(
        self, routes: Sequence[Route], entries: dict[str, Entry], *, whole: bool
    ) -> list[AdapterError]:
        """Acknowledge → final. A document is never lost sight of because the shop is down."""
        errors: list[AdapterError] = []
        counting = [
            route
            for route in routes
            if route.counts and not left_to_others(entries.get(route.name))
        ]
        picked_up = self._picked_up(routes, entries, errors)
        complete = bool(counting) and all(
            is_due(route, entries.get(route.name), picked_up) for route in counting
        )
        told = self.order.is_send
        if complete and not told:
            try:
                self.omnitron.acknowledge(self.order.pk)
                told = True
            except AdapterError as error:
                errors.append(error)
        for name, entry in entries.items():
            counts = any(route.name == name for route in counting)
            final = self._final(
                entry, acknowledged=complete and told and counts, picked_up_at=picked_up.get(name)
            )
            if whole and not errors:
                final = self._dated(final)
            if final != entry:
                try:
                    entries[name] = self.tools.ledger.put(final, replacing=entry)
                except Contended:
                    errors.append(Unavailable("Another worker took over.", code="CLAIMED"))
        return errors

    def _picked_up(
        self, routes: Sequence[Route], entries: Mapping[str, Entry], errors: list[AdapterError]
    ) -> Mapping[str, int]:
        """When the ERP was seen to have taken what an acknowledgement still waits for, by route.
        S3's event says so first; one that was lost is made up for here."""
        found: dict[str, int] = {}
        asked = self.notification.source == "pickup"
        for route in routes:
            entry = entries.get(route.name)
            if entry is None or entry.picked_up_at is not None or not entry.document:
                continue
            # What was written just now is not asked for, unless S3 or the shop says that it is
            # gone: who told the shop may have died before he wrote it down.
            gone = entry.state == "claimed" and (asked or self.order.is_send)
            if (gone or entry.state == "delivered") and (asked or route.waits_for_pickup):
                destination = self.tools.destinations[route.destination]
                try:
                    if destination.picked_up(entry.document):
                        found[route.name] = int(self.tools.clock())
                except (Misconfigured, Unavailable) as error:
                    errors.append(error)
        return found

    def _dated(self, entry: Entry) -> Entry:
        """Reconcile asks for a reading that is younger than a change it has heard of, and would ask
        again: the time of this one is news, once all is done that it asks for."""
        asked = self.notification.event == "reconcile" and entry.state in ("delivered", "rejected")
        if not asked or self.began <= (entry.fetched_at or 0) + CLOCKS:
            return entry
        now = int(self.tools.clock())
        return replace(entry, fetched_at=int(self.fetched_at), updated_at=now)

    def _final(self, entry: Entry, *, acknowledged: bool, picked_up_at: int | None) -> Entry:
        if entry.state == "claimed":
            entry = replace(
                entry, state="delivered", claim=None, lease_until=None,
                updated_at=int(self.tools.clock()),
            )  # fmt: skip
        if picked_up_at is not None:
            entry = replace(entry, picked_up_at=picked_up_at, updated_at=picked_up_at)
        if entry.state == "delivered" and acknowledged and not entry.acknowledged:
            now = int(self.tools.clock())
            entry = replace(entry, acknowledged=True, acknowledged_at=now, updated_at=now)
        return entry


def _has_it(entry: Entry | None) -> bool:
    """Whether the ERP has the order: its document is durable, or a person typed it in."""
    if entry is None:
        return False
    return entry.state in ("claimed", "delivered") or entry.reason in FOR_GOOD


def _is_durable(entry: Entry | None) -> bool:
    """Whether the ERP has it for sure: a claim that `Attempt` hands back is written, and
    `delivered` without a time of writing is what nobody knows."""
    if entry is None or not _has_it(entry):
        return False
    return entry.written_at is not None or entry.reason in FOR_GOOD


def is_due(route: Route, entry: Entry | None, picked_up: Collection[str] = ()) -> bool:
    """Whether `is_send` need not wait for this route (any more)."""
    if entry is None or not _is_durable(entry):
        return False
    if not route.waits_for_pickup or entry.reason in FOR_GOOD:
        return True
    return entry.picked_up_at is not None or route.name in picked_up


def left_to_others(entry: Entry | None) -> bool:
    """Whether the route has no document of ours, for a reason that `is_send` need not wait for."""
    return entry is not None and entry.state == "settled" and entry.reason in _OTHERS
