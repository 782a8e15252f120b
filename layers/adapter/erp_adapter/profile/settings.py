"""`[settings]` of profile.toml: the site's constants, which a route may override."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from erp_adapter.profile.format_tables import exact
from erp_adapter.profile.problems import Place, Problems, did_you_mean
from erp_adapter.profile.tables import Table
from erp_adapter.profile.types import BOOLEAN, NUMBER, TEXT, TEXTS, WHOLE, Type, optional

_ROUTE = Place("[route.settings]")


def read_settings(
    table: Table, overrides: Mapping[str, object], problems: Problems
) -> tuple[dict[str, Any], Type]:
    """The values, and their type; "" is to be filled in by the site, and null until then."""
    values: dict[str, Any] = {}
    for name, given in table.values.items():
        if _kind(given) is None:
            table.report("A setting is a text, a number, true or false, or a list of texts.", name)
            continue
        chosen = given
        if name in overrides:
            chosen = overrides[name]
            if _kind(chosen) != _kind(given):
                problems.add(_ROUTE, f"{name} must be {_kind(given)}, as in profile.toml.")
                chosen = given
        values[name] = exact(chosen)
    for name in overrides:
        if name not in table.values:
            hint = did_you_mean(name, table.values)
            problems.add(_ROUTE, f"The profile has no setting {name}.{hint}")
    types = {name: _type(value) for name, value in values.items()}
    values = {name: None if value == "" else value for name, value in values.items()}
    return values, Type("record", fields=types, owner="[settings]")


def _kind(value: object) -> str | None:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, int | float | Decimal):
        return "a number"
    if isinstance(value, list | tuple) and all(isinstance(entry, str) for entry in value):
        return "a list of texts"
    return None


def _type(value: object) -> Type:
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, str):
        return TEXT if value else optional(TEXT)
    if isinstance(value, int):
        return WHOLE
    return NUMBER if isinstance(value, Decimal) else TEXTS
