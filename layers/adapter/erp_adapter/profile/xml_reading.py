"""Reads a profile's XML document with expat: no DTD, no entities, no network, exact positions."""

import re
from typing import Any, Final
from xml.parsers import expat  # the template is the operator's own; a DTD is refused below

from erp_adapter.profile.leaves import Leaves
from erp_adapter.profile.names import item_name_fault
from erp_adapter.profile.nodes import Scope
from erp_adapter.profile.problems import Place, Problems, Source, did_you_mean
from erp_adapter.profile.xml_tree import NAMESPACE, Attribute, Element

CONTROLS: Final = ("each", "if", "optional", "max", "overflow", "as")
OVERFLOWS: Final = ("reject", "truncate")
_MAX_DEPTH: Final = 30


class _Refused(Exception):
    """What ends reading at once: its problem is collected already."""


def read_xml(source: Source, scope: Scope, leaves: Leaves, problems: Problems) -> Element | None:
    """The document's root, or None where it is not well-formed; problems are collected."""
    reader = _Reader(source, scope, leaves, problems)
    try:
        reader.parser.Parse(source.text.encode("utf-8"), True)
    except expat.ExpatError as error:
        place = Place(source.file, error.lineno, error.offset + 1)
        problems.add(place, f"This is not well-formed XML: {expat.ErrorString(error.code)}.")
        return None
    except _Refused:
        return None
    return reader.root


class _Reader:
    """Follows expat through the document with a stack of open elements and their scopes."""

    def __init__(self, source: Source, scope: Scope, leaves: Leaves, problems: Problems) -> None:
        self.source, self.leaves, self.problems = source, leaves, problems
        self.root: Element | None = None
        self.open: list[Element] = []
        self.scopes = [scope]
        self.declared: list[tuple[str, str]] = []
        self.pending, self.pending_at = "", Place(source.file)
        parser = expat.ParserCreate("utf-8", " ")
        parser.namespace_prefixes = True
        parser.ordered_attributes = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartNamespaceDeclHandler = self._declare
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.ProcessingInstructionHandler = self._instruction
        self.parser = parser

    def _here(self) -> Place:
        return Place(
            self.source.file, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        )

    def _doctype(self, *_: Any) -> None:
        message = "A profile has no DTD and no entities: remove <!DOCTYPE …>."
        self.problems.add(self._here(), message)
        raise _Refused  # before any entity is read

    def _instruction(self, target: str, _: str) -> None:
        self.problems.add(self._here(), f"Remove the processing instruction <?{target} …?>.")

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        if uri != NAMESPACE:
            self.declared.append((f"xmlns:{prefix}" if prefix else "xmlns", uri or ""))

    def _characters(self, data: str) -> None:
        if not self.pending:
            self.pending_at = self._here()
        self.pending += data

    def _start(self, name: str, attributes: list[str]) -> None:
        self._flush()
        uri, local, written = _named(name)
        tag = f"{{{uri}}}{local}" if uri else local
        element = Element(written, self._here(), tag, group=uri == NAMESPACE)
        if element.group and local != "group":
            self.problems.add(element.place, f"There is no element o:{local}; only o:group.")
        self.leaves.constant(written, element.place, is_name=True)
        if len(self.open) >= _MAX_DEPTH:
            self.problems.add(element.place, f"Elements are nested more than {_MAX_DEPTH} deep.")
        element.declarations, self.declared = self.declared, []
        if not self.open:
            self.root = element
        else:
            self.open[-1].children.append(element)
        self.open.append(element)
        pairs = list(zip(attributes[::2], attributes[1::2], strict=True))
        self.scopes.append(self._controlled(element, pairs))
        self._attributes(element, pairs)

    def _end(self, _: str) -> None:
        self._flush()
        element = self.open.pop()
        self.scopes.pop()
        _finish(element, self.problems)

    def _flush(self) -> None:
        raw, self.pending = self.pending, ""
        if not self.open or not raw.strip():
            return
        start = len(raw) - len(raw.lstrip())
        text = self.leaves.text(raw.strip(), self.pending_at.after(raw, start), self.scopes[-1])
        self.open[-1].children.append(text)

    def _controlled(self, element: Element, pairs: list[tuple[str, str]]) -> Scope:
        controls: dict[str, tuple[str, Place]] = {}
        for name, value in pairs:
            uri, local, _ = _named(name)
            if uri != NAMESPACE and not (element.group and not uri):
                continue
            place = self._attribute_place(element, name)
            if local in CONTROLS:
                controls[local] = value, place
            else:
                self.problems.add(place, f"There is no o:{local}.{did_you_mean(local, CONTROLS)}")
        return self._apply(element, controls)

    def _apply(self, element: Element, controls: dict[str, tuple[str, Place]]) -> Scope:
        scope = self.scopes[-1]
        if "each" in controls:
            element.each = self.leaves.items(*controls["each"], scope)
            scope = scope.inside(element.each)
        if "as" in controls:
            scope = self._named_item(element, scope, *controls["as"])
        if "if" in controls:
            element.condition = self.leaves.condition(*controls["if"], scope)
        self._limits(element, controls)
        element.controls = {name: value for name, (value, _) in controls.items()}
        return scope

    def _named_item(self, element: Element, scope: Scope, name: str, place: Place) -> Scope:
        fault = item_name_fault(name, scope, repeats=element.each is not None)
        if fault:
            self.problems.add(place, fault)
            return scope
        element.item = name
        return scope.named(name)

    def _limits(self, element: Element, controls: dict[str, tuple[str, Place]]) -> None:
        if "max" in controls:
            value, place = controls["max"]
            if value.isascii() and value.isdecimal() and int(value) > 0:
                element.most = int(value)
            else:
                self.problems.add(place, "o:max is a whole number from 1.")
        if "overflow" in controls:
            value, place = controls["overflow"]
            if value not in OVERFLOWS:
                hint = ' For several elements use o:each="wrap(…)".' if value == "wrap" else ""
                self.problems.add(place, f"o:overflow is reject or truncate.{hint}")
            elif "max" not in controls:
                self.problems.add(place, "o:overflow needs o:max.")
            element.overflow = value
        if "optional" in controls:
            element.optional = "yes" in controls["optional"][0].split()

    def _attributes(self, element: Element, pairs: list[tuple[str, str]]) -> None:
        optional = [n[1:] for n in element.controls.get("optional", "").split() if n[0] == "@"]
        scope = self.scopes[-1]
        for name, value in pairs:
            uri, _, written = _named(name)
            if uri == NAMESPACE or element.group:
                continue
            self.leaves.constant(written, element.place, is_name=True)
            text = self.leaves.text(value, self._attribute_place(element, name), scope)
            element.attributes.append(Attribute(written, text, written in optional))
        self._check_optional(element, optional)

    def _check_optional(self, element: Element, optional: list[str]) -> None:
        names = [attribute.name for attribute in element.attributes]
        words = element.controls.get("optional", "yes").split()
        unknown = [w for w in words if w != "yes" and w[0] != "@"]
        unknown += [f"@{name}" for name in optional if name not in names]
        for word in unknown or ([""] if not words else []):
            self.problems.add(
                element.place,
                f'o:optional is "yes" or the "@name" of an attribute, not "{word}".'
                f"{did_you_mean(word.lstrip('@'), names)}",
            )

    def _attribute_place(self, element: Element, name: str) -> Place:
        _, _, written = _named(name)
        if _named(name)[0] == NAMESPACE:
            written = rf"[\w.-]+:{re.escape(_named(name)[1])}"
        else:
            written = re.escape(written)
        starts = self.source.starts[element.place.line - 1] + element.place.column - 1
        found = re.compile(rf"\s{written}\s*=\s*[\"']").search(self.source.text, starts)
        return self.source.place(found.end()) if found else element.place


def _named(name: str) -> tuple[str, str, str]:
    """The namespace, the local name, and the name as it was written."""
    parts = name.split(" ")
    if len(parts) == 1:
        return "", name, name
    written = f"{parts[2]}:{parts[1]}" if len(parts) == 3 else parts[1]
    return parts[0], parts[1], written


def _finish(element: Element, problems: Problems) -> None:
    texts, place = element.texts, element.place
    if texts and element.group:
        problems.add(texts[0].place, "A group holds elements; this text would be lost.")
    elif texts and element.elements:
        problems.add(texts[0].place, "An element holds either a text or elements, not both.")
    if element.most is not None and (element.elements or not texts):
        problems.add(place, "o:max is for an element that holds a text.")
    if element.group and element.optional:
        problems.add(place, "A group is not written itself, so it can't be optional: use if.")
