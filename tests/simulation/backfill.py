"""A shop that moves here in mid-season: old orders, and people who ask for them.

That two pages of the list show the same moment is assumed here (no lag): who asks for a range while
orders leave the list, from replicas that are not of one mind, may have to ask once more.
"""

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

from erp_console.backfilling import Backfill
from erp_console.named_orders import Period

from simulation.plan import Event, Plan

if TYPE_CHECKING:
    from simulation.scene import Scene

OLD = "2025-11-02T21:30:00.000001Z"
"""Before every route's start."""
AUTUMN = Period(1_756_684_800, 1_767_225_600)


def backfill(plan: Plan, dice: Random) -> Plan:
    """In every fourth deployment most orders are old, and asked for more than once."""
    if dice.random() > 0.25:
        return plan
    pks = sorted({event.pk for event in plan.events if event.kind == "create"})
    more = list(range(2001, 2001 + dice.choice((0, 0, 4))))
    old = [*(pk for pk in pks if dice.random() < 0.8), *more]
    events = [*plan.events, *(Event(at=1.0, kind="create", pk=pk, value=400) for pk in more)]
    for _ in range(dice.choice((0, 1, 1, 2))):
        at = dice.uniform(70, 1200)
        events.append(Event(at=at, kind="backfill", value=dice.choice((0, 0, 1))))
    events.sort(key=lambda event: event.at)
    return replace(plan, lag=0.0, old=tuple(old), events=tuple(events))


class Backfilling:
    """The command; `asked_for` are the orders that a run to its end must have seen."""

    def __init__(self, scene: "Scene") -> None:
        self._scene = scene
        self.asked_for = set[int]()
        self.begun = False

    def run(self, deployed: Any, *, by_number: bool) -> bool:
        """`erp-adapter backfill`, of a range or of numbers."""
        self.begun = True
        there = {pk for pk in self._scene.plan.old if pk in self._scene.shop.history}
        with deployed.shop.asked() as omnitron:
            run = Backfill(deployed=deployed, omnitron=omnitron)
            chosen = (
                run.named([f"pk:{pk}" for pk in sorted(there)])
                if by_number
                else run.placed_in(AUTUMN)
            )
            for row in run.enqueue(chosen):
                self._scene.story.tell(f"{row.order}: {row.outcome}")
        self.asked_for |= there
        return True

    def is_too_old(self, pk: int) -> bool:
        """Whether the order is to be left alone: nobody has asked for it, or who did is a dead
        letter, which reconcile knows nothing of."""
        dead = any(message.group == str(pk) for message in self._scene.dead.messages)
        return pk in self._scene.plan.old and (pk not in self.asked_for or dead)

    def written(self, pk: int) -> str | None:
        """What is wrong with a document of the order."""
        if pk in self._scene.plan.old and not self.begun:
            return f"order {pk} is sent, which was placed before the start"
        return None
