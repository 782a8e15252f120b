"""Bugs to plant where lost webhooks are made up for (mutants.py lists them)."""

from typing import Any

from erp_adapter import reconcile, undelivered
from erp_adapter.delivery.way import Way
from erp_adapter.undelivered import Unheard

Patch = tuple[Any, str, Any]


def nobody_asks() -> Patch:
    """The list is counted, as it was for long, and not read."""
    return reconcile, "unheard", lambda *_, **__: Unheard()


def one_clock() -> Patch:
    """What was read after an event by the shop's clock is taken to have seen what it announces."""
    return undelivered, "MARGIN", 0


def nothing_new_is_not_dated() -> Patch:
    """Who finds a delivered order as it was leaves no trace, and reconcile asks again."""
    return Way, "_dated", lambda self, entry: entry
