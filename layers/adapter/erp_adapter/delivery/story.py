"""The one delivery story: fetch the order, bring it to each of its routes, acknowledge, write down.

Every entry uses it: the queue's worker, the webhook function inline, reconcile. `is_send` becomes
true only after every route that counts has its document durable, and picked up by the ERP where the
route says so; then come the final writes.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from erp_adapter.delivery.attempt import Attempt, ReadAgain, Tools
from erp_adapter.delivery.cancelling import Cancelling, due, handed_over, has_cancelled
from erp_adapter.delivery.decision import FOR_GOOD, SENT, is_open_backfill
from erp_adapter.delivery.fetch import fetch, pk_of
from erp_adapter.delivery.outcome import Outcome, RouteOutcome
from erp_adapter.delivery.recent import Recent
from erp_adapter.errors import (
    AdapterError,
    Misconfigured,
    OmnitronUnavailable,
    OrderNotFound,
    Rejected,
    Unavailable,
)
from erp_adapter.ledger import NO_ROUTE, Contended, Entry
from erp_adapter.notification import Notification
from erp_adapter.omnitron import Omnitron
from erp_adapter.order import Order
from erp_adapter.routes import Route, Routes

MOST_TRIES: Final = 4
"""Tries before an order is parked, because SQS counts every receive and an outage must not be
waited out on the queue; and before one that the shop does not know (yet) is rejected, because a
webhook can overtake the shop's own database."""

_MOST_READINGS: Final = 3
"""How often an order is read for one route before it makes way."""

_OTHERS: Final = {"before-start", "already-in-erp", "sent-by-others"}
"""Reasons for which a route has no document of ours, and `is_send` need not wait for one."""

_NEWS: Final = ("state", "code", "path", "message", "expected", "found")
"""What of an entry a person would want to hear of again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The story, with what it works on."""

    omnitron: Omnitron
    routes: Routes
    tools: Tools
    executor: Executor
    recent: Recent | None = None

    def deliver(
        self,
        notification: Notification,
        *,
        tries: int = 1,
        sent_at: float | None = None,
        deadline: float | None = None,
    ) -> Outcome:
        """Does whatever a notification asks for; `tries` counts how often it was begun.

        A webhook that the queue took at `sent_at` may have been answered by an earlier fetch.
        No step begins after `deadline` (seconds on the tools' clock). Errors that are to be tried
        again, or that an operator must mend, are in the outcome; what nobody foresaw is raised.
        """
        if self.recent and sent_at is not None:
            covering = self.recent.covering(notification, sent_at)
            if covering:
                return replace(covering, covered=True)
        began = self.tools.clock()
        outcome = self._deliver(notification, tries, deadline)
        if notification.source == "webhook":
            outcome = replace(outcome, announced_at=notification.announced_at)
        if not outcome.errors:
            if self.recent and _was_read(outcome):
                self.recent.note(notification.order, began, outcome)
            if tries > 1 or notification.source != "webhook":
                return self._resolve(notification, outcome, tries)
            return outcome
        mend = any(isinstance(error, Misconfigured) for error in outcome.errors)
        if mend or tries >= MOST_TRIES:
            return self._park(notification, outcome, tries)
        return outcome

    def _deliver(self, notification: Notification, tries: int, deadline: float | None) -> Outcome:
        omnitron, began = self.omnitron.until(deadline), self.tools.clock()
        pk: int | None = notification.pk
        try:
            pk = pk_of(omnitron, notification)
            order = fetch(omnitron, pk, notification.number, self.routes.shop, self.executor)
        except OrderNotFound as missing:
            if tries < MOST_TRIES:
                return _failed(notification, pk, _not_yet(missing))
            return self._rejected(notification, pk, missing)
        except Rejected as rejection:
            return self._unreadable(omnitron, notification, pk, rejection)
        except (Misconfigured, Unavailable) as error:
            return _failed(notification, pk, error)
        run = _Run(self, omnitron, notification, deadline, order, began, self.tools.clock(), tries)
        try:
            return run.go()
        except Rejected as rejection:
            return self._rejected(notification, pk, rejection)

    def _unreadable(
        self, omnitron: Omnitron, notification: Notification, pk: int | None, rejection: Rejected
    ) -> Outcome:
        """Rejected, unless a person has typed it into every ERP that counts: then the shop is told,
        whatever the order looks like."""
        if pk is None:
            return self._rejected(notification, pk, rejection)
        try:
            known = self._typed_in(pk)
            if not known:
                return self._rejected(notification, pk, rejection)
            omnitron.acknowledge(pk)
        except AdapterError as error:
            return _failed(notification, pk, error)
        return Outcome(
            pk=pk,
            number=notification.number,
            routes=tuple(_outcome(entry, entry) for entry in known),
        )

    def _typed_in(self, pk: int) -> Sequence[Entry]:
        """The entries of an order that a person has closed on every route that counts. One for some
        channels counts where the ledger names it: nobody knows this order's channel."""
        known = {e.route: e for e in self.tools.ledger.of_order(str(pk)) if e.route != NO_ROUTE}
        counting = [
            (route, known.get(route.name))
            for route in self.routes.routes
            if route.counts and (route.name in known or not route.channels)
        ]
        by_hand = any(entry.reason in FOR_GOOD for entry in known.values())
        done = all(_is_due(*each) or _left_to_others(each[1]) for each in counting)
        return tuple(known.values()) if by_hand and done else ()

    def _rejected(self, notification: Notification, pk: int | None, rejection: Rejected) -> Outcome:
        """Rejected before its routes are known: recorded beside them."""
        order = str(pk) if pk is not None else notification.order
        entry = Entry(
            order=order, route=NO_ROUTE, version=0, state="rejected", number=notification.number,
            code=rejection.code, path=rejection.path, message=rejection.message,
            expected=rejection.expected, found=rejection.found, source=notification.source,
            announced_at=notification.announced_at, updated_at=int(self.tools.clock()),
        )  # fmt: skip
        try:
            written, before = _write(self.tools, entry)
        except (Misconfigured, Unavailable) as error:
            return _failed(notification, pk, error)
        return Outcome(pk=pk, number=notification.number, routes=(_outcome(written, before),))

    def _park(self, notification: Notification, outcome: Outcome, tries: int) -> Outcome:
        """Takes the order off the queue: it waits in the ledger, with its reason.

        Beside its routes, so that nobody's claim is touched. While the ledger does not answer,
        the notification stays on the queue, and goes to the dead letters in the end.
        """
        worst = max(outcome.errors, key=lambda error: isinstance(error, Misconfigured))
        order = str(outcome.pk) if outcome.pk is not None else notification.order
        entry = Entry(
            order=order, route=NO_ROUTE, version=0, state="waiting", reason=worst.code,
            message=worst.message, number=outcome.number, source=notification.source, tries=tries,
            announced_at=notification.announced_at, updated_at=int(self.tools.clock()),
        )  # fmt: skip
        try:
            _write(self.tools, entry)
        except (Misconfigured, Unavailable):
            return outcome
        return replace(outcome, parked=True)

    def _resolve(self, notification: Notification, outcome: Outcome, tries: int) -> Outcome:
        """What was parked, or rejected before its routes were known, has found its end."""
        if any(route.route == NO_ROUTE for route in outcome.routes):
            return outcome
        for order in dict.fromkeys((notification.order, str(outcome.pk))):
            with suppress(Contended, Misconfigured, Unavailable):
                entry = self.tools.ledger.get(order, NO_ROUTE)
                if entry and entry.state in ("waiting", "rejected"):
                    if entry.state == "waiting" and entry.source == "webhook":
                        outcome = replace(outcome, announced_at=entry.announced_at)
                    now = int(self.tools.clock())
                    settled = Entry(
                        order=order, route=NO_ROUTE, version=0, state="settled",
                        reason="resolved", number=entry.number, updated_at=now,
                        tries=entry.tries and entry.tries + tries,
                    )  # fmt: skip
                    self.tools.ledger.put(settled, replacing=entry)
        return outcome


@dataclass(slots=True)
class _Run:
    """One order's way over its routes."""

    delivery: Delivery
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

    def go(self) -> Outcome:
        """Raises Rejected where a second reading finds the order gone or broken."""
        order, errors = self.order, list[AdapterError]()
        routes = self.delivery.routes.for_channel(
            order.channel.pk, order.channel.name, order.channel.type
        )
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
            errors += self._finish(routes, entries)
            for route in cancelling:
                self._say_so(route, entries, errors)
        except (Misconfigured, Unavailable) as error:
            errors.append(error)
        return Outcome(
            pk=order.pk,
            number=order.number,
            routes=tuple(_outcome(each, self.before.get(n)) for n, each in entries.items()),
            errors=tuple(errors),
        )

    def _cancelling(self, routes: Sequence[Route]) -> list[Route]:
        """The routes on which cancellations of these deliveries go, where there are any."""
        if not self.delivery.routes.cancelling or not has_cancelled(self.order):
            return []
        names = {route.name for route in routes}
        return [route for route in self.delivery.routes.cancelling if route.of in names]

    def _known(self, cancelling: Sequence[Route]) -> Mapping[str, Entry]:
        """The entries of this order, where they decide something before the first write: whether
        `is_send` or the ERP's code are there because of us, and what is cancelled already."""
        if not self.order.is_send and not self.order.codes and not cancelling:
            return {}
        return {e.route: e for e in self.delivery.tools.ledger.of_order(str(self.order.pk))}

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
        if of is None or of.state not in ("claimed", "delivered") or of.written_at is None:
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
        delivered = next(each for each in self.delivery.routes.routes if each.name == route.of)
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
            handed_over(self.order, each, of, self.delivery.tools.ledger.get(of.order, each.name))
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
                for entry in self.delivery.tools.ledger.of_order(str(self.order.pk))
            )
        return self.asked_for

    def _circumstances(self, route: Route, *, ours: bool = True) -> dict[str, Any]:
        return {
            "tools": self.delivery.tools, "order": self.order, "route": route,
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
        clock, began = self.delivery.tools.clock, self.delivery.tools.clock()
        pk, shop = self.order.pk, self.delivery.routes.shop
        executor = self.delivery.executor
        self.order = fetch(self.omnitron, pk, self.notification.number, shop, executor)
        # Only now: where the reading fails, the next route still goes by the older one.
        self.read_again, self.began, self.fetched_at = True, began, clock()
        if self.order.is_send or self.order.codes:
            # What the shop says now may be there because of another route's document.
            self.known = self._known(())

    def _is_ours(self, entries: Mapping[str, Entry]) -> bool:
        """Whether a route of this order has its document from us, by what is known now."""
        return any(_has_it(entry) for entry in (*self.known.values(), *entries.values()))

    def _without_route(self) -> tuple[Entry, Entry | None]:
        now = int(self.delivery.tools.clock())
        entry = Entry(
            order=str(self.order.pk), route=NO_ROUTE, version=0, state="settled",
            reason="no-route", number=self.order.number, source=self.notification.source,
            announced_at=self.notification.announced_at, fetched_at=int(self.fetched_at),
            updated_at=now,
        )  # fmt: skip
        return _write(self.delivery.tools, entry)

    def _finish(self, routes: Sequence[Route], entries: dict[str, Entry]) -> list[AdapterError]:
        """Acknowledge → final. A document is never lost sight of because the shop is down."""
        errors: list[AdapterError] = []
        counting = [
            route
            for route in routes
            if route.counts and not _left_to_others(entries.get(route.name))
        ]
        picked_up = self._picked_up(routes, entries, errors)
        complete = bool(counting) and all(
            _is_due(route, entries.get(route.name), picked_up) for route in counting
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
            if final != entry:
                try:
                    entries[name] = self.delivery.tools.ledger.put(final, replacing=entry)
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
                destination = self.delivery.tools.destinations[route.destination]
                try:
                    if destination.picked_up(entry.document):
                        found[route.name] = int(self.delivery.tools.clock())
                except (Misconfigured, Unavailable) as error:
                    errors.append(error)
        return found

    def _final(self, entry: Entry, *, acknowledged: bool, picked_up_at: int | None) -> Entry:
        if entry.state == "claimed":
            entry = replace(
                entry, state="delivered", claim=None, lease_until=None,
                updated_at=int(self.delivery.tools.clock()),
            )  # fmt: skip
        if picked_up_at is not None:
            entry = replace(entry, picked_up_at=picked_up_at, updated_at=picked_up_at)
        if entry.state == "delivered" and acknowledged and not entry.acknowledged:
            now = int(self.delivery.tools.clock())
            entry = replace(entry, acknowledged=True, acknowledged_at=now, updated_at=now)
        return entry


def _write(tools: Tools, entry: Entry) -> tuple[Entry, Entry | None]:
    """Records what concerns the order as a whole; the newest word replaces the one before, which is
    given back too. What waits has waited since its first announcement, and its tries add up; what a
    person has asked for stays so."""
    before: Entry | None = None
    backfill, tries = entry.source == "backfill", entry.tries or 0
    for _ in range(3):
        if before and before.state == entry.state == "waiting":
            entry = replace(
                entry, announced_at=before.announced_at, source=before.source,
                tries=tries + (before.tries or 0),
            )  # fmt: skip
        if backfill or is_open_backfill(before):
            entry = replace(entry, source="backfill")
        try:
            return tools.ledger.put(entry, replacing=before), before
        except Contended as moved:
            before = moved.current
    raise Unavailable("Others are at work on this order.", code="CLAIMED", retry_after=1)


def _was_read(outcome: Outcome) -> bool:
    return any(route.route != NO_ROUTE for route in outcome.routes)


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


def _is_due(route: Route, entry: Entry | None, picked_up: Collection[str] = ()) -> bool:
    """Whether `is_send` need not wait for this route (any more)."""
    if entry is None or not _is_durable(entry):
        return False
    if not route.waits_for_pickup or entry.reason in FOR_GOOD:
        return True
    return entry.picked_up_at is not None or route.name in picked_up


def _left_to_others(entry: Entry | None) -> bool:
    return entry is not None and entry.state == "settled" and entry.reason in _OTHERS


def _failed(notification: Notification, pk: int | None, error: AdapterError) -> Outcome:
    return Outcome(pk=pk, number=notification.number, errors=(error,))


def _not_yet(missing: OrderNotFound) -> OmnitronUnavailable:
    return OmnitronUnavailable(missing.message, code=missing.code)


def _outcome(entry: Entry, before: Entry | None) -> RouteOutcome:
    delivered = entry.state == "delivered"
    now = delivered and (before is None or before.state != "delivered")
    return RouteOutcome(
        route=entry.route, state=entry.state, reason=entry.reason,
        document=entry.document if delivered else None, code=entry.code, path=entry.path,
        message=entry.message, expected=entry.expected, found=entry.found,
        news=before is None or any(getattr(entry, n) != getattr(before, n) for n in _NEWS),
        written_at=entry.written_at if now else None,
    )  # fmt: skip
