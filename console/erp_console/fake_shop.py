"""The orders of a fake shop: a folder of `PK.order.json`, `PK.items.json`, `PK.discounts.json`.

What it knows, without HTTP: flat and detailed rows, filters, is_send, and a replica that lags.
`fake_omnitron` serves it. Sources: Akinon's API reference, Omnitron > Integration > Order.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from erp_console import shop_json
from erp_console.terminal import Hindered

Json = dict[str, Any]

_FILTERS: Final = ("pk", "number", "status", "is_send", "channel", "cancel_status")
"""What the order lists filter by; anything else in the query is ignored, as Django ignores it."""


class NoSuchFolder(Hindered):
    """The folder of orders is missing or holds none."""


@dataclass
class _Record:
    """An order's versions, each with the time from which reads see it, and its rows."""

    versions: list[tuple[float, Json]]
    items: list[Json] = field(default_factory=list)
    discounts: list[Json] = field(default_factory=list)
    hidden_reads: int = 0

    def seen_at(self, now: float) -> Json | None:
        visible = [document for since, document in self.versions if since <= now]
        return visible[-1] if visible else None


class FakeShop:
    """Orders by pk. `lag` is how many seconds a change stays unseen, as on a lagging replica."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.lag = 0.0
        self._clock = clock
        self._records: dict[int, _Record] = {}
        self._lock = threading.Lock()

    @classmethod
    def from_folder(cls, folder: Path, *, as_new: bool = False) -> "FakeShop":
        """Every `PK.order.json` of `folder`; `as_new` serves them as not yet sent.

        Raises NoSuchFolder.
        """
        shop = cls()
        files = sorted(folder.glob("*.order.json")) if folder.is_dir() else []
        if not files:
            raise NoSuchFolder(f"{folder} holds no PK.order.json: name another folder.")
        for file in files:
            stem = file.name.removesuffix(".order.json")
            order = shop_json.load(file.read_bytes())
            shop.put(
                unsent(order) if as_new else order,
                items=_rows(folder / f"{stem}.items.json"),
                discounts=_rows(folder / f"{stem}.discounts.json"),
            )
        return shop

    def put(
        self,
        order: Json,
        *,
        items: list[Json] | None = None,
        discounts: list[Json] | None = None,
        hidden_reads: int = 0,
    ) -> None:
        """Adds an order, or changes it; rows that are not given stay. Seen after `lag`.

        The first `hidden_reads` reads do not find it: a webhook that overtook the database.
        """
        with self._lock:
            record = self._records.setdefault(int(order["pk"]), _Record([]))
            record.versions.append((self._clock() + self.lag, order))
            record.items = record.items if items is None else items
            record.discounts = record.discounts if discounts is None else discounts
            record.hidden_reads = hidden_reads

    def change(self, pk: int, **fields: Any) -> None:
        """Changes fields of an order. Raises KeyError for an unknown pk."""
        with self._lock:
            record = self._records[pk]
            changed = {**record.versions[-1][1], **fields}
            record.versions.append((self._clock() + self.lag, changed))

    def order(self, pk: int) -> Json:
        """The order as it truly is, whatever reads see. Raises KeyError."""
        return self._records[pk].versions[-1][1]

    @property
    def pks(self) -> list[int]:
        """Every order of the shop."""
        return sorted(self._records)

    def detail(self, pk: int) -> Json | None:
        """The detailed document as a read sees it now; None for a 404."""
        with self._lock:
            record = self._records.get(pk)
            if record is None:
                return None
            if record.hidden_reads > 0:
                record.hidden_reads -= 1
                return None
            return record.seen_at(self._clock())

    def details(self, query: Mapping[str, str]) -> list[Json]:
        """The detailed documents that the query asks for."""
        with self._lock:
            found = []
            for record in self._records.values():
                order = record.seen_at(self._clock())
                if order is None or not _matches(order, query):
                    continue
                if record.hidden_reads == 0:
                    found.append(order)
                elif "pk" in query or "number" in query:
                    record.hidden_reads -= 1
        return found

    def rows(self, kind: str, query: Mapping[str, str]) -> list[Json]:
        """Rows of `items` or `discounts`; of one order where the query names it."""
        with self._lock:
            records = [
                record
                for pk, record in self._records.items()
                if query.get("order", str(pk)) == str(pk)
            ]
            return [row for record in records for row in getattr(record, kind)]


def unsent(order: Json) -> Json:
    """The order as it was before an ERP had it: not sent, and without the ERP's code."""
    return {**order, "is_send": False, "mapping": []}


def is_sent(order: Json) -> bool:
    """Whether an ERP has it already, by its own flag or by an ERP code."""
    return bool(order.get("is_send") or order.get("mapping"))


def flat(order: Json) -> Json:
    """The order as lists and PATCH answer it: ids instead of objects, no sets."""
    return {
        key: _id(value)
        for key, value in order.items()
        if not key.endswith("_set") and key != "mapping"
    }


def _id(value: Any) -> Any:
    return value["pk"] if isinstance(value, dict) and "pk" in value else value


def _matches(order: Json, query: Mapping[str, str]) -> bool:
    asked = [name for name in _FILTERS if name in query]
    return all(_text(_id(order.get(name))) == _text(query[name]) for name in asked)


def _text(value: object) -> str:
    text = str(value)
    return text.lower() if text in ("True", "False") else text


def _rows(file: Path) -> list[Json]:
    document = shop_json.load(file.read_bytes()) if file.is_file() else []
    rows: Iterable[Json] = document["results"] if isinstance(document, dict) else document
    return list(rows)
