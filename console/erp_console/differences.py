"""What differs between two documents: line by line, or byte by byte where no line does."""

import difflib

from rich.console import Console
from rich.text import Text


def show_difference(expected: bytes, found: bytes, encoding: str, name: str) -> None:
    """A unified diff on stdout, in colours on a terminal."""
    console = Console(highlight=False)
    for line in difference(expected, found, encoding, name):
        console.print(Text(line, _style(line)), soft_wrap=True)


def difference(expected: bytes, found: bytes, encoding: str, name: str) -> list[str]:
    """The lines of the diff; never empty for documents that differ."""
    lines = list(difflib.unified_diff(
        _lines(expected, encoding), _lines(found, encoding), f"expected {name}", "found",
        lineterm="",
    ))  # fmt: skip
    return lines or [_first_byte(expected, found)]


def _lines(content: bytes, encoding: str) -> list[str]:
    text = content.decode(encoding, "backslashreplace")
    return [line.removesuffix("\r") for line in text.split("\n")]


def _first_byte(expected: bytes, found: bytes) -> str:
    """Line ends, a byte order mark: the same text in other bytes."""
    pairs = zip(expected, found, strict=False)
    differing = (at for at, (one, other) in enumerate(pairs) if one != other)
    at = next(differing, min(len(expected), len(found)))
    line = expected[:at].count(b"\n") + 1
    return (
        f"The texts are the same, the bytes are not: byte {at}, line {line}: expected "
        f"{_hex(expected, at)}, found {_hex(found, at)} (line ends, or a byte order mark)."
    )


def _hex(content: bytes, at: int) -> str:
    return content[at : at + 3].hex(" ") or "the end"


def _style(line: str) -> str:
    if line.startswith(("---", "+++")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
