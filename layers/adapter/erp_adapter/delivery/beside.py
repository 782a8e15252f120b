"""What concerns an order as a whole stands beside its routes, under the route `-`."""

from dataclasses import replace

from erp_adapter.delivery.decision import is_open_backfill
from erp_adapter.errors import Unavailable
from erp_adapter.ledger import Contended, Entry, Ledger


def write_beside(ledger: Ledger, entry: Entry) -> tuple[Entry, Entry | None]:
    """Records what concerns the order as a whole; the newest word replaces the one before, which is
    given back too. What waits has waited since its first announcement, and its tries add up; what a
    person has asked for stays so. Raises Unavailable, Misconfigured."""
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
            return ledger.put(entry, replacing=before), before
        except Contended as moved:
            before = moved.current
    raise Unavailable("Others are at work on this order.", code="CLAIMED", retry_after=1)
