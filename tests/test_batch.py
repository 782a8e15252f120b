"""A batch: grouped by order, one fetch a group, one order's trouble nobody else's."""

import json
import time
from typing import Any

import deliver
import pytest
from erp_adapter import deployment
from erp_adapter.delivery.batch import Ended, Group, failures, group, wait_before_retry
from erp_adapter.delivery.outcome import Outcome
from erp_adapter.errors import OmnitronUnavailable
from erp_adapter.notification import Notification
from world import World, context


def test_records_of_one_order_are_one_fetch(world: World) -> None:
    world.new_order(1)
    assert world.batch(*[world.record(1) for _ in range(10)]) == set()
    assert world.omnitron.traffic.calls["detail"] == 1
    assert len(world.puts()) == 1


def test_one_order_s_trouble_is_nobody_else_s(world: World) -> None:
    pks = [world.new_order(pk) for pk in range(1, 10)]
    world.new_order(10, currency="lira")
    missing = world.record(99)
    foreign = {**world.record(5), "body": "{}"}
    records = [world.record(pk) for pk in (*pks, 10)]
    assert world.batch(*records, missing, foreign) == {missing["messageId"], foreign["messageId"]}
    assert len(world.puts()) == 9


def test_all_records_of_a_failed_order_stay(world: World) -> None:
    world.new_order(1)
    records = [world.record(99), world.record(1), world.record(99)]
    assert world.batch(*records) == {records[0]["messageId"], records[2]["messageId"]}


def test_an_unforeseen_exception_is_its_order_s_alone_and_leaves_no_input_in_the_log(
    world: World,
) -> None:
    world.new_order(1)
    world.new_order(2)

    def explode(params: dict[str, Any], **_: Any) -> None:
        if "-1." in params["url_path"]:
            raise ZeroDivisionError("Deneme Alıcı")

    world.on("s3", "before-call.s3.PutObject", explode, retries=False)
    records = [world.record(1), world.record(2)]
    assert world.batch(*records) == {records[0]["messageId"]}
    [line] = [line for line in world.lines("order") if "kind" in line]
    assert (line["order"], line["kind"]) == ("1", "ZeroDivisionError")
    assert any(frame.startswith("erp_adapter.destination:") for frame in line["where"])
    assert "Deneme" not in world.log.getvalue()


def test_nothing_begins_without_the_time_to_end_it(world: World) -> None:
    world.new_order(1)
    record = world.record(1)
    assert world.batch(record, seconds=deployment.PUT_SECONDS) == {record["messageId"]}
    assert world.puts() == []


def test_a_broken_routes_file_keeps_every_record(world: World) -> None:
    world.new_order(1)
    (world.folder / "routes.toml").write_text("nonsense = 1")
    record = world.record(1)
    assert world.batch(record) == {record["messageId"]}


def test_an_event_without_records_is_no_success() -> None:
    with pytest.raises(KeyError):
        deliver.handler({}, context())


def test_what_is_counted_is_a_metric(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.new_order(1)
    world.new_order(2, amount="1.00")
    world.batch(world.record(1), world.record(2), world.record(3))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [emf] = [line for line in lines if "_aws" in line]
    assert {name: emf[name] for name in ("Delivered", "Rejected", "Unavailable")} == {
        "Delivered": [1.0], "Rejected": [1.0], "Unavailable": [1.0],
    }  # fmt: skip


def test_the_answer_s_shape() -> None:
    assert failures([{"messageId": "a"}]) == {"batchItemFailures": [{"itemIdentifier": "a"}]}
    assert failures([]) == {"batchItemFailures": []}


def test_the_oldest_record_counts_the_tries() -> None:
    def record(tries: int) -> dict[str, Any]:
        body = notification().to_json()
        return {"messageId": "m", "body": body, "attributes": {"ApproximateReceiveCount": tries}}

    [only], foreign = group([record(3), record(1)])
    assert (only.tries, foreign) == (3, [])


def notification() -> Notification:
    return Notification(uuid="a" * 32, event="order.updated", pk=1, number=None, announced_at=1)


@pytest.mark.parametrize(
    ("tries", "asked", "jitter", "seconds"),
    [
        (1, None, 1.0, 5), (1, None, 0.0, 2), (2, None, 1.0, 20), (3, None, 1.0, 80),
        (9, None, 1.0, 900), (1, 30.0, 0.0, 30), (1, 30.0, 1.0, 33), (1, 99999.0, 0.0, 900),
    ],
)  # fmt: skip
def test_the_wait_grows_and_is_no_shorter_than_asked(
    tries: int, asked: float | None, jitter: float, seconds: int
) -> None:
    error = OmnitronUnavailable("…", retry_after=asked)
    own = Group(order="1", notification=notification(), records=(), tries=tries)
    ended = Ended(group=own, outcome=Outcome(pk=1, number=None, errors=(error,)))
    assert wait_before_retry(ended, 5, jitter) == seconds


def test_a_failed_message_is_seen_again_when_it_is_worth_it(world: World) -> None:
    """Through a real queue: announced, failed, and hidden for as long as the shop asked."""
    world.announce(7)
    [message] = world.client("sqs").receive_message(
        QueueUrl=world.input_queue, AttributeNames=["All"]
    )["Messages"]
    record = {
        "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"], "attributes": message["Attributes"],
    }  # fmt: skip
    assert world.batch(record) == {message["MessageId"]}
    assert world.received(world.input_queue), "RETRY_SECONDS is 0 here: it is there again at once"


def test_what_an_earlier_fetch_saw_is_not_fetched_again(world: World) -> None:
    """Announced as long ago as the queue delays it: the first fetch has seen it."""
    world.new_order(1)
    began = time.time()
    assert world.batch(world.record(1)) == set()
    assert world.batch(*[world.record(1, sent=began - 4) for _ in range(10)]) == set()
    assert world.omnitron.traffic.calls["detail"] == 1
    assert world.lines("order")[-1]["covered"]
    ended = time.time()
    assert world.batch(world.record(1, sent=ended - 3.9, announced_at=int(ended) - 6)) == set()
    assert world.omnitron.traffic.calls["detail"] == 2, "it may have been announced since"
    asked = world.record(1, sent=ended - 6, source="redrive")
    assert world.batch(asked) == set()
    assert world.omnitron.traffic.calls["detail"] == 3, "a person asks"


def test_what_failed_covers_nothing(world: World) -> None:
    world.new_order(1)
    old = time.time() - 6
    world.omnitron.traffic.fail("patch", status=500)
    for _ in range(2):
        assert len(world.batch(world.record(1, sent=old))) == 1
    world.heal()
    assert world.batch(world.record(1, sent=old)) == set()
    assert world.is_send(1)
