"""The language's functions, a closed set: what each takes, gives, and does.

A function whose argument is null gives null; one whose text would be empty gives null too, since
null, "" and missing are one thing here. Arguments that must be constants (formats, tables, widths)
are bound when the profile is loaded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from erp_adapter.profile import bindings, texts
from erp_adapter.profile.bindings import Bind, plain
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

Result = Type | Callable[[Sequence[Type]], Type]


@dataclass(frozen=True, slots=True)
class Parameter:
    """What an argument may be; a `constant` one is written out in the profile."""

    name: str
    kinds: tuple[Kind, ...] = ("text",)
    constant: bool = False
    of: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its parameters (the only one may repeat), its result, how it is bound."""

    usage: str
    parameters: tuple[Parameter, ...]
    required: int
    result: Result
    bind: Bind
    repeats: bool = False


def _first_type(types: Sequence[Type]) -> Type:
    known = next((t for t in types if t.kind != "null"), types[0])
    return optional(known) if all(t.nullable for t in types) else present(known)


def _item_type(types: Sequence[Type]) -> Type:
    return optional(types[0].item or NUMBER)


def _sum(values: Sequence[Decimal | int | None]) -> Decimal:
    return sum((Decimal(value) for value in values if value is not None), Decimal(0))


_NUMBER: Final = Parameter("number", ("number",))
_MOMENT: Final = Parameter("moment", ("moment",))
_TEXT: Final = Parameter("text")
_NUMBERS: Final = Parameter("numbers", ("list",), of=("number",))
_FORMAT: Final = Parameter("format", constant=True)
_WIDTH: Final = Parameter("width", ("number",), constant=True)
_ANY: Final = Parameter("value", ("text", "number", "boolean", "moment", "record", "list", "null"))
_SCALAR: Final = Parameter("value", ("text", "number", "boolean"))
_SERIES: Final = Parameter("value", ("text", "list"))


def _number_function(kind: str) -> Function:
    usage = f"{kind}(number[, 'format'])"
    return Function(usage, (_NUMBER, _FORMAT), 1, FIGURE, bindings.figure(kind))


def _moment_function(kind: str) -> Function:
    usage = f"{kind}(moment[, 'format'])"
    return Function(usage, (_MOMENT, _FORMAT), 1, TEXT, bindings.moment(kind))


def _of_text(name: str, function: Callable[[str], str | None], result: Type) -> Function:
    return Function(f"{name}(text)", (_TEXT,), 1, result, plain(function))


def _of_numbers(name: str, result: Result, bind: Bind) -> Function:
    return Function(f"{name}(list of numbers)", (_NUMBERS,), 1, result, bind)


FUNCTIONS: Final[dict[str, Function]] = {
    **{kind: _number_function(kind) for kind in ("money", "price", "qty", "percent", "number")},
    **{kind: _moment_function(kind) for kind in ("date", "time", "datetime")},
    "negate": Function("negate(number)", (_NUMBER,), 1, NUMBER, plain(lambda value: -value)),
    "text": Function("text(value[, 'format'])", (_SCALAR, _FORMAT), 1, TEXT, bindings.text),
    "upper": _of_text("upper", texts.upper, TEXT),
    "lower": _of_text("lower", texts.lower, TEXT),
    "ascii": _of_text("ascii", texts.to_ascii, optional(TEXT)),
    "digits": _of_text("digits", texts.digits, optional(TEXT)),
    "slice": Function(
        "slice(text, start[, stop])",
        (_TEXT, Parameter("start", ("number",), True), Parameter("stop", ("number",), True)),
        2, optional(TEXT), bindings.cut,
    ),
    "replace": Function(
        "replace(text, old, new)", (_TEXT, Parameter("old"), Parameter("new")), 3,
        optional(TEXT), plain(texts.replaced),
    ),
    "wrap": Function("wrap(text, width)", (_TEXT, _WIDTH), 2, TEXTS, bindings.wrap),
    "pad": Function(
        "pad(text, width[, fill[, 'left' or 'right']])",
        (Parameter("text", ("text", "number")), _WIDTH, Parameter("fill", constant=True),
         Parameter("side", constant=True)),
        2, TEXT, bindings.pad,
    ),
    "lookup": Function(
        "lookup('table', value)", (Parameter("table", constant=True), _SCALAR), 2, TEXT,
        bindings.lookup,
    ),
    "line_number": Function(
        "line_number(['format'])", (_FORMAT,), 0, TEXT, bindings.line_number
    ),
    "join": Function(
        "join(separator, list of texts)",
        (Parameter("separator"), Parameter("texts", ("list",), of=("text",))), 2,
        optional(TEXT), plain(texts.join),
    ),
    "length": Function("length(text or list)", (_SERIES,), 1, WHOLE, plain(len)),
    "contains": Function(
        "contains(text or list, text)", (_SERIES, _TEXT), 2, BOOLEAN,
        plain(lambda value, text: text in value),
    ),
    "starts_with": Function(
        "starts_with(text, start)", (_TEXT, Parameter("start")), 2, BOOLEAN,
        plain(lambda text, start: text.startswith(start)),
    ),
    "not_null": Function(
        "not_null(value, …)", (_ANY,), 1, _first_type, plain(lambda *values: None), repeats=True
    ),
    "min": _of_numbers("min", _item_type, bindings.extreme(min)),
    "max": _of_numbers("max", _item_type, bindings.extreme(max)),
    "sum": _of_numbers("sum", NUMBER, plain(_sum)),
}  # fmt: skip
"""By name. `not_null` and `line_number` are compiled in place; `sum` is JMESPath's own, exact."""
