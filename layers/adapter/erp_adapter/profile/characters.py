"""Characters that no document may hold, and those that an encoding does not have."""

import re
from collections.abc import Mapping
from typing import Final

from erp_adapter.profile.faults import Fault

ILLEGAL: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
)
"""Not in XML 1.0 (section 2.2), discouraged there, or not a character; no ERP wants them."""
UNUSUAL: Final = "\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff\\ufffe\\uffff"
"""Those and line breaks, as a part of a pattern's brackets: a text without them needs no look."""
_BREAKS: Final = re.compile("[\r\n\t\x85\u2028\u2029]+")


def spaced(text: str) -> str:
    """The text in one line: line breaks and tabs are one space."""
    return _BREAKS.sub(" ", text) if _BREAKS.search(text) else text


def unwritable(text: str, encoding: str) -> str | None:
    """The first character of a profile's own text that can't be written, by its number."""
    try:
        check_characters(text, encoding)
    except Fault as fault:
        return fault.found
    return None


def check_characters(text: str, encoding: str) -> None:
    """Raises Fault naming the first character that can't be written, by its number only."""
    check_legal(text)
    try:
        text.encode(encoding)
    except UnicodeEncodeError as error:
        found = f"U+{ord(text[error.start]):04X}"
        raise Fault(
            "UNENCODABLE",
            f"has the character {found}, which {encoding} does not have. Remove it in the shop, "
            'or set unencodable = "replace" with a table [replace] in profile.toml.',
            expected=encoding, found=found,
        ) from None  # fmt: skip


def check_legal(text: str) -> None:
    """Raises Fault where a text holds what no document may hold."""
    bad = ILLEGAL.search(text)
    if bad:
        raise Fault(
            "ILLEGAL_CHARACTER",
            f"has the control character or half character U+{ord(bad[0]):04X}, which no document "
            "may hold. Remove it in the shop.",
            expected="printable text", found=f"U+{ord(bad[0]):04X}",
        )  # fmt: skip


class Replacer:
    """Replaces characters that the encoding lacks; `*` stands for all that are not listed.

    What no document may hold stays as it is, and is refused later.
    """

    def __init__(self, encoding: str, table: Mapping[str, str]) -> None:
        self.encoding, self.table = encoding, dict(table)

    def __call__(self, text: str) -> str:
        """The text in the encoding's characters; what the table does not know stays."""
        if self._has(text):
            return text
        return "".join(c if self._has(c) else self._other(c) for c in text)

    def _other(self, character: str) -> str:
        if ILLEGAL.match(character):
            return character
        return self.table.get(character, self.table.get("*", character))

    def _has(self, text: str) -> bool:
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True
