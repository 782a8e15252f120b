"""Compiles the CSV document of a profile: one line of code for one line of the file."""

from typing import Final

from erp_adapter.profile.cells import Cells
from erp_adapter.profile.code import Code
from erp_adapter.profile.code_expression import Expressions
from erp_adapter.profile.code_leaf import LeafCode, Value
from erp_adapter.profile.code_walk import ORDER, Here, Repeat, condition, count, each
from erp_adapter.profile.csv_tree import Column, CsvDocument, Record
from erp_adapter.profile.leaves import Text
from erp_adapter.profile.nodes import Node
from erp_adapter.profile.problems import Place

_EMPTY: Final = '""'
_NOWHERE: Final = Place("profile.toml")
_CONTROL: Final = {"control": "control", "order": "control"}
"""Money in a trailer is in the currency of its control record."""


def header(document: CsvDocument, cells: Cells) -> str:
    """The header line, or nothing."""
    if not document.header:
        return ""
    names = [cells.cell(Column(name=n, place=_NOWHERE, text=None))(n) for n in document.header]
    delimiter = "" if cells.dialect.fixed else cells.dialect.delimiter
    return delimiter.join(names) + cells.dialect.newline


class CsvCode:
    """Writes the code for one document, record by record."""

    def __init__(self, code: Code, leaf: LeafCode, cells: Cells) -> None:
        self.code, self.leaf, self.cells, self.dialect = code, leaf, cells, cells.dialect
        self.spots: dict[str, int] = {}

    def records(self, document: CsvDocument) -> None:
        """All lines of one order."""
        for record in document.records:
            self._record(record, Expressions(self.code, "order", ORDER))

    def trailer(self, columns: list[Column]) -> None:
        """The trailer's line."""
        self._line(columns, Expressions(self.code, "control", _CONTROL), {})

    def _record(self, record: Record, ex: Expressions) -> None:
        here = Here(ex, path=record.name)
        if record.each is None:
            with condition(self.leaf, _condition(record), here):
                self._written(record, ex, {})
            return
        hoisted = self._hoisted(record, ex)
        repeat = Repeat(record.each, record.place, record.each_source)
        with (
            each(self.leaf, repeat, here, record.item) as inner,
            condition(self.leaf, _condition(record), inner),
        ):
            count(self.leaf, inner)
            self._written(record, inner.ex, hoisted)

    def _written(self, record: Record, ex: Expressions, hoisted: dict[int, str]) -> None:
        self._line(record.columns, ex, hoisted)
        for inner in record.records:
            self._record(inner, ex)

    def _hoisted(self, record: Record, ex: Expressions) -> dict[int, str]:
        """The cells that are the same in every row, computed once before them."""
        same: dict[int, str] = {}
        if record.condition is not None:
            return same  # there may be no row at all, and then nothing may fail
        for index, column in enumerate(record.columns):
            text = column.text
            if text is None or column.overflow == "wrap":
                continue
            if not any(_depends(node) for node in text.nodes):
                same[index] = self._cell(column, text, ex)
        return same

    def _line(self, columns: list[Column], ex: Expressions, hoisted: dict[int, str]) -> None:
        atoms: list[str] = []
        for index, column in enumerate(columns):
            if column.text is None:
                continue
            if column.overflow == "wrap":
                atoms += self._wrapped(columns[index:], column.text, ex)
            elif column.first_row_only:
                atoms.append(self._first_only(column, column.text, ex, hoisted.get(index)))
            else:
                atoms.append(hoisted.get(index) or self._cell(column, column.text, ex))
        if self.leaf.located:
            cells = [f"({atom}, {self.spots.get(atom.partition('[')[0])})" for atom in atoms]
            self.code.line(f"at.append((None, [{', '.join(cells)}], None))")
        if len(atoms) == 1 and not self.dialect.fixed:
            # A reader would skip an empty line.
            atoms = [self.code.assign(f"{atoms[0]} or {_EMPTY!r}")]
        self._written_line(atoms)

    def _written_line(self, atoms: list[str]) -> None:
        for position, atom in enumerate(atoms):
            if position:
                self.code.write("" if self.dialect.fixed else self.dialect.delimiter)
            self.code.write_value(atom)
        self.code.write(self.dialect.newline)
        self.code.flush()

    def _cell(self, column: Column, text: Text, ex: Expressions) -> str:
        value = self.leaf.value(text, ex, column.name)
        if not (column.optional and text.nullable):
            self.leaf.require(value)
            self.leaf.tell(value, column.width)
            return self._at(value, self._cell_of(column, self.leaf.joined(value)))
        found = self.code.assign(repr(self.cells.null(column)))
        with self.code.block(f"if {self.leaf.present(value)}:"):
            self.leaf.tell(value, column.width)
            self.code.line(f"{found} = {self._cell_of(column, self.leaf.joined(value))}")
        self.leaf.otherwise_ambiguous(value)
        return self._at(value, found)

    def _at(self, value: Value, atom: str) -> str:
        self.spots[atom] = value.spot
        return atom

    def _cell_of(self, column: Column, joined: str) -> str:
        plain = (
            not self.leaf.located
            and column.numeric
            and column.width is None
            and self.dialect.quoting != "all"
        )
        if plain and not self.dialect.fixed:
            return self.code.assign(joined)
        cell = self.cells.cell(column)
        if self.leaf.checked is not None:
            cell = self.leaf.checked(cell)
        return self.code.assign(f"{self.code.constant(cell)}({joined})")

    def _first_only(self, column: Column, text: Text, ex: Expressions, known: str | None) -> str:
        found = self.code.assign(repr(self.cells.null(column)))
        with self.code.block(f"if {ex.counter} == 1:"):
            cell = known or self._cell(column, text, ex)
            self.code.line(f"{found} = {cell}")
        self.spots[found] = self.spots[cell]
        return found

    def _wrapped(self, columns: list[Column], text: Text, ex: Expressions) -> list[str]:
        following = [columns[0]]
        for column in columns[1:]:
            if column.text is not None:
                break
            following.append(column)
        value = self.leaf.value(text, ex, columns[0].name)
        joined = self.leaf.joined(value)
        if text.nullable and columns[0].optional:
            joined = f"({joined}) if {self.leaf.present(value)} else None"
            with self.code.block(f"if {self.leaf.present(value)}:"):
                self.leaf.tell(value)
        else:
            self.leaf.require(value)
            self.leaf.tell(value)
        cells = self.code.constant(self.cells.wrapped(following))
        found = self._at(value, self.code.assign(f"{cells}({joined})"))
        return [f"{found}[{index}]" for index in range(len(following))]


def _condition(record: Record) -> Repeat | None:
    if record.condition is None:
        return None
    return Repeat(record.condition, record.place, record.condition_source)


def _depends(node: Node) -> bool:
    return node.op in ("current", "line_number") or any(_depends(c) for c in node.children)
