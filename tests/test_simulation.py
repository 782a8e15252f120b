"""The promises hold in the simulation, and the simulation is one that can tell.

The short form: `make simulate` runs thousands of seeds. What failed prints its seed and a story.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from erp_adapter.delivery.batch import failures
from moto import mock_aws
from simulation.bucket import Version
from simulation.lambdas import failed_of
from simulation.mutants import MUTANTS, Mutant
from simulation.past import PAST, Past
from simulation.plan import Event, Plan
from simulation.scene import Scene
from simulation.seeds import plan_of
from simulation.shrink import code_of, shrunk, violation_of

TESTS = Path(__file__).parent
BLOCK, BLOCKS = 15, 8
MORE = 60
"""So many seeds further on than its hint a planted bug is looked for: a change of the code may make
another story of a seed."""


def holds(plan: Plan) -> None:
    """Fails with the seed and the shortest story that breaks the same promise."""
    _, violation = violation_of(plan)
    if violation:
        plan, scene = shrunk(plan)
        pytest.fail(f"seed {plan.seed}: {violation}\n{code_of(plan)}\n{scene.story.text()}")


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_promises_hold(block: int) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        holds(plan_of(seed))


# ------------------------------------------------------------ it can find bugs


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_bug_is_noticed(mutant: Mutant) -> None:
    for seed in range(mutant.hint, mutant.hint + MORE):
        with mutant.planted():
            _, violation = violation_of(mutant.plan(seed))
        if violation:
            return
    pytest.fail(f"{MORE} seeds went by, and nobody noticed")


@pytest.mark.parametrize("past", PAST, ids=lambda past: past.bug.name)
def test_a_bug_of_the_past_stays_mended(past: Past) -> None:
    holds(past.plan)
    with past.bug.planted():
        _, violation = violation_of(past.plan)
    assert violation is not None, "the story does not tell of the bug any more"
    assert past.says in violation


def test_a_failure_shrinks_to_a_short_story() -> None:
    mutant = next(each for each in MUTANTS if each.name == "no look after a dead claim")
    before = plan_of(42, more=())
    with mutant.planted():
        plan, scene = shrunk(before)
        assert violation_of(plan)[1] == scene.promises.broken[0]
    assert len(plan.events) <= 4 < 10 < len(before.events)
    assert len(plan.forced) <= 4
    assert "was put twice" in scene.story.text(1)
    assert eval(code_of(plan), {"Plan": Plan, "Event": Event}) == plan


# ------------------------------------------------------ the same seed, the same story


def told(seeds: range, hash_seed: str) -> str:
    """What another process tells of these seeds."""
    code = (
        "from simulation.seeds import plan_of; from simulation.scene import Scene\n"
        f"for seed in {list(seeds)}: print(Scene(plan_of(seed)).run().story.text(10**6))"
    )
    path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_the_same_seed_is_the_same_story_in_every_process() -> None:
    seeds = range(4)
    here = "".join(Scene(plan_of(seed)).run().story.text(10**6) + "\n" for seed in seeds)
    assert told(seeds, "1") == here


# --------------------------------------------- what emulators do otherwise than AWS


@pytest.mark.parametrize(
    ("answer", "stay"),
    [
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        ({}, set()),
        (None, set()),
        ({"batchItemFailure": [{"itemIdentifier": "a"}]}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, {"a", "b"}),
        ({"batchItemFailures": [{"id": "a"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": "c"}]}, {"a", "b"}),
    ],
)
def test_what_stays_on_the_queue_follows_the_answer_s_shape(answer: Any, stay: set[str]) -> None:
    assert failed_of(answer, ["a", "b"]) == stay


def test_the_worker_s_answer_has_the_shape_that_keeps_its_failures() -> None:
    records = [{"messageId": "a"}, {"messageId": "b"}]
    assert failed_of(failures(records[:1]), ["a", "b"]) == {"a"}
    assert failed_of(failures(records), ["a", "b"]) == {"a", "b"}
    assert failed_of(failures([]), ["a", "b"]) == set()


def s3_story(s3: Any, delete: Any, later: Any) -> list[Any]:
    """What is put, found and put again over a delete marker."""

    def put() -> Any:
        later()
        return said(s3.put_object, Bucket="documents", Key="k", Body=b"1", IfNoneMatch="*",
                    Metadata={"document-id": "1/a/1"})  # fmt: skip

    def head() -> Any:
        later()
        return said(s3.head_object, Bucket="documents", Key="k")

    def listed() -> Any:
        page = s3.list_objects_v2(Bucket="documents", Prefix="k", StartAfter="")
        return [each["Key"] for each in page.get("Contents", [])], page["IsTruncated"]

    story = [head(), put(), put(), head(), listed()]
    delete()
    story += [head(), listed(), put(), head(), listed()]
    pages = s3.get_paginator("list_object_versions").paginate(Bucket="documents", Prefix="k")
    return [*story, [len(page["Versions"]) for page in pages]]


def dynamodb_story(dynamodb: Any) -> list[Any]:
    """Conditional puts, and what a lost one is told."""

    def put(version: int, condition: str, **more: Any) -> Any:
        item = {"order": {"S": "1"}, "route": {"S": "a"}, "version": {"N": str(version)}}
        return said(
            dynamodb.put_item, TableName="ledger", Item=item, ConditionExpression=condition,
            ReturnValuesOnConditionCheckFailure="ALL_OLD", **more,
        )  # fmt: skip

    new: Any = {"ExpressionAttributeNames": {"#order": "order"}}

    def next_of(version: int) -> Any:
        return put(
            version + 1, "#version = :version", ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":version": {"N": str(version)}},
        )  # fmt: skip

    key = {"order": {"S": "1"}, "route": {"S": "a"}}
    nothing = {"order": {"S": "2"}, "route": {"S": "a"}}
    story = [put(1, "attribute_not_exists(#order)", **new)]
    story += [put(1, "attribute_not_exists(#order)", **new), next_of(1), next_of(1)]
    for asked in (key, nothing):
        answer = dynamodb.get_item(TableName="ledger", Key=asked, ConsistentRead=True)
        story.append(answer.get("Item"))
    found = dynamodb.query(
        TableName="ledger", KeyConditionExpression="#order = :order", ConsistentRead=True,
        ExpressionAttributeNames={"#order": "order"},
        ExpressionAttributeValues={":order": {"S": "1"}},
    )["Items"]  # fmt: skip
    many = dynamodb.batch_get_item(
        RequestItems={"ledger": {"Keys": [key, nothing], "ConsistentRead": True}}
    )
    return [*story, found, many["Responses"]["ledger"], many["UnprocessedKeys"]]


def sqs_story(sqs: Any, url: str) -> list[Any]:
    """Order, lock and deduplication of a FIFO queue."""

    def send(group: str, identity: str) -> None:
        sqs.send_message(
            QueueUrl=url, MessageBody=f"{group}{identity}", MessageGroupId=group,
            MessageDeduplicationId=identity,
        )  # fmt: skip

    def receive(most: int) -> list[Any]:
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=most, WaitTimeSeconds=0, VisibilityTimeout=60
        )
        received: list[Any] = answer.get("Messages", [])
        return received

    for group, identity in (("a", "1"), ("a", "1"), ("a", "2"), ("a", "3")):
        send(group, identity)
    first = receive(1)
    story = [[each["Body"] for each in some] for some in (first, receive(10))]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
    rest = receive(10)
    story.append([each["Body"] for each in rest])
    sqs.change_message_visibility(
        QueueUrl=url, ReceiptHandle=rest[0]["ReceiptHandle"], VisibilityTimeout=0
    )
    return story


def said(operation: Any, **parameters: Any) -> Any:
    """An answer, as far as the adapter looks at it."""
    try:
        answer = operation(**parameters)
    except ClientError as error:
        answer = error.response
    metadata = answer["ResponseMetadata"]
    return (
        metadata["HTTPStatusCode"], answer.get("Error", {}).get("Code"), answer.get("Item"),
        answer.get("Metadata"), metadata["HTTPHeaders"].get("x-amz-delete-marker"),
    )  # fmt: skip


def test_the_simulated_services_answer_as_moto_where_moto_is_faithful() -> None:
    scene, simulated = Scene(Plan(seed=0)), list[Any]()

    def simulate() -> None:
        def delete() -> None:
            scene.bucket.write("k", Version(None, {}, scene.kernel.now))

        def later() -> None:
            scene.kernel.sleep(1)

        simulated.append(s3_story(scene.client("s3"), delete, later))
        simulated.append(dynamodb_story(scene.client("dynamodb")))
        simulated.append(sqs_story(scene.client("sqs"), scene.output.url))

    task = scene.kernel.spawn("script", simulate)
    scene.put = lambda key: None  # type: ignore[method-assign]
    scene.written = lambda key, before: None  # type: ignore[method-assign]
    scene.sent = lambda queue, message: None  # type: ignore[method-assign]
    scene.kernel.run(horizon=1000)
    if task.failure:
        raise task.failure
    with mock_aws():
        own = {name: boto3.client(name, "eu-central-1", aws_access_key_id="x",
                                  aws_secret_access_key="x")
               for name in ("s3", "dynamodb", "sqs")}  # fmt: skip
        place = {"LocationConstraint": "eu-central-1"}
        own["s3"].create_bucket(Bucket="documents", CreateBucketConfiguration=place)
        own["s3"].put_bucket_versioning(
            Bucket="documents", VersioningConfiguration={"Status": "Enabled"}
        )
        own["dynamodb"].create_table(
            TableName="ledger", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"}
                                  for n in ("order", "route")],
            KeySchema=[{"AttributeName": "order", "KeyType": "HASH"},
                       {"AttributeName": "route", "KeyType": "RANGE"}],
        )  # fmt: skip
        url = own["sqs"].create_queue(
            QueueName="output.fifo",
            Attributes={"FifoQueue": "true", "DeduplicationScope": "messageGroup",
                        "FifoThroughputLimit": "perMessageGroupId"},
        )["QueueUrl"]  # fmt: skip
        real = [
            s3_story(
                own["s3"], lambda: own["s3"].delete_object(Bucket="documents", Key="k"),
                lambda: None,
            ),
            dynamodb_story(own["dynamodb"]),
            sqs_story(own["sqs"], url),
        ]  # fmt: skip
    assert simulated == real
