"""Checked expressions: the tree that is compiled, and the scope it was checked in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from erp_adapter.profile.problems import Place
from erp_adapter.profile.types import UNKNOWN, Type


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
    """What names mean here: the current item, the names that outlive it, how many each are open."""

    current: Type
    names: Mapping[str, Type]
    depth: int = 0

    def inside(self, items: "Node") -> "Scope":
        """The scope of each item of a list."""
        return Scope(items.type.item or UNKNOWN, self.names, self.depth + 1)

    def named(self, name: str) -> "Scope":
        """The same with a name for the current item."""
        return Scope(self.current, {**self.names, name: self.current}, self.depth)


def unknown(at: int) -> Node:
    """What stands for a mistake that was reported."""
    return Node("literal", UNKNOWN, at)
