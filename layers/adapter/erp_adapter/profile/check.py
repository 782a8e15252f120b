"""Checks one expression against the canonical order and gives it types: the tree to compile.

Every path, function, argument, format and lookup is looked up here, once, at load. `order`,
`settings` and the names of `o:as` are known wherever a name starts, also inside a filter, where
plain JMESPath would silently find nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from erp_adapter.profile.formats import Formats
from erp_adapter.profile.functions import FUNCTIONS, Function, Parameter, Unbindable
from erp_adapter.profile.problems import Place, did_you_mean
from erp_adapter.profile.syntax import Syntax
from erp_adapter.profile.types import (
    BOOLEAN,
    NULL,
    NUMBER,
    TEXT,
    UNKNOWN,
    WHOLE,
    Type,
    listed,
    optional,
    present,
)


class Report(Protocol):
    """Takes a problem: an offset in the expression, a sentence, a place if it is elsewhere."""

    def __call__(self, offset: int, message: str, place: Place | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Node:
    """An expression with types; what `op` means is in `code_expression`."""

    op: str
    type: Type
    at: int
    value: Any = None
    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean here: the current item, and the names that outlive it."""

    current: Type
    names: Mapping[str, Type]
    lines: bool = False


_ORDERINGS: Final = ("lt", "lte", "gt", "gte")
_CONDITIONS: Final = ("boolean", "text", "list", "null", "unknown")
_SCALARS: Final = ("text", "number", "boolean", "moment")


class Checker:
    """Checks expressions of one scope; problems go to `report`, and checking goes on."""

    def __init__(self, formats: Formats, scope: Scope, report: Report) -> None:
        self.formats = formats
        self.scope = scope
        self.report = report

    def check(self, syntax: Syntax) -> Node:
        """The typed tree of an expression of this scope."""
        return self._node(syntax, Node("current", self.scope.current, 0), head=True)

    def condition(self, syntax: Syntax) -> Node:
        """The same for what must be true or false."""
        return self._condition(self.check(syntax))

    def _condition(self, node: Node) -> Node:
        kind = node.type.kind
        if kind == "number":
            self.report(node.at, "A number is no condition: 0.00 would be true. Compare it: gt 0.")
        elif kind not in _CONDITIONS:
            self.report(
                node.at, f"A condition is true or false, a text or a list, not {node.type}."
            )
        return node

    def _node(self, syntax: Syntax, here: Node, *, head: bool) -> Node:
        method = getattr(self, f"_{syntax.type}", None)
        if method is None:
            self.report(
                syntax.at,
                _UNSUPPORTED.get(syntax.type, f"{syntax.type} is not part of the language."),
            )
            return Node("literal", UNKNOWN, syntax.at)
        node: Node = method(syntax, here, head)
        return node

    def _field(self, syntax: Syntax, here: Node, head: bool) -> Node:
        name = syntax.value
        if head and name in self.scope.names:
            return Node("name", self.scope.names[name], syntax.at, name)
        return self._member(name, here, syntax.at, head)

    def _member(self, name: str, here: Node, at: int, head: bool) -> Node:
        if here.type.kind == "unknown":
            return Node("literal", UNKNOWN, at)
        fields = here.type.fields
        if fields is None or name not in fields:
            self.report(at, self._no_field(name, here.type, head))
            return Node("literal", UNKNOWN, at)
        if here.op == "name" and here.value == "settings":
            return Node("literal", fields[name], at, self.formats.settings[name])
        found = optional(fields[name]) if here.type.nullable else fields[name]
        return Node("field", found, at, name, (here,))

    def _no_field(self, name: str, of: Type, head: bool) -> str:
        names = self.scope.names if head else {}
        if of.fields is None:
            what = f"This is {of}; it has no field {name}."
            return what + did_you_mean(name, names) if head else what
        owner = of.owner or "This"
        order = names.get("order")
        if order and order.fields and name in order.fields and of.owner != "Order":
            return f"{owner} has no field {name}. Did you mean order.{name}?"
        known = [*of.fields, *names]
        return f"{owner} has no field {name}.{did_you_mean(name, known)}"

    def _current(self, syntax: Syntax, here: Node, head: bool) -> Node:
        return here

    def _identity(self, syntax: Syntax, here: Node, head: bool) -> Node:
        return here

    def _literal(self, syntax: Syntax, here: Node, head: bool) -> Node:
        return Node("literal", _literal_type(syntax.value), syntax.at, syntax.value)

    def _subexpression(self, syntax: Syntax, here: Node, head: bool) -> Node:
        left = self._node(syntax.children[0], here, head=head)
        for right in syntax.children[1:]:
            left = self._within(left, right, head=False)
        return left

    def _pipe(self, syntax: Syntax, here: Node, head: bool) -> Node:
        left = self._node(syntax.children[0], here, head=head)
        return self._within(left, syntax.children[1], head=True)

    def _within(self, left: Node, right: Syntax, *, head: bool) -> Node:
        """`right` evaluated against `left`; what uses it once needs no variable for it."""
        if right.type in ("field", "index_expression") and not head:
            return self._node(right, left, head=head)
        inner = self._node(right, Node("current", present(left.type), right.at), head=head)
        found = optional(inner.type) if left.type.nullable else inner.type
        return Node("let", found, left.at, None, (left, inner))

    def _index_expression(self, syntax: Syntax, here: Node, head: bool) -> Node:
        node = self._node(syntax.children[0], here, head=head)
        for step in syntax.children[1:]:
            if not self._is_list(node, step.at or node.at):
                return Node("literal", UNKNOWN, node.at)
            if step.type == "index":
                item = optional(node.type.item or UNKNOWN)
                node = Node("index", item, node.at, step.value, (node,))
            else:
                node = Node("slice", node.type, node.at, step.value, (node,))
        return node

    def _index(self, syntax: Syntax, here: Node, head: bool) -> Node:
        item = optional(here.type.item or UNKNOWN)
        return Node("index", item, syntax.at, syntax.value, (here,))

    def _projection(self, syntax: Syntax, here: Node, head: bool) -> Node:
        source = self._node(syntax.children[0], here, head=head)
        return self._projected(source, syntax.children[1], ())

    def _filter_projection(self, syntax: Syntax, here: Node, head: bool) -> Node:
        left, right, condition = syntax.children
        source = self._node(left, here, head=head)
        if not self._is_list(source, source.at):
            return Node("literal", UNKNOWN, syntax.at)
        item = Node("current", source.type.item or UNKNOWN, condition.at)
        checked = self._condition(self._node(condition, item, head=True))
        return self._projected(source, right, (checked,))

    def _projected(self, source: Node, right: Syntax, condition: tuple[Node, ...]) -> Node:
        if not self._is_list(source, source.at):
            return Node("literal", UNKNOWN, source.at)
        item = Node("current", source.type.item or UNKNOWN, right.at)
        body = self._node(right, item, head=False)
        found = listed(present(body.type))
        found = optional(found) if source.type.nullable else found
        return Node("project", found, source.at, None, (source, body, *condition))

    def _flatten(self, syntax: Syntax, here: Node, head: bool) -> Node:
        source = self._node(syntax.children[0], here, head=head)
        if not self._is_list(source, source.at):
            return Node("literal", UNKNOWN, source.at)
        item = source.type.item or UNKNOWN
        if item.kind != "list":
            return source
        found = optional(item) if source.type.nullable else present(item)
        return Node("flatten", found, source.at, None, (source,))

    def _is_list(self, node: Node, at: int) -> bool:
        if node.type.kind in ("list", "unknown"):
            return node.type.kind == "list"
        self.report(at, f"[ ] needs a list; this is {node.type}.")
        return False

    def _multi_select_list(self, syntax: Syntax, here: Node, head: bool) -> Node:
        nodes = tuple(self._node(child, here, head=True) for child in syntax.children)
        item = nodes[0].type
        for node in nodes[1:]:
            item = self._common(item, node)
        return Node("list", listed(item), syntax.at, None, nodes)

    def _multi_select_dict(self, syntax: Syntax, here: Node, head: bool) -> Node:
        pairs = [
            (pair.value, self._node(pair.children[0], here, head=True)) for pair in syntax.children
        ]
        found = Type("record", fields={name: node.type for name, node in pairs}, owner="{ }")
        return Node(
            "hash",
            found,
            syntax.at,
            tuple(name for name, _ in pairs),
            tuple(node for _, node in pairs),
        )

    def _or_expression(self, syntax: Syntax, here: Node, head: bool) -> Node:
        left, right = (self._node(child, here, head=True) for child in syntax.children)
        found = present(self._common(left.type, right))
        if right.type.nullable:
            found = optional(found)
        return Node("or", found, left.at, None, (left, right))

    def _and_expression(self, syntax: Syntax, here: Node, head: bool) -> Node:
        left, right = (self._node(child, here, head=True) for child in syntax.children)
        self._condition(left)
        # JMESPath gives the left side where it is false. Of another type, that would be no value
        # of this one, so it is null.
        keeps = left.type.kind == right.type.kind and not left.type.nullable
        found = right.type if keeps else optional(right.type)
        return Node("and", found, left.at, None, (left, right))

    def _not_expression(self, syntax: Syntax, here: Node, head: bool) -> Node:
        inner = self._condition(self._node(syntax.children[0], here, head=True))
        return Node("not", BOOLEAN, inner.at, None, (inner,))

    def _comparator(self, syntax: Syntax, here: Node, head: bool) -> Node:
        left, right = (self._node(child, here, head=True) for child in syntax.children)
        self._comparable(left, right, syntax.value)
        found = BOOLEAN
        if syntax.value in _ORDERINGS and (left.type.nullable or right.type.nullable):
            found = optional(BOOLEAN)
        return Node("compare", found, left.at, syntax.value, (left, right))

    def _comparable(self, left: Node, right: Node, operator: str) -> None:
        kinds = {left.type.kind, right.type.kind}
        if "unknown" in kinds:
            return
        if operator in _ORDERINGS and not kinds <= {"number"} and not kinds <= {"moment"}:
            self.report(
                left.at, f"Only numbers have an order; this compares {left.type} with {right.type}."
            )
        elif "null" in kinds:
            return
        elif len(kinds) > 1 or not kinds <= set(_SCALARS):
            self.report(
                left.at, f"This compares {left.type} with {right.type}: it would never be true."
            )
        else:
            self._known_word(left, right)
            self._known_word(right, left)

    def _known_word(self, side: Node, other: Node) -> None:
        words = side.type.words
        if words and other.op == "literal" and other.value not in words and other.value is not None:
            self.report(
                other.at,
                f"It is never {other.value!r}, only one of: {', '.join(words)}."
                f"{did_you_mean(str(other.value), words)}",
            )

    def _common(self, first: Type, second: Node) -> Type:
        """The type that both have."""
        nullable = first.nullable or second.type.nullable
        kinds = {first.kind, second.type.kind} - {"null"}
        if "unknown" in kinds:
            return UNKNOWN
        if len(kinds) > 1:
            self.report(
                second.at, f"One is {first}, the other {second.type}: both must be the same."
            )
            return UNKNOWN
        found = second.type if first.kind == "null" else first
        if found.words and second.type.words != found.words:
            found = replace(found, words=())
        if found.form and second.type.form != found.form:
            found = replace(found, form="")
        return optional(found) if nullable else present(found)

    def _expref(self, syntax: Syntax, here: Node, head: bool) -> Node:
        self.report(syntax.at, "& has no use here; write and for &&.")
        return Node("literal", UNKNOWN, syntax.at)

    def _function_expression(self, syntax: Syntax, here: Node, head: bool) -> Node:
        function = FUNCTIONS.get(syntax.value)
        nodes = [self._node(child, here, head=True) for child in syntax.children]
        if function is None:
            self.report(
                syntax.at,
                f"There is no function {syntax.value}().{did_you_mean(syntax.value, FUNCTIONS)}",
            )
            return Node("literal", UNKNOWN, syntax.at)
        if not self._arity(syntax, function, nodes):
            return Node("literal", UNKNOWN, syntax.at)
        return self._call(syntax, function, nodes)

    def _arity(self, syntax: Syntax, function: Function, nodes: list[Node]) -> bool:
        most = len(nodes) if function.repeats else len(function.parameters)
        if function.required <= len(nodes) <= most:
            return True
        self.report(syntax.at, f"{syntax.value}() is used as {function.usage}.")
        return False

    def _call(self, syntax: Syntax, function: Function, nodes: list[Node]) -> Node:
        constants: dict[str, Any] = {}
        values: list[Node] = []
        fine = True
        for index, node in enumerate(nodes):
            parameter = function.parameters[min(index, len(function.parameters) - 1)]
            fine &= self._argument(syntax.value, parameter, node)
            if parameter.constant:
                constants[parameter.name] = node.value
            else:
                values.append(node)
        if syntax.value == "line_number" and not self.scope.lines:
            self.report(syntax.at, "line_number() counts the items of an each; here is none.")
        if not fine:
            return Node("literal", UNKNOWN, syntax.at)
        try:
            bound = function.bind(self.formats, constants)
        except Unbindable as error:
            self.report(nodes[error.index].at, str(error))
            return Node("literal", UNKNOWN, syntax.at)
        return self._bound(syntax, function, values, bound)

    def _bound(self, syntax: Syntax, function: Function, values: list[Node], bound: Any) -> Node:
        types = [node.type for node in values]
        if syntax.value == "lookup":
            self._known_keys(values[0], bound)
            found = _literal_type(next(iter([*bound.entries.values(), bound.otherwise])))
        else:
            found = function.result if isinstance(function.result, Type) else function.result(types)
        if syntax.value != "not_null" and any(of.nullable for of in types):
            found = optional(found)
        op = syntax.value if syntax.value in ("not_null", "line_number") else "call"
        return Node(op, found, syntax.at, bound, tuple(values))

    def _known_keys(self, key: Node, lookup: Any) -> None:
        for entry in lookup.entries if key.type.words else ():
            if entry not in key.type.words:
                self.report(
                    key.at,
                    f"[lookup.{lookup.name}] has the key {entry!r}, and it is only one of: "
                    f"{', '.join(key.type.words)}.{did_you_mean(entry, key.type.words)}",
                    lookup.places[entry],
                )

    def _argument(self, name: str, parameter: Parameter, node: Node) -> bool:
        kind = node.type.kind
        if "unknown" in (kind, node.type.item and node.type.item.kind):
            return False
        if parameter.constant and node.op != "literal":
            self.report(node.at, f"{name}(): {parameter.name} must be written out here.")
        elif kind not in parameter.kinds and not (kind == "null" and not parameter.constant):
            wanted = " or ".join(str(Type(kind)) for kind in parameter.kinds if kind != "null")
            self.report(node.at, f"{name}() takes {wanted} here, not {node.type}.")
        elif parameter.of and node.type.item and node.type.item.kind not in (*parameter.of, "null"):
            wanted = " or ".join(str(Type(kind)) for kind in parameter.of)
            self.report(node.at, f"{name}() takes a list of which each is {wanted}.")
        elif name == "text" and kind == "number" and node.type.form != "whole":
            self.report(
                node.at, "text() of an amount has no format: use money, price, qty or number."
            )
        elif (
            parameter.constant
            and parameter.kinds == ("number",)
            and not isinstance(node.value, int)
        ):
            self.report(node.at, f"{name}(): {parameter.name} must be a whole number.")
        else:
            return True
        return False


_UNSUPPORTED: Final = {
    "value_projection": "* needs a list in front of it: lines[*].",
}


def _literal_type(value: Any) -> Type:
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return WHOLE
    if isinstance(value, str):
        return TEXT
    if isinstance(value, list):
        return listed(_literal_type(value[0]) if value else NULL)
    return NUMBER if not isinstance(value, dict) else UNKNOWN
