"""The changes: each is one of the mistakes that a tired person makes.

A comparison the other way round or off by one, `and` for `or`, a condition negated, a statement, an
argument or an entry left out, a number off by one, a word misspelt, a field that takes anything.
Sentences (texts with a blank in them), docstrings, imports and the annotations of functions are
left alone: no behaviour hangs on them that a program could know.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

_COMPARED: Final = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_COMPUTED: Final = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
_WORDS: Final = {"ignore": "allow"}
"""Words for which another one is worse than a misspelling."""

Change = Callable[[], None]


@dataclass(frozen=True)
class Mutant:
    """A changed module. `place` and `change` name it for the list of survivors; `line` helps."""

    place: str
    change: str
    line: int
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module's source, each with one change."""
    before, number = ast.unparse(ast.parse(source)), len(_changes(ast.parse(source)))
    for which in range(number):
        tree = ast.parse(source)
        node, place, change = _changes(tree)[which]
        change()
        after = ast.unparse(ast.fix_missing_locations(tree))
        line = getattr(node, "lineno", 0)
        yield Mutant(place, _difference(before, after), line, after)


def _difference(before: str, after: str) -> str:
    """The first line that differs, as it was and as it is."""
    old, new = before.splitlines(), after.splitlines()
    at = next(n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    was, now = old[at].strip(), new[at].strip()
    left_out = len(old) > len(new) and old[at + 1 : at + 2] == [new[at]]
    return f"{was} → {'(left out)' if left_out else now}"


def _changes(tree: ast.Module) -> list[tuple[Any, str, Change]]:
    found: list[tuple[Any, str, Change]] = []
    _walk(tree, "", found)
    return found


def _walk(node: ast.AST, place: str, found: list[tuple[Any, str, Change]]) -> None:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        place = f"{place}.{node.name}" if place else node.name
    for change in _of(node):
        found.append((node, place or "module", change))
    for child in _children(node):
        _walk(child, place, found)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """The parts that may be changed: no imports, no docstrings, no annotations, no decorators."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_left_alone(child):
                yield child


def _is_left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("TypeVar", "cast"):
        return True
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Callable":
        return True  # an annotation that has got a name
    return isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr)


def _of(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Compare():
            for at, operator in enumerate(node.ops):
                yield _set_item(node.ops, at, _COMPARED[type(operator)]())
        case ast.BoolOp():
            yield _set(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not()):
            yield _unwrap(node)
        case ast.BinOp() if type(node.op) in _COMPUTED:
            yield _set(node, "op", _COMPUTED[type(node.op)]())
        case ast.Constant():
            yield from _of_constant(node)
        case ast.Call():
            for at in range(len(node.keywords)):
                yield _drop(node.keywords, at)
        case ast.Tuple(ctx=ast.Load()) | ast.List(ctx=ast.Load()) | ast.Set():
            if len(node.elts) > 1:
                for at in range(len(node.elts)):
                    yield _drop(node.elts, at)
        case ast.Dict():
            for at in range(len(node.keys)):
                yield _drop(node.keys, at, node.values)
    yield from _of_statement(node)


def _of_constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield _set(node, "value", not value)
    elif isinstance(value, int):
        yield _set(node, "value", value + 1)
    elif isinstance(value, str) and value and " " not in value:
        yield _set(node, "value", _WORDS.get(value, f"{value}x"))


def _of_statement(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.If | ast.IfExp | ast.While) and not isinstance(
        node.test, ast.Compare | ast.BoolOp | ast.UnaryOp
    ):
        yield _set(node, "test", ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.Return) and node.value and not _is_none(node.value):
        yield _set(node, "value", ast.Constant(None))
    if isinstance(node, ast.ClassDef) and not node.decorator_list and _names_a_model(node):
        for field in node.body:
            if isinstance(field, ast.AnnAssign):
                yield _set(field, "annotation", ast.Name("object"))
    body = getattr(node, "body", None)
    if isinstance(body, list) and not isinstance(node, ast.Module):
        for at, statement in enumerate(body):
            if isinstance(statement, ast.AnnAssign) or _is_deed(statement):
                yield _leave_out(body, at)


def _is_deed(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Raise | ast.Continue | ast.AugAssign)


def _names_a_model(node: ast.ClassDef) -> bool:
    """Whether the annotations of the class are rules: elsewhere only a type checker reads them."""
    return bool(node.bases) and ast.unparse(node.bases[0]) != "Protocol"


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _set(node: Any, name: str, value: Any) -> Change:
    return lambda: setattr(node, name, value)


def _set_item(items: list[Any], at: int, value: Any) -> Change:
    def change() -> None:
        items[at] = value

    return change


def _unwrap(node: ast.UnaryOp) -> Change:
    """`not x` → `bool(x)`."""

    def change() -> None:
        node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)

    return change


def _drop(items: list[Any], at: int, *others: list[Any]) -> Change:
    def change() -> None:
        for each in (items, *others):
            del each[at]

    return change


def _leave_out(body: list[ast.stmt], at: int) -> Change:
    return _set_item(body, at, ast.Pass())
