"""Orders of any length for the benches: a bundled example with its first item many times over."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from erp_adapter.balance import MoneyPolicy, balance
from erp_adapter.order import Order, Shop, read_order

ROOT: Final = Path(__file__).parents[1]
_EXAMPLE: Final = ROOT / "layers" / "profiles" / "csv-flat" / "examples" / "company-vkn"
_SHOP: Final = Shop(url="https://shop.example.com")


def order_of(lines: int) -> Order:
    """A balanced order of so many lines, every third with a barcode, every second with a code."""
    order, items = _document("order"), _document("items")
    first = items["results"][0]
    rows = [_item(first, number) for number in range(1, lines + 1)]
    goods = sum(Decimal(row["price"]) for row in rows)
    amount = str(goods + Decimal(order["shipping_amount"]))
    order["amount"] = order["fundstransfertransaction_set"][0]["amount"] = amount
    page = {"count": lines, "next": None, "previous": None, "results": rows}
    answers = read_order(
        json.dumps(order).encode(), (json.dumps(page).encode(),), (_bytes("discounts"),), _SHOP
    )
    return balance(answers, MoneyPolicy())


def documented(lines: int) -> tuple[bytes, bytes, bytes]:
    """Akinon's documented sample, with all that an order carries and nobody reads, and its item so
    many times over: the bytes of the order, of a page of items and of the discounts."""
    order, items = (json.loads(_sample(kind)) for kind in ("order", "items"))
    first = items["results"][0]
    rows = [_item(first, number) | {"order": order["pk"]} for number in range(1, lines + 1)]
    goods = sum(Decimal(row["price"]) for row in rows)
    paid = str(goods + Decimal(order["shipping_amount"]))
    order["amount"] = order["transaction_set"][0]["amount"] = paid
    page = {"count": lines, "next": None, "previous": None, "results": rows}
    return json.dumps(order).encode(), json.dumps(page).encode(), _sample("discounts")


def _sample(kind: str) -> bytes:
    return (ROOT / "events" / "orders" / f"27.{kind}.json").read_bytes()


def _item(first: dict[str, Any], number: int) -> dict[str, Any]:
    product = first["product"] | {"sku": f"STK-{number}", "name": f"Çorap & şapka no. {number}"}
    product["attributes"] = {"barcode": f"869{number:010d}"} if number % 3 == 0 else {}
    product["mapping"] = first["product"].get("mapping", []) if number % 2 == 0 else []
    return first | {"pk": number, "price": f"{9 + number}.90", "product": product}


def _document(kind: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_bytes(kind))
    return document


def _bytes(kind: str) -> bytes:
    return _EXAMPLE.with_name(f"{_EXAMPLE.name}.{kind}.json").read_bytes()
