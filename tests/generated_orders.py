"""Generated orders, as documents of Omnitron: the hard cases of the field as strategies."""

from decimal import Decimal
from typing import Any

from erp_adapter.balance import MoneyPolicy, balance
from erp_adapter.order import Order, Shop, read_order
from hypothesis import strategies as st
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
)

SHOP = Shop(url="https://shop.example.com")
AWKWARD = [
    "İpek Iğdır", "KAG\u0306ITHANE I\u0307", "Çay & <b>6'lı</b>]]>", 'A;B "x"', "0012", "=1+1",
    "@SUM(A1)", "+90 (555) 000 00 00", "-5,00", "\tSekme", "bir\r\niki\nüç",
    "₺100 “€” –", "🎂🧑🏽‍🍳",
    "{number}", "}}", "%s\\", "|", ",", "'", " boşluk ", "日本",
    "x" * 36, "ş" * 80, "uzun bir not " * 60,
]  # fmt: skip
PLAIN = ["Deneme", "Çorap", "Ofis Sandalyesi Gri", "No: 5", "A-1"]
MONEY = st.integers(0, 99_999).map(lambda kurus: Decimal(kurus) / 100)
AMOUNTS = st.one_of(MONEY, st.sampled_from([Decimal("0.01"), Decimal(0), Decimal("12345678.90")]))


def texts(*, awkward: bool) -> st.SearchStrategy[str | None]:
    """A text of the shop: usually a plain one, or none."""
    own = st.sampled_from(AWKWARD) if awkward else st.sampled_from(PLAIN)
    return st.one_of(st.none(), st.just(""), st.sampled_from(PLAIN), own)


@st.composite
def order_documents(draw: st.DrawFn, *, awkward: bool = True) -> dict[str, Any]:
    """The three documents, in balance under the default policy most of the time."""
    text = texts(awkward=awkward)
    items = [_item(draw, pk, text) for pk in range(1, draw(st.integers(1, 6)) + 1)]
    goods = sum((Decimal(item["price"]) for item in items), Decimal(0))
    off = [min(draw(MONEY), goods / 4).quantize(Decimal("0.01"))
           for _ in range(draw(st.integers(0, 2)))]  # fmt: skip
    shipping, interest = (draw(st.one_of(st.just(Decimal(0)), MONEY)) for _ in range(2))
    amount = goods - sum(off) + shipping + interest
    changes: dict[str, Any] = {
        "amount": str(amount), "shipping_amount": str(shipping), "notes": draw(text),
        "installment_interest_amount": str(interest), "gift_box_note": draw(text),
        "has_gift_box": draw(st.booleans()), "number": draw(text) or "T-1001",
        "date_placed": draw(st.sampled_from(["2015-12-31T21:59:59Z", "2017-01-30T21:30:00Z",
                                             "2026-03-02T23:59:59.999999Z"])),
        "billing_address": _address(draw, text), "shipping_address": _address(draw, text),
        **_payments(draw, amount),
    }  # fmt: skip
    customer = {"pk": 501, "erp_code": draw(st.sampled_from(["C-501", "C-501", None]))}
    return {
        "order": order_document(**changes, customer=customer),
        "items": items_page(items),
        "discounts": discount_page([
            discount_document(pk=pk, amount=str(amount), name=draw(text))
            for pk, amount in enumerate(off, start=1)
        ]),
    }  # fmt: skip


def _item(draw: st.DrawFn, pk: int, text: st.SearchStrategy[str | None]) -> dict[str, Any]:
    attributes = {"renk": draw(text), "beden": draw(st.sampled_from(["M", None]))}
    if draw(st.booleans()):
        attributes["barcode"] = "8690000000017"
    codes = draw(st.sampled_from([[], ["150.01"], ["150.01", "150.02"]]))
    product = product_document(
        sku=draw(st.sampled_from(["A", "B", "0012", None])), name=draw(text), attributes=attributes,
        mapping=[code_document(code, pk=n) for n, code in enumerate(codes, start=1)],
    )  # fmt: skip
    rate = draw(st.sampled_from(["0.00", "1.00", "10.00", "20.00"]))
    return item_document(pk=pk, price=str(draw(AMOUNTS)), tax_rate=rate, product=product)


def _address(draw: st.DrawFn, text: st.SearchStrategy[str | None]) -> dict[str, Any]:
    changes = {
        "first_name": draw(text) or "Deneme", "last_name": draw(text), "line": draw(text),
        "phone_number": draw(st.sampled_from([None, "0 (000) 000-0000", "+90 000 000 00 00"])),
        "postcode": draw(st.sampled_from([None, "34000"])),
        "township": {"name": draw(text), "mapping": []},
    }  # fmt: skip
    codes = draw(st.sampled_from([[], ["ADR-1"], ["ADR-1", "ADR-2"]]))
    changes["mapping"] = [code_document(code, pk=n) for n, code in enumerate(codes, start=1)]
    kind = draw(st.sampled_from(["person", "vkn", "tckn"]))
    if kind == "person":
        return address_document(**changes)
    number = {"vkn": "4540536920", "tckn": "17291716060"}[kind]
    return company_document(tax_no=number, company_name=draw(text) or "Örnek", **changes)


def _payments(draw: st.DrawFn, amount: Decimal) -> dict[str, Any]:
    sets: dict[str, Any] = {"transaction_set": []}
    name = draw(st.sampled_from(["transaction_set", "payondeliverytransaction_set",
                                 "fundstransfertransaction_set"]))  # fmt: skip
    first = min(draw(MONEY), amount)
    parts = [part for part in (first, amount - first) if part]
    sets[name] = [
        {"pk": pk, "transaction_type": "purchase", "transaction_id": f"TX{pk}",
         "is_succeeded": name != "payondeliverytransaction_set", "amount": str(part),
         "created_date": "2026-03-02T21:30:00Z"}
        for pk, part in enumerate(parts, start=1)
    ]  # fmt: skip
    return sets


def balanced_order(documents: dict[str, Any]) -> Order:
    """The canonical order, balanced. Raises Rejected."""
    order = read_order(documents["order"], [documents["items"]], [documents["discounts"]], SHOP)
    return balance(order, MoneyPolicy())
