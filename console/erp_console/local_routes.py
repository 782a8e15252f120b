"""routes.toml for the local stack: the project's own, with `start_from` before every order."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

BEFORE_EVERY_ORDER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_EVENTS: Final = [
    {"type": kind, "pk": "payload.pk || data.pk", "number": "payload.number || data.number"}
    for kind in ("order.created", "order.updated")
]


def local_routes(
    own: Path, profiles: Sequence[str] = (), destination: str | None = None
) -> dict[str, Any]:
    """The tables of `own` for the local stack.

    `profiles` (none: as `own` has them) chooses the routes, one of several profiles as a whole; a
    profile without a route of its own gets one with every default, and what is cancelled makes no
    document. `destination` replaces each route's own.
    """
    tables: dict[str, Any] = tomllib.loads(own.read_text("utf-8")) if own.is_file() else {}
    routes: list[dict[str, Any]] = tables.get("route", [])
    if profiles:
        routes = [route for route in routes if route.get("on") != "cancelled"]
        by_profile = {
            name: route
            for route in reversed(routes)
            for name in (route.get("profile"), *route.get("profiles", ()))
        }
        routes = [by_profile.get(name, {"name": name, "profile": name}) for name in profiles]
        routes = [route for place, route in enumerate(routes) if route not in routes[:place]]
    for route in routes:
        route["destination"] = destination or route.get("destination", "s3")
        if route.get("on") != "cancelled":
            route["start_from"] = BEFORE_EVERY_ORDER
    return {
        # No [webhook]: `send` signs as whisperer does, which is what a file without it means.
        "shop": tables.get("shop", {}),
        "event": tables.get("event", _EVENTS),
        "route": routes,
    }


def to_toml(tables: Mapping[str, Any]) -> str:
    """Writes them as TOML: tables and lists of tables on top, everything below inline."""
    lines: list[str] = []
    for name, value in tables.items():
        for table in value if isinstance(value, list) else [value]:
            lines.append(f"[[{name}]]" if isinstance(value, list) else f"[{name}]")
            lines += [f"{_key(key)} = {_value(below)}" for key, below in table.items()]
            lines.append("")
    return "\n".join(lines)


def _key(name: str) -> str:
    return name if _BARE.match(name) else json.dumps(name, ensure_ascii=False)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat()
        case dict():
            return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(_value(item) for item in value) + "]"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)
