"""The JSON document of a profile: the ERP's own sample, with expressions for its values."""

from dataclasses import dataclass, field

from erp_adapter.profile.leaves import Text
from erp_adapter.profile.nodes import Node
from erp_adapter.profile.problems import Place


@dataclass(slots=True, kw_only=True)
class Controls:
    """`@each`, `@as`, `@if` of an object, each with how it was written."""

    each: Node | None = None
    item: str | None = None
    condition: Node | None = None
    sources: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Constant:
    """A number, true, false or null, as it was written."""

    written: str
    place: Place


@dataclass(slots=True, kw_only=True)
class Leaf:
    """A text, or a number where a number expression stands alone."""

    text: Text
    most: int | None = None
    overflow: str = "reject"


@dataclass(slots=True, kw_only=True)
class Member:
    """One member of an object; `NAME?` is left out where its value is null or empty."""

    name: str
    optional: bool
    value: "Value"
    place: Place


@dataclass(slots=True, kw_only=True)
class Object:
    """An object with its members."""

    members: list[Member] = field(default_factory=list)
    place: Place


@dataclass(slots=True, kw_only=True)
class Array:
    """An array; every element may be repeated or left out."""

    elements: list["Value"] = field(default_factory=list)
    place: Place


@dataclass(slots=True, kw_only=True)
class Group:
    """What has controls: an object, an `@value`, or the elements of `@group`."""

    controls: Controls
    values: list["Value"] = field(default_factory=list)
    place: Place


Value = Constant | Leaf | Object | Array | Group
