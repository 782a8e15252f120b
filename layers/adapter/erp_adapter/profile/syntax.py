"""The syntax tree of one expression: JMESPath, parsed by the `jmespath` package, with positions.

Because XML is the host, `and or not lt le gt ge` are accepted for `&& || ! < <= > >=`, and bare
numbers for their backtick form. Both are rewritten token by token before the package parses the
text. Its tree has no positions; identifiers and literals stand in it in the order of the text, so
that its own tokens give them back.
"""

import warnings
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from jmespath.exceptions import JMESPathError, LexerError, ParseError
from jmespath.lexer import Lexer
from jmespath.parser import Parser

MAX_EXPRESSION: Final = 2000
"""Characters of one expression; the longest of the bundled profiles has about a hundred."""
_MAX_DEPTH: Final = 40
_WORDS: Final = {
    "and": "&&", "or": "||", "not": "!", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
}  # fmt: skip
_OPENING: Final = {"lbracket": "]", "filter": "]", "lparen": ")", "lbrace": "}"}
_CLOSING: Final = ("rbracket", "rparen", "rbrace")
_NAMED: Final = ("field", "function_expression", "key_val_pair", "literal")

Token = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Syntax:
    """One node of the tree; `at` is the offset in the expression as it was written."""

    type: str
    value: Any
    children: tuple["Syntax", ...]
    at: int


class SyntaxFault(ValueError):
    """What is no expression, and where in it that shows."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def parse(source: str) -> Syntax:
    """The tree of one expression. Raises SyntaxFault."""
    if not source.strip():
        raise SyntaxFault("The expression is empty.", 0)
    if len(source) > MAX_EXPRESSION:
        raise SyntaxFault(f"The expression is longer than {MAX_EXPRESSION} characters.", 0)
    rewritten, offsets = _rewritten(source, _tokens(source))
    try:
        tree = Parser().parse(rewritten).parsed
    except (ParseError, LexerError) as error:
        raise SyntaxFault(_sentence(error), offsets.old(_position(error))) from None
    names = iter([
        token["start"] for token in _tokens(rewritten)
        if token["type"] in ("unquoted_identifier", "quoted_identifier", "literal")
    ])  # fmt: skip
    return _converted(tree, names, offsets, 0)


@dataclass(frozen=True, slots=True)
class _Offsets:
    """Where each token of the rewritten text stood before."""

    new: list[int]
    before: list[int]

    def old(self, offset: int) -> int:
        at = bisect_right(self.new, offset) - 1
        return self.before[at] if at >= 0 else 0


def _tokens(source: str) -> list[Token]:
    with warnings.catch_warnings():
        # The package still reads `abc` between backticks as a text, and warns.
        warnings.simplefilter("error", PendingDeprecationWarning)
        try:
            return list(Lexer().tokenize(source))
        except LexerError as error:
            raise SyntaxFault(_sentence(error), error.lexer_position) from None
        except PendingDeprecationWarning:
            message = "Between backticks stands JSON; write a text as 'text'."
            raise SyntaxFault(message, source.find("`")) from None


def _rewritten(source: str, tokens: list[Token]) -> tuple[str, _Offsets]:
    text, end = "", 0
    offsets = _Offsets([], [])
    for start, stop, replacement in _replacements(source, tokens):
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
        _, dot, digits = tokens[index : index + 3]
        if (dot["type"], digits["type"]) == ("dot", "number") and digits["value"] >= 0:
            return index + 2
    return index


def _json_number(digits: str) -> str:
    sign = "-" if digits.startswith("-") else ""
    whole, dot, rest = digits.lstrip("-").partition(".")
    return f"{sign}{whole.lstrip('0') or '0'}{dot}{rest}"


def _converted(tree: Any, names: Iterator[int], offsets: _Offsets, depth: int) -> Syntax:
    if depth > _MAX_DEPTH:
        raise SyntaxFault(f"The expression is nested more than {_MAX_DEPTH} deep.", 0)
    kind, value, children = tree["type"], tree.get("value"), tree.get("children", [])
    at = offsets.old(next(names)) if kind in _NAMED else None
    if kind == "slice":
        return Syntax(kind, tuple(children), (), at or 0)
    if kind == "filter_projection":
        # The text has the condition before what follows the bracket.
        left, right, condition = children
        first, second, third = (
            _converted(child, names, offsets, depth + 1) for child in (left, condition, right)
        )
        return Syntax(kind, value, (first, third, second), first.at)
    nodes = tuple(_converted(child, names, offsets, depth + 1) for child in children)
    if at is None:
        at = nodes[0].at if nodes else 0
    if kind == "literal":
        value = _exact(value)
    return _bound(Syntax(kind, value, nodes, at))


def _bound(node: Syntax) -> Syntax:
    """`!a.b` is `!(a.b)`: the package lets the dot bind less than the exclamation mark."""
    if node.type == "subexpression" and node.children[0].type == "not_expression":
        negated = node.children[0].children[0]
        inner = Syntax("subexpression", None, (negated, *node.children[1:]), negated.at)
        return Syntax("not_expression", None, (inner,), node.at)
    return node


def _exact(value: Any) -> Any:
    # JSON's fractions come as floats; their shortest text is what was written.
    if isinstance(value, float):
        return Decimal(repr(value))
    return [_exact(element) for element in value] if isinstance(value, list) else value


def _position(error: JMESPathError) -> int:
    position = getattr(error, "lex_position", None)
    return position if isinstance(position, int) else getattr(error, "lexer_position", 0)


def _sentence(error: JMESPathError) -> str:
    token = getattr(error, "token_value", None) or getattr(error, "lexer_value", None)
    if isinstance(error, ParseError) and not token:
        return "The expression ends too early."
    return f"This is no expression: {token!r} can't stand here."
