"""Bugs to plant where acknowledgements wait for the pick-up (mutants.py lists them)."""

from dataclasses import replace
from typing import Any

from erp_adapter.delivery import revision, way
from erp_adapter.destination import S3Destination
from erp_adapter.pickup import PickUp
from erp_adapter.unpicked import Unpicked

Patch = tuple[Any, str, Any]


def at_the_write() -> Patch:
    """The document is durable: the shop is told."""

    def is_due(route: Any, entry: Any, picked_up: Any = ()) -> bool:
        return way._is_durable(entry)

    return way, "is_due", is_due


def takes_its_word() -> Patch:
    """An event is believed without a look."""
    original = PickUp.note

    def note(self: Any, key: str, event_id: str) -> str:
        return original(replace(self, destination=_Believes()), key, event_id)

    return PickUp, "note", note


class _Believes(S3Destination):
    def __init__(self) -> None:
        pass

    def picked_up(self, place: str) -> bool:
        return True


def lost_for_ever() -> Patch:
    """Nobody lists the bucket."""
    return Unpicked, "gone", lambda *_: False


def picked_up_before_it_was_sent() -> Patch:
    """What was sent again counts as taken, because what was sent before it was."""

    def forgetful(entry: Any, **changes: Any) -> Any:
        changes.pop("picked_up_at", None)
        return replace(entry, **changes)

    return revision, "replace", forgetful


def forgets_who_died_after_telling() -> Patch:
    """What is taken over is not looked for, though the shop was told of it."""
    original = way.Way._picked_up

    def picked_up(self: Any, routes: Any, entries: Any, errors: Any) -> Any:
        asked = self.notification.source == "pickup"
        known = {n: e for n, e in entries.items() if asked or e.state == "delivered"}
        return original(self, routes, known, errors)

    return way.Way, "_picked_up", picked_up
