"""The order as the shop has it: three calls, read into one Order and checked against the question.

Order, items and discounts are three calls; a change between them tears the order. So where the
amounts disagree, all three are read once more before anybody calls the order wrong.
"""

import unicodedata
from concurrent.futures import Executor

from erp_adapter.errors import Misconfigured
from erp_adapter.notification import Notification
from erp_adapter.omnitron import Omnitron
from erp_adapter.order import Order, Shop, read_order


def pk_of(omnitron: Omnitron, notification: Notification) -> int:
    """The order's pk, asked from the shop where the webhook said only its number."""
    if notification.pk is not None:
        return notification.pk
    return omnitron.find(notification.number or "")


def fetch(omnitron: Omnitron, pk: int, number: str | None, shop: Shop, executor: Executor) -> Order:
    """The order, read whole; `executor` asks for the discounts while the items are on their way.

    Raises OrderNotFound, InvalidOrder, Misconfigured (it is not the order that was asked for),
    OmnitronUnavailable.
    """
    detail = omnitron.detail(pk)
    # Not beside the others: while the shop is down, an order costs it one call a try.
    discounts = executor.submit(omnitron.discounts, pk)
    try:
        items = omnitron.items(pk)
    finally:
        discounts.exception()  # waited for in any case: nothing that runs is abandoned
    order = read_order(detail, items, discounts.result(), shop)
    if order.pk != pk:
        raise Misconfigured(
            "Asked for one order, the shop answered with another: check OmnitronUrl and ApiPrefix.",
            code="SHOP_ANSWERS_ANOTHER",
        )
    # The order's is read so; the webhook's is kept as it came, for the shop's own search.
    if number is not None and order.number != unicodedata.normalize("NFC", number).strip():
        raise Misconfigured(
            "The webhook's pk and number are those of two orders: what routes.toml reads as pk "
            "([[event]] pk) is another system's id. Remove it, so that the number decides.",
            code="PK_IS_NOT_OMNITRONS",
        )
    return order
