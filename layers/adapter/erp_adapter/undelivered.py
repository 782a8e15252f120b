"""Orders of which a webhook got lost since anybody has read them, delivered or rejected ones.

What changes after its delivery is on no list of waiting orders, and a rejected order's row need not
say that it was mended. But the shop's sender
(dj-whisperer, `whisperer/hook_events/`) keeps the events that it could not deliver, for twelve
weeks, each with its body. An order that one of them names, and that was not read since, is looked
at by the delivery story. Nothing is remembered of it here: a reading that reconcile asks for is
written down (`Entry.fetched_at`), and answers every event before it.

Events of other hooks of the same user are listed too: at worst an order is read once more. One that
names no pk is left out, because only a call of the shop's for each would say which order it means.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from erp_adapter.errors import Malformed, Misconfigured, OmnitronUnavailable
from erp_adapter.ledger import Entry, Ledger
from erp_adapter.notification import Notification, notification_of
from erp_adapter.omnitron import EVENTS_PAGE, Omnitron
from erp_adapter.omnitron_answers import UndeliveredEvent
from erp_adapter.routes import Routes

MOST_ENQUEUED: Final = 50
_MOST_PAGES: Final = 5
MARGIN: Final = 300
"""Seconds by which the shop's clock may be behind ours, the time that a reading takes and the lag
of the shop's replicas included. An event is left alone for as long: its sender still tries, and a
reading at once would prove nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """`pks` are to be looked at, those first that have waited longest; the next walk goes on at
    `next_page` (None: at the list's end)."""

    pks: tuple[int, ...] = ()
    next_page: int | None = None


def unheard(
    omnitron: Omnitron, ledger: Ledger, routes: Routes, *, count: int, page: int | None,
    clock: Callable[[], float], deadline: float,
) -> Unheard:  # fmt: skip
    """What the next pages of the `count` undelivered events name, from `page` backwards, and nobody
    has read since. A page that is not answered is passed over, and ends it. Raises Unavailable,
    Misconfigured where the ledger does not answer."""
    last = -(-count // EVENTS_PAGE)
    number, named = min(page or last, last), dict[int, float]()
    for _ in range(_MOST_PAGES):
        if not number or clock() > deadline:
            break
        number -= 1
        try:
            events = omnitron.undelivered_events(number + 1)
        except (Misconfigured, OmnitronUnavailable):
            break
        for pk, kept_at in _named(events, routes):
            if kept_at + MARGIN <= clock():
                named[pk] = max(kept_at, named.get(pk, 0.0))
    known = ledger.of_orders([str(pk) for pk in named], [route.name for route in routes.routes])
    pks = [pk for pk in sorted(named, key=named.__getitem__)
           if _is_unheard(known.get(str(pk), {}), named[pk])]  # fmt: skip
    return Unheard(pks=tuple(pks), next_page=number or None)


def _named(events: Iterable[UndeliveredEvent], routes: Routes) -> Iterable[tuple[int, float]]:
    """The orders of the events that routes.toml has, and when each event was kept."""
    for event in events:
        with suppress(Malformed):
            said = notification_of(event.request_payload, routes.events, 0)
            if isinstance(said, Notification) and said.pk is not None:
                yield said.pk, event.created_date.timestamp()


def _is_unheard(entries: Mapping[str, Entry], kept_at: float) -> bool:
    """Whether nobody has read the order since. Of others than these the shop's list of waiting
    orders says enough."""
    if not any(entry.state in ("delivered", "rejected") for entry in entries.values()):
        return False
    return max(entry.fetched_at or 0 for entry in entries.values()) < kept_at + MARGIN
