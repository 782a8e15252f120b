"""Which orders a person means: by pk, by number, or by a range of time."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

from erp_adapter.ledger import NO_ROUTE, Entry, Ledger
from erp_adapter.notification import key_part

from erp_console.aws_access import aws_told
from erp_console.terminal import Failed, Hindered

if TYPE_CHECKING:
    from erp_console.deployed import Deployed

_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An order: its key in the ledger, and what the ledger knows of it."""

    order: str
    entries: tuple[Entry, ...]

    @property
    def number(self) -> str | None:
        """The order's number, where the ledger knows it."""
        return next((entry.number for entry in self.entries if entry.number), None)

    @property
    def routes(self) -> tuple[Entry, ...]:
        """Its entries on real routes."""
        return tuple(entry for entry in self.entries if entry.route != NO_ROUTE)

    @property
    def current(self) -> tuple[Entry, ...]:
        """The entries that still say something: what stands beside the routes is superseded where
        a route rests on a newer reading of the order. A resend or a settling reads nothing."""
        newest = max((entry.fetched_at or -1 for entry in self.routes), default=-1)
        return tuple(e for e in self.entries if e.route != NO_ROUTE or e.updated_at >= newest)


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` to `until`, both included, in seconds since the epoch."""

    since: float
    until: float

    def __contains__(self, moment: float | None) -> bool:
        return moment is not None and self.since <= moment <= self.until


def period(
    since: str | None, until: str | None, *, options: tuple[str, str] = ("--since", "--until")
) -> Period | None:  # fmt: skip
    """The range of two options; None without either. Raises Hindered.

    A time without an offset is this machine's.
    """
    if since is None and until is None:
        return None
    if since is None or until is None:
        raise Hindered(f"A range needs both: {' and '.join(options)}.")
    found = Period(instant(since, options[0]), instant(until, options[1]))
    if found.since > found.until:
        raise Hindered(f"{options[0]} is later than {options[1]}: change one of them.")
    return found


def instant(text: str, option: str) -> float:
    """A time of the command line in seconds since the epoch. Raises Hindered."""
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        pass
    raise Hindered(f"{option} must be a time such as 2026-11-24T18:00 or 2026-11-24T18:00+03:00.")


def every_order(ledger: Ledger) -> Iterator[Named]:
    """All that the ledger knows, order by order: a scan of the whole table."""
    for order, entries in groupby(ledger.scan(), lambda entry: entry.order):
        yield Named(order=order, entries=tuple(entries))


def find(ledger: Ledger, names: Sequence[str], *, one_each: bool = False) -> list[Named]:
    """The orders of these names, each once. Raises Failed where the ledger knows none, and with
    `one_each` Hindered where a number is several orders'.

    A plain name is a pk where the ledger knows it, else a number, for which it is scanned once.
    """
    found: dict[str, Named] = {}
    numbers: dict[str, str] = {}
    for name in dict.fromkeys(names):
        kind, _, rest = name.partition(":")
        pk = rest if kind == "pk" else name
        if kind == "pk" and not _is_pk(pk):
            raise Hindered(f"{name} is no pk: a pk must be a whole number.")
        known = ledger.of_order(pk) if _is_pk(pk) else []
        if known or kind == "pk":
            found[pk] = Named(order=pk, entries=tuple(known))
        else:
            number = rest if kind == "number" else name
            numbers[unicodedata.normalize("NFC", number).strip()] = name
    for named in _by_number(ledger, numbers, one_each=one_each):
        found.setdefault(named.order, named)
    return list(found.values())


def by_the_shop(deployed: "Deployed", name: str) -> list[Named]:
    """The order of this number, whose pk the shop knows: two reads instead of the whole ledger.
    None where it is a pk, or the shop does not say."""
    kind, _, rest = name.partition(":")
    number = unicodedata.normalize("NFC", rest if kind == "number" else name).strip()
    if kind == "pk" or (kind != "number" and _is_pk(name) and deployed.ledger.of_order(name)):
        return []
    try:
        with aws_told():
            pk = deployed.shop.find(number)
    except (Failed, Hindered):
        return []
    orders = (str(pk), f"number:{key_part(number)}")
    found = [Named(order=each, entries=tuple(deployed.ledger.of_order(each))) for each in orders]
    return [named for named in found if named.entries]


def _by_number(ledger: Ledger, numbers: dict[str, str], *, one_each: bool) -> list[Named]:
    if not numbers:
        return []
    orders: dict[str, set[str]] = {}
    for entry in ledger.scan(numbers):
        orders.setdefault(entry.number or "", set()).add(entry.order)
    missing = [name for number, name in numbers.items() if not _is_held(number, set(orders))]
    if missing:
        raise Failed(
            f"The ledger knows no order {', '.join(missing)}, neither by pk nor by number: has its "
            "webhook arrived, does it wait on the queue?"
        )
    if one_each:
        orders = {number: _only_one(number, named) for number, named in orders.items()}
    every = dict.fromkeys(order for named in orders.values() for order in sorted(named))
    return [Named(order=order, entries=tuple(ledger.of_order(order))) for order in every]


def _only_one(number: str, orders: set[str]) -> set[str]:
    """The one order of this number: what was kept before its pk was known is the same one."""
    pks = sorted(filter(_is_pk, orders))
    if len(pks) > 1:
        raise Hindered(
            f"{len(pks)} orders have the number {number}: say which one by its pk "
            f"({', '.join(f'pk:{pk}' for pk in pks)})."
        )
    return set(pks) or orders


def _is_held(number: str, kept: set[str]) -> bool:
    """Whether the ledger has it; a number of many bytes it has shortened."""
    return number in kept or any(number.startswith(each) for each in kept if len(each) > 40)


def _is_pk(name: str) -> bool:
    return name.isascii() and name.isdecimal() and len(name) <= _MOST_DIGITS
