"""Binds functions at load: named formats, tables and widths are looked up once, not per order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from erp_adapter.profile import texts
from erp_adapter.profile.formats import Formats, LineNumbers, Lookup
from erp_adapter.profile.numbers import NumberFormat
from erp_adapter.profile.problems import did_you_mean

Constants = Mapping[str, Any]
Bind = Callable[[Formats, Constants], Any]
"""Takes the profile's formats and a call's constant arguments; gives what is called per order."""
MAX_WIDTH: Final = 10_000
_SIDES: Final = ("left", "right")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number's format; its writer may depend on the order's currency."""

    form: NumberFormat
    formats: Formats


class Unbindable(ValueError):
    """A constant argument that names nothing, or nothing possible; `index` is its place."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


def plain(function: Callable[..., Any]) -> Bind:
    """A function without constant arguments."""
    return lambda formats, constants: function


def figure(kind: str) -> Bind:
    """money, price, qty, percent, number."""

    def bind(formats: Formats, constants: Constants) -> Figure:
        form: NumberFormat = _named(formats.numbers[kind], f"format.{kind}", constants)
        return Figure(form, formats)

    return bind


def moment(kind: str) -> Bind:
    """date, time, datetime."""
    return lambda formats, constants: _named(formats.moments[kind], f"format.{kind}", constants)


def _named(table: Mapping[str, Any], where: str, constants: Constants) -> Any:
    name = constants.get("format") or "default"
    if name not in table:
        known = [other for other in table if other != "default"]
        hint = did_you_mean(name, known)
        raise Unbindable(f"[{where}] has no format {name!r}.{hint}", index=1)
    return table[name]


def text(formats: Formats, constants: Constants) -> Callable[[Any], str]:
    """text: of true and false as [format.boolean] says."""
    words: Mapping[bool, str] = _named(formats.booleans, "format.boolean", constants)
    return partial(_text_of, words)


def _text_of(words: Mapping[bool, str], value: str | int | bool) -> str:
    return words[value] if isinstance(value, bool) else str(value)


def cut(formats: Formats, constants: Constants) -> Callable[[str], str | None]:
    """slice."""
    start, stop = constants["start"], constants.get("stop")
    return lambda value: texts.cut(value, start, stop)


def wrap(formats: Formats, constants: Constants) -> Callable[[str], list[str]]:
    """wrap."""
    width, measure = _width(constants["width"]), formats.measure
    return lambda value: texts.wrap(value, width, measure)


def pad(formats: Formats, constants: Constants) -> Callable[[str | int], str]:
    """pad."""
    width, fill = _width(constants["width"]), constants.get("fill") or " "
    side: Any = constants.get("side") or "right"
    if len(fill) != 1:
        raise Unbindable("pad() fills with one character.", 2)
    if side not in _SIDES:
        raise Unbindable(f"pad() fills 'left' or 'right'.{did_you_mean(side, _SIDES)}", 3)
    return lambda value: texts.pad(value, width, fill, side)


def _width(width: int) -> int:
    if not 1 <= width <= MAX_WIDTH:
        raise Unbindable(f"A width is from 1 to {MAX_WIDTH}.", 1)
    return width


def lookup(formats: Formats, constants: Constants) -> Lookup:
    """lookup."""
    name = constants["table"]
    if name not in formats.lookups:
        hint = did_you_mean(name, formats.lookups)
        raise Unbindable(f"There is no table [lookup.{name}].{hint}", 0)
    return formats.lookups[name]


def line_number(formats: Formats, constants: Constants) -> LineNumbers:
    """line_number: its only argument is the format."""
    try:
        found: LineNumbers = _named(formats.lines, "format.line_number", constants)
    except Unbindable as error:
        raise Unbindable(str(error), 0) from None
    return found


def extreme(choose: Callable[..., Any]) -> Bind:
    """min, max: of what is there."""

    def extreme_of(values: Sequence[Any]) -> Any:
        return choose((value for value in values if value is not None), default=None)

    return plain(extreme_of)
