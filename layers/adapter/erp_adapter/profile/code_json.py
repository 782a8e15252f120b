"""Compiles the JSON document of a profile."""

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from json import dumps
from typing import Final

from erp_adapter.profile.characters import check_legal
from erp_adapter.profile.check import Node
from erp_adapter.profile.code import Code
from erp_adapter.profile.code_expression import Expressions
from erp_adapter.profile.code_leaf import LeafCode, Value
from erp_adapter.profile.functions import Figure
from erp_adapter.profile.json_tree import Array, Constant, Group, Leaf, Member, Object
from erp_adapter.profile.json_tree import Value as Json
from erp_adapter.profile.manifest import JSON_REFERENCE

_WORDS: Final = ("false", "true")


def escape(text: str) -> str:
    """The inside of a JSON string. Raises Fault: JSON could write a control character."""
    check_legal(text)
    return dumps(text, ensure_ascii=False)[1:-1]


def _reference(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error(JSON_REFERENCE, _reference)
ESCAPES: Final[dict[str, Callable[[str], str]]] = {"escape": escape}


@dataclass(slots=True)
class _Commas:
    """What stands before the next element: nothing, a comma, or what a variable says."""

    state: str = "none"
    variable: str = ""


class JsonCode:
    """Writes the code for one document, value by value."""

    def __init__(self, code: Code, leaf: LeafCode, indent: int) -> None:
        self.code, self.leaf, self.indent = code, leaf, indent

    def document(self, value: Json) -> None:
        """The whole document."""
        ex = Expressions(self.code, "order", {"order": "order"})
        self._value(value, ex, 0, "document")
        self.code.write("\n")
        self.code.flush()

    def _value(self, value: Json, ex: Expressions, depth: int, path: str) -> None:
        if isinstance(value, Constant):
            self.code.write(value.written)
        elif isinstance(value, Leaf):
            self._required(value, ex, path)
        elif isinstance(value, Object):
            self._object(value, ex, depth, path)
        elif isinstance(value, Array):
            self._array(value, ex, depth, path)
        else:
            for inner in value.values:
                self._value(inner, ex, depth, path)

    def _required(self, leaf: Leaf, ex: Expressions, path: str) -> None:
        value = self.leaf.value(leaf.text, ex, path)
        self.leaf.require(value)
        self._written(leaf, value)

    def _written(self, leaf: Leaf, value: Value) -> None:
        alone = value.pieces[0] if len(value.pieces) == 1 else ""
        if not isinstance(alone, str) and leaf.most is None and _is_bare(alone[1]):
            self.code.write_value(self._bare(*alone))
            return
        self.code.write('"')
        self.leaf.write(value, "escape", leaf.most, leaf.overflow)
        self.code.write('"')

    def _bare(self, atom: str, node: Node) -> str:
        if node.type.kind == "boolean":
            return f"{self.code.constant(_WORDS)}[{atom}]"
        return f"{atom}:f" if node.type.kind == "number" and not node.type.form else atom

    def _object(self, value: Object, ex: Expressions, depth: int, path: str) -> None:
        self.code.write("{")
        commas = _Commas()
        for member in value.members:
            self._member(member, ex, depth + 1, f"{path}.{member.name}", commas)
        self._end("}", depth, commas)

    def _end(self, closing: str, depth: int, commas: _Commas) -> None:
        if commas.state == "some":
            self._new_line(depth)
        elif commas.state == "maybe" and self.indent:
            self.code.flush()
            with self.code.block(f"if {commas.variable}:"):
                self._new_line(depth)
                self.code.flush()
        self.code.write(closing)

    def _member(
        self, member: Member, ex: Expressions, depth: int, path: str, commas: _Commas
    ) -> None:
        value = member.value
        if isinstance(value, Leaf) and member.optional and value.text.nullable:
            self._optional_leaf(member.name, value, ex, depth, path, commas)
        elif isinstance(value, Group):
            self._conditional_member(member, value, ex, depth, path, commas)
        elif member.optional and isinstance(value, Array | Object):
            self._optional_container(member.name, value, ex, depth, path, commas)
        else:
            self._separate(commas, depth)
            self._named(member.name)
            self._value(value, ex, depth, path)

    def _named(self, name: str) -> None:
        self.code.write(f"{dumps(name, ensure_ascii=False)}: ")

    def _optional_leaf(
        self, name: str, leaf: Leaf, ex: Expressions, depth: int, path: str, commas: _Commas
    ) -> None:
        value = self.leaf.value(leaf.text, ex, path)
        self._maybe(commas)
        with self.code.block(f"if {self.leaf.present(value)}:"):
            self._separate_inside(commas, depth)
            self._named(name)
            self._written(leaf, value)
            self.code.flush()
        self.leaf.otherwise_ambiguous(value)

    def _conditional_member(
        self, member: Member, group: Group, ex: Expressions, depth: int, path: str,
        commas: _Commas,
    ) -> None:  # fmt: skip
        inner = Member(
            name=member.name, optional=member.optional, value=group.values[0], place=member.place
        )
        if group.controls.condition is None:
            self._member(inner, ex, depth, path, commas)
            return
        self._maybe(commas)
        truth = self._truth(group, ex, path)
        with self.code.block(f"if {truth}:"):
            inside = _Commas(commas.state, commas.variable)
            self._member(inner, ex, depth, path, inside)
            self._written_inside(commas, inside)
            self.code.flush()

    def _truth(self, group: Group, ex: Expressions, path: str) -> str:
        self.leaf.begin(group.place, path, group.controls.sources["@if"])
        condition = group.controls.condition
        truth = "True" if condition is None else ex.truth(condition)
        self.code.flush()
        return truth

    def _optional_container(
        self, name: str, value: Array | Object, ex: Expressions, depth: int, path: str,
        commas: _Commas,
    ) -> None:  # fmt: skip
        """Written, and taken back where nothing came into it."""
        self._maybe(commas)
        mark = self.code.assign("len(parts)")
        inner = _Commas()
        before = _Commas(commas.state, commas.variable)
        self._separate(before, depth)
        self._named(name)
        self.code.write("[" if isinstance(value, Array) else "{")
        self._contents(value, ex, depth, path, inner)
        self._end("]" if isinstance(value, Array) else "}", depth, inner)
        self.code.flush()
        if inner.state == "maybe":
            with self.code.block(f"if not {inner.variable}:"):
                self.code.line(f"del parts[{mark}:]")
            if commas.variable:
                with self.code.block("else:"):
                    self.code.line(f"{commas.variable} = ','")
        elif inner.state == "none":
            self.code.line(f"del parts[{mark}:]")
        elif commas.variable:
            self.code.line(f"{commas.variable} = ','")

    def _contents(
        self, value: Array | Object, ex: Expressions, depth: int, path: str, commas: _Commas
    ) -> None:
        if isinstance(value, Array):
            for element in value.elements:
                self._element(element, ex, depth + 1, f"{path}[]", commas)
        else:
            for member in value.members:
                self._member(member, ex, depth + 1, f"{path}.{member.name}", commas)

    def _array(self, value: Array, ex: Expressions, depth: int, path: str) -> None:
        self.code.write("[")
        commas = _Commas()
        self._contents(value, ex, depth, path, commas)
        self._end("]", depth, commas)

    def _element(
        self, value: Json, ex: Expressions, depth: int, path: str, commas: _Commas
    ) -> None:
        if not isinstance(value, Group):
            self._separate(commas, depth)
            self._value(value, ex, depth, path)
            return
        if value.controls.each is None:
            self._conditional_element(value, ex, depth, path, commas, None)
            return
        self.leaf.begin(value.place, path, value.controls.sources["@each"])
        items = ex.value(value.controls.each)
        if value.controls.each.type.nullable:
            items = f"{items} or ()"
        self._maybe(commas)
        item, counter = self.code.fresh("i"), self.code.fresh("n")
        names = {**ex.names, value.controls.item: item} if value.controls.item else ex.names
        self.code.line(f"{counter} = 0")
        with self.code.block(f"for {item} in {items}:"):
            inner = Expressions(self.code, item, names, counter)
            inside = _Commas(commas.state, commas.variable)
            self._conditional_element(value, inner, depth, path, inside, counter)
            self._written_inside(commas, inside)
            self.code.flush()

    def _conditional_element(
        self, group: Group, ex: Expressions, depth: int, path: str, commas: _Commas,
        counter: str | None,
    ) -> None:  # fmt: skip
        if group.controls.condition is None:
            self._group_elements(group, ex, depth, path, commas, counter)
            return
        self._maybe(commas)
        truth = self._truth(group, ex, path)
        with self.code.block(f"if {truth}:"):
            inside = _Commas(commas.state, commas.variable)
            self._group_elements(group, ex, depth, path, inside, counter)
            self._written_inside(commas, inside)
            self.code.flush()

    def _group_elements(
        self, group: Group, ex: Expressions, depth: int, path: str, commas: _Commas,
        counter: str | None,
    ) -> None:  # fmt: skip
        if counter:
            self.code.line(f"{counter} += 1")
        for inner in group.values:
            self._element(inner, ex, depth, path, commas)

    def _maybe(self, commas: _Commas) -> None:
        """From here on it depends on the order whether something was written."""
        self.code.flush()
        if commas.state == "none":
            commas.state, commas.variable = "maybe", self.code.assign("''")

    def _separate(self, commas: _Commas, depth: int) -> None:
        if commas.state == "some":
            self.code.write(",")
        elif commas.state == "maybe":
            self.code.write_value(commas.variable)
        commas.state = "some"
        self._new_line(depth)

    def _separate_inside(self, commas: _Commas, depth: int) -> None:
        """The same in a block that may not run: what follows must ask the variable."""
        inside = _Commas(commas.state, commas.variable)
        self._separate(inside, depth)
        self._written_inside(commas, inside)

    def _written_inside(self, commas: _Commas, inside: _Commas) -> None:
        if commas.state == "maybe" and inside.state == "some":
            self.code.flush()
            self.code.line(f"{commas.variable} = ','")

    def _new_line(self, depth: int) -> None:
        if self.indent:
            self.code.write("\n" + " " * self.indent * depth)


def _is_bare(node: Node) -> bool:
    """Whether a lone expression is written without quotes."""
    if isinstance(node.value, Figure):
        return (node.value.form.decimal, node.value.form.sign) == (".", "before")
    return node.type.kind in ("number", "boolean")
