"""profile.toml of a sample: how its bytes are made, its formats, tables, settings and checks."""

import json
import re
from collections.abc import Iterator
from typing import Final

from erp_console.sampling.csv_sample import write_columns
from erp_console.sampling.formats import Formats
from erp_console.sampling.tree import Branch, Sample, Spot

_TOTAL: Final = "totals.payable"
_PARTS: Final = "gross"
_INDENT: Final = 2
"""The engine's own."""


def write_manifest(name: str, sample: Sample, formats: Formats, *, checked: bool) -> str:
    """The whole profile.toml."""
    blocks = ["\n".join(_top(name, sample)), formats.tables(), _settings(formats)]
    blocks += [_lookup(spot) for spot in _tables(sample)]
    if sample.kind == "csv":
        if sample.encoding not in ("utf-8", "utf-8-sig"):
            blocks.append('# What the encoding lacks.\n[replace]\n"₺" = "TL"\n"*" = "?"')
        blocks.append(write_columns(sample, formats).rstrip())
    if checked:
        blocks.append(check(sample))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _top(name: str, sample: Sample) -> Iterator[str]:
    yield "# Made by erp-adapter new-profile from the ERP's own sample. docs/profiles.md says more."
    yield f"title = {json.dumps(name, ensure_ascii=False)}"
    if sample.cancels:
        yield f'cancels = "{sample.cancels}"'
    default = "\n"
    if sample.kind == "csv":
        default = "\r\n"
        yield f'layout = "{sample.layout}"'
        yield f"delimiter = {json.dumps(sample.delimiter)}"
        if any(spot.constant and spot.value[:1] in ("=", "@") for spot in used_spots(sample)):
            yield 'formula_guard = "off"'
        if sample.quoting != "minimal":
            yield f'quoting = "{sample.quoting}"'
        if sample.layout != "records":
            yield from _rows(sample)
    else:
        yield f'document = "order.{sample.kind}"'
        if sample.indent != _INDENT:
            yield f"indent = {sample.indent}"
    if sample.encoding != "utf-8":
        yield f'encoding = "{sample.encoding}"'
    if sample.kind == "csv" and sample.encoding not in ("utf-8", "utf-8-sig"):
        yield 'unencodable = "replace"'
    if sample.newline != default:
        yield f'newline = "{"crlf" if default == chr(10) else "lf"}"'


def _rows(sample: Sample) -> Iterator[str]:
    if sample.header is None:
        yield "header = false"
    each = next((row.each for row in sample.root.branches if row.each), "rows")
    if each != "rows":
        yield f'rows = "{each}"'


def _settings(formats: Formats) -> str:
    if not formats.guest:
        return ""
    comment = "# The account of customers whom the ERP does not know."
    return f'{comment}\n[settings]\nguest_customer = ""'


def _tables(sample: Sample) -> list[Spot]:
    found = {spot.table: spot for spot in used_spots(sample) if spot.table}
    return list(found.values())


def _lookup(spot: Spot) -> str:
    entries = [f"{_key(code)} = {_text(value)}" for code, value in spot.codes.items()]
    return "\n".join([f"[lookup.{_key(spot.table)}]", *entries])


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def used_spots(sample: Sample) -> list[Spot]:
    """The spots that the profile writes."""

    def walk(branches: list[Branch]) -> Iterator[Spot]:
        for branch in branches:
            kept = not branch.dropped or any(branch in b.grouped for b in branches)
            if kept:
                yield from branch.spots
                yield from walk(branch.branches)

    return list(walk([sample.root]))


def check(sample: Sample) -> str:
    """[[check]]: the document's total is the order's, and the sum of its rows; or nothing."""
    spots = used_spots(sample)
    totals = [s for s in spots if s.guess and s.guess.path.removeprefix("order.") == _TOTAL]
    place = next((p for p in (place_of(sample, spot) for spot in totals) if p), None)
    if place is None:
        return ""
    lines = ["# The document is read back and must add up.", "[[check]]", f"total = {_text(place)}"]
    parts = _parts(sample)
    if parts:
        lines.append(f"sum   = [{_text(parts)}]")
    return "\n".join([*lines, f'order = "{_TOTAL}"'])


def _parts(sample: Sample) -> str | None:
    for branch in repeated(sample.root):
        for spot in branch.spots + [s for below in branch.branches for s in below.spots]:
            if branch.each == "rows" and spot.guess and spot.guess.path == _PARTS:
                return place_of(sample, spot, branch)
    return None


def repeated(branch: Branch) -> Iterator[Branch]:
    """The branches that have an each."""
    if branch.each:
        yield branch
    for child in branch.branches:
        yield from repeated(child)


def place_of(sample: Sample, spot: Spot, repeats: Branch | None = None) -> str | None:
    """Where a value stands, as [[check]] names it; None where it can't be named."""
    if sample.kind == "csv":
        if sample.layout == "records":
            return f"{repeats.name}: {spot.name}" if repeats else spot.name
        return f"*: {spot.name}" if repeats else spot.name
    path = spot.place.split("/", 1)[-1]
    if sample.kind == "json":
        path = re.sub(r"\[\d+\]", "[]", path).replace("/", ".")
        return path if repeats or "[]" not in path else None
    if spot.attribute or "[" in path:
        return None
    if not repeats:
        return path
    above = repeats.place.split("/", 1)[-1]
    return f"{above}: {path.removeprefix(above).strip('/')}"
