"""Nothing lost, nothing twice, on the local stack: killed workers, outages, dropped webhooks.

Short in `make test`; `make prove` runs each with a thousand orders. Time-outs are parameters of the
template, so that an outage of minutes takes seconds here.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.config import Config
from erp_adapter.ledger import Entry, Ledger
from erp_console.ministack import anybody
from stack import Stack

pytestmark = pytest.mark.stack

Deploy = Callable[..., Stack]
COMMAND = Path(sys.executable).with_name("erp-adapter")
FIRST = 5_000_000
"""A pk that no other test has."""
SWIFT = {
    "FunctionTimeoutSeconds": "10", "VisibilitySeconds": "12", "OmnitronRate": "1000",
    "ReconcileMinutes": "1440", "MaximumConcurrency": "4",
}  # fmt: skip


@pytest.fixture
def many(request: pytest.FixtureRequest) -> int:
    """How many orders a proof takes."""
    return 1000 if request.config.getoption("--long") else 30


@pytest.fixture
def proof(deployed: Deploy) -> Iterator[Stack]:
    """A stack with short time-outs, healthy before and after."""
    stack = deployed(**SWIFT)
    yield stack
    stack.omnitron.traffic.heal()


def send(stack: Stack, announcements: list[tuple[int, str]]) -> None:
    """Sends them from several threads; what is not taken is sent again, as whisperer does."""

    def one(announced: tuple[int, str]) -> None:
        pk, uuid = announced
        for _ in range(10):
            try:
                if stack.announce(pk, uuid=uuid).is_success:
                    return
            except httpx.TransportError:
                continue
        pytest.fail(f"order {pk} was never taken")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(one, announcements))


def uuid_of(pk: int, again: int = 0) -> str:
    return f"{pk:028x}{again:04x}"


def reconcile(stack: Stack) -> dict[str, Any]:
    """Lets the deployed function walk the shop's list once, for as long as its own time-out."""
    outputs = stack.client("cloudformation").describe_stacks(StackName=stack.deployment.stack)
    [name] = [
        output["OutputValue"]
        for output in outputs["Stacks"][0]["Outputs"]
        if output["OutputKey"] == "ReconcileFunctionName"
    ]
    once = Config(read_timeout=150, retries={"total_max_attempts": 1}, proxies={})
    client = anybody().client("lambda", endpoint_url=stack.local.ministack.url, config=once)
    answer = client.invoke(FunctionName=name, Payload=b"{}")
    report: dict[str, Any] = json.loads(answer["Payload"].read())
    return report


def versions(stack: Stack) -> dict[str, int]:
    """How often each key of the bucket was ever put."""
    counts: dict[str, int] = {}
    pages = stack.client("s3").get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=stack.deployment.bucket):
        for version in page.get("Versions", []):
            counts[version["Key"]] = counts.get(version["Key"], 0) + 1
    return counts


def all_sent(stack: Stack, pks: list[int]) -> bool:
    return all(stack.omnitron.shop.order(pk)["is_send"] for pk in pks)


def states(stack: Stack, pks: list[int]) -> set[tuple[str, bool]]:
    """What the ledger says of these orders' routes: state, acknowledged."""
    ledger = Ledger(stack.client("dynamodb"), stack.deployment.table)
    known = ledger.of_orders([str(pk) for pk in pks], ["ubl", "csv"])
    return {
        (entry.state, entry.acknowledged)
        for entries in known.values()
        for route, entry in entries.items()
        if route != "-"
    }


def once_each(stack: Stack, pks: list[int]) -> None:
    """Two documents for every order, one a route, each put once; acknowledged, written down."""
    put = versions(stack)
    for pk in pks:
        mine = {key: count for key, count in put.items() if f"-{pk}." in key}
        assert sorted(mine.values()) == [1, 1], mine
    # The final write comes after the acknowledgement that the proofs wait for.
    stack.wait(lambda: all(state != "claimed" for state, _ in states(stack, pks)), 60)
    assert states(stack, pks) == {("delivered", True)}
    waiting = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.deployment.dlq_url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert waiting["Attributes"]["ApproximateNumberOfMessages"] == "0"


def test_shuffled_and_doubled(proof: Stack, many: int) -> None:
    pks = [proof.new_order() for _ in range(many)]
    announcements = [(pk, uuid_of(pk)) for pk in pks]
    doubles = announcements[::10]
    again = [(pk, uuid_of(pk, 1)) for pk in pks[::10]]
    announcements += doubles + again
    random.Random(7).shuffle(announcements)
    send(proof, announcements)
    proof.wait(lambda: all_sent(proof, pks), seconds=120 + many)
    once_each(proof, pks)


def test_dropped_webhooks(proof: Stack, many: int) -> None:
    pks = [proof.new_order() for _ in range(many)]
    poisoned = pks[many // 2]
    proof.omnitron.shop.change(poisoned, currency="lira")
    good = [pk for pk in pks if pk != poisoned]
    reports = [reconcile(proof)]
    proof.wait(lambda: all_sent(proof, good), seconds=120 + many)
    reports.append(reconcile(proof))
    assert reports[0]["enqueued"] >= many
    assert reports[1]["gap"] == 0
    once_each(proof, good)
    [rejected] = proof.ledger(poisoned)
    assert (rejected.route, rejected.state) == ("-", "rejected")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the workers by /proc")
def test_killed_workers(proof: Stack, many: int) -> None:
    pks = [proof.new_order() for _ in range(many)]
    proof.omnitron.traffic.fail("patch", latency=0.05)
    announcements = [(pk, uuid_of(pk)) for pk in pks]
    killed = 0
    with ThreadPoolExecutor(1) as sender:
        sending = sender.submit(send, proof, announcements)
        until = time.monotonic() + 2 + many / 50
        # A slow machine's first worker starts late.
        while time.monotonic() < until or (not killed and time.monotonic() < until + 60):
            time.sleep(0.4)
            killed += kill_one_worker(proof)
        sending.result()
    proof.omnitron.traffic.heal()
    assert killed
    # What its claim outlived comes back by itself, or with the next walk of the list.
    deadline = time.monotonic() + 120 + many
    while not all_sent(proof, pks) and time.monotonic() < deadline:
        time.sleep(5)
        reconcile(proof)
    # Killed after the acknowledgement: the final write comes once the claim's lease is over.
    proof.wait(lambda: all(e.state != "claimed" for pk in pks for e in proof.ledger(pk)), 180)
    once_each(proof, pks)


def kill_one_worker(stack: Stack) -> int:
    """Kills one of the processes in which this ministack runs the deliver function."""
    process = stack.local.ministack.process_id
    for pid in descendants(process):
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if f"{stack.deployment.stack}-DeliverFunction".encode() in environment:
            os.kill(pid, signal.SIGKILL)
            return 1
    return 0


def descendants(parent: int) -> list[int]:
    """The processes that this one started, and those that they started."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, waiting = [], [parent]
    while waiting:
        mine = children.get(waiting.pop(), [])
        found += mine
        waiting += mine
    return found


def test_a_burst_of_one_order_is_few_fetches(deployed: Deploy) -> None:
    """The queue's delay lets a burst become one fetch; records of one batch share theirs."""
    stack = deployed(**(SWIFT | {"InboundDelaySeconds": "2"}))
    warm = [stack.new_order() for _ in range(8)]
    send(stack, [(pk, uuid_of(pk)) for pk in warm])
    stack.wait(lambda: all_sent(stack, warm), seconds=90)
    stack.omnitron.traffic.reset()
    pk = stack.new_order()
    began = time.monotonic()
    send(stack, [(pk, uuid_of(pk, again)) for again in range(50)])
    took = time.monotonic() - began
    stack.wait(lambda: all_sent(stack, [pk]) and drained(stack), seconds=90)
    fetches = stack.omnitron.traffic.calls["detail"]
    print(f"50 events of one order within {took:.1f} s: {fetches} fetches")
    assert fetches <= 3 + int(took), "a slow machine's burst is several"
    once_each(stack, [pk])


def test_an_outage_is_waited_out_and_drains_within_the_cap(
    deployed: Deploy, request: pytest.FixtureRequest
) -> None:
    """Parked in the ledger while the shop is down; then it gets no more calls a second than it was
    promised, and nearly as many as it bears."""
    rate, many = (40, 5000) if request.config.getoption("--long") else (80, 20)
    swift = SWIFT | {"RetrySeconds": "1" if many > 1000 else "0", "MaximumConcurrency": "2"}
    stack = deployed(**(swift | {"OmnitronRate": str(rate)}))
    pks = [stack.new_order() for _ in range(many)]
    stack.omnitron.traffic.fail(status=503)
    send(stack, [(pk, uuid_of(pk)) for pk in pks])
    ledger = Ledger(stack.client("dynamodb"), stack.deployment.table)
    # The queue first, and seldom: who asks after thousands of orders is a load of its own.
    every = 0.05 if many < 1000 else 2.0
    stack.wait(
        lambda: drained(stack) and len(ledger.of_orders([str(pk) for pk in pks], [])) == many,
        seconds=300 + many, every=every,
    )  # fmt: skip
    stack.omnitron.traffic.heal()
    stack.omnitron.traffic.reset()
    began = time.monotonic()
    while not reconcile(stack).get("finished"):
        pass  # a walk that has used its time up, or failed, goes on where it stopped
    stack.wait(lambda: all_sent(stack, pks), seconds=300 + many)
    took = time.monotonic() - began
    calls = sum(stack.omnitron.traffic.calls.values())
    share = rate * 0.9 / 2  # ministack runs one worker at a time, mostly
    print(f"{many} orders, {calls} calls in {took:.1f} s: {calls / took:.1f}/s, {share}/s a worker")
    assert calls / took <= rate
    once_each(stack, pks)


def drained(stack: Stack) -> bool:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.deployment.input_queue_url, AttributeNames=names
    )
    return all(found["Attributes"][name] == "0" for name in names)


# ------------------------------------------------------------------ a large ledger


def test_status_of_a_large_ledger(
    deployed: Deploy, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --long a hundred thousand entries. It says how long each command took, its start
    included, the walk of the shop's list not."""
    entries = 100_000 if request.config.getoption("--long") else 200
    stack = deployed(**SWIFT)
    fill(stack, entries)
    deployment = stack.deployment
    where = ["--json", "--local", deployment.aws_endpoint_url, "--stack", deployment.stack]
    for words in (["status", "--ledger-only"], ["status", f"pk:{FIRST + 1}"]):
        began = time.monotonic()
        done = subprocess.run([COMMAND, *words, *where], capture_output=True, text=True, check=True)
        with capsys.disabled():
            print(f"\n{' '.join(words)} of {entries}: {time.monotonic() - began:.1f} s")
        said = json.loads(done.stdout)
        if "--ledger-only" in words:
            assert said["states"]["rejected"] >= entries // 100
            assert sum(said["states"].values()) >= entries
        else:
            assert [order["order"] for order in said["orders"]] == [str(FIRST + 1)]


def fill(stack: Stack, entries: int) -> None:
    """Entries as a delivery leaves them; each hundredth is a rejection."""
    dynamodb, table = stack.client("dynamodb"), stack.deployment.table
    digest = "0" * 64
    entry = Entry(
        order=str(FIRST), route="ubl", version=0, state="delivered", number=f"N{FIRST}",
        status="400", content_id=digest, document=f"documents/ubl/N{FIRST}-{FIRST}.xml",
        sha256=digest, profile="ubl-order", profile_version=digest[:16], acknowledged=True,
        source="webhook", announced_at=1, fetched_at=1, claimed_at=1, written_at=1,
        acknowledged_at=1, updated_at=1,
    )  # fmt: skip
    Ledger(dynamodb, table).put(entry, replacing=None)
    key = {"order": {"S": entry.order}, "route": {"S": "ubl"}}
    item = dynamodb.get_item(TableName=table, Key=key)["Item"]

    def write(start: int) -> None:
        puts = [
            {**item, "order": {"S": str(FIRST + n)}}
            | ({"state": {"S": "rejected"}, "code": {"S": "NO_LINES"}} if n % 100 == 0 else {})
            for n in range(start, start + 25)
        ]
        requests = [{"PutRequest": {"Item": put}} for put in puts]
        dynamodb.batch_write_item(RequestItems={table: requests})

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(0, entries, 25)))
