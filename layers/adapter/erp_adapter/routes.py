"""Which orders go with which profile to which destination: `routes.toml`, checked when loaded."""

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import jmespath
from jmespath.functions import Functions

from erp_adapter.errors import Misconfigured
from erp_adapter.route_keys import (
    CANCELLING_KEYS,
    CANCELLING_NEEDS,
    DEVICE,
    EVENT_KEYS,
    MAX_NAME,
    NAME,
    ROUTE_KEYS,
    ROUTE_NEEDS,
    SHOP_KEYS,
    TOP_KEYS,
    check_table,
    did_you_mean,
)  # fmt: skip
from erp_adapter.routes_webhook import read_webhook
from erp_adapter.verification import Proof

if TYPE_CHECKING:
    from erp_adapter.balance import MoneyPolicy
    from erp_adapter.order import Shop

DEFAULT_STATUSES: Final = (400, 450)
"""Approved and preparing: an order moves on while we are down (docs of Akinon, order status)."""

TURKEY: Final = timezone(timedelta(hours=3))
"""UTC+3 all year since 2016: a date without an offset means the shop's clock. A fixed offset,
because Lambda's images need not have time zone data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """An accepted event type and the JMESPath of the order's pk and number in its body."""

    type: str
    pk: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """What the webhook function must know: how a sender proves itself, and which events count."""

    proof: Proof
    events: tuple[EventRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which orders go with which profile to which destination, by which policies.

    `name` is part of keys and metadata. `channels` are names, types or pks of channels (empty:
    all). `start_from` keeps an old shop's leftovers out of the first reconcile. `already_in_erp =
    "mapping"` reads an ERP code on the order as "others have sent it". `acknowledge` says what
    `is_send` waits for: this route's document, its pick-up by the ERP, or nothing of it. `after`
    names the route whose document comes first: this one is not begun before that is durable.
    `on_change` says what becomes of an order that changes after its delivery: it is recorded, or
    its document gets a next revision. `on = "cancelled"` makes documents of what is cancelled after
    a delivery on the route `of`: of the order and, with `items`, of single items too.
    """

    name: str
    profile: str
    destination: Literal["s3", "sqs"]
    start_from: datetime
    channels: tuple[str, ...] = ()
    statuses: tuple[int, ...] = DEFAULT_STATUSES
    already_in_erp: Literal["mapping", "ignore"] = "mapping"
    acknowledge: Literal["after-write", "after-pickup", "never"] = "after-write"
    on_change: Literal["record", "revise"] = "record"
    after: str | None = None
    on: Literal["order", "cancelled"] = "order"
    of: str | None = None
    items: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)
    money: "MoneyPolicy"

    @property
    def counts(self) -> bool:
        """Whether `is_send` waits for this route."""
        return self.acknowledge != "never"

    @property
    def waits_for_pickup(self) -> bool:
        """Whether it waits until the ERP has deleted the document."""
        return self.acknowledge == "after-pickup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """The whole of routes.toml."""

    shop: "Shop"
    events: tuple[EventRule, ...]
    routes: tuple[Route, ...]
    cancelling: tuple[Route, ...] = ()

    @property
    def every(self) -> tuple[Route, ...]:
        """Those of orders and those of cancellations: whatever makes documents."""
        return (*self.routes, *self.cancelling)

    def for_channel(self, pk: int | None, name: str | None, kind: str | None) -> list[Route]:
        """The routes that take orders of this channel, in the file's order."""
        known = {None if pk is None else str(pk), name, kind}
        return [r for r in self.routes if not r.channels or known.intersection(r.channels)]


def load_webhooks(path: Path) -> Webhooks:
    """`[webhook]` and the `[[event]]` tables alone: all that the webhook function needs to start.

    Raises Misconfigured naming file, key and remedy.
    """
    return _webhooks(_read(path), path.name)


def load_waiting(path: Path) -> frozenset[str]:
    """The names of the routes that wait for the ERP's pick-up, and nothing else of the file: all
    that the pick-up function needs to start. Raises Misconfigured where it can't be read."""
    tables = [each for each in _read(path).get("route", []) if isinstance(each, dict)]
    return frozenset(
        ".".join((str(each.get("name")), *profile))
        for each in tables
        if each.get("acknowledge") == "after-pickup"
        for profile in [[str(name)] for name in each.get("profiles", ())] or [[]]
    )


def load_routes(path: Path, *, shop_url: str) -> Routes:
    """The whole file, checked. Raises Misconfigured naming file, table, key and remedy."""
    # Imported here, because the webhook function starts without what it brings along.
    from erp_adapter.order import Shop

    document = _read(path)
    shop = document.get("shop", {})
    check_table(shop, SHOP_KEYS, f"{path.name} [shop]")
    webhooks = _webhooks(document, path.name)
    routes, cancelling = list[Route](), list[Route]()
    tables = [
        (table, f"{path.name} [[route]] {position}")
        for position, table in enumerate(document.get("route", []), start=1)
    ]
    for table, where in tables:
        if not _is_of_cancellations(table):
            routes += read_routes(table, where)
    if not routes:
        raise Misconfigured(f"{path.name} has no [[route]]: add the first.")
    for table, where in tables:
        if _is_of_cancellations(table):
            cancelling.append(read_cancelling(table, where, routes))
    # Names that differ in case only are one folder where the ERP keeps its documents: Windows.
    names = (route.name.lower() for route in (*routes, *cancelling))
    _check_once(names, f"{path.name}: two routes are named")
    _check_once((str(r.of) for r in cancelling), f"{path.name}: two routes cancel those of")
    return Routes(
        shop=Shop(url=shop_url, **shop), events=webhooks.events, routes=tuple(routes),
        cancelling=tuple(cancelling),
    )  # fmt: skip


def _is_of_cancellations(table: Any) -> bool:
    return isinstance(table, dict) and table.get("on") == "cancelled"


def _read(path: Path) -> dict[str, Any]:
    try:
        # Windows editors write a byte order mark, which TOML does not know.
        document = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError:
        raise Misconfigured(f"{path.name} cannot be read: put it beside the profiles.") from None
    except UnicodeDecodeError:
        raise Misconfigured(f"{path.name} is not UTF-8: save it in this encoding.") from None
    except (ValueError, RecursionError) as error:
        raise Misconfigured(f"{path.name} is not TOML: {error}") from None
    check_table(document, TOP_KEYS, path.name)
    return document


def _webhooks(document: Mapping[str, Any], name: str) -> Webhooks:
    proof = read_webhook(document.get("webhook", {}), f"{name} [webhook]")
    return Webhooks(proof=proof, events=_events(document, name))


def _events(document: Mapping[str, Any], name: str) -> tuple[EventRule, ...]:
    rules: list[EventRule] = []
    for position, table in enumerate(document.get("event", []), start=1):
        rules.append(read_event(table, f"{name} [[event]] {position}"))
    if not rules:
        raise Misconfigured(f"{name} has no [[event]]: add one, or no webhook is ever accepted.")
    _check_once((rule.type for rule in rules), f"{name}: two [[event]] have the type")
    return tuple(rules)


def read_event(table: Mapping[str, Any], where: str) -> EventRule:
    """One `[[event]]`. Raises Misconfigured, with `where` in its sentence."""
    check_table(table, EVENT_KEYS, where, required=("type",))
    if not table.get("pk") and not table.get("number"):
        raise Misconfigured(f"{where} needs pk or number: the JMESPath of the order.")
    for key in ("pk", "number"):
        if key in table:
            _check_path(table[key], f"{where} {key}")
    return EventRule(**table)


def _check_path(expression: str, where: str) -> None:
    try:
        tree = jmespath.compile(expression).parsed
    except (ValueError, RecursionError):
        raise Misconfigured(f"{where} is not a JMESPath expression: mend it.") from None
    _check_functions(tree, where)


def _check_functions(node: Mapping[str, Any], where: str) -> None:
    """jmespath itself looks functions up when it comes to them: with the first webhook."""
    if node["type"] == "function_expression":
        name, given = node["value"], len(node["children"])
        if name not in Functions.FUNCTION_TABLE:
            hint = did_you_mean(name, Functions.FUNCTION_TABLE)
            raise Misconfigured(f"{where} calls the unknown function {name}.{hint}")
        wanted = Functions.FUNCTION_TABLE[name]["signature"]
        variadic = wanted[-1].get("variadic")
        if given < len(wanted) or (given > len(wanted) and not variadic):
            raise Misconfigured(f"{where} gives {name} {given} arguments; it takes {len(wanted)}.")
    for child in node["children"]:
        if isinstance(child, dict):
            _check_functions(child, where)


def read_routes(table: Mapping[str, Any], where: str) -> list[Route]:
    """The routes of one `[[route]]`: one, or with `profiles` one for each, `NAME.PROFILE`, each
    after the one before. Raises Misconfigured, with `where` in its sentence."""
    if not isinstance(table, dict) or "profiles" not in table:
        return [read_route(table, where)]
    check_table(table, ROUTE_KEYS, where)
    if "profile" in table:
        raise Misconfigured(f"{where} has profile and profiles: keep one of them.")
    profiles, settings = _profiles(table, where), table.get("settings", {})
    others = {k: v for k, v in table.items() if k not in ("profiles", "settings")}
    routes: list[Route] = []
    for profile in profiles:
        own = {"profile": profile, "settings": settings.get(profile, {})}
        if table.get("name"):  # else the one sentence about it
            own["name"] = f"{table['name']}.{profile}"
        route = read_route({**others, **own}, where)
        routes.append(replace(route, after=routes[-1].name if routes else None))
    return routes


def read_cancelling(table: Mapping[str, Any], where: str, routes: Iterable[Route]) -> Route:
    """One `[[route]]` with `on = "cancelled"`: what it does not say is as on its `of`, which is one
    of `routes`. Raises Misconfigured, with `where` in its sentence."""
    check_table(table, CANCELLING_KEYS, where, required=CANCELLING_NEEDS)
    known = {route.name: route for route in routes}
    of = known.get(table["of"])
    if of is None:
        hint = did_you_mean(table["of"], known)
        raise Misconfigured(
            f"{where} of must be the name of a route of orders: {', '.join(known)}.{hint}"
        )
    _check_names(table, where)
    if of.on_change == "revise" and table.get("items", True):
        raise Misconfigured(
            f'{where} of {of.name}, whose revisions (on_change = "revise") lack cancelled items '
            "already: set items = false, so that only a wholly cancelled order makes a document."
        )
    return replace(of, **{"items": True, "settings": {}, **table}, acknowledge="never", after=None)


def check_profile(name: str, cancels: str | None, *, on: str, items: bool) -> None:
    """Raises Misconfigured where a profile (`cancels`: what its documents cancel, None: nothing) is
    not for the documents of a route (`on` and `items`, as Route has them)."""
    if cancels and on != "cancelled":
        raise Misconfigured(
            f'{name} writes cancellations: name it on a route with on = "cancelled".'
        )
    if cancels == "order" and items:
        raise Misconfigured(
            f"{name} can only cancel a whole order: set items = false on its route, and a single "
            "cancelled item stays a person's."
        )


def _profiles(table: Mapping[str, Any], where: str) -> list[str]:
    profiles: list[str] = table["profiles"]
    settings = table.get("settings", {})
    if not profiles or not all(isinstance(each, str) for each in profiles):
        raise Misconfigured(f"{where} profiles must be names of profiles, in their sequence.")
    if len(set(profiles)) < len(profiles):
        raise Misconfigured(f"{where} profiles names a profile twice: name each once.")
    for profile, own in settings.items():
        if profile not in profiles or not isinstance(own, dict):
            raise Misconfigured(
                f"{where} settings {profile}: with profiles, settings are tables by profile, such "
                f"as [route.settings.{profiles[0]}].{did_you_mean(profile, profiles)}"
            )
    return profiles


def read_route(table: Mapping[str, Any], where: str) -> Route:
    """One `[[route]]`. Raises Misconfigured, with `where` in its sentence."""
    # Imported here, because the webhook function starts without what it brings along.
    from erp_adapter.balance import money_policy

    _check_acknowledge(table, where)
    check_table(table, ROUTE_KEYS, where, required=ROUTE_NEEDS)
    money = money_policy(table.get("money", {}), f"{where} money")
    _check_names(table, where)
    if "of" in table or "items" in table:
        raise Misconfigured(f'{where} of and items are for on = "cancelled": set it, or not them.')
    values = dict(table, start_from=_instant(table["start_from"]), money=money)
    if "channels" in table:
        values["channels"] = _channels(table["channels"], f"{where} channels")
    if "statuses" in table:
        values["statuses"] = _statuses(table["statuses"], f"{where} statuses")
    return Route(**values)


def _check_acknowledge(table: Mapping[str, Any], where: str) -> None:
    given = table.get("acknowledge") if isinstance(table, dict) else None
    if isinstance(given, bool):
        word = "after-write" if given else "never"
        raise Misconfigured(f'{where} acknowledge is a word now: write "{word}".')
    if given == "after-pickup" and table.get("destination") == "sqs":
        raise Misconfigured(
            f"{where} acknowledge: nobody sees when a message is taken off a queue. Write "
            '"after-write", or send to s3.'
        )


def _check_names(table: Mapping[str, Any], where: str) -> None:
    for key in ("name", "profile"):
        if not NAME.match(table[key]) or len(table[key]) > MAX_NAME:
            raise Misconfigured(
                f"{where} {key}: at most {MAX_NAME} letters from a to z and digits, joined by "
                "dots, dashes or underscores; it is part of keys and paths (with profiles, the "
                "name is NAME.PROFILE)."
            )
        if DEVICE.match(table[key]):
            raise Misconfigured(f"{where} {key}: Windows takes no folder {table[key]}; rename it.")


def _channels(given: list[Any], where: str) -> tuple[str, ...]:
    if not given:
        raise Misconfigured(f"{where} is empty: name some, or leave it out for all.")
    if not all(type(channel) in (str, int) and str(channel).strip() for channel in given):
        raise Misconfigured(f"{where} must be names, types or pks of channels.")
    # As the order's own texts are: NFC and stripped.
    return tuple(unicodedata.normalize("NFC", str(channel)).strip() for channel in given)


def _statuses(given: list[Any], where: str) -> tuple[int, ...]:
    if not given or not all(type(status) is int and status > 0 for status in given):
        raise Misconfigured(f"{where} must be whole numbers such as [400, 450], or left out.")
    return tuple(given)


def _instant(value: date) -> datetime:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=TURKEY)
    return value if value.tzinfo else value.replace(tzinfo=TURKEY)


def _check_once(names: Iterable[str], sentence: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise Misconfigured(f"{sentence} {name}.")
        seen.add(name)
