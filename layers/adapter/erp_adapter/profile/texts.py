"""What the language does with texts. Case follows Turkish rules: i and İ, ı and I belong together.

No cut ever goes through what people see as one character: a combining mark, a variation selector,
a skin tone or a joined emoji stays with what it belongs to.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal

from erp_adapter.profile.faults import Fault

Measure = Callable[[str], int]
_TO_UPPER: Final = str.maketrans({"i": "İ", "ı": "I"})
_TO_LOWER: Final = str.maketrans({"I": "ı", "İ": "i"})
_ASCII: Final = str.maketrans({
    "ı": "i", "₺": "TL", "€": "EUR", "£": "GBP", "ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o",
    "Ø": "O", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "–": "-", "—": "-", "‘": "'", "’": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "·": ".", "•": "*", "×": "x", "\xa0": " ",
})  # fmt: skip
_JOINER: Final = "\u200d"


def upper(text: str) -> str:
    """Capitals, the Turkish way: istanbul is İSTANBUL."""
    return text.translate(_TO_UPPER).upper()


def lower(text: str) -> str:
    """Small letters, the Turkish way: ISPARTA is ısparta."""
    return text.translate(_TO_LOWER).lower()


def to_ascii(text: str) -> str | None:
    """The same text in ASCII: ş is s, ₺ is TL, é is e. Raises Fault for what has no such form."""
    bare = unicodedata.normalize("NFKD", text.translate(_ASCII))
    bare = "".join(character for character in bare if not unicodedata.combining(character))
    if not bare.isascii():
        raise Fault("UNENCODABLE", "has a character that ascii() can't write in ASCII.")
    return bare or None


def digits(text: str) -> str | None:
    """The digits 0 to 9 of a text."""
    return "".join(character for character in text if character in "0123456789") or None


def cut(text: str, start: int, stop: int | None = None) -> str | None:
    """The characters from `start` up to `stop`; adjoining cuts share nothing and lose nothing."""
    first = _boundary(text, start)
    last = len(text) if stop is None else _boundary(text, stop)
    return text[first:last] or None


def replaced(text: str, old: str, new: str) -> str | None:
    """The text with every `old` written as `new`."""
    return (text.replace(old, new) if old else text) or None


def pad(text: str | int, width: int, fill: str, side: Literal["left", "right"]) -> str:
    """At least `width` characters, filled on one side."""
    written = str(text)
    return written.rjust(width, fill) if side == "left" else written.ljust(width, fill)


def join(separator: str, texts: Iterable[str | None]) -> str | None:
    """The texts that are there, with the separator between them."""
    return separator.join([text for text in texts if text]) or None


def wrap(text: str, width: int, measure: Measure = len) -> list[str]:
    """The text in pieces of at most `width`, broken between words where that is possible."""
    return list(_pieces(text, width, measure))


def longest_start(text: str, width: int, measure: Measure = len) -> str:
    """As much of the text's start as fits into `width`."""
    if measure(text) <= width:
        return text
    low, high = 0, min(len(text), width)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= width else (low, middle - 1)
    return text[: _boundary(text, low)]


def _pieces(text: str, width: int, measure: Measure) -> Iterator[str]:
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if measure(joined) <= width:
            line = joined
            continue
        if line:
            yield line
        while measure(word) > width:
            # A character wider than the whole line is yielded alone; its leaf says TOO_LONG.
            piece = longest_start(word, width, measure) or word[0]
            yield piece
            word = word[len(piece) :]
        line = word
    if line:
        yield line


def _boundary(text: str, at: int) -> int:
    if not 0 < at < len(text):
        return max(0, min(at, len(text)))
    while at > 0 and (_extends(text[at]) or text[at - 1] == _JOINER):
        at -= 1
    return at


def _extends(character: str) -> bool:
    return (
        unicodedata.combining(character) != 0
        or character == _JOINER
        or "\ufe00" <= character <= "\ufe0f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
