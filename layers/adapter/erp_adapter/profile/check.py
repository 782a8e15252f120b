"""Checks one expression against the canonical order and gives it types: the tree to compile.

Every path, function, argument, format and lookup is looked up here, once, at load. `order`,
`settings` and the names of `o:as` are known wherever a name starts, also inside a filter, where
plain JMESPath would silently find nothing.
"""

from typing import Final

from erp_adapter.profile import check_operators as operators
from erp_adapter.profile.check_calls import called
from erp_adapter.profile.formats import Formats
from erp_adapter.profile.nodes import Node, Report, Scope, unknown
from erp_adapter.profile.problems import did_you_mean
from erp_adapter.profile.syntax import Syntax
from erp_adapter.profile.types import UNKNOWN, Type, listed, literal_type, optional, present


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
        return operators.condition(self.check(syntax), self.report)

    def _node(self, syntax: Syntax, here: Node, *, head: bool) -> Node:
        method = getattr(self, f"_{syntax.type}", None)
        if method is None:
            self.report(
                syntax.at,
                _UNSUPPORTED.get(syntax.type, f"{syntax.type} is not part of the language."),
            )
            return unknown(syntax.at)
        node: Node = method(syntax, here, head)
        return node

    def _field(self, syntax: Syntax, here: Node, head: bool) -> Node:
        name = syntax.value
        if head and name in self.scope.names:
            return Node("name", self.scope.names[name], syntax.at, name)
        return self._member(name, here, syntax.at, head)

    def _member(self, name: str, here: Node, at: int, head: bool) -> Node:
        if here.type.kind == "unknown":
            return unknown(at)
        fields = here.type.fields
        if fields is None or name not in fields:
            self.report(at, self._no_field(name, here.type, head))
            return unknown(at)
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
        return Node("literal", literal_type(syntax.value), syntax.at, syntax.value)

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
                return unknown(node.at)
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
            return unknown(syntax.at)
        item = Node("current", source.type.item or UNKNOWN, condition.at)
        checked = operators.condition(self._node(condition, item, head=True), self.report)
        return self._projected(source, right, (checked,))

    def _projected(self, source: Node, right: Syntax, condition: tuple[Node, ...]) -> Node:
        if not self._is_list(source, source.at):
            return unknown(source.at)
        item = Node("current", source.type.item or UNKNOWN, right.at)
        body = self._node(right, item, head=False)
        found = listed(present(body.type))
        found = optional(found) if source.type.nullable else found
        return Node("project", found, source.at, None, (source, body, *condition))

    def _flatten(self, syntax: Syntax, here: Node, head: bool) -> Node:
        source = self._node(syntax.children[0], here, head=head)
        if not self._is_list(source, source.at):
            return unknown(source.at)
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
            item = operators.common(item, node, self.report)
        return Node("list", listed(item), syntax.at, None, nodes)

    def _multi_select_dict(self, syntax: Syntax, here: Node, head: bool) -> Node:
        pairs = [
            (pair.value, self._node(pair.children[0], here, head=True)) for pair in syntax.children
        ]
        found = Type("record", fields={name: node.type for name, node in pairs}, owner="{ }")
        names, nodes = zip(*pairs, strict=True)
        return Node("hash", found, syntax.at, names, nodes)

    def _or_expression(self, syntax: Syntax, here: Node, head: bool) -> Node:
        left, right = self._sides(syntax, here)
        return operators.either(left, right, self.report)

    def _and_expression(self, syntax: Syntax, here: Node, head: bool) -> Node:
        left, right = self._sides(syntax, here)
        return operators.both(left, right, self.report)

    def _not_expression(self, syntax: Syntax, here: Node, head: bool) -> Node:
        return operators.negated(self._node(syntax.children[0], here, head=True), self.report)

    def _comparator(self, syntax: Syntax, here: Node, head: bool) -> Node:
        left, right = self._sides(syntax, here)
        return operators.compared(left, right, syntax.value, self.report)

    def _sides(self, syntax: Syntax, here: Node) -> list[Node]:
        return [self._node(child, here, head=True) for child in syntax.children]

    def _function_expression(self, syntax: Syntax, here: Node, head: bool) -> Node:
        if syntax.value == "line_number" and not self.scope.depth:
            self.report(syntax.at, "line_number() counts the items of an each; here is none.")
        nodes = self._sides(syntax, here)
        return called(syntax.value, syntax.at, nodes, self.formats, self.report)


_UNSUPPORTED: Final = {
    "value_projection": "* needs a list in front of it: lines[*].",
    "expref": "& has no use here; write and for &&.",
}
