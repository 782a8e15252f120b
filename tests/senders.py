"""Who sends webhooks, and how each proves itself: written after the senders' own words, and with
nothing of the adapter's.

Sources: PyPI dj-whisperer, client.py; GitHub docs, "Validating webhook deliveries"; Shopify docs,
"Verify webhook deliveries"; Stripe docs, "Verify webhook signatures manually".
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

USER = "omnitron"


def mac(secret: str, content: bytes) -> "hmac.HMAC":
    """HMAC-SHA256."""
    return hmac.new(secret.encode(), content, hashlib.sha256)


def _stripe(secret: str, body: bytes, now: float) -> dict[str, str]:
    moment = str(int(now))
    signed = mac(secret, f"{moment}.".encode() + body).hexdigest()
    return {"Stripe-Signature": f"t={moment},v1={signed},v0={'0' * 64}"}


def _basic(secret: str, body: bytes, now: float) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{USER}:{secret}".encode()).decode()}


@dataclass(frozen=True)
class Sender:
    """Its `[webhook]` table, and the headers with which it proves a body at a moment."""

    name: str
    table: dict[str, Any]
    prove: Callable[[str, bytes, float], dict[str, str]]
    signs: bool = True


SENDERS = (
    Sender(
        "whisperer", {},
        lambda secret, body, _: {
            "X-Whisperer-Signature": f"sha256={mac(secret, body).hexdigest()}"
        },
    ),
    Sender(
        "github", {"scheme": "hmac", "header": "X-Hub-Signature-256", "prefix": "sha256="},
        lambda secret, body, _: {"X-Hub-Signature-256": f"sha256={mac(secret, body).hexdigest()}"},
    ),
    Sender(
        "shopify",
        {"scheme": "hmac", "header": "X-Shopify-Hmac-Sha256", "encoding": "base64"},
        lambda secret, body, _: {
            "X-Shopify-Hmac-Sha256": base64.b64encode(mac(secret, body).digest()).decode()
        },
    ),
    Sender(
        "stripe",
        {"scheme": "hmac", "header": "Stripe-Signature", "prefix": "v1=", "timestamp": "t="},
        _stripe,
    ),
    Sender(
        "token", {"scheme": "token", "header": "X-Adapter-Key"},
        lambda secret, body, _: {"X-Adapter-Key": secret}, signs=False,
    ),
    Sender(
        "bearer", {"scheme": "token", "header": "Authorization", "prefix": "Bearer "},
        lambda secret, body, _: {"Authorization": f"Bearer {secret}"}, signs=False,
    ),
    Sender("basic", {"scheme": "basic", "user": USER}, _basic, signs=False),
)  # fmt: skip
BY_NAME = {sender.name: sender for sender in SENDERS}
