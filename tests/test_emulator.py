"""The built functions under the Runtime Interface Emulator of SAM CLI, with every event file.

`sam local` runs the same emulator and the same artifacts, in containers. Here the emulator runs
them with this machine's interpreter, and AWS is the local stack.
"""

import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
import samcli.local.rapid
from erp_console.fake_omnitron import FakeOmnitron
from erp_console.fake_shop import FakeShop
from erp_console.local_routes import local_routes, to_toml
from erp_console.local_stack import LocalStack
from samcli.yamlhelper import yaml_parse
from test_events import BATCH, EVENTS, HTTP, NUMBER, PK, SECRET, answers, http_event
from world import REGION, ROOT, resources

HOST = "127.0.0.1"
MACHINE = "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"
EMULATOR = Path(samcli.local.rapid.__path__[0]) / f"aws-lambda-rie-{MACHINE}"
STACK = "emulated"
BUILD = ROOT / ".aws-sam" / "local"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION,
}  # fmt: skip

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(sys.platform != "linux", reason="the emulator is a Linux program"),
]


@dataclass(frozen=True)
class Function:
    """A function that waits for events."""

    url: str
    log: Path

    def invoke(self, event: dict[str, Any]) -> dict[str, Any]:
        """Its answer. What it raised is answered 200, with an errorMessage."""
        answer = httpx.post(self.url, json=event, timeout=30, trust_env=False)
        said: dict[str, Any] = answer.raise_for_status().json()
        assert "errorMessage" not in said, self.log.read_text("utf-8", "replace")
        return said


@dataclass(frozen=True)
class Place:
    """Copies of the artifacts, so that a rebuild pulls no rug, and the AWS they work on."""

    folder: Path
    template: dict[str, Any]
    aws: str
    omnitron: FakeOmnitron
    made: dict[str, str]

    def environment(self) -> dict[str, str]:
        """What a function's environment holds; nothing of this machine but its PATH."""
        return {
            "PATH": os.environ["PATH"],
            # As on Lambda: the layers, and not the sources of this checkout.
            "PYTHONPATH": os.pathsep.join(
                [str(ROOT / "console" / "erp_console" / "lambda_site"), str(self.folder / "opt")]
            ),
            "ERP_ADAPTER_CHECKOUT": str(ROOT),
            "AWS_ENDPOINT_URL": self.aws,
            **CREDENTIALS,
            "STACK_NAME": STACK,
            "OMNITRON_URL": self.omnitron.url,
            "INPUT_QUEUE_URL": self.made["InboundQueue"],
            "OUTPUT_QUEUE_URL": self.made["OutputQueue"],
            "BUCKET": self.made["DocumentsBucket"],
            "LEDGER_TABLE": self.made["LedgerTable"],
        }

    @contextmanager
    def function(self, name: str) -> Iterator[Function]:
        """The built function of this logical id, emulated."""
        handler = self.template["Resources"][name]["Properties"]["Handler"]
        port, api = free_port(), free_port()
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                # Both addresses: without them it listens on all of this machine's.
                [
                    str(EMULATOR),
                    *("--runtime-interface-emulator-address", f"{HOST}:{port}"),
                    *("--runtime-api-address", f"{HOST}:{api}"),
                    *(sys.executable, "-m", "awslambdaric", handler),
                ],
                cwd=self.folder / name,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            await_listener(process, port, log)
            for each in (port, api):
                with socket.socket() as stranger:
                    assert stranger.connect_ex(("127.0.0.2", each)) != 0
            yield Function(f"http://{HOST}:{port}/2015-03-31/functions/function/invocations", log)
        finally:
            end(process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ends the emulator and the function, which are a group of their own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def await_listener(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail(f"The emulator does not listen: {log.read_text('utf-8', 'replace')}")


@pytest.fixture(scope="module")
def place(local_stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The artifacts of `make build-local`, copied; the template's queues, bucket and table."""
    template = yaml_parse((BUILD / "template.yaml").read_text("utf-8"))
    folder = tmp_path_factory.mktemp("emulator")
    for name in ("WebhookFunction", "DeliverFunction"):
        shutil.copytree(BUILD / name, folder / name)
    for layer in ("AdapterLayer", "ProfilesLayer"):
        shutil.copytree(BUILD / layer / "python", folder / "opt", dirs_exist_ok=True)
    routes = folder / "opt" / "profiles" / "routes.toml"
    routes.write_text(to_toml(local_routes(routes)), "utf-8")
    shop = FakeShop.from_folder(EVENTS / "orders", as_new=True)
    with pytest.MonkeyPatch.context() as environment, FakeOmnitron(shop) as omnitron:
        for name, value in {
            **CREDENTIALS, "AWS_ENDPOINT_URL": local_stack.ministack.url
        }.items():  # fmt: skip
            environment.setenv(name, value)
        for name, value in (
            ("omnitron-token", omnitron.token), ("webhook-secrets/events", SECRET),
        ):  # fmt: skip
            boto3.client("ssm").put_parameter(
                Name=f"/{STACK}/{name}", Value=value, Type="SecureString"
            )
        yield Place(folder, template, local_stack.ministack.url, omnitron, resources())


def test_the_built_webhook_function_answers_every_event_as_documented(place: Place) -> None:
    with place.function("WebhookFunction") as function:
        said = {name: function.invoke(http_event(name)) for name in HTTP}
    assert {name: answer["statusCode"] for name, answer in said.items()} == answers()
    uuids = {
        json.loads(answer["body"])["uuid"]
        for answer in said.values()
        if answer["statusCode"] == 202
    }
    assert {json.loads(message["Body"])["uuid"] for message in queued(place)} == uuids
    assert SECRET not in function.log.read_text("utf-8", "replace")


def queued(place: Place) -> list[dict[str, Any]]:
    """What waits on the inbound queue; both are of one order, so the first hides the second."""
    found: list[dict[str, Any]] = []
    sqs, url = boto3.client("sqs"), place.made["InboundQueue"]
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(message)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_the_built_deliver_function_takes_the_batch(place: Place) -> None:
    with place.function("DeliverFunction") as function:
        answer = function.invoke(json.loads((EVENTS / BATCH).read_bytes()))
    assert answer == {"batchItemFailures": []}, function.log.read_text("utf-8", "replace")
    s3 = boto3.client("s3")
    listed = s3.list_objects_v2(Bucket=place.made["DocumentsBucket"])["Contents"]
    assert {each["Key"] for each in listed} == {
        f"documents/csv/{NUMBER}-{PK}.csv", f"documents/ubl/{NUMBER}-{PK}.xml",
    }  # fmt: skip
    assert place.omnitron.shop.order(PK)["is_send"] is True
