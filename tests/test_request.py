"""What API Gateway hands over: the exact bytes, one value a header, who connected and when."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest
from erp_adapter.errors import Malformed, Refused, Unverified
from erp_adapter.request import MAX_BODY, Request, raw_body, read_request
from hypothesis import given, settings
from hypothesis import strategies as st

# ------------------------------------------------------------------ the body's bytes


def test_the_body_is_the_text_in_utf_8() -> None:
    assert raw_body({"body": "İstanbul", "isBase64Encoded": False}) == "İstanbul".encode()


def test_the_body_is_taken_out_of_base64() -> None:
    raw = b"\x00\xff{}\r\n"
    event = {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}
    assert raw_body(event) == raw


@pytest.mark.parametrize("event", [{}, {"body": None}, {"body": "", "isBase64Encoded": True}])
def test_no_body_is_an_empty_one(event: Mapping[str, Any]) -> None:
    assert raw_body(event) == b""


@pytest.mark.parametrize("body", ["a", "YQ=", "YQ==!", "Y\nQ==", "ığ", "\ud800", "YWJj*"])
def test_broken_base64_proves_nothing(body: str) -> None:
    with pytest.raises(Unverified) as caught:
        raw_body({"body": body, "isBase64Encoded": True})
    assert caught.value.__context__ is None


@pytest.mark.parametrize("body", [{"a": 1}, ["x"], 7, True])
@pytest.mark.parametrize("encoded", [True, False])
def test_a_body_that_is_no_text_proves_nothing(body: object, encoded: bool) -> None:
    with pytest.raises(Unverified):
        raw_body({"body": body, "isBase64Encoded": encoded})


@pytest.mark.parametrize(
    "event",
    [
        {"body": "x" * (MAX_BODY + 1)},
        {"body": "İ" * (MAX_BODY // 2 + 1)},
        {"body": "x" * (6 * 1024 * 1024)},
        {"body": base64.b64encode(b"x" * (MAX_BODY + 1)).decode(), "isBase64Encoded": True},
        {"body": "A" * (6 * 1024 * 1024), "isBase64Encoded": True},
    ],
    ids=["a byte", "two-byte letters", "6 MB", "a byte in base64", "6 MB of base64"],
)
def test_a_body_that_is_too_large_is_a_413(event: Mapping[str, Any]) -> None:
    with pytest.raises(Malformed, match="larger than 1048576 bytes") as caught:
        raw_body(event)
    assert caught.value.status == 413


@pytest.mark.parametrize("encoded", [True, False])
def test_the_largest_body_passes(encoded: bool) -> None:
    raw = b"x" * MAX_BODY
    body = base64.b64encode(raw).decode() if encoded else raw.decode()
    assert raw_body({"body": body, "isBase64Encoded": encoded}) == raw


# ------------------------------------------------------------------ headers, address, moment

V2 = {
    "version": "2.0", "body": "{}", "isBase64Encoded": False,
    "headers": {"x-a": "1,2"},
    "requestContext": {"http": {"sourceIp": "192.0.2.10"}, "timeEpoch": 1772487010123},
}  # fmt: skip
V1 = {
    "version": "1.0", "body": "{}", "isBase64Encoded": False,
    "headers": {"X-A": "2"}, "multiValueHeaders": {"X-A": ["1", "2"]},
    "requestContext": {"identity": {"sourceIp": "192.0.2.10"}, "requestTimeEpoch": 1772487010123},
}  # fmt: skip


def test_both_payloads_say_the_same() -> None:
    assert read_request(V2) == Request({"x-a": "1,2"}, b"{}", "192.0.2.10", 1772487010.123)
    assert read_request(V1) == Request({"X-A": "1,2"}, b"{}", "192.0.2.10", 1772487010.123)


def test_a_header_cannot_claim_an_address() -> None:
    forwarded = {"x-forwarded-for": "203.0.113.1", "x-real-ip": "203.0.113.1"}
    assert read_request(V2 | {"headers": forwarded}).address == "192.0.2.10"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KEYS = ("body", "isBase64Encoded", "headers", "multiValueHeaders", "requestContext")


@settings(deadline=None)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, JSON)))
def test_any_event_is_a_request_or_refused(event: dict[str, Any]) -> None:
    found: Request | Refused
    try:
        found = read_request(event)
    except Refused as refused:
        found = refused
    if isinstance(found, Refused):
        assert found.status in (401, 413)
    else:
        assert isinstance(found.body, bytes)
        assert isinstance(found.headers, dict)
        assert found.address is None or isinstance(found.address, str)
