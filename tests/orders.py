"""Invented documents of Omnitron, in the documented shape, for tests.

Nobody's data: the people and companies do not exist, the domains are reserved (RFC 2606), the tax
numbers are made of the published check-digit rules. The default order is in balance: one item of
100.00, shipping 29.90, one card payment of 129.90.
"""

import json
from collections.abc import Sequence
from typing import Any

SECRETS = (
    "kanal-parolasi-7431", "kanal-jetonu-9920", "pos-kullanici-5518", "pos-parola-6642",
    "banka-istegi-3307", "banka-yaniti-8814", "192.0.2.77",
)  # fmt: skip
"""What the documents hold that must never leave the parser."""

Document = dict[str, Any]
PK = 1001
MOMENT = "2026-03-02T21:30:00.000001Z"


def order_document(**changes: Any) -> bytes:
    """A detailed order; `changes` replace its keys."""
    return dumped(order_fields() | changes)


def order_fields() -> Document:
    """The detailed order as a dict, for those that change something deep in it."""
    return {
        "pk": PK, "number": "T-1001", "status": "400", "status_display": "approved",
        "cancel_status": None, "is_send": False, "date_placed": MOMENT, "currency": "try",
        "amount": "129.90", "discount_amount": "0.00", "shipping_amount": "29.90",
        "shipping_tax_rate": None, "shipping_interest_amount": "0.00",
        "net_shipping_amount": 29.9, "installment_interest_amount": "0.00",
        "installment_count": 1, "installment": None, "invoice_number": "", "invoice_date": None,
        "tracking_number": None, "notes": None, "has_gift_box": False, "gift_box_note": None,
        "client_type": "default", "language_code": "tr-tr", "segment": None,
        "channel": {
            "pk": 3, "name": "Deneme Mağaza", "channel_type": "web",
            "conf": {
                "sales_url": "https://magaza.example.com", "password": SECRETS[0],
                "auth_token": SECRETS[1],
            },
        },
        "customer": {
            "pk": 501, "erp_code": "C-501", "channel_code": "55", "first_name": "Deneme",
            "last_name": "Alıcı", "email": "alici@example.com", "phone_number": None,
        },
        "billing_address": address_document(), "shipping_address": address_document(pk=12),
        "cargo_company": {
            "pk": 1, "name": "Örnek Kargo", "erp_code": "OK", "shipping_company": "ornek",
        },
        "payment_option": {"name": "Kart", "slug": "credit_Card", "payment_type": "credit_card"},
        "payment_option_slug": "kredi_karti", "mapping": [],
        "transaction_set": [transaction_document()], "fundstransfertransaction_set": [],
        "payondeliverytransaction_set": [], "loyaltytransaction_set": [],
        "bextransaction_set": [], "cashregistertransaction_set": [], "ordertransaction_set": [],
        "remote_addr": SECRETS[6],
    }  # fmt: skip


def address_document(**changes: Any) -> Document:
    """A person's address in Türkiye; `changes` replace its keys."""
    address: Document = {
        "pk": 11, "email": "alici@example.com", "phone_number": "0 (000) 000-0000",
        "first_name": "Deneme", "last_name": "Alıcı", "title": "Ev",
        "country": {"name": "Türkiye", "code": "tr", "mapping": [code_document("TR")]},
        "city": {"name": "İstanbul", "mapping": [code_document("TR.34")]},
        "township": {"name": "Örnekköy", "mapping": [code_document("TR.03499")]},
        "district": {"name": "Deneme Mah.", "mapping": []},
        "line": "Örnek Sok. No: 1", "postcode": "00000", "notes": None, "company_name": None,
        "tax_office": None, "tax_no": None, "identity_number": None, "e_bill_taxpayer": False,
        "address_type": "customer", "remote_id": None, "mapping": [],
    }  # fmt: skip
    return address | changes


def company_document(**changes: Any) -> Document:
    """A company's address; the VKN is made up, its check digit is right."""
    company = {
        "company_name": "Örnek Deneme A.Ş.", "tax_office": "Örnek", "tax_no": "4540536920",
        "e_bill_taxpayer": True, "address_type": "company",
    }  # fmt: skip
    return address_document(**(company | changes))


def code_document(code: str | None, **changes: Any) -> Document:
    """A mapping: the code that the ERP has for something."""
    mapping: Document = {
        "pk": 1, "integration_type": "external_company", "code": code,
        "created_date": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    return mapping | changes


def transaction_document(**changes: Any) -> Document:
    """A card payment with the gateway's traces in it."""
    transaction: Document = {
        "pk": 71, "transaction_type": "purchase", "transaction_id": "TX71", "is_succeeded": True,
        "amount": "129.90", "currency": None, "pos_slug": "DENEME", "created_date": MOMENT,
        "user_email": "alici@example.com", "remote_addr": SECRETS[6],
        "pos": {"config": {"auth": {"username": SECRETS[2], "password": SECRETS[3]}}},
        "raw_request": SECRETS[4], "raw_response": SECRETS[5], "order": {"pk": PK},
    }  # fmt: skip
    return transaction | changes


def item_document(**changes: Any) -> Document:
    """One unit at 100.00, VAT of 20 % included."""
    item: Document = {
        "pk": 1, "order": PK, "status": "400", "cancel_status": None, "price_currency": "try",
        "price": "100.00", "tax_rate": "20.00", "retail_price": "120.00",
        "discount_amount": "0.00", "installment_interest_amount": "0.00", "parent": None,
        "attributes": {}, "product": product_document(),
    }  # fmt: skip
    return item | changes


def product_document(**changes: Any) -> Document:
    """A product with the documented keys."""
    product: Document = {
        "pk": 5, "name": "Pamuklu Çorap", "base_code": "CRP-100", "sku": "CRP-100-SYH-M",
        "attributes": {"renk": "Siyah", "beden": "M"}, "mapping": [],
    }  # fmt: skip
    return product | changes


def discount_document(**changes: Any) -> Document:
    """A coupon of 10.00 for the whole order."""
    discount: Document = {
        "pk": 1, "order": PK, "name": "Bahar", "code": "BAHAR10", "amount": "10.00",
        "offer_type": "coupon", "promotion": {"pk": 2, "name": "Bahar kampanyası"},
        "benefitapplicant_set": [],
    }  # fmt: skip
    return discount | changes


def items_page(rows: Sequence[Any], **changes: Any) -> bytes:
    """A page of items; all there are, unless `count` or `next` say otherwise."""
    page: Document = {"count": len(rows), "next": None, "previous": None, "results": list(rows)}
    return dumped(page | changes)


discount_page = items_page
"""Discounts come in the same envelope."""


def dumped(document: Any) -> bytes:
    """As Django REST framework writes it: UTF-8, unescaped; lone surrogates escaped."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")
