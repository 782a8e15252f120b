"""What is cancelled after the delivery (of alfa) makes documents of its own, on a route of its own.

Orders have three items then, two of them free of charge: these are cancelled singly.
"""

from collections import defaultdict
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal

from erp_adapter.delivery.decision import BY_HAND, SENT
from erp_adapter.delivery.named_items import UNKNOWN, named_by

from simulation.plan import Event, Plan
from simulation.shop import State, items_of

if TYPE_CHECKING:
    from simulation.scene import Scene

OF: Final = "alfa"
GONE: Final = "gone"
"""The route of cancellations."""


def cancelling(plan: Plan, dice: Random) -> Plan:
    """Every fourth deployment has such a route, and customers who change their minds."""
    if dice.random() > 0.25:
        return plan
    to: Literal["s3", "sqs"] = dice.choice(("s3", "s3", "sqs"))
    events = list(plan.events)
    latest = max((event.at for event in events), default=0.0)
    for pk in sorted({event.pk for event in events if event.kind == "create"}):
        at = dice.uniform(1, 60)
        for item in dice.sample((1, 2), dice.choice((0, 1, 2, 2))):
            at += dice.choice((dice.uniform(0, 10), dice.uniform(10, 300)))
            events.append(Event(at=at, kind="cancel item", pk=pk, value=item))
        if dice.random() < 0.6:
            at += dice.choice((dice.uniform(0, 10), dice.uniform(10, 300)))
            events.append(Event(at=min(at, latest + 400), kind="cancel", pk=pk))
    events.sort(key=lambda event: event.at)
    return replace(plan, cancelled_to=to, events=tuple(events))


class Cancellations:
    """What documents of cancellations have named, and what they should not have."""

    def __init__(self, scene: "Scene") -> None:
        self._scene = scene
        self.named: dict[int, dict[int, str]] = defaultdict(dict)
        self.had: dict[int, set[int]] = defaultdict(set)
        self._texts: set[str] = set()
        self.fresh: dict[int, set[str]] = defaultdict(set)

    def landed(self, document_id: str, text: str) -> None:
        """A document of an order, or of a cancellation, is there."""
        pk, route, _ = document_id.split("/")
        items = {int(item) for item in text.rpartition(" ")[2].split(",")}
        if route == OF and self._scene.plan.revises:
            self.had[int(pk)] = items  # the newest: what it lacks is cancelled already
        elif route == OF:
            self.had[int(pk)] |= items
        if route != GONE:
            return
        entry = self._scene.table.plain(pk, GONE)
        if entry.get("state") not in ("claimed", "delivered") or not entry.get("claim"):
            self._broke(f"document {document_id} landed while the ledger says {entry['state']}")
        if entry["state"] == "delivered":
            if text not in self._texts:
                self._broke(f"{document_id} was resent, and is another document")
            return
        self._texts.add(text)
        self.fresh[int(pk)].add(document_id)
        for item in items:
            self._named(int(pk), item, document_id)

    def _named(self, pk: int, item: int, document_id: str) -> None:
        by = self.named[pk].setdefault(item, document_id)
        if by != document_id:
            self._broke(f"item {item} is cancelled by {by}, and again by {document_id}")
        # To a queue a message may have gone that nobody knows of: what it had is cancelled, too.
        if item not in self.had[pk] and not self._scene.promises.queued(OF):
            self._broke(f"{document_id} cancels item {item}, which the ERP never got")
        if not any(item in self._gone_of(pk, state) for state in self._scene.shop.history[pk]):
            self._broke(f"{document_id} cancels item {item}, which nobody has cancelled")

    def _broke(self, text: str) -> None:
        self._scene.promises.broke(text)

    def untold(self, pk: int) -> set[int]:
        """What is cancelled, was delivered, and is in no document."""
        known, scene = set(self.named[pk]), self._scene
        if scene.plan.revises and scene.promises.queued(OF):
            # What a revision may have sent counts as sent, and what it lacks as told.
            known |= named_by(scene.table.plain(str(pk), OF).get("items"))
        return self._gone_of(pk, scene.shop.now(pk)) & self.had[pk] - known

    def _gone_of(self, pk: int, state: State) -> set[int]:
        """What makes documents of cancellations: where orders are revised, only a whole order."""
        if self._scene.plan.revises and state.status != "100":
            return set()
        return gone_of(pk, state)

    def code(self, pk: int, route: str, now: State, entry: dict[str, Any], code: str | None) -> Any:
        """What the delivered entry should say, where it would say `code` without such a route."""
        scene = self._scene
        if not scene.plan.cancelled_to or route != OF or code is None or self.untold(pk):
            return code
        if not self.named[pk].keys() & gone_of(pk, now):
            return code
        lacks = tuple(item - pk * 10 for item in set(items_of(pk, now)) - self.had[pk])
        before = replace(now, status="400", cancelled=lacks)
        same = scene.promises.content(pk, before) == entry["content_id"]
        return SENT if now.status == "100" or same else code

    def written(self, pk: int, entry: dict[str, Any]) -> None:
        """The entry of cancellations says what is."""
        there = self._scene.promises.there(GONE)
        if entry["state"] == "delivered" and f"{pk}/{GONE}/{entry['revision']}" not in there:
            self._broke(f"cancellation {entry['revision']} of {pk} is delivered, and is not there")

    def ended(self, pk: int) -> None:
        """Once everything rests, and the adapter knows of the order's last change."""
        of, entry = (self._scene.table.plain(str(pk), route) for route in (OF, GONE))
        if not self._scene.plan.cancelled_to or entry.get("reason") == BY_HAND:
            return
        if entry.get("code") == "TOO_MANY_CANCELLED" and of.get("items") == UNKNOWN:
            return  # a revision's dead claim left no word of its items: a person's
        waits = of.get("state") == "rejected" and entry.get("state") in ("claimed", "waiting")
        if waits:
            return  # a person mends the order first; what was begun for it ends with it
        if entry.get("state") not in (None, "delivered"):
            self._broke(f"the cancellation of {pk} has no end: {entry['state']}")
        sure = of.get("state") == "delivered" and of.get("written_at")
        if sure and (untold := self.untold(pk)):
            self._broke(f"order {pk}: {sorted(untold)} are cancelled, and the ERP is not told")


def gone_of(pk: int, state: State) -> set[int]:
    """The items that are cancelled in this state."""
    if state.status == "100":
        return set(items_of(pk, state))
    return {pk * 10 + item for item in state.cancelled}
