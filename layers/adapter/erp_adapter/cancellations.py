"""Cancellations that came to their end unannounced: who was on the shop's list of orders that wait
for one, and is not any more.

The list ("Pending cancellations", `cancel_status=waiting`) shows an order until its cancellation is
decided; a lost webhook of that moment would leave the ERP with what nobody wants. So each walk
remembers who is on it, and those that have left it since are looked at by the delivery story. It
has a small budget of its own beside the walk of the waiting orders.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from erp_adapter.errors import Misconfigured
from erp_adapter.ledger import Ledger
from erp_adapter.omnitron import PAGE_SIZE, Omnitron
from erp_adapter.omnitron_answers import ListedOrder
from erp_adapter.routes import Routes

_MOST_PAGES: Final = 5
_MOST_ENQUEUED: Final = 50
_WAITING: Final = "waiting"
_NO_WORD: Final = "no-such-status"
"""A filter that no order passes: what is answered all the same shows that it is ignored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """`pks` are to be looked at, `remembered` to be compared with the next time; `waiting` is how
    many wait for their cancellation, None where the shop's list ignores the filter."""

    pks: tuple[int, ...] = ()
    remembered: frozenset[int] = frozenset()
    waiting: int | None = None


def decided(
    omnitron: Omnitron, ledger: Ledger, routes: Routes, before: frozenset[int], most: int
) -> Decided:
    """Who has left the list since `before`, of those that the ERP has: at most so many, the others
    stay remembered. Raises Unavailable, Misconfigured."""
    count, rows = omnitron.cancelling(_WAITING, 1)
    if not _obeys(omnitron, rows):
        return Decided(remembered=before)
    last = -(-count // PAGE_SIZE)
    for number in range(2, min(last, _MOST_PAGES) + 1):
        rows += omnitron.cancelling(_WAITING, number)[1]
    now = frozenset(row.pk for row in rows)
    if last > _MOST_PAGES:  # who is not seen may only stand further on
        return Decided(remembered=before | now, waiting=count)
    left = _delivered(ledger, routes, sorted(before - now))
    chosen = left[: min(most, _MOST_ENQUEUED)]
    return Decided(
        pks=tuple(chosen), remembered=now.union(left[len(chosen) :]), waiting=count
    )  # fmt: skip


def _obeys(omnitron: Omnitron, rows: list[ListedOrder]) -> bool:
    """Whether the list has filtered: by what its rows say, else by a question that none answers."""
    said = {row.cancel_status for row in rows} - {None}
    if said or not rows:
        return said <= {_WAITING}
    try:
        return not omnitron.cancelling(_NO_WORD, 1)[1]
    except Misconfigured:
        return True  # it knows the filter, and which words it takes


def _delivered(ledger: Ledger, routes: Routes, pks: Collection[int]) -> list[int]:
    """Those of which the ERP has a document that a route of cancellations speaks of."""
    names = [route.of or "" for route in routes.cancelling]
    known = ledger.of_orders([str(pk) for pk in pks], names)
    return [
        pk for pk in pks if any(entry.route in names for entry in known.get(str(pk), {}).values())
    ]
