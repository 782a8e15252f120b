"""How a sample's bytes are written: encoding, byte order mark, line ends, indentation."""

import codecs
import re
from typing import Final

from erp_console.terminal import Hindered

_DECLARED: Final = re.compile(rb"""^<\?xml[^>]*encoding=["']([\w.-]+)["']""")
_KNOWN: Final = {
    "utf-8": "utf-8", "iso8859-9": "iso-8859-9", "cp1254": "windows-1254", "ascii": "utf-8",
}  # fmt: skip
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decoded(content: bytes) -> tuple[str, str, str | None]:
    """The text with LF, the profile's encoding, and a sentence where that is not the sample's."""
    if content.startswith(_UTF_16):
        raise Hindered("The sample is UTF-16, which profiles do not write: save it as UTF-8.")
    if content.startswith(codecs.BOM_UTF8):
        return _text(content, "utf-8-sig"), "utf-8-sig", None
    declared = _DECLARED.match(content[:200])
    if declared:
        return _by_declaration(content, declared[1].decode("ascii"))
    try:
        return _text(content, "utf-8"), "utf-8", None
    except UnicodeDecodeError:
        text = _text(content, "cp1254", "replace")
        return text, "windows-1254", "The sample is not UTF-8; it is read as windows-1254."


def _by_declaration(content: bytes, name: str) -> tuple[str, str, str | None]:
    try:
        codec = codecs.lookup(name).name
        text = _text(content, codec)
    except (LookupError, UnicodeDecodeError):
        raise Hindered(f"The sample says {name}, but can't be read so: save it anew.") from None
    if codec in _KNOWN:
        return text, _KNOWN[codec], None
    return text, "utf-8", f"The sample is {name}; profiles write utf-8 instead."


def _text(content: bytes, codec: str, errors: str = "strict") -> str:
    return content.decode(codec, errors).replace("\r\n", "\n").replace("\r", "\n")


def newline_of(content: bytes) -> str:
    """CRLF where most lines end so."""
    crlf = content.count(b"\r\n")
    return "\r\n" if crlf and crlf * 2 >= content.count(b"\n") else "\n"


def indent_of(text: str) -> int:
    """The spaces of the first indented line; 0 where all stands in one line."""
    body = re.sub(r"^\s*<\?xml[^>]*>\s*", "", text).strip()
    if "\n" not in body:
        return 0
    found = re.search(r"\n( +)\S", body)
    return min(len(found[1]), 8) if found else 2
