"""The whole adapter in this process: its handlers, moto for AWS, a fake Omnitron for the shop.

The fixture `world` is the usual one. Tables, queues and buckets are made from
template.yaml, so that a test knows what is deployed.
"""

import io
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import boto3
import deliver
import pickup
import pytest
import reconcile
import webhook
from erp_adapter import aws, deployment
from erp_adapter.ledger import Entry, Ledger
from erp_adapter.notification import Notification
from erp_adapter.settings import profiles_folder, settings
from erp_console import whisperer
from erp_console.canaries import Canary, canaries, sightings
from erp_console.fake_omnitron import FakeOmnitron
from erp_console.fake_shop import FakeShop
from erp_console.local_routes import local_routes, to_toml
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.models import botocore_stubber
from moto.s3.models import s3_backends
from permissions import Trace
from stack import sample_order
from template import RESOURCES, ROOT

STACK = "world"
SECRET = "kanca-sirri-2201"
PROFILES = ROOT / "layers" / "profiles"
REGION = "eu-central-1"


class Moto:
    """Brings the adapter's signed requests to moto."""

    def send(self, request: Any) -> Any:
        """moto's answer."""
        answer = botocore_stubber("before-send", request)
        assert answer is not None, f"moto does not know {request.url}"
        return answer


class Client(aws.Client):
    """The adapter's own client, in which a test may raise before a call and after it."""

    traces: ClassVar[list[Trace]] = []

    def __init__(self, service: str, *, attempts: int) -> None:
        super().__init__(service, Moto(), attempts=attempts)
        self.acts: list[tuple[str, Callable[..., Any]]] = []

    def _call(
        self, operation: str, method: str, url: str, headers: dict[str, str], body: bytes
    ) -> dict[str, Any]:
        path = unquote(urlsplit(url).path)
        for trace in self.traces:
            params = {"Key": path[1:]} if self.service == "s3" else json.loads(body)
            trace.note(params, self.service, operation)
        self._meet(f"before-call.{self.service}.{operation}", path)
        answer = super()._call(operation, method, url, headers, body)
        self._meet(f"after-call.{self.service}.{operation}", path)
        return answer

    def _meet(self, event: str, path: str) -> None:
        for wanted, act in list(self.acts):
            if f"{event}.".startswith(f"{wanted}."):
                act(params={"url_path": path})


@cache
def adapter_client(service: str, *, retries: bool = True) -> Any:
    """In the place of deployment.client."""
    if service not in aws.SERVICES:
        return _deployed_client(service, retries=retries)
    return Client(service, attempts=3 if retries else 1)


_deployed_client = deployment.client


class Killed(BaseException):
    """The worker's process ended here."""


@dataclass
class World:
    """One deployment, in memory."""

    omnitron: FakeOmnitron
    bucket: str
    table: str
    input_queue: str
    output_queue: str
    routes: dict[str, Any]
    folder: Path
    log: io.StringIO
    trace: Trace
    killers: list[tuple[Any, str, Any]] = field(default_factory=list)

    # ------------------------------------------------------------------- the shop

    def new_order(self, pk: int = 1001, **changes: Any) -> int:
        """The sample order under this pk, not yet sent, with `changes`."""
        order, items, discounts = sample_order(pk)
        hidden = changes.pop("hidden_reads", 0)
        items = changes.pop("items", items)
        self.omnitron.shop.put(
            {**order, **changes}, items=items, discounts=discounts, hidden_reads=hidden
        )
        return pk

    def is_send(self, pk: int) -> bool:
        """What the shop truly holds."""
        return bool(self.omnitron.shop.order(pk)["is_send"])

    # ---------------------------------------------------------------- the adapter

    def post(self, body: bytes, headers: dict[str, str], **event: Any) -> dict[str, Any]:
        """What API Gateway hands to the webhook function; its answer."""
        handed = {
            "version": "2.0", "headers": headers, "body": body.decode("utf-8", "surrogateescape"),
            "isBase64Encoded": False, "requestContext": {},
        }  # fmt: skip
        answer: dict[str, Any] = webhook.handler(handed | event, context())
        return answer

    def announce(self, pk: int | None = None, **more: Any) -> dict[str, Any]:
        """A signed webhook."""
        announcement = whisperer.Announcement(pk=pk, **more)
        body = announcement.body()
        return self.post(body, whisperer.headers(announcement.event, body, SECRET))

    def record(
        self, pk: int | None = None, *, tries: int = 1, sent: float | None = None, **more: Any
    ) -> dict[str, Any]:
        """A message as the event source hands it to the worker; `sent` is when the queue took it,
        now otherwise."""
        fields: dict[str, Any] = {
            "uuid": uuid.uuid4().hex, "event": "order.updated", "pk": pk, "number": None,
            "announced_at": int(time.time()),
        }  # fmt: skip
        return {
            "messageId": uuid.uuid4().hex,
            "receiptHandle": "none",
            "body": Notification(**(fields | more)).to_json(),
            "attributes": {
                "ApproximateReceiveCount": str(tries),
                "SentTimestamp": str(round((time.time() if sent is None else sent) * 1000)),
            },
        }

    def work(self, *pks: int, tries: int = 1) -> list[str]:
        """Lets the worker have a message for each pk; the pks that it wants to see again."""
        records = {str(pk): self.record(pk, tries=tries) for pk in pks}
        failed = self.batch(*records.values())
        return [pk for pk, record in records.items() if record["messageId"] in failed]

    def batch(self, *records: dict[str, Any], seconds: float = 30) -> set[str]:
        """Lets the worker have these messages; the ids of those that it wants to see again."""
        answer = deliver.handler({"Records": list(records)}, context(seconds))
        assert set(answer) == {"batchItemFailures"}
        return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}

    def received(self, url: str) -> list[dict[str, Any]]:
        """Messages on a queue."""
        answer = self.client("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"],
            AttributeNames=["All"], VisibilityTimeout=0,
        )  # fmt: skip
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def walk(self, **event: Any) -> dict[str, Any]:
        """Lets reconcile walk the shop's list; what it says of it."""
        answer: dict[str, Any] = reconcile.handler(event, context(60))
        return answer

    def taken(self, url: str) -> list[dict[str, Any]]:
        """The messages of a queue, which is emptied."""
        sqs, found = self.client("sqs"), list[dict[str, Any]]()
        while messages := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"],
            AttributeNames=["All"],
        ).get("Messages"):  # fmt: skip
            for message in messages:
                found.append(message)
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    # ----------------------------------------------------------------- what is left

    def documents(self) -> dict[str, bytes]:
        """The documents in the bucket, by key."""
        s3 = self.client("s3")
        listed = s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {
            each["Key"]: s3.get_object(Bucket=self.bucket, Key=each["Key"])["Body"].read()
            for each in listed
        }

    def puts(self) -> list[str]:
        """The key of every document that was ever put."""
        versions = self.client("s3").list_object_versions(Bucket=self.bucket)
        return sorted(each["Key"] for each in versions.get("Versions", []))

    def import_all(self) -> None:
        """What the ERP does: it takes its documents and deletes them."""
        for key in self.documents():
            self.client("s3").delete_object(Bucket=self.bucket, Key=key)

    def wrote(self, key: str, seconds: float) -> None:
        """Lets a document have been written that much earlier."""
        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        for version in backend.buckets[self.bucket].keys.getlist(key):
            version.last_modified -= timedelta(seconds=seconds)

    def pick_up(self, key: str) -> str:
        """The ERP takes this document and deletes it; what the function says of S3's event."""
        self.client("s3").delete_object(Bucket=self.bucket, Key=key)
        return self.deleted(key)

    def deleted(self, key: str, event_id: str | None = None) -> str:
        """S3's event, whether anything was deleted or not."""
        event = json.loads((ROOT / "events" / "pickup-deleted.json").read_text("utf-8"))
        event["id"] = event_id or str(uuid.uuid4())
        event["detail"]["bucket"]["name"] = self.bucket
        event["detail"]["object"]["key"] = key
        answer: dict[str, str] = pickup.handler(event, context())
        return answer["found"]

    def lines(self, message: str) -> list[dict[str, Any]]:
        """What the handlers have logged under this message."""
        lines = [json.loads(line) for line in self.log.getvalue().splitlines()]
        return [line for line in lines if line["message"] == message]

    @property
    def ledger(self) -> Ledger:
        """The table."""
        return Ledger(self.client("dynamodb"), self.table)

    def entries(self, pk: int) -> dict[str, Entry]:
        """The ledger's entries of an order, by route."""
        return {entry.route: entry for entry in self.ledger.of_order(str(pk))}

    def entry(self, pk: int, route: str = "ubl") -> Entry:
        """The ledger's entry of an order on a route."""
        return self.entries(pk)[route]

    def client(self, service: str) -> Any:
        """A boto3 client of the test's own."""
        return own_client(service)

    # -------------------------------------------------------------------- faults

    def on(
        self, service: str, event: str, act: Callable[..., Any], *, retries: bool = True
    ) -> None:
        """Calls `act` at an event of the adapter's own client, named as botocore's are:
        before-call or after-call, the service, and perhaps the operation."""
        client = deployment.client(service, **({} if retries else {"retries": False}))
        if isinstance(client, Client):
            client.acts.append((event, act))
        else:
            client.meta.events.register(event, act)
        self.killers.append((client, event, act))

    def heal(self) -> None:
        """Removes every fault, of AWS and of the shop."""
        for client, event, act in self.killers:
            if isinstance(client, Client):
                client.acts.remove((event, act))
            else:
                client.meta.events.unregister(event, act)
        self.killers.clear()
        self.omnitron.traffic.heal()

    def restart(self, **environment: str) -> None:
        """A new execution environment."""
        self.killers.clear()
        forget()


def own_client(service: str) -> Any:
    """A client of the tests' own, where AWS_ENDPOINT_URL says, else moto's."""
    return _client(service, os.environ.get("AWS_ENDPOINT_URL"))


@cache
def _client(service: str, endpoint: str | None) -> Any:
    """One for every test: moto answers whatever its state is now."""
    return boto3.session.Session().client(  # type: ignore[call-overload]
        service, region_name=REGION, endpoint_url=endpoint
    )


def context(seconds: float = 30) -> Any:
    """A Lambda context with that much time left, of a request of its own."""
    return SimpleNamespace(
        get_remaining_time_in_millis=lambda: seconds * 1000, aws_request_id=uuid.uuid4().hex
    )


def forget() -> None:
    """Forgets what an execution environment keeps."""
    if deployment.delivery.cache_info().currsize:
        deployment.delivery().omnitron.http.close()
    for kept in (
        adapter_client, _deployed_client, deployment.secrets, deployment.webhooks,
        deployment.routes, deployment.delivery, deployment.pickup, settings, profiles_folder,
    ):  # fmt: skip
        kept.cache_clear()


def _canaries(token: str) -> list[Canary]:
    """What no log of any test may hold; test_leaks.py searches further."""
    deployment_s = [Canary("webhook", "secret", SECRET), Canary("omnitron", "secret", token)]
    return deployment_s + _canaries_of_the_sample()


@cache
def _canaries_of_the_sample() -> list[Canary]:
    return canaries(*sample_order(1))


@pytest.fixture
def make_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    """Makes a world: `make_world(profiles=("ubl-order",), destination="sqs", MODE="inline")`."""
    traces, logs = list[Trace](), list[io.StringIO]()
    with mock_aws(), FakeOmnitron(FakeShop()) as omnitron:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)

        def make(
            profiles: tuple[str, ...] = ("ubl-order",), destination: str = "s3",
            change: Callable[[dict[str, Any]], None] | None = None, **environment: str,
        ) -> World:  # fmt: skip
            made = resources()
            tables = local_routes(PROFILES / "routes.toml", profiles, destination)
            if change:
                change(tables)
            folder = _profiles(tmp_path, tables)
            variables = {
                "STACK_NAME": STACK, "OMNITRON_URL": omnitron.url, "API_PREFIX": "/api/v1",
                "PROCESSING_MODE": "queued", "INPUT_QUEUE_URL": made["InboundQueue"],
                "OUTPUT_QUEUE_URL": made["OutputQueue"], "BUCKET": made["DocumentsBucket"],
                "DOCUMENT_PREFIX": "documents", "LEDGER_TABLE": made["LedgerTable"],
                "OMNITRON_TIMEOUT": "2", "FUNCTION_TIMEOUT": "30", "RETRY_SECONDS": "0",
                "OMNITRON_RATE": "1000", "PICKUP_MINUTES": "60",
            }  # fmt: skip
            for name, value in (variables | environment).items():
                monkeypatch.setenv(name, value)
            monkeypatch.setattr(deployment, "profiles_folder", lambda: folder)
            monkeypatch.setattr(deployment, "client", adapter_client)
            ssm = own_client("ssm")
            for name, value in (
                ("omnitron-token", omnitron.token), ("webhook-secrets/primary", SECRET),
            ):  # fmt: skip
                ssm.put_parameter(Name=f"/{STACK}/{name}", Value=value, Type="SecureString")
            forget()
            log, trace = io.StringIO(), Trace(made, STACK)
            traces.append(trace)
            logs.append(log)
            Client.traces.append(trace)
            for module in (webhook, deliver, reconcile, pickup):
                module.logger.registered_handler.setStream(log)  # type: ignore[attr-defined]
                watched = trace.watched(module.__name__, module.handler)
                monkeypatch.setattr(module, "handler", watched)
            return World(
                omnitron, made["DocumentsBucket"], made["LedgerTable"], made["InboundQueue"],
                made["OutputQueue"], tables, folder, log, trace,
            )  # fmt: skip

        yield make
        forget()
    Client.traces.clear()
    assert not [call for trace in traces for call in trace.denied], "a role lacks these"
    said = [log.getvalue() for log in logs]
    assert sightings(_canaries(omnitron.token), said) == [], "this got out"


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """The usual one: ubl-order to S3."""
    return make_world()


def _profiles(tmp_path: Path, tables: dict[str, Any]) -> Path:
    """A profiles folder with its own routes.toml and the project's profiles."""
    folder = tmp_path / "profiles"
    folder.mkdir(exist_ok=True)
    (folder / "routes.toml").write_text(to_toml(tables), "utf-8")
    for each in PROFILES.glob("*/profile.toml"):
        link = folder / each.parent.name
        if not link.exists():
            link.symlink_to(each.parent)
    return folder


def resources() -> dict[str, str]:
    """The table, the queues and the bucket of template.yaml, by logical id: names and addresses."""
    made: dict[str, str] = {}
    declared = {name: each["Properties"] for name, each in RESOURCES.items()}
    table = declared["LedgerTable"]
    own_client("dynamodb").create_table(
        TableName="ledger", BillingMode=table["BillingMode"],
        AttributeDefinitions=table["AttributeDefinitions"], KeySchema=table["KeySchema"],
    )  # fmt: skip
    made["LedgerTable"] = "ledger"
    s3 = own_client("s3")
    s3.create_bucket(Bucket="documents", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(
        Bucket="documents",
        VersioningConfiguration=declared["DocumentsBucket"]["VersioningConfiguration"],
    )
    made["DocumentsBucket"] = "documents"
    sqs = own_client("sqs")
    for name in ("InboundQueue", "OutputQueue"):
        kept = ("DeduplicationScope", "FifoThroughputLimit", "FifoQueue")
        attributes = {key: _text(declared[name][key]) for key in kept}
        made[name] = sqs.create_queue(QueueName=f"{name}.fifo", Attributes=attributes)["QueueUrl"]
    return made


def _text(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


@contextmanager
def killed_at(world: World, service: str, event: str, **which: Any) -> Iterator[None]:
    """Within the block the worker dies at the botocore event."""

    def die(**_: Any) -> None:
        raise Killed

    world.on(service, event, die, **which)
    try:
        yield
    finally:
        world.heal()
