"""What repeats in a sample: siblings whose values match the order's lines and charges."""

from collections.abc import Sequence
from typing import Any, Final

from erp_console.sampling.guesses import Guesser, is_trivial
from erp_console.sampling.tree import Branch, Spot

_IDENTITY: Final = ("sku", "code", "codes[0]", "codes[-1]", "barcode", "name", "base_code")
_FIGURES: Final = ("unit_price", "gross", "net", "tax", "unit_net", "discount", "list_price")
_ENOUGH: Final = 2
"""So many figures of a line make a sibling that line, where no code does."""


class Matching:
    """Which branch is which line, charge or discount of the order."""

    def __init__(self, guesser: Guesser) -> None:
        self.guesser = guesser
        self.lines, self.charges = guesser.order.lines, guesser.order.charges

    def lines_of(self, group: Sequence[Branch]) -> dict[int, int]:
        """The line that each sibling is, by position; the best match first come."""
        found: dict[int, int] = {}
        for position, branch in enumerate(group):
            scores = {
                number: self._score(branch, line)
                for number, line in enumerate(self.lines) if number not in found.values()
            }  # fmt: skip
            best = max(scores, key=lambda number: scores[number], default=None)
            if best is not None and scores[best]:
                found[position] = best
        return found

    def are_lines(self, group: Sequence[Branch], found: dict[int, int]) -> bool:
        """Whether it is the lines that match: by a code or a name, or all of them by figures."""
        named = any(self._identity(group[at], self.lines[line]) for at, line in found.items())
        return named or (bool(found) and len(found) == len(self.lines) == len(group))

    def rates_of(self, group: Sequence[Branch], found: dict[int, int]) -> list[Any]:
        """The order's VAT rates, where the siblings are those: all of them, each with its tax."""
        rates = self.guesser.order.totals.by_rate if self.guesser.order.totals else ()
        if any(self._identity(group[at], self.lines[line]) for at, line in found.items()):
            return []
        if len(rates) != len(group):
            return []
        chosen = []
        for branch in group:
            rate = next((rate for rate in rates if self._is_rate(branch, rate)), None)
            if rate is not None and rate not in chosen:
                chosen.append(rate)
        return chosen if len(chosen) == len(rates) else []

    def _is_rate(self, branch: Branch, rate: Any) -> bool:
        paths = {
            guess.path for spot in branch.all_spots()
            for guess in self.guesser.candidates(spot, rate, trivial=True)
        }  # fmt: skip
        return "tax" in paths and bool({"net", "rate"} & paths)

    def charges_of(self, group: Sequence[Branch], taken: dict[int, int]) -> dict[int, int]:
        """The charge that each of the other siblings is, by its gross or net amount."""
        found: dict[int, int] = {}
        for position, branch in enumerate(group):
            if position in taken:
                continue
            for number, charge in enumerate(self.charges):
                if number not in found.values() and self._figures(branch, charge):
                    found[position] = number
                    break
        return found

    def discount_of(self, branch: Branch, line: int) -> bool:
        """Whether a branch holds the discount of a line."""
        return bool(self.lines[line].discount) and any(
            guess.path == "discount" for spot in branch.all_spots()
            for guess in self.guesser.candidates(spot, self.lines[line])
        )  # fmt: skip

    def is_item(self, branch: Branch) -> bool:
        """Whether an only child is the one line of the sample, and not what holds it."""
        lines = [line for line in self.lines if self._identity(branch, line)]
        if len(lines) != 1 or branch.leaf:
            return False
        inner = [below for below in branch.branches if not below.leaf]
        if not any(self._identity(below, lines[0]) for below in inner):
            return True
        adds = bool(branch.spots) or len(branch.branches) > 1
        return adds and not any(self._orders_own(spot, lines[0]) for spot in branch.all_spots())

    def _score(self, branch: Branch, line: Any) -> int:
        paths = self._paths(branch, line)
        identity = sum(path in _IDENTITY for path in paths)
        figures = sum(path in _FIGURES for path in paths)
        return 10 * identity + figures if identity or figures >= _ENOUGH else 0

    def _identity(self, branch: Branch, line: Any) -> bool:
        return any(path in _IDENTITY for path in self._paths(branch, line))

    def _figures(self, branch: Branch, charge: Any) -> bool:
        return any(
            guess.path in ("gross", "net") for spot in branch.all_spots()
            for guess in self.guesser.candidates(spot, charge)
        )  # fmt: skip

    def _paths(self, branch: Branch, item: Any) -> set[str]:
        return {
            guess.path for spot in branch.all_spots() if not is_trivial(spot.value)
            for guess in self.guesser.candidates(spot, item)
        }  # fmt: skip

    def _orders_own(self, spot: Spot, line: Any) -> bool:
        if is_trivial(spot.value):
            return False
        paths = [guess.path for guess in self.guesser.candidates(spot, line)]
        return bool(paths) and all(path.startswith("order.") for path in paths)
