"""`{expressions}` in a text: the one syntax of XML, TOML and JSON values.

A text without braces is a constant; `{{` and `}}` are literal braces. JMESPath has braces and
quotes of its own, so the end of an expression is its own closing brace, not the first one.
"""

from dataclasses import dataclass
from typing import Final

_QUOTES: Final = "'\"`"


@dataclass(frozen=True, slots=True)
class Hole:
    """An expression's source and where it starts in the text."""

    source: str
    offset: int


class BraceFault(ValueError):
    """A brace without its other half, at `offset`."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def split(text: str) -> list[str | Hole]:
    """The text's constants and expressions in order. Raises BraceFault."""
    parts: list[str | Hole] = []
    constant = ""
    at = 0
    while at < len(text):
        if text[at] not in "{}":
            constant += text[at]
        elif text[at : at + 2] in ("{{", "}}"):
            constant += text[at]
            at += 1
        elif text[at] == "}":
            raise BraceFault("A } without its {; a literal brace is written }}.", at)
        else:
            end = _end(text, at)
            parts += [constant, Hole(text[at + 1 : end], at + 1)]
            constant, at = "", end
        at += 1
    return [part for part in [*parts, constant] if part]


def _end(text: str, start: int) -> int:
    depth, quote, at = 0, "", start
    while at < len(text):
        character = text[at]
        if quote:
            if character == "\\":
                at += 1
            elif character == quote:
                quote = ""
        elif character in _QUOTES:
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    raise BraceFault("A { without its }; a literal brace is written {{.", start)
