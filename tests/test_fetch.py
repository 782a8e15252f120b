"""An order's three calls: which of them wait for which."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from erp_adapter.delivery.fetch import fetch
from erp_adapter.errors import OmnitronUnavailable
from erp_adapter.order import Shop
from orders import PK, discount_page, item_document, items_page, order_document

SHOP = Shop(url="https://shop.example.com")
PATIENCE = 10
"""Seconds until a test gives up that something is begun."""


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def shop(**calls: Callable[[int], Any]) -> Any:
    """An Omnitron with the documented order, but for these calls."""
    usual = {
        "detail": lambda pk: order_document(), "items": lambda pk: [items_page([item_document()])],
        "discounts": lambda pk: [discount_page([])],
    }  # fmt: skip
    return SimpleNamespace(**(usual | calls))


def test_the_discounts_are_asked_for_while_the_items_are_on_their_way(
    executor: ThreadPoolExecutor,
) -> None:
    asked = threading.Event()

    def items(pk: int) -> list[bytes]:
        assert asked.wait(PATIENCE), "nobody asked for the discounts"
        return [items_page([item_document()])]

    def discounts(pk: int) -> list[bytes]:
        asked.set()
        return [discount_page([])]

    order = fetch(shop(items=items, discounts=discounts), PK, None, SHOP, executor)
    assert order.pk == PK


def test_while_the_shop_is_down_an_order_costs_one_call(executor: ThreadPoolExecutor) -> None:
    def down(pk: int) -> bytes:
        raise OmnitronUnavailable("down")

    def never(pk: int) -> list[bytes]:
        raise AssertionError("asked although the order was not had")

    with pytest.raises(OmnitronUnavailable):
        fetch(shop(detail=down, items=never, discounts=never), PK, None, SHOP, executor)


def test_without_the_items_the_other_call_is_waited_for(executor: ThreadPoolExecutor) -> None:
    begun, ended = threading.Event(), threading.Event()

    def items(pk: int) -> list[bytes]:
        assert begun.wait(PATIENCE), "nobody asked for the discounts"
        raise OmnitronUnavailable("down")

    def discounts(pk: int) -> list[bytes]:
        begun.set()
        threading.Event().wait(0.05)
        ended.set()
        return [discount_page([])]

    with pytest.raises(OmnitronUnavailable):
        fetch(shop(items=items, discounts=discounts), PK, None, SHOP, executor)
    assert ended.is_set()


def test_without_the_discounts_there_is_no_order(executor: ThreadPoolExecutor) -> None:
    def down(pk: int) -> list[bytes]:
        raise OmnitronUnavailable("down")

    with pytest.raises(OmnitronUnavailable):
        fetch(shop(discounts=down), PK, None, SHOP, executor)
