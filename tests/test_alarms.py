"""Each alarm of template.yaml rings for its fault and falls silent again; none rings on a good day.

Data points are what the handlers truly emit in each fault, or the service metric that an alarm
stands for, laid on a time line of minutes.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import deliver
import pytest
from alarm_evaluation import Alarm, Point, evaluate, metric, read, states
from botocore.exceptions import EndpointConnectionError
from emitted import Emitted
from erp_adapter.errors import DestinationUnavailable
from erp_adapter.ledger import Hold
from erp_adapter.metrics import METRICS
from stack import ROOT
from template import RESOURCES, TEMPLATE
from world import World, context

ALARMS = [n for n, r in RESOURCES.items() if r["Type"] == "AWS::CloudWatch::Alarm"]
HOUR = 60
BEGIN = 3 * HOUR
"""Minute at which the fault begins."""


@dataclass
class Day:
    """A world and a time line in minutes."""

    world: World
    emitted: Emitted
    points: list[Point] = field(default_factory=list)

    def at(self, minute: float) -> None:
        """Lays what the handlers have emitted since the last time onto this minute."""
        for line in self.emitted.lines():
            [directive] = line["_aws"]["CloudWatchMetrics"]
            [names] = directive["Dimensions"]
            dimensions = {name: line[name] for name in names}
            for each in directive["Metrics"]:
                own = metric(directive["Namespace"], each["Name"], **dimensions)
                self.points += [Point(own, minute * 60, value) for value in line[each["Name"]]]

    def service(self, minute: float, namespace: str, name: str, value: float, **of: str) -> None:
        """A data point of AWS's own."""
        self.points.append(Point(metric(namespace, name, **of), minute * 60, value))


def healthy(day: Day, first: int, last: int, *, webhooks: bool = True, walks: bool = True) -> None:
    """Good minutes: every five an order comes, is delivered, and the list is walked."""
    lines: list[Point] = []
    pk = day.world.new_order(first + 1_000_000)
    if webhooks:
        day.world.announce(pk)
    day.world.work(pk)
    if walks:
        day.world.walk()
    at = len(day.points)
    day.at(0)
    lines, day.points[at:] = day.points[at:], []
    for minute in range(first, last, 5):
        day.points += [replace(point, at=minute * 60) for point in lines]
        day.service(minute, "AWS/SQS", "ApproximateAgeOfOldestMessage", 6, QueueName="InboundQueue")
        day.service(minute, "AWS/SQS", "ApproximateAgeOfOldestMessage", 6, QueueName="OutputQueue")
        day.service(minute, "AWS/Lambda", "AsyncEventsDropped", 0, FunctionName="PickupFunction")
        day.service(
            minute, "AWS/SQS", "ApproximateNumberOfMessagesVisible", 0, QueueName="DeadLetterQueue"
        )
        day.service(minute, "AWS/ApiGateway", "5xx", 0, ApiId="WebhookApi")
        for function in ("WebhookFunction", "DeliverFunction", "ReconcileFunction"):
            for name in ("Errors", "Throttles"):
                day.service(minute, "AWS/Lambda", name, 0, FunctionName=function)


# ------------------------------------------------------------------ the faults: each gives its end


def rejected(day: Day) -> int:
    day.world.batch(day.world.record(day.world.new_order(1, amount="16.41")))
    return _laid(day)


def missed(day: Day) -> int:
    day.world.batch(day.world.record(day.world.new_order(1, status="500")))
    return _laid(day)


def changed(day: Day) -> int:
    return _after_delivery(day, amount="16.41")


def cancelled(day: Day) -> int:
    return _after_delivery(day, status="100")


def _after_delivery(day: Day, **changes: Any) -> int:
    day.world.batch(day.world.record(day.world.new_order(1), sent=1.0))
    day.at(BEGIN - 30)
    day.world.omnitron.shop.change(1, **changes)
    day.world.restart()
    day.world.batch(day.world.record(1))
    return _laid(day)


def misconfigured(day: Day) -> int:
    day.world.omnitron.traffic.fail("detail", status=403)
    day.world.batch(day.world.record(day.world.new_order(1)))
    day.world.heal()
    return _laid(day)


def omnitron_is_down(day: Day) -> int:
    """For forty minutes nothing is answered; every walk fails, one order came."""
    day.world.omnitron.traffic.fail("detail", status=503)
    day.world.omnitron.traffic.fail("list", status=503)
    day.world.batch(day.world.record(day.world.new_order(1), tries=4))
    for minute in range(BEGIN, BEGIN + 40, 5):
        assert day.world.walk()["error"] == "OMNITRON_UNAVAILABLE"
        day.at(minute)
    day.world.heal()
    return BEGIN + 40


def destination_is_down(day: Day) -> int:
    """For forty minutes S3 can't be reached; reconcile brings the order back every time."""

    def refuse(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://s3")

    day.world.on("s3", "before-call.s3.PutObject", refuse, retries=False)
    day.world.new_order(1)
    for minute in range(BEGIN, BEGIN + 40, 5):
        day.world.walk()
        day.world.batch(day.world.record(1, tries=4, source="reconcile"))
        day.at(minute)
    day.world.heal()
    day.world.batch(day.world.record(1, source="reconcile"))
    day.at(BEGIN + 40)
    return BEGIN + 40


def nobody_hears_of_it(day: Day) -> int:
    """A webhook got lost, and what reconcile enqueues is not worked off either."""
    day.world.new_order(1)
    stuck = []
    for minute in range(BEGIN, BEGIN + 20, 5):
        stuck.append(day.world.walk()["stuck"])
        day.at(minute)
    assert stuck == [0, 1, 1, 1]
    day.world.batch(day.world.record(1, source="reconcile"))
    day.at(BEGIN + 20)
    return BEGIN + 20


def no_walk(day: Day) -> int:
    healthy(day, BEGIN, BEGIN + 30 * HOUR, walks=False)
    return BEGIN + 30 * HOUR


def no_webhook(day: Day) -> int:
    healthy(day, BEGIN, BEGIN + 30 * HOUR, webhooks=False)
    return BEGIN + 30 * HOUR


def wrong_secret(day: Day) -> int:
    for _ in range(5):
        assert day.world.post(b"{}", {"x-whisperer-signature": "sha256=0"})["statusCode"] == 401
    return _laid(day)


def unforeseen(day: Day) -> int:
    def explode(**_: Any) -> None:
        raise ZeroDivisionError

    day.world.on("s3", "before-call.s3.PutObject", explode, retries=False)
    day.world.batch(day.world.record(day.world.new_order(1)))
    day.world.heal()
    return _laid(day)


def not_worked_off(day: Day) -> int:
    """The event source is off for an hour: a webhook's message lies on the queue."""
    url = day.world.input_queue
    day.world.taken(url)
    day.world.announce(day.world.new_order(1))
    day.at(BEGIN)
    for minute in range(BEGIN, BEGIN + HOUR, 5):
        assert len(day.world.received(url)) == 1
        age = (minute - BEGIN) * 60
        day.service(
            minute, "AWS/SQS", "ApproximateAgeOfOldestMessage", age, QueueName="InboundQueue"
        )
    day.world.taken(url)
    return BEGIN + HOUR


def dead_letter(day: Day) -> int:
    """A message that fails as often as the template lets it, on a queue with its redrive policy."""
    sqs, url = day.world.client("sqs"), day.world.input_queue
    day.world.taken(url)
    dead = sqs.create_queue(QueueName="dead.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    most = TEMPLATE["Parameters"]["MaxReceiveCount"]["Default"]
    policy = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": most}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy)})
    day.world.announce(day.world.new_order(1))
    day.at(BEGIN)
    while day.world.received(url):
        pass
    count = "ApproximateNumberOfMessages"

    def look(minute: int) -> int:
        answer = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=[count])
        visible = int(answer["Attributes"][count])
        name = "ApproximateNumberOfMessagesVisible"
        day.service(minute, "AWS/SQS", name, visible, QueueName="DeadLetterQueue")
        return visible

    assert [look(minute) for minute in range(BEGIN, BEGIN + 20, 5)] == [1, 1, 1, 1]
    day.world.taken(dead)
    look(BEGIN + 20)
    return BEGIN + 20


def deliver_raises(day: Day) -> int:
    with pytest.raises(KeyError):
        deliver.handler({}, context())
    day.service(BEGIN, "AWS/Lambda", "Errors", 1, FunctionName="DeliverFunction")
    return BEGIN


def no_concurrency(day: Day) -> int:
    for minute in range(BEGIN, BEGIN + 20, 5):
        day.service(minute, "AWS/Lambda", "Throttles", 4, FunctionName="DeliverFunction")
    return BEGIN + 20


def reconcile_raises(day: Day) -> int:
    def explode(**_: Any) -> None:
        raise ZeroDivisionError

    day.world.on("dynamodb", "before-call.dynamodb.BatchGetItem", explode)
    day.world.new_order(1)
    with pytest.raises(ZeroDivisionError):
        day.world.walk()
    day.world.heal()
    day.service(BEGIN, "AWS/Lambda", "Errors", 1, FunctionName="ReconcileFunction")
    return BEGIN


def consumer_stopped(day: Day) -> int:
    """The ERP takes nothing for two hours; then it takes what lies there."""
    day.world.batch(day.world.record(day.world.new_order(1)))
    [key] = [key for key in day.world.documents() if "T1-1." in key]
    for minute in range(BEGIN - 60, BEGIN + 60, 5):
        day.world.walk()
        day.at(minute)
        day.world.wrote(key, 5 * 60)
    assert day.world.pick_up(key) == "picked up"
    day.world.walk()
    day.at(BEGIN + 60)
    return BEGIN + 60


def messages_lie(day: Day) -> int:
    """Nobody takes a document off the output queue."""
    for minute in range(BEGIN, BEGIN + 30, 5):
        seconds = 3600 + 60 * (minute - BEGIN)
        day.service(
            minute, "AWS/SQS", "ApproximateAgeOfOldestMessage", seconds, QueueName="OutputQueue"
        )
    return BEGIN + 30


def pickup_raises(day: Day) -> int:
    """S3 does not say whether a document is there; Lambda has tried it three times."""

    def refuse(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://s3")

    day.world.batch(day.world.record(day.world.new_order(1)))
    [key] = [key for key in day.world.documents() if "T1-1." in key]
    day.world.on("s3", "before-call.s3.HeadObject", refuse)
    with pytest.raises(DestinationUnavailable):
        day.world.pick_up(key)
    day.world.heal()
    day.service(BEGIN, "AWS/Lambda", "AsyncEventsDropped", 1, FunctionName="PickupFunction")
    return BEGIN


def parameter_store_is_down(day: Day) -> int:
    def refuse(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://ssm")

    day.world.restart()
    day.world.on("ssm", "before-call", refuse)
    for _ in range(5):
        answer = day.world.announce(1)
        day.service(BEGIN, "AWS/ApiGateway", "5xx", answer["statusCode"] >= 500, ApiId="WebhookApi")
    day.world.heal()
    return BEGIN


def _laid(day: Day) -> int:
    day.at(BEGIN)
    return BEGIN


def held_too_long(day: Day) -> int:
    """A route is held for 26 hours: two longer than HoldHours."""
    for hours in (22, 23, 24, 25):
        since = int(time.time()) - hours * 3600
        day.world.ledger.end_hold("ubl")
        day.world.ledger.hold(Hold(route="ubl", since=since, by="somebody", reason="closed"))
        day.world.walk()
        day.at(BEGIN + (hours - 24) * HOUR)
    day.world.ledger.end_hold("ubl")
    day.world.walk()
    day.at(BEGIN + 2 * HOUR)
    return BEGIN + 2 * HOUR


FAULTS: dict[str, Callable[[Day], int]] = {
    "RejectedAlarm": rejected,
    "MissedAlarm": missed,
    "ChangedAfterDeliveryAlarm": changed,
    "CancelledAfterDeliveryAlarm": cancelled,
    "MisconfiguredAlarm": misconfigured,
    "OmnitronUnavailableAlarm": omnitron_is_down,
    "ParkedAlarm": destination_is_down,
    "GapAlarm": nobody_hears_of_it,
    "HeldAlarm": held_too_long,
    "NoReconcileAlarm": no_walk,
    "NoTrafficAlarm": no_webhook,
    "SignatureAlarm": wrong_secret,
    "UnforeseenAlarm": unforeseen,
    "OldestMessageAlarm": not_worked_off,
    "DeadLetterAlarm": dead_letter,
    "DeliverErrorsAlarm": deliver_raises,
    "DeliverThrottlesAlarm": no_concurrency,
    "ReconcileErrorsAlarm": reconcile_raises,
    "UnpickedAlarm": consumer_stopped,
    "UntakenMessageAlarm": messages_lie,
    "PickupDroppedAlarm": pickup_raises,
    "ReceiverErrorsAlarm": parameter_store_is_down,
}


@pytest.fixture
def day(world: World, emitted: Emitted) -> Day:
    return Day(world, emitted)


def test_every_alarm_has_a_fault() -> None:
    assert set(FAULTS) == set(ALARMS)


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_rings_for_its_fault_and_falls_silent_again(day: Day, name: str) -> None:
    healthy(day, 0, BEGIN)
    end = FAULTS[name](day)
    healthy(day, end + 5, end + 4 * HOUR)
    alarm = read(name)
    begin, ended = BEGIN * 60 // alarm.period, end * 60 // alarm.period
    for further in range(4):
        seen = states(alarm, day.points, until=(end + 4 * HOUR) * 60, further=further)
        assert "ALARM" not in seen[alarm.periods : begin], "before the fault"
        assert "ALARM" in seen[begin : ended + 2], "during the fault, or in the period after it"
        assert seen[-1] == "OK", "after it"
        others = replace(alarm, metric=metric("ErpAdapter", "Nonsense", stack="world"))
        silent = states(others, day.points, until=(end + 4 * HOUR) * 60, further=further)
        assert ("ALARM" in silent) == (alarm.missing == "breaching"), "it watched something else"


def test_a_good_week_rings_none(day: Day) -> None:
    week = 7 * 24 * HOUR
    healthy(day, 0, week)
    for name in ALARMS:
        alarm = read(name)
        for further in range(4):
            seen = states(alarm, day.points, until=week * 60, further=further)
            # Before the first hour has ended, nothing has been seen for a day.
            assert set(seen[1:]) == {"OK"}, name


@pytest.mark.parametrize("name", ["OmnitronUnavailableAlarm", "GapAlarm", "OldestMessageAlarm"])
def test_a_blip_rings_none_of_those_that_watch_a_state(day: Day, name: str) -> None:
    healthy(day, 0, BEGIN)
    day.world.omnitron.traffic.fail("list", status=503)
    day.world.walk()
    day.world.heal()
    day.world.new_order(1)
    day.world.walk()
    day.world.batch(day.world.record(1, source="reconcile"))
    day.at(BEGIN)
    day.service(BEGIN, "AWS/SQS", "ApproximateAgeOfOldestMessage", 899, QueueName="InboundQueue")
    healthy(day, BEGIN + 5, BEGIN + HOUR)
    seen = states(read(name), day.points, until=(BEGIN + HOUR) * 60, further=2)
    assert "ALARM" not in seen


# ------------------------------------------------------------------ definitions


@pytest.mark.parametrize("name", ALARMS)
def test_a_definition_is_one_that_cloudwatch_takes(name: str) -> None:
    alarm = read(name)
    most = 604_800 if alarm.period >= 3600 else 86_400
    assert alarm.period % 60 == 0
    assert alarm.period * alarm.periods <= most
    assert alarm.to_alarm <= alarm.periods
    assert len(alarm.description) <= 1024
    own = RESOURCES[name]["Properties"]
    topic = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert own["AlarmActions"] == topic
    assert own.get("OKActions", topic) == topic
    if alarm.metric[0] == "ErpAdapter":
        assert alarm.metric[1] in METRICS


def test_quiet_hours_fit_into_the_longest_evaluation() -> None:
    assert TEMPLATE["Parameters"]["QuietHours"]["MaxValue"] * 3600 <= 604_800


def test_the_dashboard_shows_metrics_and_alarms_that_there_are() -> None:
    body, more = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    condition, pickup, otherwise = more["PickupAlarms"]["Fn::If"]
    assert (condition, otherwise) == ("WatchesPickup", "")
    json.loads(body.replace("${PickupAlarms}", otherwise))
    body = body.replace("${PickupAlarms}", pickup["Fn::Sub"])
    widgets = json.loads(body)["widgets"]
    shown = {row[1] for row in _rows(widgets) if row[0] == "ErpAdapter"}
    assert shown <= set(METRICS)
    [alarms] = [w["properties"]["alarms"] for w in widgets if w["type"] == "alarm"]
    assert {each.removeprefix("${").removesuffix(".Arn}") for each in alarms} == set(ALARMS)
    watched = [n for n in ALARMS if RESOURCES[n].get("Condition") == condition]
    assert watched == re.findall(r"\$\{(\w+)\.Arn\}", pickup["Fn::Sub"])
    for name in re.findall(r"\$\{(\w+)(?:\.\w+)?\}", body):
        assert name in RESOURCES


def _rows(widgets: list[dict[str, Any]]) -> Iterator[list[Any]]:
    for widget in widgets:
        yield from widget["properties"].get("metrics", [])


# ------------------------------------------------------------------ the evaluation itself

TABLE = [  # data points of the range, periods, to alarm, then ignore, breaching, notBreaching
    ("0-X-X", 3, 3, "OK", "OK", "OK"), ("0----", 3, 3, "OK", "OK", "OK"),
    ("-----", 3, 3, "KEPT", "ALARM", "OK"), ("0XX-X", 3, 3, "ALARM", "ALARM", "ALARM"),
    ("--X--", 3, 3, "KEPT", "ALARM", "OK"), ("0-X-X", 3, 2, "ALARM", "ALARM", "ALARM"),
    ("00X0X", 3, 2, "ALARM", "ALARM", "ALARM"), ("0-X--", 3, 2, "OK", "ALARM", "OK"),
    ("----0", 3, 2, "OK", "ALARM", "OK"), ("---X-", 3, 2, "KEPT", "ALARM", "OK"),
]  # fmt: skip


@pytest.mark.parametrize(("points", "periods", "to_alarm", "ignore", "breaching", "not_"), TABLE)
def test_missing_data_is_treated_as_in_the_user_guide_s_tables(
    points: str, periods: int, to_alarm: int, ignore: str, breaching: str, not_: str
) -> None:
    real = [float(each == "X") for each in points if each != "-"]
    for missing, expected in (("ignore", ignore), ("breaching", breaching), ("notBreaching", not_)):
        alarm: Alarm = replace(
            read("ParkedAlarm"), periods=periods, to_alarm=to_alarm, missing=missing
        )
        assert evaluate(alarm, real, "KEPT") == expected, missing


def test_links_lead_into_the_runbook() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text("utf-8")
    sections = set(re.findall(r"^### (\w+Alarm)$", runbook, re.MULTILINE))
    assert sections == set(ALARMS)
    for name in ALARMS:
        assert read(name).description.endswith(f"docs/runbook.md#{name.lower()}")
