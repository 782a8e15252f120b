"""When two readings of an order are the same order to an ERP: `content_id`.

The rule: content is what the order itself says and a person decided. Left out is

- what changes by itself: statuses, is_send, external_status, invoice, tracking, modification dates,
  and payments, which arrive, are captured and refunded in their own time (how the customer chose
  to pay, the instalments and the amount are content);
- what others keep elsewhere and the shop only looks up: the ERP's own codes (it writes them back
  while it imports: the sample's address got its code three seconds before the order got its own),
  the customer's current profile, and names of channels, carriers, payment options, banks, cards,
  products and promotions, of which the key is content (pk, slug, sku);
- what is computed from the rest.

A cancelled item is another content: the status itself is not.

This is a list of what is in, and nothing that is None, false or empty is written, so that a new
field of the model does not make every delivered order look changed. A test pins the id of the
sample: whoever changes the list changes what the ledgers of all shops hold.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from erp_adapter.order.model import (
    Address,
    Carrier,
    Channel,
    Charge,
    Country,
    Customer,
    Discount,
    Gift,
    Line,
    Order,
    Party,
    PaymentOption,
    Place,
)

CONTENT: Final[Mapping[type[Any], tuple[str, ...]]] = {
    Order: (
        "pk", "number", "placed_at", "currency", "amount", "discount_amount", "channel",
        "client_type", "language", "segment", "notes", "delivery_type", "delivery_range",
        "shipping_option", "customer", "buyer", "bill_to", "ship_to", "carrier", "payment_option",
        "installments", "gift", "discounts", "lines", "charges",
    ),
    Channel: ("pk",),
    Customer: ("pk",),
    Party: ("kind", "company_name", "tax_no", "tax_office", "einvoice"),
    Address: (
        "first_name", "last_name", "company_name", "title", "line", "district", "township",
        "city", "postcode", "country", "phone", "email", "notes",
    ),
    Place: ("name",),
    Country: ("code",),
    Carrier: ("slug",),
    PaymentOption: ("slug",),
    Gift: ("wanted", "note"),
    Discount: ("name", "code", "kind", "amount", "line_ids"),
    Line: (
        "ids", "parent", "sku", "currency", "quantity", "unit_price", "list_price",
        "own_discount", "interest", "tax_rate",
    ),
    Charge: ("kind", "gross", "rate"),
}  # fmt: skip

_CANCELLED: Final = ("100", "canceled", "cancelled")


def is_cancelled(line: Line) -> bool:
    """Whether the item is out of the order: status 100, in digits or words, or the cancellation
    completed. 50, a wish only, is the decision table's."""
    return (line.status or "").lower() in _CANCELLED or line.cancel_status == "completed"


def content_id(order: Order) -> str:
    """SHA-256, in hex, of what is content of an order that `read_order` returned.

    Not of a balanced one: that has merged lines, as a route's policy wants it.
    """
    canonical = json.dumps(plain(order), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def plain(value: Any) -> Any:
    """What is content of a value, as JSON's types."""
    if isinstance(value, Decimal):
        # 8.5 and 8.50 are one amount. No arithmetic: a context might round.
        digits = f"{value:f}"
        return digits.rstrip("0").rstrip(".") if "." in digits else digits
    if isinstance(value, tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if type(value) not in CONTENT:
        return value
    fields = {name: plain(getattr(value, name)) for name in CONTENT[type(value)]}
    if isinstance(value, Line) and is_cancelled(value):
        fields["cancelled"] = True
    return {name: found for name, found in fields.items() if found}
