"""`erp-adapter lint`, `profiles`, `test-profile`, `export`: profiles without a deployment."""

import csv
import json
import re
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from erp_console.cli import app
from erp_console.differences import difference
from erp_console.local_routes import to_toml
from senders import SENDERS, Sender
from typer.testing import CliRunner, Result

ROOT = Path(__file__).parent.parent
PROFILES = ROOT / "layers" / "profiles"
COMMANDS = ["lint", "profiles", "test-profile", "export", "preview"]
runner = CliRunner()
pytestmark = pytest.mark.usefixtures("offline")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a command reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of profiles: csv-flat and logo-sales-orders, and the shipped routes.toml less what
    it does not have."""
    for name in ("csv-flat", "logo-sales-orders"):
        shutil.copytree(PROFILES / name, tmp_path / name)
    routes = (PROFILES / "routes.toml").read_text("utf-8").replace("ubl-order", "logo-sales-orders")
    (tmp_path / "routes.toml").write_text(routes, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object) -> Result:
    return runner.invoke(app, [str(argument) for argument in arguments])


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_an_example(command: str) -> None:
    said = run(command, "--help").stdout
    assert f"Example: erp-adapter {command}" in said
    assert "--json" in said


def test_the_guide_names_commands_that_exist() -> None:
    guide = (ROOT / "docs" / "profiles.md").read_text("utf-8")
    named = set(re.findall(r"`erp-adapter ([a-z-]+)", guide))
    assert named >= set(COMMANDS)
    assert [name for name in named if run(name, "--help").exit_code != 0] == []


# ------------------------------------------------------------------ lint


def test_lint_finds_nothing_in_what_is_shipped() -> None:
    result = run("lint")
    assert (result.exit_code, result.stdout) == (0, ""), result.stdout
    assert "0 problems in 12 profiles" in result.stderr
    assert json.loads(run("lint", "--json").stdout) == []


def test_lint_says_all_of_a_profile_at_once(own: Path) -> None:
    edit(own / "csv-flat" / "profile.toml", "delimiter =", "delimitr =")
    edit(own / "csv-flat" / "profile.toml", "{order.buyer.name}", "{order.buyer.nam}")
    result = run("lint", "csv-flat")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{Path('csv-flat') / 'profile.toml'}:5:1: ")
    assert "Did you mean delimiter?" in lines[0]
    assert "Did you mean name?" in lines[1]
    found = json.loads(run("lint", "--json", "csv-flat").stdout)
    assert [set(problem) for problem in found] == [{"file", "line", "column", "message"}] * 2
    row, column = found[1]["line"], found[1]["column"]
    text = (own / "csv-flat" / "profile.toml").read_text("utf-8").splitlines()[row - 1]
    assert text[column - 1 :].startswith("nam}")


def test_lint_renders_the_examples(own: Path) -> None:
    order = own / "csv-flat" / "examples" / "company-vkn.order.json"
    document = json.loads(order.read_bytes())
    order.write_text(json.dumps({**document, "amount": "1.00"}), "utf-8")
    result = run("lint", own)
    assert result.exit_code == 1
    (line,) = result.stdout.splitlines()
    assert "company-vkn.order.json:1:1: TOTALS_MISMATCH: " in line


def test_lint_validates_where_the_schema_is_left_to_it(tmp_path: Path) -> None:
    own = tmp_path / "my-ubl"
    shutil.copytree(PROFILES / "ubl-order", own)
    edit(own / "profile.toml", "\nschema", '\nxsd = "lint"\nschema')
    assert run("lint", own).exit_code == 0
    template = (own / "order.xml").read_text("utf-8")
    (own / "order.xml").write_text(template.replace("cbc:UBLVersionID", "cbc:Odd"), "utf-8")
    result = run("lint", own)
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == len(list((own / "examples").glob("*.order.json")))
    assert "SCHEMA_INVALID" in result.stdout


ROUTES: dict[str, tuple[str, str, list[str]]] = {
    "no TOML": ("[shop]", "[shop", ["This is not TOML"]),
    "a top key": ("[shop]", "[shp]", ["unknown key shp. Did you mean shop?"]),
    "a shop key": ("quantity_key", "quantty_key", ["unknown key quantty_key."]),
    "a scheme": ("[shop]", '[webhook]\nscheme = "hmack"\n[shop]', ["Did you mean hmac?"]),
    "a scheme without its key": (
        "[shop]", '[webhook]\nscheme = "token"\n[shop]', ["[webhook] needs header"],
    ),
    "keys of a scheme": (
        "[shop]",
        '[webhook]\nscheme = "hmac"\nheader = "x a"\ndigest = "md5"\nuser = "a"\n'
        'tolerance = 0\nsources = ["x"]\n[shop]',
        ["header must be the name", "digest must be one of", "user is not for", "from 1 to 3600",
         "sources must be addresses"],
    ),
    "a moment without a prefix": (
        "[shop]", '[webhook]\nscheme = "hmac"\nheader = "x"\ntimestamp = "t="\n[shop]',
        ["timestamp needs a prefix beside it"],
    ),
    "an event": ('pk = "payload.pk || data.pk"', 'pk = "payload.["', ["not a JMESPath"]),
    "no place": (
        'pk = "payload.pk || data.pk"\nnumber = "payload.number || data.number"', "",
        ["needs pk or number"],
    ),
    "two events": ("order.updated", "order.created", ["has the type of another"]),
    "two routes": ('name = "csv"', 'name = "UBL"', ["has the name of another"]),
    "a profile": ('"csv-flat"', '"csv-flt"', ["no profile csv-flt. Did you mean csv-flat?"]),
    "a pick-up nobody sees": (
        'destination = "s3"', 'destination = "sqs"\nacknowledge = "after-pickup"',
        ["[[route]] 1 acknowledge: nobody sees when a message is taken off a queue."],
    ),
    "a missing key": ('destination = "s3"', "", ["[[route]] 1 needs destination."]),
    "several": (
        'destination = "s3"', 'destination = "ftp"\nstatuses = []\nchanels = ["web"]',
        ["must be one of: s3, sqs", "must be whole numbers", "Did you mean channels?"],
    ),
    "money": (
        'destination = "s3"', 'destination = "s3"\nmoney = { intrest = "inside", tolerance = 1 }',
        ['Did you mean "interest"?', "must be a number from 0 to 0.05"],
    ),
    "a rate of its own": (
        'destination = "s3"',
        'destination = "s3"\nmoney = { tax_rates = [7], shipping_tax_rate = 8 }',
        ["is not one of its tax_rates"],
    ),
    "settings": (
        'destination = "s3"',
        'destination = "s3"\nsettings = { guest_custmer = "X", company = 1 }',
        ["no setting guest_custmer"],
    ),
    "several profiles": (
        'profile = "csv-flat"',
        'profiles = ["csv-flat", "logo-sales-order"]\n'
        'settings = { csv-flat = { guest_custmer = "X" } }\nstatuses = []',
        ["Did you mean logo-sales-orders?", "no setting guest_custmer", "must be whole numbers"],
    ),
    "profiles that are none": (
        'profile = "csv-flat"', 'profiles = ["csv-flat", 7]', ["must be names of profiles"],
    ),
    "cancellations": (
        'profile = "csv-flat"',
        'profile = "csv-fat"\non = "cancelled"\nitems = 3\nstatuses = [400]',
        ["has the unknown key statuses", "items must be true", "needs of", "mean csv-flat?",
         "has the unknown key start_from"],
    ),
    "cancellations of nobody": (
        'profile = "csv-flat"\ndestination = "s3"\nstart_from = 2026-01-01',
        'profile = "csv-flat"\ndestination = "s3"\non = "cancelled"\nof = "ublo"',
        ["of must be the name of a route of orders: ubl. Did you mean ubl?"],
    ),
    "a setting of nobody": (
        'profile = "csv-flat"', 'profiles = ["csv-flat"]\nsettings = { company = "1" }',
        ["such as [route.settings.csv-flat]"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentences"), ROUTES.values(), ids=ROUTES.keys())
def test_lint_says_all_of_the_routes_at_once(
    own: Path, old: str, new: str, sentences: list[str]
) -> None:
    edit(own / "routes.toml", old, new)
    result = run("lint", own, "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert {problem["file"] for problem in found} == {"routes.toml"}
    for sentence in sentences:
        assert any(sentence in problem["message"] for problem in found), found
    changed = (own / "routes.toml").read_text("utf-8").splitlines()
    assert all(1 <= problem["line"] <= len(changed) for problem in found)


@pytest.mark.parametrize(
    ("cancels", "keys", "sentence"),
    [
        ("items", "start_from = 2026-01-01", 'a route with on = "cancelled"'),
        ("order", 'on = "cancelled"\nof = "ubl"', "set items = false"),
        ("order", 'on = "cancelled"\nof = "ubl"\nitems = false', None),
        ("items", 'on = "cancelled"\nof = "ubl"', None),
    ],
)
def test_lint_knows_which_profiles_are_of_cancellations(
    own: Path, cancels: str, keys: str, sentence: str | None
) -> None:
    shutil.copytree(PROFILES / "csv-cancellation", own / "gone")
    edit(own / "gone" / "profile.toml", '= "items"', f'= "{cancels}"')
    shutil.rmtree(own / "gone" / "examples")
    route = f'[[route]]\nname = "x"\nprofile = "gone"\ndestination = "s3"\n{keys}\n'
    file = own / "routes.toml"
    file.write_text(f"{file.read_text('utf-8')}\n{route}", "utf-8")
    found = json.loads(run("lint", own, "--json").stdout)
    if sentence is None:
        assert found == []
        return
    (only,) = found
    assert sentence in only["message"]
    assert file.read_text("utf-8").splitlines()[only["line"] - 1] == 'profile = "gone"'


def test_lint_points_at_the_key(own: Path) -> None:
    edit(own / "routes.toml", 'destination = "s3"', 'destination = "s3"\n  chanels = ["web"]')
    (found,) = json.loads(run("lint", own, "--json").stdout)
    line = (own / "routes.toml").read_text("utf-8").splitlines()[found["line"] - 1]
    assert line[found["column"] - 1 :].startswith("chanels")


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.name)
def test_lint_finds_nothing_in_a_way_of_proving(own: Path, sender: Sender) -> None:
    edit(own / "routes.toml", "[shop]", to_toml({"webhook": sender.table}) + "[shop]")
    assert run("lint", own).exit_code == 0


def test_a_rate_of_ones_own_list_is_sound(own: Path) -> None:
    money = "money = { tax_rates = [7, 10, 20], shipping_tax_rate = 7 }"
    edit(own / "routes.toml", 'destination = "s3"', f'destination = "s3"\n{money}')
    assert run("lint", own).exit_code == 0


def test_lint_of_no_profile_is_bad_usage(tmp_path: Path) -> None:
    result = run("lint", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no profile.toml" in result.stderr


# ------------------------------------------------------------------ profiles


def test_profiles_are_listed() -> None:
    rows = json.loads(run("profiles", "--json").stdout)
    assert [row["name"] for row in rows] == sorted(f.parent.name for f in PROFILES.glob("*/*.toml"))
    flat = next(row for row in rows if row["name"] == "csv-flat")
    assert flat == {
        "name": "csv-flat", "title": "CSV, one row a line", "kind": "CSV", "encoding": "utf-8",
        "examples": len(list(PROFILES.glob("csv-flat/examples/*.order.json"))), "routes": ["csv"],
    }  # fmt: skip
    table = run("profiles").stdout
    assert all(row["name"] in table and row["title"] in table for row in rows)


def test_a_profile_that_cannot_be_used_is_listed(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(own / "csv-flat" / "profile.toml", "delimiter =", "delimitr =")
    checkout = own / "checkout"
    (checkout / "layers").mkdir(parents=True)
    (checkout / "template.yaml").touch()
    shutil.copytree(own, checkout / "layers" / "profiles", ignore=lambda *_: ["checkout"])
    monkeypatch.chdir(checkout)
    result = run("profiles", "--json")
    assert [row["kind"] for row in json.loads(result.stdout)] == ["", "XML"]
    assert "csv-flat can't be used" in result.stderr
    assert run("lint").exit_code == 1


# ------------------------------------------------------------------ test-profile


@pytest.fixture
def expected(own: Path) -> Path:
    """One expected document of a copy of a profile."""
    return own / "csv-flat" / "examples" / "company-vkn.expected.csv"


def test_golden_examples_are_the_same(own: Path) -> None:
    result = run("test-profile", own / "csv-flat")
    assert result.exit_code == 0, result.stdout
    assert "7 of 7 examples of csv-flat are the same." in result.stdout


def test_a_difference_is_shown(own: Path, expected: Path) -> None:
    content = expected.read_bytes()
    expected.write_bytes(content.replace(b"354.90", b"354.91"))
    result = run("test-profile", own / "csv-flat")
    assert result.exit_code == 1
    removed = [line for line in result.stdout.splitlines() if line.startswith("-SIP")]
    added = [line for line in result.stdout.splitlines() if line.startswith("+SIP")]
    assert [line.replace("354.91", "354.90")[1:] for line in removed] == [a[1:] for a in added]
    assert "different company-vkn" in result.stdout
    assert "\x1b" not in result.stdout
    results = json.loads(run("test-profile", own / "csv-flat", "--json").stdout)["examples"]
    assert [each["result"] for each in results].count("same") == 6
    assert "different" in [each["result"] for each in results]


def test_a_terminal_has_colours(own: Path, expected: Path) -> None:
    expected.write_bytes(expected.read_bytes().replace(b"354.90", b"354.91"))
    command = ["test-profile", str(own / "csv-flat")]
    shown = runner.invoke(app, command, env={"FORCE_COLOR": "1", "TERM": "xterm-256color"})
    assert "\x1b[31m-SIP" in shown.stdout
    assert "\x1b[32m+SIP" in shown.stdout


def test_update_writes_and_still_compares(
    own: Path, expected: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = expected.read_bytes()
    expected.write_bytes(content + b"x")
    with monkeypatch.context() as full_disk:
        full_disk.setattr(Path, "write_bytes", lambda *_: 0)
        assert run("test-profile", own / "csv-flat", "--update").exit_code == 1
    result = run("test-profile", own / "csv-flat", "--update")
    assert result.exit_code == 0
    assert result.stdout.count("written anew") == 1
    assert expected.read_bytes() == content


Change = Callable[[Path], object]
ENDS: dict[str, tuple[Change, str]] = {
    "none": (Path.unlink, "missing"),
    "line ends": (lambda f: f.write_bytes(f.read_bytes().replace(b"\r\n", b"\n")), "different"),
    "a mark": (lambda f: f.write_bytes(b"\xef\xbb\xbf" + f.read_bytes()), "different"),
    "an orphan": (lambda f: shutil.copy(f, f.with_name("gone.expected.csv")), "orphan"),
    "no encoding": (lambda f: f.write_bytes(b"\xff" + f.read_bytes()), "different"),
}


@pytest.mark.parametrize(("change", "said"), ENDS.values(), ids=ENDS.keys())
def test_every_byte_counts(own: Path, expected: Path, change: Change, said: str) -> None:
    change(expected)
    result = run("test-profile", own / "csv-flat")
    assert result.exit_code == 1
    assert [line for line in result.stdout.splitlines() if line.startswith(said)]


def test_a_rejected_example_fails(own: Path, expected: Path) -> None:
    order = expected.with_name("company-vkn.order.json")
    order.write_text(json.dumps({**json.loads(order.read_bytes()), "amount": "1.00"}), "utf-8")
    result = run("test-profile", own / "csv-flat")
    assert result.exit_code == 1
    assert "rejected  company-vkn  TOTALS_MISMATCH" in result.stdout


def test_nothing_to_compare_is_no_success(own: Path) -> None:
    shutil.rmtree(own / "csv-flat" / "examples")
    result = run("test-profile", own / "csv-flat")
    assert result.exit_code == 2
    assert "no examples" in result.stderr
    assert run("test-profile", "csv-flt").exit_code == 2


def test_a_difference_in_line_ends_alone_is_said() -> None:
    (sentence,) = difference(b"a\r\nb\r\n", b"a\nb\n", "utf-8", "f")
    assert "byte 1, line 1: expected 0d 0a 62, found 0a 62 0a" in sentence
    assert "the end" in difference(b"a", b"a\r", "utf-8", "f")[0]


# ------------------------------------------------------------------ export


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A folder with the examples of csv-flat: other orders, other pks."""
    folder = tmp_path / "orders"
    shutil.copytree(PROFILES / "csv-flat" / "examples", folder)
    for file in folder.glob("*.expected.*"):
        file.unlink()
    return folder


def change_order(file: Path, **fields: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_bytes()), **fields}), "utf-8")


def test_many_orders_are_one_file(orders: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    result = run("export", "--profile", "csv-flat", "--orders", orders, "-o", file)
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    rows = list(csv.reader(file.read_text("utf-8").splitlines(), delimiter=";"))
    assert [row[0] for row in rows].count("ORDER_NO") == 1
    numbers = {json.loads(f.read_bytes())["number"] for f in orders.glob("*.order.json")}
    assert {row[0] for row in rows[1:]} == numbers
    singles = [
        run("preview", f, "--profile", "csv-flat").stdout_bytes.split(b"\r\n", 1)[1]
        for f in sorted(orders.glob("*.order.json"))
    ]
    assert file.read_bytes().split(b"\r\n", 1)[1] == b"".join(singles)


def test_rejected_orders_are_listed_by_pk_and_code(orders: Path, tmp_path: Path) -> None:
    wrong, other = orders / "company-vkn.order.json", orders / "turkish-text.order.json"
    pk = json.loads(wrong.read_bytes())["pk"]
    change_order(wrong, amount="1.00")
    other.write_text("{", "utf-8")
    file = tmp_path / "all.csv"
    command = ["export", "--profile", "csv-records", "--orders", orders, "-o", file]
    result = run(*command)
    assert result.exit_code == 3
    assert f"pk {pk}: TOTALS_MISMATCH  (company-vkn.order.json)" in result.stderr
    assert "pk unknown: " in result.stderr
    assert "354.90" not in result.stderr
    told = json.loads(run(*command, "--json").stdout)
    assert {each["code"] for each in told["rejected"]} >= {"TOTALS_MISMATCH"}
    assert len(told["orders"]) == 5
    trailer = file.read_text("utf-8").splitlines()[-1].split("|")
    assert trailer[:2] == ["T", "5"]


def test_an_order_is_not_exported_twice(orders: Path, tmp_path: Path) -> None:
    for kind in ("order", "items", "discounts"):
        shutil.copy(orders / f"company-vkn.{kind}.json", orders / f"copy.{kind}.json")
    result = run("export", "--profile", "csv-flat", "--orders", orders, "-o", tmp_path / "a.csv")
    assert result.exit_code == 3
    assert ": INVALID_VALUE  (copy.order.json)" in result.stderr


def test_where_all_are_rejected_nothing_is_written(orders: Path, tmp_path: Path) -> None:
    for file in orders.glob("*.order.json"):
        change_order(file, status="100")
    target = tmp_path / "all.csv"
    result = run("export", "--profile", "csv-flat", "--orders", orders, "-o", target)
    assert (result.exit_code, target.exists()) == (3, False)
    assert result.stderr.count(": STATUS_NOT_SENDABLE") == 7
    assert "Nothing was written." in result.stderr


def test_export_that_can_not_be_tried(orders: Path, tmp_path: Path) -> None:
    target, empty = tmp_path / "all.csv", tmp_path / "empty"
    empty.mkdir()
    for profile, folder, where, sentence in (
        ("ubl-order", orders, target, "only CSV profiles"),
        ("csv-flt", orders, target, "Did you mean csv-flat?"),
        ("csv-flat", empty, target, "holds no order"),
        ("csv-flat", orders, tmp_path / "no" / "all.csv", "can't be written"),
    ):
        result = run("export", "--profile", profile, "--orders", folder, "-o", where)
        assert (result.exit_code, sentence in result.stderr) == (2, True), result.stderr
    assert not target.exists()
