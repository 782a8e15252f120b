"""Checks operators: what may be compared, what is a condition, which type two sides share."""

from dataclasses import replace
from typing import Final

from erp_adapter.profile.nodes import Node, Report
from erp_adapter.profile.problems import did_you_mean
from erp_adapter.profile.types import BOOLEAN, UNKNOWN, Type, optional, present

_ORDERINGS: Final = ("lt", "lte", "gt", "gte")
_CONDITIONS: Final = ("boolean", "text", "list", "null", "unknown")
_SCALARS: Final = ("text", "number", "boolean", "moment")


def condition(node: Node, report: Report) -> Node:
    """The same node; it must be something that is true or false."""
    kind = node.type.kind
    if kind == "number":
        report(node.at, "A number is no condition: 0.00 would be true. Compare it: gt 0.")
    elif kind not in _CONDITIONS:
        report(node.at, f"A condition is true or false, a text or a list, not {node.type}.")
    return node


def either(left: Node, right: Node, report: Report) -> Node:
    """`left || right`."""
    found = present(common(left.type, right, report))
    return Node("or", optional(found) if right.type.nullable else found, left.at, None,
                (left, right))  # fmt: skip


def both(left: Node, right: Node, report: Report) -> Node:
    """`left && right`."""
    condition(left, report)
    # JMESPath gives the left side where it is false. Of another type, that would be no value of
    # this one, so it is null.
    keeps = left.type.kind == right.type.kind and not left.type.nullable
    found = right.type if keeps else optional(right.type)
    return Node("and", found, left.at, None, (left, right))


def negated(inner: Node, report: Report) -> Node:
    """`!inner`."""
    return Node("not", BOOLEAN, inner.at, None, (condition(inner, report),))


def compared(left: Node, right: Node, operator: str, report: Report) -> Node:
    """`left operator right`."""
    _comparable(left, right, operator, report)
    nullable = operator in _ORDERINGS and (left.type.nullable or right.type.nullable)
    found = optional(BOOLEAN) if nullable else BOOLEAN
    return Node("compare", found, left.at, operator, (left, right))


def _comparable(left: Node, right: Node, operator: str, report: Report) -> None:
    kinds = {left.type.kind, right.type.kind}
    sides = f"{left.type} with {right.type}"
    if "unknown" in kinds:
        return
    if operator in _ORDERINGS and not kinds <= {"number"} and not kinds <= {"moment"}:
        report(left.at, f"Only numbers have an order; this compares {sides}.")
    elif "null" in kinds:
        return
    elif len(kinds) > 1 or not kinds <= set(_SCALARS):
        report(left.at, f"This compares {sides}: it would never be true.")
    else:
        _known_word(left, right, report)
        _known_word(right, left, report)


def _known_word(side: Node, other: Node, report: Report) -> None:
    words, value = side.type.words, other.value
    if words and other.op == "literal" and value is not None and value not in words:
        hint = did_you_mean(str(value), words)
        report(other.at, f"It is never {value!r}, only one of: {', '.join(words)}.{hint}")


def common(first: Type, second: Node, report: Report) -> Type:
    """The type that both have."""
    other = second.type
    kinds = {first.kind, other.kind} - {"null"}
    if "unknown" in kinds:
        return UNKNOWN
    if len(kinds) > 1:
        report(second.at, f"One is {first}, the other {other}: both must be the same.")
        return UNKNOWN
    found = other if first.kind == "null" else first
    if found.words and other.words != found.words:
        found = replace(found, words=())
    if found.form and other.form != found.form:
        found = replace(found, form="")
    return optional(found) if first.nullable or other.nullable else present(found)
