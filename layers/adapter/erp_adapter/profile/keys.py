"""The keys of profile.toml: what each may be, for which documents, and what it is for.

The sentences are what an editor shows: `layers/profiles/profile.schema.json` is made of them.
"""

from dataclasses import dataclass
from typing import Final, Literal

Document = Literal["xml", "json", "csv"]
Kind = Literal["text", "whole", "yesno", "table", "tables", "texts", "places"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its type, what it is for, its words or limits, the documents that have it."""

    type: Kind
    about: str = ""
    words: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    only: tuple[Document, ...] = ("xml", "json", "csv")


_CSV: Final[tuple[Document, ...]] = ("csv",)
_TREE: Final[tuple[Document, ...]] = ("xml", "json")
LAYOUTS: Final = ("flat", "first-row", "records", "fixed")
ENCODINGS: Final = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8", "windows-1254": "windows-1254",
    "iso-8859-9": "ISO-8859-9",
}  # fmt: skip
"""The accepted encodings, and what each is called in a document (IANA names)."""

TOP: Final[dict[str, Key]] = {
    "title": Key("text", "What the document is called; for people."),
    "cancels": Key("text", "What its documents cancel: items one by one, or a whole order only.",
                   ("items", "order")),
    "document": Key("text", "The file that holds the document: order.xml or order.json.",
                    only=_TREE),
    "layout": Key("text", "How a CSV file is laid out.", LAYOUTS, only=_CSV),
    "encoding": Key("text", "The encoding of the document; utf-8-sig has a byte order mark.",
                    tuple(ENCODINGS)),
    "unencodable": Key("text", "What becomes of characters that the encoding lacks.",
                       ("reject", "replace", "reference")),
    "newline": Key("text", "The line ends of the document.", ("lf", "crlf")),
    "line_breaks": Key("text", "What becomes of line breaks and tabs inside a text.",
                       ("space", "keep")),
    "width_in": Key("text", "What widths count: SQL Server counts utf-16, Oracle bytes.",
                    ("characters", "utf-16", "bytes")),
    "indent": Key("whole", "Spaces of indentation; 0 writes all in one line.", most=8, only=_TREE),
    "schema": Key("text", "The XML schema that every document must be valid against.",
                  only=("xml",)),
    "xsd": Key("text", "When documents are validated; lint leaves it to lint, preview and CI.",
               ("always", "lint"), only=("xml",)),
    "file_name": Key("text", "The file's name; needs {pk}. Default: {number}-{pk}."),
    "extension": Key("text", "The file name's extension, with its point."),
    "content_type": Key("text", "The Content-Type of the document."),
    "rows": Key("text", "The list that gives one row each: rows (default) or lines.", only=_CSV),
    "discount_rows": Key("yesno", "Writes discounts as rows of their own.", only=_CSV),
    "delimiter": Key("text", "What stands between two cells.", (";", ",", "\t", "|"), only=_CSV),
    "quoting": Key("text", "Which cells stand in quotes.", ("minimal", "all", "none"), only=_CSV),
    "delimiter_in_text": Key("text", 'What becomes of a delimiter in a text, for quoting = "none".',
                             ("reject", "space"), only=_CSV),
    "header": Key("yesno", "Whether the first line holds the columns' names.", only=_CSV),
    "null": Key("text", "What stands where an optional cell has no value.", only=_CSV),
    "formula_guard": Key("text", "What becomes of texts that a spreadsheet takes for formulas.",
                         ("reject", "quote", "off"), only=_CSV),
    "format": Key("table", "How numbers, dates, true and false, and line numbers are written."),
    "lookup": Key("table", "Tables of codes: what a value of the shop is for the ERP."),
    "settings": Key("table", 'What the site fills in; "" is nothing until then.'),
    "replace": Key("table", 'What characters become that the encoding lacks; "*" is any other.'),
    "check": Key("tables", "Figures of the document that must add up."),
    "column": Key("tables", "The columns, in order.", only=_CSV),
    "record": Key("tables", "The kinds of lines, in order.", only=_CSV),
    "trailer": Key("table", "One more line at the end of the file: control totals.", only=_CSV),
}  # fmt: skip

FORMAT: Final[dict[str, Key]] = {
    "decimal": Key("text", "The decimal sign of all numbers.", (".", ",")),
    "sign": Key("text", "Where the minus stands.", ("before", "after")),
    "zone": Key("text", "The time zone of dates and times. Default: Europe/Istanbul."),
    "places": Key("table", "Decimals of each kind of number: 2, or a range [2, 4]."),
    "money": Key("table", "Named formats of money()."),
    "price": Key("table", "Named formats of price()."),
    "qty": Key("table", "Named formats of qty()."),
    "percent": Key("table", "Named formats of percent()."),
    "number": Key("table", "Named formats of number()."),
    "date": Key("table", "Named patterns of date(), such as %d.%m.%Y."),
    "time": Key("table", "Named patterns of time(), such as %H:%M."),
    "datetime": Key("table", "Named patterns of datetime()."),
    "boolean": Key("table", "Named words for true and false, for text()."),
    "line_number": Key("table", "Named ways of numbering lines, for line_number()."),
}
NUMBER: Final[dict[str, Key]] = {
    "places": Key("places", "Decimals: 2, or a range [2, 4]."),
    "decimal": Key("text", "The decimal sign.", (".", ",")),
    "sign": Key("text", "Where the minus stands.", ("before", "after")),
    "round": Key("yesno", "Rounds what has more decimals; without it, the order is rejected."),
}
MOMENT: Final[dict[str, Key]] = {
    "pattern": Key("text", "The pattern, such as %d.%m.%Y %H:%M."),
    "zone": Key("text", "The time zone of this format alone."),
}
BOOLEAN: Final[dict[str, Key]] = {"true": Key("text"), "false": Key("text")}
LINE_NUMBER: Final[dict[str, Key]] = {
    "start": Key("whole", "The first number.", most=10**6),
    "step": Key("whole", "From one number to the next.", least=1, most=10**6),
    "width": Key("whole", "Filled with zeros on the left up to this width.", most=18),
}
CHECK: Final[dict[str, Key]] = {
    "total": Key("text", "Where the total stands in the document."),
    "sum": Key("texts", 'Where its parts stand: "LINES/LINE: AMOUNT"; a minus subtracts.'),
    "order": Key("text", "The order's own figure, such as totals.payable."),
    "within": Key("text", 'How far apart they may be, at most "0.05".'),
}
COLUMN: Final[dict[str, Key]] = {
    "name": Key("text", "The column's name; stands in the header line."),
    "value": Key("text", "The cell: a text with {expressions}."),
    "optional": Key("yesno", "Whether the cell may be empty; else the order is rejected."),
    "width": Key("whole", "How wide the cell may be, or is in a fixed layout.", least=1,
                 most=10_000),
    "overflow": Key("text", "What becomes of a text that is wider.",
                    ("reject", "truncate", "wrap")),
    "align": Key("text", "Where a text stands in a fixed width.", ("left", "right")),
    "fill": Key("text", "What fills a fixed width; a space by default."),
    "first_row_only": Key("yesno", 'Written on the first row only, for layout = "first-row".'),
}  # fmt: skip
RECORD: Final[dict[str, Key]] = {
    "name": Key("text", "What the record is called in messages."),
    "each": Key("text", "The list that gives one line each."),
    "as": Key("text", "The item's name for inner records."),
    "if": Key("text", "The condition that a line needs."),
    "column": Key("tables", "The record's columns, in order."),
    "record": Key("tables", "Records that follow each line of this one."),
}
TRAILER: Final[dict[str, Key]] = {"column": Key("tables", "The trailer's columns, in order.")}
