"""A route is held, or goes on: an item of the ledger, and the time until every worker knows it."""

import time
from collections.abc import Iterator, Sequence
from math import ceil

from erp_adapter.delivery.holds import CACHE_SECONDS, HELD
from erp_adapter.ledger import Entry, Hold

from erp_console.deployed import Deployed
from erp_console.feeding import Feed
from erp_console.named_orders import Named
from erp_console.redriving import announce
from erp_console.resending import LEASE
from erp_console.rows import Row
from erp_console.settling import check_routes
from erp_console.working import watched


def meant(deployed: Deployed, name: str) -> list[str]:
    """The routes of this name: NAME, or each NAME.PROFILE where a [[route]] has several profiles.
    A route that is held is one, though routes.toml has it no more. Raises Hindered."""
    known = {route.name for route in deployed.routes_toml.every} | deployed.ledger.holds().keys()
    found = [name] if name in known else sorted(n for n in known if n.startswith(f"{name}."))
    if not found:
        check_routes(deployed, [name])
    return found


def hold_routes(deployed: Deployed, routes: Sequence[str], reason: str) -> None:
    """Holds the routes, and returns once nothing is written on them any more: then every answer
    about holds that a worker remembers, and every claim made by such an answer, is over.

    One that is held already keeps its reason. Raises Unavailable, Misconfigured.
    """
    for route in routes:
        own = Hold(route=route, since=int(time.time()), by=deployed.caller, reason=reason)
        deployed.ledger.hold(own)
    _let_everybody_know(deployed, "Until nothing is written any more")


def resume_routes(deployed: Deployed, routes: Sequence[str]) -> Iterator[Row]:
    """Ends the holds, and puts every order that waits for them on the queue, as fast as the workers
    can fetch them. Killed anywhere, the same command does the rest: they need not be held any more.
    """
    for route in routes:
        deployed.ledger.end_hold(route)
    # Who believes in the hold may still write down that an order waits for its end.
    _let_everybody_know(deployed, "Until every worker knows")
    waiting, feed = held_on(deployed, routes), Feed(deployed)
    for entry in watched(waiting, "To the queue", len(waiting)):
        feed.wait()
        announce(deployed, Named(order=entry.order, entries=(entry,)))
        yield Row(order=entry.order, number=entry.number, route=entry.route, outcome="brought back")


def held_on(deployed: Deployed, routes: Sequence[str]) -> list[Entry]:
    """What waits for the end of these routes' holds, also where the shop calls the order sent since
    another route has acknowledged it: reconcile does not see those."""
    undone, _ = deployed.ledger.undone()
    waiting = [entry for entry in undone if entry.route in routes and entry.reason == HELD]
    return sorted(waiting, key=lambda entry: entry.announced_at or entry.updated_at)


def seconds_to_know(deployed: Deployed) -> int:
    """For how long somebody may act who does not know of a hold, or of its end: a worker, or a
    resend of another operator's."""
    return ceil(CACHE_SECONDS) + max(deployed.settings.lease, LEASE)


def _let_everybody_know(deployed: Deployed, title: str) -> None:
    seconds = seconds_to_know(deployed)
    for _ in watched(range(seconds), title, seconds):
        time.sleep(1)
