"""Who sent a webhook: each scheme is a pure function over headers, bytes, live secrets and now.

A scheme answers with the name of the secret that fits, never with its value, and None where none
does. Whatever it raises instead is caught in `verify`: a stranger must not turn a 401 into a 500.
Texts are built and compared whole, so nothing of what was sent is decoded but Basic's user name.

Sources: PyPI dj-whisperer (client.py); GitHub docs, "Validating webhook deliveries"; Shopify docs,
"Verify webhook deliveries"; Stripe docs, "Verify webhook signatures manually"; RFC 7617 (Basic).
"""

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hmac import compare_digest, digest
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, Literal

from erp_adapter.errors import Unverified

MAX_HEADER: Final = 4096
"""Longest value of the header with the proof; API Gateway takes 10,240 bytes for all headers."""
TOLERANCE: Final = 300
"""Seconds between a signed moment and now, either way: Stripe's own default."""

Scheme = Literal["whisperer", "token", "basic", "hmac"]
Network = IPv4Network | IPv6Network
_MOMENT: Final = re.compile(rb"[0-9]{1,12}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How a sender proves who it is: `[webhook]` of routes.toml. There is no scheme "none".

    `header` is in lower case; `prefix` stands before the signature or token, `timestamp` before the
    signed moment in the same header (`t=…,v1=…`), which may be `tolerance` seconds away. `user` is
    Basic's; its password is the secret. `sources`: the addresses that may send; none: any.
    """

    scheme: Scheme = "whisperer"
    header: str = ""
    digest: str = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    timestamp: str | None = None
    tolerance: int = TOLERANCE
    user: str = ""
    sources: tuple[Network, ...] = ()


WHISPERER: Final = Proof(header="x-whisperer-signature", prefix="sha256=")


def verify(
    proof: Proof, headers: Mapping[str, str], body: bytes, secrets: Mapping[str, str], now: float
) -> str:
    """The name of the live secret that the sender has. `secrets` are values by name.

    Raises Unverified, always the same, where there is no proof or none that fits. An empty secret,
    which everybody knows, fits nothing.
    """
    live = {name: secret for name, secret in secrets.items() if secret}
    try:
        fitting = _SCHEMES[proof.scheme](proof, headers, body, live, now)
    except Exception:  # noqa: BLE001 - whatever it is, nothing was proved
        fitting = None
    if fitting is None:
        raise Unverified("Nothing that was sent fits a live secret.")
    return fitting


def check_source(proof: Proof, address: str | None) -> None:
    """Raises Unverified where the proof names addresses and this is none of them."""
    if not proof.sources:
        return
    try:
        known = any(ip_address(address or "") in network for network in proof.sources)
    except ValueError:
        known = False
    if not known:
        raise Unverified("The address is none of those that may send.")


def whisperer(
    _: Proof, headers: Mapping[str, str], body: bytes, secrets: Mapping[str, str], now: float
) -> str | None:
    """Akinon's dj-whisperer: `X-Whisperer-Signature: sha256=` and hex HMAC-SHA256 of the body."""
    return hmac(WHISPERER, headers, body, secrets, now)


def token(
    proof: Proof, headers: Mapping[str, str], _: bytes, secrets: Mapping[str, str], __: float
) -> str | None:
    """The secret itself in a header, such as one of dj-whisperer's `additional_headers`."""
    given = _given(headers, proof.header)
    return _fitting(secrets, lambda secret: _bytes(proof.prefix) + secret, [given])


def basic(
    proof: Proof, headers: Mapping[str, str], _: bytes, secrets: Mapping[str, str], __: float
) -> str | None:
    """HTTP Basic: the user of routes.toml, and a secret as its password, both in UTF-8."""
    name, _, encoded = _given(headers, "authorization").partition(b" ")
    if name.lower() != b"basic":
        return None
    given = base64.b64decode(encoded, validate=True)
    return _fitting(secrets, lambda secret: _bytes(f"{proof.user}:") + secret, [given])


def hmac(
    proof: Proof, headers: Mapping[str, str], body: bytes, secrets: Mapping[str, str], now: float
) -> str | None:
    """A signature of the body, or of `moment.body` where the header names a moment."""
    given = _given(headers, proof.header)
    signed, signatures = body, [given]
    if proof.timestamp is not None:
        parts = [part.strip() for part in given.split(b",")]
        [moment] = _after(proof.timestamp, parts)
        if not _MOMENT.match(moment) or abs(now - int(moment)) > proof.tolerance:
            return None
        signed = moment + b"." + body
        signatures = [part for part in parts if part.startswith(_bytes(proof.prefix))]

    def written(secret: bytes) -> bytes:
        raw = digest(secret, signed, proof.digest)
        text = raw.hex().encode("ascii") if proof.encoding == "hex" else base64.b64encode(raw)
        return _bytes(proof.prefix) + text

    return _fitting(secrets, written, signatures)


_Function = Callable[[Proof, Mapping[str, str], bytes, Mapping[str, str], float], str | None]
_SCHEMES: Final[Mapping[Scheme, _Function]] = {
    "whisperer": whisperer, "token": token, "basic": basic, "hmac": hmac,
}  # fmt: skip


def header(headers: Mapping[str, str], name: str) -> str | None:
    """The header's value whatever its case: REST APIs keep the sender's, HTTP APIs lower it."""
    for key, value in headers.items():
        if key.lower() == name:
            return value if isinstance(value, str) else None
    return None


def _given(headers: Mapping[str, str], name: str) -> bytes:
    """The header's bytes. Raises ValueError where it is not there, or too long."""
    value = header(headers, name)
    if not value or len(value) > MAX_HEADER:
        raise ValueError(name)
    return _bytes(value)


def _after(prefix: str, parts: Iterable[bytes]) -> list[bytes]:
    start = _bytes(prefix)
    return [part[len(start) :] for part in parts if part.startswith(start)]


def _fitting(
    secrets: Mapping[str, str], written: Callable[[bytes], bytes], offered: Iterable[bytes]
) -> str | None:
    """The first secret whose text is offered. Every pair is compared, each in constant time."""
    offers, found = list(offered), None
    for name, secret in secrets.items():
        text = written(_bytes(secret))
        for offer in offers:
            if compare_digest(text, offer) and found is None:
                found = name
    return found


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
