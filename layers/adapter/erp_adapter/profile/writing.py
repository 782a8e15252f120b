"""One order's bytes, whole: what is compiled for each kind of document, put together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from erp_adapter.order.model import Order
from erp_adapter.profile import escapes
from erp_adapter.profile.cells import Cells
from erp_adapter.profile.characters import Replacer
from erp_adapter.profile.code import Code
from erp_adapter.profile.code_csv import CsvCode, header
from erp_adapter.profile.code_json import JsonCode
from erp_adapter.profile.code_leaf import LeafCode
from erp_adapter.profile.code_xml import XmlCode
from erp_adapter.profile.control import control_of
from erp_adapter.profile.csv_tree import CsvDocument
from erp_adapter.profile.explain import Cell, Trace
from erp_adapter.profile.json_tree import Value as Json
from erp_adapter.profile.manifest import Manifest
from erp_adapter.profile.rendering import Rendering
from erp_adapter.profile.xml_tree import Element


class Writing(Protocol):
    """What makes bytes of orders."""

    def content(self, orders: Sequence[Order]) -> bytes:
        """The document's bytes. Raises Unmappable."""

    def trace(self, order: Order) -> Trace:
        """What one order's document rests on. Raises Unmappable."""


class TreeWriting:
    """An XML or a JSON document of one order."""

    def __init__(self, profile: str, manifest: Manifest, body: Element | Json) -> None:
        def write(code: Code, leaf: LeafCode) -> None:
            if isinstance(body, Element):
                XmlCode(code, leaf, manifest.indent).document(body, manifest.charset)
            else:
                JsonCode(code, leaf, manifest.indent).document(body)

        own = escapes.XML if isinstance(body, Element) else escapes.JSON
        self.rendering = Rendering(profile, manifest, write, own, prepares=True)
        self.start = manifest.start

    def content(self, orders: Sequence[Order]) -> bytes:
        """The document's bytes."""
        (order,) = orders
        return self.start + self.rendering.check(order, "".join(self.rendering.parts(order)))

    def trace(self, order: Order) -> Trace:
        """Every value of the document."""
        return self.rendering.trace(order)


class CsvWriting:
    """A CSV file of one order, or of several: one header line, one trailer."""

    def __init__(self, profile: str, manifest: Manifest, document: CsvDocument) -> None:
        replace = None
        if manifest.unencodable == "replace":
            replace = Replacer(manifest.bare_encoding, manifest.replace)
        cells = Cells(document.dialect, manifest.measure, replace)

        def rows(code: Code, leaf: LeafCode) -> None:
            CsvCode(code, leaf, cells).records(document)

        def trailer(code: Code, leaf: LeafCode) -> None:
            CsvCode(code, leaf, cells).trailer(document.trailer)

        self.rows = Rendering(profile, manifest, rows, {})
        self.trailer: Rendering | None = None
        if document.trailer:
            self.trailer = Rendering(profile, manifest, trailer, {}, parameter="control")
        self.dialect, self.first = document.dialect, header(document, cells)
        self.header = self.first.encode(manifest.bare_encoding)
        self.start = manifest.start

    def content(self, orders: Sequence[Order]) -> bytes:
        """The file's bytes."""
        content, records = self.start + self.header, 0
        for order in orders:
            parts = self.rows.parts(order)
            records += len(parts)
            content += self._bytes(self.rows, order, parts)
        if self.trailer is not None:
            control = control_of(orders, records)
            content += self._bytes(self.trailer, control, self.trailer.parts(control))
        return content

    def trace(self, order: Order) -> Trace:
        """Every cell of the order's rows."""
        trace = self.rows.trace(order)
        return replace(trace, lines=tuple(self._placed(trace.lines)))

    def _placed(self, lines: Iterable[tuple[Cell, ...]]) -> Iterator[tuple[Cell, ...]]:
        start = len(self.first)
        between = 0 if self.dialect.fixed else len(self.dialect.delimiter)
        for line in lines:
            placed = []
            for cell in line:
                placed.append(replace(cell, start=start))
                start += len(cell.text) + between
            yield tuple(placed)
            start += len(self.dialect.newline) - between

    def _bytes(self, rendering: Rendering, subject: Any, parts: list[str]) -> bytes:
        return rendering.check(subject, "".join(parts))
