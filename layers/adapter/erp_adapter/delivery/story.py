"""The one delivery story: fetch the order, send it on its way over its routes, write down its end.

Every entry uses it: the queue's worker, the webhook function inline, reconcile. What is to be tried
again comes back, and is parked after a few tries; what a person must mend is rejected or parked.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from erp_adapter.delivery.attempt import Tools
from erp_adapter.delivery.beside import write_beside
from erp_adapter.delivery.decision import FOR_GOOD
from erp_adapter.delivery.fetch import fetch, pk_of
from erp_adapter.delivery.outcome import Outcome, RouteOutcome
from erp_adapter.delivery.recent import Recent
from erp_adapter.delivery.way import Way, is_due, left_to_others
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
from erp_adapter.routes import Routes

MOST_TRIES: Final = 4
"""Tries before an order is parked, because SQS counts every receive and an outage must not be
waited out on the queue; and before one that the shop does not know (yet) is rejected, because a
webhook can overtake the shop's own database."""


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
        outcome = self._deliver(notification, tries, began, deadline)
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

    def _deliver(
        self, notification: Notification, tries: int, began: float, deadline: float | None
    ) -> Outcome:
        omnitron = self.omnitron.until(deadline)
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
        way = Way(
            tools=self.tools, routes=self.routes, executor=self.executor, omnitron=omnitron,
            notification=notification, deadline=deadline, order=order, began=began,
            fetched_at=self.tools.clock(), tries=tries,
        )  # fmt: skip
        try:
            return way.go()
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
            routes=tuple(RouteOutcome.of(entry, entry) for entry in known),
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
        done = all(is_due(*each) or left_to_others(each[1]) for each in counting)
        return tuple(known.values()) if by_hand and done else ()

    def _rejected(self, notification: Notification, pk: int | None, rejection: Rejected) -> Outcome:
        """Rejected before its routes are known: recorded beside them."""
        order = str(pk) if pk is not None else notification.order
        entry = Entry(
            order=order, route=NO_ROUTE, version=0, state="rejected", number=notification.number,
            code=rejection.code, path=rejection.path, message=rejection.message,
            expected=rejection.expected, found=rejection.found, source=notification.source,
            announced_at=notification.announced_at, fetched_at=int(self.tools.clock()),
            updated_at=int(self.tools.clock()),
        )  # fmt: skip
        try:
            written, before = write_beside(self.tools.ledger, entry)
        except (Misconfigured, Unavailable) as error:
            return _failed(notification, pk, error)
        return Outcome(
            pk=pk, number=notification.number, routes=(RouteOutcome.of(written, before),)
        )

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
            write_beside(self.tools.ledger, entry)
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


def _was_read(outcome: Outcome) -> bool:
    return any(route.route != NO_ROUTE for route in outcome.routes)


def _failed(notification: Notification, pk: int | None, error: AdapterError) -> Outcome:
    return Outcome(pk=pk, number=notification.number, errors=(error,))


def _not_yet(missing: OrderNotFound) -> OmnitronUnavailable:
    return OmnitronUnavailable(missing.message, code=missing.code)
