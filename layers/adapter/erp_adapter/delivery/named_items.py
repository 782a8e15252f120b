"""Items of an order, as the ledger names them: pks in so few bytes that an entry stays below 1 KB.

A document's items are one word: ascending pks in hex, each but the first by its distance from the
one before ("6a3f21.1.4"). An entry's `items` are such words with blanks between them. What has no
room is UNKNOWN, never cut: then a person must act.
"""

from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import Final

from erp_adapter.order import Order, is_cancelled

EVERYTHING: Final = "*"
"""Whatever no word before it names: the whole order was cancelled."""
UNKNOWN: Final = "?"
MOST: Final = 120
"""Bytes of all words of an entry: some forty items."""


def cancelled_items(order: Order) -> set[int]:
    """The items that a document of the order lacks."""
    return {pk for line in order.lines if is_cancelled(line) for pk in line.ids}


def word_of(pks: Collection[int]) -> str | None:
    """The word for these items, None for none."""
    ordered = sorted(pks)
    distances = [after - before for before, after in pairwise([0, *ordered])]
    return _fitting(".".join(f"{distance:x}" for distance in distances)) or None


def together(words: str | None, word: str | None) -> str | None:
    """The words of an entry with one more."""
    return _fitting(" ".join(filter(None, (words, word)))) or None


def without_last(words: str | None) -> str | None:
    """The words before the last one."""
    return " ".join((words or "").split()[:-1]) or None


def last_of(words: str | None) -> str | None:
    """The last word."""
    return (words or "").rpartition(" ")[2] or None


def named_by(words: str | None) -> frozenset[int]:
    """The items that are named one by one."""
    return frozenset(pk for word in (words or "").split() for pk in _read(word))


def says(words: str | None, word: str) -> bool:
    """Whether EVERYTHING or UNKNOWN is among the words."""
    return word in (words or "").split()


def _read(word: str) -> Iterator[int]:
    pk = 0
    for distance in word.split(".") if word not in (EVERYTHING, UNKNOWN) else ():
        pk += int(distance, 16)
        yield pk


def _fitting(words: str) -> str:
    return words if len(words) <= MOST else UNKNOWN
