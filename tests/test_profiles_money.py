"""The money of the bundled profiles: every document's own figures, added up by the test itself."""

import csv
import io
import json
import os
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from erp_adapter.errors import Rejected, Unmappable
from erp_adapter.order import Order
from erp_adapter.profile import Document, Profile, load_profile
from generated_orders import balanced_order, order_documents
from hypothesis import HealthCheck, given, settings
from orders import item_document, product_document
from profile_files import balanced
from test_profiles_golden import EXAMPLES, PROFILES, example_id, example_order

WITHOUT_MONEY = {
    "csv-cancellation", "logo-arps", "nebim-cancellation", "ubl-order-cancellation",
}  # fmt: skip
"""Profiles whose documents name no sum."""
NAMES = sorted({file.parent.name for file in PROFILES.glob("*/profile.toml")} - WITHOUT_MONEY)
UBL = [file for file in EXAMPLES if file.parent.parent.name == "ubl-order"]
CODES = {
    "MISSING_VALUE", "TOO_LONG", "ILLEGAL_CHARACTER", "UNENCODABLE", "UNKNOWN_LOOKUP",
    "SCHEMA_INVALID", "MISSING_CODE", "AMBIGUOUS_CODE", "INVALID_VALUE",
}  # fmt: skip
RUN = int(os.environ.get("GENERATED_ORDERS", "60"))
"""How many generated orders; the long run is GENERATED_ORDERS=10000."""
KURUS = Decimal("0.01")
D = Decimal


@cache
def profile(name: str) -> Profile:
    return load_profile(PROFILES / name)


# --- UBL: the Peppol order rules that formats.md 1.2 lists, restated. ---

CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


def path(text: str) -> str:
    return "/".join((CAC if part[0] == "a" else CBC) + part[2:] for part in text.split("/"))


def figure(element: ElementTree.Element, where: str, otherwise: str = "0") -> Decimal:
    return D(element.findtext(path(where), otherwise))


def check_ubl(content: bytes) -> Decimal:
    """R001 to R030 where they apply; the payable amount."""
    root = ElementTree.fromstring(content)
    lines = root.findall(path("a:OrderLine/a:LineItem"))
    total = root.find(path("a:AnticipatedMonetaryTotal"))
    assert total is not None
    _check_notation(root, lines)
    nets = sum((_check_line(line) for line in lines), D(0))
    assert nets == figure(total, "b:LineExtensionAmount")  # R008
    charges, allowances = _header(root)
    assert charges == figure(total, "b:ChargeTotalAmount")  # R010
    assert allowances == figure(total, "b:AllowanceTotalAmount")  # R009
    net = figure(total, "b:TaxExclusiveAmount")
    assert net == nets - allowances + charges  # R011
    tax = _check_tax(root)
    gross = figure(total, "b:TaxInclusiveAmount")
    assert gross == net + tax  # R017
    payable = figure(total, "b:PayableAmount")
    rounding = figure(total, "b:PayableRoundingAmount")
    assert payable == gross - figure(total, "b:PrepaidAmount") + rounding  # R016
    assert payable >= 0  # R006
    return payable


def _check_notation(root: ElementTree.Element, lines: list[ElementTree.Element]) -> None:
    amounts = [e for e in root.iter() if "currencyID" in e.attrib]
    assert len({e.get("currencyID") for e in amounts}) == 1  # R003
    for element in amounts:
        places = len((element.text or "").partition(".")[2])
        assert places <= (6 if element.tag == f"{CBC}PriceAmount" else 2)  # R028
    ids = [line.findtext(path("b:ID")) for line in lines]
    assert len(set(ids)) == len(ids) > 0  # R001
    for element in root.iter():
        assert element.text or len(element) or element.tag == f"{CAC}SellerSupplierParty"


def _check_line(line: ElementTree.Element) -> Decimal:
    quantity, price = figure(line, "b:Quantity"), figure(line, "a:Price/b:PriceAmount")
    assert quantity > 0  # R004
    assert price >= 0  # R005
    off = sum((figure(e, "b:Amount") for e in line.findall(path("a:AllowanceCharge"))), D(0))
    net = figure(line, "b:LineExtensionAmount")
    assert abs(net - (quantity * price - off)) <= D("0.02")  # R024
    _check_category(line, "a:Item/a:ClassifiedTaxCategory")
    return net


def _header(root: ElementTree.Element) -> tuple[Decimal, Decimal]:
    sums = {"true": D(0), "false": D(0)}
    for element in root.findall(path("a:AllowanceCharge")):
        sums[element.findtext(path("b:ChargeIndicator"), "")] += figure(element, "b:Amount")
        _check_category(element, "a:TaxCategory")
    return sums["true"], sums["false"]


def _check_category(owner: ElementTree.Element, where: str) -> None:
    category = owner.find(path(where))
    assert category is not None
    rate = figure(category, "b:Percent", "-1")
    assert rate >= 0  # R029
    assert (rate > 0) == (category.findtext(path("b:ID")) == "S")  # R030


def _bases(root: ElementTree.Element) -> dict[Decimal, Decimal]:
    bases: dict[Decimal, Decimal] = defaultdict(Decimal)
    for line in root.findall(path("a:OrderLine/a:LineItem")):
        rate = figure(line, "a:Item/a:ClassifiedTaxCategory/b:Percent")
        bases[rate] += figure(line, "b:LineExtensionAmount")
    for charge in root.findall(path("a:AllowanceCharge")):
        bases[figure(charge, "a:TaxCategory/b:Percent")] += figure(charge, "b:Amount")
    return bases


def _check_tax(root: ElementTree.Element) -> Decimal:
    bases, total = _bases(root), D(0)
    parts = root.findall(path("a:TaxTotal/a:TaxSubtotal"))
    assert {figure(part, "a:TaxCategory/b:Percent") for part in parts} == set(bases)
    for part in parts:
        rate = figure(part, "a:TaxCategory/b:Percent")
        base, tax = figure(part, "b:TaxableAmount"), figure(part, "b:TaxAmount")
        assert base == bases[rate]
        computed = (base * rate / 100).quantize(KURUS, ROUND_HALF_UP)
        assert abs(tax - computed) <= KURUS
        total += tax
    assert total == figure(root, "a:TaxTotal/b:TaxAmount")
    return total


@pytest.mark.parametrize("file", UBL, ids=example_id)
def test_ubl_arithmetic(file: Path) -> None:
    order = example_order(file)
    assert order.totals is not None
    assert check_ubl(profile("ubl-order").render(order).content) == order.totals.payable


def test_three_thirds_of_a_hundred() -> None:
    rows = [item_document(pk=n, price="33.33", product=product_document(sku="A")) for n in (1, 2)]
    rows.append(item_document(pk=3, price="33.34", product=product_document(sku="A")))
    order = balanced(
        *rows, amount="100.00", shipping_amount="0.00", transaction_set=[],
        payondeliverytransaction_set=[{"pk": 1, "amount": "100.00"}],
    )  # fmt: skip
    for name in NAMES:
        assert payable_of(name, profile(name).render(order), order) == D("100.00")


# --- Every profile: what its documents say the customer owes. ---


def payable_of(name: str, document: Document, order: Order) -> Decimal:
    """Added up from the document's lines, in the test's own words."""
    assert order.totals is not None
    read = {
        "ubl-order": lambda: check_ubl(document.content),
        "sap-orders05": lambda: _sap(document.content) + order.totals.tax,  # type: ignore[union-attr]
        "logo-sales-orders": lambda: _logo(document.content),
        "nebim-order": lambda: _nebim(document.content),
        "csv-flat": lambda: _cells(document, ";", "GROSS"),
        "csv-tr-excel": lambda: _cells(document, ";", "Tutar"),
        "csv-records": lambda: _records(document),
        "odoo": lambda: _odoo(document),
    }[name]()
    return read + order.totals.rounding if name != "ubl-order" else read


def _sap(content: bytes) -> Decimal:
    idoc = ElementTree.fromstring(content)[0]
    net = sum((D(e.findtext("NETWR", "")) for e in idoc.findall("E1EDP01")), D(0))
    net += sum((D(e.findtext("BETRG", "")) for e in idoc.findall("E1EDK05")), D(0))
    for line in idoc.findall("E1EDP01"):
        computed = D(line.findtext("MENGE", "")) * D(line.findtext("VPREI", ""))
        off = sum((D(e.findtext("BETRG", "0")) for e in line.findall("E1EDP05")), D(0))
        # VPREI has four decimals: its error grows with the quantity.
        slack = D("0.02") + D(line.findtext("MENGE", "")) * D("0.00005")
        assert abs(computed - off - D(line.findtext("NETWR", ""))) <= slack
    return net


def _logo(content: bytes) -> Decimal:
    slip = ElementTree.fromstring(content)[0]
    total = D(0)
    for transaction in slip.iter("TRANSACTION"):
        amount = D(transaction.findtext("TOTAL", ""))
        total += -amount if transaction.findtext("TYPE") == "2" else amount
    assert total == D(slip.findtext("TOTAL_NET", ""))
    return total


def _nebim(content: bytes) -> Decimal:
    document = json.loads(content, parse_float=Decimal)
    total = sum((D(row["Qty1"]) * D(row["PriceVI"]) for row in document["Lines"]), D(0))
    return total - sum((D(row["Value"]) for row in document.get("Discounts", [])), D(0))


def _rows(document: Document, delimiter: str) -> list[list[str]]:
    charset = document.content_type.rpartition("=")[2]
    text = io.StringIO(document.content.decode(charset), newline="")
    return list(csv.reader(text, delimiter=delimiter))


def _cells(document: Document, delimiter: str, column: str) -> Decimal:
    header, *rows = _rows(document, delimiter)
    index = header.index(column)
    assert {len(row) for row in rows} == {len(header)}
    return sum((D(row[index].replace(",", ".")) for row in rows), D(0))


def _records(document: Document) -> Decimal:
    rows = _rows(document, "|")
    total = sum((D(row[-1]) for row in rows if row[0] == "L"), D(0))
    assert D(rows[-1][-1]) == D(rows[0][-1]) == total
    assert (rows[-1][0], int(rows[-1][2])) == ("T", len(rows) - 1)
    return total


def _odoo(document: Document) -> Decimal:
    header, *rows = _rows(document, ",")
    quantity, price = (header.index(f"order_line/{c}") for c in ("product_uom_qty", "price_unit"))
    return sum((D(row[quantity]) * D(row[price]) for row in rows), D(0))


@pytest.mark.parametrize(
    "file", [f for f in EXAMPLES if f.parent.parent.name in NAMES], ids=example_id
)
def test_what_the_customer_owes(file: Path) -> None:
    order, name = example_order(file), file.parent.parent.name
    assert order.totals is not None
    assert payable_of(name, profile(name).render(order), order) == order.totals.payable


SEEN: Counter[str] = Counter()


def _outcome(name: str, order: Order) -> str:
    """What became of an order: its money is right, or it has a documented code."""
    assert order.totals is not None
    document = rendered(name, order)
    if isinstance(document, Unmappable):
        assert document.code in CODES, document
        check_silence(document, order)
        return document.code
    assert payable_of(name, document, order) == order.totals.payable
    assert document.content == profile(name).render(order).content
    return "document"


def rendered(name: str, order: Order) -> Document | Unmappable:
    try:
        return profile(name).render(order)
    except Unmappable as rejection:
        return rejection


def check_silence(rejection: Rejected, order: Order) -> None:
    said = json.dumps(rejection.as_dict(), ensure_ascii=False)
    personal = (order.buyer.name, order.bill_to.line, order.bill_to.phone, order.notes,
                order.buyer.tax_no, order.ship_to.name, order.gift.note)  # fmt: skip
    for value in personal:
        assert not (value and len(value) > 4 and value in said), said


@settings(max_examples=RUN, deadline=None, suppress_health_check=list(HealthCheck))
@given(order_documents())
def test_a_document_to_the_kurus_or_a_documented_rejection(documents: dict[str, Any]) -> None:
    try:
        order = balanced_order(documents)
    except Rejected:
        return  # what the balance refuses has tests of its own
    for name in NAMES:
        SEEN[f"{name}: {_outcome(name, order)}"] += 1


@settings(max_examples=RUN, deadline=None, suppress_health_check=list(HealthCheck))
@given(order_documents(awkward=False))
def test_plain_orders(documents: dict[str, Any]) -> None:
    try:
        order = balanced_order(documents)
    except Rejected:
        return
    for name in NAMES:
        SEEN[f"{name}: {_outcome(name, order)}"] += 1


def test_the_generated_orders_gave_both(request: pytest.FixtureRequest) -> None:
    """Guards the two tests above against strategies that only ever make what is rejected."""
    if not SEEN:
        test_a_document_to_the_kurus_or_a_documented_rejection()
        test_plain_orders()
    documents = {name for name in NAMES if SEEN[f"{name}: document"]}
    assert documents == set(NAMES), SEEN
    assert any(not seen.endswith("document") for seen in SEEN), SEEN
