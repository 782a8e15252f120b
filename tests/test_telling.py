"""What operators get to hear: data points of what is new, and a message for each rejection."""

import json
import time
from collections.abc import Callable
from typing import Any

import deliver
import pytest
from botocore.exceptions import EndpointConnectionError
from emitted import Emitted
from erp_adapter.delivery import Outcome, RouteOutcome
from erp_adapter.delivery.telling import tell
from erp_adapter.metrics import METRICS, emit
from world import World

TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"


@pytest.fixture
def loud(make_world: Callable[..., World]) -> World:
    """A world with an alarm topic, and a queue that hears it."""
    world = make_world(ALARM_TOPIC_ARN=TOPIC)
    world.client("sns").create_topic(Name="alarms")
    world.client("sqs").create_queue(QueueName="mail")
    world.client("sns").subscribe(
        TopicArn=TOPIC, Protocol="sqs", Endpoint="arn:aws:sqs:eu-central-1:123456789012:mail"
    )
    return world


def mail(world: World) -> list[dict[str, Any]]:
    """What the topic has sent, which is taken away."""
    url = world.client("sqs").get_queue_url(QueueName="mail")["QueueUrl"]
    return [json.loads(each["Body"]) for each in world.taken(url)]


# ------------------------------------------------------------------ data points


def test_a_document_counts_once_whatever_comes_after(world: World, emitted: Emitted) -> None:
    world.new_order(1)
    announced = int(time.time()) - 7
    world.batch(world.record(1, announced_at=announced))
    points = emitted.points()
    assert points["Delivered"] == [1]
    assert points["SecondsToDocument"] == [(world.entry(1).written_at or 0) - announced]
    world.batch(world.record(1, sent=time.time() + 60))
    assert emitted.points() == {}, "the order was fetched again, and nothing is new"
    world.omnitron.shop.change(1, amount="16.41")
    for expected in ({"ChangedAfterDelivery": [1]}, {}):
        world.batch(world.record(1, sent=time.time() + 60))
        assert emitted.points() == expected
    world.omnitron.shop.change(1, status="100")
    world.batch(world.record(1, sent=time.time() + 60))
    assert emitted.points() == {"CancelledAfterDelivery": [1]}


def test_the_time_parked_is_part_of_the_time_to_the_document(
    world: World, emitted: Emitted
) -> None:
    world.new_order(1)
    world.omnitron.traffic.fail("detail", status=500)
    noon = int(time.time()) - 3600
    world.batch(world.record(1, tries=4, announced_at=noon))
    assert emitted.points() == {"Unavailable": [1], "Parked": [1], "OmnitronUnavailable": [1]}
    world.batch(world.record(1, tries=4, source="reconcile"))
    world.heal()
    emitted.points()
    world.batch(world.record(1, source="reconcile"))
    assert emitted.points()["SecondsToDocument"][0] >= 3600


def test_an_order_that_only_reconcile_knows_has_no_time(world: World, emitted: Emitted) -> None:
    world.new_order(1)
    world.batch(world.record(1, source="reconcile"))
    assert emitted.points() == {"Delivered": [1]}


def test_every_webhook_of_a_batch_counts_from_the_first(world: World, emitted: Emitted) -> None:
    world.new_order(1)
    now = int(time.time())
    world.batch(*(world.record(1, announced_at=now - ago) for ago in (5, 90, 1)))
    assert emitted.points()["SecondsToDocument"][0] >= 90


def test_the_same_rejection_counts_once_and_another_one_again(
    world: World, emitted: Emitted
) -> None:
    world.new_order(1, amount="16.41")
    for announced, expected in ((1, {"Rejected": [1]}), (2, {})):
        world.batch(world.record(1, announced_at=announced))
        assert emitted.points() == expected
    world.omnitron.shop.change(1, amount="16.42")
    world.batch(world.record(1, sent=time.time() + 60))
    assert emitted.points() == {"Rejected": [1]}


def test_the_receiver_counts_what_it_took_and_whom_it_refused(
    world: World, emitted: Emitted
) -> None:
    world.announce(1)
    world.post(b"{}", {"x-whisperer-signature": "sha256=00"})
    world.announce(event="order.created")
    assert emitted.points() == {"Announced": [1], "Unverified": [1], "Malformed": [1]}


def test_inline_counts_the_same(make_world: Callable[..., World], emitted: Emitted) -> None:
    world = make_world(PROCESSING_MODE="inline")
    world.new_order(1)
    world.announce(1)
    points = emitted.points()
    assert (points["Announced"], points["Delivered"]) == ([1], [1])


def test_a_name_that_alarms_do_not_know_is_a_bug() -> None:
    with pytest.raises(KeyError):
        emit("world", {"Deliverd": [1]})


def test_nothing_is_written_where_nothing_happened(emitted: Emitted) -> None:
    emit("world", {"Delivered": []})
    assert emitted.lines() == []


def test_one_dimension_and_units_that_cloudwatch_knows(world: World, emitted: Emitted) -> None:
    emit("world", {name: [1.0] for name in METRICS})
    [line] = emitted.lines()
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("ErpAdapter", [["stack"]])
    assert line["stack"] == "world"
    assert {m["Name"]: m["Unit"] for m in directive["Metrics"]} == {
        name: metric.unit for name, metric in METRICS.items()
    }


# ------------------------------------------------------------------ messages


def test_a_rejection_is_told_once_with_its_number_and_no_name(loud: World) -> None:
    pk = loud.new_order(1, amount="16.41")
    loud.batch(loud.record(pk))
    [message] = mail(loud)
    order = loud.omnitron.shop.order(pk)
    assert message["Subject"] == "world: TOTALS_MISMATCH"
    assert order["number"] in message["Message"]
    assert "docs/runbook.md#totals_mismatch" in message["Message"]
    assert str(loud.entry(pk).message) in message["Message"]
    customer = order["customer"]
    for name in (customer["first_name"], customer["last_name"], customer["email"]):
        assert name not in json.dumps(message, ensure_ascii=False)
    [line] = loud.lines("rejected")
    assert (line["order"], line["code"]) == ("1", "TOTALS_MISMATCH")
    loud.batch(loud.record(pk, source="reconcile", announced_at=1))
    assert mail(loud) == []
    assert len(loud.lines("rejected")) == 1


@pytest.mark.parametrize(
    ("change", "code", "what"),
    [
        ({"notes": "Zili çalmayın"}, "ORDER_CHANGED", "It differs in notes (content "),
        ({"status": "100"}, "CANCELLED_AFTER_DELIVERY", "is not what the ERP got"),
    ],
)
def test_what_comes_after_the_delivery_is_told_once_by_name_and_never_by_value(
    loud: World, change: dict[str, Any], code: str, what: str
) -> None:
    pk = loud.new_order(1)
    loud.batch(loud.record(pk))
    assert mail(loud) == []
    loud.omnitron.shop.change(pk, **change)
    for announced in (1, 2):
        loud.batch(loud.record(pk, source="reconcile", announced_at=announced))
    [message] = mail(loud)
    assert message["Subject"] == f"world: {code}"
    assert what in message["Message"]
    assert ("now " in message["Message"]) == (loud.entry(pk).path is not None)
    assert f"docs/runbook.md#{code.lower()}" in message["Message"]
    [line] = loud.lines("after delivery")
    assert (line["code"], line.get("path")) == (code, loud.entry(pk).path)
    assert "Zili" not in json.dumps([message, line], ensure_ascii=False)


def test_what_the_shop_does_not_know_is_told_once(loud: World) -> None:
    for announced in (1, 2):
        loud.batch(loud.record(404, tries=4, source="reconcile", announced_at=announced))
    [message] = mail(loud)
    assert "before its routes were known" in message["Message"]


def test_twelve_rejections_of_a_batch_are_twelve_messages(make_world: Callable[..., World]) -> None:
    world = make_world(("ubl-order", "csv-flat"), ALARM_TOPIC_ARN=TOPIC)
    world.client("sns").create_topic(Name="alarms")
    world.client("sqs").create_queue(QueueName="mail")
    world.client("sns").subscribe(
        TopicArn=TOPIC, Protocol="sqs", Endpoint="arn:aws:sqs:eu-central-1:123456789012:mail"
    )
    world.batch(*(world.record(world.new_order(pk, amount="16.41")) for pk in range(1, 7)))
    assert len(mail(world)) == 12


def test_without_a_topic_nobody_is_asked(world: World) -> None:
    world.on("sns", "before-call.sns", lambda **_: pytest.fail("asked"), retries=False)
    world.batch(world.record(world.new_order(1, amount="16.41")))
    assert world.entry(1).state == "rejected"


@pytest.mark.parametrize("fault", ["no topic", "no network"])
def test_a_topic_that_does_not_take_it_is_in_nobody_s_way(
    make_world: Callable[..., World], fault: str
) -> None:
    world = make_world(ALARM_TOPIC_ARN=TOPIC)
    if fault == "no network":

        def refuse(**_: Any) -> None:
            raise EndpointConnectionError(endpoint_url="https://sns")

        world.on("sns", "before-send.sns", refuse, retries=False)
    world.new_order(2)
    records = [world.record(world.new_order(1, amount="16.41")), world.record(2)]
    assert world.batch(*records) == set()
    assert (world.entry(1).state, world.entry(2).state) == ("rejected", "delivered")
    [line] = world.lines("the alarm topic did not take a message")
    assert line["codes"] == ["NotFound" if fault == "no topic" else "EndpointConnectionError"]


def test_when_time_is_short_the_topic_is_left_out(loud: World) -> None:
    outcome = Outcome(
        pk=1,
        number="A1",
        routes=(RouteOutcome(route="ubl", state="rejected", code="NO_LINES", news=True),),
    )
    tell([outcome], deliver.logger, deadline=time.time() - 1)
    assert mail(loud) == []
    assert loud.lines("no time left to tell the alarm topic")[0]["left"] == 1
