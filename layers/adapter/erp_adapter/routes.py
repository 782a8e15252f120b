"""Which orders go with which profile to which destination: `routes.toml`, checked when loaded."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import jmespath
from jmespath.exceptions import JMESPathError

from erp_adapter.errors import Misconfigured

if TYPE_CHECKING:
    from erp_adapter.balance import MoneyPolicy
    from erp_adapter.order import Shop

DEFAULT_STATUSES: Final = (400, 450)
"""Approved and preparing: an order moves on while we are down (docs of Akinon, order status)."""

_ROUTE_KEYS: Final = {
    "name": str, "profile": str, "destination": str, "channels": list, "statuses": list,
    "start_from": (datetime, date), "already_in_erp": str, "acknowledge": bool,
    "on_change": str, "settings": dict, "money": dict,
}  # fmt: skip
_EVENT_KEYS: Final = {"type": str, "pk": str, "number": str}
_SHOP_KEYS: Final = {
    "integration_type": str, "quantity_key": str, "price_basis": str,
    "color_key": str, "size_key": str,
}  # fmt: skip
_TOP_KEYS: Final = {"shop": dict, "event": list, "route": list}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """An accepted event type and the JMESPath of the order's pk and number in its body."""

    type: str
    pk: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which orders go with which profile to which destination, by which policies.

    `channels` are names, types or pks of channels (empty: all). `start_from` keeps an old shop's
    leftovers out of the first reconcile. `already_in_erp = "mapping"` reads an ERP code on the
    order as "others have sent it". A route with `acknowledge` counts: `is_send` waits for it.
    """

    name: str
    profile: str
    destination: Literal["s3", "sqs"]
    start_from: datetime
    channels: tuple[str, ...] = ()
    statuses: tuple[int, ...] = DEFAULT_STATUSES
    already_in_erp: Literal["mapping", "ignore"] = "mapping"
    acknowledge: bool = True
    on_change: Literal["record"] = "record"
    settings: Mapping[str, Any] = field(default_factory=dict)
    money: "MoneyPolicy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """The whole of routes.toml."""

    shop: "Shop"
    events: tuple[EventRule, ...]
    routes: tuple[Route, ...]

    def for_channel(self, pk: int | None, name: str | None, kind: str | None) -> list[Route]:
        """The routes that take orders of this channel, in the file's order."""
        known = {str(pk), name, kind}
        return [r for r in self.routes if not r.channels or known.intersection(r.channels)]


def load_events(path: Path) -> tuple[EventRule, ...]:
    """The `[[event]]` tables alone: all that the webhook function needs to start.

    Raises Misconfigured naming file, key and remedy.
    """
    return _events(_read(path), path.name)


def load_routes(path: Path, *, shop_url: str) -> Routes:
    """The whole file, checked. Raises Misconfigured naming file, table, key and remedy."""
    # Imported here, because the webhook function starts without what these two bring along.
    from erp_adapter.balance import money_policy
    from erp_adapter.order import Shop

    document = _read(path)
    shop = document.get("shop", {})
    _check(shop, _SHOP_KEYS, f"{path.name} [shop]")
    if shop.get("price_basis", "line") not in ("line", "unit"):
        raise Misconfigured(f'{path.name} [shop] price_basis must be "line" or "unit".')
    routes: list[Route] = []
    for position, table in enumerate(document.get("route", []), start=1):
        where = f"{path.name} [[route]] {position}"
        money = money_policy(table.get("money", {}), f"{where} money")
        routes.append(_route(table, where, money))
    if not routes:
        raise Misconfigured(f"{path.name} has no [[route]]: add the first.")
    doubled = {r.name for r in routes if sum(o.name == r.name for o in routes) > 1}
    if doubled:
        raise Misconfigured(f"{path.name}: two routes are named {sorted(doubled)[0]}.")
    return Routes(
        shop=Shop(url=shop_url, **shop), events=_events(document, path.name), routes=tuple(routes)
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise Misconfigured(f"{path.name} is missing beside the profiles.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path.name} is not TOML: {error}") from None
    _check(document, _TOP_KEYS, path.name)
    return document


def _events(document: Mapping[str, Any], name: str) -> tuple[EventRule, ...]:
    rules = []
    for position, table in enumerate(document.get("event", []), start=1):
        where = f"{name} [[event]] {position}"
        _check(table, _EVENT_KEYS, where, required=("type",))
        if not table.get("pk") and not table.get("number"):
            raise Misconfigured(f"{where} needs pk or number: the JMESPath of the order.")
        for key in ("pk", "number"):
            _check_path(table.get(key), f"{where} {key}")
        rules.append(EventRule(**table))
    if not rules:
        raise Misconfigured(f"{name} has no [[event]]: no webhook would ever be accepted.")
    return tuple(rules)


def _check_path(expression: str | None, where: str) -> None:
    try:
        if expression is not None:
            jmespath.compile(expression)
    except JMESPathError:
        raise Misconfigured(f"{where} is not a JMESPath expression.") from None


def _route(table: Mapping[str, Any], where: str, money: "MoneyPolicy") -> Route:
    _check(
        table, _ROUTE_KEYS, where, required=("name", "profile", "destination", "start_from")
    )
    if not all(part.isalnum() for part in table["name"].replace("_", "-").split("-")):
        raise Misconfigured(f"{where} name: letters, digits, dashes; it is part of every key.")
    _choice(table, "destination", ("s3", "sqs"), where)
    _choice(table, "already_in_erp", ("mapping", "ignore"), where)
    _choice(table, "on_change", ("record",), where)
    if not all(isinstance(status, int) for status in table.get("statuses", [])):
        raise Misconfigured(f"{where} statuses must be whole numbers such as 400.")
    values = dict(table, start_from=_instant(table["start_from"]), money=money)
    for key in ("channels", "statuses"):
        if key in values:
            values[key] = tuple(values[key])
    return Route(**values)


def _instant(value: datetime | date) -> datetime:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _choice(table: Mapping[str, Any], key: str, allowed: tuple[str, ...], where: str) -> None:
    if key in table and table[key] not in allowed:
        raise Misconfigured(f"{where} {key} must be one of: {', '.join(allowed)}.")


def _check(
    table: object, keys: Mapping[str, Any], where: str, *, required: tuple[str, ...] = ()
) -> None:
    if not isinstance(table, dict):
        raise Misconfigured(f"{where} must be a table.")
    for key, value in table.items():
        if key not in keys:
            near = difflib.get_close_matches(key, keys, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise Misconfigured(f"{where} has the unknown key {key}.{hint}")
        if not isinstance(value, keys[key]):
            raise Misconfigured(f"{where} {key} has the wrong type ({type(value).__name__}).")
    for key in required:
        if key not in table:
            raise Misconfigured(f"{where} needs {key}.")
