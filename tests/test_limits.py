"""What bounds the work that a stranger, or a shop gone mad, can make. Limits whose tests stand
beside what they limit are not here: docs/limits.md names them all."""

import ipaddress
import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from erp_adapter import logs
from erp_adapter.errors import Misconfigured, OmnitronUnavailable
from erp_adapter.omnitron import Omnitron, open_client
from erp_adapter.profile import profile as profile_module
from erp_adapter.profile.faults import Fault
from erp_adapter.profile.xsd import Schema
from erp_console import whisperer
from erp_console.fake_routes import Answer, Request
from erp_console.fake_server import HOST
from http_server import served
from lxml.etree import XMLSchemaValidateError
from world import ROOT, SECRET, World


@contextmanager
def stranger(*, certificate: Path | None = None) -> Iterator[tuple[str, list[str]]]:
    """Somebody else's server, and the paths that it was asked for."""
    asked: list[str] = []

    def answer(request: Request) -> Answer:
        asked.append(request.path)
        return Answer(200, b"{}")

    with served(answer, certificate=certificate) as url:
        yield url, asked


def shop(http: httpx.Client) -> Omnitron:
    return Omnitron(
        http=http, token=lambda *_, **__: "jeton", prefix="/api/v1", timeout=5, clock=time.time
    )


def answering(body: bytes) -> Omnitron:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    return shop(httpx.Client(base_url="https://shop.example.com", transport=transport))


# ------------------------------------------------------------------ nobody else is asked


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), False
        )
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path_factory.mktemp("tls") / "own.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )  # fmt: skip
    return file


def test_a_certificate_that_nobody_has_signed_gets_no_token(certificate: Path) -> None:
    with stranger(certificate=certificate) as (url, asked):
        with open_client(url, 5) as http, pytest.raises(OmnitronUnavailable, match="ConnectError"):
            shop(http).detail(27)
        assert asked == []
        # And it is the certificate that was wrong.
        trusting = ssl.create_default_context(cafile=str(certificate))
        assert httpx.get(url, verify=trusting, trust_env=False).status_code == 200


def test_a_redirect_is_not_followed() -> None:
    with stranger() as (url, asked):
        answer = httpx.Response(302, headers={"location": f"{url}/stolen"})
        transport = httpx.MockTransport(lambda _: answer)
        with open_client("https://shop.example.com", 5) as real:
            assert real.follow_redirects is False
        with (
            httpx.Client(base_url="https://shop.example.com", transport=transport) as http,
            pytest.raises(Misconfigured),
        ):
            shop(http).detail(27)
        assert asked == []


def urls(node: Any, url: str) -> Any:
    """The document with this address in every text that may hold one."""
    if isinstance(node, dict):
        return {key: urls(value, url) for key, value in node.items()}
    if isinstance(node, list):
        return [urls(value, url) for value in node]
    return f"{url}/payload" if isinstance(node, str) and "://" in node else node


def test_no_address_of_a_document_or_a_webhook_is_fetched(world: World) -> None:
    with stranger() as (url, asked):
        pk = world.new_order()
        order = urls(world.omnitron.shop.order(pk), url)
        order["channel"]["conf"]["sales_url"] = f"{url}/sales"
        order |= {"url": url, "next": f"{url}/next", "e_archive_url": f"{url}/e-archive"}
        world.new_order(**order)
        body = json.dumps({
            "event": {"type": "order.updated", "uuid": "c" * 32, "callback": f"{url}/callback"},
            "payload": {"pk": pk, "url": f"{url}/order", "next": f"{url}/next"},
        }).encode()  # fmt: skip
        headers = whisperer.headers("order.updated", body, SECRET)
        assert world.post(body, headers)["statusCode"] == 202
        assert world.work(pk) == []
        assert world.is_send(pk)
        assert asked == []


def test_an_entity_of_a_document_is_not_unfolded(tmp_path: Path) -> None:
    """Unfolded, the document would have the one text that its schema wants."""
    schema = tmp_path / "a.xsd"
    schema.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        '<xs:element name="a"><xs:simpleType>'
        '<xs:restriction base="xs:string"><xs:enumeration value="gizli"/></xs:restriction>'
        "</xs:simpleType></xs:element></xs:schema>"
    )
    (tmp_path / "secret").write_text("gizli")
    Schema(schema).validate(b"<a>gizli</a>")
    for entity in (f'SYSTEM "{(tmp_path / "secret").as_uri()}"', '"gizli"'):
        # lxml itself gives up where an entity is left as it is.
        with pytest.raises((Fault, XMLSchemaValidateError)):
            Schema(schema).validate(f"<!DOCTYPE a [<!ENTITY e {entity}>]><a>&e;</a>".encode())


# ------------------------------------------------------------------ what the shop answers


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"results": ' + b"[" * 100_000, b'{"a":' * 100_000]
)
def test_an_answer_that_is_too_deep_is_the_world_s_fault(body: bytes) -> None:
    closed = body + b"]"
    for ask in (
        lambda: answering(closed).find("N"), lambda: answering(closed).waiting(1),
        lambda: answering(body + b"}").find("N"),
    ):  # fmt: skip
        with pytest.raises(OmnitronUnavailable):
            cast(Any, ask)()


@pytest.mark.parametrize("pk", [10**18, 10**30, 0, -1])
def test_a_pk_has_at_most_eighteen_digits(pk: int) -> None:
    rows = json.dumps({"count": 1, "results": [{"pk": pk, "number": "N"}]}).encode()
    with pytest.raises(OmnitronUnavailable):
        answering(rows).find("N")
    assert answering(rows).waiting(1) == (1, [])


# ------------------------------------------------------------------ what leaves


def test_a_document_has_a_largest_size(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_module, "MAX_DOCUMENT", 500)
    pk = world.new_order()
    world.work(pk)
    entry = world.entry(pk)
    assert (entry.state, entry.code, entry.expected) == (
        "rejected",
        "TOO_LONG",
        "at most 500 bytes",
    )
    assert world.documents() == {}


ODD = ["\n", "\r", "\x00", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u202e", "İ", '"', "\\"]


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_a_log_line_is_one_json_object_in_ascii(odd: str, tmp_path: Path) -> None:
    file = tmp_path / "log"
    own = logs.logger(f"limits-{ODD.index(odd)}")
    with file.open("w", encoding="ascii", newline="") as stream:
        own.registered_handler.setStream(stream)  # type: ignore[attr-defined]
        own.info(f"a{odd}b", field=odd, nested={odd: [odd]}, other=object)
    written = file.read_bytes()
    assert written.endswith(b"\n")
    [line] = written.splitlines()
    assert all(0x20 <= byte < 0x7F for byte in line)
    read = json.loads(line)
    assert (read["message"], read["field"], read["nested"]) == (f"a{odd}b", odd, {odd: [odd]})


def test_half_a_character_is_no_end_of_the_log() -> None:
    """Written as it is, it would be the end of the line's writing."""
    line = logs.one_line({"field": "\ud800", "other": "\udfff\x7f"})
    assert json.loads(line) == {"field": "\ud800", "other": "\udfff\x7f"}
    assert all(0x20 <= byte < 0x7F for byte in line.encode("ascii"))


@pytest.mark.parametrize("name", ["webhook", "deliver", "reconcile", "pickup"])
def test_every_function_logs_so(name: str) -> None:
    source = (ROOT / "functions" / name / f"{name}.py").read_text("utf-8")
    assert f'logger = logs.logger("{name}")' in source
