"""`[settings]` and the lookups of a draft, with where each stands in profile.toml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from erp_adapter.profile.files import FILE, read_tables
from erp_adapter.profile.problems import Problems
from erp_adapter.profile.tables import Table


def constants_of(folder: Path, overrides: Mapping[str, Any]) -> dict[str, Any] | None:
    """The settings (what a route overrides says so), and the tables; None where it is no TOML.

    `line` and `column` of a value are those of its first character, behind a quote; a table's
    `last` is the line after which a new entry goes.
    """
    top = read_tables(folder, Problems(), FILE)
    if top is None:
        return None
    settings = top.table("settings")
    lookups = top.table("lookup")
    return {
        "settings": [
            {
                **_entry(settings, name),
                "route": _shown(overrides[name]) if name in overrides else None,
            }
            for name in settings.values
        ],
        "lookups": [_lookup(lookups.table(name), name) for name in lookups.values],
    }


def _lookup(table: Table, name: str) -> dict[str, Any]:
    entries = [_entry(table, key) for key in table.values]
    return {
        "name": name,
        "entries": entries,
        "last": max((each["line"] for each in entries), default=table.place().line),
    }


def _entry(table: Table, name: str) -> dict[str, Any]:
    place = table.value_place(name)
    return {
        "name": name,
        "value": _shown(table.values[name]),
        "text": isinstance(table.values[name], str),
        "file": place.file,
        "line": place.line,
        "column": place.column,
    }


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
