"""`erp-adapter diff`: what a change of a mapping does to the last orders, by kind and place."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from erp_console.cli import app
from operated import Operated
from orders import discount_page, item_document, items_page, order_document, product_document
from profile_files import write_csv, write_json, write_xml
from typer.testing import CliRunner, Result

PROFILES = Path(__file__).parent.parent / "layers" / "profiles"


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """Three orders: one line, two lines, one with a note."""
    folder = tmp_path / "orders"
    folder.mkdir()
    second = item_document(pk=2, product=product_document(sku="IKI-2"))
    write_order(folder, "1", order_document(), item_document())
    write_order(
        folder, "2", order_document(amount="229.90", transaction_set=paid("229.90")),
        item_document(), second,
    )  # fmt: skip
    write_order(folder, "3", order_document(notes="acele", status="600"), item_document())
    return folder


def paid(amount: str) -> list[dict[str, Any]]:
    from orders import transaction_document

    return [transaction_document(amount=amount)]


def write_order(folder: Path, name: str, order: bytes, *items: dict[str, Any]) -> None:
    (folder / f"{name}.order.json").write_bytes(order)
    (folder / f"{name}.items.json").write_bytes(items_page(list(items)))
    (folder / f"{name}.discounts.json").write_bytes(discount_page([]))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["diff", *map(str, arguments)])


def said(*arguments: object, code: int) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def groups(found: dict[str, Any]) -> dict[tuple[str, str], tuple[list[str], int, Any, Any]]:
    return {
        (each["kind"], each["place"]): (
            each["orders"], each["values"], each["before"], each["after"]
        )
        for each in found["groups"]
    }  # fmt: skip


def test_nothing_changes(orders: Path) -> None:
    found = said("csv-flat", "csv-flat", "--orders", orders, code=0)
    assert (found["orders"], found["same"], found["groups"]) == (3, 3, [])
    assert run("csv-flat", "csv-flat", "--orders", orders).stdout == ""


def test_values_are_added_removed_and_changed(orders: Path, tmp_path: Path) -> None:
    row = '<L o:each="lines" n="{line_number()}"><S>{sku}</S></L>'
    one = write_xml(tmp_path / "one", f"<N>{{number}}</N><P>{{money(totals.payable)}}</P>{row}")
    row = row.replace("<S>", "<Q o:if=\"sku == 'IKI-2'\">{qty(quantity)}</Q><S>")
    two = write_xml(
        tmp_path / "two", f"<N>No {{number}}</N><X>1</X>{row}", '[format]\ndecimal = ","\n'
    )
    found = said(one, two, "--orders", orders, code=1)
    assert (found["orders"], found["same"]) == (3, 0)
    every = ["1", "2", "3"]
    assert groups(found) == {
        ("changed", "A/N"): (every, 3, "T-1001", "No T-1001"),
        ("removed", "A/P"): (every, 3, "129.90", None),
        ("added", "A/X"): (every, 3, None, "1"),
        ("added", "A/L/Q"): (["2"], 1, None, "1"),
    }
    assert [each["kind"] for each in found["groups"]] == ["changed", "added", "added", "removed"]
    shown = run(one, two, "--orders", orders)
    assert "changed       A/N  3 orders  1: 'T-1001' → 'No T-1001'" in shown.stdout
    assert "3 orders compared, 0 the same." in shown.stderr


def test_one_more_row_does_not_change_the_rows_after_it(orders: Path, tmp_path: Path) -> None:
    one = write_csv(tmp_path / "one", 'name = "S"\nvalue = "{sku || kind}"')
    two = write_csv(
        tmp_path / "two", toml='layout = "records"\nheader = false\n[[record]]\nname = "H"\n'
        '[[record.column]]\nname = "S"\nvalue = "H"\n[[record]]\nname = "L"\neach = "rows"\n'
        '[[record.column]]\nname = "S"\nvalue = "{sku || kind}"\n',
    )  # fmt: skip
    found = said(one, two, "--orders", orders, "--last", 1, code=1)
    assert groups(found) == {("added", "S"): (["3"], 1, None, "H")}


def test_orders_that_are_rejected_now_or_pass_now(orders: Path, tmp_path: Path) -> None:
    plain = write_xml(tmp_path / "plain", "<B>{number}</B>")
    needs = write_xml(tmp_path / "needs", "<B>{number}</B><C>{notes}</C>")
    short = write_xml(tmp_path / "short", '<B o:max="2">{number}</B>')
    found = groups(said(plain, needs, "--orders", orders, code=1))
    rejected = found["now rejected", "MISSING_VALUE"]
    assert rejected[:2] == (["1", "2"], 2)
    assert "A/C needs {notes}" in rejected[3]
    assert found["added", "A/C"] == (["3"], 1, None, "acele")
    found = groups(said(needs, plain, "--orders", orders, code=1))
    assert found["now passing", "MISSING_VALUE"][:2] == (["1", "2"], 2)
    found = groups(said(needs, short, "--orders", orders, code=1))
    assert found["rejected otherwise", "MISSING_VALUE → TOO_LONG"][:2] == (["1", "2"], 2)
    assert found["now rejected", "TOO_LONG"][:2] == (["3"], 1)
    assert said(needs, needs, "--orders", orders, code=0)["same"] == 3


def test_the_same_values_in_other_bytes(orders: Path, tmp_path: Path) -> None:
    one = write_json(tmp_path / "one", '{"a": "{number}", "b": {"c": "{currency}"}}')
    two = write_json(tmp_path / "two", '{"b": {"c": "{currency}"}, "a": "{number}"}')
    found = said(one, two, "--orders", orders, code=1)
    assert groups(found) == {("written", "document"): (["1", "2", "3"], 3, None, None)}


def test_a_copy_is_compared_under_its_route(orders: Path, tmp_path: Path) -> None:
    """The money policies, the settings' overrides and the shop are the route's of PROFILE_A."""
    own = tmp_path / "profiles"
    own.mkdir()
    shutil.copytree(PROFILES / "csv-flat", own / "csv-flat")
    (own / "routes.toml").write_text(
        '[[event]]\ntype = "order.created"\npk = "payload.pk"\n'
        '[[route]]\nname = "r"\nprofile = "csv-flat"\ndestination = "s3"\n'
        'start_from = 2026-01-01\n[route.money]\npayments = "none"\n',
        "utf-8",
    )
    copy = shutil.copytree(PROFILES / "csv-flat", tmp_path / "copy")
    write_order(orders, "4", order_document(transaction_set=[]), item_document())
    assert said(own / "csv-flat", copy, "--orders", orders, code=0)["same"] == 4
    assert said(copy, own / "csv-flat", "--orders", orders, code=0)["same"] == 4


def test_what_cannot_be_compared_is_said(orders: Path, tmp_path: Path) -> None:
    for arguments, sentence in (
        (["csv-flat", "csv-flt", "--orders", orders], "Did you mean csv-flat?"),
        (["csv-flat", "csv-flat"], "--orders FOLDER, or --last N"),
        (["csv-flat", "csv-flat", "--orders", tmp_path], "holds no order"),
        (["csv-flat", write_xml(tmp_path / "x", "<B>{numbr}</B>"), "--orders", orders], "number?"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2, result.output
        assert sentence in result.stderr
    write_order(orders, "5", order_document(pk=5), item_document())
    found = said("csv-flat", "csv-flat", "--orders", orders, code=1)
    assert (found["orders"], list(found["unread"])) == (3, ["5"])


def test_the_last_orders_of_a_deployment(operated: Operated, tmp_path: Path) -> None:
    world = operated.world
    for pk in (1, 2, 3):
        world.new_order(pk)
        assert world.work(pk) == []
    copy = shutil.copytree(PROFILES / "ubl-order", tmp_path / "copy")
    template = copy / "order.xml"
    text = template.read_text("utf-8")
    template.write_text(text.replace("{number}</cbc:ID>", "X{number}</cbc:ID>", 1), "utf-8")
    found = operated.said("diff", "ubl-order", str(copy), "--last", "2", code=1)
    (group,) = found["groups"]
    assert (found["orders"], found["same"]) == (2, 0)
    assert (group["kind"], group["place"]) == ("changed", "Order/cbc:ID")
    assert set(group["orders"]) <= {"1", "2", "3"}
    assert "3" in group["orders"]
    world.new_order(3, hidden_reads=99)
    found = operated.said("diff", "ubl-order", "ubl-order", "--last", "3", code=1)
    assert (found["same"], list(found["unread"])) == (2, ["3"])
