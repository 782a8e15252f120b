"""`erp-adapter diff`: what a change of a mapping does to the last orders."""

import json as json_module
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from erp_console.order_files import SHOP_URL, Source
from erp_console.target import AwsRegion, LocalUrl, StackName, Target
from erp_console.terminal import FAILED, Failed, Hindered, note, told

if TYPE_CHECKING:
    from erp_console.comparing import Comparison, Group
    from erp_console.mapping import Mapping

_STYLES: Final = {
    "now rejected": "bold red", "now passing": "green", "rejected otherwise": "red",
    "changed": "yellow", "added": "green", "removed": "red", "written": "dim",
}  # fmt: skip
_LONGEST: Final = 40


def diff(
    before: Annotated[str, typer.Argument(metavar="PROFILE_A", help="A profile, or its folder.")],
    after: Annotated[str, typer.Argument(metavar="PROFILE_B", help="What it is to become.")],
    orders: Annotated[Path | None, typer.Option(help="A folder of NAME.order.json, …")] = None,
    last: Annotated[
        int | None,
        typer.Option(min=1, help="The last N of --orders by name; without it, of the deployment."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    stack: StackName = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Says what changes in the documents of orders from PROFILE_A to PROFILE_B, by kind and place.

    A copy of a profile's folder is compared under its route's policies. Orders of a deployment
    (--stack or --local; the AWS profile is AWS_PROFILE's) are those its ledger has dealt with
    last, read anew from its shop, and only
    read. The examples are values of real orders. Exit 0: nothing changes; 1: something does, or an
    order could not be read; 2: bad usage.

    Example: erp-adapter diff csv-flat csv-records --orders events/orders
    """
    from erp_console.comparing import Comparison
    from erp_console.mapping import problems_told
    from erp_console.working import watched

    with told(), problems_told():
        mappings = _mappings(before, after)
        comparison = Comparison()
        sources = _sources(orders, last, Target(stack=stack, region=region, local=local))
        for name, source in watched(sources, "Orders", last):
            if isinstance(source, Failed):
                comparison.unread[name] = str(source)
            else:
                comparison.take(name, *mappings, source)
    for name, sentence in comparison.unread.items():
        note(f"{name}: not compared: {sentence}")
    if json:
        typer.echo(json_module.dumps(_as_json(before, after, comparison), ensure_ascii=False))
    else:
        _show(comparison)
    if comparison.groups or comparison.unread:
        raise typer.Exit(FAILED)


def _mappings(before: str, after: str) -> "tuple[Mapping, Mapping]":
    """Both; what has no route of its own is read, balanced and sent as the other is."""
    from dataclasses import replace

    from erp_console.checkout import profile_folder, profiles_root
    from erp_console.mapping import mapping_at

    found = []
    for name in (before, after):
        folder = profile_folder(name)
        beside = folder.parent / "routes.toml"
        routes = beside if beside.is_file() else profiles_root() / "routes.toml"
        found.append(mapping_at(folder, SHOP_URL, routes))
    old, new = found
    if old.route is None:
        old = replace(old, shop=new.shop, route=new.route)
    if new.route is None:
        new = replace(new, shop=old.shop, route=old.route)
    return old, new


def _sources(
    folder: Path | None, last: int | None, target: Target
) -> Iterator[tuple[str, Source | Failed]]:
    if folder is None:
        if last is None:
            raise Hindered("Say which orders: --orders FOLDER, or --last N of a deployment.")
        from erp_console.last_orders import last_orders

        yield from last_orders(target, last)
        return
    from erp_console.order_files import SUFFIX, some_order_files, source_of

    files = some_order_files(folder)
    for file in files[-(last or len(files)) :]:
        yield file.name.removesuffix(SUFFIX), source_of(file)


def _as_json(before: str, after: str, comparison: "Comparison") -> dict[str, Any]:
    return {
        "before": before,
        "after": after,
        "orders": comparison.orders,
        "same": comparison.same,
        "groups": [asdict(group) for group in comparison.sorted()],
        "unread": comparison.unread,
    }


def _show(comparison: "Comparison") -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for group in comparison.sorted():
        count = len(group.orders)
        console.print(Text.assemble(
            (f"{group.kind:13}", _STYLES[group.kind]), " ", (group.place, "bold"),
            f"  {count} order{'s' if count > 1 else ''}",
            f", {group.values} values" if group.values > count else "",
            (f"  {group.orders[0]}: {_example(group)}", "dim"),
        ))  # fmt: skip
    note(f"{comparison.orders} orders compared, {comparison.same} the same.")


def _example(group: "Group") -> str:
    if group.kind in ("now rejected", "now passing", "rejected otherwise"):
        return group.after or group.before or ""
    return " → ".join(_short(text) for text in (group.before, group.after) if text is not None)


def _short(text: str) -> str:
    return f"'{text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}'"
