"""The files of events/: what API Gateway, SQS and EventBridge hand to the functions, and what
becomes of it.

`pytest tests/test_events.py --update-golden` writes them anew; events/README.md documents them.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

import deliver
import pickup
import pytest
import webhook
from aws_lambda_powertools.utilities.parser.models import (
    APIGatewayProxyEventV2Model,
    S3EventNotificationEventBridgeModel,
    SqsModel,
)
from erp_adapter.notification import Notification
from erp_console import whisperer
from erp_console.fake_shop import FakeShop
from template import RESOURCES, ROOT
from world import STACK, World, context

EVENTS = ROOT / "events"
SECRET = "events-of-this-folder-are-signed-with-this"
PK, NUMBER = 27, "bf7b66149236455"
"""Of the sample order in events/orders."""
BATCH = "deliver-batch.json"
DELETED = "pickup-deleted.json"
SHAPE = {
    "version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "body",
    "isBase64Encoded",
}  # fmt: skip
"""What payload format 2.0 always has (API Gateway developer guide, "Create AWS Lambda proxy
integrations for HTTP APIs"); cookies, query and path parameters only where there are some."""


def answers() -> dict[str, int]:
    """The HTTP events and the status that each is answered with, as events/README.md says."""
    said = (EVENTS / "README.md").read_text("utf-8")
    return {name: int(code) for name, code in re.findall(r"`(\S+\.json)` .*\| (\d{3}) ", said)}


def http_event(name: str) -> dict[str, Any]:
    """A file of events/, read."""
    event: dict[str, Any] = json.loads((EVENTS / name).read_bytes())
    return event


# ------------------------------------------------------------------- how they are made


def announced(uuid: str, event: str = "order.updated") -> whisperer.Announcement:
    return whisperer.Announcement(event=event, pk=PK, number=NUMBER, uuid=uuid)


def gateway_event(
    announcement: whisperer.Announcement,
    *,
    secret: str = SECRET,
    content_type: str = "application/json",
) -> dict[str, Any]:
    """As API Gateway hands it over. It takes JSON as text and encodes what is not text to it."""
    content = announcement.body()
    signed = whisperer.headers(announcement.event, content, secret)
    encoded = content_type != "application/json"
    host = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
    return {
        "version": "2.0",
        "routeKey": "POST /webhook",
        "rawPath": "/webhook",
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
            "content-length": str(len(content)),
            "content-type": content_type,
            "host": host,
            "user-agent": "python-requests/2.32.5",
            "x-amzn-trace-id": "Root=1-69a5f1d2-0123456789abcdef01234567",
            "x-forwarded-for": "192.0.2.10",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            "x-whisperer-event": announcement.event,
            "x-whisperer-signature": signed["X-Whisperer-Signature"],
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": host.partition(".")[0],
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": "POST",
                "path": "/webhook",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.10",
                "userAgent": "python-requests/2.32.5",
            },
            "requestId": "ZkQxYgKxFiAEJ0A=",
            "routeKey": "POST /webhook",
            "stage": "$default",
            "time": "02/Mar/2026:21:30:10 +0000",
            "timeEpoch": 1772487010123,
        },
        "body": base64.b64encode(content).decode() if encoded else content.decode(),
        "isBase64Encoded": encoded,
    }


def queue_event(*announcements: whisperer.Announcement) -> dict[str, Any]:
    """As the event source of the inbound FIFO queue hands it over."""
    return {"Records": [record(at, each) for at, each in enumerate(announcements)]}


def record(at: int, announcement: whisperer.Announcement) -> dict[str, Any]:
    notification = Notification(
        uuid=announcement.uuid, event=announcement.event, pk=announcement.pk,
        number=announcement.number, announced_at=1772487010 + at,
    )  # fmt: skip
    body = notification.to_json()
    sent = 1772487010123 + 1000 * at
    return {
        "messageId": f"059f36b4-87a3-44ab-83d2-66197583000{at}",
        "receiptHandle": f"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a{at}==",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "AWSTraceHeader": "Root=1-69a5f1d2-0123456789abcdef01234567",
            "SentTimestamp": str(sent),
            "SequenceNumber": str(18890261470372096000 + at),
            "MessageGroupId": notification.order,
            "SenderId": "AROAEXAMPLEEXAMPLE123:erp-adapter-dev-WebhookFunction",
            "MessageDeduplicationId": notification.uuid,
            "ApproximateFirstReceiveTimestamp": str(sent + 5000),
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(body.encode()).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:erp-adapter-dev-inbound.fifo",
        "awsRegion": "eu-central-1",
    }


def deleted_event() -> dict[str, Any]:
    """As EventBridge hands over that the ERP has deleted a document (Amazon S3 user guide,
    "EventBridge event message structure")."""
    return {
        "version": "0",
        "id": "2ee9cc15-d022-99ea-1fb8-1b1bac4850f9",
        "detail-type": "Object Deleted",
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2026-03-02T21:35:00Z",
        "region": "eu-central-1",
        "resources": ["arn:aws:s3:::erp-adapter-dev-documentsbucket-a1b2c3d4e5f6"],
        "detail": {
            "version": "0",
            "bucket": {"name": "erp-adapter-dev-documentsbucket-a1b2c3d4e5f6"},
            "object": {
                "key": f"documents/ubl/{NUMBER}-{PK}.xml",
                "etag": "d41d8cd98f00b204e9800998ecf8427e",
                "version-id": "1QW9g1Z99LUNbvaaYVpW9xDlOLU.qxgF",
                "sequencer": "0061DEDD0BDA3B8A50",
            },
            "request-id": "VJ6FV5BMRXPD1H5K",
            "requester": "123456789012",
            "source-ip-address": "192.0.2.20",
            "reason": "DeleteObject",
            "deletion-type": "Delete Marker Created",
        },
    }


MADE: dict[str, Callable[[], dict[str, Any]]] = {
    "webhook-signed.json": lambda: gateway_event(announced("6f1d0c52a5b84d0e9a5c1f3a7e2b0001")),
    "webhook-base64.json": lambda: gateway_event(
        announced("6f1d0c52a5b84d0e9a5c1f3a7e2b0002"), content_type="application/octet-stream"
    ),
    "webhook-bad-signature.json": lambda: gateway_event(
        announced("6f1d0c52a5b84d0e9a5c1f3a7e2b0003"), secret="a-stranger-does-not-know-it"
    ),
    "webhook-unknown-event.json": lambda: gateway_event(
        announced("6f1d0c52a5b84d0e9a5c1f3a7e2b0004", event="stock.updated")
    ),
    BATCH: lambda: queue_event(
        announced("6f1d0c52a5b84d0e9a5c1f3a7e2b0005", event="order.created"),
        announced("6f1d0c52a5b84d0e9a5c1f3a7e2b0006"),
    ),
    DELETED: deleted_event,
}
HTTP = sorted(MADE.keys() - {BATCH, DELETED})


# -------------------------------------------------------------------- what they are


@pytest.mark.parametrize("name", MADE)
def test_a_file_is_what_it_is_made_of(name: str, request: pytest.FixtureRequest) -> None:
    made = json.dumps(MADE[name](), indent=2).encode() + b"\n"
    if request.config.getoption("--update-golden"):
        (EVENTS / name).write_bytes(made)
    assert (EVENTS / name).read_bytes() == made


def test_every_file_is_documented_and_every_documented_one_is_there() -> None:
    files = {file.name for file in EVENTS.glob("*.json")}
    assert files == set(MADE)
    assert set(answers()) == set(HTTP)
    readme = (EVENTS / "README.md").read_text("utf-8")
    assert f"`{BATCH}`" in readme
    assert f"`{DELETED}`" in readme
    assert f"`{SECRET}`" in readme


@pytest.mark.parametrize("name", HTTP)
def test_api_gateway_would_send_it(name: str) -> None:
    event = http_event(name)
    APIGatewayProxyEventV2Model.model_validate(event)
    assert set(event) == SHAPE
    route = RESOURCES["WebhookRoute"]["Properties"]["RouteKey"]
    stage = RESOURCES["WebhookStage"]["Properties"]["StageName"]
    asked = event["requestContext"]
    assert (event["routeKey"], asked["routeKey"], asked["stage"]) == (route, route, stage)
    assert f"{asked['http']['method']} {event['rawPath']}" == route
    assert all(header == header.lower() for header in event["headers"])
    assert event["headers"]["content-length"] == str(len(content_of(event)))


def content_of(event: dict[str, Any]) -> bytes:
    """The bytes that the sender sent."""
    body = event["body"].encode()
    return base64.b64decode(body, validate=True) if event["isBase64Encoded"] else body


@pytest.mark.parametrize("name", HTTP)
def test_only_the_bad_signature_is_bad(name: str) -> None:
    event = http_event(name)
    digest = hmac.new(SECRET.encode(), content_of(event), "sha256").hexdigest()
    fits = event["headers"]["x-whisperer-signature"] == f"sha256={digest}"
    assert fits == (name != "webhook-bad-signature.json")


def test_the_event_source_would_send_it() -> None:
    event = json.loads((EVENTS / BATCH).read_bytes())
    SqsModel.model_validate(event)
    queue = RESOURCES["InboundQueue"]["Properties"]["QueueName"]["Fn::Sub"]
    for each in event["Records"]:
        assert each["md5OfBody"] == hashlib.md5(each["body"].encode()).hexdigest()
        notification = Notification.from_json(each["body"])
        assert each["attributes"]["MessageGroupId"] == notification.order == str(PK)
        assert each["attributes"]["MessageDeduplicationId"] == notification.uuid
        assert each["eventSourceARN"].endswith(
            queue.replace("${AWS::StackName}", "erp-adapter-dev")
        )


def matches(pattern: Any, value: Any) -> bool:
    """Whether EventBridge's pattern takes it, as far as ours goes (user guide, "Comparison
    operators"): every field by a list of what it may be, a text or a beginning."""
    if isinstance(pattern, dict):
        return all(name in value and matches(each, value[name]) for name, each in pattern.items())
    return any(
        str(value).startswith(each["prefix"]) if isinstance(each, dict) else value == each
        for each in pattern
    )


def the_rule() -> dict[str, Any]:
    """The pickup function's, with the names of a deployment."""
    events = RESOURCES["PickupFunction"]["Properties"]["Events"]
    pattern: dict[str, Any] = json.loads(json.dumps(events["Deleted"]["Properties"]["Pattern"]))
    [bucket] = pattern["detail"]["bucket"]["name"]
    assert bucket == {"Ref": "DocumentsBucket"}
    pattern["detail"]["bucket"]["name"] = [deleted_event()["detail"]["bucket"]["name"]]
    [under] = pattern["detail"]["object"]["key"]
    assert under == {"prefix": {"Fn::Sub": "${DocumentPrefix}/"}}
    under["prefix"] = "documents/"
    return pattern


def test_eventbridge_would_send_it() -> None:
    S3EventNotificationEventBridgeModel.model_validate(deleted_event())
    bucket = RESOURCES["DocumentsBucket"]["Properties"]
    assert bucket["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }
    assert matches(the_rule(), deleted_event())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reason", "Lifecycle Expiration"), ("deletion-type", "Permanently Deleted"),
        ("bucket", {"name": "another"}), ("object", {"key": "documents2/ubl/1-1.xml"}),
    ],
)  # fmt: skip
def test_what_is_no_pick_up_is_not_sent(name: str, value: Any) -> None:
    """A lifecycle rule, `erase`, somebody else's bucket, somebody else's folder."""
    event = deleted_event()
    event["detail"][name] = value
    assert not matches(the_rule(), event)


# ----------------------------------------------------------------- what becomes of them


@pytest.fixture
def signed_world(world: World) -> World:
    """The usual world, which knows the events' secret beside its own, and the sample order."""
    world.client("ssm").put_parameter(
        Name=f"/{STACK}/webhook-secrets/events", Value=SECRET, Type="SecureString"
    )
    known = FakeShop.from_folder(EVENTS / "orders", as_new=True)
    order = {"order": str(PK)}
    world.omnitron.shop.put(
        known.order(PK), items=known.rows("items", order), discounts=known.rows("discounts", order)
    )
    return world


def test_the_webhook_function_answers_them_as_documented(signed_world: World) -> None:
    statuses, uuids = {}, []
    for name in HTTP:
        answer = webhook.handler(http_event(name), context())
        statuses[name] = answer["statusCode"]
        said = json.loads(answer["body"])
        if answer["statusCode"] == 202:
            uuids.append(said["uuid"])
    assert statuses == answers()
    waiting = signed_world.received(signed_world.input_queue)
    queued = [Notification.from_json(message["Body"]) for message in waiting]
    assert [each.uuid for each in queued] == uuids
    assert {(each.pk, each.number) for each in queued} == {(PK, NUMBER)}


def test_the_deliver_function_takes_the_batch(signed_world: World) -> None:
    event = json.loads((EVENTS / BATCH).read_bytes())
    assert deliver.handler(event, context()) == {"batchItemFailures": []}
    assert signed_world.puts() == [f"documents/ubl/{NUMBER}-{PK}.xml"]
    assert signed_world.is_send(PK)
    assert signed_world.omnitron.traffic.calls["detail"] == 1


def test_the_pickup_function_notes_the_deletion(signed_world: World) -> None:
    deliver.handler(json.loads((EVENTS / BATCH).read_bytes()), context())
    event = json.loads((EVENTS / DELETED).read_bytes())
    assert pickup.handler(event, context()) == {"found": "there"}
    signed_world.import_all()
    assert pickup.handler(event, context()) == {"found": "picked up"}
    assert signed_world.entry(PK).picked_up_at
