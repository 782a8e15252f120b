"""The tokens of an expression, and the text that the `jmespath` package parses instead of it.

Because XML is the host, `and or not lt le gt ge` are accepted for `&& || ! < <= > >=`, and bare
numbers for their backtick form. Both are rewritten token by token.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from jmespath.exceptions import JMESPathError, LexerError, ParseError
from jmespath.lexer import Lexer

_WORDS: Final = {
    "and": "&&", "or": "||", "not": "!", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
}  # fmt: skip
_OPENING: Final = {"lbracket": "]", "filter": "]", "lparen": ")", "lbrace": "}"}
_CLOSING: Final = ("rbracket", "rparen", "rbrace")

_QUOTED: Final = re.compile(
    r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`((?:\\.|[^`\\])*)`""", re.DOTALL
)

Token = dict[str, Any]


class SyntaxFault(ValueError):
    """What is no expression, and where in it that shows."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Offsets:
    """Where each token of the rewritten text stood before."""

    new: list[int]
    before: list[int]

    def old(self, offset: int) -> int:
        """The offset in the expression as it was written."""
        at = bisect_right(self.new, offset) - 1
        return self.before[at] if at >= 0 else 0


def tokens_of(source: str) -> list[Token]:
    """The package's own tokens. Raises SyntaxFault."""
    for found in _QUOTED.finditer(source):
        if found[1] is not None:
            _check_json(found[1], found.start())
    try:
        return list(Lexer().tokenize(source))
    except LexerError as error:
        raise SyntaxFault(sentence(error), error.lexer_position) from None


def _check_json(text: str, offset: int) -> None:
    """The package reads `abc` between backticks as a text, and warns to all threads."""
    try:
        json.loads(text.replace("\\`", "`"))
    except ValueError:
        message = "Between backticks stands JSON; write a text as 'text'."
        raise SyntaxFault(message, offset) from None


def rewritten(source: str) -> tuple[str, Offsets]:
    """The expression in plain JMESPath. Raises SyntaxFault."""
    text, end = "", 0
    offsets = Offsets([], [])
    for start, stop, replacement in _replacements(source, tokens_of(source)):
        text += source[end:start]
        offsets.new.append(len(text))
        offsets.before.append(start)
        text += source[start:stop] if replacement is None else replacement
        end = stop
    return text + source[end:], offsets


def _replacements(source: str, tokens: list[Token]) -> Iterator[tuple[int, int, str | None]]:
    """Start, end and what stands there instead, for every token."""
    brackets: list[str] = []
    index = 0
    while index < len(tokens) - 1:
        token, before = tokens[index], tokens[index - 1]["type"] if index else ""
        kind, start, stop, replacement = token["type"], token["start"], token["start"], None
        if kind in _OPENING:
            brackets.append(kind)
        elif kind in _CLOSING and brackets:
            brackets.pop()
        elif kind == "unquoted_identifier" and before != "dot":
            stop, replacement = token["end"], _WORDS.get(token["value"])
        elif kind == "number" and not (
            brackets[-1:] == ["lbracket"] and before in ("lbracket", "colon")
        ):
            index = _decimal_end(tokens, index)
            stop = tokens[index]["end"]
            replacement = f"`{_json_number(source[start:stop])}`"
        yield start, stop, replacement
        index += 1


def _decimal_end(tokens: list[Token], index: int) -> int:
    """The last token of a number: the lexer gives 0.5 as three of them."""
    if index + 2 < len(tokens):
        whole, dot, digits = tokens[index : index + 3]
        touching = whole["end"] == dot["start"] and dot["end"] == digits["start"]
        kinds = dot["type"], digits["type"]
        if touching and kinds == ("dot", "number") and digits["value"] >= 0:
            return index + 2
    return index


def _json_number(digits: str) -> str:
    sign = "-" if digits.startswith("-") else ""
    whole, dot, rest = digits.lstrip("-").partition(".")
    return f"{sign}{whole.lstrip('0') or '0'}{dot}{rest}"


def position(error: JMESPathError) -> int:
    """Where the package found the fault, in the text that it was given."""
    found = getattr(error, "lex_position", None)
    return found if isinstance(found, int) else getattr(error, "lexer_position", 0)


def sentence(error: JMESPathError) -> str:
    """What the package's error says to who wrote the expression."""
    token = getattr(error, "token_value", None) or getattr(error, "lexer_value", None)
    if isinstance(error, ParseError) and not token:
        return "The expression ends too early."
    return f"This is no expression: {token!r} can't stand here."
