"""The leaves' rules, at their borders: what is taken, and in which words the rest is refused."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from erp_adapter.order import leaves
from pydantic_core import PydanticCustomError

NUMBER = "a plain number, with at most 15 digits before the point and 6 after it"
TIME = "a date and time of ISO 8601, such as 2017-01-30T08:28:26Z"
CURRENCY = "a currency code of ISO 4217, such as try"
XML = "text that XML 1.0 can hold: no control characters, no half emoji"
Leaf = Callable[[object], Any]


@pytest.fixture
def in_istanbul(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine's clock is there."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Istanbul")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_istanbul")
def test_a_moment_without_a_zone_is_utc_wherever_it_is_read() -> None:
    assert leaves.moment("2026-03-02T21:30:00") == datetime(2026, 3, 2, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("leaf", "value", "code", "must_be"),
    [
        (leaves.text, [], "INVALID_VALUE", "text"),
        (leaves.text, True, "INVALID_VALUE", "text"),
        (leaves.text, "x" * 10_001, "TOO_LONG", "text of at most 10000 characters"),
        (leaves.text, "a\x0b", "ILLEGAL_CHARACTER", XML),
        (leaves.text, "a\ud800", "ILLEGAL_CHARACTER", XML),
        (leaves.amount, "1e5", "INVALID_VALUE", NUMBER),
        (leaves.amount, 1.5, "INVALID_VALUE", NUMBER),
        (leaves.amount, True, "INVALID_VALUE", NUMBER),
        (leaves.amount, 10**15, "INVALID_VALUE", NUMBER),
        (leaves.amount, "1" * 16, "INVALID_VALUE", NUMBER),
        (leaves.amount, "1.1234567", "INVALID_VALUE", NUMBER),
        (leaves.moment, 5, "INVALID_VALUE", TIME),
        (leaves.moment, "yesterday", "INVALID_VALUE", TIME),
        (leaves.moment, "0001-01-01T00:00:00+14:00", "INVALID_VALUE", TIME),
        (leaves.key, 0, "INVALID_VALUE", "a whole number above zero"),
        (leaves.key, True, "INVALID_VALUE", "a whole number above zero"),
        (leaves.key, "-1", "INVALID_VALUE", "a whole number above zero"),
        (leaves.key, 2**63, "INVALID_VALUE", "a whole number above zero"),
        (leaves.count, -1, "INVALID_VALUE", "a whole number above zero"),
        (leaves.count, False, "INVALID_VALUE", "a whole number above zero"),
        (leaves.flag, "true", "INVALID_VALUE", "true or false"),
        (leaves.flag, 1, "INVALID_VALUE", "true or false"),
        (leaves.currency, "tr", "INVALID_VALUE", CURRENCY),
        (leaves.currency, "trş", "INVALID_VALUE", CURRENCY),
        (leaves.currency, "tr1", "INVALID_VALUE", CURRENCY),
        (leaves.number, "9" * 129, "TOO_LONG", "text of at most 128 characters"),
        (leaves.attributes, 5, "INVALID_VALUE", "an object"),
        (leaves.attributes, {"a": 1.5}, "INVALID_VALUE", "an object"),
        (leaves.applicant, {"order_item": None}, "MISSING_VALUE", "given"),
        (leaves.given(leaves.text), " ", "MISSING_VALUE", "given"),
    ],
)
def test_what_is_refused_and_how(leaf: Leaf, value: object, code: str, must_be: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        leaf(value)
    assert (caught.value.type, caught.value.message_template) == (code, must_be)


@pytest.mark.parametrize(
    ("leaf", "value", "found"),
    [
        (leaves.text, "x" * 10_001, "10001 characters"),
        (leaves.number, "9" * 129, "129 characters"),
        (leaves.text, "ab\x0b", "U+000B at position 3"),
    ],
)
def test_what_was_found_is_said_without_the_value(leaf: Leaf, value: str, found: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        leaf(value)
    assert caught.value.context == {"found": found}


@pytest.mark.parametrize(
    ("leaf", "value", "read"),
    [
        (leaves.text, "x" * 10_000, "x" * 10_000),
        (leaves.text, "ş" * 10_000, "ş" * 10_000),
        (leaves.text, 7, "7"),
        (leaves.text, " I\u0307 ", "İ"),
        (leaves.text, "\ta\nb\r", "a\nb"),
        (leaves.text, " ", None),
        (leaves.amount, " 1.50 ", Decimal("1.50")),
        (leaves.amount, "-" + "9" * 15 + ".123456" + "0" * 20, Decimal("-999999999999999.123456")),
        (leaves.amount, 10**15 - 1, Decimal(10**15 - 1)),
        (leaves.amount, -(10**15) + 1, Decimal(-(10**15) + 1)),
        (leaves.amount, " ", None),
        (leaves.moment, " 2026-03-02T21:30:00 ", datetime(2026, 3, 2, 21, 30, tzinfo=UTC)),
        (leaves.moment, "2026-03-02T21:30:00+03:00", datetime(2026, 3, 2, 18, 30, tzinfo=UTC)),
        (leaves.moment, "", None),
        (leaves.key, 1, 1),
        (leaves.key, 2**63 - 1, 2**63 - 1),
        (leaves.key, str(2**63 - 1), 2**63 - 1),
        (leaves.key, "", None),
        (leaves.count, 0, 0),
        (leaves.count, "0", 0),
        (leaves.count, "12", 12),
        (leaves.flag, False, False),
        (leaves.flag, "", None),
        (leaves.currency, "try", "TRY"),
        (leaves.currency, "", None),
        (leaves.number, "9" * 128, "9" * 128),
        (leaves.number, None, None),
        (leaves.blank, "", None),
        (leaves.blank, {}, {}),
        (leaves.listed, None, []),
        (leaves.listed, "", []),
        (leaves.listed, {}, []),
        (leaves.listed, {"a": 1}, [{"a": 1}]),
        (leaves.listed, [1], [1]),
        (leaves.attributes, None, {}),
        (leaves.attributes, "", {}),
        (leaves.attributes, {"a": "1.5"}, {"a": "1.5"}),
        (leaves.applicant, {"order_item": {"pk": 7}, "pk": 3}, 7),
        (leaves.applicant, {"order_item": 7, "pk": 3}, 7),
        (leaves.applicant, 7, 7),
    ],
)
def test_what_is_taken(leaf: Leaf, value: object, read: object) -> None:
    assert leaf(value) == read
