"""Checks the call of a function, and binds its constant arguments: formats, tables, widths."""

from typing import Any

from erp_adapter.profile.bindings import Unbindable
from erp_adapter.profile.formats import Formats, Lookup
from erp_adapter.profile.functions import FUNCTIONS, Function, Parameter
from erp_adapter.profile.nodes import Node, Report, unknown
from erp_adapter.profile.problems import did_you_mean
from erp_adapter.profile.types import Type, literal_type, optional

IN_PLACE = ("not_null", "line_number")
"""Functions that are compiled in place: their arguments are not all computed first."""


def called(name: str, at: int, nodes: list[Node], formats: Formats, report: Report) -> Node:
    """The call of a function, or an unknown node where something is wrong with it."""
    function = FUNCTIONS.get(name)
    if function is None:
        report(at, f"There is no function {name}().{did_you_mean(name, FUNCTIONS)}")
        return unknown(at)
    most = len(nodes) if function.repeats else len(function.parameters)
    if not function.required <= len(nodes) <= most:
        report(at, f"{name}() is used as {function.usage}.")
        return unknown(at)
    parameters = function.parameters[: len(nodes)]
    if function.repeats:
        parameters *= len(nodes)
    pairs = list(zip(parameters, nodes, strict=True))
    sound = [_argument(name, parameter, node, report) for parameter, node in pairs]
    return _bound(name, at, pairs, formats, report) if all(sound) else unknown(at)


def _bound(
    name: str, at: int, pairs: list[tuple[Parameter, Node]], formats: Formats, report: Report
) -> Node:
    function = FUNCTIONS[name]
    constants = {p.name: node.value for p, node in pairs if p.constant}
    try:
        bound = function.bind(formats, constants)
    except Unbindable as error:
        report(pairs[error.index][1].at, str(error))
        return unknown(at)
    values = tuple(node for parameter, node in pairs if not parameter.constant)
    if isinstance(bound, Lookup):
        _known_keys(values[0], bound, report)
    op = name if name in IN_PLACE else "call"
    return Node(op, _result(name, function, values, bound), at, bound, values)


def _result(name: str, function: Function, values: tuple[Node, ...], bound: Any) -> Type:
    types = [node.type for node in values]
    if isinstance(bound, Lookup):
        found = literal_type(next(iter([*bound.entries.values(), bound.otherwise])))
    elif isinstance(function.result, Type):
        found = function.result
    else:
        found = function.result(types)
    nullable = name != "not_null" and any(of.nullable for of in types)
    return optional(found) if nullable else found


def _known_keys(key: Node, lookup: Lookup, report: Report) -> None:
    for entry in lookup.entries if key.type.words else ():
        if entry not in key.type.words:
            report(
                key.at,
                f"[lookup.{lookup.name}] has the key {entry!r}, and it is only one of: "
                f"{', '.join(key.type.words)}.{did_you_mean(entry, key.type.words)}",
                lookup.places[entry],
            )


def _argument(name: str, parameter: Parameter, node: Node, report: Report) -> bool:
    item = node.type.item
    if "unknown" in (node.type.kind, item and item.kind):
        return False
    fault = _fault(name, parameter, node)
    if fault:
        report(node.at, fault)
    return not fault


def _fault(name: str, parameter: Parameter, node: Node) -> str | None:
    kind, item = node.type.kind, node.type.item
    if parameter.constant and node.op != "literal":
        return f"{name}(): {parameter.name} must be written out here."
    if kind not in parameter.kinds and not (kind == "null" and not parameter.constant):
        return f"{name}() takes {_wanted(parameter.kinds)} here, not {node.type}."
    if parameter.of and item and item.kind not in (*parameter.of, "null"):
        return f"{name}() takes a list of which each is {_wanted(parameter.of)}."
    if name == "text" and kind == "number" and node.type.form != "whole":
        return "text() of an amount has no format: use money, price, qty or number."
    if parameter.constant and parameter.kinds == ("number",) and not isinstance(node.value, int):
        return f"{name}(): {parameter.name} must be a whole number."
    return None


def _wanted(kinds: tuple[Any, ...]) -> str:
    return " or ".join(str(Type(kind)) for kind in kinds if kind != "null")
