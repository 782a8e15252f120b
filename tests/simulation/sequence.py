"""Two documents of an order in their sequence: the customer's (alfa), then the order's (beta)."""

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any, Final

from erp_adapter.delivery.decision import BY_HAND

from simulation.plan import Event, Plan

if TYPE_CHECKING:
    from simulation.scene import Scene
    from simulation.shop import State

FIRST: Final = "alfa"
SECOND: Final = "beta"
UNFIT: Final = "unfit"
"""The note of an order whose customer's document can't be made."""


def sequence(plan: Plan, dice: Random) -> Plan:
    """Every fourth deployment has one route with two profiles, and customers that do not fit."""
    if dice.random() > 0.25:
        return plan
    events = list(plan.events)
    for pk in sorted({event.pk for event in events if event.kind == "create"}):
        if dice.random() < 0.4:
            at = dice.choice((0.0, dice.uniform(0, 200)))
            events.append(Event(at=at, kind="unfit", pk=pk))
            if dice.random() < 0.6:
                events.append(Event(at=at + dice.uniform(0, 300), kind="fit", pk=pk))
    events.sort(key=lambda event: event.at)
    return replace(
        plan, in_sequence=True, destinations=(plan.destinations[0],) * 2,
        counts=(plan.counts[0],) * 2, events=tuple(events),
    )  # fmt: skip


def without_its_first(scene: "Scene", pk: int) -> str | None:
    """What is wrong where the order's document, or a resend of it, is there without its
    customer's."""
    if not scene.plan.in_sequence:
        return None
    first, second = (_documents(scene, pk, route) for route in (FIRST, SECOND))
    if scene.plan.revises:  # each on its own, once both are there
        second = min(second, 1)
    if second <= first or scene.table.plain(str(pk), FIRST).get("reason") == BY_HAND:
        return None
    return f"order {pk} has {second} documents of the order and {first} of its customer"


def refuses(scene: "Scene", route: str, state: "State") -> bool:
    """Whether the route has no document for an order of this note."""
    return scene.plan.in_sequence and route == FIRST and state.notes == UNFIT


def _documents(scene: "Scene", pk: int, route: str) -> int:
    there = scene.promises.messages if scene.promises.queued(route) else scene.promises.documents
    return sum(1 for each in there if each.startswith(f"{pk}/{route}/"))


def is_kept_back(scene: "Scene", pk: int, route: str, entry: dict[str, Any]) -> bool:
    """Whether a sendable order has rightly no document on the route."""
    if not scene.plan.in_sequence:
        return False
    if route == FIRST:
        unfit = refuses(scene, route, scene.shop.now(pk))
        return unfit and entry.get("state") == "rejected"
    first = scene.table.plain(str(pk), FIRST)
    return entry.get("reason") == "comes-after" and is_kept_back(scene, pk, FIRST, first)
