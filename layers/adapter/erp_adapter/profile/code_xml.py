"""Compiles the XML document of a profile."""

from collections.abc import Callable
from typing import Final

from erp_adapter.profile.characters import spaced
from erp_adapter.profile.code import Code
from erp_adapter.profile.code_expression import Expressions
from erp_adapter.profile.code_leaf import LeafCode, Value
from erp_adapter.profile.leaves import Text
from erp_adapter.profile.xml_tree import Attribute, Element


def escape(text: str) -> str:
    """Character data. Every line break is a line feed: a reader would make one of it anyway."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def escape_attribute(text: str) -> str:
    """An attribute's value; line breaks and tabs are what a reader would make of them: spaces."""
    return escape(spaced(text)).replace('"', "&quot;")


ESCAPES: Final[dict[str, Callable[[str], str]]] = {
    "escape": escape,
    "escape_attribute": escape_attribute,
}


class XmlCode:
    """Writes the code for one document, element by element."""

    def __init__(self, code: Code, leaf: LeafCode, indent: int) -> None:
        self.code, self.leaf, self.indent = code, leaf, indent

    def document(self, root: Element, encoding: str) -> None:
        """The whole document with its declaration."""
        self.code.write(f'<?xml version="1.0" encoding="{encoding}"?>')
        self._element(root, Expressions(self.code, "order", {"order": "order"}), 0, root.name)
        self.code.write("\n")
        self.code.flush()

    def _element(self, element: Element, ex: Expressions, depth: int, path: str) -> None:
        if element.each is None:
            self._conditional(element, ex, depth, path, None)
            return
        self.leaf.begin(element.place, path, element.controls["each"])
        items = ex.value(element.each)
        if element.each.type.nullable:
            items = f"{items} or ()"
        self.code.flush()
        item, counter = self.code.fresh("i"), self.code.fresh("n")
        names = {**ex.names, element.item: item} if element.item else ex.names
        self.code.line(f"{counter} = 0")
        with self.code.block(f"for {item} in {items}:"):
            inner = Expressions(self.code, item, names, counter)
            self._conditional(element, inner, depth, path, counter)
            self.code.flush()

    def _conditional(
        self, element: Element, ex: Expressions, depth: int, path: str, counter: str | None
    ) -> None:
        if element.condition is None:
            self._counted(element, ex, depth, path, counter)
            return
        self.leaf.begin(element.place, path, element.controls["if"])
        truth = ex.truth(element.condition)
        self.code.flush()
        with self.code.block(f"if {truth}:"):
            self._counted(element, ex, depth, path, counter)
            self.code.flush()

    def _counted(
        self, element: Element, ex: Expressions, depth: int, path: str, counter: str | None
    ) -> None:
        if counter:
            self.code.line(f"{counter} += 1")
        if element.group:
            for child in element.elements:
                self._element(child, ex, depth, f"{path}/{child.name}")
        elif element.elements:
            self._container(element, ex, depth, path)
        else:
            self._leaf(element, ex, depth, path)

    def _leaf(self, element: Element, ex: Expressions, depth: int, path: str) -> None:
        texts = element.texts
        if not texts:
            self._open(element, ex, depth, path, "/>")
            return
        text = Text(tuple(part for t in texts for part in t.parts), texts[0].source, texts[0].place)
        value = self.leaf.value(text, ex, path)
        if element.optional and text.nullable:
            self.code.flush()
            with self.code.block(f"if {self.leaf.present(value)}:"):
                self._written_leaf(element, ex, depth, path, value)
                self.code.flush()
            self.leaf.otherwise_ambiguous(value)
            return
        self.leaf.require(value)
        self._written_leaf(element, ex, depth, path, value)

    def _written_leaf(
        self, element: Element, ex: Expressions, depth: int, path: str, value: Value
    ) -> None:
        self._open(element, ex, depth, path, ">")
        self.leaf.write(value, "escape", element.most, element.overflow)
        self.code.write(f"</{element.name}>")

    def _container(self, element: Element, ex: Expressions, depth: int, path: str) -> None:
        if all(_may_vanish(child) for child in element.elements):
            self._vanishing(element, ex, depth, path)
            return
        self._open(element, ex, depth, path, ">")
        self._children(element, ex, depth, path)
        self._close(element, depth)

    def _vanishing(self, element: Element, ex: Expressions, depth: int, path: str) -> None:
        """The start tag comes last: there is none where an optional element stays empty."""
        self.code.flush()
        mark = self.code.assign("len(parts)")
        self.code.line("write('')")
        self._children(element, ex, depth, path)
        self.code.flush()
        end = self.code.assign("len(parts)")
        with self.code.block(f"if {end} > {mark} + 1:"):
            self._open(element, ex, depth, path, ">")
            self.code.flush()
            self.code.line(f"parts[{mark}] = ''.join(parts[{end}:])")
            self.code.line(f"del parts[{end}:]")
            self._close(element, depth)
            self.code.flush()
        with self.code.block("else:"):
            if element.optional:
                self.code.line("parts.pop()")
            else:
                self._open(element, ex, depth, path, "/>")
                self.code.flush()

    def _children(self, element: Element, ex: Expressions, depth: int, path: str) -> None:
        for child in element.elements:
            self._element(child, ex, depth + 1, f"{path}/{child.name}")

    def _open(self, element: Element, ex: Expressions, depth: int, path: str, end: str) -> None:
        self._new_line(depth)
        self.code.write(f"<{element.name}")
        for name, uri in element.declarations:
            self.code.write(f' {name}="{escape_attribute(uri)}"')
        for attribute in element.attributes:
            self._attribute(attribute, ex, path)
        self.code.write(end)

    def _attribute(self, attribute: Attribute, ex: Expressions, path: str) -> None:
        value = self.leaf.value(attribute.text, ex, f"{path}/@{attribute.name}")
        if attribute.optional and attribute.text.nullable:
            self.code.flush()
            with self.code.block(f"if {self.leaf.present(value)}:"):
                self._written_attribute(attribute, value)
                self.code.flush()
            self.leaf.otherwise_ambiguous(value)
            return
        self.leaf.require(value)
        self._written_attribute(attribute, value)

    def _written_attribute(self, attribute: Attribute, value: Value) -> None:
        self.code.write(f' {attribute.name}="')
        self.leaf.write(value, "escape_attribute", None, "reject")
        self.code.write('"')

    def _close(self, element: Element, depth: int) -> None:
        self._new_line(depth)
        self.code.write(f"</{element.name}>")

    def _new_line(self, depth: int) -> None:
        if self.indent or not depth:
            self.code.write("\n" + " " * self.indent * depth)


def _may_vanish(element: Element) -> bool:
    if element.each is not None or element.condition is not None or element.optional:
        return True
    return element.group and all(_may_vanish(child) for child in element.elements)
