"""The syntax tree of one expression: JMESPath, parsed by the `jmespath` package, with positions.

The package's tree has none; identifiers and literals stand in it in the order of the text, so that
its own tokens give them back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from jmespath.exceptions import LexerError, ParseError
from jmespath.parser import Parser

from erp_adapter.profile.tokens import (
    Offsets,
    SyntaxFault,
    position,
    rewritten,
    sentence,
    tokens_of,
)

MAX_EXPRESSION: Final = 2000
"""Characters of one expression; the longest of the bundled profiles has about a hundred."""
_MAX_DEPTH: Final = 30
_TOO_DEEP: Final = f"The expression is nested more than {_MAX_DEPTH} deep."
_NAMED: Final = ("field", "function_expression", "key_val_pair", "literal")


@dataclass(frozen=True, slots=True)
class Syntax:
    """One node of the tree; `at` is the offset in the expression as it was written."""

    type: str
    value: Any
    children: tuple["Syntax", ...]
    at: int


def parse(source: str) -> Syntax:
    """The tree of one expression. Raises SyntaxFault."""
    if not source.strip():
        raise SyntaxFault("The expression is empty.", 0)
    if len(source) > MAX_EXPRESSION:
        raise SyntaxFault(f"The expression is longer than {MAX_EXPRESSION} characters.", 0)
    text, offsets = rewritten(source)
    try:
        tree = Parser().parse(text).parsed
    except (ParseError, LexerError) as error:
        raise SyntaxFault(sentence(error), offsets.old(position(error))) from None
    except RecursionError:
        raise SyntaxFault(_TOO_DEEP, 0) from None
    names = iter([
        token["start"] for token in tokens_of(text)
        if token["type"] in ("unquoted_identifier", "quoted_identifier", "literal")
    ])  # fmt: skip
    return _converted(tree, names, offsets, 0)


def _converted(tree: Any, names: Iterator[int], offsets: Offsets, depth: int) -> Syntax:
    if depth > _MAX_DEPTH:
        raise SyntaxFault(_TOO_DEEP, 0)
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
