"""The order as the page shows it: every field of the canonical order with its source in Omnitron.

Only what the parser lets in: passwords, bank and gateway data of the shop's document never get
here, so they can't be shown either.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from typing import Any, Final

from erp_adapter.order import Order, model
from erp_adapter.order.model import describe
from erp_adapter.profile import Explained
from erp_adapter.profile.discount_rows import KIND, rows_with_discounts

_INDEX: Final = re.compile(r"\[-?\d*\]")
_ROW: Final = re.compile(r"rows\[(\d+)\]\.(\w+)\Z")
_OF_CHARGE: Final = {"tax_rate": "rate", "unit_price": "gross", "unit_net": "net"}


@dataclass(frozen=True, slots=True)
class Row:
    """One field: `path` as expressions name it, from the order down; a branch has no value of its
    own, a field that the order lacks has None."""

    path: str
    name: str
    depth: int
    source: str
    ubl: str | None
    value: str | None = None
    branch: bool = False


class OrderFields:
    """All fields of one order, and which of them a value of the document rests on."""

    def __init__(self, order: Order) -> None:
        self._paths: dict[int, str] = {id(order): ""}
        self._order, self._lines = order, len(order.lines)
        self.rows = list(self._record(order, "", 0))
        self._known: dict[str, list[int]] = {}
        self._exact = {row.path: number for number, row in enumerate(self.rows)}

    def _record(self, owner: Any, path: str, depth: int) -> Iterator[Row]:
        for each in fields(owner):
            source, ubl = describe(type(owner), each.name)
            where = f"{path}.{each.name}" if path else each.name
            yield from self._field(
                getattr(owner, each.name), Row(where, each.name, depth, source, ubl)
            )

    def _field(self, value: Any, row: Row) -> Iterator[Row]:
        if is_dataclass(value):
            self._paths[id(value)] = row.path
            yield replace(row, branch=True)
            yield from self._record(value, row.path, row.depth + 1)
        elif isinstance(value, tuple) and value:
            yield replace(row, branch=True)
            for number, entry in enumerate(value):
                name = f"[{number}]"
                yield from self._field(
                    entry, Row(f"{row.path}{name}", name, row.depth + 1, row.source, None)
                )
        else:
            yield replace(row, value=_text(value))

    def behind(self, explained: Explained) -> list[int]:
        """The positions of the rows that a value, a list or a condition reads."""
        found: list[int] = []
        for field in explained.fields:
            start = self._start(explained.scope.get(field.base))
            if start is not None:
                rest = field.path.removeprefix(f"{field.base}.") if field.base else field.path
                found += self._at(f"{start}.{rest}" if start else rest)
        return list(dict.fromkeys([*found, *self._origins(found)]))

    def _start(self, item: object) -> str | None:
        """The path of an item that a list repeats; a row of `discount_rows` is a copy of one of
        the order's, or is of the line before it."""
        if isinstance(item, model.Row) and id(item) not in self._paths:
            before = rows_with_discounts(self._order)[: item.no]
            return f"rows[{sum(row.kind != KIND for row in before) - 1}]"
        return self._paths.get(id(item))

    def _origins(self, found: Sequence[int]) -> Iterator[int]:
        """A row is a line or a charge once more: what reads its field reads theirs."""
        for number in found:
            row = _ROW.match(self.rows[number].path)
            if row is not None:
                at, name = int(row[1]), row[2]
                path = f"lines[{at}].{name}"
                if at >= self._lines:
                    path = f"charges[{at - self._lines}].{_OF_CHARGE.get(name, name)}"
                if path in self._exact:
                    yield self._exact[path]

    def _at(self, path: str) -> Sequence[int]:
        if path not in self._known:
            self._known[path] = self._found(path)
        return self._known[path]

    def _found(self, path: str) -> list[int]:
        exact = self._exact.get(path)
        if exact is not None:
            entries = re.compile(re.escape(path) + r"(\[\d+\])?\Z")
            own = [n for n, row in enumerate(self.rows) if entries.match(row.path)]
            if leaves := [number for number in own if not self.rows[number].branch]:
                return leaves
        steps = _INDEX.split(path)
        pattern = re.compile(r"\[\d+\]".join(map(re.escape, steps)) + r"(\[\d+\])?\Z")
        rows = [number for number, row in enumerate(self.rows) if pattern.match(row.path)]
        leaves = [number for number in rows if not self.rows[number].branch]
        return leaves or rows[:1]


def _text(value: Any) -> str | None:
    if value is None or value == ():
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
