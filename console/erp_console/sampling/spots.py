"""What one spot becomes: a line number, a value of the order, a code of the ERP, a constant."""

import re

from erp_console.sampling import words
from erp_console.sampling.guesses import Cell, Guesser, numbered
from erp_console.sampling.tree import Branch, Sample, Spot


class SpotFilling:
    """Decides for one spot and its likes in the siblings."""

    def __init__(self, sample: Sample, guesser: Guesser) -> None:
        self.sample, self.guesser = sample, guesser

    def fill(self, spot: Spot, cells: list[Cell]) -> None:
        """Sets what the spot becomes; `cells` are it and the same spot of each sibling."""
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


def name_tables(root: Branch) -> None:
    """Tables of one name are one table only where they say the same."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for spot in root.all_spots():
        name, number = spot.table, 1
        while name and found.setdefault(name, (spot.key, spot.codes)) != (spot.key, spot.codes):
            number += 1
            name = f"{spot.table}_{number}"
        spot.table = name
