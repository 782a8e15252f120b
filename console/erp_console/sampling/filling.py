"""Fills a sample's tree: what repeats gets its list, every spot its guess."""

from collections.abc import Sequence
from typing import Any

from erp_adapter.order import Order

from erp_console.sampling.guesses import Guesser
from erp_console.sampling.repeats import Matching
from erp_console.sampling.spots import SpotFilling, name_tables
from erp_console.sampling.tree import Branch, Sample


def fill(sample: Sample, order: Order) -> None:
    """Finds what each spot of the sample is in a balanced order."""
    filling = _Filling(sample, order)
    filling.branch(sample.root)
    name_tables(sample.root)
    if not filling.repeated:
        filling.first_row_anyway()
        sample.note(
            "Nothing in the sample matches a line of the order, so nothing repeats: was the "
            "sample exported from this very order? Else set o:each (@each, rows) yourself."
        )


class _Filling:
    def __init__(self, sample: Sample, order: Order) -> None:
        self.sample, self.order = sample, order
        guesser = Guesser(order)
        self.matching = Matching(guesser)
        self.spots = SpotFilling(sample, guesser)
        self.repeated = False

    def branch(self, branch: Branch) -> None:
        self._find_repeats(branch)
        for spot in branch.spots:
            self.spots.fill(spot, [(spot, None)])
        for child in branch.branches:
            if not child.dropped and not child.each:
                self.branch(child)

    def first_row_anyway(self) -> None:
        """In a flat file every cell is a row's, whether its values are known or not."""
        rows = self.sample.root.branches
        if self.sample.kind == "csv" and self.sample.layout != "records" and self.order.rows:
            self._each("rows", [(rows[0], self.order.rows[0])])
            self._drop(rows, {0})

    def _find_repeats(self, parent: Branch) -> None:
        groups: dict[str, list[Branch]] = {}
        for child in parent.branches:
            groups.setdefault(child.name, []).append(child)
        for group in groups.values():
            if any(branch.leaf for branch in group):
                continue
            if len(group) > 1 or group[0].listed or self.matching.is_item(group[0]):
                self._repeat(parent, group)

    def _repeat(self, parent: Branch, group: list[Branch]) -> None:
        lines = self.matching.lines_of(group)
        rates = self.matching.rates_of(group, lines)
        if rates:
            self._each("totals.by_rate", list(zip(group, rates, strict=True)))
        elif self.matching.are_lines(group, lines):
            self._repeat_lines(parent, group, lines)

    def _repeat_lines(self, parent: Branch, group: list[Branch], lines: dict[int, int]) -> None:
        self.repeated = True
        charges = self.matching.charges_of(group, lines)
        chosen = [(group[at], self.order.lines[number]) for at, number in lines.items()]
        fees = [(group[at], self.order.charges[number]) for at, number in charges.items()]
        self._say_missing(len(chosen), len(fees))
        discounts = self._discounts(parent, group, lines) if self.sample.kind == "xml" else []
        if fees and not discounts and self._are_rows(chosen, fees):
            self._each("rows", self._as_rows(lines, charges, group))
        else:
            self._each("lines", chosen)
            chosen[0][0].grouped = self._group(discounts)
            self._each("charges", fees)
        self._drop(group, {*lines, *charges})

    def _are_rows(self, lines: list[Any], fees: list[Any]) -> bool:
        whole = len(lines) == len(self.order.lines) and len(fees) == len(self.order.charges)
        shapes = {frozenset(branch.relative()) for branch, _ in (*lines, *fees)}
        return whole and len(shapes) == 1

    def _as_rows(
        self, lines: dict[int, int], charges: dict[int, int], group: list[Branch]
    ) -> list[tuple[Branch, Any]]:
        rows = self.order.rows
        pairs = [(group[at], rows[number]) for at, number in lines.items()]
        start = len(self.order.lines)
        return pairs + [(group[at], rows[start + number]) for at, number in charges.items()]

    def _discounts(
        self, parent: Branch, group: list[Branch], lines: dict[int, int]
    ) -> list[tuple[Branch, Any]]:
        found = []
        for at, number in lines.items():
            after = parent.branches.index(group[at]) + 1
            sibling = parent.branches[after] if after < len(parent.branches) else None
            if sibling in group and self.matching.discount_of(sibling, number):
                found.append((sibling, self.order.lines[number]))
        return found

    def _group(self, discounts: list[tuple[Branch, Any]]) -> list[Branch]:
        if not discounts:
            return []
        self._items(discounts)
        first = discounts[0][0]
        first.condition = "discount gt 0"
        for branch, _ in discounts:
            branch.dropped = True
        return [first]

    def _each(self, source: str, pairs: Sequence[tuple[Branch, Any]]) -> None:
        if not pairs:
            return
        self._items(pairs)
        first, *others = [branch for branch, _ in pairs]
        first.each = source
        for branch in others:
            branch.dropped = True

    def _items(self, pairs: Sequence[tuple[Branch, Any]]) -> None:
        places = [(branch.relative(), item) for branch, item in pairs]
        for key, spot in places[0][0].items():
            self.spots.fill(spot, [(place[key], item) for place, item in places if key in place])

    def _drop(self, group: list[Branch], kept: set[int]) -> None:
        for at, branch in enumerate(group):
            if at not in kept and not branch.dropped:
                branch.dropped = True
                self.sample.note(
                    f"{branch.place} is left out: it matches no line and no charge of the order."
                )

    def _say_missing(self, lines: int, fees: int) -> None:
        if lines < len(self.order.lines):
            self.sample.note(
                f"The sample has {lines} of the order's {len(self.order.lines)} lines."
            )
        if fees < len(self.order.charges):
            kinds = ", ".join(charge.kind for charge in self.order.charges)
            self.sample.note(
                f"The order's charges ({kinds}) are not all among the sample's lines: if the ERP "
                "takes them as lines, see rows and charges in docs/profiles.md."
            )
