"""A sample document as a tree: branches (elements, objects, rows) with spots (their values)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

Kind = Literal["xml", "json", "csv"]
MOMENTS = ("date", "time", "datetime")
NUMBERS = ("money", "price", "qty", "percent", "number")


@dataclass(frozen=True)
class Form:
    """How a number or a moment is written: one entry of [format]."""

    kind: str
    least: int = 0
    most: int = 0
    decimal: str = ""
    sign: Literal["", "before", "after"] = ""
    pattern: str = ""
    zone: str = ""


@dataclass(frozen=True)
class Guess:
    """One expression that gives a spot's value."""

    path: str
    function: str = ""
    form: Form | None = None
    optional: bool = False
    most: int | None = None
    note: str = ""
    around: tuple[str, str] = ("", "")


@dataclass
class Spot:
    """A value of the sample, and what it becomes: a guess, a table of codes, or a constant."""

    name: str
    place: str
    value: str
    attribute: bool = False
    number: bool = False
    literal: bool = False
    guess: Guess | None = None
    table: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    key: str = ""
    others: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    first_row_only: bool = False

    @property
    def constant(self) -> bool:
        """Whether the sample's value stays as it is."""
        return self.guess is None and not self.table


@dataclass
class Branch:
    """An element, an object, a row. `each` repeats it; `dropped` leaves it out."""

    name: str
    place: str
    spots: list[Spot] = field(default_factory=list)
    branches: list["Branch"] = field(default_factory=list)
    listed: bool = False
    leaf: bool = False
    each: str = ""
    condition: str = ""
    grouped: list["Branch"] = field(default_factory=list)
    dropped: bool = False
    native: Any = None

    def all_spots(self) -> Iterator[Spot]:
        """Its own spots and those below it."""
        yield from self.spots
        for branch in self.branches:
            yield from branch.all_spots()

    def relative(self) -> dict[str, Spot]:
        """Every spot by its place below this branch; the same place in a sibling is the same."""
        found: dict[str, Spot] = {}
        for spot in self.all_spots():
            key = spot.place.removeprefix(self.place)
            while key in found:
                key += "+"
            found[key] = spot
        return found


@dataclass
class Sample:
    """A sample document: its tree, and how its bytes are made. `cancels`: as profile.toml says it;
    None where the sample is an order's."""

    kind: Kind
    root: Branch
    cancels: str | None = None
    encoding: str = "utf-8"
    newline: str = "\n"
    indent: int = 2
    delimiter: str = ";"
    quoting: str = "minimal"
    header: list[str] | None = None
    layout: str = "flat"
    rows: str = "rows"
    native: Any = None
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        """What a person should look at, each thing once."""
        if sentence not in self.notes:
            self.notes.append(sentence)


@dataclass(frozen=True)
class Known:
    """A value of the order, by its path: text, moment, or the function that writes its number."""

    path: str
    kind: str
    value: Any
    optional: bool = False

    @property
    def figure(self) -> Decimal:
        """The number."""
        return Decimal(self.value)
