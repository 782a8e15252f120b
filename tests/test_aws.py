"""The adapter's AWS client beside boto3's: the same requests, answers, errors and retries.

Both are asked the same by moto, whose state is the same for both; what can only happen on a network
is laid out.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar

import pytest
from aws import REGION, Answer
from aws import client as boto3_client
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
)
from erp_adapter.aws import Client, Credentials, transport
from erp_adapter.omnitron import open_client
from erp_console.fake_request import Answer as FakeAnswer
from http_server import served
from moto import mock_aws
from moto.core.models import botocore_stubber

ENVIRONMENT = {
    "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "a session's",
}  # fmt: skip
ENTRY = {"order": {"S": "Çiçek"}, "route": {"S": "ubl"}, "version": {"N": "1"}}
NEW = "attribute_not_exists(#order)"
WRITTEN = {
    "TableName": "ledger", "Item": ENTRY, "ConditionExpression": NEW,
    "ExpressionAttributeNames": {"#order": "order"},
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}  # fmt: skip
PUT = {
    "Bucket": "documents", "Key": "documents/ubl/A b+c~ğ-1.xml", "Body": "<Ö/>".encode(),
    "ContentType": "application/xml", "IfNoneMatch": "*",
    "Metadata": {"document-id": "1/ubl/1", "sha256": "00"},
}  # fmt: skip
AT = {"Bucket": "documents", "Key": PUT["Key"]}
KEY = {"order": ENTRY["order"], "route": ENTRY["route"]}


class Line:
    """A network whose answers are laid out, or moto's; keeps what was sent."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers, self.sent, self.slept = list(answers), list[Any](), list[float]()

    def send(self, request: Any) -> Any:
        self.sent.append(request)
        if not self.answers:
            return botocore_stubber("before-send", request)
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found.to(request)

    def client(self, service: str, attempts: int = 1, **environment: str) -> Client:
        return Client(
            service, self, attempts=attempts, sleep=self.slept.append,
            environment=ENVIRONMENT | environment,
        )  # fmt: skip


@contextmanager
def places() -> Iterator[str]:
    """The table, the queue, the bucket and the parameters of every call; gives the queue."""
    with mock_aws():
        boto3_client("dynamodb").create_table(
            TableName="ledger", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in KEY],
            KeySchema=[
                {"AttributeName": "order", "KeyType": "HASH"},
                {"AttributeName": "route", "KeyType": "RANGE"},
            ],
        )  # fmt: skip
        boto3_client("s3").create_bucket(
            Bucket="documents", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        for name in ("one", "two"):
            boto3_client("ssm").put_parameter(
                Name=f"/shop/webhook-secrets/{name}", Value=f"{name}'s ş", Type="SecureString"
            )
        queue: str = boto3_client("sqs").create_queue(
            QueueName="in.fifo", Attributes={"FifoQueue": "true"}
        )["QueueUrl"]
        yield queue


def calls(queue: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Every call that the adapter makes, in an order in which each has something to say."""
    message = {"QueueUrl": queue, "MessageBody": "Ğ", "MessageGroupId": "1"}
    attribute = {"document_id": {"DataType": "String", "StringValue": "1/ubl/1"}}
    return [
        ("ssm", "get_parameter", {"Name": "/shop/webhook-secrets/one", "WithDecryption": True}),
        ("ssm", "get_parameter", {"Name": "/shop/absent", "WithDecryption": True}),
        ("ssm", "get_parameters_by_path", {"Path": "/shop/webhook-secrets"}),
        ("dynamodb", "get_item", {"TableName": "ledger", "Key": KEY, "ConsistentRead": True}),
        ("dynamodb", "put_item", WRITTEN | {"Item": ENTRY | {"flag": {"BOOL": True}}}),
        ("dynamodb", "put_item", WRITTEN),
        ("dynamodb", "get_item", {"TableName": "ledger", "Key": KEY}),
        ("dynamodb", "get_item", {"TableName": "absent", "Key": KEY}),
        ("dynamodb", "query", {
            "TableName": "ledger", "KeyConditionExpression": "#order = :order",
            "ExpressionAttributeNames": {"#order": "order"},
            "ExpressionAttributeValues": {":order": KEY["order"]},
        }),
        ("dynamodb", "batch_get_item", {"RequestItems": {"ledger": {"Keys": [KEY]}}}),
        ("sqs", "send_message", message | {"MessageDeduplicationId": "a"}),
        ("sqs", "send_message", message
         | {"MessageDeduplicationId": "b", "MessageAttributes": attribute}),
        ("sqs", "send_message", message | {"QueueUrl": f"{queue}x"}),
        ("sqs", "get_queue_attributes", {
            "QueueUrl": queue, "AttributeNames": ["ApproximateNumberOfMessages"],
        }),
        ("sqs", "change_message_visibility", {
            "QueueUrl": queue, "ReceiptHandle": "nobody's", "VisibilityTimeout": 3,
        }),
        ("s3", "head_object", AT),
        ("s3", "put_object", PUT),
        ("s3", "put_object", PUT),
        ("s3", "head_object", AT),
        ("s3", "list_objects_v2", {"Bucket": "documents", "Prefix": "documents/ubl/"}),
        ("s3", "list_objects_v2", {"Bucket": "documents", "Prefix": "documents/csv/"}),
        ("s3", "list_objects_v2", {
            "Bucket": "documents", "Prefix": "documents/ubl/", "StartAfter": PUT["Key"],
        }),
        ("s3", "list_objects_v2", {"Bucket": "absent-here", "Prefix": "documents/ubl/"}),
        ("s3", "put_object", PUT | {"Bucket": "absent-here"}),
    ]  # fmt: skip


_OF_THE_MOMENT = {"MessageId", "SequenceNumber", "LastModifiedDate"}
_NOT_READ = {
    "ETag", "__type", "message", "Message", "Type", "ContentType", "ContentLength",
    "ChecksumAlgorithm", "Size", "StorageClass",
}  # fmt: skip


def told(value: Any) -> Any:
    """What of an answer does not depend on when it was given."""
    if isinstance(value, list):
        return [told(each) for each in value]
    if isinstance(value, dict):
        return {n: told(v) for n, v in value.items() if n not in _OF_THE_MOMENT | _NOT_READ}
    if isinstance(value, datetime):
        return "a moment" if value.tzinfo else "a moment of nowhere"
    return value


def outcome(client: Any, name: str, given: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = dict(getattr(client, name)(**given))
    except ClientError as error:
        answer = {"raised": error.operation_name, **error.response}
    status = answer.pop("ResponseMetadata")["HTTPStatusCode"]
    code = answer.pop("Error", {}).get("Code")
    answer = {name: value for name, value in answer.items() if value != {}}
    found: dict[str, Any] = told({"status": status, "code": code, **answer})
    return found


def test_every_answer_and_every_refusal_is_boto3_s() -> None:
    with places() as queue:
        asked = calls(queue)
        ours = [outcome(Line().client(service), name, given) for service, name, given in asked]
    with places() as queue:
        theirs = [outcome(boto3_client(service), name, given) for service, name, given in asked]
    for own, other, (service, name, _) in zip(ours, theirs, asked, strict=True):
        read = {n: v for n, v in other.items() if n in own or n in ("Item", "Items", "Metadata")}
        assert own == read, (service, name)
    assert {own["status"] for own in ours} == {200, 400, 404, 412}


def test_a_condition_that_fails_gives_the_item_that_is_there() -> None:
    with places() as queue:
        client = Line().client("dynamodb")
        client.put_item(**WRITTEN)
        with pytest.raises(ClientError) as refused:
            client.put_item(**WRITTEN)
    assert refused.value.response["Error"]["Code"] == "ConditionalCheckFailedException"  # type: ignore[typeddict-item]
    assert refused.value.response["Item"] == ENTRY, queue  # type: ignore[typeddict-item]


def test_what_is_sent_is_what_botocore_signs() -> None:
    """Method, address, headers and body, signed once more as they left: the same signature."""
    credentials: Any = Credentials("testing", "testing", "a session's")
    with places() as queue:
        for service, name, given in calls(queue):
            line = Line()
            outcome(line.client(service), name, given)
            (sent,) = line.sent
            headers = dict(sent.headers.items())
            signature = headers.pop("Authorization")
            signed = signature.partition("SignedHeaders=")[2].partition(",")[0].split(";")
            kept = {n: v for n, v in headers.items() if n.lower() in signed}
            again = AWSRequest(sent.method, sent.url, kept, sent.body)
            kind = S3SigV4Auth if service == "s3" else SigV4Auth
            signer = kind(credentials, service, REGION)
            again.context["timestamp"] = headers["X-Amz-Date"]
            canonical = signer.canonical_request(again)
            text = signer.string_to_sign(again, canonical)
            assert signature.endswith(f"Signature={signer.signature(text, again)}"), name
            assert headers["X-Amz-Security-Token"] == "a session's"
            assert {"host", "x-amz-date", "x-amz-security-token"} <= set(signed)


@pytest.mark.parametrize(
    ("first", "sends"),
    [
        (Answer(503), 3), (Answer(500, b"not json"), 3),
        (Answer(400, b'{"__type": "com.amazonaws#ThrottlingException"}'), 3),
        (ConnectTimeoutError(endpoint_url="x"), 3), (ReadTimeoutError(endpoint_url="x"), 3),
        (Answer(200, b"<html>"), 3), (Answer(400, b'{"__type": "ValidationException"}'), 1),
    ],
)  # fmt: skip
def test_what_may_pass_is_tried_three_times_and_a_put_only_once(
    first: Answer | Exception, sends: int
) -> None:
    for attempts, expected in ((3, sends), (1, 1)):
        line = Line(*[first] * attempts)
        kinds = (ClientError, HTTPClientError, ConnectTimeoutError)
        with pytest.raises(kinds):
            line.client("dynamodb", attempts).get_item(TableName="t", Key=KEY)
        assert len(line.sent) == expected
        assert len(line.slept) == expected - 1
        assert all(0 <= seconds <= 2.0**place for place, seconds in enumerate(line.slept))
    line = Line(first)
    if first != Answer(200, b"<html>"):
        with pytest.raises(kinds):
            line.client("s3").put_object(**PUT)
        assert len(line.sent) == 1


def test_the_second_try_may_succeed() -> None:
    line = Line(Answer(503), Answer(200, b'{"Parameter": {"Value": "v"}}'))
    assert line.client("ssm", 3).get_parameter(Name="n")["Parameter"] == {"Value": "v"}


@pytest.mark.parametrize("half", [b"", b"<html>", b"<ListBucketResult><Contents><Key>a</Key>"])
def test_half_a_list_is_no_list(half: bytes) -> None:
    line = Line(Answer(200, half))
    with pytest.raises(HTTPClientError):
        line.client("s3").list_objects_v2(Bucket="documents", Prefix="documents/")


def test_where_requests_go() -> None:
    def address(service: str, **environment: str) -> str:
        line = Line(Answer(200, b"{}"))
        client = line.client(service, **environment)
        name, given = ("head_object", AT) if service == "s3" else ("get_item", {"TableName": "t"})
        getattr(client, name)(**given)
        return str(line.sent[0].url)

    key = "documents/ubl/A%20b%2Bc~%C4%9F-1.xml"
    local = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
    assert address("dynamodb") == f"https://dynamodb.{REGION}.amazonaws.com/"
    assert address("s3") == f"https://documents.s3.{REGION}.amazonaws.com/{key}"
    assert address("s3", **local) == f"http://127.0.0.1:4566/documents/{key}"
    assert address("sqs", **local) == "http://127.0.0.1:4566/"
    china = address("sqs", AWS_REGION="cn-north-1")
    assert china == "https://sqs.cn-north-1.amazonaws.com.cn/"


def test_a_body_does_not_wait_for_its_head_to_be_acknowledged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """TCP_NODELAY, on both ways out: what AWS and the shop are asked."""

    class Kept(socket.socket):
        connected: ClassVar[list[socket.socket]] = []

        def connect(self, address: Any) -> None:
            self.connected.append(self)
            super().connect(address)

    monkeypatch.setattr(socket, "socket", Kept)
    with served(lambda _: FakeAnswer.json({})) as url:
        environment = ENVIRONMENT | {"AWS_ENDPOINT_URL": url}
        client = Client("dynamodb", transport(1, 4), attempts=1, environment=environment)
        client.get_item(TableName="t", Key=KEY)
        open_client(url, 4).get("/")
        at_once = [
            each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0 for each in Kept.connected
        ]
        for each in Kept.connected:
            each.close()
    assert at_once == [True, True]


def test_a_function_without_region_or_credentials_says_so() -> None:
    with pytest.raises(NoRegionError):
        Client("sqs", Line(), attempts=1, environment={})
    with pytest.raises(NoCredentialsError):
        Client("sqs", Line(), attempts=1, environment={"AWS_REGION": REGION})


def test_nothing_else_can_be_called() -> None:
    with pytest.raises(AttributeError):
        Line().client("s3").delete_object(**AT)


def test_no_function_reads_service_models() -> None:
    """Neither when it starts nor with its clients: that was most of a cold start."""
    code = (
        "import sys, webhook, deliver, reconcile, pickup; from erp_adapter import aws, deployment;"
        "[deployment.client(service) for service in aws.SERVICES];"
        "print([m for m in ('boto3', 'botocore.session', 'botocore.loaders') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | ENVIRONMENT, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert said.stdout.strip() == "[]"
