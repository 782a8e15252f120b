"""What is wrong with a profile, all at once: each with file, line, column and the remedy."""

import difflib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from erp_adapter.errors import Misconfigured


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in a profile's files something stands; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def after(self, text: str, offset: int) -> "Place":
        """The place `offset` characters into `text`, which starts here."""
        before = text[:offset]
        lines = before.count("\n")
        if not lines:
            return Place(self.file, self.line, self.column + offset)
        return Place(self.file, self.line + lines, offset - before.rfind("\n"))


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one of a profile's files, with LF line ends."""

    file: str
    text: str
    starts: tuple[int, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        starts = [0, *(i + 1 for i, character in enumerate(self.text) if character == "\n")]
        object.__setattr__(self, "starts", tuple(starts))

    def place(self, offset: int) -> Place:
        """The place of the character at `offset`."""
        line = bisect_right(self.starts, offset)
        return Place(self.file, line, offset - self.starts[line - 1] + 1)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of a profile, as `lint` shows it."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class InvalidProfile(Misconfigured):
    """A profile that can't be used, with every problem that was found."""

    def __init__(self, profile: str, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        found = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"The profile {profile} can't be used:\n{found}")


class Problems:
    """Collects the problems of one profile while it is read."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, place: Place, message: str) -> None:
        """Remembers one more."""
        self.found.append(Problem(place.file, place.line, place.column, message))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The sentence that helps who mistyped a name, with a space before it; else nothing."""
    names = sorted(set(known))
    near = difflib.get_close_matches(word, names, n=1)
    if not near:
        # difflib weighs case like any other letter; people do not.
        lowered = {name.lower(): name for name in names}
        near = [lowered[n] for n in difflib.get_close_matches(word.lower(), lowered, n=1)]
    return f" Did you mean {near[0]}?" if near else ""
