"""Which expression a spot of the sample is: the ways that fit, and the best of them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from erp_adapter.order import Order

from erp_console.sampling import words
from erp_console.sampling.catalog import item_values, order_values, preference
from erp_console.sampling.tree import Form, Guess, Known, Spot
from erp_console.sampling.ways import is_number, ways

_SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    "currency": ("TL", "YTL", "₺", "TRL"),
    "unit": ("ADET", "AD", "Adet", "adet", "PCS", "EA", "ST", "PCE", "UNIT", "AD."),
}
"""What ERPs write for TRY and C62: a [lookup] of its own."""
_LONGEST_TRIVIAL: Final = 3
_NOTHING: Final = ("0", "1")
_LONGEST_ZERO: Final = 8
Cell = tuple[Spot, Any]
"""A spot, and the item that it is about (None: the order)."""


class Guesser:
    """Compares spots with a balanced order, and with the items of its lists."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.order_values = order_values(order)
        self.below = order_values(order, "order.")
        self._items: dict[int, list[Known]] = {}

    def values(self, item: Any) -> list[Known]:
        """What a spot may be: inside an item its own values, then the order's."""
        if item is None:
            return self.order_values
        if id(item) not in self._items:
            self._items[id(item)] = item_values(item) + self.below
        return self._items[id(item)]

    def candidates(self, spot: Spot, item: Any, *, trivial: bool = False) -> list[Guess]:
        """Every guess for one spot; common small values only where the name says so."""
        if not spot.value or spot.literal:
            return []
        found = [
            guess for known in self.values(item)
            for guess in ways(known, spot, self.order.currency)
        ]  # fmt: skip
        small = is_trivial(spot.value) and not trivial
        return [
            guess for guess in found
            if words.is_named(spot, guess.path) or not (small or words.is_common(guess.path))
        ]  # fmt: skip

    def choose(self, spot: Spot, cells: Sequence[Cell]) -> bool:
        """Sets the guess that holds in all cells; whether there is one."""
        varied = len({cell.value for cell, _ in cells}) > 1
        common = self._common(cells, trivial=varied)
        if not common:
            return False
        # Where each row has its own value it is the row's, whatever it is called.
        ranked = sorted(common, key=lambda guess: _rank(spot, guess))
        spot.guess = ranked[0]
        same = [g for g in ranked if (g.path, g.function) == (spot.guess.path, spot.guess.function)]
        spot.forms = tuple(guess.form for guess in same if guess.form)
        paths = dict.fromkeys(
            guess.path for guess in ranked
            if guess.path != spot.guess.path and guess.most == spot.guess.most
        )  # fmt: skip
        spot.others = tuple(paths)
        return True

    def _common(self, cells: Sequence[Cell], *, trivial: bool) -> list[Guess]:
        there = [self.candidates(*cell, trivial=trivial) for cell in cells if cell[0].value]
        common = there[0] if there else []
        for other in there:
            same = {_same(guess) for guess in other}
            common = [guess for guess in common if _same(guess) in same]
        for _, item in (cell for cell in cells if not cell[0].value):
            given = {known.path for known in self.values(item)}
            common = [replace(g, optional=True) for g in common if g.path not in given]
        return common

    def coincidences(self, spot: Spot, cells: Sequence[Cell]) -> list[str]:
        """What a small value equals though its name does not say so; 0 and 1 say nothing."""
        if spot.number or not is_number(spot.value) or spot.value in _NOTHING:
            return []
        return list(dict.fromkeys(guess.path for guess in self._common(cells, trivial=True)))

    def synonym(self, spot: Spot, item: Any) -> bool:
        """TL for TRY, ADET for C62: a table of codes, where the name says so."""
        path = "currency" if item is None else "unit"
        code = self.order.currency if item is None else item_unit(item)
        known = {"currency": "TRY", "unit": "C62"}[path]
        if code != known or spot.value not in _SYNONYMS[path] or not words.affinity(spot, path):
            return False
        spot.table, spot.key, spot.codes = path, path, {code: spot.value}
        return True

    def missing(self, spot: Spot, item: Any) -> bool:
        """A place whose very name says what it is for, and the order has nothing for it."""
        names = words.plain(spot.name)
        paths = [path for path, exact in words.MISSING.items() if names in exact.split()]
        if item is not None and names in ("BARKOD", "BARCODE", "EAN", "GTIN", "EANCODE"):
            there = {known.path for known in self.values(item)}
            return "barcode" not in there and _absent(spot, "barcode")
        if not paths or any(known.path == paths[0] for known in self.order_values):
            return False
        return _absent(spot, paths[0] if item is None else f"order.{paths[0]}")


def item_unit(item: Any) -> str | None:
    """The unit of a line or a row; charges have none."""
    return getattr(item, "unit", None)


def is_trivial(text: str) -> bool:
    """A value that many things have: 0, 1, 18, TR."""
    if is_number(text):
        plain = text.replace(",", ".").strip("-")
        small = plain.isdigit() and len(plain) <= _LONGEST_TRIVIAL
        return small or (
            len(plain) <= _LONGEST_ZERO and plain.count(".") < 2 and Decimal(plain) in (0, 1)
        )
    return len(text) < _LONGEST_TRIVIAL


def numbered(spot: Spot, values: Iterable[str]) -> bool:
    """Sets line_number() where the values are 1, 2, 3 or 000010, 000020 and so on."""
    texts = list(values)
    if not all(text.isascii() and text.isdigit() for text in texts):
        return False
    found = [int(text) for text in texts]
    step = found[1] - found[0] if len(found) > 1 else max(found[0], 1)
    steps = [later - earlier for earlier, later in pairwise(found)]
    if step < 1 or any(other != step for other in steps):
        return False
    width = len(texts[0]) if texts[0].startswith("0") and len(texts[0]) > 1 else 0
    form = Form("line_number", found[0], step, pattern=str(width))
    spot.guess = Guess("", "line_number", form)
    return True


def _absent(spot: Spot, path: str) -> bool:
    if spot.number:
        return False
    spot.guess = Guess(path, optional=True, note="by its name: the given order has none")
    return True


def _same(guess: Guess) -> tuple[object, ...]:
    return guess.path, guess.function, guess.form, guess.around, guess.most


def _rank(spot: Spot, guess: Guess) -> tuple[object, ...]:
    plain = not guess.function or guess.form is not None
    zone = bool(guess.form and guess.form.zone)
    return (
        -words.affinity(spot, guess.path), not plain, guess.path.startswith("order."), zone,
        preference(guess.path), len(guess.path),
    )  # fmt: skip
