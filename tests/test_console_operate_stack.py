"""The operator's commands against a running local stack, as a person gives them."""

import hashlib
import json
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from erp_adapter.ledger import Cursor, Ledger
from erp_adapter.notification import Notification
from erp_console.cli import app
from stack import Stack
from typer.testing import CliRunner

pytestmark = pytest.mark.stack

COMMAND = Path(sys.executable).with_name("erp-adapter")


def said(stack: Stack, *arguments: str) -> dict[str, Any]:
    """The JSON of a command."""
    deployment = stack.deployment
    where = ["--local", deployment.aws_endpoint_url, "--stack", deployment.stack]
    result = CliRunner().invoke(app, [*arguments, "--json", *where])
    assert result.exit_code == 0, result.output
    assert deployment.webhook_secret not in result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def bury(stack: Stack, pk: int) -> None:
    """Puts a dead letter of the order on the dead-letter queue."""
    notification = Notification(
        uuid=uuid.uuid4().hex, event="order.updated", pk=pk, number=None, announced_at=1
    )
    stack.client("sqs").send_message(
        QueueUrl=stack.deployment.dlq_url, MessageBody=notification.to_json(),
        MessageGroupId=str(pk), MessageDeduplicationId=notification.uuid,
    )  # fmt: skip


def states(stack: Stack, pk: int) -> set[str]:
    return {entry.state for entry in stack.ledger(pk)}


def delivered(stack: Stack, pk: int) -> None:
    stack.wait(lambda: bool(stack.omnitron.shop.order(pk)["is_send"]))
    stack.wait(lambda: states(stack, pk) == {"delivered"})


def test_a_dead_letter_and_a_dropped_webhook_come_back(stack: Stack) -> None:
    dead, dropped = stack.new_order(), stack.new_order()
    bury(stack, dead)
    assert said(stack, "redrive", "--dlq", "--dry-run")["left"] == 1
    found = said(stack, "redrive", "--dlq")
    assert (found["counts"], found["left"]) == ({"redriven": 1}, 0)
    delivered(stack, dead)
    assert said(stack, "reconcile", "--dry-run")["gap"] >= 1
    assert said(stack, "reconcile")["enqueued"] >= 1
    delivered(stack, dropped)
    assert said(stack, "status")["states"]["delivered"] >= 4


def dead_letters(stack: Stack) -> int:
    found: int = said(stack, "redrive", "--dlq", "--dry-run")["left"]
    return found


def test_a_redrive_of_a_thousand_that_is_killed_midway(
    deployed: Callable[..., Stack], request: pytest.FixtureRequest
) -> None:
    if not request.config.getoption("--long"):
        pytest.skip("a killed redrive holds its ten messages for a minute: `make prove`")
    stack = deployed(OmnitronRate="1000", ReconcileMinutes="1440", MaximumConcurrency="4")
    pks = [stack.new_order() for _ in range(1000)]
    for pk in pks:
        bury(stack, pk)
    where = ["--local", stack.deployment.aws_endpoint_url, "--stack", stack.deployment.stack]
    process = subprocess.Popen([COMMAND, "redrive", "--dlq", *where], stderr=subprocess.DEVNULL)
    stack.wait(lambda: dead_letters(stack) < 500, 120)
    process.kill()
    process.wait()
    left = dead_letters(stack)
    assert 0 < left < 500
    deadline = time.monotonic() + 120
    while dead_letters(stack) and time.monotonic() < deadline:
        said(stack, "redrive", "--dlq")
        time.sleep(5)
    assert dead_letters(stack) == 0
    stack.wait(lambda: all(stack.omnitron.shop.order(pk)["is_send"] for pk in pks), 300)
    puts = Counter[str]()
    pages = stack.client("s3").get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=stack.deployment.bucket):
        puts.update(version["Key"] for version in page.get("Versions", []))
    for pk in pks:
        keys = [f"documents/csv/T{pk}-{pk}.csv", f"documents/ubl/T{pk}-{pk}.xml"]
        assert [puts[key] for key in keys] == [1, 1]


def test_what_the_erp_lost_is_there_again(stack: Stack) -> None:
    pk = stack.new_order()
    assert stack.announce(pk).status_code == 202
    delivered(stack, pk)
    before = stack.documents(pk)
    for key in before:
        stack.client("s3").delete_object(Bucket=stack.deployment.bucket, Key=key)
    lost = ("resend", f"T{pk}", "--route", "ubl", "--reason", "the ERP lost it")
    assert said(stack, *lost, "--dry-run")["counts"] == {"would be resent": 1}
    assert said(stack, *lost)["counts"] == {"resent": 1}
    assert said(stack, *lost)["counts"] == {"already resent": 1}
    assert stack.documents(pk) == {
        f"documents/ubl/T{pk}-{pk}.r2.xml": before[f"documents/ubl/T{pk}-{pk}.xml"]
    }
    [order] = said(stack, "status", str(pk))["orders"]
    routes = {each["route"]: each for each in order["routes"]}
    assert (routes["ubl"]["revision"], routes["ubl"]["by"]) == (2, "local")
    content = next(iter(stack.documents(pk).values()))
    assert routes["ubl"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_what_was_typed_in_is_acknowledged(stack: Stack) -> None:
    pk = stack.new_order(amount="16.41")
    assert stack.announce(pk).status_code == 202
    stack.wait(lambda: states(stack, pk) == {"rejected"} and len(stack.ledger(pk)) == 2)
    typed = ("settle", str(pk), "--reason", "typed in by hand")
    assert said(stack, *typed, "--dry-run")["counts"] == {"would be settled": 2}
    assert said(stack, *typed)["counts"] == {"settled": 2}
    stack.wait(lambda: bool(stack.omnitron.shop.order(pk)["is_send"]))
    assert stack.documents(pk) == {}
    [order] = said(stack, "status", f"T{pk}")["orders"]
    assert {each["reason"] for each in order["routes"]} == {"by-hand"}


def test_the_summary_s_statement_says_what_its_scan_says(stack: Stack) -> None:
    """The statement is the local stack's, the scan AWS's: here both can be asked."""
    ledger = Ledger(stack.client("dynamodb"), stack.deployment.table)
    ledger.set_cursor(Cursor(3))
    for changes in ({}, {"amount": "17.40"}, {"status": "350"}):
        stack.announce(stack.new_order(**changes))

    def agreed() -> bool:
        (scanned, delivered), (told, counted) = ledger.undone(), ledger.undone_at_once()
        states = {entry.state for entry in scanned}
        return {"rejected", "settled"} <= states and (scanned, delivered) == (told, counted)

    stack.wait(agreed)


@pytest.mark.skipif(sys.platform == "win32", reason="sends Ctrl-C as POSIX does")
def test_what_happens_is_watched_until_ctrl_c(stack: Stack) -> None:
    good, bad = stack.new_order(), stack.new_order(amount="17.40")
    deployment = stack.deployment
    where = ["--local", deployment.aws_endpoint_url, "--stack", deployment.stack]
    since = ["--since", datetime.now(UTC).isoformat()]
    command = [COMMAND, "watch", "--json", *since, *where]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watching:
        assert watching.stdout
        assert watching.stderr
        seen: dict[tuple[str, str], dict[str, Any]] = {}
        in_vain = Timer(60, watching.kill)
        in_vain.start()
        try:
            for pk in (good, bad):
                assert stack.announce(pk).status_code == 202
            wanted = {("webhook", str(good)), ("delivered", str(good)), ("rejected", str(bad))}
            while not wanted <= set(seen):
                line = json.loads(watching.stdout.readline())
                seen[line["what"], line.get("order", "")] = line
        finally:
            watching.send_signal(signal.SIGINT)
            in_vain.cancel()
        assert watching.wait(10) == 0
        assert watching.stderr.read() == b""
    assert seen["rejected", str(bad)]["code"] == "TOTALS_MISMATCH"
    assert str(good) in seen["delivered", str(good)]["sentence"]
