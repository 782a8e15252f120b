"""The hard cases of the field, one test each, on the bundled profiles (formats.md, section 6).

What is about reading an order is in test_order.py, what is about its money in test_balance.py.
"""

import json
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from erp_adapter.errors import Unmappable
from erp_adapter.order import Order, read_order
from erp_adapter.profile import Document, Profile, load_profile
from orders import (
    address_document,
    code_document,
    company_document,
    discount_document,
    discount_page,
    item_document,
    items_page,
    order_document,
    product_document,
    transaction_document,
)
from profile_files import SHOP, balanced, xml
from test_profiles_money import NAMES, payable_of

PROFILES = Path(__file__).parent.parent / "layers" / "profiles"
UBL = {
    "": "urn:oasis:names:specification:ubl:schema:xsd:Order-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


@cache
def profile(name: str) -> Profile:
    return load_profile(PROFILES / name)


def made(name: str, order: Order) -> Document:
    return profile(name).render(order)


def tree(name: str, order: Order) -> ElementTree.Element:
    return ElementTree.fromstring(made(name, order).content)


def text(name: str, order: Order) -> str:
    document = made(name, order)
    return document.content.decode(document.content_type.rpartition("=")[2])


def rejected(name: str, order: Order) -> Unmappable:
    with pytest.raises(Unmappable) as raised:
        made(name, order)
    return raised.value


def door(amount: str) -> dict[str, Any]:
    return {
        "amount": amount, "transaction_set": [],
        "payondeliverytransaction_set": [{"pk": 1, "amount": amount}],
    }  # fmt: skip


def test_turkish_casing(tmp_path: Path) -> None:
    order = balanced(notes="istanbul ısparta İSTANBUL ISPARTA")
    assert xml(tmp_path, "<B>{upper(notes)}</B><C>{lower(notes)}</C>", order) == (
        "<B>İSTANBUL ISPARTA İSTANBUL ISPARTA</B><C>istanbul ısparta istanbul ısparta</C>"
    )


def test_codes_keep_their_case() -> None:
    order = balanced(item_document(product=product_document(sku="aBc-ıİ")))
    assert ";aBc-ıİ;" in text("csv-flat", order)


def test_decomposed_letters_are_one_letter_wide(tmp_path: Path) -> None:
    order = balanced(notes="I\u0307zmir")
    assert xml(tmp_path, '<B o:max="5">{notes}</B>', order) == "<B>İzmir</B>"


@pytest.mark.parametrize(
    ("name", "written"),
    [("ubl-order", "₺5 “x” 🎂"), ("csv-flat", "₺5 “x” 🎂"), ("nebim-order", "₺5 “x” 🎂"),
     ("logo-sales-orders", 'TL5 "x" ?'), ("csv-tr-excel", "TL5 “x” ?")],
)  # fmt: skip
def test_emoji_lira_sign_and_typographic_quotes(name: str, written: str) -> None:
    order = balanced(item_document(product=product_document(name="₺5 “x” 🎂")), notes="₺5 “x” 🎂")
    found = text(name, order)
    assert written in found or written.replace('"', '\\"') in found


def test_an_xml_reference_for_what_an_encoding_lacks(tmp_path: Path) -> None:
    from profile_files import render, write_xml

    write_xml(tmp_path, "<B>{notes}</B>", 'encoding = "iso-8859-9"')
    content = render(tmp_path, balanced(notes="ş₺🎂“")).content
    assert b"<B>\xfe&#8378;&#127874;&#8220;</B>" in content
    assert ElementTree.fromstring(content)[0].text == "ş₺🎂“"


def test_a_csv_refuses_what_its_encoding_lacks(tmp_path: Path) -> None:
    from profile_files import render, write_csv

    toml = 'layout = "flat"\nencoding = "iso-8859-9"'
    write_csv(tmp_path, 'name = "N"\nvalue = "{order.notes}"', toml=toml)
    with pytest.raises(Unmappable) as raised:
        render(tmp_path, balanced(notes="5 ₺"))
    assert (raised.value.code, raised.value.found) == ("UNENCODABLE", "U+20BA")


@pytest.mark.parametrize("character", ["\x0b", "\x00", "\ufffe", "\ud83c", "\x1b", "\x9f"])
@pytest.mark.parametrize("name", NAMES)
def test_control_characters_are_refused(name: str, character: str) -> None:
    # read_order refuses them first; the engine does not rely on it.
    order = balanced()
    line = replace(order.lines[0], name=f"Deneme{character}")
    rows = (replace(order.rows[0], name=line.name), *order.rows[1:])
    rejection = rejected(name, replace(order, lines=(line,), rows=rows, notes=line.name))
    assert rejection.code == "ILLEGAL_CHARACTER"
    assert rejection.found == f"U+{ord(character):04X}"
    assert rejection.path is not None
    assert rejection.path.startswith(f"{name}, ")


@pytest.mark.parametrize("markup", ["Çay & <b>6'lı</b>]]>", "<!--", "<![CDATA[", "&amp", "{{}}"])
def test_markup_comes_back_as_it_was(markup: str) -> None:
    order = balanced(item_document(product=product_document(name=markup)))
    item = tree("ubl-order", order).find("cac:OrderLine/cac:LineItem/cac:Item/cbc:Name", UBL)
    assert item is not None
    assert item.text == markup
    assert json.loads(made("nebim-order", order).content)["Lines"][0]["LineDescription"] == markup
    assert f";{markup};" in text("csv-flat", order)


def test_new_lines_and_tabs() -> None:
    order = balanced(shipping_address=address_document(line="Kat: 2\r\nDaire: 5\tÜst zil"))
    assert ";Kat: 2 Daire: 5 Üst zil;" in text("csv-flat", order)
    street = tree("ubl-order", order).find("cac:Delivery/cac:DeliveryAddress/cbc:StreetName", UBL)
    assert street is not None
    assert street.text == "Kat: 2\nDaire: 5\tÜst zil"
    assert "<STRAS>Kat: 2 Daire: 5 Üst zil</STRAS>" in text("sap-orders05", order)


@pytest.mark.parametrize("formula", ["=HYPERLINK(1)", "@SUM(A1)", "+cmd|'x'!A0"])
def test_csv_injection(formula: str) -> None:
    order = balanced(item_document(product=product_document(name=formula)))
    assert rejected("csv-flat", order).code == "ILLEGAL_CHARACTER"
    assert f";'{formula};" in text("csv-tr-excel", order)
    assert f",{formula}," in text("odoo", order)


def test_phones_and_amounts_are_no_formulas() -> None:
    order = balanced(shipping_address=address_document(phone_number="+90 (555) 000 00 00"))
    for name in ("csv-flat", "csv-tr-excel"):
        assert ";+90 (555) 000 00 00;" in text(name, order)


def test_delimiters_in_data() -> None:
    order = balanced(item_document(product=product_document(name='A;B,C|D "x"')))
    assert ';"A;B,C|D ""x""";' in text("csv-flat", order)
    assert ',"A;B,C|D ""x""",' in text("odoo", order)
    assert '|"A;B,C|D ""x"""|' in text("csv-records", order)


def test_leading_zeros() -> None:
    product = product_document(sku="0012", base_code="0012", attributes={"barcode": "0034"})
    order = balanced(
        item_document(product=product), billing_address=address_document(postcode="01000")
    )
    for name in NAMES:
        assert "0012" in text(name, order) or "0034" in text(name, order)
    assert "<cbc:PostalZone>01000</cbc:PostalZone>" in text("ubl-order", order)
    assert ";0012;0034;" in text("csv-flat", order)


@pytest.mark.parametrize(
    ("cut", "width"),
    [("Doğu 👩", 6), ("Doğu", 5), ("Doğ", 3), ("Doğu 👩🏽‍🍳", 9), ("Doğu", 7), ("Doğu", 8)],
)
def test_no_cut_goes_through_what_is_one_character(tmp_path: Path, cut: str, width: int) -> None:
    # The cook is a woman, a skin tone, a joiner and a pan: shown as one.
    emoji = "Doğu 👩🏽‍🍳 gün" if width != 6 else "Doğu 👩 gün"
    body = f'<B o:max="{width}" o:overflow="truncate">{{notes}}</B>'
    assert xml(tmp_path, body, balanced(notes=emoji)) == f"<B>{cut}</B>"


def test_a_name_of_41_in_a_column_of_40(tmp_path: Path) -> None:
    body = '<B o:max="40">{notes}</B>'
    assert xml(tmp_path, body, balanced(notes="x" * 40)) == f"<B>{'x' * 40}</B>"
    with pytest.raises(Unmappable) as raised:
        xml(tmp_path, body, balanced(notes="x" * 41))
    assert (raised.value.code, raised.value.expected, raised.value.found) == (
        "TOO_LONG", "at most 40", "41",
    )  # fmt: skip


@pytest.mark.parametrize(
    "mapping",
    [[], [code_document(None)], [code_document("X", integration_type="other")]],
    ids=["none", "null", "another ERP's"],
)
def test_a_missing_code(mapping: list[dict[str, Any]]) -> None:
    product = product_document(sku=None, mapping=mapping)
    order = balanced(item_document(product=product))
    for name in ("ubl-order", "sap-orders05", "logo-sales-orders"):
        assert rejected(name, order).code == "MISSING_CODE"
    assert "CustomerReference" not in text("ubl-order", balanced(mapping=mapping))


def test_several_codes_of_one_type() -> None:
    codes = [code_document("B", pk=2), code_document("A", pk=1, created_date="2025-01-01")]
    codes[1]["created_date"] = "2025-01-01T00:00:00Z"
    for mapping in (codes, codes[::-1]):
        order = balanced(mapping=mapping, shipping_address=address_document(mapping=mapping))
        assert rejected("ubl-order", order).code == "AMBIGUOUS_CODE"
        document = json.loads(made("nebim-order", order).content)
        assert document["ShippingPostalAddressID"] == "B"


PAYMENTS = {
    "transaction_set": ("54", 2),
    "fundstransfertransaction_set": ("30", 4),
    "payondeliverytransaction_set": ("10", None),
    "loyaltytransaction_set": ("1", 7),
    "bextransaction_set": ("1", 1),
    "cashregistertransaction_set": ("10", 1),
    "ordertransaction_set": ("1", 1),
}


@pytest.mark.parametrize("kind", PAYMENTS)
def test_every_kind_of_payment(kind: str) -> None:
    means, nebim = PAYMENTS[kind]
    paid = transaction_document(is_succeeded=kind != "payondeliverytransaction_set")
    order = balanced(**{"transaction_set": [], kind: [paid]})
    codes = tree("ubl-order", order).findall("cac:PaymentMeans/cbc:PaymentMeansCode", UBL)
    assert [code.text for code in codes] == [means]
    payments = json.loads(made("nebim-order", order).content).get("Payments", [])
    assert [p["PaymentType"] for p in payments] == ([] if nebim is None else [nebim])
    for name in NAMES:
        assert payable_of(name, made(name, order), order) == Decimal("129.90")


def test_payments_that_failed_or_were_only_held_are_not_in_the_document() -> None:
    order = balanced(transaction_set=[
        transaction_document(pk=1, transaction_id="TX1", is_succeeded=False),
        transaction_document(pk=2, transaction_id="TX2", transaction_type="pre_purchase"),
        transaction_document(pk=3, transaction_id="TX3", amount="100.00"),
        transaction_document(pk=4, transaction_id="TX4", amount="29.90"),
    ])  # fmt: skip
    ids = tree("ubl-order", order).findall("cac:PaymentMeans/cbc:PaymentID", UBL)
    assert [element.text for element in ids] == ["TX3", "TX4"]


def test_a_gift_box_without_a_note() -> None:
    notes = tree("ubl-order", balanced(has_gift_box=True)).findall("cbc:Note", UBL)
    assert [note.text for note in notes] == ["Hediye paketi"]
    assert "E1EDKT1" not in text("sap-orders05", balanced(has_gift_box=True))


def test_a_gift_note_of_two_thousand_characters() -> None:
    note = " ".join(["mutluluk"] * 222)[:2000]
    order = balanced(has_gift_box=True, gift_box_note=note)
    texts = [e.text or "" for e in tree("sap-orders05", order).iter("TDLINE")]
    assert " ".join(texts) == note
    assert max(map(len, texts)) <= 70
    assert len(json.loads(made("nebim-order", order).content)["Description"]) <= 200


def test_a_company_and_a_sole_proprietor() -> None:
    for number, scheme in (("4540536920", "VKN"), ("17291716060", "TCKN")):
        order = balanced(billing_address=company_document(tax_no=number))
        where = "cac:BuyerCustomerParty/cac:Party/cac:PartyIdentification/cbc:ID"
        found = tree("ubl-order", order).find(where, UBL)
        assert found is not None
        assert (found.text, found.get("schemeID")) == (number, scheme)
        assert f"<KUNDEUINR>{number}</KUNDEUINR>" in text("sap-orders05", order)


def test_a_person_without_a_number_has_no_identification() -> None:
    assert "PartyIdentification" not in text(
        "ubl-order", balanced(cargo_company={"name": "Örnek Kargo"})
    )


def test_billing_is_not_shipping() -> None:
    order = balanced(
        billing_address=address_document(first_name="Fatura", line="Fatura Cad."),
        shipping_address=address_document(pk=12, first_name="Teslim", line="Teslim Sok."),
    )
    parties = {e.findtext("PARVW"): e for e in tree("sap-orders05", order).iter("E1EDKA1")}
    assert parties["AG"].findtext("STRAS") == "Fatura Cad."
    assert parties["WE"].findtext("STRAS") == "Teslim Sok."
    document = tree("ubl-order", order)
    street = "cac:{}/cbc:StreetName"
    assert document.findtext(f"cac:Delivery/{street.format('DeliveryAddress')}", "", UBL) == (
        "Teslim Sok."
    )
    party = f"cac:BuyerCustomerParty/cac:Party/{street.format('PostalAddress')}"
    assert document.findtext(party, "", UBL) == "Fatura Cad."


@pytest.mark.parametrize("name", NAMES)
def test_an_order_that_costs_nothing(name: str) -> None:
    order = balanced(
        item_document(price="100.00"), discounts=(discount_document(amount="100.00"),),
        amount="0.00", shipping_amount="0.00", transaction_set=[],
    )  # fmt: skip
    assert payable_of(name, made(name, order), order) == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_line_without_a_price(name: str) -> None:
    gift = item_document(pk=2, price="0.00", product=product_document(sku="HEDIYE"))
    order = balanced(item_document(), gift)
    assert payable_of(name, made(name, order), order) == Decimal("129.90")


@pytest.mark.parametrize(
    ("currency", "price", "written"), [("EUR", "100.00", "100.00"), ("JPY", "100", "100"),
                                       ("KWD", "100.500", "100.500")],
)  # fmt: skip
def test_other_currencies_have_their_own_places(currency: str, price: str, written: str) -> None:
    paid = door(price)
    paid["payondeliverytransaction_set"][0]["currency"] = currency
    order = balanced(
        item_document(price=price, price_currency=currency), currency=currency,
        shipping_amount="0", **paid,
    )  # fmt: skip
    payable = tree("ubl-order", order).find("*/cbc:PayableAmount", UBL)
    assert payable is not None
    assert (payable.text, payable.get("currencyID")) == (written, currency)
    assert text("csv-flat", order).rstrip().endswith(f";{written}")


def test_several_vat_rates_in_one_order() -> None:
    rates = ["0.00", "1.00", "8.00", "10.00", "18.00", "20.00"]
    items = [
        item_document(pk=n, price="11.11", tax_rate=rate, product=product_document(sku=f"S{n}"))
        for n, rate in enumerate(rates, start=1)
    ]
    order = balanced(*items, **door("96.56"))
    subtotals = tree("ubl-order", order).findall("cac:TaxTotal/cac:TaxSubtotal", UBL)
    found = [(s.findtext("*/cbc:Percent", "", UBL), s.findtext("*/cbc:ID", "", UBL))
             for s in subtotals]  # fmt: skip
    assert found == [("0", "Z"), ("1", "S"), ("8", "S"), ("10", "S"), ("18", "S"), ("20", "S")]
    for name in NAMES:
        assert payable_of(name, made(name, order), order) == Decimal("96.56")


@pytest.mark.parametrize("name", NAMES)
def test_a_kurus_over_three_lines_and_a_thousand_lines_of_a_kurus(name: str) -> None:
    items = [
        item_document(pk=n, price="0.01", product=product_document(sku=f"S{n % 7}"))
        for n in range(1, 1001)
    ]
    order = balanced(*items, **door("39.90"))
    assert payable_of(name, made(name, order), order) == Decimal("39.90")
    three = [item_document(pk=n, price="10.00", product=product_document(sku=f"S{n}"))
             for n in (1, 2, 3)]  # fmt: skip
    off = balanced(*three, discounts=(discount_document(amount="0.01"),), **door("59.89"))
    assert payable_of(name, made(name, off), off) == Decimal("59.89")


@pytest.mark.parametrize("name", NAMES)
def test_big_numbers(name: str) -> None:
    order = balanced(
        item_document(price="12345678901234.56"), shipping_amount="0.00",
        **door("12345678901234.56"),
    )  # fmt: skip
    if name == "sap-orders05":
        # VPREI has 15 places, and SAP's own amounts are no longer.
        assert rejected(name, order).code == "SCHEMA_INVALID"
        return
    assert payable_of(name, made(name, order), order) == Decimal("12345678901234.56")


@pytest.mark.parametrize(
    ("placed", "day"),
    [("2017-01-30T21:30:00Z", "2017-01-31"), ("2015-12-31T21:30:00Z", "2015-12-31"),
     ("2015-07-01T21:30:00Z", "2015-07-02"), ("2025-12-31T21:00:00Z", "2026-01-01")],
)  # fmt: skip
def test_dates_are_local(placed: str, day: str) -> None:
    order = balanced(date_placed=placed)
    assert f"<cbc:IssueDate>{day}</cbc:IssueDate>" in text("ubl-order", order)
    assert f";{day};" in text("csv-flat", order)
    assert f"<DATUM>{day.replace('-', '')}</DATUM>" in text("sap-orders05", order)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_order_twice_is_the_same_document(name: str) -> None:
    again = load_profile(PROFILES / name)
    assert again.render(balanced()) == made(name, balanced())


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_the_shops_answers_does_not_matter(name: str) -> None:
    items = [item_document(pk=n, product=product_document(sku=f"S{n}")) for n in (1, 2, 3)]
    forth = balanced(*items, **door("329.90"))
    back = balanced(*items[::-1], **door("329.90"))
    assert made(name, forth).content == made(name, back).content


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [1, 1000])
def test_many_lines(name: str, count: int) -> None:
    items = [
        item_document(pk=n, price="1.00", product=product_document(sku=f"S{n}"))
        for n in range(1, count + 1)
    ]
    order = balanced(*items, **door(f"{count + 29}.90"))
    assert made(name, order).content.count(b"S1000") == text(name, order).count("S1000")
    assert payable_of(name, made(name, order), order) == Decimal(f"{count + 29}.90")


def test_a_guest_needs_a_collective_customer() -> None:
    guest = balanced(customer={"pk": 9, "erp_code": None})
    for name in ("sap-orders05", "logo-sales-orders", "nebim-order", "csv-records", "odoo"):
        assert rejected(name, guest).code == "MISSING_CODE"
        filled = load_profile(PROFILES / name, settings={"guest_customer": "PERAKENDE"})
        assert b"PERAKENDE" in filled.render(guest).content


def test_the_balance_comes_first() -> None:
    order = read_order(order_document(), [items_page([item_document()])], [discount_page([])], SHOP)
    with pytest.raises(ValueError, match="balance"):
        made("ubl-order", order)
