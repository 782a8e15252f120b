"""The local stack and the commands that run on it, with the build that `make build-local` made."""

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from erp_console.local_stack import LocalStack, Plan
from erp_console.ministack import LocalStackFailed
from stack import ROOT, Stack

pytestmark = pytest.mark.stack

COMMAND = Path(sys.executable).with_name("erp-adapter")
KEYS = {
    "webhook_url", "aws_endpoint_url", "region", "bucket", "output_queue_url", "input_queue_url",
    "dlq_url", "table", "omnitron_url", "webhook_secret", "stack",
}  # fmt: skip


def leftovers() -> set[Path]:
    return set((ROOT / ".local").glob("stack-*"))


@pytest.fixture
def serving() -> Iterator[tuple["subprocess.Popen[bytes]", dict[str, str]]]:
    """`erp-adapter serve --json` as a process of its own, and what it says first."""
    process = subprocess.Popen(
        [COMMAND, "serve", "--json", "--profile", "ubl-order"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert process.stdout
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


def send(said: dict[str, str], *more: str) -> "subprocess.CompletedProcess[str]":
    options = ["--url", said["webhook_url"], "--secret", said["webhook_secret"], *more]
    return subprocess.run(
        [COMMAND, "send", "--order", "27", *options], capture_output=True, text=True, check=False
    )


def test_an_order_goes_all_the_way(stack: Stack) -> None:
    pk = stack.new_order()
    assert stack.announce(pk).status_code == 202
    stack.wait(lambda: len(stack.documents(pk)) == 2)
    stack.wait(lambda: bool(stack.omnitron.shop.order(pk)["is_send"]))
    assert {entry.state for entry in stack.ledger(pk)} == {"delivered"}


@pytest.fixture
def vendors_client(monkeypatch: pytest.MonkeyPatch) -> Any:
    """dj-whisperer's WebhookClient, its own code. What it imports of Django is stood in for: its
    settings (every default), DRF's JSON encoder, and a function that sending does not call."""
    stand_ins: dict[str, dict[str, Any]] = {
        "django": {},
        "django.conf": {"settings": SimpleNamespace()},
        "django.utils": {},
        "django.utils.module_loading": {"autodiscover_modules": None},
        "rest_framework": {},
        "rest_framework.utils": {},
        "rest_framework.utils.encoders": {"JSONEncoder": json.JSONEncoder},
    }
    for name, contents in stand_ins.items():
        module = ModuleType(name)
        module.__dict__.update(contents)
        monkeypatch.setitem(sys.modules, name, module)
    return importlib.import_module("whisperer.client").WebhookClient


def test_the_vendors_own_sender_is_understood(stack: Stack, vendors_client: Any) -> None:
    pk = stack.new_order()
    event = {"type": "order.created", "uuid": uuid.uuid4().hex}
    payload = {"pk": pk, "number": f"T{pk}", "city": "İstanbul"}
    answer = vendors_client(event_type=event["type"], payload=payload).send_payload(
        target_url=stack.deployment.webhook_url,
        payload={"event": event, "payload": payload},
        secret_key=stack.deployment.webhook_secret,
    )
    assert answer.status_code == 202
    stack.wait(lambda: len(stack.documents(pk)) == 2)


def test_functions_see_their_layers_and_nothing_of_the_checkout(stack: Stack) -> None:
    environment = stack.local.ministack._environment()
    assert not {name for name in environment if "TOKEN" in name or "PASSWORD" in name}
    code = "import sys; print([p for p in sys.path]); import erp_adapter"  # as a function starts
    seen = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=stack.local.ministack.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "No module named 'erp_adapter'" in seen.stderr
    assert str(ROOT / "layers") not in seen.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="every 127.x.x.x is this machine, on Linux")
def test_nobody_else_can_connect(stack: Stack) -> None:
    for url in (stack.deployment.aws_endpoint_url, stack.omnitron.url):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", int(url.rpartition(":")[2])), timeout=1)


def test_a_refused_deployment_says_why(stack: Stack) -> None:
    again = Plan(
        stack=stack.deployment.stack, omnitron_url="http://127.0.0.1:1", omnitron_token="t"
    )
    with pytest.raises(LocalStackFailed, match="AlreadyExists"):
        stack.local.deploy(again)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_says_where_everything_is_and_ends_when_asked(serving: Any, number: int) -> None:
    process, said = serving
    assert set(said) == KEYS
    assert send(said).stdout.startswith("202")
    wrong = send({**said, "webhook_secret": "wrong"})
    assert (wrong.returncode, wrong.stdout[:3]) == (1, "401")
    process.send_signal(number)
    assert process.wait(10) == 0


@pytest.mark.skipif(os.name == "nt", reason="kills as POSIX does")
def test_what_serve_started_ends_even_if_serve_is_killed(serving: Any) -> None:
    process, said = serving
    process.kill()
    process.wait()
    port = int(said["aws_endpoint_url"].rpartition(":")[2])
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(0.1)
    pytest.fail("ministack is still there")


def test_run_shows_the_order_all_the_way() -> None:
    before = leftovers()
    done = subprocess.run([COMMAND, "run"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "No secret of the source got out" in done.stdout
    assert "/ubl-order/" in done.stdout or "/ubl/" in done.stdout
    assert "16.40" in done.stdout
    assert "ISBANK07" not in done.stdout + done.stderr
    assert leftovers() <= before


def test_what_a_stack_leaves_is_nothing() -> None:
    before = leftovers()
    with LocalStack(ROOT) as local:
        assert leftovers() - before == {local.ministack.folder}
    assert leftovers() == before
