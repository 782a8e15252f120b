"""Reading verified webhooks: what names an order, odd bodies, the queue."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from erp_adapter.errors import Malformed, Refused
from erp_adapter.notification import (
    Ignored,
    Notification,
    key_part,
    read_notification,
)
from erp_adapter.routes import EventRule
from hypothesis import given, settings
from hypothesis import strategies as st

UUID = "c9591f0d9be94f0aa6bf8bbf1e23ab1c"
NOW = 1_772_487_000
RULES = (
    EventRule(type="order.created", pk="payload.pk || data.pk", number="payload.number"),
    EventRule(type="order.updated", number="payload.number || data.number"),
    EventRule(type="package.created", pk="sum(payload.parts)", number="join('-', payload.names)"),
)


def envelope(payload: Any, kind: str = "order.created", **changes: Any) -> bytes:
    event = {"type": kind, "uuid": UUID}
    return json.dumps({"event": event, "payload": payload} | changes).encode()


def read(body: bytes, rules: Sequence[EventRule] = RULES) -> Notification:
    found = read_notification(body, rules, NOW)
    assert isinstance(found, Notification)
    return found


def refusal(body: bytes, rules: Sequence[EventRule] = RULES) -> Malformed:
    with pytest.raises(Malformed) as caught:
        read_notification(body, rules, NOW)
    # An error that has the parser's as its context carries the body along.
    assert caught.value.__context__ is None
    assert caught.value.status == 400
    return caught.value


# ------------------------------------------------------------------ what it says


@pytest.mark.parametrize("place", ["payload", "data"])
def test_a_notification_is_read_from_payload_or_data(place: str) -> None:
    body = json.dumps({"event": {"type": "order.created", "uuid": UUID}, place: {"pk": 27}})
    assert read(body.encode()) == Notification(
        uuid=UUID, event="order.created", pk=27, number=None, announced_at=NOW, source="webhook"
    )


@pytest.mark.parametrize(
    ("given", "pk"), [(27, 27), ("27", 27), ("0027", 27), (10**18 - 1, 10**18 - 1)]
)
def test_a_pk_is_a_whole_number(given: object, pk: int) -> None:
    assert read(envelope({"pk": given})).pk == pk


@pytest.mark.parametrize(
    "given",
    [
        0, -1, 27.0, 1e30, True, [27], {"pk": 27}, 10**18, "1" * 19, "-27", "+27", " 27",
        "2_7", "0x1b", "٢٧", "²", "27\n", "null",
    ],
)  # fmt: skip
def test_what_is_no_pk_is_malformed(given: object) -> None:
    assert "pk must be a whole number" in refusal(envelope({"pk": given, "number": "A1"})).message


def test_false_is_no_pk_and_an_empty_text_is_none() -> None:
    rules = [EventRule(type="order.created", pk="payload.pk", number="payload.number")]
    assert "pk must be a whole number" in refusal(envelope({"pk": False}), rules).message
    assert read(envelope({"pk": "", "number": "A1"}), rules).pk is None


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_pk_leaves_it_to_the_number(empty: object) -> None:
    found = read(envelope({"pk": empty, "number": "A1"}))
    assert (found.pk, found.number) == (None, "A1")


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("bf7b66149236455", "bf7b66149236455"),
        ("SİPARİŞ 2026/7", "SİPARİŞ 2026/7"),
        ("007", "007"),
        (7, "7"),
        (0, "0"),
        (10**128 - 1, "9" * 128),
        ("Ş" * 128, "Ş" * 128),
        ("😀", "😀"),
    ],
)
def test_a_number_is_a_text(given: object, number: str) -> None:
    assert read(envelope({"number": given}, kind="order.updated")).number == number


@pytest.mark.parametrize(
    "given",
    [
        "A\x00", "A\n", "A\tB", "\x1b[31m", "\ud800", "\u202eA", "\ufffe", " ", "\u2028", "x" * 129,
        -7, 7.5, True, ["A1"], {"value": "A1"}, 10**128,
    ],
)  # fmt: skip
def test_what_is_no_number_is_malformed(given: object) -> None:
    body = envelope({"number": given}, kind="order.updated")
    assert "number must be a printable text" in refusal(body).message


def test_a_key_that_stands_twice_counts_with_its_last_value() -> None:
    body = envelope({"pk": 27}).replace(b'"pk"', b'"pk": 26, "pk"')
    assert read(body).pk == 27


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b'"text"', b"7", b"{", b"{'a': 1}", b"\xff\xfe", b"<order/>",
        b'{"event": NaN}', b'{"event": -Infinity}', b'{"a": %s}' % (b"9" * 5000),
        b"[" * 200_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"event": "\xff"}',
    ],
    ids=range(15),
)  # fmt: skip
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    assert "not a JSON object" in refusal(body).message


@pytest.mark.parametrize("event", [None, "order.created", [], {}, {"type": 7}, {"type": None}])
def test_an_envelope_without_a_type_is_malformed(event: object) -> None:
    assert "event.type" in refusal(json.dumps({"event": event}).encode()).message


@pytest.mark.parametrize("kind", ["order.deleted", "", "ORDER.CREATED", "\ud800", "x" * 1000])
def test_an_unknown_event_type_is_ignored_with_a_reason(kind: str) -> None:
    found = read_notification(envelope({"pk": 27}, kind), RULES, NOW)
    assert isinstance(found, Ignored)
    assert "routes.toml" in found.reason


@pytest.mark.parametrize(
    "uuid", [None, 7, "", "short", "x" * 65, f"{UUID}\n", "a b c d e f", "ü" * 9]
)
def test_a_uuid_is_what_the_queue_can_hold(uuid: object) -> None:
    body = json.dumps({"event": {"type": "order.created", "uuid": uuid}, "payload": {"pk": 27}})
    assert "event.uuid" in refusal(body.encode()).message


@pytest.mark.parametrize("payload", [{}, {"pk": None}, {"pk": "", "number": ""}, None, [], 7, "x"])
def test_a_notification_that_names_no_order_is_malformed(payload: object) -> None:
    assert "Neither the order's pk nor its number" in refusal(envelope(payload)).message


@pytest.mark.parametrize(
    "payload",
    [
        {"parts": ["a"], "names": ["x"]},
        {"parts": "a"},
        {"parts": None},
        {"parts": [1], "names": [1]},
        {},
        None,
    ],
)
def test_a_function_that_meets_another_type_is_malformed(payload: object) -> None:
    assert "does not fit" in refusal(envelope(payload, "package.created")).message


@pytest.mark.parametrize("given", ["1e999", "-1e999"])
def test_a_function_that_overflows_is_malformed(given: str) -> None:
    rules = [EventRule(type="order.created", pk="ceil(payload.pk)")]
    body = envelope({"pk": "HERE"}).replace(b'"HERE"', given.encode())
    assert "does not fit" in refusal(body, rules).message


def test_a_number_that_python_does_not_write_is_malformed() -> None:
    """What it reads, 4300 digits, it also writes; a sum may be longer."""
    rules = [EventRule(type="order.created", number="sum(payload.parts)")]
    body = envelope({"parts": ["HERE", "HERE"]}).replace(b'"HERE"', b"9" * 4300)
    assert "number must be a printable text" in refusal(body, rules).message


def test_a_function_that_python_itself_refuses_is_malformed() -> None:
    rules = [EventRule(type="order.created", pk="contains(payload.a, payload.b)")]
    assert "does not fit" in refusal(envelope({"a": "x", "b": 1}), rules).message


def test_a_function_that_goes_too_deep_is_malformed() -> None:
    """Whatever the depth at which the parser still follows and the function does not."""
    rules = [EventRule(type="order.created", number="to_string(payload)")]
    for depth in range(800, 1000):
        nested = b'{"a":' * depth + b"1" + b"}" * depth
        refusal(envelope("HERE").replace(b'"HERE"', nested), rules)


def test_a_function_can_make_the_number() -> None:
    found = read(envelope({"parts": [20, 7], "names": ["A", "1"]}, "package.created"))
    assert (found.pk, found.number) == (27, "A-1")


def test_a_refusal_does_not_repeat_the_body() -> None:
    canary = "kanarya-5521"
    for body in (
        envelope({"pk": canary}),
        envelope({"number": f"{canary}\n"}),
        envelope({"parts": canary}, "package.created"),
        canary.encode(),
        json.dumps({"event": {"type": "order.created", "uuid": canary + "!"}}).encode(),
        json.dumps({"event": {"type": 7, canary: canary}}).encode(),
    ):
        assert canary not in str(refusal(body))


# ------------------------------------------------------------------ anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FIELD = JSON | st.sampled_from(["27", 27, "A1", UUID, "order.created", "package.created"])
ENVELOPE = st.fixed_dictionaries(
    {"event": st.fixed_dictionaries({"type": FIELD, "uuid": FIELD}) | JSON},
    optional={
        name: st.dictionaries(st.sampled_from(["pk", "number", "parts", "names"]), FIELD) | JSON
        for name in ("payload", "data")
    },
)
BODIES = st.binary() | ENVELOPE.map(lambda document: json.dumps(document).encode())


@settings(deadline=None)
@given(BODIES)
def test_any_signed_bytes_are_a_notification_or_ignored_or_refused(body: bytes) -> None:
    found = refused_or(lambda: read_notification(body, RULES, NOW))
    if isinstance(found, Refused):
        assert (found.status, found.__context__) == (400, None)
    elif isinstance(found, Notification):
        assert Notification.from_json(found.to_json()) == found
    else:
        assert isinstance(found, Ignored)


T = TypeVar("T")


def refused_or(call: Callable[[], T]) -> T | Refused:
    """What the call gives, or how it refuses; whatever else it raises fails the test."""
    try:
        return call()
    except Refused as refused:
        return refused


# ------------------------------------------------------------------ on the queue

SQS_ID = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}\Z")
"""API reference, SendMessage: MessageGroupId and MessageDeduplicationId."""
PLAIN = Notification(uuid=UUID, event="order.created", pk=27, number="A1", announced_at=NOW)
FIELDS: dict[str, Any] = json.loads(PLAIN.to_json())


@pytest.mark.parametrize(
    "sent",
    [
        PLAIN,
        replace(PLAIN, pk=None, number="SİPARİŞ 7"),
        replace(PLAIN, number=None),
        replace(PLAIN, uuid="run-2026:27", source="reconcile"),
        replace(PLAIN, source="redrive"),
        replace(PLAIN, source="resend"),
    ],
)
def test_a_message_comes_back_as_it_went(sent: Notification) -> None:
    message = sent.to_json()
    assert Notification.from_json(message) == sent
    assert message.isascii()


def test_a_message_without_a_source_is_a_webhooks() -> None:
    del (fields := dict(FIELDS))["source"]
    assert Notification.from_json(json.dumps(fields)) == PLAIN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uuid", None), ("uuid", 7), ("uuid", ""), ("uuid", "x" * 129), ("uuid", "a b"),
        ("uuid", "ğ"), ("uuid", "a\n"),
        ("event", None), ("event", 7), ("event", ["order.created"]),
        ("pk", "27"), ("pk", 27.0), ("pk", True), ("pk", 0), ("pk", -1), ("pk", 10**18),
        ("pk", [27]),
        ("number", 7), ("number", ""), ("number", "A\n"), ("number", "x" * 129), ("number", ["A1"]),
        ("announced_at", None), ("announced_at", "now"), ("announced_at", 1.5),
        ("announced_at", True),
        ("source", None), ("source", "stranger"), ("source", ["webhook"]), ("source", {}),
        ("surprise", 1),
    ],
)  # fmt: skip
def test_a_message_with_a_foreign_field_is_malformed(field: str, value: object) -> None:
    with pytest.raises(Malformed) as caught:
        Notification.from_json(json.dumps(FIELDS | {field: value}))
    assert caught.value.__context__ is None


@pytest.mark.parametrize("field", ["uuid", "event", "pk", "number", "announced_at"])
def test_a_message_without_a_field_is_malformed(field: str) -> None:
    with pytest.raises(Malformed):
        Notification.from_json(json.dumps({k: v for k, v in FIELDS.items() if k != field}))


def test_a_message_that_names_no_order_is_malformed() -> None:
    with pytest.raises(Malformed):
        Notification.from_json(json.dumps(FIELDS | {"pk": None, "number": None}))


@pytest.mark.parametrize("text", ["", "null", "[]", "7", "{", "{}", "[" * 100_000, "\ud800", '"x"'])
def test_what_is_no_message_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        Notification.from_json(text)


NUMBERS = st.text(min_size=1, max_size=128).filter(lambda t: t.isprintable() and not t.isspace())


@settings(deadline=None)
@given(pk=st.none() | st.integers(1, 10**18 - 1), number=NUMBERS)
def test_group_and_deduplication_id_are_what_sqs_takes(pk: int | None, number: str) -> None:
    sent = replace(PLAIN, pk=pk, number=number)
    assert SQS_ID.match(sent.order)
    assert SQS_ID.match(sent.uuid)
    assert Notification.from_json(sent.to_json()) == sent


def test_the_group_is_the_pk_and_only_without_it_the_number() -> None:
    assert PLAIN.order == "27"
    assert replace(PLAIN, number="B2").order == "27"
    assert replace(PLAIN, pk=None).order == "number:A1"
    # The number 27 of one order is not the pk 27 of another.
    assert replace(PLAIN, pk=None, number="27").order != "27"


def test_what_is_not_plain_is_a_digest_in_keys() -> None:
    assert key_part("TY-100.2_b") == "TY-100.2_b"
    odd = ["a b", "a/b", "ğ", "x" * 101, "", "a\n", "../a", "\ud800"]
    digests = {key_part(text) for text in odd}
    assert len(digests) == len(odd)
    assert all(re.fullmatch(r"sha256-[0-9a-f]{32}", digest) for digest in digests)


# ------------------------------------------------------------------ what it costs to start


def test_the_webhooks_modules_start_without_what_only_a_delivery_needs() -> None:
    """In a process of its own: this one has imported everything."""
    heavy = ("boto3", "httpx", "pydantic", "lxml", "profiles")
    program = (
        "import sys\n"
        "import erp_adapter.notification, erp_adapter.routes, erp_adapter.settings\n"
        "light = set(sys.modules)\n"
        "import erp_adapter.secrets\n"
        f"print([n for n in {heavy!r} + ('botocore',) if n in light])\n"
        f"print([n for n in {heavy!r} if n in sys.modules])\n"
        f"import pydantic; print([n for n in {heavy!r} if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["[]", "[]", "['pydantic']"]
