"""Which announcements an earlier fetch has answered already: a burst of events is few fetches.

A FIFO queue hands out ten of an order's messages at a time. A fetch that began long enough after
an announcement saw what it announced, whichever batch the message comes in; so it need not be
fetched for again. Long enough is the queue's delay less a second, which is the burst's: the first
of fifty events is due when the last has just been sent. So the shop's replicas may lag by the delay
less a second. Kept in this process only: elsewhere the order is merely fetched once more.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from erp_adapter.delivery.outcome import Outcome
from erp_adapter.notification import Notification

_MOST: Final = 10_000
BURST: Final = 1.0
"""Seconds within which a burst's events come."""


@dataclass(slots=True)
class Recent:
    """The last fetch of each order that came to an end. `delay`: seconds, the inbound queue's."""

    delay: float
    _ends: OrderedDict[str, tuple[float, Outcome]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def covering(self, notification: Notification, sent_at: float) -> Outcome | None:
        """The outcome of the fetch that has answered this webhook, which the queue took at
        `sent_at` (seconds since the epoch, exact to the millisecond: `announced_at` is not). People
        and reconcile, who ask for an order to be looked at, are never answered so."""
        if notification.source != "webhook":
            return None
        with self._lock:
            fetched_at, outcome = self._ends.get(notification.order, (0.0, None))
        return outcome if sent_at + max(self.delay - BURST, 0.0) <= fetched_at else None

    def note(self, order: str, fetched_at: float, outcome: Outcome) -> None:
        """Remembers what a fetch, begun at `fetched_at`, has led to."""
        with self._lock:
            self._ends[order] = fetched_at, outcome
            self._ends.move_to_end(order)
            while len(self._ends) > _MOST:
                self._ends.popitem(last=False)
