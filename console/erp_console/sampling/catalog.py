"""The values of a balanced order, by path: what a sample's values are compared with."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from erp_adapter.order import Order

from erp_console.sampling.tree import Known

_PRICES: Final = {"unit_price", "unit_net", "list_price"}
_RATES: Final = {"tax_rate", "rate"}
_SKIPPED: Final = {"ids", "line_ids", "no", "parent", "source", "by_rate"}
_REGION: Final = ("township.name", "city.name")
_SEPARATORS: Final = (" ", ", ", "/", " / ", " - ")
_SERIES: Final = {"payments", "discounts"}
_ITEMS: Final = {"lines", "rows", "charges"}
_OFTEN_ABSENT: Final = {
    "tax_no", "tax_office", "tax_scheme", "email", "phone", "notes", "note", "company_name",
    "title", "postcode", "remote_id", "barcode", "color", "size", "tracking_number", "bank",
    "carrier_shipping_code", "invoice_number", "invoice_date", "card", "segment", "language",
    "delivery_type", "delivery_range", "shipping_option", "external_status", "reference",
    "pos_slug", "installments", "list_price", "promotion", "base_code", "cancel_status",
}  # fmt: skip
"""What the next order may well lack: its place is optional from the start."""
_OFTEN_ABSENT_PATHS: Final = ("district.", "payments[", "discounts[", "carrier.", "gift.")
_PREFERRED: Final = (
    "number", "totals.payable", "placed_at", "currency", "customer.code", "buyer.name",
    "buyer.tax_no", "buyer.tax_office", "buyer.company_name", "buyer.first_name",
    "buyer.last_name", "buyer.email", "ship_to.phone", "ship_to.line", "ship_to.city.name",
    "ship_to.township.name", "ship_to.district.name", "ship_to.postcode", "ship_to.country.code",
    "totals.net", "totals.tax", "totals.discount", "totals.shipping", "totals.items", "sku",
    "quantity", "unit_price", "gross", "net", "tax", "discount", "tax_rate", "rate", "name",
    "ship_to.", "bill_to.", "buyer.", "totals.", "customer.", "carrier.",
)  # fmt: skip
"""Which of several equal paths is meant, where the sample's names do not say."""


def order_values(order: Order, above: str = "") -> list[Known]:
    """Of the whole order, without its lines and charges; `above` is `order.` inside an item."""
    return [*_walk(order, above), *_of_several(order, above)]


def item_values(item: Any) -> list[Known]:
    """Of one line, row or charge."""
    values = list(_walk(item, ""))
    if getattr(item, "discount", None) is not None and item.gross is not None:
        values.append(Known("sum([gross, discount])", "money", item.gross + item.discount))
    return values


def _of_several(order: Order, above: str) -> Iterator[Known]:
    """What ERPs keep in one field, and the order in several."""
    totals = order.totals
    if totals:
        path = f"sum([{above}totals.net, {above}totals.discount_net])"
        yield Known(path, "money", totals.net + totals.discount_net)
    for name, address in (("ship_to", order.ship_to), ("bill_to", order.bill_to)):
        parts = {
            "line": address.line, "district.name": address.district.name,
            "township.name": address.township.name, "city.name": address.city.name,
        }  # fmt: skip
        for chosen in (tuple(parts), ("line", "township.name", "city.name"), _REGION):
            for separator in _SEPARATORS:
                text = separator.join(parts[field] or "" for field in chosen)
                if all(parts[field] for field in chosen):
                    paths = ", ".join(f"{above}{name}.{field}" for field in chosen)
                    yield Known(f"join('{separator}', [{paths}])", "text", text, optional=True)


def preference(path: str) -> int:
    """The place of a path among those that are meant most often."""
    bare = path.removeprefix("order.")
    for place, preferred in enumerate(_PREFERRED):
        if bare == preferred or (preferred.endswith(".") and bare.startswith(preferred)):
            return place
    return len(_PREFERRED)


def is_often_absent(path: str) -> bool:
    """Whether another order may well lack what this path gives."""
    last = path.rsplit(".", 1)[-1]
    return last in _OFTEN_ABSENT or any(part in path for part in _OFTEN_ABSENT_PATHS)


def _walk(record: Any, above: str) -> Iterator[Known]:
    for field in fields(record):
        name, value = field.name, getattr(record, field.name)
        if name in _SKIPPED or value is None or isinstance(value, bool) or name in _ITEMS:
            continue
        path = f"{above}{name}"
        if is_dataclass(value):
            yield from _walk(value, f"{path}.")
        elif isinstance(value, tuple):
            yield from _first_and_last(path, name, value, above)
        else:
            yield Known(path, _kind(name, value), value, is_often_absent(path))


def _first_and_last(path: str, name: str, value: tuple[Any, ...], above: str) -> Iterator[Known]:
    if value and isinstance(value[0], str):
        yield Known(f"{path}[0]", "text", value[0], optional=True)
        if len(value) > 1:
            yield Known(f"{path}[-1]", "text", value[-1], optional=True)
    elif value and name in _SERIES and above in ("", "order."):
        yield from _walk(value[0], f"{path}[0].")


def _kind(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return "moment"
    if isinstance(value, int):
        return "whole"
    if not isinstance(value, Decimal):
        return "text"
    if name in _PRICES:
        return "price"
    return "qty" if name == "quantity" else "percent" if name in _RATES else "money"
