"""People hold a route and resume it, as their commands are killed and run again."""

from collections import Counter
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

from erp_adapter.delivery.holds import HELD
from erp_console.holding import hold_routes, resume_routes

from simulation.plan import Event, Plan

if TYPE_CHECKING:
    from simulation.scene import Scene


def hold(plan: Plan, dice: Random) -> Plan:
    """In every fourth deployment a route, or one after the other, is held for some minutes."""
    if dice.random() > 0.25:
        return plan
    events = list(plan.events)
    for _ in range(dice.choice((1, 1, 2))):
        route, near = dice.randrange(len(plan.destinations)), dice.choice(plan.events).at
        # Some begin while an order is under way: its announcement is a few seconds old.
        at = dice.choice((0.0, dice.uniform(0, 400), near + dice.uniform(4, 12)))
        events.append(Event(at=at, kind="hold", value=route))
        if dice.random() < 0.8:  # else it is forgotten, until the day ends
            at += dice.uniform(20, 700)
            events.append(Event(at=at, kind="resume", value=route))
    return replace(plan, events=tuple(sorted(events, key=lambda event: event.at)))


class Holding:
    """What the commands have said: `quiet` are the routes on which nothing is written any more."""

    def __init__(self, scene: "Scene") -> None:
        self._scene = scene
        self.quiet = set[str]()
        self.ever = set[str]()
        self._resumed = Counter[str]()

    def hold(self, deployed: Any, route: str) -> bool:
        """`erp-adapter hold`."""
        before = self._resumed[route]
        self.ever.add(route)
        hold_routes(deployed, [route], "the ERP is closed")
        there = ("hold", route) in self._scene.table.items
        if there and before == self._resumed[route]:
            self.quiet.add(route)
            self._scene.story.tell(f"nothing is written on {route} any more")
        return True

    def resume(self, deployed: Any, route: str) -> bool:
        """`erp-adapter resume`."""
        self._resumed[route] += 1
        self.quiet.discard(route)
        for row in resume_routes(deployed, [route]):
            self._scene.story.tell(f"{row.order} is brought back")
        return True

    def written(self, route: str) -> str | None:
        """What is wrong with a document that is written on the route now."""
        return f"a document was written on {route}, which is held" if route in self.quiet else None

    def forgotten(self) -> str | None:
        """An order that still waits for a hold, though all are over and nothing else keeps it."""
        dead = {message.group for message in self._scene.dead.messages}
        for order, route in sorted(self._scene.table.items):
            entry = self._scene.table.plain(order, route)
            beside = self._scene.table.plain(order, "-")
            parked = beside.get("state") == "waiting" or order in dead
            if entry.get("reason") == HELD and not parked:
                return f"order {order} waits on {route} for a hold that is over"
        return None
