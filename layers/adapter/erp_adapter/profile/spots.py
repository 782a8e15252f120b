"""The places in a profile where an order can fail, and the rejections that name them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from erp_adapter.errors import Unmappable
from erp_adapter.profile.explain import Cell, Explained, Role, Trace, fields_of, formats_of
from erp_adapter.profile.faults import Fault
from erp_adapter.profile.nodes import Node
from erp_adapter.profile.problems import Place

_CODES = ("code", "erp_code")
Scope = Mapping[str, object]
Told = tuple[int | None, Any, tuple[int | None, Scope]]
"""A place, its value, its width and the items around; None and the places of a CSV line's cells."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A leaf, a condition or an each: its element, and the expression that stands there."""

    place: Place
    element: str
    source: str
    nodes: tuple[Node, ...] = ()
    role: Role = "value"


class Spots:
    """All of one profile's, by number."""

    def __init__(self, profile: str) -> None:
        self.profile = profile
        self.spots: list[Spot] = []

    def add(self, spot: Spot) -> int:
        """The number of a new one."""
        self.spots.append(spot)
        return len(self.spots) - 1

    def rejection(self, number: int, fault: Fault) -> Unmappable:
        """The rejection of an order that fails there."""
        spot = self.spots[number]
        return Unmappable(
            f"{spot.element} {fault.message}",
            code=fault.code,
            path=f"{self.profile}, {spot.place.file}, line {spot.place.line}, {spot.element}",
            expected=fault.expected,
            found=fault.found,
        )

    def trace(self, told: Iterable[Told]) -> Trace:
        """What the slow code has told of one order's document."""
        found: list[Explained] = []
        lines: list[tuple[Cell, ...]] = []
        latest: dict[int | None, int] = {}
        for number, value, more in told:
            if number is None:
                lines.append(tuple(Cell(text, latest.get(spot)) for text, spot in value))
            else:
                latest[number] = len(found)
                found.append(self._explained(number, value, *more))
        return Trace(tuple(found), tuple(lines))

    def _explained(self, number: int, value: object, most: int | None, scope: Scope) -> Explained:
        spot = self.spots[number]
        return Explained(
            spot.element, spot.place, spot.source, str(value), fields_of(spot.nodes),
            formats_of(spot.nodes), spot.role, most, scope,
        )  # fmt: skip

    def missing(self, number: int, code: bool, several: int = 0) -> None:
        """Raises Unmappable: the order does not have what this leaf needs."""
        source = self.spots[number].source
        if several > 1:
            raise self.rejection(number, Fault(
                "AMBIGUOUS_CODE",
                f"needs one code, and the shop has {several} for {source}. Remove the others in "
                "Omnitron, or let the profile choose: codes[0] is the oldest, codes[-1] the "
                "newest.",
                expected="1 code", found=f"{several} codes",
            ))  # fmt: skip
        if "settings." in source:
            remedy = "Fill in the setting in profile.toml or in the route, or mark the element"
        else:
            remedy = "Fill it in in the shop, give a default with || in the profile, or mark it"
        raise self.rejection(number, Fault(
            "MISSING_CODE" if code else "MISSING_VALUE",
            f"needs {source}, and this order has none. {remedy} optional.",
            expected="a code" if code else "a value", found="nothing",
        ))  # fmt: skip

    def ambiguous(self, number: int, several: int) -> None:
        """Raises Unmappable where there are several codes: that is never left out silently."""
        if several > 1:
            self.missing(number, True, several)


def code_of(node: Node) -> Node | None:
    """The field of an expression that is an ERP's code, if it is one."""
    if node.op in ("or", "not_null"):
        return next((found for child in node.children if (found := code_of(child))), None)
    if node.op == "field" and node.value in _CODES and node.children[0].type.owner != "Discount":
        return node
    return None
