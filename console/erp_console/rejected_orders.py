"""The rejected orders, one row each: for a terminal, a program, or the finance department."""

import csv
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from erp_adapter.ledger import Entry

from erp_console.deployed import Deployed
from erp_console.ledger_summary import Summary
from erp_console.status_words import is_rejected, moment, rejected_revision, rejection, remedy

_AT_ONCE: Final = 8
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a cell a formula in a spreadsheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedOrder:
    """One order on one route. `since` is ISO 8601 in this machine's zone."""

    number: str
    order: str
    route: str
    since: str
    code: str
    why: str
    remedy: str


def rejected_orders(deployed: Deployed, summary: Summary) -> list[RejectedOrder]:
    """Every rejection that still holds, of an order or of its next revision, the oldest first."""
    chosen = [entry for entry in summary.undone if is_rejected(entry)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda e: deployed.ledger.get(e.order, e.route), chosen))
    entries = [entry for entry in found if entry and is_rejected(entry)]
    return [_row(entry) for entry in sorted(entries, key=lambda entry: entry.updated_at)]


def _row(entry: Entry) -> RejectedOrder:
    return RejectedOrder(
        number=entry.number or "", order=entry.order, route=entry.route,
        since=moment(entry.updated_at), code=entry.code or "-",
        why=rejection(entry) if entry.state == "rejected" else rejected_revision(entry),
        remedy=remedy(entry),
    )  # fmt: skip


def as_csv(rows: Sequence[RejectedOrder]) -> str:
    """As a Turkish Excel opens it at a double click: a byte order mark, semicolons."""
    names = ("number", "order", "route", "since", "code", "why", "remedy")
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(getattr(row, name)) for name in names])
    return "\ufeff" + text.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
