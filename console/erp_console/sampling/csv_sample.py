"""A CSV sample: delimiter, quotes, header and records are found; written as [[column]]s."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Final

from erp_console.sampling.formats import Formats, escaped
from erp_console.sampling.tree import Branch, Sample, Spot
from erp_console.sampling.ways import is_number
from erp_console.terminal import Hindered

_DELIMITERS: Final = (";", "\t", "|", ",")
_LONGEST_TYPE: Final = 3


def read_csv(text: str) -> Sample:
    """The sample's tree: a branch for each row. Raises Hindered where no delimiter is found."""
    delimiter = _delimiter(text)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    sample = Sample("csv", Branch("", ""), delimiter=delimiter, quoting=_quoting(text))
    if _are_records(rows):
        sample.layout = "records"
    elif _is_header(rows):
        sample.header = rows.pop(0)
    for number, row in enumerate(rows, start=1):
        sample.root.branches.append(_row(sample, number, row))
    return sample


def _delimiter(text: str) -> str:
    lines = text.strip().splitlines()
    found = {
        delimiter: [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        for delimiter in _DELIMITERS
    }
    widths = {d: (len(set(counts)) == 1, min(counts)) for d, counts in found.items() if counts}
    best = max(widths, key=lambda d: (widths[d][1] > 1, *widths[d]), default=";")
    if not widths or widths[best][1] == 1:
        raise Hindered("The sample has no columns parted by ; , | or tabs: write fixed by hand.")
    return best


def _quoting(text: str) -> str:
    lines = text.strip().splitlines()
    return "all" if all(ln.startswith('"') and ln.endswith('"') for ln in lines) else "minimal"


def _are_records(rows: list[list[str]]) -> bool:
    kinds = {row[0] for row in rows}
    short = all(0 < len(kind) <= _LONGEST_TYPE and kind.isalnum() for kind in kinds)
    return len({len(row) for row in rows}) > 1 and short and len(kinds) > 1


def _is_header(rows: list[list[str]]) -> bool:
    first, *others = rows
    again = any(a == b for row in others for a, b in zip(first, row, strict=False))
    return bool(others) and all(first) and not again and not any(map(is_number, first))


def _row(sample: Sample, number: int, row: list[str]) -> Branch:
    name = row[0] if sample.layout == "records" else "row"
    branch = Branch(name, f"row {number}", listed=sample.layout != "records")
    for at, value in enumerate(row):
        header = sample.header
        column = header[at] if header and at < len(header) else f"COLUMN_{at + 1}"
        branch.spots.append(Spot(column, f"row {number}/{column}", value.strip()))
    return branch


def write_columns(sample: Sample, formats: Formats) -> str:
    """The [[column]]s, or the [[record]]s, of profile.toml."""
    rows = [branch for branch in sample.root.branches if not branch.dropped]
    if sample.layout != "records":
        return "\n".join(_column("column", spot, formats) for spot in rows[0].spots)
    return "\n".join(_record(branch, formats) for branch in rows)


def _record(branch: Branch, formats: Formats) -> str:
    lines = ["[[record]]", f"name = {json.dumps(branch.name)}"]
    if branch.each:
        lines.append(f"each = {json.dumps(branch.each)}")
    columns = [_column("record.column", spot, formats) for spot in branch.spots]
    return "\n".join([*lines, "", *columns])


def _column(table: str, spot: Spot, formats: Formats) -> str:
    return "\n".join([f"[[{table}]]", *_keys(spot, formats), ""])


def _keys(spot: Spot, formats: Formats) -> Iterator[str]:
    yield f"name = {json.dumps(spot.name, ensure_ascii=False)}"
    value = escaped(spot.value) if spot.constant else formats.expression(spot)
    yield f"value = {json.dumps(value, ensure_ascii=False)}"
    if (spot.guess and spot.guess.optional) or not value:
        yield "optional = true"
    if spot.guess and spot.guess.most:
        yield f'width = {spot.guess.most}\noverflow = "truncate"'
    if spot.first_row_only:
        yield "first_row_only = true"
