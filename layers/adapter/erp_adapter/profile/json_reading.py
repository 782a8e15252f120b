"""Reads a profile's JSON document: keys `@each`, `@as`, `@if`, `@max`, `NAME?` for optional."""

from collections.abc import Sequence
from typing import Final

from erp_adapter.profile.json_places import JsonFault, Placed, read_json_places
from erp_adapter.profile.json_tree import (
    Array,
    Constant,
    Controls,
    Group,
    Leaf,
    Member,
    Object,
    Value,
)
from erp_adapter.profile.leaves import Leaves
from erp_adapter.profile.names import item_name_fault
from erp_adapter.profile.nodes import Scope
from erp_adapter.profile.problems import Place, Problems, Source, did_you_mean

CONTROLS: Final = ("@each", "@as", "@if", "@value", "@group", "@max", "@overflow")
_Given = dict[str, Placed]


def read_json(source: Source, scope: Scope, leaves: Leaves, problems: Problems) -> Value | None:
    """The document, or None where it is no JSON; problems are collected."""
    try:
        placed = read_json_places(source)
    except JsonFault as fault:
        problems.add(fault.place, f"This is not JSON: {fault}")
        return None
    value = _Reader(leaves, problems).value(placed, scope, in_array=False)
    if isinstance(value, Group):
        problems.add(placed.place, "The document as a whole can't be repeated or left out.")
    return value


class _Reader:
    def __init__(self, leaves: Leaves, problems: Problems) -> None:
        self.leaves, self.problems = leaves, problems

    def value(self, placed: Placed, scope: Scope, *, in_array: bool) -> Value:
        """One value of the document."""
        if placed.text is not None:
            return Leaf(text=self.leaves.text(placed.text, placed.place, scope))
        if placed.elements is not None:
            elements = [self.value(e, scope, in_array=True) for e in placed.elements]
            return Array(elements=elements, place=placed.place)
        if placed.members is not None:
            return self._object(placed, placed.members, scope, in_array=in_array)
        return Constant(written=placed.scalar or "null", place=placed.place)

    def _object(
        self, placed: Placed, members: Sequence[tuple[str, Place, Placed]], scope: Scope,
        *, in_array: bool,
    ) -> Value:  # fmt: skip
        given = self._given(placed)
        controls, inner = self._controls(given, scope)
        if "@each" in given and not in_array:
            self.problems.add(given["@each"].place, "@each repeats elements: put it into [ ].")
        values = self._values(placed, given, inner, in_array)
        if not controls.sources and "@group" not in given:
            return values[0]
        return Group(controls=controls, values=values, place=placed.place)

    def _given(self, placed: Placed) -> _Given:
        given: _Given = {}
        for name, place, value in placed.members or ():
            if not name.startswith("@") or name.startswith("@@"):
                continue
            if name not in CONTROLS:
                hint = did_you_mean(name, CONTROLS)
                self.problems.add(place, f"There is no {name}.{hint} A member is written @{name}.")
            else:
                given[name] = value
        return given

    def _controls(self, given: _Given, scope: Scope) -> tuple[Controls, Scope]:
        controls = Controls()
        for name in ("@each", "@as", "@if"):
            if name in given and given[name].text is None:
                self.problems.add(given[name].place, f"{name} is an expression in quotes.")
            elif name in given:
                controls.sources[name] = given[name].text or ""
        if "@each" in controls.sources:
            place = given["@each"].place
            controls.each = self.leaves.items(controls.sources["@each"], place, scope)
            scope = scope.inside(controls.each)
        if "@as" in controls.sources:
            scope = self._item(controls, given["@as"], scope)
        if "@if" in controls.sources:
            place = given["@if"].place
            controls.condition = self.leaves.condition(controls.sources["@if"], place, scope)
        return controls, scope

    def _item(self, controls: Controls, given: Placed, scope: Scope) -> Scope:
        name = controls.sources["@as"]
        fault = item_name_fault(name, scope, repeats=controls.each is not None)
        if fault:
            self.problems.add(given.place, fault)
            return scope
        controls.item = name
        return scope.named(name)

    def _values(self, placed: Placed, given: _Given, scope: Scope, in_array: bool) -> list[Value]:
        others = [(n, p, v) for n, p, v in placed.members or () if n[:1] != "@" or n[:2] == "@@"]
        chosen = [name for name in ("@value", "@group") if name in given]
        if others and chosen:
            self.problems.add(
                others[0][1], f"{chosen[0]} stands instead of members, not with them."
            )
        if "@group" in given:
            return self._group(given["@group"], scope, in_array)
        if "@value" in given:
            return [self._limited(self.value(given["@value"], scope, in_array=False), given)]
        if "@max" in given or "@overflow" in given:
            self.problems.add(placed.place, "@max and @overflow need a text as @value.")
        return [Object(members=self._members(others, scope), place=placed.place)]

    def _group(self, given: Placed, scope: Scope, in_array: bool) -> list[Value]:
        if given.elements is None or not in_array:
            self.problems.add(given.place, "@group is a list of elements, inside a list.")
        return [self.value(e, scope, in_array=True) for e in given.elements or ()]

    def _members(self, members: Sequence[tuple[str, Place, Placed]], scope: Scope) -> list[Member]:
        found: list[Member] = []
        for name, _, placed in members:
            value = self.value(placed, scope, in_array=False)
            name = name.removeprefix("@") if name.startswith("@@") else name
            optional = name.endswith("?") and not name.endswith("??")
            plain = name[:-1] if name.endswith("?") else name
            if any(member.name == plain for member in found):
                self.problems.add(placed.place, f"{plain} stands here twice.")
            found.append(Member(name=plain, optional=optional, value=value, place=placed.place))
        return found

    def _limited(self, value: Value, given: _Given) -> Value:
        if "@max" not in given:
            if "@overflow" in given:
                self.problems.add(given["@overflow"].place, "@overflow needs @max.")
            return value
        written = given["@max"].scalar or ""
        if not isinstance(value, Leaf):
            self.problems.add(given["@max"].place, "@max is for a text.")
        elif not written.isdecimal() or int(written) < 1:
            self.problems.add(given["@max"].place, "@max is a whole number from 1.")
        else:
            value.most = int(written)
            value.overflow = self._overflow(given)
        return value

    def _overflow(self, given: _Given) -> str:
        overflow = given["@overflow"].text if "@overflow" in given else "reject"
        if overflow not in ("reject", "truncate"):
            self.problems.add(given["@overflow"].place, '@overflow is "reject" or "truncate".')
        return overflow or "reject"
