"""Which parts of an order's content differ, by name: `parts` beside `content_id`.

A few bits of each part's digest are kept, in the order of `PARTS`: enough to say that a part has
changed (one change in 4096 goes unseen), too few to say what it was. So what names, places or
reaches a person is one part each, however many fields that are: of a city alone, twelve bits would
tell which.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Final

from erp_adapter.order.identity import CONTENT, plain
from erp_adapter.order.model import Address, Line, Order

OF_ADDRESS: Final = {
    "name": ("first_name", "last_name", "company_name", "title"),
    "address": ("line", "district", "township", "city", "postcode", "country"),
    "contact": ("phone", "email"),
    "notes": ("notes",),
}
_CHARACTERS: Final = 2
"""Six bits each."""

Content = Mapping[str, Any]


def _of_order(name: str) -> Callable[[Content], Any]:
    return lambda content: content.get(name)


def _of_lines(name: str) -> Callable[[Content], Any]:
    return lambda content: [line.get(name) for line in content.get("lines", ())]


def _of_address(name: str, fields: tuple[str, ...]) -> Callable[[Content], Any]:
    return lambda content: [content.get(name, {}).get(field) for field in fields]


def _parts() -> dict[str, Callable[[Content], Any]]:
    parts: dict[str, Callable[[Content], Any]] = {}
    for name in CONTENT[Order]:
        if name == "lines":
            parts |= {f"lines[].{each}": _of_lines(each) for each in (*CONTENT[Line], "cancelled")}
        elif Order.__annotations__[name] is Address:
            parts |= {
                f"{name}.{part}": _of_address(name, fields) for part, fields in OF_ADDRESS.items()
            }
        else:
            parts[name] = _of_order(name)
    return parts


PARTS: Final = _parts()
"""By name, as expressions call it where it is one field: how it is read off the content."""
_LINES: Final = "lines[].ids"
"""Which lines there are: where that differs, each of their parts does."""

_written: Final = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":")
).encode  # fmt: skip


def parts(order: Order) -> str:
    """A short text that is compared with another order's: see `changed`."""
    content = plain(order)
    return "".join(_digest(part(content)) for part in PARTS.values())


def changed(before: str | None, now: str) -> tuple[str, ...]:
    """The names of the parts in which two orders differ; none where nobody can say, because
    `before` is not there or was made by a release that knew other parts."""
    if before is None or len(before) != len(now):
        return ()
    differ = [
        name
        for place, name in enumerate(PARTS)
        if before[place * _CHARACTERS : (place + 1) * _CHARACTERS]
        != now[place * _CHARACTERS : (place + 1) * _CHARACTERS]
    ]
    if _LINES in differ:
        return ("lines", *(name for name in differ if not name.startswith("lines[]")))
    return tuple(differ)


def _digest(part: Any) -> str:
    if part is None:
        return "-" * _CHARACTERS
    whole = blake2b(_written(part).encode(), digest_size=3).digest()
    return urlsafe_b64encode(whole).decode()[:_CHARACTERS]
