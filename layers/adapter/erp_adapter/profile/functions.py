"""The language's functions, a closed set: what each takes, gives, and does.

A function whose argument is null gives null; one whose text would be empty gives null too, since
null, "" and missing are one thing here. Arguments that must be constants (formats, tables, widths)
are bound when the profile is loaded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Final

from erp_adapter.profile import texts
from erp_adapter.profile.formats import Formats, LineNumbers
from erp_adapter.profile.numbers import NumberFormat
from erp_adapter.profile.problems import did_you_mean
from erp_adapter.profile.types import (
    BOOLEAN,
    FIGURE,
    NUMBER,
    TEXT,
    TEXTS,
    WHOLE,
    Kind,
    Type,
    optional,
    present,
)

Constants = Mapping[str, Any]
MAX_WIDTH: Final = 10_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A number's format; its writer may depend on the order's currency."""

    form: NumberFormat
    formats: Formats


@dataclass(frozen=True, slots=True)
class Parameter:
    """What an argument may be; a `constant` one is written out in the profile."""

    name: str
    kinds: tuple[Kind, ...] = ("text",)
    constant: bool = False
    of: tuple[Kind, ...] = ()


class Unbindable(ValueError):
    """A constant argument that names nothing, or nothing possible; `index` is its place."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its parameters (the last may repeat), its result, how it is bound."""

    usage: str
    parameters: tuple[Parameter, ...]
    required: int
    result: Type | Callable[[Sequence[Type]], Type]
    bind: Callable[[Formats, Constants], Any]
    repeats: bool = False


def _figure(kind: str) -> Callable[[Formats, Constants], Figure]:
    def bind(formats: Formats, constants: Constants) -> Figure:
        forms = formats.numbers[kind]
        return Figure(_named(forms, constants, f"format.{kind}"), formats)

    return bind


def _moment(kind: str) -> Callable[[Formats, Constants], Any]:
    def bind(formats: Formats, constants: Constants) -> Any:
        return _named(formats.moments, {"format": kind}, "format", constants)

    return bind


def _named(
    table: Mapping[str, Any], constants: Constants, where: str, inner: Constants | None = None
) -> Any:
    name = constants.get("format") or "default"
    if inner is not None:
        return _named(table[name], inner, f"{where}.{name}")
    if name not in table:
        known = [other for other in table if other != "default"]
        raise Unbindable(f"[{where}] has no format {name!r}.{did_you_mean(name, known)}", index=1)
    return table[name]


def _text(formats: Formats, constants: Constants) -> Any:
    words = _named(formats.booleans, constants, "format.boolean")
    return partial(_text_of, words)


def _text_of(words: Mapping[bool, str], value: str | int | bool) -> str:
    return words[value] if isinstance(value, bool) else str(value)


def _slice(formats: Formats, constants: Constants) -> Any:
    return partial(_sliced, constants["start"], constants.get("stop"))


def _sliced(start: int, stop: int | None, text: str) -> str | None:
    return texts.cut(text, start, stop)


def _wrap(formats: Formats, constants: Constants) -> Any:
    width, measure = _width(constants["width"], 1), formats.measure
    return lambda text: texts.wrap(text, width, measure)


def _pad(formats: Formats, constants: Constants) -> Any:
    width = _width(constants["width"], 1)
    fill: str = constants.get("fill") or " "
    side: Any = constants.get("side") or "right"
    if len(fill) != 1:
        raise Unbindable("pad() fills with one character.", 2)
    if side not in ("left", "right"):
        raise Unbindable(f"pad() fills 'left' or 'right'.{did_you_mean(side, SIDES)}", 3)
    return lambda text: texts.pad(text, width, fill, side)


def _width(width: int, index: int) -> int:
    if not 1 <= width <= MAX_WIDTH:
        raise Unbindable(f"A width is from 1 to {MAX_WIDTH}.", index)
    return width


def _lookup(formats: Formats, constants: Constants) -> Any:
    name = constants["table"]
    if name not in formats.lookups:
        raise Unbindable(
            f"There is no table [lookup.{name}].{did_you_mean(name, formats.lookups)}", 0
        )
    return formats.lookups[name]


def _line_number(formats: Formats, constants: Constants) -> LineNumbers:
    found: LineNumbers = _named(formats.lines, constants, "format.line_number")
    return found


def _plain(function: Callable[..., Any]) -> Callable[[Formats, Constants], Any]:
    return lambda formats, constants: function


def _extreme(choose: Callable[..., Any]) -> Callable[[Formats, Constants], Any]:
    def extreme(values: Sequence[Any]) -> Any:
        return choose((value for value in values if value is not None), default=None)

    return _plain(extreme)


def _first_type(types: Sequence[Type]) -> Type:
    known = next((t for t in types if t.kind != "null"), types[0])
    return optional(known) if all(t.nullable for t in types) else present(known)


def _item_type(types: Sequence[Type]) -> Type:
    return optional(types[0].item or NUMBER)


SIDES: Final = ("left", "right")
_NUMBER: Final = Parameter("number", ("number",))
_TEXT: Final = Parameter("text")
_FORMAT: Final = Parameter("format", constant=True)
_WIDTH: Final = Parameter("width", ("number",), constant=True)
_SCALAR: Final[tuple[Kind, ...]] = ("text", "number", "boolean")


def _number_function(kind: str) -> Function:
    return Function(f"{kind}(number[, 'format'])", (_NUMBER, _FORMAT), 1, FIGURE, _figure(kind))


def _moment_function(kind: str) -> Function:
    moment = Parameter("moment", ("moment",))
    return Function(f"{kind}(moment[, 'format'])", (moment, _FORMAT), 1, TEXT, _moment(kind))


def _text_function(name: str, function: Callable[[str], str | None], result: Type) -> Function:
    return Function(f"{name}(text)", (_TEXT,), 1, result, _plain(function))


def _extreme_function(name: str, choose: Callable[..., Any]) -> Function:
    numbers = Parameter("numbers", ("list",), of=("number",))
    return Function(f"{name}(list of numbers)", (numbers,), 1, _item_type, _extreme(choose))


FUNCTIONS: Final[dict[str, Function]] = {
    **{kind: _number_function(kind) for kind in ("money", "price", "qty", "percent", "number")},
    **{kind: _moment_function(kind) for kind in ("date", "time", "datetime")},
    "negate": Function("negate(number)", (_NUMBER,), 1, NUMBER, _plain(lambda value: -value)),
    "text": Function(
        "text(value[, 'format'])", (Parameter("value", _SCALAR), _FORMAT), 1, TEXT, _text
    ),
    "upper": _text_function("upper", texts.upper, TEXT),
    "lower": _text_function("lower", texts.lower, TEXT),
    "ascii": _text_function("ascii", texts.to_ascii, optional(TEXT)),
    "digits": _text_function("digits", texts.digits, optional(TEXT)),
    "slice": Function(
        "slice(text, start[, stop])",
        (_TEXT, Parameter("start", ("number",), True), Parameter("stop", ("number",), True)),
        2, optional(TEXT), _slice,
    ),
    "replace": Function(
        "replace(text, old, new)", (_TEXT, Parameter("old"), Parameter("new")), 3,
        optional(TEXT), _plain(texts.replaced),
    ),
    "wrap": Function("wrap(text, width)", (_TEXT, _WIDTH), 2, TEXTS, _wrap),
    "pad": Function(
        "pad(text, width[, fill[, 'left' or 'right']])",
        (Parameter("text", ("text", "number")), _WIDTH, Parameter("fill", constant=True),
         Parameter("side", constant=True)),
        2, TEXT, _pad,
    ),
    "lookup": Function(
        "lookup('table', value)",
        (Parameter("table", constant=True), Parameter("value", _SCALAR)), 2, TEXT, _lookup,
    ),
    "line_number": Function("line_number(['format'])", (_FORMAT,), 0, TEXT, _line_number),
    "join": Function(
        "join(separator, list of texts)",
        (Parameter("separator"), Parameter("texts", ("list",), of=("text",))), 2,
        optional(TEXT), _plain(texts.join),
    ),
    "length": Function("length(text or list)", (Parameter("value", ("text", "list")),), 1,
                       WHOLE, _plain(len)),
    "contains": Function(
        "contains(text or list, text)", (Parameter("value", ("text", "list")), _TEXT), 2,
        BOOLEAN, _plain(lambda value, text: text in value),
    ),
    "starts_with": Function(
        "starts_with(text, start)", (_TEXT, Parameter("start")), 2, BOOLEAN,
        _plain(lambda text, start: text.startswith(start)),
    ),
    "not_null": Function(
        "not_null(value, …)",
        (Parameter("value", ("text", "number", "boolean", "moment", "record", "list", "null")),),
        1, _first_type, _plain(lambda *values: None), repeats=True,
    ),
    "min": _extreme_function("min", min),
    "max": _extreme_function("max", max),
    "sum": Function(
        "sum(list of numbers)", (Parameter("numbers", ("list",), of=("number",)),), 1, NUMBER,
        _plain(lambda values: sum((v for v in values if v is not None), Decimal(0))),
    ),
}  # fmt: skip
"""By name. `not_null` and `line_number` are compiled in place."""
