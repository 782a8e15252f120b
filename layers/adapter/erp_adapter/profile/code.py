"""Plain Python that is written line by line, then compiled once.

Nothing of a profile ends up in it except as a literal: names are made here (`v1`, `k2`), texts go
in through `repr`, everything else is an object in the namespace. Documents are joined from parts,
and neighbouring parts become one f-string, which is what a person would have written by hand.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Code:
    """The body of one function under construction."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.prologue: list[str] = []
        self.namespace: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        self._depth = 1
        self._count = 0
        self._parts: list[tuple[bool, str]] = []

    def fresh(self, letter: str = "v") -> str:
        """A name that nothing else has."""
        self._count += 1
        return f"{letter}{self._count}"

    def line(self, text: str) -> None:
        """One more line at the present depth."""
        self.lines.append(f"{'    ' * self._depth}{text}")

    def assign(self, expression: str) -> str:
        """The name of a variable that holds the expression's value."""
        name = self.fresh()
        self.line(f"{name} = {expression}")
        return name

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """The lines written meanwhile are the block's; never empty."""
        self.line(header)
        self._depth += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.line("pass")
        self._depth -= 1

    def constant(self, value: Any) -> str:
        """The name of an object, the same for the same object."""
        known = self._names.get(id(value))
        if known is None:
            known = self._names[id(value)] = self.fresh("k")
            self.namespace[known] = value
        return known

    def once(self, expression: str) -> str:
        """A variable assigned before everything else."""
        for line in self.prologue:
            name, _, known = line.strip().partition(" = ")
            if known == expression:
                return name
        name = self.fresh("p")
        self.prologue.append(f"    {name} = {expression}")
        return name

    def write(self, text: str) -> None:
        """Constant text of the document."""
        self._parts.append((False, text))

    def write_value(self, expression: str) -> None:
        """The text that an expression gives; quotes or braces would end its place in a string."""
        if any(character in "'\"\\{}\n" for character in expression):
            raise ValueError("A value's expression is made of names only.")
        self._parts.append((True, expression))

    def flush(self) -> None:
        """Appends what was written since the last time; before every block and at its end."""
        parts, self._parts = self._parts, []
        if not parts:
            return
        if not any(dynamic for dynamic, _ in parts):
            self.line(f"write({''.join(text for _, text in parts)!r})")
            return
        inside = "".join(
            f"{{{text}}}" if dynamic else _in_f_string(text) for dynamic, text in parts
        )
        self.line(f"write(f'{inside}')")

    def compiled(self, parameters: str, *, first: list[str], last: str) -> Callable[..., Any]:
        """The finished function: `first`, the prologue, the lines, `last`."""
        start = [f"    {line}" for line in first]
        lines = [f"def made({parameters}):", *start, *self.prologue, *self.lines, f"    {last}"]
        # Nothing of a profile is in these lines but literals; names are made here.
        exec(compile("\n".join(lines), "<profile>", "exec"), self.namespace)  # noqa: S102
        made: Callable[..., Any] = self.namespace["made"]
        return made


def _in_f_string(text: str) -> str:
    literal = repr(f'"{text}')  # with a double quote inside, repr delimits with single quotes
    return literal[2:-1].replace("{", "{{").replace("}", "}}")
