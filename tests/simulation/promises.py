"""What is promised (docs/decisions.md), looked at from outside after every step."""

import json
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from erp_adapter.delivery.decision import BY_HAND, SENT
from erp_adapter.order import Shop, content_id, read_order
from orders import discount_page

from simulation import pickup, revise, sequence
from simulation.actors import NAMES
from simulation.cancelling import GONE
from simulation.kernel import EPOCH, Process
from simulation.queues import FIFO_WINDOW, Message
from simulation.shop import URL, State, detail, items, money, number_of
from simulation.table import plain

if TYPE_CHECKING:
    from simulation.scene import Scene

MAX_ITEM: Final = 1024
CLOCKS: Final = 4
"""Seconds by which the clocks of two environments may differ."""
_UNDELIVERED: Final = {"waiting", "rejected", "settled", "missed"}
OTHERS: Final = {"before-start", "already-in-erp", "sent-by-others"}


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
        self.revisions = revise.Revisions(self)

    def check(self) -> None:
        """After every step."""
        for pk, history in self.scene.shop.history.items():
            if history[-1].is_send and pk not in self.scene.elsewhere:
                self.acknowledged(pk)
            if wrong := sequence.without_its_first(self.scene, pk):
                self.broke(wrong)
        if self.broken:
            raise Violation(self.broken[0])

    def broke(self, text: str) -> None:
        """Notes that a promise is broken."""
        self.scene.story.tell(f"!! {text}")
        self.broken.append(text)

    # ------------------------------------------------------------ as it happens

    def put(self, key: str) -> None:
        """At most one document per order, route and revision, ever, and only under a claim."""
        *earlier, version = self.scene.bucket.keys[key]
        self._in_order(version.metadata["document-id"])
        if earlier and earlier[-1].body is not None:
            self.broke(f"what lay under {key} was written over")
        document_id = version.metadata["document-id"]
        self.documents[document_id].append(key)
        keys = [key] if self.queued(document_id.split("/")[1]) else self.documents[document_id]
        if len(keys) > 1 or self.documents[document_id].count(key) > 1:
            self.broke(f"document {document_id} was put twice: {self.documents[document_id]}")
        queued = self.queued(document_id.split("/")[1])
        self._landed(document_id, (version.body or b"").decode(), alone=not queued)

    def sent(self, message: Message) -> None:
        """The same for messages, as far as a queue can: its documented limit."""
        document_id, now = message.attributes["document_id"], self.scene.kernel.now
        earlier = self.messages[document_id]
        self._in_order(document_id)
        if earlier and now - earlier[-1] < FIFO_WINDOW:
            self.broke(f"message {document_id} twice within five minutes")
        if earlier and message.attributes.get("possible_duplicate") != "true":
            self.broke(f"message {document_id} again, and it does not say so")
        earlier.append(now)
        if message.attributes["content_encoding"] == "s3":
            if (text := self._checked(document_id, json.loads(message.body))) is not None:
                self._landed(document_id, text)
        else:
            self._landed(document_id, message.body)

    def _in_order(self, document_id: str) -> None:
        """No document of a route that is held, nor of an order that nobody asked for."""
        pk, route, _ = document_id.split("/")
        for wrong in (self.scene.holding.written(route), self.scene.backfilling.written(int(pk))):
            if wrong:
                self.broke(wrong)

    def _checked(self, document_id: str, check: dict[str, str]) -> str | None:
        """The document of a message that only says where it lies."""
        versions = self.scene.bucket.keys.get(check["key"], [])
        own = [v for v in versions if v.metadata.get("document-id") == document_id]
        if own and own[0].metadata["sha256"] == check["sha256"]:
            return (own[0].body or b"").decode()
        self.broke(f"message {document_id} names a document that is not there")
        return None

    def _landed(self, document_id: str, text: str, *, alone: bool = True) -> None:
        """`alone`: its text tells the ERP of it, without a message that would say where it lies."""
        pk, route, _ = document_id.split("/")
        self.scene.cancellations.landed(document_id, text)
        if route == GONE:
            return
        entry, again = self.scene.table.plain(pk, route), not document_id.endswith("/1")
        state = entry.get("state")
        if state != ("delivered" if again else "claimed") or not entry.get("claim"):
            self.broke(f"document {document_id} landed while the ledger says {state}")
        history = self.scene.shop.history[int(pk)]
        if self.scene.plan.revises and alone:
            self.revisions.landed(document_id, text, entry)
        if not any(each.status in ("400", "450") and not each.asked for each in history):
            self.broke(f"document {document_id} landed, and the order was never to be sent")
        number, own, payable, _ = text.split("|", 3)
        amounts = {money(each.cents) for each in history if each.cents == each.row_cents}
        if (number, own) != (number_of(int(pk)), pk) or payable not in amounts:
            self.broke(f"document {document_id} says {text}, the order never did")

    def asked(self, process: Process) -> None:
        """No environment asks the shop more often than its share allows."""
        before, now = self.asked_at.get(process.name, -1e9), self.scene.kernel.now
        own = process.memory["settings"]
        walks = process.name.startswith(("reconcile", "operator"))
        rate = own.reconcile_rate if walks else own.delivery_rate
        if now - before < 1 / rate - 1e-3:
            self.broke(f"{process.name} asks the shop again after {now - before:.3f} s")
        self.asked_at[process.name] = now

    def durable(self, pk: int, route: str) -> bool:
        """Whether the document of the order on the route is, or was, at its destination."""
        there = self.there(route)
        if self.scene.plan.revises:
            return any(each.startswith(f"{pk}/{route}/") for each, found in there.items() if found)
        return bool(there.get(f"{pk}/{route}/1"))

    def there(self, route: str) -> Mapping[str, list[Any]]:
        """What has come to the route's destination, by document id."""
        found: Mapping[str, list[Any]] = self.messages if self.queued(route) else self.documents
        return found

    def picked_up(self, pk: int, route: str) -> bool:
        """Whether the ERP has taken it, where anybody waits for that."""
        return (
            not self.scene.plan.after_pickup
            or self.queued(route)
            or pickup.taken(self.scene, pk, route)
        )

    def queued(self, route: str) -> bool:
        """Whether the route's documents go to a queue."""
        if route == GONE:
            return self.scene.plan.cancelled_to == "sqs"
        return (route, "sqs") in [(name, where) for name, where, _ in self.routes()]

    def acknowledged(self, pk: int) -> None:
        """`is_send` only while every document that counts is durable."""
        for name, _, counts in self.routes():
            durable = self.durable(pk, name)
            if not counts or (durable and self.picked_up(pk, name)):
                continue
            entry = self.scene.table.plain(str(pk), name)
            if entry.get("state") != "settled" or entry.get("reason") not in {*OTHERS, BY_HAND}:
                what = "pick-up" if durable else "document"
                self.broke(f"order {pk} is acknowledged without its {what} on {name}")

    def written(self, key: tuple[str, str], before: dict[str, Any] | None) -> None:
        """The ledger says what is."""
        order, route = key
        entry = self.scene.table.plain(order, route)
        if size_of(self.scene.table.items[key]) > MAX_ITEM:
            self.broke(f"ledger item {key} has more than 1 KB")
        was = int(before["version"]["N"]) if before else 0
        if entry["version"] != was + 1:
            self.broke(f"ledger item {key} went from version {was} to {entry['version']}")
        if entry["state"] in _UNDELIVERED and not (entry.get("reason") or entry.get("code")):
            self.broke(f"ledger item {key} is {entry['state']}, and does not say why")
        if route == "-":
            return
        if route == GONE:
            self.scene.cancellations.written(int(order), entry)
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
            self.broke(f"ledger item {key} is delivered, its document is not")
        if entry["state"] in _UNDELIVERED and durable and s3:
            self.broke(f"ledger item {key} is {entry['state']}, its document is there")
        if self.scene.plan.revises:
            self.revisions.written(key, entry)
        was_before = plain(before) if before else {}
        pickup.written(self, key, was_before, entry)
        if before:
            self._not_undone(key, was_before, entry)

    def _not_undone(self, key: tuple[str, str], was: dict[str, Any], entry: dict[str, Any]) -> None:
        """Nothing that the ledger knew, and that is still true, is forgotten."""
        pk, now = int(key[0]), self.scene.shop.now(int(key[0]))
        if was["state"] == "delivered" and entry["state"] != "delivered":
            self.broke(f"ledger item {key} was delivered and is {entry['state']}")
        elif was["state"] == "delivered":
            wanted = self.wanted_code(pk, key[1], now, entry)
            same = was.get("revision") == entry.get("revision")
            # Sent is what was cancelled when that was read: the next reading finds what is more.
            undone = was.get("code") == wanted != entry.get("code") != SENT and same
            if undone and was["fetched_at"] + CLOCKS >= EPOCH + self._since(key, wanted, entry):
                self.broke(f"ledger item {key} was noted {wanted}, and is {entry.get('code')}")
        elif was.get("reason") == "closed" and now.status == "100" and entry["state"] == "claimed":
            self.broke(f"ledger item {key} was closed, and is claimed")

    def _since(self, key: tuple[str, str], wanted: str | None, entry: dict[str, Any]) -> float:
        """Since when the order asks for this code: what was read before knew another reason for it
        (a note that has been taken away since, say)."""
        pk, since = int(key[0]), 0.0
        for state in reversed(self.scene.shop.history[pk]):
            if self.wanted_code(pk, key[1], state, entry) != wanted:
                break
            since = state.at
        return since

    def wanted_code(self, pk: int, route: str, now: State, entry: dict[str, Any]) -> str | None:
        """What the ledger should say of a delivered order that is `now` so in the shop."""
        if self.scene.plan.revises and now.status != "100":
            same = entry["content_id"] == content_of(pk, now)
            fits = not sequence.refuses(self.scene, route, now)
            return revise.wanted_code(now, same=same, fits=fits)
        code = _code(pk, now, entry)
        said: str | None = self.scene.cancellations.code(pk, route, now, entry, code)
        return said

    def content(self, pk: int, state: State) -> str:
        """The content id of the order in this state."""
        return content_of(pk, state)

    def answered(self, uuid: str, status: int, answer: Any, version: int) -> None:
        """2xx only after the queue, or the destination, has it."""
        if not 200 <= status < 300:
            return
        if uuid.startswith("forged"):
            self.broke(f"the forged webhook {uuid} is answered {status}")
            return
        pk = int(uuid.split("-")[0])
        if status == 202 and not any(f'"{uuid}"' in m.body for m in self.scene.inbound.taken):
            self.broke(f"webhook {uuid} is answered 202 and is not on the queue")
        self.promised[pk] = max(self.promised.get(pk, 0), version)

    def unforeseen(self, fault: Exception) -> None:
        """A handler, or a command, raises nothing."""
        self.broke(f"unforeseen: {fault!r}")

    def logged(self, message: str, fields: dict[str, Any]) -> None:
        """Nothing happens that nobody foresaw."""
        if "kind" in fields:
            self.broke(f"unforeseen: {fields}")

    def routes(self) -> list[tuple[str, str, bool]]:
        """Name, destination and whether it counts."""
        plan = self.scene.plan
        return list(zip(NAMES, plan.destinations, plan.counts, strict=False))


def _code(pk: int, now: State, entry: dict[str, Any]) -> str | None:
    if now.status == "100":
        return "CANCELLED_AFTER_DELIVERY"
    return None if entry["content_id"] == content_of(pk, now) else "ORDER_CHANGED"


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
