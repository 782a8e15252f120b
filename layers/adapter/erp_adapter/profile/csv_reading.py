"""Reads the CSV document of profile.toml: dialect, columns, records, trailer."""

from dataclasses import replace
from typing import Any

from erp_adapter.order.model import Row
from erp_adapter.profile import keys
from erp_adapter.profile.control import Control
from erp_adapter.profile.csv_tree import Column, CsvDocument, Dialect, Record
from erp_adapter.profile.discount_rows import KIND, rows_with_discounts
from erp_adapter.profile.leaves import Leaves, Text
from erp_adapter.profile.names import item_name_fault
from erp_adapter.profile.nodes import Node, Scope
from erp_adapter.profile.tables import Table
from erp_adapter.profile.types import listed, record


def read_csv(top: Table, scope: Scope, leaves: Leaves) -> CsvDocument:
    """The document; problems are collected."""
    reader = _Reader(top, scope, leaves)
    return reader.document()


class _Reader:
    def __init__(self, top: Table, scope: Scope, leaves: Leaves) -> None:
        self.top, self.scope, self.leaves = top, scope, leaves
        self.layout = top.get("layout", "flat")
        self.dialect = self._dialect()

    def document(self) -> CsvDocument:
        if self.layout == "records" or self.top.values.get("record"):
            records = [self._record(table, self.scope) for table in self.top.tables("record")]
            if not records:
                self.top.report('layout = "records" needs at least one [[record]].', "layout")
        else:
            records = [self._rows()]
        trailer = self._trailer()
        return CsvDocument(
            dialect=self.dialect, header=self._header(records), records=records, trailer=trailer
        )

    def _dialect(self) -> Dialect:
        top = self.top
        names = ("delimiter", "quoting", "delimiter_in_text", "null", "formula_guard")
        given = {name: top.values[name] for name in names if name in top.values}
        newline = "\n" if top.get("newline", "crlf") == "lf" else "\r\n"
        dialect = Dialect(
            fixed=self.layout == "fixed", newline=newline,
            keep_breaks=top.get("line_breaks", "space") == "keep", **given,
        )  # fmt: skip
        self._check_dialect(dialect)
        return dialect

    def _check_dialect(self, dialect: Dialect) -> None:
        top = self.top
        decimals = {
            form.decimal for forms in self.leaves.formats.numbers.values()
            for form in forms.values()
        }  # fmt: skip
        if not dialect.fixed and dialect.delimiter in decimals:
            top.report(
                f"The delimiter {dialect.delimiter!r} is the decimal sign of [format] as well: "
                "no reader could tell them apart.",
                "delimiter" if "delimiter" in top.values else "format",
            )
        if dialect.quoting == "none" and dialect.keep_breaks:
            top.report('line_breaks = "keep" needs quoting.', "line_breaks")
        if "delimiter_in_text" in top.values and dialect.quoting != "none":
            top.report('delimiter_in_text is for quoting = "none".', "delimiter_in_text")
        for name in ("delimiter", "quoting") if dialect.fixed else ():
            if name in top.values:
                top.report(f'{name} has no meaning where layout = "fixed".', name)

    def _header(self, records: list[Record]) -> list[str]:
        flat = self.layout in ("flat", "first-row") and len(records) == 1
        if not self.top.get("header", flat):
            return []
        if len(records) != 1 or records[0].records:
            self.top.report("A header line needs one kind of record.", "header")
            return []
        return [column.name for column in records[0].columns]

    def _rows(self) -> Record:
        source = self.top.get("rows", "rows")
        items = self.leaves.items(source, self.top.value_place("rows"), self.scope)
        if self.top.get("discount_rows", False):
            items = self._with_discounts(source)
        scope = self.scope.inside(items)
        return Record(
            name="row", place=self.top.place("rows"), each=items, each_source=source,
            columns=self._columns(self.top, scope),
        )  # fmt: skip

    def _with_discounts(self, source: str) -> Node:
        if source != "rows":
            self.top.report('discount_rows needs rows = "rows".', "rows")
        row = record(Row)
        fields = dict(row.fields or {})
        fields["kind"] = replace(fields["kind"], words=(*fields["kind"].words, KIND))
        item = replace(row, fields=fields)
        order = Node("name", self.scope.names["order"], 0, "order")
        return Node("call", listed(item), 0, rows_with_discounts, (order,))

    def _record(self, table: Table, scope: Scope) -> Record:
        table = table.check(keys.RECORD)
        found = Record(name=table.get("name", "record"), place=table.place())
        if "each" in table.values:
            found.each_source = table.values["each"]
            found.each = self.leaves.items(found.each_source, table.value_place("each"), scope)
            scope = scope.inside(found.each)
        scope = self._named_item(table, found, scope)
        if "if" in table.values:
            found.condition_source = table.values["if"]
            place = table.value_place("if")
            found.condition = self.leaves.condition(found.condition_source, place, scope)
        found.columns = self._columns(table, scope)
        found.records = [self._record(inner, scope) for inner in table.tables("record")]
        return found

    def _named_item(self, table: Table, found: Record, scope: Scope) -> Scope:
        name = table.get("as", None)
        if name is None:
            return scope
        fault = item_name_fault(name, scope, repeats=found.each is not None)
        if fault:
            table.report(fault, "as")
            return scope
        found.item = name
        return scope.named(name)

    def _trailer(self) -> list[Column]:
        table = self.top.table("trailer").check(keys.TRAILER)
        if not table.values:
            return []
        names = {"control": record(Control), "settings": self.scope.names["settings"]}
        return self._columns(table, Scope(record(Control), names))

    def _columns(self, table: Table, scope: Scope) -> list[Column]:
        columns: list[Column] = []
        for inner in table.tables("column"):
            columns.append(self._column(inner.check(keys.COLUMN), scope, columns))
        if not columns:
            table.report("Here are no columns: add the first [[column]].")
        return columns

    def _column(self, table: Table, scope: Scope, before: list[Column]) -> Column:
        text: Text | None = None
        if "value" in table.values:
            text = self.leaves.text(table.values["value"], table.value_place("value"), scope)
        options: dict[str, Any] = {
            name: table.values[name]
            for name in ("optional", "width", "overflow", "align", "fill", "first_row_only")
            if name in table.values
        }
        name = table.get("name", f"column {len(before) + 1}")
        self.leaves.constant(name, table.value_place("name"))
        column = Column(name=name, place=table.place(), text=text, **options)
        self._check_column(table, column, before)
        return column

    def _check_column(self, table: Table, column: Column, before: list[Column]) -> None:
        wraps = bool(before) and before[-1].overflow == "wrap"
        if column.text is None and not wraps:
            table.report('A column needs a value (or overflow = "wrap" in the one before it).')
        if column.text is not None and wraps:
            table.report("The column before it wraps into this one: leave its value out.", "value")
        if column.width is None and (self.dialect.fixed or column.overflow != "reject"):
            table.report("This column needs a width.")
        if len(column.fill) != 1:
            table.report("fill is one character.", "fill")
        for name in () if self.dialect.fixed else ("align", "fill"):
            if name in table.values:
                table.report(f'{name} is for layout = "fixed".', name)
        if column.first_row_only and self.layout != "first-row":
            table.report('first_row_only is for layout = "first-row".', "first_row_only")
        if "name" not in table.values and self.top.get(
            "header", self.layout in ("flat", "first-row")
        ):
            table.report("A column needs a name: it stands in the header line.")
