"""The world with a stack description around it, so that the console's commands find it, and
operators who are killed at the n-th moment of their calls to AWS."""

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.handlers
import pytest
import reconcile
from erp_console.aws_access import Aws
from erp_console.cli import app
from erp_console.deployed import Deployed, describe
from erp_console.target import Target
from typer.testing import CliRunner, Result
from world import REGION, STACK, Killed, World, context

NAMES = {
    "LedgerTableName": "ledger", "BucketName": "documents", "ReconcileFunctionName": "reconcile",
    "DeliverFunctionName": "deliver",
}  # fmt: skip


class Operated:
    """A world and its operator."""

    def __init__(self, world: World, deployed: Deployed, stacks: dict[str, dict[str, str]]) -> None:
        self.world = world
        self.deployed = deployed
        self.stacks = stacks
        """What CloudFormation says: every stack's outputs."""

    def run(self, *arguments: str) -> Result:
        """The command, as a person gives it."""
        return CliRunner().invoke(app, [*arguments, "--stack", STACK])

    def said(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The command's JSON."""
        result = self.run(*arguments, "--json")
        assert result.exit_code == code, result.output
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def watched(self, kill_at: int | None = None) -> tuple[Deployed, list[str]]:
        """The stack through clients that note the beginning and the end of each call, and raise
        Killed at the n-th of them."""
        seen: list[str] = []

        def note(event_name: str, **_: Any) -> None:
            seen.append(event_name)
            if len(seen) - 1 == kill_at:
                raise Killed

        session = boto3.Session(region_name=REGION)
        session.events.register("before-call", note)
        session.events.register("after-call", note)
        return replace(self.deployed, aws=Aws(session)), seen

    def queued(self) -> list[dict[str, Any]]:
        """The notifications on the inbound queue, which is emptied."""
        return [json.loads(each["Body"]) for each in self.world.taken(self.world.input_queue)]

    def publish(self, *more: str) -> None:
        """Brings what the functions have logged since, and more lines, to CloudWatch Logs."""
        logs = self.world.client("logs")
        for line in [*self.world.log.getvalue().splitlines(), *more]:
            name = f"/aws/lambda/{STACK}-{json.loads(line).get('service') or 'deliver'}"
            with suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_group(logGroupName=name)
                logs.create_log_stream(logGroupName=name, logStreamName="one")
            event = {"timestamp": int(time.time() * 1000), "message": line}
            logs.put_log_events(logGroupName=name, logStreamName="one", logEvents=[event])
        self.world.log.seek(0)
        self.world.log.truncate()

    def work_off(self) -> int:
        """Lets the worker have what is queued; how much that was."""
        queued = self.queued()
        for start in range(0, len(queued), 10):
            records = [
                self.world.record(each["pk"], number=each["number"], source=each["source"])
                for each in queued[start : start + 10]
            ]
            assert self.world.batch(*records) == set()
        return len(queued)

    def new_dlq(self, name: str = "dead.fifo") -> str:
        """A dead-letter queue; its address."""
        made = self.world.client("sqs").create_queue(
            QueueName=name, Attributes={"FifoQueue": "true"}
        )
        return str(made["QueueUrl"])

    def bury(self, *pks: int, dlq: str | None = None) -> None:
        """Puts a dead letter of each order on the dead-letter queue."""
        for pk in pks:
            record = self.world.record(pk)
            self.world.client("sqs").send_message(
                QueueUrl=dlq or self.deployed.dlq_url, MessageBody=record["body"],
                MessageGroupId=str(pk), MessageDeduplicationId=record["messageId"],
            )  # fmt: skip


@pytest.fixture
def operate(
    make_world: Callable[..., World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Operated]:
    """Makes a world with `make_world`'s words, and deploys what CloudFormation says of it."""

    def make(**words: Any) -> Operated:
        world = make_world(**words)
        here = tmp_path / "checkout"
        (here / "layers").mkdir(parents=True)
        (here / "template.yaml").write_text("")
        (here / "layers" / "profiles").symlink_to(world.folder)
        monkeypatch.chdir(here)
        sqs = world.client("sqs")
        dlq = sqs.create_queue(QueueName="dead.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        queues = {
            "InputQueueUrl": world.input_queue, "OutputQueueUrl": world.output_queue,
            "DeadLetterQueueUrl": dlq,
        }  # fmt: skip
        other = {"WebhookUrl": "https://example.com"}
        stacks = {STACK: NAMES | queues, "other": other}
        answer_stacks(monkeypatch, stacks)
        answer_configurations(monkeypatch)
        return Operated(world, describe(Target(stack=STACK)), stacks)

    return make


@pytest.fixture
def operated(operate: Callable[..., Operated]) -> Operated:
    """The usual world: ubl-order to S3."""
    return operate()


def answer_new_clients(
    monkeypatch: pytest.MonkeyPatch, operation: str, answer: Callable[..., Any]
) -> None:
    """Lets `answer` speak for AWS to each client made from now on; who is known first, first."""
    known = botocore.handlers.BUILTIN_HANDLERS
    handlers = [*known, (f"before-call.{operation}", answer)]
    monkeypatch.setattr(botocore.handlers, "BUILTIN_HANDLERS", handlers)


def answer_configurations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets each client made from now on be told that a function has this process' environment."""

    def configuration(**_: Any) -> tuple[Any, dict[str, Any]]:
        return SimpleNamespace(status_code=200), {"Environment": {"Variables": dict(os.environ)}}

    answer_new_clients(monkeypatch, "lambda.GetFunctionConfiguration", configuration)


def answer_stacks(
    monkeypatch: pytest.MonkeyPatch, stacks: dict[str, dict[str, str]]
) -> None:  # fmt: skip
    """Lets every client made from now on be answered what CloudFormation would say of these stacks:
    moto's needs packages that nothing else here does."""

    def describe_stacks(params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        outputs = stacks.get(params["body"]["StackName"])
        if outputs is None:
            error = {"Code": "ValidationError", "Message": "Stack does not exist"}
            metadata = {"HTTPStatusCode": 400}
            return SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": metadata}
        listed = [{"OutputKey": k, "OutputValue": v} for k, v in outputs.items()]
        return SimpleNamespace(status_code=200), {"Stacks": [{"Outputs": listed}]}

    answer_new_clients(monkeypatch, "cloudformation.DescribeStacks", describe_stacks)


def answer_invocations(deployed: Deployed) -> list[dict[str, Any]]:
    """Lets the function's own handler answer what the stack's Lambda client invokes; the events."""
    events: list[dict[str, Any]] = []
    client = deployed.aws.client("lambda", retries=False, seconds=150)
    client.meta.events.register("before-call.lambda.Invoke", _invoked(events))
    return events


def answer_every_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for every Lambda client made from now on: those of the commands."""
    answer_new_clients(monkeypatch, "lambda.Invoke", _invoked([]))


def _invoked(events: list[dict[str, Any]]) -> Callable[..., tuple[Any, dict[str, Any]]]:
    def invoke(params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        events.append(json.loads(params["body"]))
        answer = json.dumps(reconcile.handler(events[-1], context(60))).encode()
        return SimpleNamespace(status_code=200), {"Payload": BytesIO(answer)}

    return invoke
