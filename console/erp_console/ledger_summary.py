"""All orders of a ledger at a glance, without reading more than it takes.

What is delivered is only counted; the rest comes with a few fields. The table is read in parts at
once: AWS answers 1 MB a call, and a ledger of a hundred thousand orders has some sixty.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from erp_adapter.ledger import NO_ROUTE, Entry

from erp_console.deployed import Deployed
from erp_console.status_words import is_rejected, moment

_PARTS: Final = 16
_AT_ONCE: Final = 500
"""Orders of one look-up of what stands beside a routeless entry."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """`undone`: the entries that are not delivered and still say something, and those whose next
    revision is held or rejected; `delivered` counts the others."""

    undone: list[Entry]
    delivered: int

    def as_dict(self) -> dict[str, Any]:
        """Counts by state, rejections by code, what waits by reason, the oldest that waits."""
        states = Counter(entry.state for entry in self.undone)
        if self.delivered:
            states["delivered"] += self.delivered
        rejected = Counter(e.code or "-" for e in self.undone if is_rejected(e))
        waiting = [entry for entry in self.undone if entry.state == "waiting"]
        oldest = min(waiting, key=_since, default=None)
        return {
            "states": dict(states),
            "rejected": dict(rejected.most_common()),
            "waiting": dict(Counter(e.reason or "-" for e in waiting).most_common()),
            "oldest_waiting": oldest
            and {"order": oldest.order, "number": oldest.number, "since": moment(_since(oldest))},
        }


def summary_of(deployed: Deployed) -> Summary:
    """Raises Unavailable or Misconfigured."""
    ledger = deployed.ledger
    if deployed.aws.is_local:
        found = [ledger.undone_at_once()]
    else:
        with ThreadPoolExecutor(_PARTS) as pool:
            found = list(pool.map(lambda part: ledger.undone(part, _PARTS), range(_PARTS)))
    entries = [entry for undone, _ in found for entry in undone if entry.reason != "resolved"]
    outdated = set(_outdated(deployed, entries))
    return Summary(
        undone=[e for e in entries if e.route != NO_ROUTE or e.order not in outdated],
        delivered=sum(delivered for _, delivered in found),
    )


def _outdated(deployed: Deployed, entries: list[Entry]) -> Iterator[str]:
    """Orders of which a route says something newer than what stands beside its routes."""
    beside = {entry.order: entry.updated_at for entry in entries if entry.route == NO_ROUTE}
    named = {entry.route for entry in entries} | {r.name for r in deployed.routes_toml.every}
    routes = sorted(named - {NO_ROUTE})
    orders = list(beside)
    for start in range(0, len(orders), _AT_ONCE):
        known = deployed.ledger.of_orders(orders[start : start + _AT_ONCE], routes)
        for order, of_routes in known.items():
            newest = max(
                (e.updated_at for name, e in of_routes.items() if name != NO_ROUTE), default=-1
            )
            if newest > beside[order]:
                yield order


def _since(entry: Entry) -> int:
    return entry.announced_at or entry.updated_at
