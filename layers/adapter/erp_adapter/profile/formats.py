"""The named formats of `[format]`, the lookups, and what the settings are: all bound at load."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from erp_adapter.profile.faults import Fault
from erp_adapter.profile.numbers import NumberFormat, Writer, writer
from erp_adapter.profile.problems import Place
from erp_adapter.profile.texts import Measure

Unknown = Callable[[str, str], None]
"""Is told the table and the code of a lookup that failed."""


@dataclass(frozen=True, slots=True)
class LineNumbers:
    """Where line numbers start, their step, and the width they are filled to with zeros."""

    start: int = 1
    step: int = 1
    width: int = 0

    def __call__(self, position: int) -> str:
        """The number of the line at `position`, from 1."""
        return str(self.start + self.step * (position - 1)).zfill(self.width)


@dataclass(frozen=True, slots=True)
class Lookup:
    """One `[lookup.NAME]`: what a code of the shop is for the ERP.

    With `unknown`, a code that it lacks is told there, and is written as the first of the table.
    """

    name: str
    entries: Mapping[str, Any]
    places: Mapping[str, Place]
    otherwise: Any = None
    unknown: Unknown | None = None

    @property
    def texts(self) -> list[Any]:
        """All that it ever gives."""
        default = [] if self.otherwise is None else [self.otherwise]
        return [*self.entries.values(), *default]

    def __call__(self, key: str | int | bool | Decimal) -> Any:
        """The entry of `key`, else that of "*". Raises Fault."""
        found = self.entries.get(_key(key), self.otherwise)
        if found is None and self.unknown is not None:
            self.unknown(self.name, _key(key))
            return next(iter(self.entries.values()))
        if found is None:
            raise Fault(
                "UNKNOWN_LOOKUP",
                f"has a value that [lookup.{self.name}] does not know. Add it to the table, or a "
                'default under "*".',
            )
        return found


def _key(value: str | int | bool | Decimal) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


@dataclass(frozen=True, slots=True)
class Formats:
    """Everything that the functions of the language need to know of profile.toml."""

    numbers: Mapping[str, Mapping[str, NumberFormat]]
    moments: Mapping[str, Mapping[str, Callable[[datetime], str]]]
    booleans: Mapping[str, Mapping[bool, str]]
    lines: Mapping[str, LineNumbers]
    lookups: Mapping[str, Lookup]
    settings: Mapping[str, Any]
    measure: Measure = len
    writers: dict[tuple[NumberFormat, str], Writer] = field(default_factory=dict)

    def writer_of(self, form: NumberFormat, currency: str) -> Writer:
        """The writer of a format in a currency, made once."""
        key = form, currency
        if key not in self.writers:
            self.writers[key] = writer(form, currency)
        return self.writers[key]
