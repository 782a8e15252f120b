"""What `erp-adapter status` shows, as data."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from erp_adapter.ledger import Entry, Hold

from erp_console.named_orders import Named
from erp_console.status_words import time_line, what_next, where


def described(
    named: Named, bucket: str, now: float, holds: Mapping[str, Hold], waiting: Collection[str]
) -> dict[str, Any]:
    """An order: each entry's fields, its time line, what it means, and whether it still holds;
    `holds`: the routes on which nothing is written; `waiting`: those of which Omnitron is told
    after the pick-up only."""
    current = set(map(id, named.current))

    def means(entry: Entry) -> str:
        return what_next(entry, now, holds, waits=entry.route in waiting)

    return {
        "order": named.order,
        "number": named.number,
        "routes": [
            _entry(entry, bucket, means(entry), superseded=id(entry) not in current)
            for entry in named.entries
        ],
    }


def _entry(entry: Entry, bucket: str, what: str, *, superseded: bool) -> dict[str, Any]:
    held = {
        name: value
        for name, value in asdict(entry).items()
        if value is not None and name not in ("claim", "order", "number")
    }
    if entry.document and entry.state == "delivered":
        held["document"] = f"s3://{bucket}/{entry.document}"
    if entry.profile_version:
        held["profile"] = f"{entry.profile} {entry.profile_version}"
    return held | {
        "where": where(entry),
        "word": "picked-up" if entry.picked_up_at else entry.state,
        "superseded": superseded,
        "next": "A newer entry of a route says more." if superseded else what,
        "time_line": list(time_line(entry)),
    }
