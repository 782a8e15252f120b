"""`erp-adapter profiles`: which documents there are, and who uses them."""

import json as json_module
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from erp_console.terminal import note, told


@dataclass(frozen=True, kw_only=True)
class Row:
    """One profile; `kind` is empty where it can't be used."""

    name: str
    title: str
    kind: str
    encoding: str
    examples: int
    routes: list[str]


def profiles(
    json: Annotated[bool, typer.Option("--json", help="A list of objects on stdout.")] = False,
) -> None:
    """Lists the profiles: what each writes, its examples, the routes that use it.

    Example: erp-adapter profiles
    """
    from erp_console.checkout import profiles_root

    with told():
        rows = rows_of(profiles_root())
    if json:
        typer.echo(json_module.dumps([asdict(row) for row in rows], ensure_ascii=False))
    else:
        _print(rows)
    for row in rows:
        if not row.kind:
            note(f"{row.name} can't be used: erp-adapter lint says why.")


def rows_of(root: Path) -> list[Row]:
    """A row for every folder with a profile.toml."""
    from erp_adapter.profile import InvalidProfile, load_profile

    from erp_console.checkout import profiles_in
    from erp_console.profile_examples import examples_of

    routes = _routes(root / "routes.toml")
    rows = []
    for folder in profiles_in(root):
        try:
            profile = load_profile(folder)
            title, kind, encoding = profile.title, profile.kind.upper(), profile.encoding
        except InvalidProfile:
            title = kind = encoding = ""
        rows.append(Row(
            name=folder.name, title=title, kind=kind, encoding=encoding,
            examples=len(examples_of(folder)),
            routes=[name for name, used in routes if used == folder.name],
        ))  # fmt: skip
    return rows


def _routes(file: Path) -> list[tuple[str, str]]:
    from erp_adapter.errors import Misconfigured
    from erp_adapter.routes import load_routes

    from erp_console.order_files import SHOP_URL

    if not file.is_file():
        return []
    try:
        found = load_routes(file, shop_url=SHOP_URL).every
    except Misconfigured as error:
        note(f"The routes are unknown: {error}")
        return []
    return [(route.name, route.profile) for route in found]


def _print(rows: Sequence[Row]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("Profile", "Title", "Document", "Encoding", "Examples", "Routes")
    for row in rows:
        cells = [row.title, row.kind, row.encoding, str(row.examples), ", ".join(row.routes)]
        table.add_row(Text(row.name, "bold"), *map(Text, cells))
    console = Console(highlight=False)
    (console if console.is_terminal else Console(width=160)).print(table)
