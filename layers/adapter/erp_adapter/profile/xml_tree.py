"""The XML document of a profile: the ERP's own sample, with expressions at its leaves."""

from dataclasses import dataclass, field

from erp_adapter.profile.leaves import Text
from erp_adapter.profile.nodes import Node
from erp_adapter.profile.problems import Place

NAMESPACE = "urn:erp-adapter:profile"


@dataclass(slots=True)
class Attribute:
    """One attribute that is written."""

    name: str
    text: Text
    optional: bool = False


@dataclass(slots=True)
class Element:
    """One element, or a group, which is not written itself; `tag` is {namespace}name."""

    name: str
    place: Place
    tag: str = ""
    group: bool = False
    each: Node | None = None
    item: str | None = None
    condition: Node | None = None
    optional: bool = False
    most: int | None = None
    overflow: str = "reject"
    controls: dict[str, str] = field(default_factory=dict)
    declarations: list[tuple[str, str]] = field(default_factory=list)
    attributes: list[Attribute] = field(default_factory=list)
    children: list["Element | Text"] = field(default_factory=list)

    @property
    def namespaces(self) -> dict[str, str]:
        """The prefixes declared here, for reading the document back."""
        return {name.removeprefix("xmlns").lstrip(":"): uri for name, uri in self.declarations}

    @property
    def elements(self) -> list["Element"]:
        """The children that are elements."""
        return [child for child in self.children if isinstance(child, Element)]

    @property
    def texts(self) -> list[Text]:
        """The children that are texts."""
        return [child for child in self.children if isinstance(child, Text)]
