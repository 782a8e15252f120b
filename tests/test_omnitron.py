"""Omnitron's client: what is asked, what an answer must be, whose fault is whose."""

import gzip
import json
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from erp_adapter.answer_body import MAX_BODY
from erp_adapter.errors import (
    AdapterError,
    Misconfigured,
    OmnitronUnavailable,
    OrderNotFound,
    Rejected,
)
from erp_adapter.login import LogIn
from erp_adapter.omnitron import MOST_BYTES, MOST_PAGES, Omnitron, open_client

Answer = Callable[[httpx.Request], httpx.Response]


class Tokens:
    """Gives one token after another, the next one when this one was refused."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)

    def __call__(self, log_in: LogIn, *, refused: str | None = None) -> str:
        if refused == self.tokens[0] and len(self.tokens) > 1:
            self.tokens.pop(0)
        return self.tokens[0]


def shop(answer: Answer, *, tokens: Tokens | None = None, **fields: Any) -> Omnitron:
    http = httpx.Client(base_url="https://shop.example.com", transport=httpx.MockTransport(answer))
    defaults: dict[str, Any] = {"prefix": "/api/v1", "timeout": 5.0, "clock": time.time}
    return Omnitron(http=http, token=tokens or Tokens("jeton"), **(defaults | fields))


def always(status: int = 200, body: object = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda _: httpx.Response(status, content=content, headers=headers)


def test_paths_token_and_queries() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        page = {"count": 1, "next": None, "results": [{"pk": 27, "number": "N 1&2"}]}
        return httpx.Response(200, json=page)

    own = shop(answer)
    own.detail(27)
    own.items(27)
    own.discounts(27)
    own.acknowledge(27)
    assert own.find("N 1&2") == 27
    assert [f"{r.method} {r.url.raw_path.decode()}" for r in asked] == [
        "GET /api/v1/orders_integration/27/detailed_integration/",
        "GET /api/v1/order_item/detailed_integration/?order=27&limit=100",
        "GET /api/v1/discount_items/detailed_integration/?order=27&limit=100",
        "PATCH /api/v1/orders/27/",
        "GET /api/v1/orders/?number=N+1%262&limit=100",
    ]
    assert {request.headers["Authorization"] for request in asked} == {"Token jeton"}
    assert json.loads(asked[3].content) == {"is_send": True}


def test_pages_are_asked_for_by_number_and_never_by_the_answer_s_address() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        page = int(request.url.params.get("page", 1))
        more = "https://elsewhere.example.com/steal" if page < 3 else None
        return httpx.Response(200, json={"count": 3, "next": more, "results": [page]})

    assert len(shop(answer).items(27)) == 3
    assert all(url.startswith("https://shop.example.com/api/v1/order_item/") for url in asked)


def test_a_bare_list_is_one_page() -> None:
    assert shop(always(body=[])).discounts(27) == [b"[]"]


@pytest.mark.parametrize("count", [10**6, None])
def test_endless_pages_mean_that_the_filter_is_ignored(count: int | None) -> None:
    asked: list[int] = []

    def answer(_: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(200, json={"count": count, "next": "x", "results": []})

    with pytest.raises(Misconfigured) as raised:
        shop(answer).items(27)
    assert raised.value.code == "SHOP_IGNORES_FILTER"
    assert len(asked) == (1 if count else MOST_PAGES)


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (always(404, {}), OrderNotFound, "ORDER_NOT_FOUND"),
        (always(401, {}), Misconfigured, "OMNITRON_REFUSES"),
        (always(403, {}), Misconfigured, "OMNITRON_REFUSES"),
        (always(400, {}), Misconfigured, "OMNITRON_REFUSES"),
        (always(302, b"", location="https://login.example.com"), Misconfigured, "OMNITRON_REFUSES"),
        (always(408, {}), OmnitronUnavailable, "OMNITRON_UNAVAILABLE"),
        (always(429, {}), OmnitronUnavailable, "OMNITRON_UNAVAILABLE"),
        (always(500, b"<html>"), OmnitronUnavailable, "OMNITRON_UNAVAILABLE"),
        (always(503, b""), OmnitronUnavailable, "OMNITRON_UNAVAILABLE"),
        (always(200, b"<html>{}</html>"), OmnitronUnavailable, "OMNITRON_UNAVAILABLE"),
        (always(200, b'{"pk": 2'), OmnitronUnavailable, "OMNITRON_UNAVAILABLE"),
        (always(200, b""), OmnitronUnavailable, "OMNITRON_UNAVAILABLE"),
        (
            lambda _: httpx.Response(
                200, stream=httpx.ByteStream(b"not gzip"), headers={"content-encoding": "gzip"}
            ),
            OmnitronUnavailable, "OMNITRON_UNAVAILABLE",
        ),
    ],
)  # fmt: skip
def test_whose_fault_it_is(answer: Answer, error: type[AdapterError], code: str) -> None:
    with pytest.raises(error) as raised:
        shop(answer).detail(27)
    assert raised.value.code == code


def test_a_404_of_a_list_is_a_wrong_path() -> None:
    with pytest.raises(Misconfigured):
        shop(always(404, {})).items(27)


@pytest.mark.parametrize("body", [b"[1]", b'{"results": 3}', b'{"count": "many"}', b"[1,]"])
def test_what_is_no_page_is_the_world_s_fault(body: bytes) -> None:
    with pytest.raises(OmnitronUnavailable):
        shop(always(200, body)).find("N")


@pytest.mark.parametrize(
    "fault",
    [httpx.ReadTimeout, httpx.ConnectTimeout, httpx.ConnectError, httpx.RemoteProtocolError],
)
def test_transport_errors_name_their_kind_only(fault: type[httpx.TransportError]) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise fault("jeton gizli")

    with pytest.raises(OmnitronUnavailable) as raised:
        shop(fail).detail(27)
    assert "jeton" not in raised.value.message
    assert raised.value.__context__ is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0), ("Tue, 24 Nov 2026 00:00:30 GMT", 30.0), ("Tue, 24 Nov 2020 00:00:00 GMT", 0.0),
        ("soon", None), ("", None),
    ],
)  # fmt: skip
def test_retry_after_is_carried_along(value: str, seconds: float | None) -> None:
    midnight = 1795478400.0  # 2026-11-24T00:00:00Z
    own = shop(always(429, {}, **{"retry-after": value}), clock=lambda: midnight)
    with pytest.raises(OmnitronUnavailable) as raised:
        own.detail(27)
    assert raised.value.retry_after == seconds


def test_a_401_takes_a_fresh_token_once() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(200 if seen[-1] == "Token new" else 401, json={})

    shop(answer, tokens=Tokens("old", "new")).detail(27)
    assert seen == ["Token old", "Token new"]


def test_a_token_that_no_header_can_hold_is_said_without_it() -> None:
    with pytest.raises(Misconfigured) as raised:
        shop(always(), tokens=Tokens("şifre")).detail(27)
    assert "ş" not in raised.value.message


def test_a_body_without_end_is_cut_off() -> None:
    def drip() -> Any:
        while True:
            yield b"[" * 1024 * 1024

    with pytest.raises(OmnitronUnavailable, match=f"larger than {MAX_BODY} bytes"):
        shop(lambda _: httpx.Response(200, content=drip())).detail(27)


def compressed(body: bytes, *encodings: str) -> Answer:
    for _ in encodings:
        body = gzip.compress(body, mtime=0)
    named = {"content-encoding": ", ".join(encodings)}
    return lambda _: httpx.Response(200, headers=named, stream=httpx.ByteStream(body))


def test_a_compressed_body_is_read() -> None:
    body = json.dumps({"pk": 27, "text": "x" * 500_000}).encode()
    assert shop(compressed(body, "gzip")).detail(27) == body
    assert shop(compressed(b"{}", "gzip")).detail(27) == b"{}"


def test_only_gzip_is_asked_for() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=b"{}")

    shop(answer).detail(27)
    assert asked[0].headers["accept-encoding"] == "gzip"


def test_a_bomb_is_not_unpacked() -> None:
    """A hundred kilobytes of the wire that hold a hundred megabytes."""
    bomb = b"[" + b" " * 100 * 1024 * 1024 + b"]"
    answer = compressed(bomb, "gzip")
    del bomb
    tracemalloc.start()
    try:
        with pytest.raises(OmnitronUnavailable, match="larger than"):
            shop(answer).detail(27)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * MAX_BODY


@pytest.mark.parametrize("encodings", [("gzip", "gzip"), ("br",), ("deflate",), ("x",)])
def test_what_was_not_asked_for_is_not_unpacked(encodings: tuple[str, ...]) -> None:
    with pytest.raises(OmnitronUnavailable, match="encoding that was not asked for"):
        shop(compressed(b"{}", *encodings)).detail(27)


def test_half_a_compressed_body_is_none() -> None:
    half = gzip.compress(json.dumps({"pk": "x" * 1000}).encode())[:-9]
    named = {"content-encoding": "gzip"}
    with pytest.raises(OmnitronUnavailable, match="cut or is no gzip"):
        shop(lambda _: httpx.Response(200, headers=named, stream=httpx.ByteStream(half))).detail(27)


def test_the_pages_of_a_list_are_bounded_together() -> None:
    asked: list[int] = []
    page = json.dumps({"count": 900, "next": "x", "results": ["x" * (MAX_BODY // 2)]}).encode()

    def answer(_: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(200, content=page)

    with pytest.raises(OmnitronUnavailable, match=f"larger than {MOST_BYTES} bytes together"):
        shop(answer).items(27)
    assert len(asked) == MOST_BYTES // (MAX_BODY // 2)


def test_a_body_that_drips_is_cut_off_in_time() -> None:
    now = [0.0]

    def drip() -> Any:
        for _ in range(100):
            now[0] += 1
            yield b"["

    with pytest.raises(OmnitronUnavailable, match="too long"):
        shop(lambda _: httpx.Response(200, content=drip()), clock=lambda: now[0]).detail(27)
    assert now[0] < 10


def test_no_call_begins_after_the_deadline() -> None:
    own = shop(always(body={}), clock=lambda: 100.0)
    assert own.until(101.0).detail(27)
    with pytest.raises(OmnitronUnavailable) as raised:
        own.until(100.05).detail(27)
    assert raised.value.code == "OUT_OF_TIME"


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([], OrderNotFound),
        ([{"pk": 1, "number": "N"}, {"pk": 2, "number": "N"}], Rejected),
        ([{"pk": 1, "number": "N"}, {"pk": 2, "number": "M"}], Misconfigured),
        ([{"pk": 2, "number": "M"}], Misconfigured),
    ],
)
def test_a_number_must_find_exactly_its_order(
    rows: list[dict[str, Any]], error: type[AdapterError]
) -> None:
    for body in ({"count": len(rows), "results": rows}, rows):
        with pytest.raises(error) as raised:
            shop(always(body=body)).find("N")
        assert type(raised.value) is error


def test_numbers_that_are_numbers_are_texts() -> None:
    assert shop(always(body={"results": [{"pk": 1, "number": 42}]})).find("42") == 1


def test_the_client_verifies_follows_nothing_and_asks_no_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with open_client("https://shop.example.com", 3) as http:
        assert http.follow_redirects is False
        assert http.trust_env is False
        assert http.timeout == httpx.Timeout(3)
