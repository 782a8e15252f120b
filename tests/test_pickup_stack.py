"""Pick-up on the local stack: S3's event by EventBridge, the function, and the alarm's numbers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from alarm_evaluation import Point, metric, read, states
from erp_console.fake_omnitron import FakeOmnitron
from erp_console.fake_shop import FakeShop
from erp_console.local_stack import LocalStack, Plan
from stack import Stack
from world import STACK

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def patient(local_stack: LocalStack) -> Iterator[Stack]:
    """A stack whose one route waits for the pick-up; a document is late at once."""
    with FakeOmnitron(FakeShop()) as omnitron:
        routes = local_stack.routes(("csv-flat",), "s3")
        routes["route"][0]["acknowledge"] = "after-pickup"
        plan = Plan(
            stack="test-pickup", omnitron_url=omnitron.url, omnitron_token=omnitron.token,
            routes=routes,
        )  # fmt: skip
        made = Stack(local_stack, local_stack.deploy(plan), omnitron)
        lambdas = made.client("lambda")
        name = _output(made, "ReconcileFunctionName")
        told = lambdas.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        lambdas.update_function_configuration(
            FunctionName=name, Environment={"Variables": told | {"PICKUP_MINUTES": "0.001"}}
        )
        yield made


def _output(stack: Stack, key: str) -> str:
    [found] = stack.client("cloudformation").describe_stacks(StackName=stack.deployment.stack)[
        "Stacks"
    ]
    return next(str(o["OutputValue"]) for o in found["Outputs"] if o["OutputKey"] == key)


def look(stack: Stack) -> float:
    """Lets reconcile run; how many documents the metric calls late, by the function's log."""
    before = len(_points(stack))
    stack.client("lambda").invoke(
        FunctionName=_output(stack, "ReconcileFunctionName"), Payload="{}"
    )
    stack.wait(lambda: len(_points(stack)) > before)
    return _points(stack)[-1]


def _points(stack: Stack) -> list[float]:
    found = list[float]()
    for line in stack.local.logs(stack.deployment.stack):
        _, brace, rest = line.partition('{"_aws"')
        told: dict[str, Any] = json.loads(brace + rest) if brace else {}
        found += told.get("Unpicked", [])
    return found


def test_a_stopped_consumer_rings_the_alarm_and_a_resumed_one_clears_it(patient: Stack) -> None:
    pk = patient.new_order()
    patient.announce(pk)
    patient.wait(lambda: {e.state for e in patient.ledger(pk)} == {"delivered"})
    seen = [look(patient), look(patient)]
    assert seen == [1, 1]
    assert not patient.omnitron.shop.order(pk)["is_send"]
    [key] = patient.documents(pk)
    patient.client("s3").delete_object(Bucket=patient.deployment.bucket, Key=key)
    patient.wait(lambda: bool(patient.omnitron.shop.order(pk)["is_send"]))
    patient.wait(lambda: all(entry.acknowledged for entry in patient.ledger(pk)))
    [entry] = patient.ledger(pk)
    assert entry.picked_up_at
    seen += [look(patient), look(patient)]
    alarm = read("UnpickedAlarm")
    own = metric("ErpAdapter", "Unpicked", stack=STACK)
    points = [Point(own, at * alarm.period, value) for at, value in enumerate(seen)]
    until = len(seen) * alarm.period
    assert states(alarm, points, until=until, further=0) == ["ALARM", "ALARM", "OK", "OK"]
