"""`erp-adapter preview`: the exact bytes, or the sentence; no AWS, no network."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from erp_console.cli import app
from typer.testing import CliRunner

ORDERS = Path(__file__).parent.parent / "events" / "orders"
ORDER = str(ORDERS / "27.order.json")
PROFILES = ["ubl-order", "csv-flat"]
runner = CliRunner()


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """The sample in a folder of its own, with changes; where its order is."""

    def change(**fields: Any) -> Path:
        for kind in ("order", "items", "discounts"):
            shutil.copy(ORDERS / f"27.{kind}.json", tmp_path)
        order = tmp_path / "27.order.json"
        order.write_text(json.dumps({**json.loads(order.read_bytes()), **fields}), "utf-8")
        return order

    return change


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("preview reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("profile", PROFILES)
def test_the_exact_bytes(profile: str, tmp_path: Path) -> None:
    printed = runner.invoke(app, ["preview", ORDER, "--profile", profile])
    assert printed.exit_code == 0, printed.stderr
    assert b"16.40" in printed.stdout_bytes
    assert "is_send is true" in printed.stderr
    file = tmp_path / "document"
    written = runner.invoke(app, ["preview", ORDER, "--profile", profile, "-o", str(file)])
    assert (written.exit_code, written.stdout_bytes) == (0, b"")
    assert file.read_bytes() == printed.stdout_bytes
    described = runner.invoke(app, ["preview", ORDER, "--profile", profile, "--json"])
    document = json.loads(described.stdout)
    assert set(document) == {"name", "content_type", "sha256", "profile", "version", "content"}
    assert document["content"].encode("utf-8") == printed.stdout_bytes
    assert document["sha256"] == hashlib.sha256(printed.stdout_bytes).hexdigest()
    assert document["profile"] == profile


def test_the_command_itself_writes_bytes() -> None:
    command = [str(Path(sys.executable).with_name("erp-adapter")), "preview", ORDER]
    bare = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    done = subprocess.run(
        [*command, "--profile", "csv-flat"],
        capture_output=True,
        env={**bare, "PYTHONIOENCODING": "ascii", "AWS_PROFILE": "absent"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (
        done.stdout == runner.invoke(app, ["preview", ORDER, "--profile", "csv-flat"]).stdout_bytes
    )


def test_items_and_discounts_may_lie_elsewhere(tmp_path: Path) -> None:
    order = tmp_path / "o.json"
    shutil.copy(ORDER, order)
    elsewhere = [
        "--items", str(ORDERS / "27.items.json"), "--discounts", str(ORDERS / "27.discounts.json"),
    ]  # fmt: skip
    given = runner.invoke(app, ["preview", str(order), "--profile", "csv-flat", *elsewhere])
    found = runner.invoke(app, ["preview", ORDER, "--profile", "csv-flat"])
    assert given.stdout_bytes == found.stdout_bytes
    for kind in ("items", "discounts"):
        shutil.copy(ORDERS / f"27.{kind}.json", tmp_path / f"o.{kind}.json")
    beside = runner.invoke(app, ["preview", str(order), "--profile", "csv-flat"])
    assert beside.stdout_bytes == found.stdout_bytes


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": "16.41"}, "TOTALS_MISMATCH"),
        ({"status": "500"}, "STATUS_NOT_SENDABLE"),
        ({"status": "100"}, "STATUS_NOT_SENDABLE"),
        ({"status": "waiting"}, "STATUS_NOT_SENDABLE"),
        ({"number": None}, None),
    ],
)
def test_a_rejection_is_a_sentence_and_exit_3(
    changed: Callable[..., Path], fields: dict[str, Any], code: str | None
) -> None:
    command = ["preview", str(changed(**fields)), "--profile", "ubl-order"]
    said = runner.invoke(app, command)
    assert (said.exit_code, said.stdout_bytes) == (3, b"")
    described = runner.invoke(app, [*command, "--json"])
    assert described.exit_code == 3
    rejection = json.loads(described.stdout)
    assert set(rejection) == {"code", "path", "message", "expected", "found"}
    assert code in (None, rejection["code"])
    assert rejection["message"] in said.stderr


def test_an_order_without_items_has_no_lines(tmp_path: Path) -> None:
    shutil.copy(ORDER, tmp_path)
    command = ["preview", str(tmp_path / "27.order.json"), "--profile", "ubl-order", "--json"]
    assert json.loads(runner.invoke(app, command).stdout)["code"] == "NO_LINES"


@pytest.mark.parametrize("status", ["400", "450", "approved"])
def test_sendable_statuses(changed: Callable[..., Path], status: str) -> None:
    result = runner.invoke(app, ["preview", str(changed(status=status)), "--profile", "csv-flat"])
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["absent.json", "--profile", "ubl-order"], "absent.json does not exist."),
        ([ORDER, "--profile", "ubl-oder"], "no profile ubl-oder. Did you mean ubl-order?"),
        ([ORDER, "--profile", "ubl-order", "--items", "no.json"], "no.json does not exist."),
        ([ORDER, "--profile", "ubl-order", "-o", "no/where/f.xml"], "can't be written"),
        ([str(ORDERS), "--profile", "ubl-order"], "can't be read"),
    ],
)
def test_bad_usage_is_exit_2(arguments: list[str], sentence: str) -> None:
    result = runner.invoke(app, ["preview", *arguments])
    assert (result.exit_code, result.stdout_bytes) == (2, b"")
    assert sentence in result.stderr


def test_a_profile_may_be_a_folder_of_ones_own(tmp_path: Path) -> None:
    from erp_console.checkout import profile_folder

    own = tmp_path / "my-erp"
    shutil.copytree(profile_folder("csv-flat"), own)
    result = runner.invoke(app, ["preview", ORDER, "--profile", str(own), "--json"])
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["profile"] == "my-erp"
