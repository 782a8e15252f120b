"""The webhook function alone, thousands of times: its handler as it is, with Parameter Store and
the queue answered in memory and a clock of the test's own. Several execution environments may take
turns, each with what it has cached."""

import base64
import gc
import io
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import webhook
from botocore.config import Config
from erp_adapter import deployment
from erp_adapter.routes import Webhooks, read_event
from erp_adapter.routes_webhook import read_webhook
from erp_adapter.secrets import Secrets
from erp_adapter.settings import read_settings
from senders import BY_NAME, Sender

STACK = "receiver"
EVENTS = tuple(
    read_event({"type": kind, "pk": "payload.pk || data.pk", "number": "payload.number"}, kind)
    for kind in ("order.created", "order.updated")
)
SETTINGS = read_settings(
    {"STACK_NAME": STACK, "INPUT_QUEUE_URL": "https://sqs.example.com/1/in.fifo"}
)


class Receiver:
    """One deployment. `secrets` are what Parameter Store holds; `reads` are the moments at which it
    was asked, `queued` what the queue took, `slowest` the processor time of the slowest request and
    `slowest_was` that request: its sender and its event."""

    def __init__(self, environments: int = 1) -> None:
        self.secrets: dict[str, str] = {}
        self.sender: Sender = BY_NAME["whisperer"]
        self.now = 1_800_000_000.0
        self.reads: list[float] = []
        self.queued: list[dict[str, Any]] = []
        self.slowest = 0.0
        self.slowest_was: tuple[str, Mapping[str, Any]] = ("", {})
        self.log = io.StringIO()
        self._clients = {"ssm": _client("ssm"), "sqs": _client("sqs")}
        for name, operation, answer in (
            ("ssm", "GetParametersByPath", self._parameters), ("sqs", "SendMessage", self._taken),
        ):  # fmt: skip
            self._clients[name].meta.events.register(f"before-call.{name}.{operation}", answer)
        self._environments = [
            Secrets(self._clients["ssm"], STACK, lambda: self.now) for _ in range(environments)
        ]
        self._proofs: dict[str, Webhooks] = {}
        self.environment = 0

    def post(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """What the function answers to an event of API Gateway."""
        self.log.seek(0)
        self.log.truncate()
        metrics = io.StringIO()
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: 10_000)
        gc.disable()  # else it counts here what it spends on hypothesis's half a gigabyte
        began = time.process_time()
        try:
            with redirect_stdout(metrics):
                answer: dict[str, Any] = webhook.handler(dict(event), context)
        finally:
            took = time.process_time() - began
            gc.enable()
        if took > self.slowest:
            self.slowest, self.slowest_was = took, (self.sender.name, event)
        return answer

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What the last request has logged."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def current(self) -> Secrets:
        """What this environment has cached."""
        return self._environments[self.environment]

    def webhooks(self) -> Webhooks:
        """What routes.toml says of this sender."""
        name = self.sender.name
        if name not in self._proofs:
            proof = read_webhook(self.sender.table, "[webhook]")
            self._proofs[name] = Webhooks(proof=proof, events=EVENTS)
        return self._proofs[name]

    def client(self, service: str, **_: Any) -> Any:
        """A client whose calls are answered here."""
        return self._clients[service]

    def _parameters(self, **_: Any) -> tuple[Any, dict[str, Any]]:
        self.reads.append(self.now)
        listed = [
            {"Name": f"/{STACK}/webhook-secrets/{name}", "Value": value}
            for name, value in self.secrets.items()
        ]
        return SimpleNamespace(status_code=200), {"Parameters": listed}

    def _taken(self, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        self.queued.append(params)
        return SimpleNamespace(status_code=200), {"MessageId": "1"}


def _client(service: str) -> Any:
    return boto3.session.Session().client(  # type: ignore[call-overload]
        service, region_name="eu-central-1", aws_access_key_id="testing",
        aws_secret_access_key="testing", config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip


@contextmanager
def receiving(environments: int = 1) -> Iterator[Receiver]:
    """Within the block the webhook function is this deployment's."""
    receiver = Receiver(environments)
    stream = webhook.logger.registered_handler.stream  # type: ignore[attr-defined]
    webhook.logger.registered_handler.setStream(receiver.log)  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deployment, "secrets", receiver.current)
        patch.setattr(deployment, "webhooks", receiver.webhooks)
        patch.setattr(deployment, "client", receiver.client)
        patch.setattr(deployment, "settings", lambda: SETTINGS)
        patch.setattr(webhook, "time", SimpleNamespace(time=lambda: receiver.now))
        yield receiver
    webhook.logger.registered_handler.setStream(stream)  # type: ignore[attr-defined]


def gateway_event(
    body: bytes, headers: Mapping[str, str], *, version: str = "2.0", encoded: bool = False
) -> dict[str, Any]:
    """As API Gateway hands a request over (payload 1.0 or 2.0)."""
    text = base64.b64encode(body).decode() if encoded else body.decode("utf-8", "surrogatepass")
    event: dict[str, Any] = {"version": version, "body": text, "isBase64Encoded": encoded}
    if version == "2.0":
        context: dict[str, Any] = {"http": {"sourceIp": "192.0.2.10"}, "timeEpoch": 1772487010123}
        lowered = {name.lower(): value for name, value in headers.items()}
        return event | {"headers": lowered, "requestContext": context}
    context = {"identity": {"sourceIp": "192.0.2.10"}, "requestTimeEpoch": 1772487010123}
    listed = {name: [value] for name, value in headers.items()}
    return event | {
        "headers": dict(headers), "multiValueHeaders": listed, "requestContext": context,
    }  # fmt: skip
