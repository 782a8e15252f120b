"""How the console speaks: documents on stdout, sentences on stderr, exit codes by who must act."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

import typer

FAILED: Final = 1
"""It was tried and went wrong."""
USAGE: Final = 2
"""It could not be tried: a file, a name, a port, a build."""
REJECTED: Final = 3
"""The order was rejected; a person must act."""


class Hindered(Exception):
    """Nothing was tried: a file, a name, a port or a build is missing or wrong."""


class Failed(Exception):
    """It was tried and went wrong."""


@contextmanager
def told() -> Iterator[None]:
    """Ends the command with the sentence and the exit code of what went wrong in the block."""
    try:
        yield
    except Hindered as error:
        fail(str(error), USAGE)
    except Failed as error:
        fail(str(error), FAILED)


def note(sentence: str) -> None:
    """Says something beside the result."""
    typer.echo(sentence, err=True)


def fail(sentence: str, code: int = FAILED) -> NoReturn:
    """Says what went wrong in one sentence and ends the command."""
    typer.echo(f"erp-adapter: {sentence}", err=True)
    raise typer.Exit(code)
