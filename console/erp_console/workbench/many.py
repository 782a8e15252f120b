"""The last orders through every profile: which pass, which are rejected and with which code, and
the codes that the draft's lookups do not know."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from erp_adapter.errors import AdapterError

from erp_console.mapping import Mapping as Profiled
from erp_console.mapping import mapping_at
from erp_console.order_files import SHOP_URL, Source
from erp_console.terminal import Hindered

PASSES: Final = "passes"
Read = Sequence[tuple[str, Source]]
"""Orders by name."""


def matrix(orders: Read, folders: Mapping[str, Path], routes: Path) -> dict[str, Any]:
    """For each order and profile PASSES or the code, with the sentence."""
    columns = {name: _mapping(folder, routes) for name, folder in folders.items()}
    return {
        "profiles": list(columns),
        "rows": [
            {"order": name, "cells": [_tried(mapping, source) for mapping in columns.values()]}
            for name, source in orders
        ],
    }


def _mapping(folder: Path, routes: Path) -> Profiled | str:
    try:
        return mapping_at(folder, SHOP_URL, routes)
    except (AdapterError, Hindered) as error:
        return str(error)


def _tried(mapping: Profiled | str, source: Source) -> dict[str, str]:
    if isinstance(mapping, str):
        return {"code": "PROFILE", "message": mapping}
    try:
        mapping.document(mapping.order(source))
    except AdapterError as error:
        return {"code": error.code, "message": error.message}
    return {"code": PASSES, "message": ""}


def unknown_codes(
    orders: Iterable[tuple[str, Source]], folder: Path, routes: Path
) -> list[dict[str, Any]]:
    """What the lookups of a profile do not know, with how many orders have it.

    An order that is rejected for something else is looked at as far as it gets.
    """
    counts: Counter[tuple[str, str]] = Counter()
    missed: set[tuple[str, str]] = set()
    with suppress(AdapterError):
        mapping = mapping_at(folder, SHOP_URL, routes, lambda *code: missed.add(code))
        for _, source in orders:
            missed.clear()
            with suppress(AdapterError):
                mapping.document(mapping.order(source))
            counts.update(missed)
    return [
        {"table": table, "code": code, "orders": count}
        for (table, code), count in sorted(counts.items())
    ]
