"""The bundled profiles of cancellations: what they name, and what of an order they say again."""

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any
from xml.etree import ElementTree

import pytest
from erp_adapter.balance import MoneyPolicy, balance
from erp_adapter.balance.cancellation import cancellation
from erp_adapter.errors import Rejected, Unmappable
from erp_adapter.order import Order, read_order
from erp_adapter.profile import Document, load_profile
from generated_orders import order_documents
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from orders import (
    code_document,
    company_document,
    discount_page,
    item_document,
    items_page,
    order_document,
    product_document,
)
from profile_files import SHOP
from test_profiles_golden import PROFILES
from test_profiles_hard_cases import profile
from test_profiles_money import CODES, check_silence, rendered

D = Decimal
RUN = int(os.environ.get("GENERATED_ORDERS", "60"))
CODE = "1-R-2-7"
ITEMS = ["csv-cancellation", "nebim-cancellation"]
"""Those that name items."""
UBL = {
    "": "urn:oasis:names:specification:ubl:schema:xsd:OrderCancellation-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


@cache
def names() -> list[str]:
    folders = sorted(file.parent for file in PROFILES.glob("*/profile.toml"))
    return [folder.name for folder in folders if load_profile(folder).cancels]


def read(*items: dict[str, Any], **changes: Any) -> Order:
    """The order of `orders`, whose number in the ERP the shop knows."""
    changes = {"mapping": [code_document(CODE)], **changes}
    rows = list(items) or [item_document()]
    return read_order(order_document(**changes), [items_page(rows)], [discount_page([])], SHOP)


def cancelled(order: Order, pks: Collection[int] | None = None, number: int = 1) -> Order:
    """What a cancellation of these items reads; of the whole order where there are none."""
    every = {pk for line in order.lines for pk in line.ids}
    given = every if pks is None else set(pks)
    return cancellation(replace(order, revision=number), given, MoneyPolicy())


def made(name: str, order: Order) -> Document:
    return profile(name).render(order)


def named(name: str, document: Document) -> list[tuple[str, Decimal]]:
    """The code or barcode, and the quantity, of each item that a document names."""
    if name == "csv-cancellation":
        text = io.StringIO(document.content.decode(), newline="")
        rows = csv.DictReader(text, delimiter=";")
        return [(row["BARCODE"] or row["SKU"], D(row["QUANTITY"])) for row in rows]
    lines = json.loads(document.content, parse_float=D, parse_int=D)["Lines"]
    return [(line.get("UsedBarcode") or line["ItemCode"], line["Qty1"]) for line in lines]


def test_these_are_all() -> None:
    assert names() == sorted([*ITEMS, "ubl-order-cancellation"])
    assert [name for name in names() if profile(name).cancels == "items"] == ITEMS


@pytest.mark.parametrize("name", ITEMS)
def test_a_part_names_its_items_and_no_other(name: str) -> None:
    rows = [
        item_document(pk=pk, product=product_document(sku=sku, base_code=sku))
        for pk, sku in ((1, "A"), (2, "A"), (3, "A"), (4, "B"), (5, "C"))
    ]
    order = read(*rows)
    for pks, expected in (
        ({1, 3}, [("A", D(2))]), ({2, 5}, [("A", D(1)), ("C", D(1))]),
        (None, [("A", D(3)), ("B", D(1)), ("C", D(1))]),
    ):  # fmt: skip
        assert named(name, made(name, cancelled(order, pks))) == expected


def test_prices_are_the_items_own() -> None:
    order = read(
        item_document(pk=1, price="100.00", discount_amount="30.00"), amount="99.90",
        discount_amount="30.00",
    )  # fmt: skip
    [row] = made("csv-cancellation", cancelled(order)).content.decode().splitlines()[1:]
    assert row.split(";")[-3:] == ["1", "100.00", "20"]


@pytest.mark.parametrize("name", ITEMS)
def test_steps_of_one_order_are_told_apart_by_their_names(name: str) -> None:
    order = read(item_document(pk=1), item_document(pk=2))
    assert made(name, cancelled(order, {1})).name == made(name, cancelled(order, {2}, 2)).name


# ---------------------------------------------------------------------------- UBL


def ubl(order: Order) -> ElementTree.Element:
    return ElementTree.fromstring(made("ubl-order-cancellation", cancelled(order)).content)


def test_ubl_refers_to_what_ubl_order_has_written() -> None:
    order = read(billing_address=company_document(), customer={"pk": 5, "erp_code": "C-5"})
    written = ElementTree.fromstring(
        profile("ubl-order").render(balance(order, MoneyPolicy())).content
    )
    document = ubl(order)
    reference = document.find("cac:OrderReference", UBL)
    assert reference is not None
    for field in ("ID", "UUID", "IssueDate", "IssueTime", "OrderTypeCode"):
        found = reference.findtext(f"cbc:{field}", None, UBL)
        assert found is not None
        assert found == written.findtext(f"cbc:{field}", None, UBL), field
    assert reference.findtext("cbc:SalesOrderID", None, UBL) == CODE
    party = "cac:BuyerCustomerParty"
    for where in ("cbc:SupplierAssignedAccountID", "cac:Party/cac:PartyIdentification/cbc:ID",
                  "cac:Party/cac:PartyName/cbc:Name"):  # fmt: skip
        found = document.findtext(f"{party}/{where}", None, UBL)
        assert found is not None
        assert found == written.findtext(f"{party}/{where}", None, UBL), where


def test_a_ubl_cancellation_has_a_number_of_its_own_and_a_note() -> None:
    document = ubl(read())
    assert document.findtext("cbc:ID", None, UBL) == "T-1001-C1"
    assert document.findtext("cbc:CancellationNote", None, UBL) == "Sipariş iptal edildi."
    silent = load_profile(PROFILES / "ubl-order-cancellation", settings={"note": ""})
    with pytest.raises(Unmappable) as raised:
        silent.render(cancelled(read()))
    assert raised.value.code == "MISSING_VALUE"


def test_ubl_says_nothing_of_where_people_live() -> None:
    order = read()
    content = made("ubl-order-cancellation", cancelled(order)).content.decode()
    for value in (order.bill_to.line, order.bill_to.phone, order.buyer.email, order.ship_to.line):
        assert value
        assert value not in content


def test_a_number_that_the_shop_does_not_know_is_left_out_of_ubl() -> None:
    assert ubl(read(mapping=[])).find("cac:OrderReference/cbc:SalesOrderID", UBL) is None


def test_both_profiles_of_ubl_have_the_same_common_modules() -> None:
    ours, theirs = (
        PROFILES / n / "xsd" / "common" for n in ("ubl-order-cancellation", "ubl-order")
    )
    assert {f.name: f.read_bytes() for f in ours.iterdir()} == {
        f.name: f.read_bytes() for f in theirs.iterdir()
    }


# -------------------------------------------------------------------------- Nebim


def test_nebim_cancels_by_its_own_number_and_the_site_s_reason() -> None:
    reason = load_profile(PROFILES / "nebim-cancellation", settings={"cancel_reason": "009"})
    rows = item_document(pk=1), item_document(pk=2, product=product_document(sku="B"))
    document = json.loads(reason.render(cancelled(read(*rows))).content)
    assert (document["ModelType"], document["OrderNumber"]) == (34, CODE)
    assert [line["OrderCancelReasonCode"] for line in document["Lines"]] == ["009", "009"]


@pytest.mark.parametrize(
    ("codes", "code"), [([], "MISSING_CODE"), (["1-R-2-7", "1-R-2-8"], "AMBIGUOUS_CODE")]
)
def test_without_nebim_s_number_nothing_is_cancelled(codes: list[str], code: str) -> None:
    mapping = [code_document(each, pk=n) for n, each in enumerate(codes, start=1)]
    with pytest.raises(Unmappable) as raised:
        made("nebim-cancellation", cancelled(read(mapping=mapping)))
    assert raised.value.code == code


@pytest.mark.parametrize("barcode", ["8690000000017", None])
def test_nebim_names_a_line_as_its_order_did(barcode: str | None) -> None:
    attributes = {"renk": "SYH", "beden": "M", "barcode": barcode}
    order = read(item_document(product=product_document(attributes=attributes)))
    written = profile("nebim-order").render(balance(order, MoneyPolicy())).content
    [line] = json.loads(made("nebim-cancellation", cancelled(order)).content)["Lines"]
    names_of_it = {key: line[key] for key in line if key not in ("Qty1", "OrderCancelReasonCode")}
    assert ("UsedBarcode" in names_of_it) == bool(barcode)
    assert names_of_it.items() <= json.loads(written)["Lines"][0].items()


# ------------------------------------------------------- what holds of every document


@pytest.mark.parametrize("character", ["\x0b", "\x00", "\ufffe", "\ud83c", "\x1b"])
def test_control_characters_are_refused(character: str) -> None:
    # read_order refuses them first; the engine does not rely on it.
    order = cancelled(read(item_document(product=product_document(attributes={}))))
    bad = f"Deneme{character}"
    line = replace(order.lines[0], name=bad, sku=bad, base_code=bad, code=None)
    order = replace(order, lines=(line,), buyer=replace(order.buyer, name=bad))
    for name in names():
        with pytest.raises(Unmappable) as raised:
            made(name, order)
        assert (raised.value.code, raised.value.found) == (
            "ILLEGAL_CHARACTER", f"U+{ord(character):04X}",
        )  # fmt: skip


SEEN: Counter[str] = Counter()


@st.composite
def cancellations(draw: st.DrawFn, *, awkward: bool) -> tuple[Order, Order] | None:
    """An order, and what a cancellation of some of its items reads; None where it is no order."""
    documents = draw(order_documents(awkward=awkward))
    try:
        order = read_order(documents["order"], [documents["items"]], [documents["discounts"]], SHOP)
    except Rejected:
        return None
    pks = sorted({pk for line in order.lines for pk in line.ids})
    chosen = draw(st.sets(st.sampled_from(pks), min_size=1))
    try:
        return order, cancelled(order, chosen, draw(st.integers(1, 3)))
    except Rejected:
        return None


def _outcome(name: str, part: Order) -> str:
    document = rendered(name, part)
    if isinstance(document, Unmappable):
        assert document.code in CODES, document
        check_silence(document, part)
        return document.code
    assert made(name, part).content == document.content
    if name in ITEMS:
        assert part.totals is not None
        quantities = [quantity for _, quantity in named(name, document)]
        assert (len(quantities), sum(quantities)) == (len(part.lines), part.totals.quantity)
    return "document"


def _seen(found: tuple[Order, Order] | None) -> None:
    if found:
        order, part = found
        coded = replace(part, code=CODE, codes=(CODE,)) if not order.codes else part
        for name in names():
            SEEN[f"{name}: {_outcome(name, coded)}"] += 1


@settings(max_examples=RUN, deadline=None, suppress_health_check=list(HealthCheck))
@given(cancellations(awkward=True))
def test_a_document_or_a_documented_rejection(found: tuple[Order, Order] | None) -> None:
    _seen(found)


@settings(max_examples=RUN, deadline=None, suppress_health_check=list(HealthCheck))
@given(cancellations(awkward=False))
def test_plain_orders(found: tuple[Order, Order] | None) -> None:
    _seen(found)


def test_the_generated_orders_gave_both() -> None:
    """Guards the two tests above against strategies that only ever make what is rejected."""
    if not SEEN:
        test_a_document_or_a_documented_rejection()
        test_plain_orders()
    assert {name for name in names() if SEEN[f"{name}: document"]} == set(names()), SEEN
    assert any(not seen.endswith("document") for seen in SEEN), SEEN
