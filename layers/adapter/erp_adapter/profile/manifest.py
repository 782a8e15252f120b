"""profile.toml, read and checked: what kind of document it is, and how its bytes come about."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from erp_adapter.profile import keys
from erp_adapter.profile.files import FILE
from erp_adapter.profile.tables import Table
from erp_adapter.profile.texts import Measure

JSON_REFERENCE: Final = "erp-adapter-json-reference"
"""The codec error handler that writes what an encoding lacks as \\uXXXX (RFC 8259, section 7)."""
_TYPES: Final = {"xml": "application/xml", "json": "application/json", "csv": "text/csv"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The part of profile.toml that is about the document as a whole."""

    title: str
    cancels: str | None
    kind: keys.Document
    document: str
    encoding: str
    unencodable: str
    replace: Mapping[str, str]
    newline: str
    keep_breaks: bool
    indent: int
    schema: str | None
    validate: bool
    file_name: str
    extension: str
    content_type: str
    measure: Measure

    @property
    def charset(self) -> str:
        """The encoding's name in documents and headers."""
        return keys.ENCODINGS[self.encoding]

    @property
    def bare_encoding(self) -> str:
        """The encoding without the byte order mark."""
        return self.encoding.removesuffix("-sig")

    @property
    def errors(self) -> str:
        """The codec error handler for what the encoding lacks."""
        if self.unencodable != "reference":
            return "strict"
        return "xmlcharrefreplace" if self.kind == "xml" else JSON_REFERENCE

    @property
    def start(self) -> bytes:
        """The byte order mark, which Excel needs and strict parsers stumble over; or nothing."""
        return codecs.BOM_UTF8 if self.encoding == "utf-8-sig" else b""


def read_manifest(top: Table) -> tuple[Table, Manifest | None]:
    """The checked top table and what it says; None where not even the kind is known."""
    kind = _kind(top)
    if kind is None:
        return top.check(keys.TOP), None
    own = {name: key for name, key in keys.TOP.items() if kind in key.only}
    for name in top.values:
        if name in keys.TOP and name not in own:
            top.report(f"{name} has no meaning for {kind.upper()}.", name)
    known = {
        name: value for name, value in top.values.items() if name in own or name not in keys.TOP
    }
    top = Table(known, (), top.places, top.problems).check(own)
    return top, _manifest(top, kind)


def _kind(top: Table) -> keys.Document | None:
    document, layout = top.values.get("document"), top.values.get("layout")
    if document is None and layout is not None:
        return "csv"
    if isinstance(document, str) and layout is None:
        for kind in ("xml", "json"):
            if document.lower().endswith(f".{kind}"):
                return "xml" if kind == "xml" else "json"
        top.report("The document is an .xml or a .json file.", "document")
    elif document is not None and layout is not None:
        top.report("Either document (XML, JSON) or layout (CSV), not both.", "layout")
    else:
        top.report('Say document = "order.xml" (or .json), or layout = "flat" for CSV.')
    return None


def _manifest(top: Table, kind: keys.Document) -> Manifest:
    encoding = top.get("encoding", "utf-8")
    if kind == "json" and encoding == "utf-8-sig":
        top.report("JSON has no byte order mark (RFC 8259, section 8.1).", "encoding")
    unencodable = top.get("unencodable", "reject" if kind == "csv" else "reference")
    if kind == "csv" and unencodable == "reference":
        top.report('CSV has no character references: "reject" or "replace".', "unencodable")
    return Manifest(
        title=top.get("title", ""),
        cancels=top.get("cancels", None),
        kind=kind,
        document=top.get("document", FILE),
        encoding=encoding,
        unencodable=unencodable,
        replace=_replace(top, unencodable, encoding),
        newline="\r\n" if top.get("newline", "lf") == "crlf" else "\n",
        keep_breaks=top.get("line_breaks", "space") == "keep",
        indent=top.get("indent", 2),
        schema=top.get("schema", None),
        validate=top.get("xsd", "always") == "always",
        file_name=top.get("file_name", "{number}-{pk}"),
        extension=_extension(top, f".{kind}"),
        content_type=top.get(
            "content_type", f"{_TYPES[kind]}; charset={keys.ENCODINGS[encoding].lower()}"
        ),
        measure=_measure(top.get("width_in", "characters"), encoding),
    )


def _replace(top: Table, unencodable: str, encoding: str) -> dict[str, str]:
    table = top.table("replace")
    if table.values and unencodable != "replace":
        table.report('[replace] needs unencodable = "replace".')
    found = {}
    for name, value in table.values.items():
        if not isinstance(value, str) or (len(name) != 1):
            table.report('[replace] has single characters (or "*") and texts.', name)
        elif _encodable(value, encoding):
            found[name] = value
        else:
            table.report(f"{encoding} does not have this replacement either.", name)
    return found


def _encodable(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _extension(top: Table, otherwise: str) -> str:
    extension: str = top.get("extension", otherwise)
    plain = extension[1:].isascii() and extension[1:].isalnum()
    if not extension.startswith(".") or not plain:
        top.report("An extension is a point, then letters and digits: .xml.", "extension")
        return otherwise
    return extension


def _measure(unit: str, encoding: str) -> Measure:
    measures: dict[str, Any] = {
        "characters": len,
        # SQL Server's nvarchar counts UTF-16 units, Oracle's varchar2 bytes.
        "utf-16": lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
        "bytes": lambda text: len(text.encode(encoding.removesuffix("-sig"), "replace")),
    }
    measure: Measure = measures[unit]
    return measure
