"""Reading an order: the documented sample, the shop's many spellings, and what is refused."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from erp_adapter.balance import MoneyPolicy, balance
from erp_adapter.balance.amounts import MONEY
from erp_adapter.balance.lines import is_cancelled as is_cancelled_for_money
from erp_adapter.errors import InvalidOrder, Misconfigured, OmnitronUnavailable
from erp_adapter.order import (
    Order,
    Shop,
    changed,
    content_id,
    is_cancelled,
    parts,
    read_order,
)
from erp_adapter.order import model as canonical
from erp_adapter.order.differing import OF_ADDRESS, PARTS
from erp_adapter.order.identity import CONTENT
from erp_adapter.order.model import Line, Payment
from hypothesis import given, settings
from hypothesis import strategies as st
from orders import (
    PK,
    SECRETS,
    address_document,
    code_document,
    company_document,
    discount_document,
    discount_page,
    dumped,
    item_document,
    items_page,
    order_document,
    order_fields,
    product_document,
    transaction_document,
)

D = Decimal
SHOP = Shop(url="https://shop.example.com")
EVENTS = Path(__file__).parent.parent / "events" / "orders"
CODES = {
    "MISSING_VALUE", "INVALID_VALUE", "TOO_LONG", "ILLEGAL_CHARACTER", "BAD_QUANTITY",
    "NEGATIVE_AMOUNT",
}  # fmt: skip


def sample() -> Order:
    order, items, discounts = (
        (EVENTS / f"27.{name}.json").read_bytes() for name in ("order", "items", "discounts")
    )
    return read_order(order, [items], [discounts], SHOP)


def read(
    detail: bytes | None = None,
    items: Sequence[Any] | bytes | None = None,
    discounts: Sequence[Any] | bytes = (),
    shop: Shop = SHOP,
    **changes: Any,
) -> Order:
    """The default order with `changes`; rows are wrapped in one page."""
    rows = [item_document()] if items is None else items
    return read_order(
        detail or order_document(**changes),
        [rows if isinstance(rows, bytes) else items_page(rows)],
        [discounts if isinstance(discounts, bytes) else discount_page(discounts)],
        shop,
    )


def refusal(*arguments: Any, **changes: Any) -> InvalidOrder:
    with pytest.raises(InvalidOrder) as caught:
        read(*arguments, **changes)
    error = caught.value
    assert error.code in CODES
    assert error.path
    assert error.expected
    assert error.found
    assert error.path in error.message
    assert error.__cause__ is None
    assert error.__context__ is None, "an exception with the input hangs on the rejection"
    return error


def line(price: str = "100.00", shop: Shop = SHOP, **changes: Any) -> Line:
    return read(items=[item_document(price=price, **changes)], shop=shop).lines[0]


def payment(name: str = "transaction_set", **changes: Any) -> Payment:
    sets: dict[str, Any] = {"transaction_set": [], name: [transaction_document(**changes)]}
    (found,) = read(**sets).payments
    return found


# The documented sample


def test_sample() -> None:
    order = sample()
    assert (order.pk, order.number, order.code) == (27, "bf7b66149236455", "1-R-2-180466")
    assert order.placed_at == datetime(2017, 1, 30, 8, 28, 26, 158165, tzinfo=UTC)
    assert (order.status, order.is_send, order.currency) == ("400", True, "TRY")
    assert order.amount == D("16.40")
    assert order.invoice_number is None
    assert order.channel == canonical.Channel(pk=1, name="Shop", type="web")
    assert order.sales_url == "http://www.madamecoco.com"
    assert (order.customer.code, order.customer.channel_code) == ("760906", "7")
    assert (order.bill_to.city.name, order.bill_to.city.code) == ("Afyon", "TR.03")
    assert (order.bill_to.township.name, order.bill_to.township.code) == ("DİNAR", "TR.00304")
    assert (order.bill_to.district.name, order.bill_to.district.code) == ("İNCESU", None)
    assert (order.bill_to.country.code, order.bill_to.country.erp_code) == ("TR", "TR")
    assert order.carrier == canonical.Carrier(name="Aras", code="ARAS", slug="aras")
    assert order.payment_option.slug == "kredi_karti"
    (charge,) = order.charges
    assert (charge.kind, charge.gross, charge.rate) == ("shipping", D("8.50"), None)
    assert charge.source == "shipping_amount"


def test_sample_line_and_payment() -> None:
    order = sample()
    (item,) = order.lines
    assert (item.no, item.ids, item.sku, item.name) == (1, (41,), "CRP-100-SYH-M", "Pamuklu Çorap")
    assert (item.color, item.size, item.quantity) == ("Siyah", "M", D(1))
    assert (item.unit_price, item.list_price, item.tax_rate) == (D("7.90"), D("9.90"), D(18))
    (paid,) = order.payments
    assert (paid.kind, paid.state, paid.amount) == ("card", "captured", D("16.40"))
    assert (paid.bank, paid.card, paid.installments) == ("İş Bankası", "Maximum", 1)
    assert (paid.pos_slug, paid.reference) == ("HA", "17030LcZH11794")


def test_sample_adds_up() -> None:
    totals = balance(sample(), MoneyPolicy()).totals
    assert totals is not None
    assert totals.payable == D("16.40")


def test_uuid_is_the_shops_and_the_orders() -> None:
    spellings = (
        "https://shop.example.com",
        "https://SHOP.example.com/",
        "HTTPS://shop.example.com",
    )
    assert {read(shop=Shop(url=url)).uuid for url in spellings} == {read().uuid}
    assert read().uuid == str(uuid5(NAMESPACE_URL, "https://shop.example.com/orders/1001"))
    others = (
        read(shop=Shop(url="https://other.example.com")),
        read(pk=7, items=[item_document(order=7)]),
    )
    assert len({read().uuid, *(order.uuid for order in others)}) == 3


def test_no_secret_leaves_the_parser() -> None:
    text = repr(read())
    assert [secret for secret in SECRETS if secret in text] == []
    assert "alici@example.com" in text


# Required and optional


@pytest.mark.parametrize(
    "key",
    [
        "pk", "number", "status", "date_placed", "currency", "amount", "is_send", "customer",
        "billing_address", "shipping_address", "channel",
    ],
)  # fmt: skip
@pytest.mark.parametrize("nothing", ["missing", "null", "empty"])
def test_an_order_needs(key: str, nothing: str) -> None:
    document = order_fields()
    if nothing == "missing":
        del document[key]
    else:
        document[key] = None if nothing == "null" else ""
    error = refusal(dumped(document))
    assert error.path == key


@pytest.mark.parametrize("key", ["pk", "order", "price", "tax_rate", "price_currency"])
@pytest.mark.parametrize("nothing", ["missing", "null", "empty"])
def test_an_item_needs(key: str, nothing: str) -> None:
    item = item_document()
    if nothing == "missing":
        del item[key]
    else:
        item[key] = None if nothing == "null" else ""
    error = refusal(items=[item])
    assert error.code == "MISSING_VALUE"
    assert error.path == ("items[0].pk" if key == "pk" else f"item[1].{key}")


def test_null_empty_and_missing_are_the_same() -> None:
    optional = (
        "notes", "invoice_number", "invoice_date", "cancel_status", "discount_amount",
        "shipping_tax_rate", "installment", "cargo_company", "payment_option", "mapping",
        "transaction_set", "has_gift_box", "installment_count",
    )  # fmt: skip
    document = order_fields()
    missing = {key: value for key, value in document.items() if key not in optional}
    orders = [
        read(dumped(missing | dict.fromkeys(optional, nothing))) for nothing in (None, "", "  ")[:2]
    ]
    assert orders == [read(dumped(missing))] * 2
    assert read(notes="  \n ").notes is None


def test_the_least_order() -> None:
    keys = ("pk", "number", "status", "is_send", "date_placed", "currency", "amount")
    least = {key: value for key, value in order_fields().items() if key in keys}
    least |= {key: {} for key in ("customer", "billing_address", "shipping_address", "channel")}
    item = {
        "pk": 1, "order": PK, "price": "129.90", "tax_rate": "20", "price_currency": "try",
    }  # fmt: skip
    order = read(dumped(least), [item])
    assert order.buyer == canonical.Party(kind="person")
    assert order.lines[0].sku is None
    assert (order.charges, order.payments, order.discounts) == ((), (), ())


@pytest.mark.parametrize("status", ["400", "990", "approved", "something_new"])
def test_unknown_words_and_codes_are_read_as_they_are(status: str) -> None:
    order = read(
        status=status,
        payment_option_slug="yeni_odeme",
        items=[item_document(status=status)],
        transaction_set=[transaction_document(transaction_type="yeni")],
    )
    assert (order.status, order.lines[0].status) == (status, status)
    assert order.payment_option.slug == "yeni_odeme"
    assert order.payments[0].state == "captured"


def test_numbers_where_texts_are_expected() -> None:
    order = read(number=1001, status=400)
    assert (order.number, order.status) == ("1001", "400")


def test_the_flat_order_is_refused_with_its_reason() -> None:
    error = refusal(customer=1103)
    assert (error.path, error.expected, error.found) == ("customer", "an object", "a number")


def test_all_faults_are_named() -> None:
    error = refusal(amount="x", shipping_amount="y", is_send="z")
    assert all(path in error.message for path in ("amount", "shipping_amount", "is_send"))


def test_no_value_stands_in_a_rejection() -> None:
    address = address_document(line="Gizli Sokak 5", first_name=["Gizli"], postcode={"a": "Gizli"})
    error = refusal(billing_address=address, amount="Gizli", date_placed="Gizli")
    assert "Gizli" not in repr(error.as_dict())
    assert error.path == "date_placed"


# JSON


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"{", b'{"pk": 1}}', b"\xff\xfe", b'{"pk": ' + b"9" * 5000 + b"}", b"null x"],
)
def test_what_is_no_json(content: bytes) -> None:
    for error in (refused(content), refused(items=content), refused(discounts=content)):
        assert error.expected == "JSON"


def refused(
    detail: bytes | None = None, items: bytes | None = None, discounts: bytes | None = None
) -> InvalidOrder:
    """As `refusal`, but empty bytes are bytes."""
    with pytest.raises(InvalidOrder) as caught:
        read_order(
            order_document() if detail is None else detail,
            [items_page([item_document()]) if items is None else items],
            [] if discounts is None else [discounts],
            SHOP,
        )
    assert caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize("content", [b"[]", b"3", b'"text"', b"null", b"true"])
def test_what_is_json_yet_no_order(content: bytes) -> None:
    assert refused(content).path == "order"


@pytest.mark.parametrize("content", [b"{}", b"3", b'{"results": 3}', b'{"results": [3]}', b"[[]]"])
def test_what_is_json_yet_no_page(content: bytes) -> None:
    path = refused(items=content).path
    assert path in ("items", "items[0]")


@pytest.mark.parametrize("bomb", [b"[" * 200_000, b'{"a":' * 200_000])
def test_depth_bombs(bomb: bytes) -> None:
    assert refused(bomb).path == "order"
    assert refused(items=bomb).path == "item"
    closed = b'{"unread": ' + b"[" * 100_000 + b"]" * 100_000 + b"," + order_document()[1:]
    assert refused(closed).found == "too many levels"


def test_depth_within_reason_is_not_looked_at() -> None:
    unread = b'{"unread": ' + b"[" * 150 + b"]" * 150 + b"," + order_document()[1:]
    assert read(unread) == read()


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=8,
    ),
    st.sampled_from(sorted(order_fields())),
)
def test_whatever_the_shop_answers_it_is_an_order_or_a_rejection(value: Any, key: str) -> None:
    document = json.dumps(order_fields() | {key: value}).encode()
    with suppress(InvalidOrder, Misconfigured):
        assert content_id(read(document))


# Amounts


@pytest.mark.parametrize(
    "figure",
    [
        "12345678901234.56", "0.10", "10.10", "100000000000000.01", "123456789012345.123456",
        "0.000001", "1", "999999999999999", "0", "16.40",
    ],
)  # fmt: skip
def test_figures_keep_their_digits_as_text_and_as_number(figure: str) -> None:
    text = order_document(amount=figure)
    bare = text.replace(f'"amount":"{figure}"'.encode(), f'"amount":{figure}'.encode(), 1)
    assert bare != text
    assert str(read(text).amount) == str(read(bare).amount) == figure


def test_bare_numbers_in_items_and_attributes_keep_their_digits() -> None:
    item = item_document(price="P", tax_rate="R", attributes={"quantity": "Q"})
    page = items_page([item])
    for mark, figure in (("P", "12345678901234.56"), ("R", "20.00"), ("Q", "1.100000")):
        page = page.replace(f'"{mark}"'.encode(), figure.encode())
    found = read(items=page, shop=Shop(url=SHOP.url, price_basis="unit")).lines[0]
    assert (str(found.unit_price), str(found.tax_rate)) == ("12345678901234.56", "20.00")
    assert str(found.quantity) == "1.100000"


@pytest.mark.parametrize(
    "figure",
    [
        "NaN", "Infinity", "-Infinity", "1e999999", "1e99999999999999999999", "1e2", "1E+2",
        "1000000000000000", "9" * 4000, "0.1234567", "16.400000000000002", "true", "[]", "{}",
    ],
)  # fmt: skip
def test_figures_that_are_refused(figure: str) -> None:
    bare = order_document(amount="AMOUNT").replace(b'"AMOUNT"', figure.encode(), 1)
    for document in (bare, order_document(amount=figure)):
        error = refusal(document)
        assert (error.code, error.path) == ("INVALID_VALUE", "amount")
        assert figure[:6] not in error.message or figure in ("true", "[]", "{}")


@pytest.mark.parametrize(
    "figure", ["16,40", "1_000", "١٢", "+1", " 5 5", "1.", ".5", "0x10", "--1"]
)
def test_texts_that_are_no_figures(figure: str) -> None:
    assert refusal(amount=figure).path == "amount"


def test_odd_numbers_elsewhere_do_no_harm() -> None:
    for number in (b"NaN", b"1e999999", b"-Infinity", b"12345678901234567890.123"):
        document = order_document(net_shipping_amount="N").replace(b'"N"', number, 1)
        assert read(document) == read()


def test_zeros_behind_the_sixth_decimal_are_no_decimals() -> None:
    assert read(amount="16.4000000000").amount == D("16.40")


# Text


def test_text_is_composed_and_stripped() -> None:
    order = read(notes="  I\u0307stanbul'a \t acele\r\nlütfen \u00a0")
    assert order.notes == "İstanbul'a \t acele\r\nlütfen"


@pytest.mark.parametrize(
    "text",
    ["Çay & <b>6'lı</b>]]>", "hediye 🎁 ₺", "“iyi” günler", "=HYPERLINK(1)", "\u200d", ".\x85."],
)
def test_text_that_stays(text: str) -> None:
    assert read(notes=text).notes == text


def test_codes_are_never_folded() -> None:
    order = read(items=[item_document(product=product_document(sku="iİıI-0012", base_code="0012"))])
    assert (order.lines[0].sku, order.lines[0].base_code) == ("iİıI-0012", "0012")
    assert read(billing_address=address_document(postcode="01100")).bill_to.postcode == "01100"


@pytest.mark.parametrize("point", [0x0, 0xB, 0x1F, 0xFFFE, 0xFFFF, 0xD83C, 0xDC00])
def test_characters_that_no_xml_holds(point: int) -> None:
    address = address_document(line=f"Sok. {chr(point)} 1")
    error = refusal(shipping_address=address)
    assert (error.code, error.path) == ("ILLEGAL_CHARACTER", "shipping_address.line")
    assert error.found == f"U+{point:04X} at position 6"


def test_illegal_characters_in_rows_and_attributes() -> None:
    product = product_document(attributes={"renk": "Siyah\x00"})
    error = refusal(items=[item_document(pk=41, product=product)])
    assert (error.code, error.path) == ("ILLEGAL_CHARACTER", "item[41].product.attributes.renk")
    error = refusal(discounts=[discount_document(pk=9, name="\ud83c")])
    assert (error.code, error.path) == ("ILLEGAL_CHARACTER", "discount[9].name")


def test_illegal_characters_in_what_is_not_read_do_no_harm() -> None:
    assert read(unread="\ud83c\x00") == read()


def test_long_texts() -> None:
    assert len(read(gift_box_note="x" * 2_000, has_gift_box=True).gift.note or "") == 2_000
    assert (refusal(notes="x" * 10_001).code, refusal(number="x" * 129).code) == ("TOO_LONG",) * 2
    assert refusal(notes="x" * 10_001).found == "10001 characters"


@pytest.mark.parametrize("code", ["TL", "TRYY", "949", "₺", "tr1"])
def test_currencies_that_are_none(code: str) -> None:
    assert refusal(currency=code).path == "currency"


def test_currency_and_country_in_upper_case() -> None:
    order = read(currency="eur", items=[item_document(price_currency="Eur")])
    assert (order.currency, order.lines[0].currency) == ("EUR", "EUR")
    assert order.bill_to.country.code == "TR"


# Times


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2017-01-30T08:28:26.158165Z", datetime(2017, 1, 30, 8, 28, 26, 158165, UTC)),
        ("2017-01-30T11:28:26+03:00", datetime(2017, 1, 30, 8, 28, 26, tzinfo=UTC)),
        ("2017-01-30T08:28:26", datetime(2017, 1, 30, 8, 28, 26, tzinfo=UTC)),
        ("2017-01-30", datetime(2017, 1, 30, tzinfo=UTC)),
    ],
)
def test_times_are_utc(text: str, expected: datetime) -> None:
    placed = read(date_placed=text).placed_at
    assert placed == expected
    assert placed.tzinfo is UTC


@pytest.mark.parametrize(
    "value", ["30.01.2017", "2017-13-01", 1485764906, True, "0001-01-01T00:00:00+03:00"]
)
def test_times_that_are_none(value: Any) -> None:
    assert refusal(date_placed=value).path == "date_placed"


# Codes


def test_codes_are_of_one_integration_type() -> None:
    mapping = [code_document("A"), code_document("B", integration_type="n11"), code_document(None)]
    order = read(mapping=mapping)
    assert (order.code, order.codes) == ("A", ("A",))
    other = read(mapping=mapping, shop=Shop(url=SHOP.url, integration_type="n11"))
    assert other.codes == ("B",)


def test_codes_of_several_are_by_date_and_pk_and_none_is_the_one() -> None:
    mapping = [
        code_document("B", pk=2),
        code_document("A", pk=1),
        code_document("OLD", pk=3, created_date="2020-01-01T00:00:00Z"),
        code_document("A", pk=9),
    ]
    for entries in (mapping, mapping[::-1]):
        order = read(mapping=entries)
        assert (order.code, order.codes) == (None, ("OLD", "A", "B"))


def test_codes_twice_the_same_are_one() -> None:
    assert read(mapping=[code_document("A"), code_document("A", pk=2)]).code == "A"


# Buyers


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (address_document(), ("person", "Deneme Alıcı", None, None)),
        (
            address_document(identity_number="17291716060", tax_no="4540536920"),
            ("person", "Deneme Alıcı", "17291716060", "TCKN"),
        ),
        (address_document(tax_no="17291716060"), ("person", "Deneme Alıcı", "17291716060", "TCKN")),
        (company_document(), ("company", "Örnek Deneme A.Ş.", "4540536920", "VKN")),
        (company_document(address_type="Company"), ("company", "Örnek Deneme A.Ş.", "4540536920",
                                                    "VKN")),
        (
            company_document(address_type="customer"),
            ("company", "Örnek Deneme A.Ş.", "4540536920", "VKN"),
        ),
        (
            company_document(address_type="customer", tax_no=None),
            ("person", "Deneme Alıcı", None, None),
        ),
        (
            company_document(company_name=None, tax_no="17291716060"),
            ("company", "Deneme Alıcı", "17291716060", "TCKN"),
        ),
        (
            company_document(tax_no=None, identity_number="17291716060"),
            ("company", "Örnek Deneme A.Ş.", "17291716060", "TCKN"),
        ),
        (company_document(tax_no="454 053 69 20"), ("company", "Örnek Deneme A.Ş.", "4540536920",
                                                    "VKN")),
        (company_document(tax_no="DE4540536"), ("company", "Örnek Deneme A.Ş.", "DE4540536", None)),
    ],
)  # fmt: skip
def test_buyers(address: dict[str, Any], expected: tuple[str | None, ...]) -> None:
    buyer = read(billing_address=address).buyer
    assert (buyer.kind, buyer.name, buyer.tax_no, buyer.tax_scheme) == expected


def test_bill_to_and_ship_to_may_differ() -> None:
    order = read(shipping_address=address_document(first_name="Başka", phone_number="05000000000"))
    assert (order.bill_to.name, order.ship_to.name) == ("Deneme Alıcı", "Başka Alıcı")
    assert order.ship_to.phone == "05000000000"


# Quantities and prices


@pytest.mark.parametrize(
    ("price", "quantity", "unit_price"),
    [
        ("100.00", None, "100.00"), ("100.00", 1, "100.00"), ("100.00", "4", "25.00"),
        ("10.00", 4, "2.50"), ("10.00", 3, "3.333333333333333333333333333"),
        ("10.00", "2.5", "4.00"), ("0.00", 3, "0.00"), ("1.00", 8, "0.125"),
    ],
)  # fmt: skip
def test_price_of_the_line(price: str, quantity: Any, unit_price: str) -> None:
    found = line(price, attributes={"quantity": quantity})
    assert str(found.unit_price) == unit_price
    assert round(found.quantity * found.unit_price, 2) == D(price)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**17 - 1), st.integers(1, 10**9))
def test_quantity_times_unit_price_is_the_price(kurus: int, quantity: int) -> None:
    price = D(kurus).scaleb(-2)
    found = line(f"{price:f}", attributes={"quantity": quantity})
    product = MONEY.multiply(found.quantity, found.unit_price)
    assert MONEY.quantize(product, D("0.01")) == price


def test_price_of_the_line_balances() -> None:
    items = [item_document(price="100.00", attributes={"quantity": 3})]
    totals = balance(read(items=items), MoneyPolicy()).totals
    assert totals is not None
    assert totals.payable == D("129.90")


def test_the_basis_holds_for_every_amount_of_the_row() -> None:
    values = {
        "attributes": {"adet": 4}, "discount_amount": "2.00", "retail_price": "120.00",
        "installment_interest_amount": "1.00",
    }  # fmt: skip
    by_line = line("100.00", Shop(url=SHOP.url, quantity_key="adet"), **values)
    assert (by_line.quantity, by_line.unit_price, by_line.list_price) == (D(4), D(25), D(30))
    assert (by_line.own_discount, by_line.interest) == (D(2), D(1))
    by_unit = line("100.00", Shop(url=SHOP.url, quantity_key="adet", price_basis="unit"), **values)
    assert (by_unit.quantity, by_unit.unit_price, by_unit.list_price) == (D(4), D(100), D(120))
    assert (by_unit.own_discount, by_unit.interest) == (D(8), D(4))


@pytest.mark.parametrize("quantity", [0, -1, "0", "-2", "x", True, [], "1e3", "0.0000001"])
def test_bad_quantities(quantity: Any) -> None:
    error = refusal(items=[item_document(pk=41, attributes={"quantity": quantity})])
    assert (error.code, error.path) == ("BAD_QUANTITY", "item[41].attributes.quantity")


def test_barcodes() -> None:
    in_attributes = product_document(attributes={"barcode": "0012"})
    assert line(product=in_attributes).barcode == "0012"
    assert line(product=in_attributes | {"barcode": "8690"}).barcode == "8690"


def test_attributes_that_are_no_text() -> None:
    product = product_document(attributes={"renk": {"value": 1}, "beden": 42})
    assert (line(product=product).color, line(product=product).size) == (None, "42")


# Charges


def test_charges_and_their_rates() -> None:
    order = read(
        shipping_amount="29.90", shipping_tax_rate="20.00", shipping_interest_amount="1.00",
        installment_interest_amount="2.00",
    )  # fmt: skip
    assert [(c.kind, c.gross, c.rate, c.source) for c in order.charges] == [
        ("shipping", D("29.90"), 20, "shipping_amount"),
        ("shipping_interest", 1, 20, "shipping_interest_amount"),
        ("interest", 2, None, "installment_interest_amount"),
    ]


def test_charges_of_nothing_are_none() -> None:
    assert read(shipping_amount="0.00", shipping_interest_amount=None).charges == ()


def test_negative_charges() -> None:
    error = refusal(shipping_amount="-1.00")
    assert (error.code, error.path, error.found) == ("NEGATIVE_AMOUNT", "shipping_amount", "-1.00")


# Payments


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("transaction_set", "card"), ("fundstransfertransaction_set", "transfer"),
        ("loyaltytransaction_set", "loyalty"), ("bextransaction_set", "bex"),
        ("cashregistertransaction_set", "cash_register"), ("ordertransaction_set", "other"),
        ("payondeliverytransaction_set", "door"),
    ],
)  # fmt: skip
def test_every_set_is_read(name: str, kind: str) -> None:
    paid = payment(name)
    assert (paid.kind, paid.state, paid.amount) == (kind, "captured", D("129.90"))
    assert (paid.installments is not None) == (kind == "card")


@pytest.mark.parametrize(
    ("transaction_type", "is_succeeded", "state"),
    [
        ("purchase", True, "captured"), ("purchase", False, "failed"),
        ("purchase", None, "captured"), (None, True, "captured"), ("refund", True, "refunded"),
        ("REFUND", True, "refunded"), ("partial_refund", True, "refunded"),
        ("cancel", True, "refunded"), ("refund", False, "failed"),
        ("pre_purchase", True, "authorized"), ("prepurchase", True, "authorized"),
        ("pre-auth", True, "authorized"), ("authorization", True, "authorized"),
        ("pre_purchase", False, "failed"), ("post_auth", True, "captured"),
        ("capture", True, "captured"),
    ],
)  # fmt: skip
def test_states(transaction_type: str | None, is_succeeded: bool | None, state: str) -> None:
    assert payment(transaction_type=transaction_type, is_succeeded=is_succeeded).state == state


@pytest.mark.parametrize(
    ("transaction_type", "is_succeeded", "state"),
    [
        ("purchase", True, "captured"), ("purchase", False, "due"), (None, None, "due"),
        ("refund", True, "refunded"),
    ],
)  # fmt: skip
def test_states_at_the_door(
    transaction_type: str | None, is_succeeded: bool | None, state: str
) -> None:
    found = payment(
        "payondeliverytransaction_set",
        transaction_type=transaction_type,
        is_succeeded=is_succeeded,
    )
    assert found.state == state


def test_a_set_may_be_a_dict_or_missing() -> None:
    assert read(transaction_set=transaction_document()) == read()
    document = order_fields()
    del document["loyaltytransaction_set"]
    assert read(dumped(document | {"bextransaction_set": {}})) == read()


def test_payments_are_sorted_and_named() -> None:
    entries = [
        transaction_document(pk=3, transaction_id=None, currency="EUR"),
        transaction_document(pk=2),
    ]
    found = read(transaction_set=entries).payments
    assert [(p.reference, p.currency) for p in found] == [("TX71", "TRY"), ("3", "EUR")]
    assert read(transaction_set=entries[::-1]).payments == found


def test_installments_are_the_orders_then_the_plans() -> None:
    plan = {"installment_count": 6, "card": {"name": "Örnek", "bank": {"name": "Örnek Banka"}}}
    assert read(installment=plan, installment_count=3).installments == 3
    order = read(installment=plan, installment_count=None)
    assert (order.installments, order.payments[0].installments) == (6, 6)
    assert order.payments[0].bank == "Örnek Banka"


# Rows: items and discounts


def test_rows_are_by_pk_whatever_the_pages_order() -> None:
    rows = [item_document(pk=pk, price=f"{pk}.00") for pk in (2, 10, 7)]
    gifts = [discount_document(pk=pk, benefitapplicant_set=[{"order_item": 7}]) for pk in (5, 4)]
    expected = read(items=rows, discounts=gifts)
    assert [(item.no, item.ids) for item in expected.lines] == [(1, (2,)), (2, (7,)), (3, (10,))]
    pages = [items_page([row], count=3) for row in rows[::-1]]
    other = read_order(order_document(), pages, [discount_page(gifts[::-1])], SHOP)
    assert other == expected
    assert content_id(other) == content_id(expected)


def test_bare_lists_are_pages_too() -> None:
    assert read(items=dumped([item_document()]), discounts=b"[]") == read()


def test_no_pages_at_all() -> None:
    order = read_order(order_document(), [], [], SHOP)
    assert (order.lines, order.discounts) == ((), ())


@pytest.mark.parametrize("fault", [{}, {"price": None}, {"price": 1.5}])
def test_rows_of_another_order(fault: dict[str, Any]) -> None:
    foreign = item_document(order=PK + 1) | fault
    with pytest.raises(Misconfigured) as caught:
        read(items=[foreign])
    assert caught.value.code == "SHOP_IGNORES_FILTER"
    with pytest.raises(Misconfigured):
        read(discounts=[discount_document(order=PK + 1)])


def test_torn_pages() -> None:
    twice = [items_page([item_document()]), items_page([item_document()])]
    assert len(read_order(order_document(), twice, [], SHOP).lines) == 1
    with pytest.raises(OmnitronUnavailable, match="changed while"):
        read(items=[item_document(), item_document(price="99.00")])
    with pytest.raises(OmnitronUnavailable, match="counts 2 items"):
        read(items=items_page([item_document()], count=2))
    # More than was counted is everything, and a bit that came later.
    assert len(read(items=items_page([item_document()], count=0)).lines) == 1


def test_too_many_items() -> None:
    rows = [item_document(pk=pk, product=None) for pk in range(1, 5_002)]
    error = refusal(items=rows)
    assert (error.path, error.expected, error.found) == ("items", "at most 5000", "5001")
    assert len(read(items=rows[:5_000]).lines) == 5_000


@pytest.mark.parametrize(
    "applicants",
    [
        [2, 1], [{"id": 8, "discount_item": 1, "order_item": 2}, {"order_item": 1}],
        [{"order_item": {"pk": 1}}, {"order_item": {"pk": 2}}, {"order_item": 2}],
    ],
)  # fmt: skip
def test_discounts(applicants: list[Any]) -> None:
    order = read(discounts=[discount_document(benefitapplicant_set=applicants)])
    assert order.discounts == (
        canonical.Discount(
            name="Bahar", code="BAHAR10", kind="coupon", promotion="Bahar kampanyası",
            amount=D("10.00"), line_ids=(1, 2),
        ),
    )  # fmt: skip


# What makes it the same order


def test_content_id_of_the_sample_is_pinned() -> None:
    # Whoever changes this makes every order in every ledger look changed: see identity.py.
    assert content_id(sample()) == (
        "30790a75407c63216fb954af7699f744efd5487ddd16a9a4125b0dfb5a83ad34"
    )


def test_every_field_is_content_or_not_on_purpose() -> None:
    content = {(owner.__name__, name) for owner, names in CONTENT.items() for name in names}
    every = {
        (owner.__name__, entry.name)
        for owner in vars(canonical).values()
        if isinstance(owner, type) and is_dataclass(owner)
        for entry in fields(owner)
    }
    assert content <= every
    assert every - content == {
        (owner, name) for owner, names in NO_CONTENT.items() for name in names.split()
    }


NO_CONTENT = {
    # The ERP's own codes, names looked up elsewhere, what changes by itself, what is computed
    "Place": "code codes",
    "Country": "name erp_code erp_codes",
    "Address": "pk name remote_id code codes",
    "Party": "name first_name last_name tax_scheme email phone",
    "Customer": "code channel_code first_name last_name email phone",
    "Channel": "name type",
    "Carrier": "name code tax_no",
    "PaymentOption": "name type",
    "Payment": "kind state amount currency paid_at reference bank card pos_slug installments",
    "Discount": "promotion",
    "Line": "no base_code code codes barcode name color size status cancel_status unit discounts "
    "discount gross net tax unit_net discount_net",
    "Charge": "name code net tax source",
    "Order": "uuid revision code codes status cancel_status is_send sales_url external_status "
    "tracking_number carrier_shipping_code invoice_number invoice_date payments rows totals",
    "Row": "no kind sku code barcode name quantity unit unit_price unit_net discount gross net tax "
    "tax_rate",
    "RateTotal": "rate gross net tax",
    "Totals": "items discount lines_gross lines_net discount_net charges charges_net shipping "
    "interest net tax rounding payable paid by_rate line_count quantity",
}


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "450"}, {"is_send": True}, {"cancel_status": "rejected"},
        {"invoice_number": "INV1", "invoice_date": "2026-03-05T00:00:00Z"},
        {"tracking_number": "T1", "carrier_shipping_code": "C1", "external_status": "x"},
        {"mapping": [code_document("ERP-1")]},
        {"billing_address": address_document(mapping=[code_document("ADR-1")])},
        {"transaction_set": []}, {"amount": "129.900"}, {"modified_date": "2030-01-01T00:00:00Z"},
        {"items": [item_document(status="500", cancel_status="waiting")]},
        {"items": [item_document(product=product_document(name="Yeni ad"))]},
        {"notes": ""},
    ],
)  # fmt: skip
def test_content_id_stays(changes: dict[str, Any]) -> None:
    assert content_id(read(**changes)) == content_id(read())


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "129.91"}, {"notes": "x"}, {"payment_option_slug": "havale"},
        {"billing_address": company_document()}, {"installment_count": 2},
        {"shipping_address": address_document(line="Başka Sok.")},
        {"has_gift_box": True}, {"discounts": [discount_document()]},
        {"shipping_amount": "29.91"}, {"date_placed": "2026-03-02T21:30:01Z"},
        {"items": [item_document(price="100.01")]}, {"items": [item_document(pk=2)]},
        {"items": [item_document(status="100")]}, {"items": [item_document(status="canceled")]},
        {"items": [item_document(cancel_status="completed")]}, {"items": []},
        {"items": [item_document(attributes={"quantity": 2})]},
        {"items": [item_document(product=product_document(sku="X"))]},
        {"items": [item_document(), item_document(pk=2)]},
    ],
)  # fmt: skip
def test_content_id_changes(changes: dict[str, Any]) -> None:
    assert content_id(read(**changes)) != content_id(read())


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, ()),
        ({"status": "500", "mapping": [code_document("ERP-1")], "amount": "129.900"}, ()),
        ({"amount": "129.91", "notes": "x"}, ("amount", "notes")),
        ({"payment_option_slug": "havale"}, ("payment_option",)),
        ({"shipping_address": address_document(line="Başka Sok.")}, ("ship_to.address",)),
        ({"shipping_address": address_document(phone_number="5320000000")}, ("ship_to.contact",)),
        (
            {"billing_address": address_document(last_name="Başka", notes="x")},
            ("bill_to.name", "bill_to.notes"),
        ),
        ({"has_gift_box": True}, ("gift",)),
        ({"discounts": [discount_document()]}, ("discounts",)),
        ({"shipping_amount": "29.91"}, ("charges",)),
        ({"items": [item_document(price="100.01")]}, ("lines[].unit_price",)),
        ({"items": [item_document(attributes={"quantity": 2})]},
         ("lines[].quantity", "lines[].unit_price", "lines[].list_price")),
        ({"items": [item_document(status="100")]}, ("lines[].cancelled",)),
        ({"items": [item_document(product=product_document(sku="X"))]}, ("lines[].sku",)),
        ({"items": [item_document(), item_document(pk=2)]}, ("lines",)),
        ({"items": [], "notes": "x"}, ("notes", "lines")),
    ],
)  # fmt: skip
def test_what_differs_is_said_by_name(changes: dict[str, Any], names: tuple[str, ...]) -> None:
    assert set(changed(parts(read()), parts(read(**changes)))) == set(names)


def test_every_content_is_in_a_part() -> None:
    # A content id that differs, and no part that does, would be a change that nobody can name.
    assert {name.split(".")[0].removesuffix("[]") for name in PARTS} == set(CONTENT[Order])
    assert {name.removeprefix("lines[].") for name in PARTS if name.startswith("lines")} == {
        *CONTENT[canonical.Line], "cancelled",
    }  # fmt: skip
    assert sorted(name for names in OF_ADDRESS.values() for name in names) == sorted(
        CONTENT[canonical.Address]
    )


def test_parts_of_the_sample_are_pinned() -> None:
    # Whoever changes this makes every change since an older delivery one without a name.
    assert parts(sample()) == (
        "iL-N9YRFGBgEP2LD------------Q5nkxbFMWJQDxbFMWJQDj8FmHr----dkQD4uJ2yQePLBTgTglqQDcR"
    )


def test_what_another_release_made_is_not_compared() -> None:
    for before in (None, "", "iL-N", parts(read(notes="x")) + "--"):
        assert changed(before, parts(read())) == ()


def test_content_id_is_sha256_in_hex() -> None:
    assert re.fullmatch("[0-9a-f]{64}", content_id(read()))


@pytest.mark.parametrize("status", [None, "50", "100", "400", "canceled", "CANCELLED"])
@pytest.mark.parametrize("cancel_status", [None, "waiting", "rejected", "completed"])
def test_cancelled_is_the_same_for_identity_and_money(
    status: str | None, cancel_status: str | None
) -> None:
    item = replace(read().lines[0], status=status, cancel_status=cancel_status)
    assert is_cancelled(item) == is_cancelled_for_money(item)
