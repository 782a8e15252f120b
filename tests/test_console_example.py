"""`erp-adapter example`: an order is kept with nobody in it, and still is the same order."""

import json
import shutil
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from erp_adapter.balance import MoneyPolicy, balance
from erp_adapter.balance.tax_number import is_tckn, is_vkn
from erp_adapter.order import Order, read_order
from erp_console.anonymous import anonymised
from erp_console.anonymous_texts import Invention
from erp_console.canaries import canaries, sightings
from erp_console.checkout import profile_folder
from erp_console.cli import app
from erp_console.order_files import Source, source_of
from erp_console.terminal import Hindered
from hypothesis import given
from hypothesis import strategies as st
from orders import (
    SECRETS,
    address_document,
    company_document,
    discount_document,
    discount_page,
    item_document,
    items_page,
    order_document,
    transaction_document,
)
from profile_files import SHOP
from typer.testing import CliRunner, Result

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "events" / "orders" / "27.order.json"
EXAMPLES = sorted((ROOT / "layers" / "profiles" / "csv-flat" / "examples").glob("*.order.json"))
AWKWARD = "İpek Iğdır-Şen & “Oğulları” <Ltd> 'Ö' 🎂\u200d😀"
runner = CliRunner()


def source(*items: dict[str, Any], **changes: Any) -> Source:
    pages = (items_page(list(items) or [item_document()]),)
    return Source(order_document(**changes), pages, (discount_page([]),))


def order_of(found: Source) -> Order:
    return balance(read_order(found.order, found.items, found.discounts, SHOP), MoneyPolicy())


def text_of(found: Source) -> str:
    return b"".join([found.order, *found.items, *found.discounts]).decode()


def loaded(found: Source) -> Any:
    return json.loads(found.order)


def birds_of(found: Source) -> Any:
    pages = [found.order, *found.items, *found.discounts]
    return canaries(*(json.loads(page) for page in pages))


@pytest.mark.parametrize("file", [SAMPLE, *EXAMPLES], ids=lambda file: file.stem)
def test_nothing_personal_or_secret_is_left(file: Path) -> None:
    original = source_of(file)
    birds = birds_of(original)
    assert birds
    assert sightings(birds, [text_of(original)]) == birds
    assert sightings(birds, [text_of(anonymised(original))]) == []


def test_what_the_adapter_does_not_read_is_not_there() -> None:
    document = json.loads(order_document())
    document["extra_field"] = {"gizli": "ek-alan-5512"}
    document["cancellation_info"] = {"note": "iptal-notu-7781"}
    document["bin_number"] = "454360"
    found = text_of(anonymised(source(**document)))
    for secret in (*SECRETS, "ek-alan-5512", "iptal-notu-7781", "454360", "raw_request", "auth"):
        assert secret not in found


@pytest.mark.parametrize("file", [SAMPLE, *EXAMPLES], ids=lambda file: file.stem)
def test_sums_dates_and_structure_stay(file: Path) -> None:
    before, after = order_of(source_of(file)), order_of(anonymised(source_of(file)))
    assert after.totals == before.totals
    assert after.placed_at == before.placed_at
    assert [line.sku for line in after.lines] == [line.sku for line in before.lines]
    assert [line.gross for line in after.lines] == [line.gross for line in before.lines]
    assert after.charges == before.charges
    assert (after.buyer.kind, after.buyer.tax_scheme) == (
        before.buyer.kind,
        before.buyer.tax_scheme,
    )
    assert after.ship_to.city == before.ship_to.city
    assert len(after.ship_to.codes) == len(before.ship_to.codes)
    assert [(p.kind, p.state, p.amount) for p in after.payments] == [
        (p.kind, p.state, p.amount) for p in before.payments
    ]


def test_it_is_the_same_every_time() -> None:
    assert anonymised(source_of(SAMPLE)) == anonymised(source_of(SAMPLE))


def test_a_number_keeps_its_own_digits() -> None:
    found = anonymised(source(net_shipping_amount=8.50, amount="129.900000"))
    assert b'"129.900000"' in found.order
    decimals = source_of(SAMPLE)
    text = decimals.order.replace(b'"amount": "16.40"', b'"amount": 16.40')
    kept = anonymised(Source(text, decimals.items, decimals.discounts))
    assert b'"amount": 16.40' in kept.order


def kinds(text: str) -> list[str]:
    def kind(character: str) -> str:
        category = unicodedata.category(character)
        turkish = character in "çğşıöüİÇĞŞÖÜ"
        return category if category[0] in "LNS" else f"{category}{character}" + "t" * turkish

    return [f"{kind(c)}{len(c.encode())}{len(c.encode('utf-16-le'))}" for c in text]


@given(st.text(st.sampled_from(AWKWARD + "abcXYZ019éñжЖ漢ا.,/-\n"), min_size=1))
def test_texts_keep_their_width_and_their_kinds_of_characters(text: str) -> None:
    invented = Invention().text(text)
    assert kinds(invented) == kinds(text)


def test_awkward_characters_stay_awkward() -> None:
    invented = Invention().text(AWKWARD)
    for character in "&“”<>' ıİ\u200d":
        assert character not in AWKWARD or character in invented
    assert any(character in "🎁🎈🎉🎊" for character in invented)
    assert sum(character in "çğş" for character in invented) == 2
    assert not any(word in invented for word in ("İpek", "Iğdır", "Oğulları", "🎂"))


def test_the_same_person_is_the_same_invention() -> None:
    address = address_document(first_name="Nezaket", email="nezaket.hanim@shop.example.org")
    order = loaded(anonymised(source(billing_address=address, shipping_address=address)))
    assert order["billing_address"] == order["shipping_address"]
    assert order["billing_address"]["first_name"] != "Nezaket"
    assert len(order["billing_address"]["email"]) == len("nezaket.hanim@shop.example.org")
    assert order["billing_address"]["email"].endswith(".example")


def test_tax_numbers_stay_valid_where_they_were() -> None:
    bill = company_document(tax_no="454 053 6920", identity_number="10000000146")
    bill["remote_id"] = None
    found = loaded(anonymised(source(billing_address=bill)))["billing_address"]
    assert is_vkn(found["tax_no"].replace(" ", ""))
    assert found["tax_no"] != "454 053 6920"
    assert [len(part) for part in found["tax_no"].split(" ")] == [3, 3, 4]
    assert is_tckn(found["identity_number"])
    assert found["identity_number"] != "10000000146"
    wrong = anonymised(source(billing_address=company_document(tax_no="4540536921")))
    number = loaded(wrong)["billing_address"]["tax_no"]
    assert (len(number), is_vkn(number)) == (10, False)


def test_an_invention_says_nothing_of_what_it_replaced() -> None:
    first, second = Invention(), Invention()
    assert first.tax_number("4540536920") == second.tax_number("1111111114") != "4540536920"
    assert first.phone("0 (532) 111-2233") == second.phone("0 (555) 444-5566")


def test_codes_change_their_digits_only() -> None:
    customer = {"pk": 5, "erp_code": "C-90210", "email": "a@shop.example.org"}
    found = loaded(anonymised(source(customer=customer, number="SIP/2026-77")))
    assert found["customer"]["erp_code"].startswith("C-")
    assert found["customer"]["erp_code"] != "C-90210"
    assert found["number"].startswith("SIP/")
    assert found["number"] != "SIP/2026-77"


def test_a_name_that_stands_elsewhere_is_gone_there_too() -> None:
    item = item_document()
    item["product"]["name"] = "Müzeyyen için tişört"
    bill = address_document(first_name="Müzeyyen")
    found = anonymised(source(item, billing_address=bill, notes="Arayan: Müzeyyen"))
    assert "Müzeyyen" not in text_of(found)
    assert "tişört" in text_of(found)


def test_coupons_are_as_good_as_money() -> None:
    pages = discount_page([discount_document(code="HOSGELDIN50", amount="0.00")])
    found = anonymised(Source(order_document(), (items_page([item_document()]),), (pages,)))
    assert "HOSGELDIN50" not in text_of(found)


def test_payments_keep_what_is_read_only() -> None:
    paid = transaction_document(transaction_id="17030LcZH11794", pos_slug="HA")
    (kept,) = loaded(anonymised(source(transaction_set=[paid])))["transaction_set"]
    assert set(kept) <= {
        "pk", "transaction_type", "transaction_id", "is_succeeded", "amount", "currency",
        "created_date", "pos_slug",
    }  # fmt: skip
    assert kept["transaction_id"] != "17030LcZH11794"
    assert Decimal(kept["amount"]) == Decimal("129.90")


@pytest.mark.parametrize("content", [b"[]", b"{]", b'"x"'])
def test_what_is_no_order_is_said(content: bytes) -> None:
    with pytest.raises(Hindered):
        anonymised(Source(content, (), ()))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    shutil.copytree(profile_folder("csv-flat"), folder)
    return folder


def run(folder: Path, *more: str) -> Result:
    return runner.invoke(app, ["example", str(SAMPLE), "--profile", str(folder), *more])


def test_an_example_is_put_beside_the_others(own: Path) -> None:
    done = run(own, "--name", "kart", "--json")
    assert done.exit_code == 0, done.stderr
    names = {Path(file).name for file in json.loads(done.stdout)["files"]}
    assert names == {"kart.order.json", "kart.items.json", "kart.discounts.json"}
    assert runner.invoke(app, ["test-profile", str(own)]).exit_code == 1
    assert runner.invoke(app, ["test-profile", str(own), "--update"]).exit_code == 0
    expected = (own / "examples" / "kart.expected.csv").read_text("utf-8")
    assert ";16.40" in expected
    assert "760906" not in expected


def test_an_example_is_not_overwritten(own: Path) -> None:
    assert run(own).exit_code == 0
    again = run(own)
    assert again.exit_code == 2
    assert "choose another --name" in " ".join(again.stderr.split())


def test_an_order_that_is_rejected_is_no_example(own: Path, tmp_path: Path) -> None:
    order = tmp_path / "o.order.json"
    order.write_bytes(SAMPLE.read_bytes().replace(b'"16.40"', b'"16.41"'))
    shutil.copy(SAMPLE.with_name("27.items.json"), tmp_path / "o.items.json")
    done = runner.invoke(app, ["example", str(order), "--profile", str(own), "--json"])
    assert done.exit_code == 3
    assert json.loads(done.stdout)["code"] == "TOTALS_MISMATCH"
    assert not list(own.glob("examples/o.*"))


@pytest.mark.parametrize("name", ["../x", "a b", "a/b", ""])
def test_an_example_stays_in_its_folder(name: str, own: Path) -> None:
    before = sorted(own.rglob("*"))
    done = run(own, "--name", name)
    assert done.exit_code in (0, 2)
    if name:
        assert sorted(own.rglob("*")) == before
