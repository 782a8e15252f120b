"""What API Gateway hands over, payload 1.0 or 2.0: exact bytes, headers, address, moment. No I/O.

Source: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs".
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from erp_adapter.errors import Malformed, Unverified

MAX_BODY: Final = 1024 * 1024
"""Largest webhook body in bytes; Akinon's own are some tens of kilobytes."""
_MOST_BASE64: Final = MAX_BODY * 4 // 3 + 4


@dataclass(frozen=True, slots=True)
class Request:
    """A webhook as it came in: `body` is what was signed.

    `address` is who connected to API Gateway, not what a header claims; `received_at` is when, in
    seconds since the epoch. Either is None where the event does not say.
    """

    headers: Mapping[str, str]
    body: bytes
    address: str | None
    received_at: float | None


def read_request(event: Mapping[str, Any]) -> Request:
    """Reads the event. Raises Malformed (413) and Unverified as `raw_body` does."""
    context = _table(event, "requestContext")
    inner = _table(context, "http") or _table(context, "identity")
    address = inner.get("sourceIp")
    epoch = context.get("timeEpoch", context.get("requestTimeEpoch"))
    return Request(
        headers=_headers(event),
        body=raw_body(event),
        address=address if isinstance(address, str) else None,
        received_at=epoch / 1000 if type(epoch) in (int, float) else None,
    )


def raw_body(event: Mapping[str, Any]) -> bytes:
    """The exact bytes that the sender signed.

    Raises Malformed (413) for more than `MAX_BODY` bytes and Unverified for broken base64 or a
    body that is no text: API Gateway never sends that, so nobody proved anything.
    """
    body = event.get("body") or ""
    if not isinstance(body, str):
        raise Unverified("The body is not a text.")
    encoded = bool(event.get("isBase64Encoded"))
    if len(body) > (_MOST_BASE64 if encoded else MAX_BODY):
        raise _too_large()
    raw = _decoded(body) if encoded else body.encode("utf-8", "surrogatepass")
    if raw is None:
        raise Unverified("The body is not base64.")
    if len(raw) > MAX_BODY:
        raise _too_large()
    return raw


def _too_large() -> Malformed:
    return Malformed(f"The body is larger than {MAX_BODY} bytes.", status=413)


def _decoded(body: str) -> bytes | None:
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        return None


def _headers(event: Mapping[str, Any]) -> Mapping[str, str]:
    """One value a name. Payload 1.0 lists a header that came twice; 2.0 has joined it already."""
    listed = _table(event, "multiValueHeaders")
    if not listed:
        return _table(event, "headers")
    return {
        name: ",".join(value for value in values if isinstance(value, str))
        for name, values in listed.items()
        if isinstance(values, list)
    }


def _table(within: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = within.get(name)
    return found if isinstance(found, dict) else {}
