"""`erp-adapter new-profile`: a profile of the ERP's own sample. No AWS, no network."""

import json as json_module
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erp_console.order_files import read_bytes, source_of
from erp_console.terminal import REJECTED, USAGE, fail, told

if TYPE_CHECKING:
    from erp_console.order_files import Source


class Cancels(StrEnum):
    """What a document cancels."""

    items = "items"
    order = "order"


def new_profile(
    name: Annotated[str, typer.Argument(help="What the profile is called: letters, digits, -.")],
    sample: Annotated[
        Path, typer.Option("--from", help="The ERP's own sample: .xml, .json or .csv.")
    ],
    order: Annotated[Path, typer.Option(help="The order that the sample shows (JSON).")],
    items: Annotated[Path | None, typer.Option(help="Its items; else NAME.items.json.")] = None,
    discounts: Annotated[
        Path | None, typer.Option(help="Its discounts; else NAME.discounts.json.")
    ] = None,
    cancels: Annotated[
        Cancels | None,
        typer.Option(help="The sample cancels items of the order, or can only cancel all of it."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where the folder goes.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Makes a working profile of a sample document: its values become expressions.

    A value of the sample that equals one of the order's is replaced by what gives it, siblings
    that are the order's lines become one that repeats; the rest stays. The folder holds an
    anonymised example, too. Exit 0: made; 1: this sample can't be one; 2: bad usage; 3: the
    order is rejected.

    Example: erp-adapter new-profile my-erp --from sample.xml --order events/orders/27.order.json
    """
    from erp_adapter.errors import Rejected

    from erp_console.mapping import problems_told

    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        fail("A profile's name is small letters, digits and single -.", USAGE)
    with told():
        try:
            with problems_told():
                source = source_of(order, items, discounts)
                folder, found = _make(name, sample, source, output, cancels)
        except Rejected as rejection:
            if json:
                typer.echo(json_module.dumps(rejection.as_dict()))
            fail(f"{rejection.code}: {rejection.message}", REJECTED)
        if json:
            typer.echo(json_module.dumps({"name": name, "folder": str(folder), **found}))
        else:
            _show(name, folder, found, chosen=output is not None)


def _make(
    name: str, file: Path, source: "Source", output: Path | None, cancels: Cancels | None
) -> tuple[Path, dict[str, Any]]:
    from erp_console.checkout import profiles_root
    from erp_console.sampling.filling import fill
    from erp_console.sampling.profile_folder import write_profile
    from erp_console.sampling.reading import read_sample
    from erp_console.sampling.report import described
    from erp_console.written_examples import balanced

    sample = read_sample(file, read_bytes(file))
    sample.cancels = cancels
    order = balanced(source, cancels)
    fill(sample, order)
    folder = (output or profiles_root()) / name
    made = write_profile(folder, sample, order, source)
    found = described(sample, made.formats, order)
    found["files"] = [made_file.relative_to(folder).as_posix() for made_file in made.files]
    return folder, found


def _show(name: str, folder: Path, found: dict[str, Any], *, chosen: bool) -> None:
    from rich.console import Console

    from erp_console.sampling.report import show

    console = Console(highlight=False)
    # Into a file or a pipe: wide enough for a line each.
    show(console if console.is_terminal else Console(highlight=False, width=160), found)
    called = str(folder) if chosen else name
    typer.echo(f"\nMade {folder}")
    typer.echo(f"Now: erp-adapter preview ORDER.json --profile {called} --explain")
