"""Settled by hand: recorded on each of the order's routes, then the delivery story acknowledges."""

import time
from collections.abc import Collection
from dataclasses import replace

from erp_adapter.delivery.decision import BY_HAND, FOR_GOOD
from erp_adapter.ledger import NO_ROUTE, Contended, Entry

from erp_console.deployed import Deployed
from erp_console.named_orders import Named
from erp_console.redriving import announce
from erp_console.rows import Row
from erp_console.terminal import Hindered


def settle_order(
    deployed: Deployed, named: Named, reason: str, *, routes: Collection[str], dry: bool
) -> list[Row]:
    """Settles the order on `routes` (none: on each of its routes), and enqueues a notification.

    Nothing at all is written while a route is claimed. Run again after a kill, it ends the same.
    """
    if not named.order.isdecimal():
        said = "the shop's pk of it is not known yet: name it as pk:PK"
        return [Row(order=named.order, outcome="unknown pk", said=said, trouble=True)]
    known = {entry.route: entry for entry in named.routes}
    names = [name for name in _routes(deployed, known) if not routes or name in routes]
    row = Row(order=named.order, number=named.number, outcome="settled")
    claimed = [n for n in names if n in known and known[n].state == "claimed"]
    if claimed:
        return [replace(row, route=n, outcome="busy", said=_BUSY, trouble=True) for n in claimed]
    rows = [
        _settle(deployed, replace(row, route=n), known.get(n), reason, dry=dry) for n in names
    ]  # fmt: skip
    # Also where it was settled before: a run may have been killed between the two.
    if not dry and any(each.outcome in ("settled", "settled before") for each in rows):
        announce(deployed, named)
    return rows


_BUSY = (
    "a delivery has claimed it: its document may be on its way; try again in a minute, after "
    "`erp-adapter redrive --order` where the attempt was broken off"
)


def check_routes(deployed: Deployed, routes: Collection[str]) -> None:
    """Raises Hindered for a route that routes.toml does not have."""
    known = [route.name for route in deployed.routes_toml.every]
    for name in routes:
        if name not in known:
            raise Hindered(f"routes.toml has no route {name}; there are: {', '.join(known)}.")


def _routes(deployed: Deployed, known: Collection[str]) -> list[str]:
    """Those that the ledger names, and those of routes.toml that take every channel. One that takes
    some channels only counts where the ledger names no route: nobody knows the order's channel."""
    own = [r.name for r in deployed.routes if not r.channels or not known]
    return list(dict.fromkeys([*known, *own]))


def _settle(deployed: Deployed, row: Row, entry: Entry | None, reason: str, *, dry: bool) -> Row:
    if entry and entry.state == "delivered":
        return replace(
            row, outcome="delivered", document=entry.document, said="the ERP has its document"
        )
    if entry and entry.reason in FOR_GOOD:
        return replace(row, outcome="settled before", said=entry.by)
    if dry:
        return replace(row, outcome="would be settled", said=f"it is {_state(entry)}")
    now = int(time.time())
    before = entry or Entry(
        order=row.order, route=row.route or NO_ROUTE, version=0, state="settled", number=row.number
    )
    settled = replace(
        before, state="settled", reason=BY_HAND, message=reason, by=deployed.caller,
        source="redrive", code=None, path=None, expected=None, found=None, updated_at=now,
    )  # fmt: skip
    try:
        deployed.ledger.put(settled, replacing=entry)
    except Contended:
        return replace(row, outcome="busy", said="somebody was first: run it again", trouble=True)
    return replace(row, said=f"it was {_state(entry)}")


def _state(entry: Entry | None) -> str:
    if entry is None:
        return "not known here"
    return " ".join(part for part in (entry.state, entry.code or entry.reason) if part)
