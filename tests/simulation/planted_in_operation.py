"""Planted bugs of hold and backfill."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from erp_adapter.delivery import holds, way
from erp_adapter.delivery.attempt import Attempt
from erp_adapter.ledger import Entry
from erp_console import holding
from erp_console.backfilling import Backfill

Patch = tuple[Any, str, Any]


class _NoHolds:
    def on(self, route: str) -> bool:
        """Never."""
        return False


def taken_over_whatever_is_held() -> Patch:
    """Who takes over goes on as if there were no hold."""
    original = Attempt._take_over

    def take_over(self: Any, entry: Entry) -> Entry:
        return original(replace(self, tools=replace(self.tools, holds=_NoHolds())), entry)

    return Attempt, "_take_over", take_over


def forgets_what_another_route_acknowledged() -> Patch:
    """Resume goes by the shop's list."""
    original = holding.held_on

    def held_on(deployed: Any, routes: Any) -> list[Entry]:
        def told(entry: Entry) -> bool:
            return any(each.acknowledged for each in deployed.ledger.of_order(entry.order))

        return [entry for entry in original(deployed, routes) if not told(entry)]

    return holding, "held_on", held_on


def hold_does_not_wait() -> Patch:
    """It says at once that nothing is written any more."""
    return holding, "_let_everybody_know", lambda *_: None


def an_old_answer_is_believed() -> Patch:
    """A worker asks once."""
    return holds, "CACHE_SECONDS", float("inf")


def a_page_is_done_before_it_is_asked_for() -> Patch:
    """A kept place: the page that was begun is behind it when the run is killed."""
    original = Backfill._pages

    def pages(self: Any) -> Iterator[Any]:
        kept = self.deployed.aws._scene.__dict__.setdefault("kept_pages", [])
        for place, rows in enumerate(original(self)):
            if place >= len(kept):
                kept.append(place)
                yield rows

    return Backfill, "_pages", pages


def parked_is_not_asked_for() -> Patch:
    """What an outage has parked is too old when it comes back."""
    return way, "is_open_backfill", lambda _: False
