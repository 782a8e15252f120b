"""The CSV document of a profile: its dialect, its records and their columns."""

from dataclasses import dataclass, field
from typing import Literal

from erp_adapter.profile.leaves import Text
from erp_adapter.profile.nodes import Node
from erp_adapter.profile.problems import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How cells become a line."""

    fixed: bool = False
    delimiter: str = ";"
    quoting: Literal["minimal", "all", "none"] = "minimal"
    delimiter_in_text: Literal["reject", "space"] = "reject"
    newline: str = "\r\n"
    null: str = ""
    formula_guard: Literal["reject", "quote", "off"] = "reject"
    keep_breaks: bool = False


@dataclass(slots=True, kw_only=True)
class Column:
    """One cell of a record; `text` is None where it takes what the one before could not hold."""

    name: str
    place: Place
    text: Text | None
    optional: bool = False
    width: int | None = None
    overflow: Literal["reject", "truncate", "wrap"] = "reject"
    align: Literal["left", "right"] = "left"
    fill: str = " "
    first_row_only: bool = False

    @property
    def numeric(self) -> bool:
        """Whether it is a formatted number and nothing else: no formula, no free text."""
        nodes = self.text.nodes if self.text else []
        alone = self.text is not None and len(self.text.parts) == len(nodes) == 1
        return alone and nodes[0].type.form in ("figure", "whole")


@dataclass(slots=True, kw_only=True)
class Record:
    """One kind of line: repeated by `each`, left out by `if`, followed by its inner records."""

    name: str
    place: Place
    each: Node | None = None
    each_source: str = ""
    item: str | None = None
    condition: Node | None = None
    condition_source: str = ""
    columns: list[Column] = field(default_factory=list)
    records: list["Record"] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class CsvDocument:
    """The whole document: the header line's names, the records, the trailer."""

    dialect: Dialect
    header: list[str]
    records: list[Record]
    trailer: list[Column]
