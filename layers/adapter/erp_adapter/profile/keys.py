"""The keys of profile.toml: what each may be, and for which kinds of documents."""

from dataclasses import dataclass
from typing import Final, Literal

Document = Literal["xml", "json", "csv"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its TOML type, its words or limits, the documents that have it."""

    type: Literal["text", "whole", "yesno", "table", "tables", "any"]
    words: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    only: tuple[Document, ...] = ("xml", "json", "csv")


_CSV: Final[tuple[Document, ...]] = ("csv",)
LAYOUTS: Final = ("flat", "first-row", "records", "fixed")
ENCODINGS: Final = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8", "windows-1254": "windows-1254",
    "iso-8859-9": "ISO-8859-9",
}  # fmt: skip
"""The accepted encodings, and what each is called in a document (IANA names)."""

TOP: Final[dict[str, Key]] = {
    "title": Key("text"),
    "document": Key("text", only=("xml", "json")),
    "layout": Key("text", words=LAYOUTS, only=_CSV),
    "encoding": Key("text", words=tuple(ENCODINGS)),
    "unencodable": Key("text", words=("reject", "replace", "reference")),
    "newline": Key("text", words=("lf", "crlf")),
    "line_breaks": Key("text", words=("keep", "space")),
    "width_in": Key("text", words=("characters", "utf-16", "bytes")),
    "indent": Key("whole", most=8, only=("xml", "json")),
    "schema": Key("text", only=("xml",)),
    "xsd": Key("text", words=("always", "lint"), only=("xml",)),
    "file_name": Key("text"),
    "extension": Key("text"),
    "content_type": Key("text"),
    "rows": Key("text", only=_CSV),
    "discount_rows": Key("yesno", only=_CSV),
    "delimiter": Key("text", words=(";", ",", "\t", "|"), only=_CSV),
    "quoting": Key("text", words=("minimal", "all", "none"), only=_CSV),
    "delimiter_in_text": Key("text", words=("reject", "space"), only=_CSV),
    "header": Key("yesno", only=_CSV),
    "null": Key("text", only=_CSV),
    "formula_guard": Key("text", words=("reject", "quote", "off"), only=_CSV),
    "format": Key("table"),
    "lookup": Key("table"),
    "settings": Key("table"),
    "replace": Key("table"),
    "check": Key("tables"),
    "column": Key("tables", only=_CSV),
    "record": Key("tables", only=_CSV),
    "trailer": Key("table", only=_CSV),
}

FORMAT: Final[dict[str, Key]] = {
    "decimal": Key("text", words=(".", ",")),
    "sign": Key("text", words=("before", "after")),
    "zone": Key("text"),
    "places": Key("table"),
    "money": Key("table"), "price": Key("table"), "qty": Key("table"),
    "percent": Key("table"), "number": Key("table"),
    "date": Key("table"), "time": Key("table"), "datetime": Key("table"),
    "boolean": Key("table"), "line_number": Key("table"),
}  # fmt: skip
NUMBER: Final[dict[str, Key]] = {
    "places": Key("any"), "decimal": Key("text", words=(".", ",")),
    "sign": Key("text", words=("before", "after")), "round": Key("yesno"),
}  # fmt: skip
MOMENT: Final[dict[str, Key]] = {"pattern": Key("text"), "zone": Key("text")}
BOOLEAN: Final[dict[str, Key]] = {"true": Key("text"), "false": Key("text")}
LINE_NUMBER: Final[dict[str, Key]] = {
    "start": Key("whole", most=10**6), "step": Key("whole", least=1, most=10**6),
    "width": Key("whole", most=18),
}  # fmt: skip
CHECK: Final[dict[str, Key]] = {
    "total": Key("text"), "sum": Key("any"), "order": Key("text"), "within": Key("text"),
}  # fmt: skip
COLUMN: Final[dict[str, Key]] = {
    "name": Key("text"), "value": Key("text"), "optional": Key("yesno"),
    "width": Key("whole", least=1, most=10_000),
    "overflow": Key("text", words=("reject", "truncate", "wrap")),
    "align": Key("text", words=("left", "right")), "fill": Key("text"),
    "first_row_only": Key("yesno"),
}  # fmt: skip
RECORD: Final[dict[str, Key]] = {
    "name": Key("text"), "each": Key("text"), "as": Key("text"), "if": Key("text"),
    "column": Key("tables"), "record": Key("tables"),
}  # fmt: skip
TRAILER: Final[dict[str, Key]] = {"column": Key("tables")}
