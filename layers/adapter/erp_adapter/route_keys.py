"""The keys of routes.toml: what each may be. The loader, `lint` and the JSON Schema read them."""

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from erp_adapter.errors import Misconfigured

NAME: Final = re.compile(r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*\Z")
MAX_NAME: Final = 40
DEVICE: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|\Z)", re.IGNORECASE)
"""What Windows keeps for devices: no folder may be named so, whatever follows a dot.
Source: Microsoft Learn, "Naming Files, Paths, and Namespaces"."""

TOP_KEYS: Final = {"webhook": dict, "shop": dict, "event": list, "route": list}
WEBHOOK_KEYS: Final = {
    "scheme": str, "header": str, "digest": str, "encoding": str, "prefix": str, "timestamp": str,
    "tolerance": int, "user": str, "sources": list,
}  # fmt: skip
SCHEMES: Final[Mapping[str, tuple[str, ...]]] = {
    "whisperer": (), "token": ("header", "prefix"), "basic": ("user",),
    "hmac": ("header", "digest", "encoding", "prefix", "timestamp", "tolerance"),
}  # fmt: skip
"""The keys of [webhook] that a scheme knows beside `scheme` and `sources`; the first it needs."""
MAX_TOLERANCE_SECONDS: Final = 3600
EVENT_KEYS: Final = {"type": str, "pk": str, "number": str}
SHOP_KEYS: Final = {
    "integration_type": str, "quantity_key": str, "price_basis": str,
    "color_key": str, "size_key": str,
}  # fmt: skip
ROUTE_KEYS: Final = {
    "name": str, "profile": str, "profiles": list, "destination": str, "channels": list,
    "statuses": list, "start_from": date, "already_in_erp": str, "acknowledge": str,
    "on_change": str,
    "settings": dict, "money": dict, "on": str, "of": str, "items": bool,
}  # fmt: skip
CANCELLING_KEYS: Final = {
    key: ROUTE_KEYS[key]
    for key in ("name", "profile", "destination", "on", "of", "items", "settings")
}
"""Of a route with `on = "cancelled"`."""
CANCELLING_NEEDS: Final = ("name", "profile", "destination", "of")
ROUTE_NEEDS: Final = ("name", "profile", "destination", "start_from")
CHOICES: Final = {
    "destination": ("s3", "sqs"), "already_in_erp": ("mapping", "ignore"),
    "acknowledge": ("after-write", "after-pickup", "never"), "on_change": ("record", "revise"),
    "on": ("order", "cancelled"),
    "price_basis": ("line", "unit"), "scheme": tuple(SCHEMES),
    "digest": ("sha256", "sha384", "sha512"), "encoding": ("hex", "base64"),
}  # fmt: skip
_WRITTEN: Final = {
    str: "a text in quotes", list: "a list in brackets", dict: "a table",
    bool: "true or false, without quotes", int: "a whole number, without quotes",
    date: "a date or a date with its time, without quotes",
}  # fmt: skip


def check_table(
    table: object, keys: Mapping[str, type], where: str, *, required: Iterable[str] = ()
) -> None:
    """Raises Misconfigured where a table has other keys, types or words; `where` names it."""
    if not isinstance(table, dict):
        raise Misconfigured(f"{where} must be a table.")
    for key, value in table.items():
        if key not in keys:
            raise Misconfigured(f"{where} has the unknown key {key}.{did_you_mean(key, keys)}")
        # TOML's true is no number, as Python's is.
        if not isinstance(value, keys[key]) or (keys[key] is int and isinstance(value, bool)):
            raise Misconfigured(f"{where} {key} must be {_WRITTEN[keys[key]]}.")
        if key in CHOICES and value not in CHOICES[key]:
            raise Misconfigured(
                f"{where} {key} must be one of: {', '.join(CHOICES[key])}."
                f"{did_you_mean(str(value), CHOICES[key])}"
            )
    for key in required:
        if table.get(key, "") == "":
            raise Misconfigured(f"{where} needs {key}.")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The sentence that helps who mistyped a name, with a space before it; else nothing."""
    near = difflib.get_close_matches(word.lower(), known, n=1)
    return f" Did you mean {near[0]}?" if near else ""
