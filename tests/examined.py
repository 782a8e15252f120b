"""A deployment that lacks nothing, in this process: what `doctor` finds no fault with."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from erp_console.checkout import profiles_root
from erp_console.checkup.examination import examine
from erp_console.checkup.site import Site
from erp_console.fake_hooks import FakeHooks
from erp_console.shop_access import environment_of
from operated import NAMES, Operated, answer_new_clients
from template import RESOURCES
from world import REGION, SECRET, STACK, World

FUNCTIONS = {
    "WebhookFunctionName": "webhook", "DeliverFunctionName": "deliver",
    "ReconcileFunctionName": "reconcile", "PickupFunctionName": "pickup",
}  # fmt: skip
EVENTS = ("order.created", "order.updated")


class Door(ThreadingHTTPServer):
    """The webhook's address: the function behind it, or a `status` instead; the next `failures`
    calls are answered 503."""

    daemon_threads = True

    def __init__(self, world: World) -> None:
        self.world = world
        self.status: int | None = None
        self.failures = 0
        super().__init__(("127.0.0.1", 0), _Knock)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Nobody listens any more."""
        self.shutdown()
        self.server_close()


class _Knock(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        door: Any = self.server
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = door.status or (503 if door.failures > 0 else None)
        door.failures -= 1
        status = status or door.world.post(body, headers)["statusCode"]
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


class Examined:
    """A deployment. The methods plant one fault each, or give what a test plants one with."""

    def __init__(self, operated: Operated) -> None:
        self.operated, self.world = operated, operated.world
        self.source: dict[str, Any] = {}
        self.configurations: dict[str, dict[str, Any]] = {}
        self.concurrency: dict[str, int] = {}
        self.told: dict[str, Any] = {"EventBridgeConfiguration": {}}
        self.aws = operated.deployed.aws
        self.door = Door(self.world)
        self.webhook_url = f"http://127.0.0.1:{self.door.server_port}/webhook"
        self.outputs = {
            **NAMES, **FUNCTIONS, "WebhookUrl": self.webhook_url,
            "InputQueueUrl": self.world.input_queue, "OutputQueueUrl": self.world.output_queue,
            "DeadLetterQueueUrl": operated.deployed.dlq_url,
        }  # fmt: skip
        operated.stacks[STACK] = self.outputs
        self.source |= {
            "UUID": "u-1", "EventSourceArn": self.arn(self.outputs["InputQueueUrl"]),
            "State": "Enabled", "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": 2},
        }  # fmt: skip
        self._queues()
        self._functions()
        self._bucket_and_table()
        self._alarms()
        for event in EVENTS:
            self.hooks.add(event, self.webhook_url, secret_key=SECRET)

    @property
    def hooks(self) -> FakeHooks:
        """The shop's hooks."""
        return self.world.omnitron.hooks

    def client(self, service: str) -> Any:
        """A boto3 client of the test's own."""
        return self.world.client(service)

    def findings(self, code: int | None = None) -> list[dict[str, str]]:
        """What doctor says."""
        result = self.operated.run("doctor", "--json")
        assert result.exit_code in ((0, 1) if code is None else (code,)), result.output
        assert result.stdout, (result.stderr, result.exception)
        assert SECRET not in result.output
        assert self.world.omnitron.token not in result.output
        found: list[dict[str, str]] = json.loads(result.stdout)["findings"]
        return found

    def troubles(self) -> list[str]:
        """What is not ok, as "level check: said"; all have a remedy."""
        environment = environment_of(self.aws, self.outputs["DeliverFunctionName"])
        site = Site(
            aws=self.aws, stack=STACK, outputs=self.outputs, environment=environment,
            folder=profiles_root(),
        )  # fmt: skip
        with closing(site):
            found = [each for each in examine(site) if each.level != "ok"]
        assert all(each.remedy and each.said for each in found)
        return [f"{each.level} {each.check}: {each.said}" for each in found]

    # ------------------------------------------------------------------- its parts

    def _queues(self) -> None:
        sqs = self.client("sqs")
        dead = self.arn(self.outputs["DeadLetterQueueUrl"])
        self.inbound(
            VisibilityTimeout="180",
            RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 8}),
        )
        sqs.set_queue_attributes(
            QueueUrl=self.outputs["DeadLetterQueueUrl"],
            Attributes={"MessageRetentionPeriod": "1209600", "DeduplicationScope": "messageGroup"},
        )

    def inbound(self, **attributes: str) -> None:
        """Sets attributes of the inbound queue."""
        self.client("sqs").set_queue_attributes(
            QueueUrl=self.outputs["InputQueueUrl"], Attributes=attributes
        )

    def arn(self, url: str) -> str:
        """A queue's ARN."""
        answer = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        found: str = answer["Attributes"]["QueueArn"]
        return found

    def _functions(self) -> None:
        events = self.client("events")
        for name in FUNCTIONS.values():
            self.configure(name)
        events.put_rule(Name="schedule", ScheduleExpression="rate(5 minutes)")
        arn = self.configurations["reconcile"]["FunctionArn"]
        events.put_targets(Rule="schedule", Targets=[{"Id": "1", "Arn": arn}])
        self.deletions()
        arn = self.configurations["pickup"]["FunctionArn"]
        events.put_targets(Rule="deletions", Targets=[{"Id": "1", "Arn": arn}])

    def deletions(self, bucket: str = "documents", prefix: str = "documents/") -> None:
        """The rule of the function pickup."""
        pattern = {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": prefix}]}}
        self.client("events").put_rule(
            Name="deletions", EventPattern=json.dumps({"source": ["aws.s3"], "detail": pattern})
        )

    def environment(self, **changes: str) -> dict[str, str]:
        """The functions' environment."""
        return {
            "OMNITRON_URL": self.world.omnitron.url, "API_PREFIX": "/api/v1",
            "OMNITRON_TIMEOUT": "2", "FUNCTION_TIMEOUT": "30", "DOCUMENT_PREFIX": "documents",
            **changes,
        }  # fmt: skip

    def configure(self, name: str = "deliver", timeout: int = 30, **changes: str) -> None:
        """A function, with these changes of the usual."""
        self.configurations[name] = {
            "FunctionArn": f"arn:aws:lambda:{REGION}:123456789012:function:{name}",
            "Timeout": timeout, "Environment": {"Variables": self.environment(**changes)},
            "State": "Active", "LastUpdateStatus": "Successful",
        }  # fmt: skip

    def _bucket_and_table(self) -> None:
        s3, declared = self.client("s3"), RESOURCES["DocumentsBucket"]["Properties"]
        self.lifecycle(NoncurrentVersionExpiration={"NoncurrentDays": 90})
        s3.put_public_access_block(
            Bucket=self.world.bucket,
            PublicAccessBlockConfiguration=declared["PublicAccessBlockConfiguration"],
        )
        self.client("dynamodb").update_continuous_backups(
            TableName=self.world.table,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )

    def lifecycle(self, prefix: str = "", **rule: Any) -> None:
        """Gives the bucket this rule beside the one that removes old versions."""
        kept = {
            "ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
        }  # fmt: skip
        more = {"ID": "more", "Status": "Enabled", "Filter": {"Prefix": prefix}, **rule}
        self.client("s3").put_bucket_lifecycle_configuration(
            Bucket=self.world.bucket, LifecycleConfiguration={"Rules": [kept, more]}
        )

    def _alarms(self) -> None:
        self.topic = self.client("sns").create_topic(Name="alarms")["TopicArn"]
        self.subscribe()
        self.alarm()

    def subscribe(self) -> None:
        """Lets somebody listen to the alarms."""
        self.subscription = self.client("sns").subscribe(
            TopicArn=self.topic, Protocol="https", ReturnSubscriptionArn=True,
            Endpoint="https://example.com/alarms",
        )["SubscriptionArn"]  # fmt: skip

    def alarm(self, **changes: Any) -> None:
        """An alarm of the stack, changed."""
        usual = {
            "AlarmName": f"{STACK}-MissedAlarm-1", "MetricName": "Missed",
            "Namespace": "ErpAdapter", "EvaluationPeriods": 1, "Period": 300,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold", "Statistic": "Sum",
            "Threshold": 1.0, "AlarmActions": [self.topic], "AlarmDescription": "Missed.",
        }  # fmt: skip
        self.client("cloudwatch").put_metric_alarm(**{**usual, **changes})


def _lambda(
    made: list[Examined], params: dict[str, Any], model: Any, **_: Any
) -> tuple[Any, dict[str, Any]] | None:
    """What Lambda says of the functions."""
    if not made:
        return None
    at, operation = made[-1], model.name
    if operation == "ListEventSourceMappings":
        return SimpleNamespace(status_code=200), {"EventSourceMappings": [at.source]}
    name = params["url_path"].split("/functions/")[1].split("/")[0]
    if name not in at.configurations:
        error = {"Error": {"Code": "ResourceNotFoundException", "Message": ""}}
        return SimpleNamespace(status_code=404), {**error, "ResponseMetadata": {}}
    if operation == "GetFunctionConcurrency":
        reserved = at.concurrency.get(name)
        answer = {} if reserved is None else {"ReservedConcurrentExecutions": reserved}
        return SimpleNamespace(status_code=200), answer
    return SimpleNamespace(status_code=200), at.configurations[name]


def _bucket(
    made: list[Examined], params: dict[str, Any], **_: Any
) -> tuple[Any, dict[str, Any]] | None:
    """What S3 says of the bucket's notifications."""
    if not made or not params["url"].startswith(f"https://{made[-1].world.bucket}."):
        return None
    return SimpleNamespace(status_code=200), made[-1].told


@pytest.fixture
def make_examined(
    operate: Callable[..., Operated], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Examined]]:
    """Makes a deployment that lacks nothing, of a world with these words."""
    made: list[Examined] = []

    def make(**words: Any) -> Examined:
        # Known first, so that it is asked first; moto's Lambda needs containers.
        for operation in (
            "GetFunctionConfiguration", "GetFunctionConcurrency", "ListEventSourceMappings",
        ):  # fmt: skip
            answer_new_clients(monkeypatch, f"lambda.{operation}", partial(_lambda, made))
        # What moto has taken of it, it does not give back.
        answer_new_clients(
            monkeypatch, "s3.GetBucketNotificationConfiguration",
            partial(_bucket, made),
        )  # fmt: skip
        made.append(Examined(operate(**words)))
        return made[-1]

    yield make
    for each in made:
        each.door.close()


@pytest.fixture
def examined(make_examined: Callable[..., Examined]) -> Examined:
    """The usual one."""
    return make_examined()
