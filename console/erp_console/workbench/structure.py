"""Our document beside the vendor's sample: which places both have, and where the two differ."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final

from erp_console.sampling.reading import read_sample

_INDEX: Final = re.compile(r"\[\d+\]")
_CSV_ROW: Final = re.compile(r"row \d+")


@dataclass(slots=True)
class Place:
    """A place of a document: its first value, and how often it is there."""

    value: str
    count: int = 0


def compared(name: str, sample: bytes, ours: bytes, kind: str) -> list[dict[str, Any]]:
    """A row for each place, in the sample's order. Raises Hindered where it can't be read.

    `state` is "both", "sample" (ours lacks it), "ours" (the sample lacks it) or "form" (both have
    it, and what they write looks different: a date, a decimal comma, a number for a text).
    """
    theirs, own = _places(name, sample), _places(f"document.{kind}", ours)
    return [
        {
            "place": place,
            "state": _state(theirs.get(place), own.get(place)),
            "sample": theirs[place].value if place in theirs else None,
            "ours": own[place].value if place in own else None,
            "counts": [theirs[place].count if place in theirs else 0,
                       own[place].count if place in own else 0],
        }
        for place in _merged(list(theirs), list(own))
    ]  # fmt: skip


def _places(name: str, content: bytes) -> dict[str, Place]:
    sample = read_sample(Path(name), content)
    found: dict[str, Place] = {}
    for branch in _rows(sample.root.all_spots(), sample.layout):
        place = found.setdefault(branch[0], Place(branch[1]))
        place.count += 1
        place.value = place.value or branch[1]
    return found


def _rows(spots: Iterator[Any], layout: str) -> Iterator[tuple[str, str]]:
    """Places without their numbers; a CSV record's rows are known by their first cell."""
    row = key = ""
    for spot in spots:
        where = _INDEX.sub("", spot.place)
        number = _CSV_ROW.match(where)
        if number is not None:
            if number[0] != row:
                row, key = number[0], spot.value
            where = where.replace(number[0], f"row {key}" if layout == "records" else "row", 1)
        yield where, spot.value


def _merged(theirs: list[str], own: list[str]) -> list[str]:
    merged: list[str] = []
    matcher = SequenceMatcher(None, theirs, own, autojunk=False)
    for _, start, end, first, last in matcher.get_opcodes():
        merged += [*theirs[start:end], *own[first:last]]
    return list(dict.fromkeys(merged))


def _state(theirs: Place | None, own: Place | None) -> str:
    if theirs is None:
        return "ours"
    if own is None:
        return "sample"
    return "both" if _form(theirs.value) == _form(own.value) else "form"


def _form(value: str) -> str:
    """What a value looks like: 30.01.2017 as 9.9.9; words are all alike, and so is nothing."""
    if not value or not any(character.isdigit() for character in value):
        return ""
    if any(character.isalpha() for character in value) and not re.match(
        r"[\d.:+-]+T[\d.:+-]+", value
    ):
        return ""
    return re.sub(r"\d+", "9", value)
