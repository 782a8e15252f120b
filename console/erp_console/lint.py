"""`erp-adapter lint`: everything that is wrong with profiles and routes.toml, at once."""

import json as json_module
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from erp_console.terminal import FAILED, Hindered, note, told

if TYPE_CHECKING:
    from erp_adapter.profile import Problem

ROUTES = "routes.toml"


@dataclass
class Work:
    """What is to be looked at: folders of profiles, and files of routes."""

    profiles: list[Path] = field(default_factory=list)
    routes: list[Path] = field(default_factory=list)

    def add(self, folder: Path) -> None:
        """A profile's folder, or one that holds profiles. Raises Hindered."""
        from erp_console.checkout import profiles_in

        inner = profiles_in(folder)
        if (folder / "profile.toml").is_file():
            self.profiles.append(folder)
        elif inner or (folder / ROUTES).is_file():
            self.profiles += inner
            self.routes += [folder / ROUTES] if (folder / ROUTES).is_file() else []
        else:
            raise Hindered(f"{folder} holds no profile.toml, not even in a folder: name another.")


def lint(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FOLDER]...",
            help="Profiles, or folders of profiles; else all of this checkout, with routes.toml.",
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="A list of file, line, column, message on stdout.")
    ] = False,
) -> None:
    """Says everything that is wrong with profiles and routes.toml, as file:line:column: message.

    Examples are rendered and validated too. Exit 0: nothing; 1: something; 2: bad usage.

    Example: erp-adapter lint layers/profiles/csv-flat
    """
    from erp_console.checkout import profiles_root

    work = Work()
    with told():
        for folder in folders or [profiles_root()]:
            work.add(folder)
        problems = _problems(work)
    if json:
        typer.echo(json_module.dumps([asdict(problem) for problem in problems]))
    else:
        _print(problems)
        note(f"{len(problems)} problems in {len(work.profiles)} profiles.")
    if problems:
        raise typer.Exit(FAILED)


def _problems(work: Work) -> "list[Problem]":
    from erp_console.lint_profiles import profile_problems
    from erp_console.lint_routes import routes_problems
    from erp_console.working import watched

    found = []
    for folder in watched(work.profiles, "Profiles"):
        found += profile_problems(folder)
    for file in work.routes:
        found += routes_problems(file)
    return found


def _print(problems: "list[Problem]") -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for problem in problems:
        place = f"{problem.file}:{problem.line}:{problem.column}:"
        console.print(Text.assemble((place, "cyan"), f" {problem.message}"), soft_wrap=True)
