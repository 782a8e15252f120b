"""A function may do what it does and no more: a traced run against the policies, both ways."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import pytest
from permissions import Allowed, Trace, conditions, permits, policy
from world import STACK, Killed, World, killed_at

FUNCTIONS: Final = ("webhook", "deliver", "reconcile", "pickup")
EVENT_SOURCE: Final = "the event source polls the queue with the function's role"
LAMBDA: Final = "Lambda writes the log in the function's name, into its own group"
KMS: Final = "S3, SQS, DynamoDB and Parameter Store use the key in the caller's name"
SERVICE_SIDE: Final = {
    ("logs:CreateLogStream", "LogGroup"): LAMBDA,
    ("logs:PutLogEvents", "LogGroup"): LAMBDA,
    ("sqs:ReceiveMessage", "InboundQueue"): EVENT_SOURCE,
    ("sqs:DeleteMessage", "InboundQueue"): EVENT_SOURCE,
    ("sqs:GetQueueAttributes", "InboundQueue"): EVENT_SOURCE,
    ("s3:ListBucket", "DocumentsBucket"): "without it the HEAD of an absent object is a 403, and "
    "its delete marker goes unseen",
    ("ssm:GetParametersByPath", "/webhook-secrets/*"): "AWS does not say whether the path is "
    "checked with its last slash",
    ("kms:Decrypt", "key"): KMS,
    ("kms:GenerateDataKey", "key"): KMS,
}
"""Permissions that no call of ours shows (action, end of the resource), and their reasons."""


def is_service_side(allowed: Allowed) -> bool:
    """Whether the table has it."""
    return any(allowed[0] == a and allowed[1].endswith(end) for a, end in SERVICE_SIDE)


@pytest.fixture
def run(make_world: Callable[..., World]) -> Callable[..., Trace]:
    """Does everything that a deployment's functions do; what they asked of AWS."""

    def everything(**environment: str) -> Trace:
        world = make_world(("ubl-order", "csv-flat"), change=_to_both, **environment)
        for name, value in (("user", world.omnitron.user), ("password", world.omnitron.password)):
            world.client("ssm").put_parameter(
                Name=f"/{STACK}/omnitron-{name}", Value=value, Type="SecureString"
            )
        inline = environment.get("PROCESSING_MODE") == "inline"
        world.announce(world.new_order(1))
        for first, go in ((10, world.announce),) * inline + ((20, world.work),):
            world.restart()
            go(world.new_order(first))
            for key in world.documents():
                assert world.pick_up(key) == "picked up"
            go(first)  # the shop is told
            go(first)  # is_send: who has it?
            lost = world.new_order(first + 1)
            with killed_at(world, "s3", "after-call.s3.PutObject", retries=False), suppress(Killed):
                go(lost)
            _let_leases_end(world, lost)
            go(lost)  # taken over: the HEAD
            world.omnitron.traffic.fail("items", status=500)
            go(world.new_order(first + 2))
            world.heal()
            world.work(first + 2, tries=4)  # looks whether it was parked
        world.new_order(3)
        world.restart()
        world.walk()
        return world.trace

    return everything


def _to_both(tables: dict[str, Any]) -> None:
    tables["route"][0]["acknowledge"] = "after-pickup"
    tables["route"][1]["destination"] = "sqs"


def _let_leases_end(world: World, pk: int) -> None:
    for entry in world.ledger.of_order(str(pk)):
        if entry.state == "claimed":
            world.client("dynamodb").update_item(
                TableName=world.table,
                Key={"order": {"S": entry.order}, "route": {"S": entry.route}},
                UpdateExpression="SET lease_until = :past",
                ExpressionAttributeValues={":past": {"N": "1"}},
            )


DEPLOYMENTS: Final[list[dict[str, str]]] = [
    {}, {"PROCESSING_MODE": "inline"}, {"OMNITRON_LOGIN": "password"},
]  # fmt: skip


@pytest.mark.parametrize("environment", DEPLOYMENTS, ids=str)
def test_a_function_may_do_what_it_does_and_no_more(
    run: Callable[..., Trace], environment: Mapping[str, str]
) -> None:
    made = run(**environment).made
    for function in FUNCTIONS:
        calls = {(action, resource) for by, action, resource in made if by == function}
        allowed = policy(function, conditions())
        assert [c for c in calls if not any(permits(each, *c) for each in allowed)] == []
        superfluous = {
            each
            for each in allowed
            if not is_service_side(each) and not any(permits(each, *call) for call in calls)
        }
        assert superfluous == set(), f"{function} may do what it never does"


@pytest.mark.parametrize(("action", "where"), SERVICE_SIDE)
def test_a_reason_without_a_permission_is_no_reason(action: str, where: str) -> None:
    every = [policy(f, conditions(Inline=True, HasKmsKey=True)) for f in FUNCTIONS]
    assert any(a == action and r.endswith(where) for allowed in every for a, r in allowed)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_uses_the_one_key_and_writes_its_own_log(function: str) -> None:
    for action, resource in policy(function, conditions(HasKmsKey=True)):
        assert action.startswith("kms:") == (resource == "key")
        if action.startswith("logs:"):
            assert resource == f"{function.capitalize()}LogGroup"
    assert not [a for a, _ in policy(function, conditions()) if a.startswith("kms:")]


def test_the_search_can_fail(make_world: Callable[..., World]) -> None:
    """A call that no role allows is denied, whoever makes it."""
    world = make_world()
    trace = Trace(world.trace.resources, world.trace.stack, "webhook")
    trace.note({"QueueUrl": world.input_queue}, "sqs", "SendMessage")
    assert trace.denied == set()
    trace.note({"QueueUrl": world.input_queue}, "sqs", "PurgeQueue")
    trace.note({"QueueUrl": world.output_queue}, "sqs", "SendMessage")
    trace.note({"TableName": world.table}, "dynamodb", "GetItem")
    trace.note({"Name": f"/{world.trace.stack}/omnitron-token"}, "ssm", "GetParameter")
    trace.function = "deliver"
    trace.note({"Bucket": "documents", "Key": "elsewhere/1.xml"}, "s3", "PutObject")
    trace.note({"Bucket": "documents", "Key": "documents/ubl/1.xml"}, "s3", "DeleteObject")
    assert len(trace.denied) == 6
    trace.function = None
    trace.note({"TableName": world.table}, "dynamodb", "DeleteTable")
    assert len(trace.made) == 7
