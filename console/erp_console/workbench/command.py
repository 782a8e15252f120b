"""`erp-adapter workbench`: the page on which a profile is looked at and edited."""

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from erp_console.stopping import until_stopped
from erp_console.target import AwsRegion, LocalUrl, StackName, Target
from erp_console.terminal import note, told

if TYPE_CHECKING:
    from erp_console.workbench.bench import Bench


def workbench(
    orders: Annotated[
        Path | None,
        typer.Argument(help="An order's file, or a folder of orders; else Akinon's sample order."),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="The profile to begin with: its name, or its folder.")
    ] = None,
    port: Annotated[int, typer.Option(help="The page's port; 0: any free one.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
    json: Annotated[
        bool, typer.Option("--json", help="The first line on stdout is one JSON object.")
    ] = False,
    stack: StackName = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Opens a page: left an order, right its document, between them the profile to edit.

    It is served on this machine only, to who has its address, until Ctrl-C. With --stack or
    --local the page can also read, and only read, orders of that deployment's shop (the AWS
    profile is AWS_PROFILE's).

    Example: erp-adapter workbench events/orders --profile ubl-order
    """
    from tempfile import TemporaryDirectory

    from erp_console.workbench.serving import listening, serve

    target = Target(stack=stack, region=region, local=local) if stack or local else None
    with until_stopped(), told(), TemporaryDirectory(prefix="erp-adapter-") as work:
        bench = _bench(orders, profile, target, Path(work))
        page = listening(bench, port)
        typer.echo(json_module.dumps({"url": page.url}) if json else page.url)
        note("The workbench, for this machine only. Ctrl-C ends it.")
        if browser:
            typer.launch(page.url)
        serve(page)


def _bench(orders: Path | None, profile: str | None, target: Target | None, work: Path) -> "Bench":
    from erp_console.checkout import checkout, profile_folder, profiles_in, profiles_root
    from erp_console.workbench.bench import Bench
    from erp_console.workbench.orders import Orders

    folders = profiles_in(profiles_root())
    if profile is not None:
        chosen = profile_folder(profile)
        folders = [chosen, *(folder for folder in folders if folder.name != chosen.name)]
    known = {folder.name: folder for folder in folders}
    return Bench(Orders.at(orders or checkout() / "events" / "orders", target), known, work)
