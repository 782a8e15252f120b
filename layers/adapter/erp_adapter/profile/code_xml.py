"""Compiles the XML document of a profile."""

from erp_adapter.profile.code import Code
from erp_adapter.profile.code_expression import Expressions
from erp_adapter.profile.code_leaf import LeafCode, Value
from erp_adapter.profile.code_walk import ORDER, Here, Repeat, condition, count, each
from erp_adapter.profile.escapes import escape_attribute
from erp_adapter.profile.leaves import Text
from erp_adapter.profile.xml_tree import Attribute, Element


class XmlCode:
    """Writes the code for one document, element by element."""

    def __init__(self, code: Code, leaf: LeafCode, indent: int) -> None:
        self.code, self.leaf, self.indent = code, leaf, indent

    def document(self, root: Element, encoding: str) -> None:
        """The whole document with its declaration."""
        self.code.write(f'<?xml version="1.0" encoding="{encoding}"?>')
        self._element(root, Here(Expressions(self.code, "order", ORDER), path=root.name))
        self.code.write("\n")
        self.code.flush()

    def _element(self, element: Element, here: Here) -> None:
        if element.each is None:
            with condition(self.leaf, _condition(element), here):
                self._written(element, here)
            return
        repeat = Repeat(element.each, element.place, element.controls["each"])
        with (
            each(self.leaf, repeat, here, element.item) as inner,
            condition(self.leaf, _condition(element), inner),
        ):
            count(self.leaf, inner)
            self._written(element, inner)

    def _written(self, element: Element, here: Here) -> None:
        if element.group:
            for child in element.elements:
                self._element(child, here.beside(f"/{child.name}"))
        elif not element.elements:
            self._leaf(element, here)
        elif all(_may_vanish(child) for child in element.elements):
            self._vanishing(element, here)
        else:
            self._open(element, here, ">")
            self._children(element, here)
            self._close(element, here)

    def _leaf(self, element: Element, here: Here) -> None:
        texts = element.texts
        if not texts:
            self._open(element, here, "/>")
            return
        parts = tuple(part for text in texts for part in text.parts)
        text = Text(parts, texts[0].source, texts[0].place)
        value = self.leaf.value(text, here.ex, here.path)
        if not (element.optional and text.nullable):
            self.leaf.require(value)
            self._written_leaf(element, here, value)
            return
        self.code.flush()
        with self.code.block(f"if {self.leaf.present(value)}:"):
            self._written_leaf(element, here, value)
            self.code.flush()
        self.leaf.otherwise_ambiguous(value)

    def _written_leaf(self, element: Element, here: Here, value: Value) -> None:
        self._open(element, here, ">")
        self.leaf.write(value, "escape", element.most, element.overflow)
        self.code.write(f"</{element.name}>")

    def _vanishing(self, element: Element, here: Here) -> None:
        """The start tag comes last: there is none where an optional element stays empty."""
        self.code.flush()
        mark = self.code.assign("len(parts)")
        self.code.line("write('')")
        self._children(element, here)
        self.code.flush()
        end = self.code.assign("len(parts)")
        with self.code.block(f"if {end} > {mark} + 1:"):
            self._open(element, here, ">")
            self.code.flush()
            self.code.line(f"parts[{mark}] = ''.join(parts[{end}:])")
            self.code.line(f"del parts[{end}:]")
            self._close(element, here)
            self.code.flush()
        with self.code.block("else:"):
            if element.optional:
                self.code.line("parts.pop()")
            else:
                self._open(element, here, "/>")
                self.code.flush()

    def _children(self, element: Element, here: Here) -> None:
        for child in element.elements:
            self._element(child, here.into(f"/{child.name}"))

    def _open(self, element: Element, here: Here, end: str) -> None:
        self._new_line(here.depth)
        self.code.write(f"<{element.name}")
        for name, uri in element.declarations:
            self.code.write(f' {name}="{escape_attribute(uri)}"')
        for attribute in element.attributes:
            self._attribute(attribute, here)
        self.code.write(end)

    def _attribute(self, attribute: Attribute, here: Here) -> None:
        value = self.leaf.value(attribute.text, here.ex, f"{here.path}/@{attribute.name}")
        if not (attribute.optional and attribute.text.nullable):
            self.leaf.require(value)
            self._written_attribute(attribute, value)
            return
        self.code.flush()
        with self.code.block(f"if {self.leaf.present(value)}:"):
            self._written_attribute(attribute, value)
            self.code.flush()
        self.leaf.otherwise_ambiguous(value)

    def _written_attribute(self, attribute: Attribute, value: Value) -> None:
        self.code.write(f' {attribute.name}="')
        self.leaf.write(value, "escape_attribute", None, "reject")
        self.code.write('"')

    def _close(self, element: Element, here: Here) -> None:
        self._new_line(here.depth)
        self.code.write(f"</{element.name}>")

    def _new_line(self, depth: int) -> None:
        if self.indent or not depth:
            self.code.write("\n" + " " * self.indent * depth)


def _condition(element: Element) -> Repeat | None:
    if element.condition is None:
        return None
    return Repeat(element.condition, element.place, element.controls["if"])


def _may_vanish(element: Element) -> bool:
    if element.each is not None or element.condition is not None or element.optional:
        return True
    return element.group and all(_may_vanish(child) for child in element.elements)
