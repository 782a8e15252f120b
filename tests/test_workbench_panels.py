"""What stands below the page: the money, settings and lookups, the last orders, the sample."""

import json
import shutil
from base64 import b64encode
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from erp_adapter.balance import MoneyPolicy, balance
from erp_adapter.errors import Rejected
from erp_adapter.order import Order, read_order
from erp_console.workbench.bench import AskedMany, AskedProfile, AskedSample, Bench
from erp_console.workbench.money import statement
from erp_console.workbench.orders import Orders
from orders import discount_page, item_document, items_page, order_document
from orders import transaction_document as paid
from profile_files import SHOP, write_xml

ROOT = Path(__file__).parent.parent
ORDERS = ROOT / "events" / "orders"


def order_of(*items: dict[str, Any], **changes: Any) -> Order:
    rows = items_page(list(items) or [item_document()])
    return read_order(order_document(**changes), [rows], [discount_page([])], SHOP)


def money(order: Order, **policy: Any) -> dict[str, Any]:
    chosen = MoneyPolicy(**policy)
    try:
        totals = balance(order, chosen).totals
    except Rejected:
        totals = None
    return statement(order, chosen, totals)


def adds_up(found: dict[str, Any]) -> bool:
    """By the table's own figures, as a person would add them."""
    figures = [*found["items"], *found["charges"]]
    total = sum(Decimal(each["gross"]) for each in figures if each["counted"])
    return total == Decimal(found["sum"])


def test_the_money_adds_up_before_ones_eyes() -> None:
    found = money(order_of())
    assert adds_up(found)
    (item,), (charge,) = found["items"], found["charges"]
    assert (item["quantity"], item["unit_price"], item["gross"]) == ("1", "100.00", "100.00")
    assert (charge["name"], charge["gross"]) == ("Shipping", "29.90")
    assert (found["sum"], found["amount"], found["difference"]) == ("129.90", "129.90", "0.00")
    assert (found["paid"], found["unpaid"], found["payable"]) == ("129.90", "0.00", "129.90")
    (rate,) = found["rates"]
    assert Decimal(rate["net"]) + Decimal(rate["tax"]) == Decimal(rate["gross"]) == Decimal("129.9")


def test_what_does_not_add_up_is_shown_with_its_difference() -> None:
    found = money(order_of(amount="130.00"))
    assert adds_up(found)
    assert (found["sum"], found["amount"], found["difference"]) == ("129.90", "130.00", "-0.10")
    assert (found["payable"], found["unpaid"]) == (None, "0.10")


@pytest.mark.parametrize("policy", ["amount-is-original", "amount-is-reduced"])
def test_cancelled_items_stand_in_the_table(policy: Any) -> None:
    original = policy == "amount-is-original"
    rows = [item_document(discount_amount="10.00"), item_document(pk=2, status="100")]
    amount = "219.90" if original else "119.90"
    order = order_of(*rows, amount=amount, transaction_set=[paid(amount="119.90")])
    found = money(order, cancelled=policy, discounts="items")
    assert adds_up(found)
    assert found["difference"] == "0.00"
    first, second = found["items"]
    assert (first["discount"], first["gross"]) == ("10.00", "90.00")
    assert second["counted"] == original
    assert second["note"].startswith("cancelled")
    assert found["cancelled"] == ("100.00" if original else "0.00")
    assert found["payable"] == "119.90"


def test_payments_that_do_not_count_stand_there_too() -> None:
    sets = [
        paid(), paid(pk=72, is_succeeded=False, transaction_id="TX72"),
        paid(pk=73, transaction_type="refund", amount="9.90", transaction_id="TX73"),
    ]  # fmt: skip
    found = money(order_of(transaction_set=sets))
    told = [(each["state"], each["amount"], each["counted"]) for each in found["payments"]]
    assert told == [
        ("captured", "129.90", True), ("failed", "129.90", False), ("refunded", "-9.90", True)
    ]  # fmt: skip
    assert (found["paid"], found["unpaid"], found["compared"]) == ("120.00", "9.90", True)
    assert not money(order_of(transaction_set=[]), payments="none")["compared"]


def test_an_order_whose_figures_are_wrong_is_shown_as_it_is() -> None:
    found = money(order_of(item_document(tax_rate="17.00")))
    assert [(each["gross"], each["counted"]) for each in found["items"]] == [("100.00", True)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    toml = '[settings]\nguest = ""\nwarehouse = 3\n[lookup.unit]\nADT = "ADET"\n'
    folder = write_xml(tmp_path / "own", "<B>{lookup('unit', lines[0].unit)}</B>", toml)
    shutil.copy(ROOT / "layers" / "profiles" / "routes.toml", tmp_path)
    return folder


@pytest.fixture
def bench(folder: Path, tmp_path: Path) -> Bench:
    (tmp_path / "work").mkdir()
    orders = tmp_path / "orders"
    orders.mkdir()
    for name, changes in {"1": {}, "2": {"amount": "1.00"}, "3": {}}.items():
        for kind in ("order", "items", "discounts"):
            content = json.loads((ORDERS / f"27.{kind}.json").read_bytes())
            if kind == "order":
                content |= changes
            (orders / f"{name}.{kind}.json").write_text(json.dumps(content), "utf-8")
    other = ROOT / "layers" / "profiles" / "csv-flat"
    return Bench(Orders.at(orders, None), {"own": folder, "csv-flat": other}, tmp_path / "work")


def draft(bench: Bench) -> dict[str, str]:
    files = bench.profile(AskedProfile(profile="own"))["files"]
    return {file["name"]: file["text"] for file in files}


def test_settings_and_lookups_say_where_they_stand(bench: Bench) -> None:
    from erp_console.workbench.bench import AskedView

    view = bench.view(AskedView(profile="own", files=draft(bench), order="1"))
    assert view["rejection"]["code"] == "UNKNOWN_LOOKUP"
    guest, warehouse = view["constants"]["settings"]
    assert (guest["name"], guest["value"], guest["text"]) == ("guest", "", True)
    assert (warehouse["value"], warehouse["text"], warehouse["route"]) == ("3", False, None)
    lines = draft(bench)["profile.toml"].splitlines()
    assert lines[warehouse["line"] - 1][warehouse["column"] - 1 :] == "3"
    (unit,) = view["constants"]["lookups"]
    (entry,) = unit["entries"]
    assert lines[entry["line"] - 1][entry["column"] - 1 :] == 'ADET"'
    assert (unit["name"], unit["last"]) == ("unit", entry["line"])


def test_the_last_orders_through_the_draft_and_the_others(bench: Bench) -> None:
    found = bench.many(AskedMany(profile="own", files=draft(bench), last=2))
    assert found["profiles"] == ["own", "csv-flat"]
    codes = {row["order"]: [cell["code"] for cell in row["cells"]] for row in found["rows"]}
    assert codes == {
        "3": ["UNKNOWN_LOOKUP", "passes"], "2": ["TOTALS_MISMATCH", "TOTALS_MISMATCH"],
    }  # fmt: skip
    assert found["unknown"] == [{"table": "unit", "code": "C62", "orders": 1}]
    mended = draft(bench)
    mended["profile.toml"] += 'C62 = "ADET"\n'
    found = bench.many(AskedMany(profile="own", files=mended, last=500))
    assert [row["cells"][0]["code"] for row in found["rows"]] == [
        "passes", "TOTALS_MISMATCH", "passes"
    ]  # fmt: skip
    assert found["unknown"] == []


def test_a_draft_that_cannot_be_loaded_is_a_column_all_the_same(bench: Bench) -> None:
    broken = {**draft(bench), "order.xml": "<A>{nothing}</A>"}
    found = bench.many(AskedMany(profile="own", files=broken, last=1))
    assert [cell["code"] for cell in found["rows"][0]["cells"]] == ["PROFILE", "passes"]


def sample_rows(bench: Bench, document: str, sample: bytes, name: str) -> dict[str, list[Any]]:
    files = draft(bench)
    files["order.xml"] = document
    asked = AskedSample(
        profile="own", files=files, order="1", name=name, sample=b64encode(sample).decode()
    )
    return {r["place"]: [r["state"], r["sample"], r["ours"]] for r in bench.sample(asked)["rows"]}


def test_our_document_beside_the_sample(bench: Bench) -> None:
    document = (
        "<A><NO>{number}</NO><DATE>{date(placed_at)}</DATE><TCKN>1</TCKN><SUM>{money(totals.payable)}</SUM>"
        '<ROW x:each="rows" xmlns:x="urn:erp-adapter:profile"><T>{kind}</T></ROW><NEW>1</NEW></A>'
    )
    sample = (
        '<?xml version="1.0"?><A><NO>X-9</NO><DATE>30.01.2017</DATE><VKN>123</VKN>'
        "<SUM>16,40</SUM><ROW><T>a</T></ROW></A>"
    )
    found = sample_rows(bench, document, sample.encode(), "sample.xml")
    assert found == {
        "A/NO": ["both", "X-9", "bf7b66149236455"],
        "A/DATE": ["form", "30.01.2017", "2017-01-30"],
        "A/VKN": ["sample", "123", None],
        "A/TCKN": ["ours", None, "1"],
        "A/SUM": ["form", "16,40", "16.40"],
        "A/ROW/T": ["both", "a", "item"],
        "A/NEW": ["ours", None, "1"],
    }
    assert [place.removeprefix("A/") for place in found] == [
        "NO", "DATE", "VKN", "TCKN", "SUM", "ROW/T", "NEW"
    ]  # fmt: skip
