"""profile.toml as tables that know where their keys stand, checked against `keys`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from erp_adapter.profile.keys import Key
from erp_adapter.profile.problems import Place, Problems, did_you_mean
from erp_adapter.profile.toml_places import Path, TomlPlaces

_WORDS: Final = {
    "text": "a text in quotes", "whole": "a whole number", "yesno": "true or false",
    "table": "a table", "tables": "an array of tables: [[{name}]]",
}  # fmt: skip
_TYPES: Final[dict[str, type]] = {
    "text": str, "yesno": bool, "table": dict, "whole": int, "texts": object, "places": object,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file."""

    values: Mapping[str, Any]
    path: Path
    places: TomlPlaces
    problems: Problems

    @property
    def name(self) -> str:
        """How it is written: column, format.date."""
        return ".".join(str(part) for part in self.path if isinstance(part, str))

    def place(self, *keys: str | int) -> Place:
        """Where a key stands."""
        return self.places.key((*self.path, *keys))

    def value_place(self, *keys: str | int) -> Place:
        """Where a value's text starts."""
        return self.places.value((*self.path, *keys))

    def table(self, key: str) -> "Table":
        """A table in it; empty where there is none."""
        inner = self.values.get(key)
        return self._inner(inner if isinstance(inner, dict) else {}, key)

    def tables(self, key: str) -> Iterator["Table"]:
        """The tables of an array of tables."""
        inner = self.values.get(key)
        for index, value in enumerate(inner if isinstance(inner, list) else []):
            if isinstance(value, dict):
                yield self._inner(value, key, index)

    def _inner(self, values: Mapping[str, Any], *keys: str | int) -> "Table":
        return Table(values, (*self.path, *keys), self.places, self.problems)

    def get(self, key: str, otherwise: Any) -> Any:
        """A value that `check` has accepted, or what holds without it."""
        return self.values.get(key, otherwise)

    def report(self, message: str, *keys: str | int) -> None:
        """Remembers a problem with a value of this table."""
        self.problems.add(self.value_place(*keys) if keys else self.place(), message)

    def check(self, keys: Mapping[str, Key]) -> "Table":
        """The same table without what is unknown or of the wrong type; that is reported."""
        sound = {
            name: value for name, value in self.values.items() if self._sound(name, value, keys)
        }
        return Table(sound, self.path, self.places, self.problems)

    def _sound(self, name: str, value: Any, keys: Mapping[str, Key]) -> bool:
        key = keys.get(name)
        where = f"[{self.name}] " if self.path else ""
        if key is None:
            message = f"{where}has no key {name}.{did_you_mean(name, keys)}"
            self.problems.add(self.place(name), message.strip())
            return False
        if not _fits(value, key):
            wanted = _WORDS[key.type].format(name=".".join([*filter(None, [self.name]), name]))
            self.report(f"{name} must be {wanted}.", name)
            return False
        if key.words and value not in key.words:
            shown = ", ".join(repr(word) if not word.isalpha() else word for word in key.words)
            self.report(f"{name} is one of: {shown}.{did_you_mean(value, key.words)}", name)
            return False
        if key.type == "whole" and not key.least <= value <= key.most:
            self.report(f"{name} is from {key.least} to {key.most}.", name)
            return False
        return True


def _fits(value: Any, key: Key) -> bool:
    if key.type == "tables":
        return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)
    return isinstance(value, _TYPES[key.type]) and (
        key.type != "whole" or not isinstance(value, bool)
    )
