"""Who sent a webhook: every scheme with its sender's own words, and everything that is no proof."""

import base64
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
import requests
from erp_adapter.errors import Unverified
from erp_adapter.routes_webhook import read_webhook
from erp_adapter.verification import (
    MAX_HEADER,
    TOLERANCE,
    Proof,
    Scheme,
    check_source,
    header,
    verify,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from senders import BY_NAME, SENDERS, USER, Sender, mac

ROOT = Path(__file__).parent.parent
LIVE = {"primary": "birinci-sir-4471", "next": "ikinci-sir-9983"}
NOW = 1_772_487_000.7
BODY = b'{"event": {"type": "order.created", "uuid": "12345678"}, "payload": {"pk": 27}}'
each_sender = pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.name)


def proof_of(sender: Sender) -> Proof:
    return read_webhook(sender.table, "[webhook]")


def fits(
    sender: Sender, headers: Mapping[str, Any], body: bytes = BODY, *, now: float = NOW,
    live: Mapping[str, str] = LIVE,
) -> str | None:  # fmt: skip
    """The secret that fits; None where the proof is refused."""
    said = None
    try:
        found = verify(proof_of(sender), headers, body, live, now)
    except Unverified as refused:
        said = (refused.message, refused.__context__)
    else:
        assert found in live
        return found
    # An error that has another as its context carries what was sent along.
    assert said == ("Nothing that was sent fits a live secret.", None)
    return None


# ------------------------------------------------------------------ what the senders say


def sent_by_whisperer(**how: Any) -> tuple[dict[str, str], bytes]:
    """What dj-whisperer's own client puts on the wire."""
    from django.conf import settings as django_settings

    if not django_settings.configured:
        django_settings.configure()
    from whisperer.client import WebhookClient

    caught: list[requests.PreparedRequest] = []

    def send(self: Any, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        caught.append(request)
        answer = requests.Response()
        answer.status_code = 202
        return answer

    payload = {"event": {"type": "order.updated", "uuid": "c" * 32}, "payload": {"city": "İzmir"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", send)
        client = WebhookClient("order.updated", payload)
        client.send_payload("https://adapter.example.com/webhook", payload, **how)
    [request] = caught
    body = request.body
    return dict(request.headers), body.encode() if isinstance(body, str) else bytes(body or b"")


@pytest.mark.parametrize("name", LIVE)
def test_akinon_s_own_client_passes_in_each_of_its_ways(name: str) -> None:
    secret = LIVE[name]
    auth = {"auth_type": "basic", "username": USER, "password": secret}
    for scheme, how in {
        "whisperer": {"secret_key": secret},
        "basic": {"auth_config": auth},
        "token": {"additional_headers": {"X-Adapter-Key": secret}},
    }.items():
        headers, body = sent_by_whisperer(**how)
        assert fits(BY_NAME[scheme], headers, body) == name
        assert fits(BY_NAME[scheme], headers, body, live={"other": "baska"}) is None


def test_a_secret_but_no_signature_and_a_signature_but_no_secret_are_refused() -> None:
    unsigned, body = sent_by_whisperer()
    assert fits(BY_NAME["whisperer"], unsigned, body) is None
    signed, body = sent_by_whisperer(secret_key=LIVE["primary"])
    assert fits(BY_NAME["whisperer"], signed, body, live={}) is None


def test_the_vendor_s_own_signature_fits() -> None:
    """Computed by the algorithm of PyPI dj-whisperer 0.5.3 (client.py)."""
    body = (
        '{"event": {"type": "order.constructed.example", "uuid": '
        '"da81e85139824c6187dd1e58a7d3f971"}, "payload": {"id": 61, "order_number": '
        '"248398923123", "city": "\\u0130stanbul"}}'
    )
    signature = "sha256=0db03b2a2bf422a40c715b4ef0a34907ff89d735e1c0f1652769a672f916f325"
    headers, live = {"X-Whisperer-Signature": signature}, {"a": "secret"}
    assert fits(BY_NAME["whisperer"], headers, body.encode(), live=live) == "a"
    assert fits(BY_NAME["whisperer"], headers, body.encode() + b" ", live=live) is None
    again = json.dumps(json.loads(body), ensure_ascii=False).encode()
    assert fits(BY_NAME["whisperer"], headers, again, live=live) is None


def test_github_s_published_example_fits() -> None:
    """GitHub docs, "Validating webhook deliveries", "Testing the webhook payload validation"."""
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    live = {"docs": "It's a Secret to Everybody"}
    headers = {"x-hub-signature-256": signature}
    assert fits(BY_NAME["github"], headers, b"Hello, World!", live=live) == "docs"


def test_the_examples_of_the_docs_are_these_senders() -> None:
    said = (ROOT / "docs" / "routes.md").read_text("utf-8")
    examples = map(tomllib.loads, re.findall(r"```toml\n(.*?)```", said, re.S))
    tables = [example["webhook"] for example in examples if "webhook" in example]
    documented = [read_webhook(table | {"sources": ["::"]}, "[webhook]") for table in tables]
    for name in ("token", "basic", "github", "shopify", "stripe"):
        assert replace(proof_of(BY_NAME[name]), sources=documented[0].sources) in documented
    assert len(documented) == 5


def test_no_scheme_is_without_a_sender_here() -> None:
    assert {proof_of(sender).scheme for sender in SENDERS} == {*get_args(Scheme)}


@each_sender
@pytest.mark.parametrize("name", LIVE)
def test_every_live_secret_fits_and_is_named(sender: Sender, name: str) -> None:
    assert fits(sender, sender.prove(LIVE[name], BODY, NOW)) == name


@each_sender
def test_a_secret_that_was_taken_away_does_not_fit(sender: Sender) -> None:
    proved = sender.prove(LIVE["primary"], BODY, NOW)
    assert fits(sender, proved, live={"next": LIVE["next"]}) is None
    assert fits(sender, proved, live={}) is None


@each_sender
def test_an_empty_secret_fits_nothing(sender: Sender) -> None:
    assert fits(sender, sender.prove("", BODY, NOW), live={"empty": ""}) is None
    assert fits(sender, sender.prove("a", BODY, NOW), live={"empty": "", "a": "a"}) == "a"


@each_sender
def test_another_body_fits_only_where_nothing_is_signed(sender: Sender) -> None:
    found = fits(sender, sender.prove(LIVE["primary"], BODY, NOW), BODY + b" ")
    assert found == (None if sender.signs else "primary")


@each_sender
def test_a_secret_may_hold_any_letters(sender: Sender) -> None:
    live = {"a": "gizli-şifre-ığ"}
    assert fits(sender, sender.prove(live["a"], BODY, NOW), live=live) == "a"


@each_sender
def test_the_proof_of_one_scheme_is_none_in_another(sender: Sender) -> None:
    for other in SENDERS:
        if other.name != sender.name:
            proved = other.prove(LIVE["primary"], BODY, NOW)
            assert fits(sender, proved) is None, other.name
            # Nor under the header that this one reads.
            [value], [name] = proved.values(), sender.prove("x", BODY, NOW)
            same = {sender.name, other.name} == {"whisperer", "github"}
            assert fits(sender, {name: value}) == ("primary" if same else None), other.name


GARBLED: dict[str, Callable[[str], Any]] = {
    "upper case": str.upper,
    "a space after it": lambda good: good + " ",
    "a letter less": lambda good: good[:-1],
    "a letter more": lambda good: good + "0",
    "twice": lambda good: f"{good},{good}",
    "another digest": lambda good: good.replace("sha256", "sha1"),
    "no prefix": lambda good: good.split("=", 1)[-1].split(" ")[-1][1:],
    "half": lambda good: good[: len(good) // 2],
    "nothing": lambda _: "",
    "letters": lambda _: "ığüşöç",
    "lone surrogates": lambda _: "\ud800\udfff",
    "controls": lambda _: "\x00\r\n",
    "none": lambda _: None,
    "a number": lambda _: 27,
    "a list": lambda good: [good],
    "too long": lambda good: good + "," * MAX_HEADER,
}


@each_sender
@pytest.mark.parametrize("how", GARBLED)
def test_a_garbled_proof_is_unverified(sender: Sender, how: str) -> None:
    [(name, good)] = sender.prove(LIVE["primary"], BODY, NOW).items()
    garbled = GARBLED[how](good)
    # Stripe's header is a list: what is no part of it is nobody's business.
    whole = sender.name == "stripe" and how in ("a letter more", "another digest")
    whole |= sender.name == "stripe" and how in ("a letter less", "a space after it")
    whole |= garbled == good
    assert fits(sender, {name: garbled}) == ("primary" if whole else None)


@pytest.mark.parametrize(("letters", "name"), [(4096, "long"), (4097, None)])
def test_a_header_has_its_longest(letters: int, name: str | None) -> None:
    live = {"long": "x" * letters}
    assert (
        fits(BY_NAME["token"], BY_NAME["token"].prove(live["long"], BODY, NOW), live=live) == name
    )


@each_sender
@pytest.mark.parametrize("headers", [{}, None, [], "text", {7: "x"}, {"x": None}])
def test_headers_that_are_none_prove_nothing(sender: Sender, headers: Any) -> None:
    assert fits(sender, headers) is None


def test_headers_are_found_whatever_their_case() -> None:
    assert header({"x-a": "1", "X-WHISPERER-Signature": "2"}, "x-whisperer-signature") == "2"
    assert header({"x-a": "1"}, "x-whisperer-signature") is None


# ------------------------------------------------------------------ Stripe's moment


@pytest.mark.parametrize("away", [0, TOLERANCE - 1, 1 - TOLERANCE])
def test_a_moment_within_the_tolerance_passes(away: int) -> None:
    sender = BY_NAME["stripe"]
    assert fits(sender, sender.prove(LIVE["next"], BODY, NOW + away)) == "next"


def test_the_last_second_of_the_tolerance_is_one_of_it() -> None:
    sender, now = BY_NAME["stripe"], float(int(NOW))
    assert fits(sender, sender.prove(LIVE["next"], BODY, now - TOLERANCE), now=now) == "next"


@pytest.mark.parametrize("away", [TOLERANCE + 1, -TOLERANCE - 1, 86400, -86400])
def test_an_old_proof_is_none_and_one_of_the_future_neither(away: int) -> None:
    sender = BY_NAME["stripe"]
    assert fits(sender, sender.prove(LIVE["next"], BODY, NOW + away)) is None


def test_the_tolerance_is_routes_toml_s() -> None:
    strict = Sender("strict", BY_NAME["stripe"].table | {"tolerance": 10}, BY_NAME["stripe"].prove)
    assert fits(strict, strict.prove(LIVE["next"], BODY, NOW - 9)) == "next"
    assert fits(strict, strict.prove(LIVE["next"], BODY, NOW - 12)) is None


def stripe(moment: str, *signatures: str) -> dict[str, str]:
    return {"stripe-signature": ",".join([f"t={moment}", *signatures])}


def signed_at(moment: str, secret: str = LIVE["primary"]) -> str:
    return "v1=" + mac(secret, moment.encode() + b"." + BODY).hexdigest()


def test_stripe_signs_with_both_secrets_while_it_rolls_them() -> None:
    moment = str(int(NOW))
    both = stripe(moment, signed_at(moment, "unknown"), signed_at(moment))
    assert fits(BY_NAME["stripe"], both) == "primary"


@pytest.mark.parametrize(
    "moment", ["", "-1", "+1", "1e9", " 1", "0x7", "٣", "1" * 13, "nan", "1772487000.0", "t=1"]
)
def test_a_moment_that_is_none_is_refused(moment: str) -> None:
    assert fits(BY_NAME["stripe"], stripe(moment, signed_at(moment))) is None


def test_there_is_one_moment_and_it_is_signed() -> None:
    moment, later = str(int(NOW)), str(int(NOW) + 1)
    good = stripe(moment, signed_at(moment))
    assert fits(BY_NAME["stripe"], good) == "primary"
    assert fits(BY_NAME["stripe"], stripe(moment, f"t={later}", signed_at(moment))) is None
    assert fits(BY_NAME["stripe"], stripe(later, signed_at(moment))) is None
    assert fits(BY_NAME["stripe"], {"stripe-signature": signed_at(moment)}) is None
    assert fits(BY_NAME["stripe"], stripe(moment)) is None


# ------------------------------------------------------------------ Basic


@pytest.mark.parametrize(
    "given",
    [
        "Basic", "Basic ", "Basic %%%", "Basic b21uaXRyb24=", "Bearer x", "basic\u00a0x",
        "Basic " + base64.b64encode(b"someone:birinci-sir-4471").decode(),
        "Basic " + base64.b64encode(b"omnitron:").decode(),
        "Basic " + base64.b64encode(b"omnitron:birinci-sir-4471:").decode(),
        "Basic " + base64.b64encode(b"birinci-sir-4471").decode(),
    ],
)  # fmt: skip
def test_basic_wants_its_user_and_the_whole_password(given: str) -> None:
    assert fits(BY_NAME["basic"], {"authorization": given}) is None


@pytest.mark.parametrize("word", ["Basic", "basic", "BASIC"])
def test_basic_s_word_has_no_case(word: str) -> None:
    encoded = base64.b64encode(b"omnitron:birinci-sir-4471").decode()
    assert fits(BY_NAME["basic"], {"authorization": f"{word} {encoded}"}) == "primary"


# ------------------------------------------------------------------ addresses


def test_whoever_sends_is_fine_where_no_address_is_named() -> None:
    check_source(Proof(), None)
    check_source(Proof(), "anything")


@pytest.mark.parametrize("address", ["192.0.2.7", "198.51.100.1", "198.51.100.255", "2001:db8::1"])
def test_a_named_address_may_send(address: str) -> None:
    sources = ["192.0.2.7", "198.51.100.0/24", "2001:db8::/32"]
    check_source(read_webhook({"sources": sources}, "[webhook]"), address)


@pytest.mark.parametrize(
    "address",
    ["192.0.2.8", "2001:db9::1", "", None, "192.0.2.7, 10.0.0.1", "::ffff:192.0.2.7", "x"],
)
def test_another_address_is_unverified(address: str | None) -> None:
    with pytest.raises(Unverified) as caught:
        check_source(read_webhook({"sources": ["192.0.2.7"]}, "[webhook]"), address)
    assert caught.value.__context__ is None


# ------------------------------------------------------------------ anything at all

TEXTS = st.text() | st.text(st.characters(categories=["Cs", "Cc", "Nd"]))


@each_sender
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_proof_that_is_not_ours_is_unverified(sender: Sender, data: st.DataObject) -> None:
    [name] = sender.prove("x", BODY, NOW)
    headers = data.draw(st.dictionaries(st.sampled_from([name, name.upper(), name.lower()]), TEXTS))
    assert fits(sender, headers, data.draw(st.binary())) is None
