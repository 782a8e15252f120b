"""The ERP's pick-up: S3's events of its deletions, which may come late, twice or never, and what is
promised of orders whose acknowledgement waits for them.

Source: Amazon EventBridge user guide, "Event delivery" (at least once); AWS Lambda developer guide,
"How Lambda handles errors and retries with asynchronous invocation" (two more tries).
"""

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any, Final

from simulation.plan import LENGTH, Event, Plan

if TYPE_CHECKING:
    from simulation.promises import Promises
    from simulation.scene import Scene

_TRIES: Final = (60.0, 120.0, None)
"""Seconds before Lambda's next try; None: the event is dropped."""


def pickup(plan: Plan, dice: Random) -> Plan:
    """Every third deployment acknowledges after the pick-up, mostly of all its routes."""
    if dice.random() > 0.33:
        return plan
    to_s3 = dice.random() < 0.7
    kinds = [kind for kind in ("dropped", "again", "slow") if dice.random() < 0.6]
    total = dice.choice((0.0, 0.3, 0.9))
    weather = {"event": {kind: total / len(kinds) for kind in kinds}}
    events = [*plan.events]
    for kind in ("import", "import", "import", "hoax", "hoax", "resend"):
        if dice.random() < 0.5:
            pk = dice.choice((1001, 1001, 1002)) if kind != "import" else 0
            events.append(Event(at=dice.uniform(5, LENGTH), kind=kind, pk=pk))
    return replace(
        plan, after_pickup=True, eager=dice.choice((0.0, 0.5, 1.0)),
        destinations=tuple("s3" for _ in plan.destinations) if to_s3 else plan.destinations,
        chances={**plan.chances, **weather}, events=tuple(sorted(events, key=lambda e: e.at)),
    )  # fmt: skip


class Deletions:
    """What EventBridge makes of the deletions in the bucket."""

    def __init__(self, scene: "Scene") -> None:
        self._scene = scene
        self.busy = 0

    def notice(self, key: str) -> None:
        """A document was deleted: an event, or none, or two."""
        scene = self._scene
        if not scene.plan.after_pickup:
            return  # as the stories were before there was an event
        fate = scene.fates.of("event.Deleted", key)
        if fate.fault == "dropped":
            scene.story.tell(f"the event of {key} is lost")
            return
        delay = fate.dice[1] * 600 if fate.fault == "slow" else fate.before
        self.send(key, delay)
        if fate.fault == "again":
            self.send(key, fate.dice[2] * 600)

    def send(self, key: str, delay: float = 0.0) -> None:
        """An event, true or not."""
        scene, event_id = self._scene, self._scene.fresh("event")
        event = {"id": event_id, "detail": {"object": {"key": key}}}
        self.busy += 1

        def hand_over() -> None:
            scene.kernel.sleep(delay)
            for wait in _TRIES:
                task = scene.pickup.invoke(event)
                scene.kernel.wait(task)
                if task.failure is None:
                    scene.story.tell(f"{event_id}: {key} is {task.result['found']}")
                    break
                scene.story.tell(f"{event_id}: the pickup function failed")
                if wait is not None:
                    scene.kernel.sleep(wait)
            self.busy -= 1

        scene.kernel.spawn(event_id, hand_over)


def taken(scene: "Scene", pk: int, route: str) -> bool:
    """Whether the ERP has taken the document of the order on the route, in any revision."""
    return any(
        scene.bucket.keys[key][-1].body is None
        for document_id, keys in scene.promises.documents.items()
        if document_id.startswith(f"{pk}/{route}/")
        for key in keys
    )


def written(
    promises: "Promises", key: tuple[str, str], was: dict[str, Any], entry: dict[str, Any]
) -> None:
    """What the ledger calls picked up was taken, and stays so until it is sent again."""
    document = entry.get("document")
    there = promises.scene.bucket.current(document) if document else None
    if entry.get("picked_up_at") and (there is None or there.body is not None):
        promises.broke(f"ledger item {key} is called picked up, and its document lies there")
    if was.get("picked_up_at") and not entry.get("picked_up_at") and was["document"] == document:
        promises.broke(f"ledger item {key} was picked up, and is not any more")
