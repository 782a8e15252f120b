"""What the shop's documents hold that must not travel: secrets, and people's data.

The detailed order carries store passwords, bank credentials and card-gateway traces. A search for
their values in whatever the adapter wrote shows that none came along.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

_SECRET_KEYS: Final = {"conf", "config", "auth_code", "raw_request", "raw_response"}
"""Everything below these keys, but for what is public there."""
_PUBLIC_KEYS: Final = {"sales_url"}
_PERSONAL_KEYS: Final = {
    "email", "user_email", "first_name", "last_name", "phone_number", "line", "company_name",
    "tax_no", "tax_office", "identity_number", "title", "notes", "gift_box_note", "remote_addr",
    "date_of_birth",
}  # fmt: skip
_SHORTEST: Final = {"secret": 4, "personal": 5}
"""A shorter value says nothing: "TEST" is found everywhere."""
_TRACE = re.compile(
    r"<(Password|Name|ClientId|PayerAuthenticationCode|AuthCode|HostRefNum|TERMINALID|MERCHANTID)>"
    r"([^<]+)</"
)
"""What a bank's trace says that must not be said on (Nestpay's own element names)."""


@dataclass(frozen=True, order=True)
class Canary:
    """A value that must not be found elsewhere, and where it stood."""

    path: str
    kind: Literal["secret", "personal"]
    value: str

    def sings_in(self, text: str) -> bool:
        """Whether `text` holds the value, plain or escaped for JSON or XML."""
        return any(form in text for form in _forms(self.value))


def canaries(*documents: Any) -> list[Canary]:
    """Every secret and personal value in the shop's documents, each value once."""
    found: dict[str, Canary] = {}
    for document in documents:
        for canary in _walk(document, "", None):
            if len(canary.value) >= _SHORTEST[canary.kind]:
                found.setdefault(canary.value, canary)
    return sorted(found.values())


def sightings(birds: Iterable[Canary], texts: Iterable[str]) -> list[Canary]:
    """Which of them sing in any of the texts."""
    searched = list(texts)
    return [bird for bird in birds if any(bird.sings_in(text) for text in searched)]


def _walk(node: Any, path: str, kind: Literal["secret", "personal"] | None) -> Iterator[Canary]:
    if isinstance(node, dict):
        for key, value in node.items():
            below = f"{path}.{key}" if path else key
            if key not in _PUBLIC_KEYS:
                yield from _walk(value, below, _kind(key, kind))
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from _walk(value, f"{path}[{position}]", kind)
    elif kind and isinstance(node, str) and node.strip():
        yield Canary(path, kind, node.strip())
        for name, value in _TRACE.findall(node):
            yield Canary(f"{path}/{name}", kind, value)


def _kind(
    key: str, above: Literal["secret", "personal"] | None
) -> Literal["secret", "personal"] | None:
    if above == "secret" or key in _SECRET_KEYS:
        return "secret"
    return "personal" if key in _PERSONAL_KEYS else None


def _forms(value: str) -> set[str]:
    return {
        value,
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        html.escape(value),
        html.escape(value, quote=False),
    }
