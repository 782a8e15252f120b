"""Where the compiler is in a document, and the loops and conditions that all documents share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from erp_adapter.profile.code_expression import Expressions
from erp_adapter.profile.code_leaf import LeafCode
from erp_adapter.profile.nodes import Node
from erp_adapter.profile.problems import Place
from erp_adapter.profile.spots import Spot

ORDER = {"order": "order"}
"""The names that every expression of an order's document knows, as variables."""


@dataclass(frozen=True, slots=True)
class Here:
    """The expressions of the present scope, the depth of indentation, the path for messages."""

    ex: Expressions
    depth: int = 0
    path: str = ""

    def into(self, name: str) -> "Here":
        """One level deeper."""
        return replace(self, depth=self.depth + 1, path=f"{self.path}{name}")

    def beside(self, name: str) -> "Here":
        """On the same level."""
        return replace(self, path=f"{self.path}{name}")


@dataclass(frozen=True, slots=True)
class Repeat:
    """An each, or a condition, with where it stands and how it was written."""

    node: Node
    place: Place
    source: str


@contextmanager
def each(leaf: LeafCode, repeat: Repeat, here: Here, item: str | None) -> Iterator[Here]:
    """The lines written meanwhile run for every item; `count` them where they are written."""
    code, ex = leaf.code, here.ex
    leaf.decide(Spot(repeat.place, here.path, repeat.source, (repeat.node,), "each"), ex)
    items = ex.value(repeat.node)
    if repeat.node.type.nullable:
        items = f"{items} or ()"
    code.flush()
    variable, counter = code.fresh("i"), code.fresh("n")
    names = {**ex.names, item: variable} if item else ex.names
    code.line(f"{counter} = 0")
    with code.block(f"for {variable} in {items}:"):
        yield replace(here, ex=Expressions(code, variable, names, counter))
        code.flush()


@contextmanager
def condition(leaf: LeafCode, repeat: Repeat | None, here: Here) -> Iterator[None]:
    """The lines written meanwhile run where the condition holds; without one, always."""
    if repeat is None:
        yield
        return
    leaf.decide(Spot(repeat.place, here.path, repeat.source, (repeat.node,), "if"), here.ex)
    truth = here.ex.truth(repeat.node)
    leaf.code.flush()
    with leaf.code.block(f"if {truth}:"):
        yield
        leaf.code.flush()


def count(leaf: LeafCode, here: Here) -> None:
    """One more item is written: line numbers have no gaps."""
    leaf.code.line(f"{here.ex.counter} += 1")
