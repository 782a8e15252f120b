"""The local stack and the commands that run on it, with the build that `make build-local` made."""

import hashlib
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest
from erp_console.canaries import canaries, sightings
from erp_console.local_stack import LocalStack, Plan
from erp_console.ministack import LocalStackFailed
from stack import ORDERS, ROOT, Stack

pytestmark = pytest.mark.stack

COMMAND = Path(sys.executable).with_name("erp-adapter")
KEYS = {
    "webhook_url", "aws_endpoint_url", "region", "bucket", "output_queue_url", "input_queue_url",
    "dlq_url", "table", "omnitron_url", "webhook_secret", "stack",
}  # fmt: skip


def leftovers() -> set[Path]:
    return set((ROOT / ".local").glob("stack-*"))


def gone(done: Callable[[], bool]) -> bool:
    """Whether `done` comes true: what ends takes its moment on a slow machine."""
    for _ in range(100):
        if done():
            return True
        time.sleep(0.1)
    return False


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
    stack.wait(lambda: {entry.state for entry in stack.ledger(pk)} == {"delivered"})


# ------------------------------------------------------------- one document, whatever comes


def drained(stack: Stack) -> bool:
    """Whether nothing waits on the inbound queue or is being worked on."""
    names = [
        "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]  # fmt: skip
    said = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.deployment.input_queue_url, AttributeNames=names
    )
    return {said["Attributes"].get(name, "0") for name in names} == {"0"}


def history(stack: Stack, pk: int) -> tuple[list[str], list[str]]:
    """The key of every document of an order that was ever put, and of every deletion."""
    listed = stack.client("s3").list_object_versions(Bucket=stack.deployment.bucket)
    puts, deletions = listed.get("Versions", []), listed.get("DeleteMarkers", [])
    mine = f"-{pk}."
    return (
        sorted(each["Key"] for each in puts if mine in each["Key"]),
        sorted(each["Key"] for each in deletions if mine in each["Key"]),
    )


def at_once(stack: Stack, pk: int, uuids: list[str]) -> set[int]:
    """Sends a webhook for each uuid, all at the same time; the statuses."""

    def send(one: str) -> int:
        for _ in range(18):  # as often as the shop's own sender: ten cold starts take their time
            with suppress(httpx.TimeoutException):
                return stack.announce(pk, uuid=one).status_code
        return 0

    with ThreadPoolExecutor(len(uuids)) as senders:
        return set(senders.map(send, uuids))


def fetches(stack: Stack, pk: int) -> int:
    """How often the adapter has read an order."""
    path = f"GET /api/v1/orders_integration/{pk}/detailed_integration/"
    return stack.omnitron.traffic.paths[path]


def test_one_document_however_often_and_fast_it_is_announced(stack: Stack) -> None:
    in_turn, together, apart = (stack.new_order() for _ in range(3))
    same = {pk: uuid.uuid4().hex for pk in (in_turn, together)}
    for _ in range(10):
        assert stack.announce(in_turn, uuid=same[in_turn]).status_code == 202
    assert at_once(stack, together, [same[together]] * 10) == {202}
    # Ten webhooks about one order: the queue takes each, the ledger only one.
    assert at_once(stack, apart, [uuid.uuid4().hex for _ in range(10)]) == {202}
    orders = {pk: [f"documents/csv/T{pk}-{pk}.csv", f"documents/ubl/T{pk}-{pk}.xml"]
              for pk in (in_turn, together, apart)}  # fmt: skip
    stack.wait(lambda: all(sorted(stack.documents(pk)) == keys for pk, keys in orders.items()), 60)
    stack.wait(lambda: drained(stack), 60)
    assert {pk: history(stack, pk) for pk in orders} == {
        pk: (keys, []) for pk, keys in orders.items()
    }

    for keys in orders.values():  # the ERP imports them
        for key in keys:
            stack.client("s3").delete_object(Bucket=stack.deployment.bucket, Key=key)
    read = {pk: fetches(stack, pk) for pk in orders}
    for pk, id_ in same.items():
        assert stack.announce(pk, uuid=id_).status_code == 202
    for pk in orders:
        assert stack.announce(pk).status_code == 202
    stack.wait(lambda: all(fetches(stack, pk) > read[pk] for pk in orders), 60)
    stack.wait(lambda: drained(stack), 60)
    assert {pk: history(stack, pk) for pk in orders} == {
        pk: (keys, keys) for pk, keys in orders.items()
    }


def test_one_message_a_route_with_its_attributes(deployed: Callable[..., Stack]) -> None:
    stack = deployed(destination="sqs")
    pk = stack.new_order()
    for _ in range(3):
        assert stack.announce(pk).status_code == 202
    stack.wait(lambda: bool(stack.omnitron.shop.order(pk)["is_send"]) and drained(stack), 60)
    messages = stack.client("sqs").receive_message(
        QueueUrl=stack.deployment.output_queue_url,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
    )["Messages"]
    said = {}
    for message in messages:
        fields = {k: v["StringValue"] for k, v in message["MessageAttributes"].items()}
        assert fields.pop("sha256") == hashlib.sha256(message["Body"].encode()).hexdigest()
        said[fields.pop("profile")] = fields
    assert len(messages) == 2
    assert said == {
        profile: {
            "order_number": f"T{pk}", "content_type": content_type, "content_encoding": "utf-8",
            "document_id": f"{pk}/{route}/1",
        }
        for profile, route, content_type in (
            ("ubl-order", "ubl", "application/xml; charset=utf-8"),
            ("csv-flat", "csv", "text/csv; charset=utf-8"),
        )
    }  # fmt: skip
    assert stack.documents(pk) == {}


def test_inline_the_answer_says_where_the_documents_are(deployed: Callable[..., Stack]) -> None:
    stack = deployed(mode="inline")
    for _ in range(3):  # a cold function may run out of its 8 s, and queues: that is no fault
        pk = stack.new_order()
        answer = stack.announce(pk)
        if answer.status_code == 200:
            break
        assert answer.status_code == 202
    assert answer.status_code == 200, answer.text
    places = {route["route"]: route["document"] for route in answer.json()["routes"]}
    assert places == {
        "ubl": f"documents/ubl/T{pk}-{pk}.xml", "csv": f"documents/csv/T{pk}-{pk}.csv",
    }  # fmt: skip
    assert set(stack.documents(pk)) == set(places.values())
    assert stack.omnitron.shop.order(pk)["is_send"] is True


# ------------------------------------------------------------------------ who sends


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
    order = json.loads((ORDERS / "27.order.json").read_bytes())
    secrets = [bird for bird in canaries(order) if bird.kind == "secret"]
    assert sightings(secrets, [done.stdout + done.stderr]) == []
    assert gone(lambda: leftovers() <= before)


def test_run_tells_a_program_what_it_did() -> None:
    command = [COMMAND, "run", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    steps = [f"{step['seconds']:6.2f} s  {step['title']}" for step in said["steps"]]
    assert len(steps) == 7
    assert [line for line in done.stderr.splitlines() if " s  " in line][:-1] == steps
    assert [place.partition("//")[0] for place in said["documents"]] == ["s3:", "s3:"]
    assert all("16.40" in text for text in said["documents"].values())


def test_what_a_stack_leaves_is_nothing() -> None:
    before = leftovers()
    with LocalStack(ROOT) as local:
        assert leftovers() - before == {local.ministack.folder}
    assert gone(lambda: leftovers() <= before)
