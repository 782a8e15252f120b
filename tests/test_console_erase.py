"""`erp-adapter erase`: nothing of the order is kept but a tombstone, and it is never sent again."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from erp_adapter.ledger import NO_ROUTE, Entry
from erp_console.deployed import Deployed
from erp_console.erasing import erase_messages, erase_order
from erp_console.named_orders import find
from operated import Operated
from world import Killed, World, killed_at

LATER: list[dict[str, Any]] = [
    {}, {"notes": "anders"}, {"status": "100"}, {"status": "450", "is_send": False},
]  # fmt: skip


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """For SQS's other servers: moto is one."""
    monkeypatch.setattr("erp_console.erasing.WAIT_SECONDS", 0)


def versions(world: World) -> list[str]:
    """The keys of every version and every delete marker that the bucket holds."""
    found = world.client("s3").list_object_versions(Bucket=world.bucket)
    return [each["Key"] for kind in ("Versions", "DeleteMarkers") for each in found.get(kind, [])]


def items(world: World) -> list[dict[str, Any]]:
    """The ledger, as it lies there."""
    found: list[dict[str, Any]] = world.client("dynamodb").scan(TableName=world.table)["Items"]
    return found


def hear_more(world: World, pk: int) -> None:
    """Whatever the shop may say of the order from now on."""
    for changes in LATER:
        world.omnitron.shop.change(pk, **changes)
        world.work(pk)
        world.work(pk, tries=2)


def everywhere(world: World) -> dict[str, str]:
    """All that AWS holds, to see that nothing changed."""
    s3 = world.client("s3").list_object_versions(Bucket=world.bucket)
    kept = {kind: s3.get(kind) for kind in ("Versions", "DeleteMarkers")}
    queues = [len(world.received(url)) for url in (world.input_queue, world.output_queue)]
    return {"s3": str(kept), "ledger": str(items(world)), "queues": str(queues)}


def test_an_order_that_the_erp_took_is_erased_and_never_sent_again(operated: Operated) -> None:
    world = operated.world
    for pk in (1, 12, 2):
        world.new_order(pk)
        world.work(pk)
    world.import_all()
    operated.said("resend", "1", "--reason", "restored")
    before = everywhere(world)
    dry = operated.said("erase", "T1", "--dry-run")
    assert dry["counts"] == {"would be erased": 1}
    assert "2 versions, 1 delete markers, which the ERP has not taken" in dry["orders"][0]["said"]
    assert everywhere(world) == before
    assert operated.said("erase", "T1")["counts"] == {"erased": 1}
    left = [f"documents/ubl/T{pk}-{pk}.xml" for pk in (12, 2)]
    assert sorted(set(versions(world))) == sorted(left)
    [stone] = [item for item in items(world) if item["order"]["S"] == "1"]
    assert set(stone) == {
        "order", "route", "version", "state", "reason", "acknowledged", "revision", "by",
        "written_at", "acknowledged_at", "updated_at",
    }  # fmt: skip
    hear_more(world, 1)
    assert sorted(set(versions(world))) == sorted(left)
    assert [item for item in items(world) if item["order"]["S"] == "1"] == [stone]
    assert world.is_send(1), "a tombstone that the shop does not know of is acknowledged"
    assert operated.said("erase", "1")["counts"] == {"erased before": 1}
    assert "never sent" in operated.run("status", "1").output


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"amount": "17.40"}, "rejected"),
        ({"status": "350"}, "settled"),
        ({"status": "500"}, "missed"),
    ],
)
def test_an_order_that_was_never_sent_will_not_be(
    operated: Operated, changes: dict[str, Any], state: str
) -> None:
    world = operated.world
    sound = world.omnitron.shop.order(world.new_order(1))
    world.new_order(1, **changes)
    world.work(1)
    assert world.entry(1).state == state
    assert operated.said("erase", "1")["counts"] == {"erased": 1}
    world.omnitron.shop.change(1, **{name: sound[name] for name in changes})
    hear_more(world, 1)
    assert (world.puts(), world.entry(1).reason) == ([], "erased")
    assert '"T1"' not in json.dumps(items(world))


def test_what_was_kept_under_the_number_goes_too(operated: Operated) -> None:
    world = operated.world
    world.new_order(1)
    world.work(1)
    for order in ("1", "number:T1", "number:T2"):
        entry = Entry(
            order=order, route=NO_ROUTE, version=0, state="rejected", number=order[-2:].strip(":"),
            code="INVALID_VALUE", message="Said about somebody.", found="11 characters",
        )  # fmt: skip
        world.ledger.put(entry, replacing=None)
    assert operated.said("erase", "T1")["counts"] == {"erased": 2}
    assert [item for item in items(world) if "T1" in json.dumps(item)] == []
    assert operated.said("erase", "number:T2")["counts"] == {"erased": 1}
    assert {item["order"]["S"] for item in items(world)} == {"1"}


def test_nothing_is_erased_while_a_delivery_has_a_claim(operated: Operated) -> None:
    """Its document may be on its way; and who took over would find that nothing landed."""
    world = operated.world
    world.new_order(1)
    with killed_at(world, "s3", "after-call.s3.PutObject", retries=False):
        world.work(1)
    assert world.entry(1).state == "claimed"
    before = everywhere(world)
    assert operated.said("erase", "1", code=1)["counts"] == {"busy": 1}
    assert everywhere(world) == before


def test_an_erasure_killed_anywhere_ends_the_same(operated: Operated) -> None:
    """At no moment does the ERP meet a document that it had imported, nor the worker a reason to
    make another one."""
    world, kills = operated.world, 0

    def erase(deployed: Deployed, pk: int) -> None:
        chosen = find(deployed.ledger, [f"pk:{pk}"], one_each=True)
        erase_order(deployed, chosen[0], dry=False)

    while True:
        pk = world.new_order(kills + 1)
        world.work(pk)
        world.import_all()
        watched, seen = operated.watched(kills)
        try:
            erase(watched, pk)
            break
        except Killed:
            assert world.documents() == {}
            world.work(pk)
            assert world.documents() == {}
            erase(operated.deployed, pk)
            world.work(pk)
            assert versions(world) == []
            assert world.entry(pk).document is None
            kills += 1
    assert kills == len(seen) > 10


def test_messages_of_the_order_go_and_others_stay(operate: Callable[..., Operated]) -> None:
    operated = operate(destination="sqs")
    world = operated.world
    for pk in (1, 2):
        world.new_order(pk)
        world.work(pk)
    operated.bury(1, 2)
    assert operated.said("erase", "1")["counts"] == {"erased": 1, "message erased": 2}
    [left] = world.received(world.output_queue)
    assert left["MessageAttributes"]["document_id"]["StringValue"] == "2/ubl/1"
    [dead] = world.received(operated.deployed.dlq_url)
    assert json.loads(dead["Body"])["pk"] == 2
    hear_more(world, 1)
    assert len(world.received(world.output_queue)) == 1


def test_what_was_too_large_for_a_message_goes_too(operate: Callable[..., Operated]) -> None:
    operated = operate(destination="sqs")
    world, s3 = operated.world, operated.world.client("s3")
    world.new_order(1)
    world.work(1)
    entry = world.entry(1)
    assert entry.document
    other = f"documents/ubl/{'0f' * 8}/T1-1.xml"
    elses = f"documents/ubl/{'0f' * 8}/T1-11.xml"
    for key in (entry.document, other, elses):
        s3.put_object(Bucket=world.bucket, Key=key, Body=b"x")
    erase_order(operated.deployed, find(world.ledger, ["1"])[0], dry=False)
    assert versions(world) == [elses]


def test_who_may_not_erase_hears_who_may(operated: Operated) -> None:
    world = operated.world
    world.new_order(1)
    world.work(1)

    def deny(**_: Any) -> Any:
        key = versions(world)[0]
        return SimpleNamespace(status_code=200), {
            "Errors": [{"Key": key, "Code": "AccessDenied"}],
            "ResponseMetadata": {},
        }

    deployed = operated.deployed
    client = deployed.aws.client("s3")
    client.meta.events.register("before-call.s3.DeleteObjects", deny)
    with pytest.raises(Exception, match="EraserArn"):
        erase_order(deployed, find(world.ledger, ["1"])[0], dry=False)
    client.meta.events.unregister("before-call.s3.DeleteObjects", deny)
    assert world.entry(1).document, "where it lies is known until it is gone"
    assert operated.said("erase", "T1")["counts"] == {"erased": 1}
    assert versions(world) == []
    assert erase_messages(deployed, []) == []
