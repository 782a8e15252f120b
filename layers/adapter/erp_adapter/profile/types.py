"""The types of the language, read off the canonical order's dataclasses.

What `balance` computes counts as present: a profile only ever sees balanced orders.
"""

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal

Kind = Literal["text", "number", "boolean", "moment", "record", "list", "null", "unknown"]


@dataclass(frozen=True, slots=True)
class Type:
    """A type; `unknown` is what a mistake has, so that one mistake is reported once.

    `owner` is the class of a record, `words` are the only texts there are, `form` tells whole
    numbers and texts that are a formatted number ("figure") from others.
    """

    kind: Kind
    nullable: bool = False
    item: "Type | None" = None
    fields: Mapping[str, "Type"] | None = None
    owner: str = ""
    words: tuple[str, ...] = ()
    form: Literal["", "whole", "figure"] = ""

    def __str__(self) -> str:
        return _NAMES[self.kind]


_NAMES: Final[dict[Kind, str]] = {
    "text": "a text", "number": "a number", "boolean": "true or false",
    "moment": "a date and time", "record": "a group of fields", "list": "a list",
    "null": "nothing", "unknown": "unknown",
}  # fmt: skip

TEXT: Final = Type("text")
FIGURE: Final = Type("text", form="figure")
NUMBER: Final = Type("number")
WHOLE: Final = Type("number", form="whole")
BOOLEAN: Final = Type("boolean")
MOMENT: Final = Type("moment")
NULL: Final = Type("null", nullable=True)
UNKNOWN: Final = Type("unknown", nullable=True)
TEXTS: Final = Type("list", item=TEXT)

_SIMPLE: Final[dict[Any, Type]] = {
    str: TEXT, int: WHOLE, Decimal: NUMBER, bool: BOOLEAN, datetime: MOMENT,
}  # fmt: skip


def optional(of: Type) -> Type:
    """The same type, or null."""
    return of if of.nullable else replace(of, nullable=True)


def present(of: Type) -> Type:
    """The same type, not null."""
    return replace(of, nullable=False) if of.nullable else of


def listed(item: Type) -> Type:
    """A list of it."""
    return Type("list", item=item)


@cache
def record(owner: type[Any]) -> Type:
    """The type of one of the canonical order's classes."""
    hints = typing.get_type_hints(owner)
    inner = {}
    for field in fields(owner):
        hinted = _hinted(hints[field.name])
        computed = str(field.metadata.get("source", "")).startswith("computed")
        inner[field.name] = present(hinted) if computed else hinted
    return Type("record", fields=inner, owner=owner.__name__)


def _hinted(hint: Any) -> Type:
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if is_dataclass(hint) and isinstance(hint, type):
        return record(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return Type("text", words=arguments)
    if origin is tuple:
        return listed(_hinted(arguments[0]))
    if origin in (typing.Union, types.UnionType):
        parts = [_hinted(part) for part in arguments if part is not type(None)]
        words = tuple(word for part in parts for word in part.words)
        return Type("text", words=words) if words and len(parts) > 1 else _or_null(parts, arguments)
    raise TypeError(f"The canonical order has a field of the unknown type {hint}.")


def _or_null(parts: list[Type], arguments: tuple[Any, ...]) -> Type:
    (only,) = parts
    return optional(only) if type(None) in arguments else only


def literal_type(value: Any) -> Type:
    """The type of a value that is written out in a profile."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return WHOLE
    if isinstance(value, str):
        return TEXT
    if isinstance(value, list):
        return listed(literal_type(value[0]) if value else NULL)
    return NUMBER if isinstance(value, Decimal) else UNKNOWN
