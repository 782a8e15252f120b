"""The webhook's way in, through its handler: who may send, what is answered, what is queued."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from erp_adapter import deployment
from erp_adapter.notification import Notification
from erp_adapter.request import MAX_BODY
from erp_console import whisperer
from senders import BY_NAME, SENDERS, Sender
from world import SECRET, STACK, World

PK = 1001
BODY = whisperer.Announcement(pk=PK, uuid="0" * 32).body()


def signed(body: bytes = BODY, secret: str = SECRET) -> dict[str, str]:
    return whisperer.headers("order.updated", body, secret)


def queued(world: World) -> list[Notification]:
    messages = world.received(world.input_queue)
    return [Notification.from_json(message["Body"]) for message in messages]


def test_a_signed_webhook_is_queued(world: World) -> None:
    answer = world.post(BODY, signed())
    assert answer["statusCode"] == 202
    assert json.loads(answer["body"]) == {"status": "queued", "uuid": "0" * 32}
    [notification] = queued(world)
    assert (notification.pk, notification.event) == (PK, "order.updated")
    [message] = world.received(world.input_queue)
    assert message["Attributes"]["MessageGroupId"] == str(PK)
    assert message["Attributes"]["MessageDeduplicationId"] == "0" * 32


def test_api_gateway_s_base64_is_undone_before_the_signature_is_checked(world: World) -> None:
    body = base64.b64encode(BODY)
    assert world.post(body, signed(), isBase64Encoded=True)["statusCode"] == 202
    assert world.post(b"%%%", signed(), isBase64Encoded=True)["statusCode"] == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(secret="another"),
        signed(body=b"another"),
        {"X-Whisperer-Signature": ""},
        {"X-Whisperer-Signature": "sha256="},
        {"X-Whisperer-Signature": "sha256=zz"},
        {"X-Whisperer-Signature": "sha1=" + "0" * 64},
        {"X-Whisperer-Signature": "ş\udcff"},
        {"X-Whisperer-Signature": signed()["X-Whisperer-Signature"].upper()},
    ],
)
def test_no_garbled_or_wrong_signature_comes_in(world: World, headers: dict[str, str]) -> None:
    answer = world.post(BODY, headers)
    assert answer["statusCode"] == 401
    assert json.loads(answer["body"]) == {"message": "Unauthorized"}
    assert queued(world) == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"nonsense", b"[]", b"3", b"{}", b'{"event": 3}', b'{"event": {"type": 1}}',
        b'{"event": {"type": "order.updated"}, "payload": {"pk": 1}}',
        b'{"event": {"type": "order.updated", "uuid": "12345678"}}',
        b'{"event": {"type": "order.updated", "uuid": "12345678"}, "payload": {"pk": "1e9"}}',
        b'{"event": {"type": "order.updated", "uuid": "12345678"}, "payload": {"pk": -1}}',
        b'{"event": {"type": "order.updated", "uuid": "12345678"}, "payload": {"pk": [1]}}',
        b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}",
    ],
)  # fmt: skip
def test_what_is_verified_but_no_notification_is_400(world: World, body: bytes) -> None:
    answer = world.post(body, signed(body))
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["message"]
    assert queued(world) == []


@pytest.mark.parametrize("size", [MAX_BODY + 1, 6 * 1024 * 1024])
def test_an_oversized_body_is_413(world: World, size: int) -> None:
    body = b'{"a": "' + b"x" * (size - 9) + b'"}'
    assert world.post(body, signed(body))["statusCode"] == 413
    assert queued(world) == []


def test_an_unknown_event_is_ignored_with_a_reason(world: World) -> None:
    answer = world.announce(PK, event="package.created")
    assert answer["statusCode"] == 200
    said = json.loads(answer["body"])
    assert said["status"] == "ignored"
    assert said["reason"]
    assert queued(world) == []


@pytest.mark.parametrize("envelope", ["payload", "data"])
@pytest.mark.parametrize("key", ["pk", "number"])
def test_payload_or_data_pk_or_number(world: World, envelope: str, key: str) -> None:
    value = {"pk": PK, "number": "N-1"}[key]
    event = {"type": "order.created", "uuid": "1" * 32}
    body = json.dumps({"event": event, envelope: {key: value}}).encode()
    assert world.post(body, signed(body))["statusCode"] == 202
    [notification] = queued(world)
    assert getattr(notification, key) == value


def put_secret(world: World, name: str, value: str) -> None:
    world.client("ssm").put_parameter(
        Name=f"/{STACK}/webhook-secrets/{name}", Value=value, Type="SecureString", Overwrite=True
    )


def test_every_secret_below_the_path_is_live(world: World) -> None:
    put_secret(world, "next", "yeni-sir-5512")
    for secret in (SECRET, "yeni-sir-5512"):
        assert world.post(BODY, signed(secret=secret))["statusCode"] == 202


def test_the_log_names_the_secret_that_fitted(world: World) -> None:
    put_secret(world, "next", "yeni-sir-5512")
    world.post(BODY, signed(secret="yeni-sir-5512"))
    world.announce(PK)
    world.announce(PK, event="package.created")
    assert [line["secret"] for line in world.lines("announced")] == ["next", "primary"]
    assert [line["secret"] for line in world.lines("ignored")] == ["primary"]


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.name)
def test_routes_toml_says_how_a_sender_proves_itself(
    make_world: Callable[..., World], sender: Sender
) -> None:
    world = make_world(change=lambda tables: tables.update(webhook=sender.table))
    assert world.post(BODY, sender.prove(SECRET, BODY, time.time()))["statusCode"] == 202
    assert world.post(BODY, sender.prove("another", BODY, time.time()))["statusCode"] == 401
    other = {"whisperer": "token", "github": "token"}.get(sender.name, "whisperer")
    proved = BY_NAME[other].prove(SECRET, BODY, time.time())
    assert world.post(BODY, proved)["statusCode"] == 401
    world.client("ssm").delete_parameter(Name=f"/{STACK}/webhook-secrets/primary")
    deployment.secrets.cache_clear()
    assert world.post(BODY, sender.prove(SECRET, BODY, time.time()))["statusCode"] == 503


def test_an_address_that_may_not_send_is_refused_before_anything_is_read(
    make_world: Callable[..., World],
) -> None:
    world = make_world(change=lambda t: t.update(webhook={"sources": ["192.0.2.0/24"]}))
    for address, status in (("192.0.2.7", 202), ("198.51.100.7", 401), (None, 401)):
        context = {"http": {"sourceIp": address}}
        assert world.post(BODY, signed(), requestContext=context)["statusCode"] == status


def test_no_secret_is_503_and_never_accepted(world: World) -> None:
    world.client("ssm").delete_parameter(Name=f"/{STACK}/webhook-secrets/primary")
    answer = world.post(BODY, signed())
    assert answer["statusCode"] == 503
    assert queued(world) == []


def test_an_empty_secret_is_none(world: World) -> None:
    put_secret(world, "primary", " ")
    assert world.post(BODY, signed(secret=" "))["statusCode"] == 503


@pytest.mark.parametrize("service", ["ssm", "sqs"])
def test_aws_down_is_503(world: World, service: str) -> None:
    def fail(**_: Any) -> None:
        from botocore.exceptions import EndpointConnectionError

        raise EndpointConnectionError(endpoint_url="x")

    world.on(service, f"before-call.{service}", fail)
    assert world.post(BODY, signed())["statusCode"] == 503


def test_broken_settings_are_503_even_where_the_sender_is_wrong(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counting the refusal needs the settings: it must not end without an answer of ours."""
    monkeypatch.setenv("PROCESSING_MODE", "never")
    world.restart()
    body = b"x" * (MAX_BODY + 1)
    assert world.post(body, signed(body))["statusCode"] == 503


def test_the_webhook_function_starts_without_what_it_does_not_need() -> None:
    code = (
        "import sys, webhook; print([m for m in ('httpx', 'pydantic', 'lxml', "
        "'erp_adapter.order', 'erp_adapter.profile', 'erp_adapter.delivery', 'boto3') "
        "if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert said.stdout.strip() == "[]"


# ------------------------------------------------------------------------ inline


@pytest.fixture
def inline(make_world: Callable[..., World]) -> World:
    return make_world(PROCESSING_MODE="inline", OMNITRON_TIMEOUT="1")


def test_inline_answers_with_the_document_s_place(inline: World) -> None:
    inline.new_order(PK)
    answer = inline.announce(PK)
    assert answer["statusCode"] == 200
    [route] = json.loads(answer["body"])["routes"]
    assert route == {
        "route": "ubl", "state": "delivered", "document": f"documents/ubl/T{PK}-{PK}.xml",
        "written_at": inline.entry(PK).written_at,
    }  # fmt: skip
    assert route["document"] in inline.documents()
    assert inline.is_send(PK)
    assert queued(inline) == []


def test_inline_says_what_was_rejected(inline: World) -> None:
    inline.new_order(PK, amount="1.00")
    answer = inline.announce(PK)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["routes"][0]["code"] == "TOTALS_MISMATCH"


def test_inline_queues_while_the_shop_is_down(inline: World) -> None:
    inline.new_order(PK)
    inline.omnitron.stop()
    assert inline.announce(PK)["statusCode"] == 202
    assert [n.pk for n in queued(inline)] == [PK]


def test_inline_queues_while_the_shop_is_slow(inline: World) -> None:
    inline.new_order(PK)
    inline.omnitron.traffic.fail("detail", latency=1.5)
    assert inline.announce(PK)["statusCode"] == 202
    assert len(queued(inline)) == 1
    assert inline.puts() == []


def test_inline_queues_what_is_not_to_be_sent_yet(inline: World) -> None:
    inline.new_order(PK, status="350")
    assert inline.announce(PK)["statusCode"] == 202
    assert len(queued(inline)) == 1


def test_inline_queues_what_the_shop_does_not_know_yet(inline: World) -> None:
    assert inline.announce(PK)["statusCode"] == 202
    assert len(queued(inline)) == 1


def test_inline_begins_no_step_after_eight_seconds(inline: World) -> None:
    """The request reached API Gateway 8 s ago: a cold start, or a queue of its own."""
    inline.new_order(PK)
    epoch = {"requestContext": {"timeEpoch": int((time.time() - 8) * 1000)}}
    assert inline.post(BODY, signed(), **epoch)["statusCode"] == 202
    assert inline.puts() == []
    assert inline.omnitron.traffic.calls["detail"] == 0


def test_inline_what_was_queued_is_finished_by_the_worker(inline: World) -> None:
    inline.new_order(PK)
    inline.omnitron.traffic.fail("patch", status=503, times=1)
    assert inline.announce(PK)["statusCode"] == 202
    assert len(inline.puts()) == 1
    assert inline.work(PK) == []
    assert inline.is_send(PK)
    assert len(inline.puts()) == 1
