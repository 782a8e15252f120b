"""An XML sample: read with lxml (no DTD, no network), written again with expressions."""

from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from erp_adapter.profile.xml_tree import NAMESPACE
from lxml import etree

from erp_console.sampling.decoding import indent_of
from erp_console.sampling.formats import Formats, escaped
from erp_console.sampling.tree import Branch, Sample, Spot
from erp_console.terminal import Hindered

_STEP: Final = "  "


def read_xml(text: str) -> Sample:
    """The sample's tree. Raises Hindered for what is not XML, or has a DTD or mixed content."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_pis=True)
    try:
        root = etree.fromstring(_undeclared(text).encode(), parser)
    except etree.XMLSyntaxError as error:
        raise Hindered(f"The sample is not well-formed XML ({error.msg}): mend it.") from error
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise Hindered("The sample has a DTD, which no profile may have: remove <!DOCTYPE …>.")
    sample = Sample("xml", _branch(root, _local(root)), indent=indent_of(text))
    sample.native = _prefix(root)
    return sample


def _undeclared(text: str) -> str:
    start = text.lstrip()
    return start.split("?>", 1)[1] if start.startswith("<?xml") else start


def _prefix(root: Any) -> str:
    used = {prefix for element in root.iter("*") for prefix in element.nsmap}
    return "o" if "o" not in used else "profile"


def _branch(element: Any, place: str) -> Branch:
    branch = Branch(_local(element), place, native=element)
    for name, value in element.attrib.items():
        local = etree.QName(name).localname
        spot = Spot(local, f"{place}/@{local}", value, attribute=True)
        branch.spots.append(spot)
    children = [child for child in element if isinstance(child.tag, str)]
    text = "".join(element.xpath("text()")).strip()
    if children and text:
        raise Hindered(f"{place} holds both a text and elements, which profiles do not write.")
    if not children:
        branch.spots.append(Spot(branch.name, place, text))
        branch.leaf = bool(text) or not element.attrib
    seen: dict[str, int] = {}
    for child in children:
        name = _written(child)
        seen[name] = seen.get(name, 0) + 1
        number = f"[{seen[name]}]" if seen[name] > 1 else ""
        branch.branches.append(_branch(child, f"{place}/{name}{number}"))
    return branch


def _local(element: Any) -> str:
    return etree.QName(element).localname


def write_xml(sample: Sample, formats: Formats) -> str:
    """The profile's order.xml."""
    writer = _Writer(sample.native, formats)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', *writer.element(sample.root, 0)]
    return "\n".join(lines) + "\n"


class _Writer:
    def __init__(self, prefix: str, formats: Formats) -> None:
        self.prefix, self.formats = prefix, formats

    def element(self, branch: Branch, depth: int, *, in_group: bool = False) -> list[str]:
        if branch.grouped and not in_group:
            return self._group(branch, depth)
        space, name = _STEP * depth, _written(branch.native)
        start = f"{space}<{name}{self._attributes(branch, in_group)}"
        children = [
            line for child in branch.branches if not child.dropped
            for line in self.element(child, depth + 1)
        ]  # fmt: skip
        if children:
            return [f"{start}>", *children, f"{space}</{name}>"]
        texts = [self._template(spot) for spot in branch.spots if not spot.attribute]
        return [f"{start}>{escape(texts[0])}</{name}>" if texts and texts[0] else f"{start}/>"]

    def _group(self, branch: Branch, depth: int) -> list[str]:
        members = [branch, *branch.grouped]
        inner = [
            line for member in members for line in self.element(member, depth + 1, in_group=True)
        ]
        space, name = _STEP * depth, f"{self.prefix}:group"
        return [f'{space}<{name} each="{branch.each}">', *inner, f"{space}</{name}>"]

    def _attributes(self, branch: Branch, in_group: bool) -> str:
        element = branch.native
        parent = element.getparent()
        outer = parent.nsmap if parent is not None else {}
        found = [
            (f"xmlns:{prefix}" if prefix else "xmlns", uri)
            for prefix, uri in element.nsmap.items() if outer.get(prefix) != uri
        ]  # fmt: skip
        if parent is None:
            found.append((f"xmlns:{self.prefix}", NAMESPACE))
        found += [(f"{self.prefix}:{name}", value) for name, value in _controls(branch, in_group)]
        own = [spot for spot in branch.spots if spot.attribute]
        for name, spot in zip(element.attrib, own, strict=True):
            found.append((_attribute(element, name), self._template(spot)))
        return "".join(f" {name}={quoteattr(value)}" for name, value in found)

    def _template(self, spot: Spot) -> str:
        return escaped(spot.value) if spot.constant else self.formats.expression(spot)


def _controls(branch: Branch, in_group: bool) -> list[tuple[str, str]]:
    found = [("each", branch.each)] if branch.each and not in_group else []
    if branch.condition:
        found.append(("if", branch.condition))
    optional = [
        f"@{_attribute(branch.native, name)}"
        for name, spot in zip(branch.native.attrib, branch.spots, strict=False)
        if spot.guess and spot.guess.optional
    ]
    if _may_vanish(branch):
        optional.insert(0, "yes")
    if optional:
        found.append(("optional", " ".join(optional)))
    widths = [s.guess.most for s in branch.spots if not s.attribute and s.guess and s.guess.most]
    if widths:
        found += [("max", str(widths[0])), ("overflow", "truncate")]
    return found


def _may_vanish(branch: Branch) -> bool:
    if branch.branches:
        return not branch.spots and all(_may_vanish(child) for child in branch.branches)
    return any(not s.attribute and s.guess and s.guess.optional for s in branch.spots)


def _written(element: Any) -> str:
    return f"{element.prefix}:{_local(element)}" if element.prefix else _local(element)


def _attribute(element: Any, name: str) -> str:
    qualified = etree.QName(name)
    if not qualified.namespace:
        return qualified.localname
    if qualified.namespace == "http://www.w3.org/XML/1998/namespace":
        return f"xml:{qualified.localname}"
    prefixes = [p for p, uri in element.nsmap.items() if p and uri == qualified.namespace]
    return f"{prefixes[0]}:{qualified.localname}"
