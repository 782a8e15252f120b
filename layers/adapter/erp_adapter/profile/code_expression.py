"""Compiles a checked expression: the lines that compute it and the atom that holds its value.

An atom is a name, a path of names or a literal, so that it can be used twice.
"""

from decimal import Decimal
from typing import Final

from erp_adapter.profile.bindings import Figure
from erp_adapter.profile.code import Code
from erp_adapter.profile.nodes import Node
from erp_adapter.profile.types import Type

_OPERATORS: Final = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


class Expressions:
    """Compiles expressions of one scope: `current` is the item, `names` are variables."""

    def __init__(
        self, code: Code, current: str, names: dict[str, str], counter: str | None = None
    ) -> None:
        self.code = code
        self.current = current
        self.names = names
        self.counter = counter

    def value(self, node: Node) -> str:
        """The atom of the expression's value."""
        atom: str = getattr(self, f"_{node.op}")(node)
        return atom

    def truth(self, node: Node) -> str:
        """An expression that is true where JMESPath holds the value to be."""
        return _truth(self.value(node), node.type)

    def at(self, current: str) -> "Expressions":
        """The same with another current item."""
        return Expressions(self.code, current, self.names, self.counter)

    def _literal(self, node: Node) -> str:
        if isinstance(node.value, Decimal | list | dict):
            return self.code.constant(node.value)
        return repr(node.value)

    def _current(self, node: Node) -> str:
        return self.current

    def _name(self, node: Node) -> str:
        return self.names[node.value]

    def _field(self, node: Node) -> str:
        (base,) = node.children
        atom = self.value(base)
        made_here = base.type.owner == "{ }"
        inner = f"{atom}[{node.value!r}]" if made_here else f"{atom}.{node.value}"
        if base.type.nullable:
            return self.code.assign(f"None if {atom} is None else {inner}")
        return self.code.assign(inner) if made_here else inner

    def _index(self, node: Node) -> str:
        (base,) = node.children
        atom = self.value(base)
        index = int(node.value)
        length = f"len({atom}) > {index}" if index >= 0 else f"len({atom}) >= {-index}"
        there = f"{atom} is not None and {length}" if base.type.nullable else length
        return self.code.assign(f"{atom}[{index}] if {there} else None")

    def _slice(self, node: Node) -> str:
        (base,) = node.children
        atom = self.value(base)
        start, stop, step = (None if part is None else int(part) for part in node.value)
        inner = f"{atom}[{start}:{stop}:{step}]"
        if not base.type.nullable:
            return self.code.assign(inner)
        return self.code.assign(f"None if {atom} is None else {inner}")

    def _project(self, node: Node) -> str:
        source, body, *condition = node.children
        atom = self.value(source)
        if not source.type.nullable:
            return self._collect(atom, body, condition)
        found = self.code.assign("None")
        with self.code.block(f"if {atom} is not None:"):
            self.code.line(f"{found} = {self._collect(atom, body, condition)}")
        return found

    def _collect(self, atom: str, body: Node, condition: list[Node]) -> str:
        found, item = self.code.assign("[]"), self.code.fresh("i")
        inner = self.at(item)
        with self.code.block(f"for {item} in {atom}:"):
            for node in condition:
                with self.code.block(f"if not ({inner.truth(node)}):"):
                    self.code.line("continue")
            value = inner.value(body)
            if body.type.nullable:
                with self.code.block(f"if {value} is not None:"):
                    self.code.line(f"{found}.append({value})")
            else:
                self.code.line(f"{found}.append({value})")
        return found

    def _flatten(self, node: Node) -> str:
        (base,) = node.children
        atom = self.value(base)
        flat = f"[v for inner in {atom} for v in inner]"
        return self.code.assign(
            f"None if {atom} is None else {flat}" if base.type.nullable else flat
        )

    def _list(self, node: Node) -> str:
        atoms = [self.value(child) for child in node.children]
        return self.code.assign(f"[{', '.join(atoms)}]")

    def _hash(self, node: Node) -> str:
        pairs = [
            f"{name!r}: {self.value(child)}"
            for name, child in zip(node.value, node.children, strict=True)
        ]
        return self.code.assign(f"{{{', '.join(pairs)}}}")

    def _let(self, node: Node) -> str:
        left, right = node.children
        atom = self.value(left)
        if not left.type.nullable:
            return self.at(atom).value(right)
        found = self.code.assign("None")
        with self.code.block(f"if {atom} is not None:"):
            self.code.line(f"{found} = {self.at(atom).value(right)}")
        return found

    def _or(self, node: Node) -> str:
        left, right = node.children
        found = self.code.assign(self.value(left))
        with self.code.block(f"if not ({_truth(found, left.type)}):"):
            self.code.line(f"{found} = {self.value(right)}")
        return found

    def _and(self, node: Node) -> str:
        left, right = node.children
        atom = self.value(left)
        found = self.code.assign(atom if left.type.kind == right.type.kind else "None")
        with self.code.block(f"if {_truth(atom, left.type)}:"):
            self.code.line(f"{found} = {self.value(right)}")
        return found

    def _not(self, node: Node) -> str:
        return self.code.assign(f"not ({self.truth(node.children[0])})")

    def _compare(self, node: Node) -> str:
        left, right = (self.value(child) for child in node.children)
        inner = f"{left} {_OPERATORS[node.value]} {right}"
        sides = zip((left, right), node.children, strict=True)
        guards = [f"{atom} is None" for atom, child in sides if child.type.nullable]
        if node.type.nullable:
            inner = f"None if {' or '.join(guards)} else {inner}"
        return self.code.assign(inner)

    def _not_null(self, node: Node) -> str:
        first, *others = node.children
        found = self.code.assign(self.value(first))
        for other in others:
            with self.code.block(f"if {found} is None:"):
                self.code.line(f"{found} = {self.value(other)}")
        return found

    def _line_number(self, node: Node) -> str:
        return self.code.assign(f"{self.code.constant(node.value)}({self.counter})")

    def _call(self, node: Node) -> str:
        atoms = [self.value(child) for child in node.children]
        sides = zip(atoms, node.children, strict=True)
        guards = [f"{atom} is None" for atom, child in sides if child.type.nullable]
        call = f"{self._function(node)}({', '.join(atoms)})"
        return self.code.assign(f"None if {' or '.join(guards)} else {call}" if guards else call)

    def _function(self, node: Node) -> str:
        if not isinstance(node.value, Figure):
            return self.code.constant(node.value)
        form, formats = node.value.form, node.value.formats
        if form.least is not None and form.most is not None:
            return self.code.constant(formats.writer_of(form, ""))
        made = f"{self.code.constant(formats)}.writer_of({self.code.constant(form)}, "
        return self.code.once(f"{made}{self.names['order']}.currency)")


def _truth(atom: str, of: Type) -> str:
    if of.kind in ("number", "moment", "record"):
        return f"{atom} is not None" if of.nullable else "True"
    return atom
