"""What must hold once faults have stopped and everything rests: nothing is lost."""

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from erp_adapter.delivery.decision import BY_HAND

from simulation.cancelling import GONE
from simulation.promises import OTHERS, Promises
from simulation.sequence import FIRST, is_kept_back
from simulation.shop import State
from simulation.undelivered import asks_again

if TYPE_CHECKING:
    from simulation.scene import Scene


class Endings:
    """Looks at every order's end."""

    def __init__(self, scene: "Scene", promises: Promises) -> None:
        self._scene = scene
        self._promises = promises

    def nothing_acknowledged_is_lost(self) -> None:
        """Every webhook that was answered 2xx has led to an end that the ledger names, without
        reconcile's help."""
        for pk, version in sorted(self._promises.promised.items()):
            for name, _, _ in self._promises.routes():
                entry = self._scene.table.plain(str(pk), name)
                if entry.get("state") in (None, "claimed", "waiting"):
                    self._promises.broke(f"order {pk} on {name} has no end: {entry.get('state')}")
                elif version >= _last_decision(self._scene.shop.history[pk]):
                    self._noted(pk, name, entry)
                    self._ended(pk, name, entry)
            if version >= _last_decision(self._scene.shop.history[pk]):
                self._scene.cancellations.ended(pk)
        self._promises.check()

    def nothing_is_lost(self) -> None:
        """Once reconcile has walked, not even the orders whose webhooks never came. What people
        have asked for is done: every document that was to be resent is there once more."""
        self._resent()
        if wrong := asks_again(self._scene.walking.result):
            self._promises.broke(wrong)
        for pk in sorted(self._scene.shop.history):
            if self._scene.remembered.is_told_of(pk):
                self._scene.cancellations.ended(pk)
            if self._scene.undelivered.tells(pk, _last_decision(self._scene.shop.history[pk])):
                self._told(pk)
            for name, _, counts in self._promises.routes():
                entry = self._scene.table.plain(str(pk), name)
                if self._out_of_sight(pk):
                    continue
                self._ended(pk, name, entry)
                now, told = self._scene.shop.now(pk), entry.get("acknowledged")
                if counts and self._complete(pk) and not (now.is_send and told):
                    if self._is_said_by_others(pk):
                        continue
                    self._promises.broke(f"order {pk} is delivered on {name} and not acknowledged")
        self._promises.check()

    def _told(self, pk: int) -> None:
        """Whatever has become of a delivered order, the ledger and the ERP know."""
        for name, _, _ in self._promises.routes():
            if entry := self._scene.table.plain(str(pk), name):
                self._noted(pk, name, entry)
        self._scene.cancellations.ended(pk)

    def _is_said_by_others(self, pk: int) -> bool:
        """What others have called sent is on no list of reconcile's: where S3's event is lost, the
        shop knows all there is to know, and nobody looks whether the ERP has taken it."""
        now = self._scene.shop.now(pk)
        return self._scene.plan.after_pickup and now.is_send and pk in self._scene.elsewhere

    def _resent(self) -> None:
        for (order, route), times in self._scene.operator.resent.items():
            queued = self._promises.queued(route)
            there = self._promises.messages if queued else self._promises.documents
            again = [each for each in there if each.startswith(f"{order}/{route}/")]
            first = len(self._scene.cancellations.fresh[int(order)]) if route == GONE else 1
            more = len(again) - first
            if self._scene.plan.revises and route != GONE:
                more = len(self._promises.revisions.resent[order, route])
            # A cancellation passes over the number of a resend that was broken off; on a queue, one
            # that died and that a revision has overtaken may have no message.
            overtaken = self._scene.plan.revises and queued and more < times
            # Nobody knows whether what died was sent, and its bytes can't be had any more.
            given_up = self._scene.operator.given_up
            unknown = sum(each[1:] == (order, route) for each in given_up) if queued else 0
            overtaken |= times < more <= times + unknown
            if more != times and not overtaken and not (route == GONE and more > times):
                self._promises.broke(
                    f"order {order} on {route} was to be resent {times} times: {again}"
                )

    def _out_of_sight(self, pk: int) -> bool:
        """What the shop calls sent is not on reconcile's list: whatever is still to be done for it
        (a final write, a route that does not count) waits for people and their redrive."""
        return self._scene.shop.now(pk).is_send and self._scene.plan.remedy == "reconcile"

    def _noted(self, pk: int, route: str, entry: dict[str, Any]) -> None:
        now = self._scene.shop.now(pk)
        if entry["state"] == "delivered":
            wanted = self._promises.wanted_code(pk, route, now, entry)
            if entry.get("code") != wanted:
                self._promises.broke(
                    f"order {pk} on {route} is noted {entry.get('code')}, not {wanted}"
                )
            elif self._scene.plan.revises and wanted is None and entry.get("written_at"):
                self._promises.revisions.ended(pk, route, now)

    def _ended(self, pk: int, route: str, entry: dict[str, Any]) -> None:
        """Of whose last change the adapter knows."""
        now, state = self._scene.shop.now(pk), entry.get("state")
        if pk in self._scene.elsewhere or entry.get("reason") == BY_HAND:
            return
        left_alone = state is None or entry.get("reason") == "before-start"
        if left_alone and self._scene.backfilling.is_too_old(pk):
            return
        first = FIRST if self._scene.plan.in_sequence else route
        if (
            entry.get("reason") in OTHERS
            and self._promises.queued(route)
            and self._promises.durable(pk, first)
        ):
            return  # its message arrived though nobody knew, and the ERP has answered with its code
        if entry.get("reason") in OTHERS and self._is_there_unknown(pk):
            return  # so did another route's
        if state == "delivered" and not self._promises.durable(pk, route) and now.status != "100":
            self._promises.broke(f"order {pk} on {route} is delivered, its document is nowhere")
        sendable = now.status in ("400", "450") and now.cents == now.row_cents and not now.asked
        if sendable and state != "delivered" and not is_kept_back(self._scene, pk, route, entry):
            self._promises.broke(
                f"order {pk} on {route} is sendable, and {state} ({entry.get('reason')})"
            )
        known = state in ("delivered", "missed") or entry.get("reason") in OTHERS
        # What comes after one that was missed: reconcile goes by what is said of that one.
        comes_after = entry.get("reason") == "comes-after"
        known |= comes_after and self._scene.table.plain(str(pk), FIRST).get("state") == "missed"
        if now.status == "500" and not known and not now.asked:
            self._promises.broke(f"order {pk} on {route} was missed, and is {state}")
        # A parked order that is cancelled since waits for ever: reconcile leaves it closed.
        if state in ("claimed", "waiting") and now.status != "100":
            self._promises.broke(f"order {pk} on {route} has no end: {state}")

    def _is_there_unknown(self, pk: int) -> bool:
        """Whether a message of the order arrived of which the ledger says that it is others'."""
        return any(
            self._promises.queued(name)
            and self._promises.durable(pk, name)
            and self._scene.table.plain(str(pk), name).get("reason") in OTHERS
            for name, _, _ in self._promises.routes()
        )

    def _still_there(self, pk: int, route: str) -> bool:
        """Whether the document that counts now, perhaps one sent again, waits for the ERP."""
        key = self._scene.table.plain(str(pk), route).get("document")
        there = self._scene.bucket.current(key) if key else None
        waits = self._scene.plan.after_pickup and not self._promises.queued(route)
        return waits and there is not None and there.body is not None

    def _complete(self, pk: int) -> bool:
        return all(
            self._scene.table.plain(str(pk), name).get("state") == "delivered"
            and "written_at" in self._scene.table.plain(str(pk), name)
            and self._promises.picked_up(pk, name)
            and self._promises.revisions.newest_is_taken(pk, name)
            and not self._still_there(pk, name)
            for name, _, counts in self._promises.routes()
            if counts
        )


def _last_decision(history: list[State]) -> int:
    """The number of the last state that a person decided, counted from 1: is_send and the ERP's
    code come by themselves."""
    last = 1
    for number, (before, after) in enumerate(pairwise(history), start=2):
        if replace(before, at=0, is_send=False, code=None) != replace(
            after, at=0, is_send=False, code=None
        ):
            last = number
    return last
