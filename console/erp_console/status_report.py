"""What `erp-adapter status` shows, as data."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from erp_adapter.ledger import Entry

from erp_console.named_orders import Named
from erp_console.status_words import moment, time_line, what_next, where


def described(named: Named, bucket: str, now: float) -> dict[str, Any]:
    """An order: each entry's fields, its time line, what it means, and whether it still holds."""
    current = set(map(id, named.current))
    return {
        "order": named.order,
        "number": named.number,
        "routes": [
            _entry(entry, bucket, now, superseded=id(entry) not in current)
            for entry in named.entries
        ],
    }


def _entry(entry: Entry, bucket: str, now: float, *, superseded: bool) -> dict[str, Any]:
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
        "superseded": superseded,
        "next": "A newer entry of a route says more." if superseded else what_next(entry, now),
        "time_line": list(time_line(entry)),
    }


def counted(orders: Iterable[Named]) -> dict[str, Any]:
    """All orders: how many, their routes by state, rejections by code, waiting by reason."""
    many, oldest = 0, None
    states, rejected, waiting = Counter[str](), Counter[str](), Counter[str]()
    for named in orders:
        many += 1
        for entry in named.current:
            if entry.reason == "resolved":
                continue
            states[entry.state] += 1
            if entry.state == "rejected":
                rejected[entry.code or "-"] += 1
            elif entry.state == "waiting":
                waiting[entry.reason or "-"] += 1
                if oldest is None or _since(entry) < _since(oldest):
                    oldest = entry
    return {
        "orders": many,
        "states": dict(states),
        "rejected": dict(rejected.most_common()),
        "waiting": dict(waiting.most_common()),
        "oldest_waiting": oldest and {"order": oldest.order, "since": moment(_since(oldest))},
    }


def _since(entry: Entry) -> int:
    return entry.announced_at or entry.updated_at
