"""A backfill that is killed twenty times, on the local stack.

`make prove`; `make test` has it in one process (test_backfill.py) and in the simulation.
"""

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from stack import Stack

pytestmark = pytest.mark.stack

COMMAND = Path(sys.executable).with_name("erp-adapter")
SWIFT = {"OmnitronRate": "1000", "ReconcileMinutes": "1440", "MaximumConcurrency": "4"}
ORDERS = 60
OLD = "1969-12-01T10:00:00Z"
"""The local stack's routes start with 1970."""
BEFORE_1970 = ("--from", "1969-11-01T00:00+00:00", "--to", "1969-12-31T00:00+00:00")


@pytest.fixture
def swift(deployed: Callable[..., Stack], request: pytest.FixtureRequest) -> Stack:
    """A stack without reconcile on its schedule."""
    if not request.config.getoption("--long"):
        pytest.skip("twenty kills take a minute: `make prove`")
    return deployed(**SWIFT)


def command(stack: Stack, *arguments: str) -> list[str]:
    where = ["--local", stack.deployment.aws_endpoint_url, "--stack", stack.deployment.stack]
    return [str(COMMAND), *arguments, "--json", *where]


def said(stack: Stack, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(command(stack, *arguments), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def killed(stack: Stack, *arguments: str, after: float) -> bool:
    """Whether the command was killed so many seconds after its beginning, and had not ended."""
    process = subprocess.Popen(
        command(stack, *arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


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


def test_a_backfill_killed_twenty_times_ends_in_the_same_objects(swift: Stack) -> None:
    dice, before = random.Random(9), puts(swift)
    pks = [swift.new_order(date_placed=OLD) for _ in range(ORDERS)]
    walked = said(swift, "reconcile")
    assert walked["counts"]["before-start"] == ORDERS
    kills = sum(
        killed(swift, "backfill", *BEFORE_1970, after=dice.uniform(1.2, 3)) for _ in range(20)
    )
    said(swift, "backfill", *BEFORE_1970)
    swift.wait(lambda: all(swift.omnitron.shop.order(pk)["is_send"] for pk in pks), 300)
    swift.wait(lambda: states(swift, pks, "ubl") == {"delivered": ORDERS}, 60)
    print(f"\n{kills} of 20 runs were killed before their end")
    keys = [f"documents/ubl/T{pk}-{pk}.xml" for pk in pks]
    keys += [f"documents/csv/T{pk}-{pk}.csv" for pk in pks]
    assert puts(swift) - before == dict.fromkeys(keys, 1)
