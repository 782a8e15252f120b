"""Cancellations that wait until the shop has decided them: its list of these, the webhooks of their
plans, and what is promised where such a webhook never comes.

Assumed: the shop calls an order's `cancel_status` waiting as long as an item's is. Nobody has
documented whether its list obeys the filter, what a row says of it, and how an unknown word is
answered: each way is a plan's (`Plan.pending`).
"""

import json
from dataclasses import replace
from itertools import pairwise, starmap
from random import Random
from typing import TYPE_CHECKING, Any, Final

from erp_adapter.routes import EventRule

from simulation.plan import Event, Plan

if TYPE_CHECKING:
    from simulation.scene import Scene
    from simulation.shop import State

WHOLE: Final = 0
"""Stands for the order among the items whose cancellation waits."""
CREATED: Final = "cancellation_plan.created"
UPDATED: Final = "cancellation_plan.updated"
RULES: Final = tuple(
    EventRule(
        type=kind, pk="payload.order.pk || payload.order_id",
        number="payload.order.number || payload.order_number",
    )
    for kind in (CREATED, UPDATED)
)  # fmt: skip
"""As docs/routes.md has them."""


def pending(plan: Plan, dice: Random) -> Plan:
    """In every second deployment with a route of cancellations these wait for a decision, of which
    many a webhook is lost."""
    if not plan.cancelled_to or dice.random() > 0.5:
        return plan
    events = list[Event]()
    for event in plan.events:
        if event.kind not in ("cancel", "cancel item"):
            events.append(event)
            continue
        value = event.value if event.kind == "cancel item" else WHOLE
        wait = dice.choice((dice.uniform(0, 10), dice.uniform(10, 200), dice.uniform(200, 600)))
        events.append(Event(at=event.at, kind="ask", pk=event.pk, value=value))
        if (said := dice.random()) < 0.9:  # else nobody decides
            kind = event.kind if said < 0.7 else "refuse"
            events.append(Event(at=event.at + wait, kind=kind, pk=event.pk, value=value))
    events.sort(key=lambda event: event.at)
    return replace(
        plan, pending=dice.choice(("says", "says", "mute", "strict", "ignores")),
        reconcile=plan.reconcile or dice.choice((120.0, 300.0)),
        chances={**plan.chances, "plan": {"dropped": dice.choice((0.1, 0.6))}},
        events=tuple(events),
    )  # fmt: skip


def payload_of(event: str, body: bytes) -> bytes:
    """The body of a webhook, where it is a plan's: the order stands elsewhere in it."""
    if event not in (CREATED, UPDATED):
        return body
    said = json.loads(body)
    about = said["payload"]
    order = {"order": about} if len(about) > 1 else {f"order_{n}": v for n, v in about.items()}
    said["payload"] = {"order_id": order["order_pk"]} if "order_pk" in order else order
    return json.dumps(said).encode("ascii")


# ---------------------------------------------------------------------- the shop's list


def is_refused(plan: Plan, asked: str | None) -> bool:
    """Whether the list answers 400: it does not know the word."""
    return plan.pending == "strict" and asked not in (None, "waiting")


def is_listed(plan: Plan, state: "State | None", asked: str) -> bool:
    """Whether an order passes the filter."""
    if plan.pending == "ignores":
        return True
    return state is not None and bool(state.asked) and asked == "waiting"


def said(plan: Plan, state: "State") -> dict[str, Any]:
    """What a row says of it."""
    if plan.pending != "says":
        return {}
    return {"cancel_status": "waiting" if state.asked else None}


# ---------------------------------------------------------------------- what is promised


class Remembered:
    """Whom reconcile's cursor has named: who leaves the list after that is looked at, whether or
    not a webhook comes."""

    def __init__(self, scene: "Scene") -> None:
        self._scene = scene
        self._at: dict[int, float] = {}

    def noted(self, cursor: dict[str, Any]) -> None:
        """A walk has ended."""
        for pk in cursor.get("cancelling", ()):
            self._at[int(pk)] = self._scene.kernel.now

    def is_told_of(self, pk: int) -> bool:
        """Whether the ERP must know what became of the order, once walks have come after that and
        nothing that people would redrive is left of them."""
        scene, now = self._scene, self._scene.shop.now(pk)
        if pk not in self._at or now.asked or pk in scene.elsewhere:
            return False
        since = [each for each in scene.shop.history[pk] if each.at > self._at[pk]]
        before = scene.shop.seen(pk, self._at[pk])
        parked = scene.table.plain(str(pk), "-").get("state") == "waiting"
        parked = parked or any(message.group == str(pk) for message in scene.dead.messages)
        return not (parked or any(starmap(_anew, pairwise([before, *since]))))


def _anew(before: "State", after: "State") -> bool:
    """Whether a cancellation began here, or was decided that nobody had asked for."""
    gone = (before.status, before.cancelled) != (after.status, after.cancelled)
    return bool(set(after.asked) - set(before.asked)) or (gone and not before.asked)
