"""What is wrong with routes.toml: every key is tried alone, so that one fault hides no other."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

from erp_adapter.balance import money_policy
from erp_adapter.errors import Misconfigured
from erp_adapter.profile import Problem
from erp_adapter.profile.files import read_tables
from erp_adapter.profile.problems import Problems
from erp_adapter.profile.tables import Table
from erp_adapter.route_keys import (
    CANCELLING_KEYS,
    CANCELLING_NEEDS,
    ROUTE_NEEDS,
    SCHEMES,
    SHOP_KEYS,
    TOP_KEYS,
    check_table,
)
from erp_adapter.routes import load_routes, read_event, read_routes
from erp_adapter.routes_webhook import read_webhook

from erp_console.lint_profiles import shown
from erp_console.lint_settings import check_profiles
from erp_console.order_files import SHOP_URL

_ROUTE: Final = {
    "name": "x", "profile": "x", "destination": "s3", "start_from": date(2026, 1, 1),
}  # fmt: skip
"""A sound route, in which one key at a time is replaced by what is written."""
_EVENT: Final = {"type": "x", "pk": "pk"}
_BESIDE: Final[Mapping[str, Mapping[str, str]]] = {
    "timestamp": {"prefix": "signature="}, "tolerance": {"prefix": "v1=", "timestamp": "t="},
}  # fmt: skip
"""What a key of [webhook] is nothing without."""
_PROOF: Final = {"header": "x", "user": "x"}
Key = str | int


def routes_problems(file: Path) -> list[Problem]:
    """All problems of one routes.toml, those of its routes' settings included."""
    problems = Problems()
    top = read_tables(file.parent, problems, file.name)
    if top is not None:
        lint = _Lint(top, file.parent)
        lint.check()
        if not problems.found:
            # Whatever is not looked at above: no file that lint accepts is refused later.
            lint.attempt(lambda: load_routes(file, shop_url=SHOP_URL))
    return [replace(found, file=shown(file)) for found in sorted(set(problems.found))]


class _Lint:
    """Looks at one file's tables."""

    def __init__(self, top: Table, folder: Path) -> None:
        self.top, self.folder = top, folder

    def attempt(self, call: Callable[[], object], *place: Key) -> bool:
        """Whether the call works; else its sentence is a problem of the key."""
        try:
            call()
        except Misconfigured as error:
            self.top.problems.add(self.top.place(*place), error.message)
            return False
        return True

    def check(self) -> None:
        """The whole file."""
        self._alone(self.top.values, (), lambda given: check_table(given, TOP_KEYS, "routes.toml"))
        shop = self.top.values.get("shop", {})
        self._alone(shop, ("shop",), lambda given: check_table(given, SHOP_KEYS, "[shop]"))
        self._webhook(self.top.values.get("webhook", {}))
        for index, where, event in self._tables("event"):
            self._event(event, index, where)
        for index, where, route in self._tables("route"):
            self._route(route, index, where)
        self._once("event", "type", str)
        self._once("route", "name", str.lower)

    def _tables(self, kind: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
        found = self.top.values.get(kind, [])
        for index, table in enumerate(found if isinstance(found, list) else []):
            where = f"[[{kind}]] {index + 1}"
            if self.attempt(partial(_is_table, table, where), kind, index):
                yield index, where, table

    def _alone(
        self, table: Mapping[str, Any], path: tuple[Key, ...], read: Callable[[dict[str, Any]], Any]
    ) -> None:
        for key, value in table.items() if isinstance(table, dict) else ():
            self.attempt(partial(read, {key: value}), *path, key)

    def _webhook(self, table: Any) -> None:
        """Its keys alone, then together: some are nothing without others."""
        if not isinstance(table, dict):
            return  # said already
        before = len(self.top.problems.found)
        scheme = table.get("scheme", "whisperer")
        known = SCHEMES.get(scheme, ()) if isinstance(scheme, str) else ()
        sound = {key: _PROOF[key] for key in known[:1]} | {"scheme": scheme}

        def read(given: dict[str, Any]) -> object:
            [key] = given
            beside = _BESIDE.get(key, {}) if key in known else {}
            return read_webhook({**sound, **beside, **given}, "[webhook]")

        place = ("webhook", "scheme") if "scheme" in table else ("webhook",)
        if self.attempt(lambda: read_webhook(sound, "[webhook]"), *place):
            self._alone(table, ("webhook",), read)
        if len(self.top.problems.found) == before:
            self.attempt(lambda: read_webhook(table, "[webhook]"), "webhook")

    def _event(self, event: dict[str, Any], index: int, where: str) -> None:
        path = ("event", index)
        self._alone(event, path, lambda given: read_event({**_EVENT, **given}, where))
        if "type" not in event:
            self.attempt(lambda: read_event({"pk": "pk"}, where), *path)
        if not event.get("pk") and not event.get("number"):
            self.attempt(lambda: read_event({"type": "x"}, where), *path)

    def _route(self, route: dict[str, Any], index: int, where: str) -> None:
        path = ("route", index)
        if route.get("on") == "cancelled":
            self._cancelling(route, path, where)
            return check_profiles(self.top, self.folder, route, index)
        money = route.get("money")
        others = {key: v for key, v in route.items() if key != "money" or not isinstance(v, dict)}
        sound = self._profiles(route, where)
        if route.get("destination") == "sqs":  # `acknowledge` is judged with it
            sound = sound | {"destination": "sqs"}
        self._alone(others, path, lambda given: read_routes({**sound, **given}, where))
        for key in ROUTE_NEEDS:
            if key not in route and key in sound:
                kept = {k: v for k, v in sound.items() if k != key}
                self.attempt(partial(read_routes, kept, where), *path)
        if isinstance(money, dict):
            self._money(money, (*path, "money"), f"{where} money")
        check_profiles(self.top, self.folder, route, index)

    def _cancelling(self, route: dict[str, Any], path: tuple[Key, ...], where: str) -> None:
        self._alone(route, path, lambda given: check_table(given, CANCELLING_KEYS, where))
        for key in CANCELLING_NEEDS:
            if key not in route:
                needs = partial(check_table, {}, CANCELLING_KEYS, where, required=(key,))
                self.attempt(needs, *path)

    def _profiles(self, route: dict[str, Any], where: str) -> dict[str, Any]:
        """A sound route of one profile, or of those that are written."""
        if "profiles" not in route or "profile" in route:
            return _ROUTE
        several = {k: v for k, v in _ROUTE.items() if k != "profile"}
        # What is wrong with them is said when they are tried like any other key.
        for profiles in (route["profiles"], ["x"]):
            with suppress(Misconfigured):
                read_routes({**several, "profiles": profiles}, where)
                break
        return {**several, "profiles": profiles}

    def _money(self, money: dict[str, Any], path: tuple[Key, ...], where: str) -> None:
        before = len(self.top.problems.found)
        # A fixed rate must be one of the rates, so it is not alone.
        alone = {key: value for key, value in money.items() if key != "shipping_tax_rate"}
        self._alone(alone, path, lambda given: money_policy(given, where))
        names = ("tax_rates", "shipping_tax_rate")
        rates: dict[str, object] = {key: money[key] for key in names if key in money}
        if len(self.top.problems.found) > before:
            rates.pop("tax_rates", None)
        if "shipping_tax_rate" in rates:
            self.attempt(lambda: money_policy(rates, where), *path, "shipping_tax_rate")

    def _once(self, kind: str, key: str, fold: Callable[[str], str]) -> None:
        seen: set[str] = set()
        for index, where, table in self._tables(kind):
            value = table.get(key)
            if isinstance(value, str) and fold(value) in seen:
                place = self.top.place(kind, index, key)
                self.top.problems.add(place, f"{where} has the {key} of another: {value}.")
            seen |= {fold(value)} if isinstance(value, str) else set()


def _is_table(value: object, where: str) -> None:
    if not isinstance(value, dict):
        raise Misconfigured(f"{where} must be a table.")
