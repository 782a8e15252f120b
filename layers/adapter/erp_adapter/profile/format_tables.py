"""Reads `[format]`, `[lookup]`, `[settings]` of profile.toml into `Formats`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from erp_adapter.profile import dates, keys
from erp_adapter.profile.formats import Formats, LineNumbers, Lookup, Unknown
from erp_adapter.profile.numbers import DEFAULTS, MAX_PLACES, NumberFormat, NumberKind
from erp_adapter.profile.tables import Table
from erp_adapter.profile.texts import Measure

_KINDS: Final[tuple[NumberKind, ...]] = get_args(NumberKind)


def read_formats(
    top: Table, settings: Mapping[str, Any], measure: Measure, unknown: Unknown | None
) -> Formats:
    """What the functions of the language need; problems are collected."""
    table = top.table("format").check(keys.FORMAT)
    places = _places(table)
    zone = _zone(table, "zone", dates.DEFAULT_ZONE)
    return Formats(
        numbers={kind: _numbers(table, kind, places) for kind in _KINDS},
        moments={kind: _moments(table, kind, zone) for kind in dates.DEFAULTS},
        booleans=_booleans(table.table("boolean")),
        lines=_lines(table.table("line_number")),
        lookups=_lookups(top.table("lookup"), unknown),
        settings=settings,
        measure=measure,
    )


def _places(table: Table) -> dict[str, tuple[int, int]]:
    """`places = { money = 2 }`: the short form of the default formats."""
    inner = table.table("places").check({kind: keys.Key("places") for kind in _KINDS})
    found = {kind: _range(inner, kind) for kind in inner.values}
    return {kind: places for kind, places in found.items() if places}


def _range(table: Table, key: str) -> tuple[int, int] | None:
    value = table.values[key]
    pair = value if isinstance(value, list) else [value, value]
    whole = all(isinstance(part, int) and not isinstance(part, bool) for part in pair)
    if whole and len(pair) == 2 and 0 <= pair[0] <= pair[1] <= MAX_PLACES:
        return pair[0], pair[1]
    table.report(f"{key} is a number of decimals, 2, or a range, [2, 4], up to {MAX_PLACES}.", key)
    return None


def _numbers(
    table: Table, kind: NumberKind, places: Mapping[str, tuple[int, int]]
) -> dict[str, NumberFormat]:
    base = replace(
        DEFAULTS[kind], decimal=table.get("decimal", "."), sign=table.get("sign", "before")
    )
    if kind in places:
        base = replace(base, least=places[kind][0], most=places[kind][1])
    named = table.table(kind)
    forms = {"default": base}
    for name in sorted(named.values, key=lambda name: name != "default"):
        inner = _entry(named, name)
        if inner is not None:
            forms[name] = _number(inner.check(keys.NUMBER), forms["default"])
    return forms


def _entry(named: Table, name: str) -> Table | None:
    if isinstance(named.values[name], dict):
        return named.table(name)
    named.report(f"{name} must be a table, such as {{ … }}.", name)
    return None


def _number(table: Table, base: NumberFormat) -> NumberFormat:
    places = _range(table, "places") if "places" in table.values else None
    form = replace(
        base, decimal=table.get("decimal", base.decimal), sign=table.get("sign", base.sign),
        rounds=table.get("round", base.rounds),
    )  # fmt: skip
    return replace(form, least=places[0], most=places[1]) if places else form


def _moments(table: Table, kind: str, zone: tzinfo) -> dict[str, Callable[[datetime], str]]:
    named = table.table(kind)
    writers: dict[str, Callable[[datetime], str]] = {
        "default": dates.writer(dates.DEFAULTS[kind], zone)
    }
    for name, value in named.values.items():
        if isinstance(value, str):
            pattern, own = value, zone
            _check_pattern(named, value, name)
        elif isinstance(value, dict):
            inner = named.table(name).check(keys.MOMENT)
            pattern = inner.get("pattern", dates.DEFAULTS[kind])
            own = _zone(inner, "zone", "") if "zone" in inner.values else zone
            _check_pattern(inner, pattern, "pattern")
        else:
            named.report(f"{name} must be a pattern such as {dates.DEFAULTS[kind]!r}.", name)
            continue
        if not dates.unknown_directives(pattern):
            writers[name] = dates.writer(pattern, own)
    return writers


def _check_pattern(table: Table, pattern: str, key: str) -> None:
    for unknown in dates.unknown_directives(pattern):
        known = ", ".join(f"%{letter}" for letter in dates.DIRECTIVES)
        table.report(f"{unknown} is not the same on every machine, or unknown; use {known}.", key)


def _zone(table: Table, key: str, otherwise: str) -> tzinfo:
    name = table.get(key, otherwise)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    try:
        ZoneInfo("UTC")
        table.report(f"There is no time zone {name!r}; Turkey's is Europe/Istanbul.", key)
    except ZoneInfoNotFoundError:
        # Neither AWS's minimal images nor Windows bring any.
        table.report("This machine knows no time zones: install the package tzdata.", key)
    return UTC


def _booleans(table: Table) -> dict[str, dict[bool, str]]:
    words = {"default": {True: "true", False: "false"}}
    for name in table.values:
        inner = _entry(table, name)
        if inner is None:
            continue
        inner = inner.check(keys.BOOLEAN)
        words[name] = {True: inner.get("true", "true"), False: inner.get("false", "false")}
    return words


def _lines(table: Table) -> dict[str, LineNumbers]:
    numbers = {"default": LineNumbers()}
    for name in table.values:
        inner = _entry(table, name)
        if inner is not None:
            numbers[name] = LineNumbers(**inner.check(keys.LINE_NUMBER).values)
    return numbers


def _lookups(table: Table, unknown: Unknown | None) -> dict[str, Lookup]:
    found = {}
    for name in table.values:
        inner = _entry(table, name)
        if inner is None:
            continue
        entries = {key: exact(value) for key, value in inner.values.items()}
        if not entries:
            inner.report(f"[lookup.{name}] has no entries.")
        kinds = {type(value) for value in entries.values()}
        if len(kinds) > 1 or not kinds <= {str, int, Decimal, bool}:
            inner.report("The values of a lookup must all be texts, or all numbers.")
        elif entries:
            otherwise = entries.pop("*", None)
            places = {key: inner.place(key) for key in entries}
            found[name] = Lookup(name, entries, places, otherwise, unknown)
    return found


def exact(value: Any) -> Any:
    """TOML's fractions are floats; their shortest text is what was written."""
    return Decimal(repr(value)) if isinstance(value, float) else value
