"""Reads JSON with the place of every value; the standard library's reader keeps none."""

import re
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import Final

from erp_adapter.profile.problems import Place, Source

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_SCALAR: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_MAX_DEPTH: Final = 30
_DECODER: Final = JSONDecoder()


@dataclass(frozen=True, slots=True)
class Placed:
    """A value: a text, a scalar as it was written, a list, or a list of named values."""

    place: Place
    text: str | None = None
    scalar: str | None = None
    elements: tuple["Placed", ...] | None = None
    members: tuple[tuple[str, Place, "Placed"], ...] | None = None


class JsonFault(ValueError):
    """What is no JSON, and where."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.place = place


def read_json_places(source: Source) -> Placed:
    """The whole text as one value. Raises JsonFault."""
    reader = _Reader(source)
    value = reader.value(0)
    if reader.at < len(source.text):
        raise reader.fault("Nothing may follow the document.")
    return value


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source, self.text, self.at = source, source.text, 0
        self._skip()

    def fault(self, message: str) -> JsonFault:
        return JsonFault(message, self.source.place(self.at))

    def value(self, depth: int) -> Placed:
        if depth > _MAX_DEPTH:
            raise self.fault(f"Values are nested more than {_MAX_DEPTH} deep.")
        place, first = self.source.place(self.at), self.text[self.at : self.at + 1]
        if first == '"':
            # Inside the quotes: that is where an expression's columns count from.
            inside = self.source.place(self.at + 1)
            return Placed(inside, text=self._string())
        if first == "{":
            return Placed(place, members=tuple(self._members(depth)))
        if first == "[":
            return Placed(place, elements=tuple(self._elements(depth)))
        found = _SCALAR.match(self.text, self.at)
        if not found:
            raise self.fault("Here should stand a value; texts and {expressions} need quotes.")
        self.at = found.end()
        self._skip()
        return Placed(place, scalar=found[0])

    def _skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _string(self) -> str:
        try:
            text, self.at = _DECODER.raw_decode(self.text, self.at)
        except JSONDecodeError as error:
            self.at = error.pos
            raise self.fault(f"{error.msg}.") from None
        self._skip()
        return str(text)

    def _take(self, character: str) -> bool:
        if self.text[self.at : self.at + 1] != character:
            return False
        self.at += 1
        self._skip()
        return True

    def _elements(self, depth: int) -> list[Placed]:
        self._take("[")
        found: list[Placed] = []
        while not self._take("]"):
            if found and not self._take(","):
                raise self.fault("Here should stand , or ].")
            found.append(self.value(depth + 1))
        return found

    def _members(self, depth: int) -> list[tuple[str, Place, Placed]]:
        self._take("{")
        found: list[tuple[str, Place, Placed]] = []
        while not self._take("}"):
            if found and not self._take(","):
                raise self.fault("Here should stand , or }.")
            if self.text[self.at : self.at + 1] != '"':
                raise self.fault("Here should stand a name in quotes.")
            place = self.source.place(self.at)
            name = self._string()
            if not self._take(":"):
                raise self.fault("Here should stand a colon.")
            found.append((name, place, self.value(depth + 1)))
        return found
