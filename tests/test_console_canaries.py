"""The search for what must not travel finds it where it is, and can fail."""

import html
import json
from pathlib import Path
from typing import Any

import pytest
from erp_console.canaries import Canary, canaries, sightings

ORDERS = Path(__file__).parent.parent / "events" / "orders"


@pytest.fixture
def order() -> Any:
    return json.loads((ORDERS / "27.order.json").read_bytes())


def test_the_sample_holds_what_the_documentation_published(order: Any) -> None:
    found = {bird.value: bird for bird in canaries(order)}
    for secret in ("Password123!", "ISBANK07", "AILeoZiTaWGHEIHSvfdaaURqFBEWgbhdNrlxShtu"):
        assert found[secret].kind == "secret"
    assert found["test@test.com"].kind == "personal"
    assert found["ISBANK07"].path == "transaction_set[0].pos.config.auth.password"
    assert "http://www.madamecoco.com" not in found, "sales_url is public"
    assert "TEST" not in found, "too short to mean anything"


@pytest.mark.parametrize(
    "escape", [str, json.dumps, html.escape, lambda v: json.dumps(v, ensure_ascii=False)]
)
def test_a_leak_is_seen_however_it_is_escaped(escape: Any) -> None:
    bird = Canary("notes", "personal", 'Iğdır "5" <kat> & zil')
    assert sightings([bird], ["harmless", f"log: {escape(bird.value)}!"]) == [bird]
    assert sightings([bird], ["harmless"]) == []


def test_what_a_bank_wrote_is_searched_for_piece_by_piece(order: Any) -> None:
    trace = order["transaction_set"][0]["raw_response"]
    seen = sightings(canaries(order), ["terminal 00556600 answered"])
    assert [bird.path for bird in seen] == ["transaction_set[0].raw_response/TERMINALID"]
    assert len(sightings(canaries(order), [trace])) >= 4
