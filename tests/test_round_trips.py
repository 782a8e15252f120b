"""How many calls a delivered order makes, and which: each is paid for and waited for."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from world import World

PK = 1001


def calls_of(world: World, work: Callable[[], Any], services: dict[str, bool]) -> Counter[str]:
    """What is called while `work` runs; `services` and whether their clients have retries."""
    seen: Counter[str] = Counter()

    def counter(service: str) -> Callable[..., Any]:
        return lambda **_: seen.update([service])

    for service, retries in services.items():
        world.on(service, f"before-call.{service}", counter(service), retries=retries)
    before = Counter(world.omnitron.traffic.calls)
    work()
    world.heal()
    return seen + (Counter(world.omnitron.traffic.calls) - before)


AWS = {"ssm": True, "dynamodb": True, "sqs": True, "s3": False}


def test_an_order_is_delivered_in_seven_calls(world: World) -> None:
    """Order, items and discounts are three documents at Omnitron; the claim comes before the put
    and the final write after it, so that a crash between any two is told apart; `is_send` is the
    acknowledgement. No HEAD, no read of the ledger, no second look at the secrets."""
    for pk in (PK, PK + 1):
        world.new_order(pk)
    assert world.work(PK) == []
    made = calls_of(world, lambda: world.work(PK + 1), AWS)
    assert made == {
        "detail": 1, "items": 1, "discounts": 1, "dynamodb": 2, "s3": 1, "patch": 1
    }, made  # fmt: skip
    assert made.total() == 7


def test_what_was_delivered_costs_a_fetch_and_one_look(world: World) -> None:
    world.new_order(PK)
    assert world.work(PK) == []
    made = calls_of(world, lambda: world.work(PK), AWS)
    assert made == {"detail": 1, "items": 1, "discounts": 1, "dynamodb": 1}, made


@pytest.mark.parametrize("times", [1, 3])
def test_a_webhook_costs_one_call_once_the_secrets_are_known(world: World, times: int) -> None:
    world.announce(PK)
    made = calls_of(world, lambda: [world.announce(PK) for _ in range(times)], AWS)
    assert made == {"sqs": times}
