"""Fills a sample's tree: what repeats gets its list, every spot its guess."""

import re
from collections.abc import Sequence
from typing import Any

from erp_adapter.order import Order

from erp_console.sampling import words
from erp_console.sampling.guesses import Cell, Guesser, numbered
from erp_console.sampling.repeats import Matching
from erp_console.sampling.tree import Branch, Sample, Spot


def fill(sample: Sample, order: Order) -> None:
    """Finds what each spot of the sample is in a balanced order."""
    filling = _Filling(sample, order)
    filling.branch(sample.root)
    _name_tables(sample.root)
    if not filling.repeated:
        filling.first_row_anyway()
        sample.note(
            "Nothing in the sample matches a line of the order, so nothing repeats: was the "
            "sample exported from this very order? Else set o:each (@each, rows) yourself."
        )


class _Filling:
    def __init__(self, sample: Sample, order: Order) -> None:
        self.sample, self.order = sample, order
        self.guesser = Guesser(order)
        self.matching = Matching(self.guesser)
        self.repeated = False

    def branch(self, branch: Branch) -> None:
        self._find_repeats(branch)
        for spot in branch.spots:
            self._fill(spot, [(spot, None)])
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
            self._fill(spot, [(place[key], item) for place, item in places if key in place])

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

    def _fill(self, spot: Spot, cells: list[Cell]) -> None:
        values, item = [cell.value for cell, _ in cells], cells[0][1]
        number = item is not None and words.says_line_number(spot) and not spot.number
        if number and numbered(spot, values):
            return
        if self._first_row(spot, cells) or self.guesser.choose(spot, cells):
            return
        if self._by_kind(spot, cells) or self.guesser.synonym(spot, item):
            return
        if len(set(values)) > 1 and not (not spot.number and numbered(spot, values)):
            self.sample.note(
                f"{spot.place} differs from line to line and equals nothing of the order: only "
                "the first value is kept, as a constant."
            )
        elif len(set(values)) == 1 and not self.guesser.missing(spot, item) and item is not None:
            self._say_coincidence(spot, self.guesser.coincidences(spot, cells))

    def _say_coincidence(self, spot: Spot, paths: list[str]) -> None:
        if paths:
            self.sample.note(
                f"{spot.place} is {spot.value} on each line now, and might be {' or '.join(paths)}."
            )

    def _first_row(self, spot: Spot, cells: list[Cell]) -> bool:
        first, *others = cells
        if self.sample.kind != "csv" or not others or any(cell.value for cell, _ in others):
            return False
        if not first[0].value or not self.guesser.choose(spot, [first]):
            return False
        if spot.guess and spot.guess.path.startswith("order."):
            spot.first_row_only = True
            self.sample.layout = "first-row"
            return True
        spot.guess, spot.others = None, ()
        return False

    def _by_kind(self, spot: Spot, cells: list[Cell]) -> bool:
        """Rows: a code of the ERP for each kind of charge, and for lines a value or a code."""
        if spot.number or not all(hasattr(item, "kind") for _, item in cells):
            return False
        own = [(cell, item) for cell, item in cells if item.kind == "item"]
        fees = [(cell, item) for cell, item in cells if item.kind != "item"]
        codes = {item.kind: cell.value for cell, item in fees}
        is_code = words.affinity(spot, "sku") and not words.affinity(spot, "unit")
        if not own and is_code and len(cells) == len(codes):
            spot.table, spot.key, spot.codes = _table(spot), "kind", codes
            return True
        if not own or not fees or any(codes[item.kind] != cell.value for cell, item in fees):
            return False
        if self.guesser.choose(spot, own) and spot.guess:
            paths = {known.path for _, item in fees for known in self.guesser.values(item)}
            if spot.guess.path in paths or spot.guess.function or not all(codes.values()):
                spot.guess, spot.others = None, ()
                return False
        elif len({cell.value for cell, _ in own}) == 1 and own[0][0].value not in codes.values():
            codes = {"item": own[0][0].value, **codes}
        else:
            return False
        spot.table, spot.key, spot.codes = _table(spot), "kind", codes
        return all(codes.values())


def _table(spot: Spot) -> str:
    return re.sub(r"[^a-z0-9]+", "_", words.plain(spot.name).lower()).strip("_") or "codes"


def _name_tables(root: Branch) -> None:
    """Tables of one name are one table only where they say the same."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for spot in root.all_spots():
        name, number = spot.table, 1
        while name and found.setdefault(name, (spot.key, spot.codes)) != (spot.key, spot.codes):
            number += 1
            name = f"{spot.table}_{number}"
        spot.table = name
