"""What a command does, step by step, each with its time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.syntax import Syntax


@dataclass(frozen=True, slots=True)
class Step:
    """A step that has ended: what was done, and beside it what there is to know."""

    title: str
    seconds: float


class Steps:
    """Prints steps as they end; on a terminal also the one under way."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.done: list[Step] = []
        self._began = time.monotonic()

    @contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """A step. What is appended to the yielded list is said beside its title."""
        details: list[str] = []
        began = time.monotonic()
        waiting = self.console.is_terminal
        with self.console.status(escape(title)) if waiting else nullcontext():
            yield details
        seconds = time.monotonic() - began
        done = Step(" ".join([title, *details]), round(seconds, 2))
        self.done.append(done)
        self.console.print(f"[green]{done.seconds:6.2f} s[/]  {escape(done.title)}")

    def say(self, text: str) -> None:
        """A line of its own."""
        self.console.print(escape(text))

    def show(self, title: str, text: str, language: str) -> None:
        """A document, in colours on a terminal."""
        self.console.print(f"\n[bold]{escape(title)}[/]")
        if self.console.is_terminal:
            self.console.print(Syntax(text, language, background_color="default", word_wrap=True))
        else:
            self.console.out(text, highlight=False)

    @property
    def seconds(self) -> float:
        """Time since the first step."""
        return time.monotonic() - self._began
