"""A JSON sample: read with its numbers as they stand, written again with expressions."""

import json
from collections.abc import Iterator
from typing import Any, Final

from erp_console.sampling.decoding import indent_of
from erp_console.sampling.formats import Formats, escaped
from erp_console.sampling.tree import Branch, Sample, Spot
from erp_console.terminal import Hindered

_STEP: Final = "  "
Entry = Any
"""A Spot, a Branch, or a list of them: what stands at a member, in the sample's order."""


class _Number(str):
    """A number's own digits."""

    __slots__ = ()


def read_json(text: str) -> Sample:
    """The sample's tree. Raises Hindered for what is not a JSON object or list."""
    try:
        value = json.loads(text, parse_float=_Number, parse_int=_Number)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Hindered(f"The sample is not JSON ({error}): mend it.") from error
    if not isinstance(value, (dict, list)):
        raise Hindered("The sample must be a JSON object or a list of objects.")
    root = Branch("", "")
    entry = _entry(value, "", "", root)
    if isinstance(entry, list):
        root.native = entry
    else:
        root = entry
    return Sample("json", root, indent=indent_of(text))


def _entry(value: Any, name: str, place: str, parent: Branch) -> Entry:
    if isinstance(value, dict):
        branch = Branch(name, place)
        branch.native = [
            (key, _entry(inner, key, f"{place}/{key}", branch)) for key, inner in value.items()
        ]
        parent.branches.append(branch)
        return branch
    if isinstance(value, list):
        entries = [_entry(v, name, f"{place}[{n}]", parent) for n, v in enumerate(value)]
        for entry in entries:
            if isinstance(entry, Branch):
                entry.listed = True
        return entries
    spot = _spot(value, name, place)
    parent.spots.append(spot)
    return spot


def _spot(value: Any, name: str, place: str) -> Spot:
    if isinstance(value, _Number):
        return Spot(name, place, str(value), number=True)
    if isinstance(value, str):
        return Spot(name, place, value)
    return Spot(name, place, "" if value is None else json.dumps(value), literal=True)


def write_json(sample: Sample, formats: Formats) -> str:
    """The profile's order.json."""
    writer = _Writer(formats)
    native = sample.root.native
    is_list = bool(native) and not isinstance(native[0], tuple)
    return writer.entry(native if is_list else sample.root, 0) + "\n"


class _Writer:
    def __init__(self, formats: Formats) -> None:
        self.formats = formats

    def entry(self, entry: Entry, depth: int) -> str:
        if isinstance(entry, Spot):
            return self._value(entry)
        if isinstance(entry, list):
            kept = [e for e in entry if not (isinstance(e, Branch) and e.dropped)]
            return _block("[", [self.entry(e, depth + 1) for e in kept], "]", depth)
        return _block("{", list(self._members(entry, depth + 1)), "}", depth)

    def _members(self, branch: Branch, depth: int) -> Iterator[str]:
        if branch.each:
            yield f'"@each": {_quoted(branch.each)}'
        for name, entry in branch.native:
            optional = isinstance(entry, Spot) and entry.guess and entry.guess.optional
            yield f"{_quoted(_member(name) + '?' * bool(optional))}: {self.entry(entry, depth)}"

    def _value(self, spot: Spot) -> str:
        if spot.constant:
            if spot.literal or spot.number:
                return spot.value or "null"
            return _quoted(escaped(spot.value))
        text = _quoted(self.formats.expression(spot))
        if spot.guess and spot.guess.most:
            return f'{{ "@value": {text}, "@max": {spot.guess.most}, "@overflow": "truncate" }}'
        return text


def _member(name: str) -> str:
    name = f"@{name}" if name.startswith("@") else name
    return f"{name}?" if name.endswith("?") else name


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _block(start: str, inner: list[str], end: str, depth: int) -> str:
    if not inner:
        return start + end
    space = _STEP * (depth + 1)
    return f"{start}\n{space}" + f",\n{space}".join(inner) + f"\n{_STEP * depth}{end}"
