"""What is promised (docs/decisions.md), looked at from outside after every step."""

import json
from collections import defaultdict
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from erp_adapter.delivery.decision import BY_HAND
from erp_adapter.order import Shop, content_id, read_order
from orders import discount_page

from simulation.actors import NAMES
from simulation.kernel import Process
from simulation.queues import FIFO_WINDOW, Message
from simulation.shop import URL, State, detail, items, money, number_of
from simulation.table import plain

if TYPE_CHECKING:
    from simulation.scene import Scene

MAX_ITEM: Final = 1024
_UNDELIVERED: Final = {"waiting", "rejected", "settled", "missed"}
_OTHERS: Final = {"before-start", "already-in-erp", "sent-by-others"}


class Violation(AssertionError):
    """A promise was broken."""


class Promises:
    """Collects what happened, and what of it should not have."""

    def __init__(self, scene: "Scene") -> None:
        self.scene = scene
        self.broken: list[str] = []
        self.documents: dict[str, list[str]] = defaultdict(list)
        self.messages: dict[str, list[float]] = defaultdict(list)
        self.promised: dict[int, int] = {}
        self.asked_at: dict[str, float] = {}

    def check(self) -> None:
        """After every step."""
        if self.broken:
            raise Violation(self.broken[0])

    def _break(self, text: str) -> None:
        self.scene.story.tell(f"!! {text}")
        self.broken.append(text)

    # ------------------------------------------------------------ as it happens

    def put(self, key: str) -> None:
        """At most one document per order, route and revision, ever, and only under a claim."""
        *earlier, version = self.scene.bucket.keys[key]
        if earlier and earlier[-1].body is not None:
            self._break(f"what lay under {key} was written over")
        document_id = version.metadata["document-id"]
        self.documents[document_id].append(key)
        keys = [key] if self.queued(document_id.split("/")[1]) else self.documents[document_id]
        if len(keys) > 1 or self.documents[document_id].count(key) > 1:
            self._break(f"document {document_id} was put twice: {self.documents[document_id]}")
        self._landed(document_id, (version.body or b"").decode())

    def sent(self, message: Message) -> None:
        """The same for messages, as far as a queue can: its documented limit."""
        document_id, now = message.attributes["document_id"], self.scene.kernel.now
        earlier = self.messages[document_id]
        if earlier and now - earlier[-1] < FIFO_WINDOW:
            self._break(f"message {document_id} twice within five minutes")
        if earlier and message.attributes.get("possible_duplicate") != "true":
            self._break(f"message {document_id} again, and it does not say so")
        earlier.append(now)
        if message.attributes["content_encoding"] == "s3":
            self._checked(document_id, json.loads(message.body))
        else:
            self._landed(document_id, message.body)

    def _checked(self, document_id: str, check: dict[str, str]) -> None:
        """A message that only says where its document lies."""
        versions = self.scene.bucket.keys.get(check["key"], [])
        own = [v for v in versions if v.metadata.get("document-id") == document_id]
        if not own or own[0].metadata["sha256"] != check["sha256"]:
            self._break(f"message {document_id} names a document that is not there")

    def _landed(self, document_id: str, text: str) -> None:
        pk, route, _ = document_id.split("/")
        entry, again = self.scene.table.plain(pk, route), not document_id.endswith("/1")
        state = entry.get("state")
        if state != ("delivered" if again else "claimed") or not entry.get("claim"):
            self._break(f"document {document_id} landed while the ledger says {state}")
        history = self.scene.shop.history[int(pk)]
        number, own, payable, _ = text.split("|")
        amounts = {money(each.cents) for each in history if each.cents == each.row_cents}
        if (number, own) != (number_of(int(pk)), pk) or payable not in amounts:
            self._break(f"document {document_id} says {text}, the order never did")

    def asked(self, process: Process) -> None:
        """No environment asks the shop more often than its share allows."""
        before, now = self.asked_at.get(process.name, -1e9), self.scene.kernel.now
        own = process.memory["settings"]
        walks = process.name.startswith("reconcile")
        rate = own.reconcile_rate if walks else own.delivery_rate
        if now - before < 1 / rate - 1e-3:
            self._break(f"{process.name} asks the shop again after {now - before:.3f} s")
        self.asked_at[process.name] = now

    def durable(self, pk: int, route: str) -> bool:
        """Whether the document of the order on the route is, or was, at its destination."""
        document_id = f"{pk}/{route}/1"
        return bool((self.messages if self.queued(route) else self.documents).get(document_id))

    def queued(self, route: str) -> bool:
        """Whether the route's documents go to a queue."""
        return (route, "sqs") in [(name, where) for name, where, _ in self.routes()]

    def acknowledging(self, pk: int) -> None:
        """`is_send` only after every document that counts is durable."""
        for name, _, counts in self.routes():
            entry = self.scene.table.plain(str(pk), name)
            others = entry.get("state") == "settled" and entry.get("reason") in {*_OTHERS, BY_HAND}
            if counts and not self.durable(pk, name) and not others:
                self._break(f"order {pk} is acknowledged without its document on {name}")

    def written(self, key: tuple[str, str], before: dict[str, Any] | None) -> None:
        """The ledger says what is."""
        order, route = key
        entry = self.scene.table.plain(order, route)
        if size_of(self.scene.table.items[key]) > MAX_ITEM:
            self._break(f"ledger item {key} has more than 1 KB")
        was = int(before["version"]["N"]) if before else 0
        if entry["version"] != was + 1:
            self._break(f"ledger item {key} went from version {was} to {entry['version']}")
        if entry["state"] in _UNDELIVERED and not (entry.get("reason") or entry.get("code")):
            self._break(f"ledger item {key} is {entry['state']}, and does not say why")
        if route == "-":
            return
        s3 = not self.queued(route)
        durable = self.durable(int(order), route)
        known = entry["state"] == "delivered" and entry.get("written_at")
        # Where is_send is others' doing, a queue that cannot be asked is taken to have it.
        if (
            (known or (s3 and entry["state"] == "delivered"))
            and not durable
            and (s3 or int(order) not in self.scene.elsewhere)
        ):
            self._break(f"ledger item {key} is delivered, its document is not")
        if entry["state"] in _UNDELIVERED and durable and s3:
            self._break(f"ledger item {key} is {entry['state']}, its document is there")
        if before:
            self._not_undone(key, plain(before), entry)

    def _not_undone(self, key: tuple[str, str], was: dict[str, Any], entry: dict[str, Any]) -> None:
        """Nothing that the ledger knew, and that is still true, is forgotten."""
        pk, now = int(key[0]), self.scene.shop.now(int(key[0]))
        if was["state"] == "delivered" and entry["state"] != "delivered":
            self._break(f"ledger item {key} was delivered and is {entry['state']}")
        elif was["state"] == "delivered":
            wanted = self._wanted_code(pk, now, entry)
            if was.get("code") == wanted != entry.get("code"):
                self._break(f"ledger item {key} was noted {wanted}, and is {entry.get('code')}")
        elif was.get("reason") == "closed" and now.status == "100" and entry["state"] == "claimed":
            self._break(f"ledger item {key} was closed, and is claimed")

    def answered(self, uuid: str, status: int, answer: Any, version: int) -> None:
        """2xx only after the queue, or the destination, has it."""
        if not 200 <= status < 300:
            return
        if uuid.startswith("forged"):
            self._break(f"the forged webhook {uuid} is answered {status}")
            return
        pk = int(uuid.split("-")[0])
        if status == 202 and not any(f'"{uuid}"' in m.body for m in self.scene.inbound.taken):
            self._break(f"webhook {uuid} is answered 202 and is not on the queue")
        self.promised[pk] = max(self.promised.get(pk, 0), version)

    def unforeseen(self, fault: Exception) -> None:
        """A handler raises nothing."""
        self._break(f"a handler raised {fault!r}")

    def logged(self, message: str, fields: dict[str, Any]) -> None:
        """Nothing happens that nobody foresaw."""
        if "kind" in fields:
            self._break(f"unforeseen: {fields}")

    # ---------------------------------------------------------------- at the end

    def nothing_acknowledged_is_lost(self) -> None:
        """Every webhook that was answered 2xx has led to an end that the ledger names, without
        reconcile's help."""
        for pk, version in sorted(self.promised.items()):
            if self._hidden_by_a_resend(pk):
                continue
            for name, _, _ in self.routes():
                entry = self.scene.table.plain(str(pk), name)
                if entry.get("state") in (None, "claimed", "waiting"):
                    self._break(f"order {pk} on {name} has no end: {entry.get('state')}")
                elif version >= _last_decision(self.scene.shop.history[pk]):
                    self._noted(pk, name, entry)
                    self._ended(pk, name, entry)
        self.check()

    def nothing_is_lost(self) -> None:
        """Once reconcile has walked, not even the orders whose webhooks never came. What people
        have asked for is done: every document that was to be resent is there once more."""
        self._resent()
        for pk in sorted(self.scene.shop.history):
            for name, _, counts in self.routes():
                entry = self.scene.table.plain(str(pk), name)
                if self._out_of_sight(pk):
                    continue
                self._ended(pk, name, entry)
                now, told = self.scene.shop.now(pk), entry.get("acknowledged")
                if counts and self._complete(pk) and not (now.is_send and told):
                    self._break(f"order {pk} is delivered on {name} and not acknowledged")
        self.check()

    def _resent(self) -> None:
        for (order, route), times in self.scene.operator.resent.items():
            again = [d for d in self.documents if d.startswith(f"{order}/{route}/")]
            if len(again) != 1 + times:
                self._break(f"order {order} on {route} was to be resent {times} times: {again}")

    def _hidden_by_a_resend(self, pk: int) -> bool:
        """Still parked: a resend is newer, though it has read nothing, and so redrive takes what is
        parked for superseded (named_orders.Named.current). A known gap."""
        parked = self.scene.table.plain(str(pk), "-").get("state") == "waiting"
        return parked and any(order == str(pk) for order, _ in self.scene.operator.resent)

    def _out_of_sight(self, pk: int) -> bool:
        """What the shop calls sent is not on reconcile's list: whatever is still to be done for it
        (a final write, a route that does not count) waits for people and their redrive."""
        return self.scene.shop.now(pk).is_send and self.scene.plan.remedy == "reconcile"

    def _noted(self, pk: int, route: str, entry: dict[str, Any]) -> None:
        now = self.scene.shop.now(pk)
        if entry["state"] == "delivered":
            wanted = self._wanted_code(pk, now, entry)
            if entry.get("code") != wanted:
                self._break(f"order {pk} on {route} is noted {entry.get('code')}, not {wanted}")

    def _wanted_code(self, pk: int, now: State, entry: dict[str, Any]) -> str | None:
        if now.status == "100":
            return "CANCELLED_AFTER_DELIVERY"
        return None if entry["content_id"] == content_of(pk, now) else "ORDER_CHANGED"

    def _ended(self, pk: int, route: str, entry: dict[str, Any]) -> None:
        """Of whose last change the adapter knows."""
        now, state = self.scene.shop.now(pk), entry.get("state")
        if pk in self.scene.elsewhere or entry.get("reason") == BY_HAND:
            return
        if entry.get("reason") in _OTHERS and self.queued(route) and self.durable(pk, route):
            return  # its message arrived though nobody knew, and the ERP has answered with its code
        if state == "delivered" and not self.durable(pk, route) and now.status != "100":
            self._break(f"order {pk} on {route} is delivered, its document is nowhere")
        if now.status in ("400", "450") and now.cents == now.row_cents and state != "delivered":
            self._break(f"order {pk} on {route} is sendable, and {state} ({entry.get('reason')})")
        # A parked order that is cancelled since waits for ever: reconcile leaves it closed.
        if state in ("claimed", "waiting") and now.status != "100":
            self._break(f"order {pk} on {route} has no end: {state}")

    def _complete(self, pk: int) -> bool:
        return all(
            self.scene.table.plain(str(pk), name).get("state") == "delivered"
            and "written_at" in self.scene.table.plain(str(pk), name)
            for name, _, counts in self.routes()
            if counts
        )

    def routes(self) -> list[tuple[str, str, bool]]:
        """Name, destination and whether it counts."""
        plan = self.scene.plan
        return list(zip(NAMES, plan.destinations, plan.counts, strict=False))


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


@cache
def content_of(pk: int, state: State) -> str:
    """The content id of the order in this state."""
    discounts = [discount_page([])]
    return content_id(read_order(detail(pk, state), [items(pk, state)], discounts, Shop(url=URL)))


def size_of(item: dict[str, Any]) -> int:
    """DynamoDB's own: names and texts in UTF-8, numbers by two digits, a byte a boolean."""
    total = 0
    for name, typed in item.items():
        [(kind, value)] = typed.items()
        total += len(name.encode())
        total += len(value.encode()) if kind == "S" else 1
        total += len(value) // 2 + 1 if kind == "N" else 0
    return total
