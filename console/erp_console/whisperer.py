"""A signed notification, as Akinon's dj-whisperer sends it.

Source: PyPI dj-whisperer, client.py: `X-Whisperer-Event`, and `X-Whisperer-Signature: sha256=` with
the hex HMAC-SHA256 of the exact body.
"""

import hashlib
import hmac
import json
import uuid as uuids
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

TIMEOUT: Final = 10.0
"""Seconds after which the sender gives up: whisperer's own."""


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """What happened to which order."""

    event: str = "order.updated"
    pk: int | None = None
    number: str | None = None
    uuid: str = field(default_factory=lambda: uuids.uuid4().hex)

    def body(self) -> bytes:
        """The body that is signed and sent."""
        payload: dict[str, Any] = {}
        if self.pk is not None:
            payload["pk"] = self.pk
        if self.number is not None:
            payload["number"] = self.number
        envelope = {"event": {"type": self.event, "uuid": self.uuid}, "payload": payload}
        return json.dumps(envelope).encode("ascii")


def headers(event: str, body: bytes, secret: str) -> dict[str, str]:
    """The headers that prove the body."""
    digest = hmac.new(secret.encode("utf-8"), body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-Whisperer-Event": event,
        "X-Whisperer-Signature": f"sha256={digest}",
    }


def post(url: str, secret: str, announcement: Announcement) -> httpx.Response:
    """Sends it. Raises httpx.HTTPError, and ValueError for an address that is none."""
    body = announcement.body()
    try:
        return httpx.post(
            url,
            content=body,
            headers=headers(announcement.event, body, secret),
            timeout=TIMEOUT,
            # A proxy of this machine's owner does not know the local stack.
            trust_env=not url.startswith("http://127.0.0.1"),
        )
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from None
