"""What a command of operation is wrapped in: sentences, exit codes, Ctrl-C, progress."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from erp_console.stopping import until_stopped
from erp_console.terminal import fail, told

T = TypeVar("T")


@contextmanager
def working() -> Iterator[None]:
    """Ends the command with a sentence and the exit code of what went wrong in the block."""
    from erp_console.aws_access import aws_told

    ended = False
    with until_stopped(), told(), aws_told():
        yield
        ended = True
    if not ended:
        fail("Stopped before the end. Run the same command again: it goes on where it stopped.")


def watched(items: Iterable[T], title: str, total: int | None = None) -> Iterator[T]:
    """The items, with a progress bar on stderr while they are worked through, on a terminal."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(),
    )  # fmt: skip
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        yield from bar.track(items, total=total, description=title)
