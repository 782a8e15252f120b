"""Our notifications are what Akinon's own library would send."""

import json

from erp_console.whisperer import Announcement, headers

# Computed by the algorithm in PyPI dj-whisperer 0.5.3.
BODY = (
    '{"event": {"type": "order.constructed.example", "uuid": "da81e85139824c6187dd1e58a7d3f971"}, '
    '"payload": {"id": 61, "order_number": "248398923123", "city": "\\u0130stanbul"}}'
)
SIGNATURE = "sha256=0db03b2a2bf422a40c715b4ef0a34907ff89d735e1c0f1652769a672f916f325"


def test_the_signature_is_whisperers() -> None:
    assert headers("order.constructed.example", BODY.encode(), "secret") == {
        "Content-Type": "application/json",
        "X-Whisperer-Event": "order.constructed.example",
        "X-Whisperer-Signature": SIGNATURE,
    }


def test_the_envelope_is_whisperers() -> None:
    body = json.loads(Announcement(pk=27, number="A-1", event="order.created").body())
    assert body["event"]["type"] == "order.created"
    assert len(body["event"]["uuid"]) == 32
    assert body["payload"] == {"pk": 27, "number": "A-1"}
    assert json.loads(Announcement(number="A-1").body())["payload"] == {"number": "A-1"}


def test_a_repetition_keeps_its_uuid() -> None:
    first = Announcement(pk=27)
    assert Announcement(pk=27, uuid=first.uuid).body() == first.body()
    assert Announcement(pk=27).body() != first.body()
