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
from operated import Operated
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


def sample(profile: str) -> str:
    """An example of a bundled profile, as a file."""
    from erp_console.checkout import profile_folder

    return str(profile_folder(profile) / "examples" / "two-rates-order-discount.order.json")


def test_what_is_cancelled_of_an_order() -> None:
    order = sample("csv-cancellation")
    shown = runner.invoke(app, ["preview", order, "--profile", "csv-cancellation"])
    expected = Path(order.replace(".order.json", ".expected.csv"))
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout_bytes == expected.read_bytes()
    none = runner.invoke(app, ["preview", ORDER, "--profile", "csv-cancellation"])
    assert none.exit_code == 0
    assert "Nothing of this order is cancelled" in none.stderr
    assert b"CRP-100-SYH-M" in none.stdout_bytes


@pytest.mark.parametrize("items", ["true", "false"])
def test_of_single_items_there_is_no_document_where_the_route_wants_none(
    tmp_path: Path, items: str
) -> None:
    from erp_console.checkout import profile_folder, profiles_root

    shutil.copytree(profile_folder("csv-cancellation"), tmp_path / "csv-cancellation")
    routes = (profiles_root() / "routes.toml").read_text("utf-8")
    (tmp_path / "routes.toml").write_text(
        f'{routes}\n[[route]]\nname = "gone"\non = "cancelled"\nof = "csv"\n'
        f'profile = "csv-cancellation"\ndestination = "s3"\nitems = {items}\n', "utf-8",
    )  # fmt: skip
    shown = runner.invoke(
        app,
        ["preview", sample("csv-cancellation"), "--profile", str(tmp_path / "csv-cancellation"),
         "--json"],
    )  # fmt: skip
    said = json.loads(shown.stdout)
    if items == "true":
        assert (shown.exit_code, said["content"].count("\n")) == (0, 3)
    else:
        assert (shown.exit_code, said["code"]) == (3, "STATUS_NOT_SENDABLE")


@pytest.mark.usefixtures("offline")
def test_explain_draws_the_tree_of_an_xml_document() -> None:
    command = ["preview", sample("ubl-order"), "--profile", "ubl-order", "--explain"]
    shown = runner.invoke(app, command)
    assert shown.exit_code == 0, shown.stderr
    lines = [line.rstrip() for line in shown.stdout.splitlines()]
    assert lines[0] == "Order"
    issued = next(line for line in lines if "cbc:IssueDate" in line)
    assert "{date(placed_at)}  ← placed_at = date_placed, UTC  (%Y-%m-%d in " in issued
    assert sum("cac:OrderLine" in line for line in lines) == 2
    quantity = next(n for n, line in enumerate(lines) if "cbc:Quantity" in line)
    assert lines[quantity].index("cbc:Quantity") < lines[quantity + 1].index("@unitCode")
    assert "{qty(quantity)}" in lines[quantity]
    assert "\x1b" not in shown.stdout


def test_explain_gives_every_leaf_its_own_line_of_the_profile() -> None:
    """Repeated elements, several of one name: each has the value and the template that made it."""
    command = ["preview", sample("nebim-order"), "--profile", "nebim-order", "--explain"]
    lines = runner.invoke(app, command).stdout.splitlines()
    said = [line.strip("│├─└ ").split("  ")[:2] for line in lines]
    assert ["Qty1 1", "constant"] in said  # of the charge
    assert ["Qty1 1", "{quantity}"] in said  # of a line
    document = runner.invoke(app, [*command, "--json"])
    found = json.loads(document.stdout)
    prices = [each["value"] for each in found["explained"] if each["template"] == "{unit_price}"]
    assert [f'"PriceVI": {price}' in found["content"] for price in prices] == [True] * len(prices)
    assert [line for line in said if line[1:] == ["{unit_price}"]] == [
        [f"PriceVI {price}", "{unit_price}"] for price in prices
    ]


def test_explain_lists_the_cells_of_a_csv_document() -> None:
    command = ["preview", sample("csv-flat"), "--profile", "csv-flat", "--explain"]
    lines = runner.invoke(app, command).stdout.splitlines()
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]
    gross = [row for row in rows if row[0] == "GROSS"]
    assert len(gross) == 3
    assert {tuple(row[2:]) for row in gross} == {
        ("{money(gross)}", gross[0][3], "the currency's decimals after '.'")
    }
    assert gross[0][3].startswith("gross")
    order = [row for row in rows if row[0] == "ORDER_NO"]
    assert order[0][3] == "order.number = number"


def test_explain_also_writes_the_document(tmp_path: Path) -> None:
    file = tmp_path / "document"
    command = ["preview", ORDER, "--profile", "csv-flat"]
    shown = runner.invoke(app, [*command, "--explain", "-o", str(file)])
    assert shown.exit_code == 0
    assert file.read_bytes() == runner.invoke(app, command).stdout_bytes


def test_a_schema_that_is_left_to_lint_is_checked(tmp_path: Path) -> None:
    from erp_console.checkout import profile_folder

    own = tmp_path / "my-ubl"
    shutil.copytree(profile_folder("ubl-order"), own)
    manifest, template = own / "profile.toml", own / "order.xml"
    template.write_text(template.read_text("utf-8").replace("cbc:UBLVersionID", "cbc:Odd"), "utf-8")
    text = manifest.read_text("utf-8")
    assert "xsd " not in text
    manifest.write_text(text.replace("\nschema ", '\nxsd = "lint"\nschema ', 1), "utf-8")
    result = runner.invoke(app, ["preview", ORDER, "--profile", str(own), "--json"])
    assert (result.exit_code, json.loads(result.stdout)["code"]) == (3, "SCHEMA_INVALID")


def test_an_order_of_the_shop_by_its_number_or_pk(operated: Operated) -> None:
    world = operated.world
    world.new_order(5, number="SIP-5")
    world.new_order(7, number="5")
    for name, number in (("SIP-5", "SIP-5"), ("number:5", "5"), ("pk:5", "SIP-5"), ("7", "5")):
        world.omnitron.traffic.reset()
        found = operated.said("preview", "--order", name, "--profile", "csv-flat")
        assert f"{number};" in found["content"], name
        calls = set(world.omnitron.traffic.calls)
        assert calls - {"list"} == {"detail", "items", "discounts"}
        assert not world.is_send(5)
    for name in ("SIP-6", "pk:6", "6"):
        missing = operated.run("preview", "--order", name, "--profile", "csv-flat")
        assert (missing.exit_code, "has no order with this" in missing.stderr) == (1, True)


def test_a_file_or_the_shop() -> None:
    for arguments, sentence in (
        ([], "Say which order"), ([ORDER, "--order", "27"], "not both")
    ):  # fmt: skip
        result = runner.invoke(app, ["preview", *arguments, "--profile", "csv-flat"])
        assert (result.exit_code, sentence in result.stderr) == (2, True)
