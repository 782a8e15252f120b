"""Routes that are held under load, and a backfill that is killed twenty times, on the local stack.

`make prove`: `hold` and `resume` each wait for over a minute until every worker knows. `make test`
has both in one process (test_hold.py, test_backfill.py) and in the simulation.
"""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from erp_adapter.queue import depth
from stack import Stack

pytestmark = pytest.mark.stack

COMMAND = Path(sys.executable).with_name("erp-adapter")
SWIFT = {"OmnitronRate": "1000", "ReconcileMinutes": "1440", "MaximumConcurrency": "4"}
ROUTES = {"ubl": "xml", "csv": "csv"}
HELD_ORDERS = 300
WAVES = 3
OLD_ORDERS = 500
FRESH_ORDERS = 40
OLD = "1969-12-01T10:00:00Z"
"""The local stack's routes start with 1970."""
DYING = """
import os, signal, sys
from erp_adapter.omnitron import Omnitron
from erp_console import backfilling, cli

left = int(sys.argv.pop(1))

def counted(step):
    def call(*arguments):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return step(*arguments)
    return call

Omnitron.waiting = counted(Omnitron.waiting)
backfilling.enqueue = counted(backfilling.enqueue)
cli.main()
"""
"""`erp-adapter`, which kills itself as a machine that loses its power would."""
BEFORE_1970 = ("--from", "1969-11-01T00:00+00:00", "--to", "1969-12-31T00:00+00:00")


@pytest.fixture
def swift(deployed: Callable[..., Stack], request: pytest.FixtureRequest) -> Stack:
    """A stack without reconcile on its schedule."""
    if not request.config.getoption("--long"):
        pytest.skip("minutes of waiting, of twenty kills: `make prove`")
    return deployed(**SWIFT)


def command(stack: Stack, *arguments: str) -> list[str]:
    where = ["--local", stack.deployment.aws_endpoint_url, "--stack", stack.deployment.stack]
    return [str(COMMAND), *arguments, "--json", *where]


def said(stack: Stack, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(command(stack, *arguments), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def killed(stack: Stack, *arguments: str, before_step: int) -> bool:
    """Whether the command was killed before its nth step, a page of the list or a notification."""
    program = [sys.executable, "-c", DYING, str(before_step), *command(stack, *arguments)[1:]]
    return subprocess.run(program, capture_output=True).returncode == -signal.SIGKILL


def announced(stack: Stack, pk: int) -> None:
    """A signed webhook, sent until it is taken, as whisperer does."""
    for _ in range(10):
        try:
            if stack.announce(pk).is_success:
                return
        except httpx.TransportError:
            continue
    pytest.fail(f"order {pk} was never taken")


def puts(stack: Stack) -> Counter[str]:
    """How often each key was ever written."""
    found = Counter[str]()
    pages = stack.client("s3").get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=stack.deployment.bucket):
        found.update(version["Key"] for version in page.get("Versions", []))
    return found


def states(stack: Stack, pks: list[int], route: str) -> Counter[str]:
    with ThreadPoolExecutor(8) as threads:
        entries = [entry for each in threads.map(stack.ledger, pks) for entry in each]
    return Counter(entry.reason or entry.state for entry in entries if entry.route == route)


def on_each_route(stack: Stack, pks: list[int]) -> list[Counter[str]]:
    return [states(stack, pks, route) for route in ROUTES]


def settled(stack: Stack, pks: list[int]) -> bool:
    """Whether no notification waits or is under way, and each order has its entries."""
    on_the_queue = depth(stack.client("sqs"), stack.deployment.input_queue_url)
    return not on_the_queue and all(
        found.total() == len(pks) and "claimed" not in found for found in on_each_route(stack, pks)
    )


def test_held_routes_get_nothing_under_load_and_then_all_of_it_once(swift: Stack) -> None:
    """Each order is announced twice and meets walks of reconcile during the hold; afterwards it is
    brought back for both routes, by two commands side by side."""
    dice, before = random.Random(9), puts(swift)
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda route: said(swift, "hold", route, "--reason", "stocktaking"), ROUTES))
    began, pks = time.monotonic(), list[int]()
    for _ in range(WAVES):
        wave = [swift.new_order() for _ in range(HELD_ORDERS // WAVES)]
        pks += wave
        with ThreadPoolExecutor(4) as senders:
            list(senders.map(lambda pk: announced(swift, pk), dice.sample(wave * 2, 2 * len(wave))))
        swift.wait(partial(settled, swift, pks), 600, every=1)
        assert puts(swift) - before == {}
        assert on_each_route(swift, pks) == [{"held": len(pks)}] * len(ROUTES)
        walked = said(swift, "reconcile")
        assert (walked["counts"], walked["enqueued"]) == ({"held": len(pks)}, 0)
    status = said(swift, "status", "--ledger-only")
    assert sorted(hold["route"] for hold in status["held"]) == sorted(ROUTES)
    assert status["waiting"] == {"held": HELD_ORDERS * len(ROUTES)}
    during, held_for = puts(swift) - before, time.monotonic() - began
    assert during == {}
    with ThreadPoolExecutor(2) as both:
        resumed = [both.submit(said, swift, "resume", route) for route in ROUTES]
        swift.wait(lambda: puts(swift) != before, 300, every=0.5)
        first = time.monotonic()
        brought_back = [each.result()["counts"].get("brought back", 0) for each in resumed]
    # Whoever looks second may find that the other's notifications are worked off already.
    assert max(brought_back) == HELD_ORDERS
    swift.wait(partial(settled, swift, pks), 600, every=1)
    drained = time.monotonic() - first
    assert on_each_route(swift, pks) == [{"delivered": HELD_ORDERS}] * len(ROUTES)
    assert all(swift.omnitron.shop.order(pk)["is_send"] for pk in pks)
    print(
        f"\n{HELD_ORDERS} orders, {len(ROUTES)} routes held for {held_for:.0f} s, "
        f"{during.total()} documents meanwhile; drained in {drained:.0f} s, "
        f"{HELD_ORDERS / drained:.1f} orders/s"
    )
    keys = [f"documents/{name}/T{pk}-{pk}.{end}" for name, end in ROUTES.items() for pk in pks]
    assert puts(swift) - before == dict.fromkeys(keys, 1)


def test_a_backfill_killed_twenty_times_ends_in_the_same_objects(swift: Stack) -> None:
    """Each run finds orders that nobody asked for yet, so that none ends before its kill, while the
    workers deliver what the runs before it have asked for."""
    dice, before = random.Random(9), puts(swift)
    pks = [swift.new_order(date_placed=OLD) for _ in range(OLD_ORDERS)]
    walked = said(swift, "reconcile")
    assert walked["counts"]["before-start"] == OLD_ORDERS
    kills = list[int]()
    for _ in range(20):
        pks += [swift.new_order(date_placed=OLD) for _ in range(FRESH_ORDERS)]
        left = sum(not swift.omnitron.shop.order(pk)["is_send"] for pk in pks)
        kills.append(dice.randint(1, max(FRESH_ORDERS, left // 2)))
        assert killed(swift, "backfill", *BEFORE_1970, before_step=kills[-1])
    said(swift, "backfill", *BEFORE_1970)
    swift.wait(lambda: all(swift.omnitron.shop.order(pk)["is_send"] for pk in pks), 600, every=1)
    swift.wait(lambda: on_each_route(swift, pks) == [{"delivered": len(pks)}] * len(ROUTES), 60)
    print(f"\n{len(pks)} orders, {len(kills)} runs killed before their steps {kills}")
    keys = [f"documents/{name}/T{pk}-{pk}.{end}" for name, end in ROUTES.items() for pk in pks]
    assert puts(swift) - before == dict.fromkeys(keys, 1)
