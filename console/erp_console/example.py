"""`erp-adapter example`: an order without its people, kept with a profile.

Of a file no AWS and no network is needed; of a pk the order is read from the deployment's shop.
"""

import json as json_module
from pathlib import Path
from typing import Annotated

import typer

from erp_console.order_files import SHOP_URL, Source, source_of
from erp_console.target import AwsRegion, LocalUrl, StackName, Target
from erp_console.terminal import REJECTED, fail, told


def example(
    order: Annotated[
        str, typer.Argument(help="The order's detailed document (JSON), or its pk in the shop.")
    ],
    profile: Annotated[str, typer.Option(help="A profile's name, or its folder.")],
    items: Annotated[Path | None, typer.Option(help="Its items; else NAME.items.json.")] = None,
    discounts: Annotated[
        Path | None, typer.Option(help="Its discounts; else NAME.discounts.json.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What the example is called; else as the order's file.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    stack: StackName = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Puts an order into PROFILE's examples, with invented people, addresses and numbers.

    Sums, dates, products, lengths and awkward characters stay; what the adapter does not read is
    dropped. A pk is read, and only read, from the shop of the deployment (--stack or --local; the
    AWS profile is AWS_PROFILE's). Exit 0: written; 2: bad usage; 3: rejected.

    Example: erp-adapter example events/orders/27.order.json --profile csv-flat --name card
    """
    from erp_adapter.errors import Rejected

    from erp_console import checkout
    from erp_console.mapping import mapping_of, problems_told
    from erp_console.written_examples import write_example

    with told():
        called = name or Path(order).name.split(".")[0]
        _check(called)
        try:
            with problems_told():
                source = _source(
                    order, items, discounts, Target(stack=stack, region=region, local=local)
                )
                mapping = mapping_of(profile, SHOP_URL)
                folder = checkout.profile_folder(profile)
                files = write_example(folder, called, source, mapping.profile)
        except Rejected as rejection:
            if json:
                typer.echo(json_module.dumps(rejection.as_dict()))
            fail(f"{rejection.code}: {rejection.message}", REJECTED)
        _tell(called, profile, files, json=json)


def _source(order: str, items: Path | None, discounts: Path | None, target: Target) -> Source:
    if not order.isdecimal() or Path(order).exists():
        return source_of(Path(order), items, discounts)
    from erp_console.aws_access import aws_told
    from erp_console.deployed import describe

    with aws_told():
        return describe(target).shop.order(int(order))


def _check(name: str) -> None:
    if not name or not all(c.isalnum() or c in "-_" for c in name):
        fail("--name is letters, digits, - and _.", 2)


def _tell(name: str, profile: str, files: list[Path], *, json: bool) -> None:
    if json:
        typer.echo(json_module.dumps({"name": name, "files": [str(file) for file in files]}))
        return
    for file in files:
        typer.echo(f"written  {file}")
    typer.echo(f"Now: erp-adapter test-profile {profile} --update, and read what it writes.")
