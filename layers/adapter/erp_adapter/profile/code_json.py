"""Compiles the JSON document of a profile."""

from json import dumps
from typing import Final

from erp_adapter.profile.bindings import Figure
from erp_adapter.profile.code import Code
from erp_adapter.profile.code_expression import Expressions
from erp_adapter.profile.code_leaf import LeafCode, Value
from erp_adapter.profile.code_series import Series
from erp_adapter.profile.code_walk import ORDER, Here, Repeat, condition, count, each
from erp_adapter.profile.json_tree import Array, Constant, Group, Leaf, Member, Object
from erp_adapter.profile.json_tree import Value as Json
from erp_adapter.profile.nodes import Node
from erp_adapter.profile.spots import Spot

_WORDS: Final = ("false", "true")


class JsonCode:
    """Writes the code for one document, value by value."""

    def __init__(self, code: Code, leaf: LeafCode, indent: int) -> None:
        self.code, self.leaf, self.indent = code, leaf, indent

    def document(self, value: Json) -> None:
        """The whole document."""
        self._value(value, Here(Expressions(self.code, "order", ORDER), path="document"))
        self.code.write("\n")
        self.code.flush()

    def _value(self, value: Json, here: Here) -> None:
        if isinstance(value, Constant):
            self.leaf.constant(Spot(value.place, here.path, value.written))
            self.code.write(value.written)
        elif isinstance(value, Leaf):
            found = self.leaf.value(value.text, here.ex, here.path)
            self.leaf.require(found)
            self._leaf(value, found)
        elif isinstance(value, Object | Array):
            self._container(value, here)
        else:
            self._value(value.values[0], here)

    def _leaf(self, leaf: Leaf, value: Value) -> None:
        alone = value.pieces[0] if len(value.pieces) == 1 else ""
        if not isinstance(alone, str) and leaf.most is None and _is_bare(alone[1]):
            self.leaf.tell(value)
            self.code.write_value(self._bare(*alone))
            return
        self.code.write('"')
        self.leaf.write(value, "escape", leaf.most, leaf.overflow)
        self.code.write('"')

    def _bare(self, atom: str, node: Node) -> str:
        if node.type.kind == "boolean":
            return f"{self.code.constant(_WORDS)}[{atom}]"
        return f"{atom}:f" if node.type.kind == "number" and not node.type.form else atom

    def _container(self, value: Object | Array, here: Here) -> Series:
        self.code.write("{" if isinstance(value, Object) else "[")
        series = Series(self.code, self.indent, here.depth)
        if isinstance(value, Object):
            for member in value.members:
                self._member(member, here.into(f".{member.name}"), series)
        else:
            for element in value.elements:
                self._element(element, here.into("[]"), series)
        series.end("}" if isinstance(value, Object) else "]")
        return series

    def _member(self, member: Member, here: Here, series: Series) -> None:
        value = member.value
        if isinstance(value, Group):
            self._conditional_member(member, value, here, series)
        elif member.optional and isinstance(value, Leaf) and value.text.nullable:
            self._optional_leaf(member, value, here, series)
        elif member.optional and isinstance(value, Object | Array):
            self._optional_container(member, value, here, series)
        else:
            self._named(member, series)
            self._value(value, here)

    def _named(self, member: Member, series: Series) -> None:
        series.next()
        self.code.write(f"{dumps(member.name, ensure_ascii=False)}: ")

    def _conditional_member(self, member: Member, group: Group, here: Here, series: Series) -> None:
        inner = Member(
            name=member.name, optional=member.optional, value=group.values[0], place=member.place
        )
        if group.controls.condition is None:
            self._member(inner, here, series)
            return
        series.may()
        with condition(self.leaf, _condition(group), here):
            inside = series.inside()
            self._member(inner, here, inside)
            series.left(inside)

    def _optional_leaf(self, member: Member, leaf: Leaf, here: Here, series: Series) -> None:
        value = self.leaf.value(leaf.text, here.ex, here.path)
        series.may()
        with self.code.block(f"if {self.leaf.present(value)}:"):
            inside = series.inside()
            self._named(member, inside)
            self._leaf(leaf, value)
            series.left(inside)
        self.leaf.otherwise_ambiguous(value)

    def _optional_container(
        self, member: Member, value: Object | Array, here: Here, series: Series
    ) -> None:
        """Written, and taken back where nothing came into it."""
        series.may()
        mark = self.code.assign("len(parts)")
        inside = series.inside()
        self._named(member, inside)
        inner = self._container(value, here)
        self.code.flush()
        if inner.started:
            series.left(inside)
            return
        with self.code.block(f"if {inner.comma or False}:"):
            series.left(inside)
        with self.code.block("else:"):
            self.code.line(f"del parts[{mark}:]")

    def _element(self, value: Json, here: Here, series: Series) -> None:
        if not isinstance(value, Group):
            series.next()
            self._value(value, here)
        elif value.controls.each is None:
            series.may()
            with condition(self.leaf, _condition(value), here):
                self._group(value, here, series)
        else:
            self._repeated(value, value.controls.each, here, series)

    def _repeated(self, group: Group, node: Node, here: Here, series: Series) -> None:
        series.may()
        repeat = Repeat(node, group.place, group.controls.sources["@each"])
        with (
            each(self.leaf, repeat, here, group.controls.item) as inner,
            condition(self.leaf, _condition(group), inner),
        ):
            count(self.leaf, inner)
            self._group(group, inner, series)

    def _group(self, group: Group, here: Here, series: Series) -> None:
        inside = series.inside()
        for value in group.values:
            self._element(value, here, inside)
        series.left(inside)


def _condition(group: Group) -> Repeat | None:
    if group.controls.condition is None:
        return None
    return Repeat(group.controls.condition, group.place, group.controls.sources["@if"])


def _is_bare(node: Node) -> bool:
    """Whether a lone expression is written without quotes."""
    if isinstance(node.value, Figure):
        return (node.value.form.decimal, node.value.form.sign) == (".", "before")
    return node.type.kind in ("number", "boolean")
