"""profile.toml, read and checked: what kind of document it is, and how its bytes come about."""

import codecs
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from erp_adapter.profile import keys
from erp_adapter.profile.problems import Place, Problems, Source
from erp_adapter.profile.tables import Table
from erp_adapter.profile.texts import Measure
from erp_adapter.profile.toml_places import TomlPlaces

FILE: Final = "profile.toml"
MAX_FILE: Final = 1024 * 1024
"""Bytes of one of a profile's files; the largest of the bundled ones has 15 kB."""
JSON_REFERENCE: Final = "erp-adapter-json-reference"
"""The codec error handler that writes what an encoding lacks as \\uXXXX (RFC 8259, section 7)."""
_TYPES: Final = {"xml": "application/xml", "json": "application/json", "csv": "text/csv"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The part of profile.toml that is about the document as a whole."""

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


def read_source(folder: Path, name: str, problems: Problems) -> Source | None:
    """A file of the profile with LF line ends, whatever the checkout made of them."""
    place = Place(name)
    path = folder / name
    if path.resolve().parent != folder.resolve() and folder.resolve() not in path.resolve().parents:
        problems.add(place, "A profile's files lie in its own folder.")
        return None
    try:
        content = path.read_bytes()
    except OSError:
        there = sorted(file.name for file in folder.glob("*") if file.is_file())
        problems.add(place, f"There is no file {name}; here are: {', '.join(there) or 'none'}.")
        return None
    if len(content) > MAX_FILE:
        problems.add(place, f"The file is larger than {MAX_FILE} bytes.")
        return None
    return _decoded(name, content.replace(b"\r\n", b"\n"), problems)


def _decoded(name: str, content: bytes, problems: Problems) -> Source | None:
    declared = _declared_encoding(content)
    try:
        return Source(name, content.decode(declared))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.add(Place(name, line), f"This is not {declared}: save the file as UTF-8.")
    except LookupError:
        problems.add(Place(name), f"The encoding {declared!r} is unknown: save the file as UTF-8.")
    return None


def _declared_encoding(content: bytes) -> str:
    """UTF-8, unless an XML declaration says otherwise: vendors' samples have their own."""
    start = content[:200]
    if start.startswith(b"<?xml") and b"encoding=" in start:
        quoted = start.split(b"encoding=", 1)[1]
        return quoted[1:].split(quoted[:1], 1)[0].decode("ascii", "replace")
    return "utf-8-sig"


def read_tables(folder: Path, problems: Problems) -> Table | None:
    """profile.toml with the places of its keys; None where it is no TOML."""
    source = read_source(folder, FILE, problems)
    if source is None:
        return None
    try:
        values = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        problems.add(_toml_place(source, str(error)), f"This is not TOML: {_sentence(error)}.")
        return None
    return Table(values, (), TomlPlaces(source), problems)


def _toml_place(source: Source, message: str) -> Place:
    words = message.rstrip(")").replace(",", "").split()
    if "line" in words and "column" in words:
        line, column = words[words.index("line") + 1], words[words.index("column") + 1]
        return Place(source.file, int(line), int(column))
    return source.place(max(0, len(source.text) - 1))


def _sentence(error: tomllib.TOMLDecodeError) -> str:
    return str(error).split(" (at ")[0]


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
