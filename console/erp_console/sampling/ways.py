"""Every way in which a value of the order may be written as a sample's text."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Final, cast
from zoneinfo import ZoneInfo

from erp_adapter.balance import places_of
from erp_adapter.profile import dates, numbers, texts
from erp_adapter.profile.faults import Fault
from erp_adapter.profile.numbers import NumberFormat, NumberKind

from erp_console.sampling.tree import Form, Guess, Known, Spot

_NUMBER: Final = re.compile(r"-?\d+(?:([.,])(\d+))?-?")
_THOUSANDS: Final = re.compile(r"-?\d{1,3}(?:([.,])\d{3})+(?!\1)([.,])\d+-?")
_DAYS: Final = (
    "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%m/%d/%Y",
    "%d.%m.%y", "%d/%m/%y", "%d%m%Y", "%y%m%d", "%Y%j",
)  # fmt: skip
_TIMES: Final = ("%H:%M:%S", "%H:%M", "%H%M%S", "%H%M", "%H.%M")
_ENDS: Final = ("", "%z", "Z", ".%f", ".%fZ")
_MOMENTS: Final[tuple[tuple[str, str], ...]] = (
    *(("date", day) for day in _DAYS),
    *(("time", time) for time in _TIMES),
    *(
        ("datetime", f"{day}{between}{time}{end}")
        for day in _DAYS for between in ("T", " ", "") for time in _TIMES for end in _ENDS
    ),
)  # fmt: skip
_TEXT_WAYS: Final = ("upper", "lower", "ascii", "digits")
_SHORTEST_CUT: Final = 12
_SHORTEST_CASE: Final = 5
_SHORTEST_PHONE: Final = 7
_SHORTEST_PART: Final = 6
_SHORTEST_KEY: Final = 4


def ways(known: Known, spot: Spot, currency: str) -> Iterator[Guess]:
    """The guesses under which `known` is written as the spot's value, the plainest first."""
    if known.kind == "moment":
        yield from _moments(known, spot.value)
    elif known.kind == "text":
        yield from () if spot.number else _texts(known, spot.value)
    elif spot.number:
        if Decimal(spot.value) == known.figure:
            yield Guess(known.path, optional=known.optional)
    elif known.kind == "whole":
        if str(known.value) == spot.value:
            yield Guess(known.path, optional=known.optional)
        elif known.path in ("pk", "order.pk"):
            yield from _around(known, str(known.value), spot.value)
    else:
        yield from _figures(known, spot.value, currency)


def is_number(text: str) -> bool:
    """Whether a text reads as a number, with or without thousands separators."""
    return bool(_NUMBER.fullmatch(text) or _THOUSANDS.fullmatch(text))


def _texts(known: Known, text: str) -> Iterator[Guess]:
    value, optional = known.value, known.optional
    if value == text:
        yield Guess(known.path, optional=optional)
        return
    for function in _TEXT_WAYS:
        enough = len(text) >= (_SHORTEST_PHONE if function == "digits" else _SHORTEST_CASE)
        if enough and text and _written(function, value) == text:
            yield Guess(known.path, function, optional=optional)
    if len(text) >= _SHORTEST_CUT and value.startswith(text):
        yield Guess(known.path, optional=optional, most=len(text))
    if known.path in ("number", "order.number") and len(value) >= _SHORTEST_PART:
        yield from _around(known, value, text)


def _around(known: Known, value: str, text: str) -> Iterator[Guess]:
    """WEB-1001: the order's own number or key with constants around it."""
    before, found, after = text.partition(value)
    whole = not (before[-1:].isdigit() or after[:1].isdigit())
    if found and whole and len(value) >= _SHORTEST_KEY:
        yield Guess(known.path, around=(before, after))


def _written(function: str, value: str) -> str | None:
    try:
        name = "to_ascii" if function == "ascii" else function
        return cast(str | None, getattr(texts, name)(value))
    except Fault:
        return None


def _figures(known: Known, text: str, currency: str) -> Iterator[Guess]:
    plain, note = _without_thousands(text)
    parts = _NUMBER.fullmatch(plain)
    if not parts or (plain[0] == "-" and plain[-1] == "-"):
        return
    places, kind = len(parts[2] or ""), cast(NumberKind, known.kind)
    for form in _forms(kind, places, parts[1] or "", currency):
        if plain.endswith("-"):
            form = replace(form, sign="after")
        if _number(form, known.figure, currency) == plain:
            yield Guess(known.path, known.kind, form, known.optional, note=note)


def _without_thousands(text: str) -> tuple[str, str]:
    found = _THOUSANDS.fullmatch(text)
    if not found:
        return text, ""
    return text.replace(found[1], ""), "written without thousands separators"


def _forms(kind: NumberKind, places: int, decimal: str, currency: str) -> Iterator[Form]:
    least, most = default_places(kind, currency)
    yield Form(kind, least, most, decimal)
    if (places, max(most, places)) != (least, most):
        yield Form(kind, places, max(most, places), decimal)
    if places != most:
        yield Form(kind, places, places, decimal)
    yield Form(kind, 0, most, decimal)


def default_places(kind: NumberKind, currency: str) -> tuple[int, int]:
    """The places of a kind of number where a profile says nothing."""
    default = numbers.DEFAULTS[kind]
    if default.least is None or default.most is None:
        money = places_of(currency)
        return money, money
    return default.least, default.most


def _number(form: Form, value: Decimal, currency: str) -> str | None:
    rounds = numbers.DEFAULTS[cast(NumberKind, form.kind)].rounds
    written = NumberFormat(
        form.least, form.most, form.decimal or ".", form.sign or "before", rounds
    )
    try:
        return numbers.writer(written, currency)(value)
    except Fault:
        return None


def _moments(known: Known, text: str) -> Iterator[Guess]:
    for form in _written_moments(known.value).get(text, ()):
        yield Guess(known.path, form.kind, form, known.optional)


@cache
def _written_moments(value: datetime) -> dict[str, list[Form]]:
    """Everything that a moment may be written as; local time before UTC."""
    found: dict[str, list[Form]] = {}
    for zone in ("", "UTC"):
        local = ZoneInfo(zone or dates.DEFAULT_ZONE)
        for kind, pattern in _MOMENTS:
            if not zone and pattern.endswith("Z"):
                continue
            form = Form(kind, pattern=pattern, zone=zone)
            found.setdefault(dates.writer(pattern, local)(value), []).append(form)
    return found
