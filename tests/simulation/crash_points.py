"""Killed at any point, an order ends as if nobody had been killed.

The points are every call that the uninterrupted run makes, of the handlers to the services and of
the event source to the queue: the process dies before it, after it, or with the request on its way.
Then the platform retries, time passes, and the end is compared.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from simulation.cancelling import GONE
from simulation.plan import Event, Plan
from simulation.scene import Scene

PK: Final = 1001
CREATED: Final = Event(at=1.0, kind="create", pk=PK, value=400)
CANCELLED: Final = (
    CREATED, Event(at=700.0, kind="cancel item", pk=PK, value=1),
    Event(at=1400.0, kind="cancel", pk=PK),
)  # fmt: skip
"""Far enough from each other, so that a killed worker's work is done before the next."""
REVISED: Final = (CREATED, Event(at=700.0, kind="change", pk=PK, value=4711))
HELD: Final = (
    Event(at=0.0, kind="hold"), Event(at=300.0, kind="create", pk=PK, value=400),
    Event(at=900.0, kind="resume"),
)  # fmt: skip
"""A hold that was killed is not run again: then the order goes its way at once."""
OLD: Final = (
    *(Event(at=1.0, kind="create", pk=pk, value=400) for pk in (PK, PK + 1, PK + 2)),
    Event(at=300.0, kind="backfill"),
)  # fmt: skip
ASKED: Final = (
    CREATED, Event(at=310.0, kind="ask", pk=PK, value=1),
    Event(at=1000.0, kind="cancel item", pk=PK, value=1),
)  # fmt: skip
"""Two walks see that it waits, and two that it does no more: one of each may be killed."""
SCENARIOS: Final = {
    "S3": Plan(seed=1, destinations=("s3",)),
    "SQS": Plan(seed=2, destinations=("sqs",)),
    "S3, imported at once": Plan(seed=3, destinations=("s3",), eager=1.0),
    "two routes to S3": Plan(seed=4, destinations=("s3", "s3"), counts=(True, True), eager=1.0),
    "S3 and SQS": Plan(seed=5, destinations=("s3", "sqs"), counts=(True, True)),
    "SQS, a copy to S3 that does not count": Plan(
        seed=6, destinations=("sqs", "s3"), counts=(True, False)
    ),
    "a customer, then its order": Plan(
        seed=9, destinations=("s3", "s3"), counts=(True, True), in_sequence=True, eager=1.0
    ),
    "a customer, then its order, to SQS": Plan(
        seed=10, destinations=("sqs", "sqs"), counts=(True, True), in_sequence=True
    ),
    "acknowledged after its pick-up": Plan(seed=11, after_pickup=True, eager=1.0),
    "an item, then the order is cancelled": Plan(
        seed=12, destinations=("s3",), cancelled_to="s3", eager=1.0, events=CANCELLED
    ),
    "an item, then the order is cancelled, by SQS": Plan(
        seed=13, destinations=("sqs",), cancelled_to="sqs", events=CANCELLED
    ),
    "a customer and an order, both revised": Plan(
        seed=14,
        destinations=("s3", "s3"),
        counts=(True, True),
        in_sequence=True,
        revises=True,
        eager=1.0,
        events=REVISED,
    ),
    "the same, to SQS": Plan(
        seed=15,
        destinations=("sqs", "sqs"),
        counts=(True, True),
        in_sequence=True,
        revises=True,
        events=REVISED,
    ),
    "revised, then cancelled": Plan(
        seed=16,
        destinations=("s3", "s3"),
        counts=(True, True),
        in_sequence=True,
        revises=True,
        eager=1.0,
        cancelled_to="s3",
        events=(*REVISED, Event(at=1400.0, kind="cancel", pk=PK)),
    ),
    "held, then resumed": Plan(seed=17, destinations=("s3",), events=HELD),
    "asked for by a backfill": Plan(seed=18, old=(PK, PK + 1, PK + 2), events=OLD),
    "its cancellation decided, the webhook lost": Plan(
        seed=19,
        cancelled_to="s3",
        pending="says",
        reconcile=300.0,
        events=ASKED,
        forced={f"plan.Announce {PK}/4 #1": "dropped"},
    ),
    "changed after its delivery, the webhook refused": Plan(
        seed=20,
        revises=True,
        shop_clock=0.0,
        reconcile=300.0,
        events=REVISED,
        forced={f"refused.Announce {PK}-3-00000000 #1": "every try"},
    ),
    "inline": Plan(seed=7, mode="inline", destinations=("s3",), eager=1.0),
    "by reconcile, its webhook lost": Plan(
        seed=8, reconcile=120.0, forced={f"webhook.Announce {PK}/1 #1": "dropped"}
    ),
}

KILLS: Final = {
    "source.Receive": ("answer lost",),
    "source.Delete": ("request lost",),
    "webhook": (),
    "event": (),
    "plan": (),
    "refused": (),
}
"""Where there is no process of ours to kill: the poller dies with what it has received, or before
it deletes what is done. The shop's sender is not ours."""
READS: Final = (
    "HeadObject", "GetItem", "Query", "BatchGetItem", "Scan", "GetParameter", "GetQueueAttributes",
    "omnitron.detail", "omnitron.items", "omnitron.discounts", "omnitron.list",
    "omnitron.webhooks",
)  # fmt: skip


@dataclass(frozen=True)
class End:
    """What is left of a run: nothing of it depends on how it came to it."""

    documents: dict[str, list[tuple[str, bytes | None]]]
    messages: list[tuple[str, str]]
    ledger: dict[tuple[str, str], dict[str, Any]]
    is_send: bool
    left_on_queues: int


LASTING: Final = (
    "state",
    "reason",
    "code",
    "items",
    "acknowledged",
    "content_id",
    "document",
    "sha256",
    "profile",
)


def end_of(plan: Plan) -> tuple[Scene, End]:
    """Lets the plan happen."""
    length = 900.0 + (plan.events[-1].at if plan.events else 0.0)
    scene = Scene(replace(plan, events=plan.events or (CREATED,), length=length)).run_alone()
    documents = {
        name: [(key, version.body) for key, version in versions]
        for name, versions in scene.bucket.documents().items()
    }
    ledger = {
        key: {name: scene.table.plain(*key).get(name) for name in LASTING}
        for key in sorted(scene.table.items)
        if key[1] != "cursor"
    }
    return scene, End(
        documents=documents,
        messages=[(m.attributes["document_id"], m.body) for m in scene.output.taken],
        ledger=ledger,
        is_send=scene.shop.now(PK).is_send,
        left_on_queues=len(scene.inbound.messages) + len(scene.dead.messages),
    )


def points_of(names: list[str]) -> list[tuple[str, str]]:
    """Each call with each way to die at it."""
    points = []
    for name in names:
        kinds: tuple[str, ...] = ("crash before", "crash after")
        if not any(read in name for read in READS) and not name.startswith("omnitron"):
            kinds += ("crash in flight",)
        for operation, instead in KILLS.items():
            if name.startswith(operation):
                kinds = instead
        points += [(name, kind) for kind in kinds]
    return points


def differing(scenario: str) -> tuple[int, list[str]]:
    """How many points the scenario has, and the stories of those whose end is another."""
    plan = SCENARIOS[scenario]
    whole, wanted = end_of(plan)
    assert wanted.is_send
    assert wanted.left_on_queues == 0
    assert not plan.cancelled_to or (str(PK), GONE) in wanted.ledger
    assert all(entry["state"] == "delivered" for entry in wanted.ledger.values())
    points, stories = points_of(whole.fates.names), list[str]()
    for name, kind in points:
        scene, end = end_of(replace(plan, forced={**plan.forced, name: kind}))
        assert f"{name}: {kind}" in scene.fates.happened
        if end != wanted:
            stories.append(f"{name}: {kind}\n{end}\n{scene.story.text()}\n{wanted}")
    return len(points), stories
