"""Where each key and value of a TOML file stands: `tomllib` reads values and forgets their places.

Reads only what `tomllib` has accepted, so it needs no syntax errors of its own. A path is a tuple
of keys and, in arrays, indices: `("column", 0, "value")`.
"""

import tomllib
from typing import Final

from erp_adapter.profile.problems import Place, Source

Path = tuple[str | int, ...]
_SPACE: Final = " \t\r\n"


class TomlPlaces:
    """The places of one file's keys and values."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.keys: dict[Path, int] = {}
        self.values: dict[Path, int] = {}
        _Scanner(source.text, self.keys, self.values).scan()

    def key(self, path: Path) -> Place:
        """Where a key stands; of what is missing, its table."""
        while path and path not in self.keys:
            path = path[:-1]
        return self.source.place(self.keys.get(path, 0))

    def value(self, path: Path) -> Place:
        """Where a value's text starts, behind its quotes; of what is missing, its key."""
        start = self.values.get(path)
        if start is None:
            return self.key(path)
        text = self.source.text
        for quotes in ('"""', "'''"):
            if text.startswith(quotes, start):
                first = start + 3
                return self.source.place(first + 1 if text[first] == "\n" else first)
        return self.source.place(start + 1 if text[start] in "\"'" else start)


class _Scanner:
    """Walks through the text once."""

    def __init__(self, text: str, keys: dict[Path, int], values: dict[Path, int]) -> None:
        self.text, self.keys, self.values, self.at = text, keys, values, 0
        self.arrays: dict[Path, int] = {}

    def scan(self) -> None:
        table: Path = ()
        while self._skip(_SPACE):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _skip(self, characters: str) -> bool:
        """Goes past space and comments; false at the end of the text."""
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.text[self.at] in characters:
                self.at += 1
            else:
                return True
        return False

    def _header(self) -> Path:
        start = self.at
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        path: Path = ()
        keys = self._key()
        for position, key in enumerate(keys):
            path = (*path, key)
            last = position == len(keys) - 1
            if array and last:
                self.arrays[path] = self.arrays.get(path, -1) + 1
            self.keys.setdefault(path, start)
            if path in self.arrays:
                path = (*path, self.arrays[path])
                self.keys.setdefault(path, start)
        self.at += 2 if array else 1
        return path

    def _pair(self, table: Path) -> None:
        start = self.at
        path = table
        for key in self._key():
            path = (*path, key)
            self.keys.setdefault(path, start)
        self.at += 1
        self._skip(" \t")
        self._value(path)

    def _key(self) -> list[str]:
        """A dotted key; ends at what follows it."""
        parts: list[str] = []
        while True:
            self._skip(" \t")
            start = self.at
            if self.text[start] in "\"'":
                self._string()
            else:
                while self.text[self.at] not in " \t.=]":
                    self.at += 1
            parts.append(_plain(self.text[start : self.at]))
            self._skip(" \t")
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def _value(self, path: Path) -> None:
        self.values[path] = self.at
        first = self.text[self.at]
        if first in "\"'":
            self._string()
        elif first == "[":
            self._array(path)
        elif first == "{":
            self._inline(path)
        else:
            while self.at < len(self.text) and self.text[self.at] not in ",]}\n#":
                self.at += 1

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self._skip(_SPACE + ",") and self.text[self.at] != "]":
            self.keys[(*path, index)] = self.at
            self._value((*path, index))
            index += 1
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self._skip(_SPACE + ",") and self.text[self.at] != "}":
            self._pair(path)
        self.at += 1

    def _string(self) -> None:
        quote = self.text[self.at]
        quotes = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(quotes)
        while not self.text.startswith(quotes, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        self.at += len(quotes)
        while len(quotes) == 3 and self.text.startswith(quote, self.at):
            self.at += 1  # up to two quotes may stand before the closing three


def _plain(key: str) -> str:
    if key[0] not in "\"'":
        return key
    (name,) = tomllib.loads(f"{key} = 0")
    return name
