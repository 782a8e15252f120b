"""Pick-up: the ERP deletes what it has taken, and a route may make `is_send` wait for that."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from emitted import Emitted
from erp_adapter.errors import AdapterError, Misconfigured, Unavailable
from erp_adapter.ledger import Entry
from erp_adapter.notification import Notification
from erp_adapter.unpicked import MOST_PAGES, Unpicked, look
from world import Killed, World, killed_at

PK = 1001
KEY = "documents/ubl/T1001-1001.xml"


def after_pickup(tables: dict[str, Any]) -> None:
    tables["route"][0]["acknowledge"] = "after-pickup"


@pytest.fixture
def patient(make_world: Callable[..., World]) -> World:
    """One route, to S3, that is acknowledged after its pick-up; its order is delivered."""
    world = make_world(change=after_pickup)
    world.new_order(PK)
    assert world.work(PK) == []
    return world


# ------------------------------------------------------------- what is_send waits for


def test_is_send_waits_for_the_pick_up(patient: World) -> None:
    assert list(patient.documents()) == [KEY]
    for _ in range(2):
        entry = patient.entry(PK)
        assert (entry.state, entry.acknowledged, entry.picked_up_at) == ("delivered", False, None)
        assert not patient.is_send(PK)
        assert patient.work(PK) == []
    assert patient.entry(PK).version == 2, "nothing was written while it waits"


def test_once_it_was_picked_up_the_shop_is_told(patient: World) -> None:
    patient.import_all()
    assert patient.work(PK) == []
    entry = patient.entry(PK)
    assert patient.is_send(PK)
    assert entry.acknowledged
    assert entry.picked_up_at
    assert entry.acknowledged_at
    assert patient.puts() == [KEY]


def test_while_s3_does_not_say_the_shop_is_told_nothing(patient: World) -> None:
    def down(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="s3")

    patient.import_all()
    patient.on("s3", "before-call.s3.HeadObject", down, retries=False)
    assert patient.work(PK) == [str(PK)]
    assert not patient.is_send(PK)
    patient.heal()
    assert patient.work(PK) == []
    assert patient.is_send(PK)


def test_what_lies_there_for_another_route_is_nothing_to_wait_for(
    make_world: Callable[..., World],
) -> None:
    """The copy's route acknowledges after its write: it is the first that is waited for."""
    world = make_world(("ubl-order", "csv-flat"), change=after_pickup)
    world.new_order(PK)
    assert world.work(PK) == []
    world.client("s3").delete_object(Bucket=world.bucket, Key=KEY)
    assert not world.is_send(PK)
    assert world.work(PK) == []
    assert world.is_send(PK)
    assert {route: entry.acknowledged for route, entry in world.entries(PK).items()} == {
        "ubl": True, "csv": True,
    }  # fmt: skip


def test_who_took_over_from_one_who_had_told_the_shop_looks_too(patient: World) -> None:
    """The entry is a dead claim, its document is taken, and the shop knows."""
    patient.import_all()
    held = patient.entry(PK)
    claimed = replace(held, state="claimed", claim="dead", lease_until=1, written_at=None)
    patient.ledger.put(claimed, replacing=held)
    patient.omnitron.shop.change(PK, is_send=True)
    assert patient.work(PK) == []
    entry = patient.entry(PK)
    assert (entry.state, entry.acknowledged) == ("delivered", True)
    assert entry.picked_up_at


def test_an_ordinary_route_is_not_looked_for(world: World) -> None:
    asked = list[str]()
    world.on("s3", "before-call.s3.HeadObject", lambda **_: asked.append("HEAD"), retries=False)
    world.new_order(PK)
    for _ in range(3):
        assert world.work(PK) == []
    assert asked == []


# ------------------------------------------------------------------ S3's event


def queued(world: World) -> list[Notification]:
    """The notifications on the queue, which is emptied."""
    return [Notification.from_json(each["Body"]) for each in world.taken(world.input_queue)]


def test_the_event_of_a_pick_up_has_the_shop_told(patient: World) -> None:
    assert patient.pick_up(KEY) == "picked up"
    entry = patient.entry(PK)
    assert entry.picked_up_at
    assert not entry.acknowledged
    [asked] = queued(patient)
    assert (asked.source, asked.pk) == ("pickup", PK)
    patient.batch(patient.record(PK, source="pickup"))
    assert patient.is_send(PK)
    assert patient.entry(PK).acknowledged


def test_an_event_that_comes_twice_is_one(patient: World) -> None:
    assert patient.pick_up(KEY) == "picked up"
    before = patient.entry(PK)
    assert patient.deleted(KEY, "2ee9cc15") == "picked up"
    assert patient.deleted(KEY, "2ee9cc15") == "picked up"
    assert patient.entry(PK) == before
    assert len(queued(patient)) == 2, "the queue knows an event that comes twice"
    patient.work(PK)
    assert patient.deleted(KEY) == "picked up"
    assert queued(patient) == [], "the shop knows it"


def test_an_event_is_a_hint_only(patient: World) -> None:
    """The document lies there, whatever the event says."""
    assert patient.deleted(KEY) == "there"
    assert patient.entry(PK).picked_up_at is None
    assert queued(patient) == []


@pytest.mark.parametrize(
    "key", ["documents/ubl/T1001-1002.xml", "documents/csv/T1001-1001.xml", "documents/ubl/x", ""]
)
def test_a_document_that_the_ledger_does_not_name_is_nobodys(patient: World, key: str) -> None:
    patient.import_all()
    assert patient.deleted(key) == "unknown"
    assert patient.entry(PK).picked_up_at is None


def test_a_route_that_does_not_wait_only_writes_it_down(world: World) -> None:
    world.new_order(PK)
    world.work(PK)
    assert world.pick_up(KEY) == "picked up"
    assert world.entry(PK).picked_up_at
    assert queued(world) == []


def test_a_document_is_found_by_its_pk_wherever_its_name_has_it(
    world: World,
) -> None:
    """`file_name` is the profile's; what was sent again has its revision behind the pk."""
    entry = Entry(order="1001", route="ubl", version=0, state="delivered", written_at=1)
    for name in ("1001-77-T9.xml", "T1001-1001.r2.xml", "T5-1001.r12.xml"):
        key = f"documents/ubl/{name}"
        world.client("s3").put_object(Bucket=world.bucket, Key=key)
        held = world.ledger.get("1001", "ubl")
        world.ledger.put(replace(entry, document=key), replacing=held)
        assert world.pick_up(key) == "picked up"
        assert world.entry(PK).picked_up_at


def test_what_is_being_delivered_is_left_to_the_story(patient: World) -> None:
    """The ERP was faster than the final write: that one must not find the entry changed."""
    patient.new_order(PK + 1)
    with killed_at(patient, "s3", "after-call.s3.PutObject", retries=False), suppress(Killed):
        patient.work(PK + 1)
    claimed = patient.entry(PK + 1)
    assert claimed.state == "claimed"
    assert patient.pick_up(str(claimed.document)) == "claimed"
    assert patient.entry(PK + 1) == claimed
    [asked] = queued(patient)
    overdue = replace(claimed, lease_until=1)
    patient.ledger.put(overdue, replacing=claimed)
    patient.batch(patient.record(PK + 1, source=asked.source))
    entry = patient.entry(PK + 1)
    assert (entry.state, entry.acknowledged) == ("delivered", True)
    assert entry.picked_up_at
    assert patient.is_send(PK + 1)


def test_what_was_erased_stays_forgotten(patient: World) -> None:
    before = patient.entry(PK)
    closed = patient.ledger.put(
        replace(before, state="settled", reason="erased"), replacing=before
    )  # fmt: skip
    assert patient.pick_up(KEY) == "closed"
    assert patient.entry(PK) == closed


def test_another_s_write_is_not_undone(patient: World) -> None:
    """Between look and write it was sent again: another document counts now."""

    def resent(**_: Any) -> None:
        held = patient.entry(PK)
        again = replace(held, document=KEY.replace(".xml", ".r2.xml"), revision=2)
        patient.ledger.put(again, replacing=held)

    patient.on("s3", "before-call.s3.HeadObject", resent)
    patient.client("s3").delete_object(Bucket=patient.bucket, Key=KEY)
    assert patient.deleted(KEY) == "moved on"
    assert patient.entry(PK).picked_up_at is None
    assert queued(patient) == []


def test_a_note_of_the_story_s_meanwhile_is_kept(patient: World) -> None:
    def noted(**_: Any) -> None:
        held = patient.entry(PK)
        patient.ledger.put(replace(held, code="ORDER_CHANGED", message="m"), replacing=held)

    patient.on("s3", "before-call.s3.HeadObject", noted)
    assert patient.pick_up(KEY) == "picked up"
    entry = patient.entry(PK)
    assert entry.picked_up_at
    assert entry.code == "ORDER_CHANGED"


@pytest.mark.parametrize(
    ("service", "event"),
    [
        ("dynamodb", "before-call.dynamodb.Query"), ("dynamodb", "before-call.dynamodb.PutItem"),
        ("s3", "before-call.s3.HeadObject"), ("sqs", "before-call.sqs.SendMessage"),
    ],
)  # fmt: skip
def test_what_fails_is_raised_so_that_lambda_tries_again(
    patient: World, emitted: Emitted, service: str, event: str
) -> None:
    def down(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url=service)

    patient.on(service, event, down)
    with pytest.raises(Unavailable):
        patient.pick_up(KEY)
    assert emitted.points()["Unavailable"] == [1]
    patient.heal()
    assert patient.deleted(KEY) == "picked up"
    assert [each.pk for each in queued(patient)] == [PK]
    patient.work(PK)
    assert patient.is_send(PK)


def test_the_function_starts_without_what_it_does_not_need() -> None:
    code = (
        "import sys, pickup; from erp_adapter import pickup, deployment;"
        "import erp_adapter.destination, erp_adapter.queue, erp_adapter.ledger, erp_adapter.aws;"
        "heavy = ('httpx', 'pydantic', 'lxml', 'boto3', 'erp_adapter.order');"
        "print([m for m in heavy if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )  # fmt: skip
    assert said.stdout.strip() == "[]"


# -------------------------------------------------------------- what nobody picked up


def test_a_lost_event_is_made_up_for_by_reconcile(patient: World) -> None:
    assert patient.walk()["enqueued"] == 0, "it lies there: nothing is to be looked at"
    patient.import_all()
    assert patient.walk()["enqueued"] == 1
    patient.batch(patient.record(PK, source="reconcile"))
    assert patient.is_send(PK)
    assert patient.walk()["waiting_in_shop"] == 0


def test_a_pick_up_whose_notification_got_lost_is_made_up_for_too(patient: World) -> None:
    patient.pick_up(KEY)
    assert len(queued(patient)) == 1
    assert patient.walk()["enqueued"] == 1


def test_an_order_waits_for_its_slowest_route(make_world: Callable[..., World]) -> None:
    """One route is done and counts; the order is looked at once the other's document is gone."""
    world = make_world(("ubl-order", "csv-flat"), change=after_pickup)
    world.new_order(PK)
    world.work(PK)
    assert world.walk()["enqueued"] == 0
    world.client("s3").delete_object(Bucket=world.bucket, Key=KEY)
    assert world.walk()["enqueued"] == 1


def test_while_s3_does_not_list_them_they_wait_and_the_shop_s_list_is_walked(
    patient: World, emitted: Emitted
) -> None:
    def down(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="s3")

    patient.import_all()
    patient.new_order(PK + 1)
    patient.on("s3", "before-call.s3.ListObjectsV2", down)
    report = patient.walk()
    assert (report["gap"], report["enqueued"]) == (1, 1)
    values = emitted.points()
    assert values["Unavailable"] == [1]
    assert "Unpicked" not in values
    patient.heal()
    assert patient.walk()["enqueued"] == 2


def test_the_alarm_s_numbers(world: World, emitted: Emitted) -> None:
    for pk in (1, 2, 3):
        world.new_order(pk)
    world.work(1, 2, 3)
    world.wrote("documents/ubl/T1-1.xml", 3600)
    world.wrote("documents/ubl/T2-2.xml", 3500)
    emitted.points()
    world.walk(dry_run=True)
    assert "Unpicked" not in emitted.points()
    world.walk()
    values = emitted.points()
    assert values["Unpicked"] == [1]
    assert values["OldestUnpicked"] == [pytest.approx(3600, abs=5)]
    [said] = world.lines("looked")[1:]
    assert (said["there"], said["whole"]) == (3, True)


def test_an_erp_that_only_copies_is_left_alone(
    make_world: Callable[..., World], emitted: Emitted
) -> None:
    world = make_world(PICKUP_MINUTES="0")
    world.new_order(PK)
    world.work(PK)
    asked = list[str]()
    world.on("s3", "before-call.s3.ListObjectsV2", lambda **_: asked.append("list"))
    world.walk()
    assert asked == []
    assert "Unpicked" not in emitted.points()


def test_what_is_waited_for_is_looked_for_without_an_alarm_too(
    make_world: Callable[..., World], emitted: Emitted
) -> None:
    world = make_world(change=after_pickup, PICKUP_MINUTES="0")
    world.new_order(PK)
    world.work(PK)
    world.import_all()
    assert world.walk()["enqueued"] == 1
    assert "Unpicked" not in emitted.points()


def test_many_documents_are_listed_page_by_page() -> None:
    bucket = Pages({f"documents/a/{number:04}.xml": 900 - number for number in range(900)})
    found = bucket.look(["documents/a/", "documents/b/"])
    assert (found.whole, len(found.written), bucket.asked) == (True, 900, 10)
    assert found.measured(500) == {"Unpicked": 401, "OldestUnpicked": 900}
    assert not found.gone("documents/a/0007.xml")
    assert found.gone("documents/a/0900.xml")
    assert found.gone("documents/b/1.xml")
    assert not found.gone("documents/c/1.xml"), "nobody has looked there"


def test_a_look_has_its_end() -> None:
    """What lies behind the last page is not known: it waits on."""
    bucket = Pages({f"documents/a/{number:04}.xml": 5 for number in range(3000)})
    found = bucket.look(["documents/a/", "documents/b/"])
    assert (found.whole, bucket.asked) == (False, MOST_PAGES)
    last = MOST_PAGES * 100 - 1
    assert f"documents/a/{last:04}.xml" in found.written
    assert found.gone("documents/a/0001-1.xml")
    assert not found.gone(f"documents/a/{last + 1:04}.xml")
    assert not found.gone("documents/b/1.xml")


def test_a_look_ends_in_time() -> None:
    bucket = Pages({f"documents/a/{number:04}.xml": 5 for number in range(900)})
    found = bucket.look(["documents/a/"], deadline=NOW + 3)
    assert (found.whole, bucket.asked) == (False, 4)


@pytest.mark.parametrize(
    ("status", "kind"), [(403, Misconfigured), (404, Misconfigured), (503, Unavailable)]
)
def test_a_list_that_s3_refuses(status: int, kind: type[AdapterError]) -> None:
    bucket = Pages({}, refusal=status)
    with pytest.raises(kind) as caught:
        bucket.look(["documents/a/"])
    assert caught.value.__context__ is None


NOW = 1_800_000_000


class Pages:
    """A bucket of which a page holds a hundred keys, and each takes a second. `ages`: seconds."""

    def __init__(self, ages: dict[str, int], refusal: int = 200) -> None:
        self.ages, self.refusal, self.asked = dict(sorted(ages.items())), refusal, 0

    def look(self, folders: list[str], deadline: float = NOW + 1000) -> Unpicked:
        return look(
            cast(Any, self), "b", folders, clock=lambda: NOW + self.asked, deadline=deadline
        )

    def list_objects_v2(self, *, Bucket: str, Prefix: str, StartAfter: str) -> dict[str, Any]:
        self.asked += 1
        if self.refusal != 200:
            answer: Any = {"ResponseMetadata": {"HTTPStatusCode": self.refusal}}
            raise ClientError(answer, "ListObjectsV2")
        found = [key for key in self.ages if key.startswith(Prefix) and key > StartAfter]
        contents = [
            {"Key": key, "LastModified": datetime.fromtimestamp(NOW + 10 - self.ages[key], UTC)}
            for key in found[:100]
        ]
        return {"Contents": contents, "IsTruncated": len(found) > 100}
