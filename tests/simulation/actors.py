"""Who acts besides the adapter: the shop that sends webhooks, the ERP, and people."""

from typing import TYPE_CHECKING, Any, Final

from erp_adapter.secrets import CACHE_SECONDS
from erp_console import whisperer

from simulation import backfill, pending, sequence
from simulation.bucket import Version
from simulation.kernel import EPOCH
from simulation.plan import Event
from simulation.revise import before
from simulation.shop import number_of

if TYPE_CHECKING:
    from simulation.scene import Scene

NAMES: Final = ("alfa", "beta")
"""The routes."""
SQUATTER: Final = b"somebody else's"
"""An object at the key of a document. That people take it away with its version, so that no delete
marker of it is left which would pass for our document's, is assumed (docs: the runbook)."""
PATIENCE: Final = 10.0
MOST_TRIES: Final = 18
"""dj-whisperer's: seconds that it waits for an answer, and how often it tries."""
COMMANDS: Final = {"redrive", "redrive orders", "resend", "settle", "hold", "resume", "backfill"}
"""The operator's."""


class Sender:
    """The shop's webhooks: signed, repeated until they are taken, in any order, more than once."""

    def __init__(self, scene: "Scene") -> None:
        self.scene = scene
        self.busy = 0

    def announce(self, pk: int, event: str) -> None:
        """A change of an order becomes a webhook, sometimes more than one."""
        version = len(self.scene.shop.history[pk])
        fate = self.scene.fates.of("webhook.Announce", f"{pk}/{version}")
        if fate.fault == "dropped" or self._is_lost(pk, version, event):
            return
        about: dict[str, Any] = {"pk": pk}
        if fate.dice[3] < self.scene.plan.by_number:
            about = {"number": number_of(pk)}
        elif fate.dice[3] > 0.9:
            about["number"] = number_of(pk)
        delay = fate.dice[1] * 40 if fate.fault == "slow" else fate.before
        uuid = f"{pk}-{version}-00000000"
        self._send(uuid, event, about, version, delay)
        if fate.fault == "again":
            self._send(uuid, event, about, version, fate.dice[2] * 600)
        if fate.fault == "resweep":
            about = {"number": number_of(pk)} if fate.dice[0] < 0.5 else about
            self._send(f"{uuid}-again", event, about, version, fate.dice[2] * 600)

    def _is_lost(self, pk: int, version: int, event: str) -> bool:
        """Plans of cancellations have a weather of their own."""
        own = event in (pending.CREATED, pending.UPDATED)
        return own and self.scene.fates.of("plan.Announce", f"{pk}/{version}").fault == "dropped"

    def _send(
        self, uuid: str, event: str, about: dict[str, Any], version: int, delay: float
    ) -> None:
        self.busy += 1

        def send() -> None:
            self.scene.kernel.sleep(delay)
            self._until_taken(uuid, event, about, version)
            self.busy -= 1

        self.scene.kernel.spawn(f"sender of {uuid}", send)

    def _until_taken(self, uuid: str, event: str, about: dict[str, Any], version: int) -> None:
        scene = self.scene
        body = whisperer.Announcement(event=event, uuid=uuid, **about).body()
        body = pending.payload_of(event, body)
        if scene.undelivered.is_refused(uuid):
            scene.story.tell(f"webhook {uuid}: is refused, eighteen times")
            scene.undelivered.failed(uuid, about.get("pk"), version, body)
            return
        for attempt in range(MOST_TRIES):
            fate = scene.fates.of("webhook.Post", uuid)
            if fate.fault == "request lost":
                scene.story.call(fate, "is lost")
                scene.kernel.sleep(PATIENCE)
            else:
                status = self._post(uuid, event, body, version)
                if status is not None and 200 <= status < 300 and fate.fault != "answer lost":
                    scene.undelivered.taken(uuid)
                    return
            scene.undelivered.failed(uuid, about.get("pk"), version, body)
            scene.kernel.sleep(min(10.0 * 2**attempt, 600.0))

    def forge(self, secret: str) -> None:
        """Somebody else's webhook, signed with what is no secret, or none any more."""
        uuid = self.scene.fresh("forged")
        pk = next(iter(self.scene.shop.history), 1)
        body = whisperer.Announcement(pk=pk, uuid=uuid).body()
        self.scene.kernel.spawn(
            uuid, lambda: self._post(uuid, "order.updated", body, 0, secret=secret)
        )

    def _post(
        self, uuid: str, event: str, body: bytes, version: int, *, secret: str | None = None
    ) -> int | None:
        scene = self.scene
        headers = whisperer.headers(event, body, secret or scene.signing_secret)
        task = scene.webhook.invoke(
            {
                "version": "2.0", "isBase64Encoded": False, "body": body.decode("ascii"),
                "headers": {name.lower(): value for name, value in headers.items()},
                "requestContext": {"timeEpoch": (EPOCH + scene.kernel.now) * 1000},
            }
        )  # fmt: skip
        if not scene.kernel.wait(task, PATIENCE):
            scene.story.tell(f"webhook {uuid}: no answer in {PATIENCE:.0f} s")
            return None
        status = 502 if task.failure is not None else int(task.result["statusCode"])
        scene.story.tell(f"webhook {uuid}: {status}")
        scene.promises.answered(uuid, status, task.result, version)
        return status


class Erp:
    """It takes its documents at any moment, deletes them, and writes its code back."""

    def __init__(self, scene: "Scene") -> None:
        self.scene = scene

    def notice(self, key: str) -> None:
        """A document has come: sometimes it is imported within seconds."""
        dice = self.scene.fates.dice(f"erp {key} {len(self.scene.bucket.keys[key])}")
        if dice[0] < self.scene.plan.eager:
            self.scene.kernel.later(dice[1] * dice[1] * 20, lambda: self.take(key))

    def take_all(self) -> None:
        """Imports whatever lies there."""
        for key in self.scene.bucket.listed():
            self.take(key)

    def take(self, key: str) -> None:
        """Imports a document: it is deleted, and the order has a code now."""
        there = self.scene.bucket.current(key)
        if there is None or "document-id" not in there.metadata:
            return  # nothing, a delete marker, or no document: what is not ours has no marker
        document_id = there.metadata["document-id"]
        pk, route, _ = document_id.split("/")
        promises = self.scene.promises
        if promises.queued(route) and not promises.there(route).get(document_id):
            return  # no message has named it yet
        self.scene.story.tell(f"the ERP imports and deletes {key}")
        self.scene.bucket.write(key, Version(None, {}, self.scene.kernel.now))
        self.scene.deletions.notice(key)
        dice = self.scene.fates.dice(f"erp code {key}")
        if dice[0] < 0.5 and self.scene.shop.now(int(pk)).code is None:
            self.scene.shop.change(int(pk), code=f"ERP-{pk}")


class People:
    """The shop's staff and customers, and the operator of the adapter."""

    def __init__(self, scene: "Scene") -> None:
        self.scene = scene

    def act(self, event: Event) -> None:
        """Does what the event says."""
        scene, shop = self.scene, self.scene.shop
        scene.story.tell(f"* {event.kind} {event.pk or ''}")
        if event.pk and event.kind != "create" and event.pk not in shop.history:
            return  # the shrinker has taken its creation out
        match event.kind:
            case "create":
                placed = {"placed_at": backfill.OLD} if event.pk in scene.plan.old else {}
                rows = 3 if scene.plan.cancelled_to else 1
                shop.change(event.pk, status=str(event.value), rows=rows, **placed)
            case "approve" if shop.now(event.pk).status == "350":
                shop.change(event.pk, status="400")
            case "prepare" if shop.now(event.pk).status == "400":
                shop.change(event.pk, status="450")
            case "ship" if shop.now(event.pk).status in ("400", "450"):
                shop.change(event.pk, status="500")
            case "cancel" if shop.now(event.pk).status in ("350", "400", "450"):
                shop.change(event.pk, status="100", **self._decided(event))
            case "cancel item" if shop.now(event.pk).status != "100":
                cancelled = {*shop.now(event.pk).cancelled, event.value}
                shop.change(
                    event.pk, cancelled=tuple(sorted(cancelled)), **self._decided(event)
                )  # fmt: skip
            case "ask" if shop.now(event.pk).status in ("350", "400", "450"):
                asked = {*shop.now(event.pk).asked, event.value}
                shop.change(event.pk, asked=tuple(sorted(asked)), event=pending.CREATED)
            case "refuse" if event.value in shop.now(event.pk).asked:
                shop.change(event.pk, **self._decided(event))
            case "change":
                shop.change(event.pk, cents=event.value, row_cents=event.value)
            case "spoil":
                shop.change(event.pk, row_cents=shop.now(event.pk).cents + 1)
            case "unfit":
                shop.change(event.pk, notes=sequence.UNFIT)
            case "fit":
                shop.change(event.pk, notes=None)
            case "note":
                shop.change(event.pk, notes=f"not {event.at:.0f}")
            case "back":
                shop.change(event.pk, **before(shop.history[event.pk]))
            case "take elsewhere":
                scene.elsewhere.add(event.pk)
                shop.change(event.pk, is_send=True)
            case "import":
                scene.erp.take_all()
            case "recycle":
                scene.webhook.recycle()
                scene.deliver.recycle()
                scene.pickup.recycle()
            case "deploy":
                scene.release += 1
                scene.webhook.recycle()
                scene.deliver.recycle()
                scene.pickup.recycle()
            case "rotate secret":
                self._rotate_secret()
            case "rotate token":
                shop.old_tokens, shop.token = (shop.token,), f"jeton-{scene.fresh('token')}"
                scene.parameters["/sim/omnitron-token"] = shop.token
                scene.kernel.later(600, lambda: setattr(shop, "old_tokens", ()))
            case kind if kind in COMMANDS:
                scene.operator.act(event)
            case "hoax":
                # Somebody tries the pickup function with an event that is none.
                for key in self._places(event.pk):
                    scene.deletions.send(key)
            case "forge":
                scene.sender.forge("no secret")
            case "squat":
                for key in self._places(event.pk):
                    scene.bucket.write(key, Version(SQUATTER, {}, scene.kernel.now))
            case "clear":
                for key in self._places(event.pk):
                    versions = scene.bucket.keys.setdefault(key, [])
                    versions[:] = [each for each in versions if each.body != SQUATTER]
                    if not versions:
                        del scene.bucket.keys[key]

    def _decided(self, event: Event) -> dict[str, Any]:
        """What a decision changes of the cancellations that wait: a plan's, where one did."""
        now = self.scene.shop.now(event.pk)
        if event.value not in now.asked:
            return {}
        left = () if event.kind == "cancel" else set(now.asked) - {event.value}
        return {"asked": tuple(sorted(left)), "event": pending.UPDATED}

    def _places(self, pk: int) -> list[str]:
        return [f"documents/{name}/{number_of(pk)}-{pk}.txt" for name in NAMES]

    def _rotate_secret(self) -> None:
        """First the new one beside the old, then the shop signs with it, then the old one goes."""
        scene = self.scene
        old, new = scene.signing_secret, f"sir-{scene.fresh('secret')}"
        scene.parameters[f"/sim/webhook-secrets/{new}"] = new

        def switch() -> None:
            scene.signing_secret = new

        def remove() -> None:
            for name in [n for n, value in scene.parameters.items() if value == old]:
                del scene.parameters[name]
            scene.kernel.later(CACHE_SECONDS + 10, lambda: scene.sender.forge(old))

        scene.kernel.later(30, switch)
        scene.kernel.later(330, remove)
