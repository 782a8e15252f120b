"""`erp-adapter export`: many orders in one CSV file. No AWS, no network."""

import hashlib
import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erp_console.order_files import SHOP_URL, some_order_files, write_bytes
from erp_console.terminal import REJECTED, Hindered, fail, note, told

if TYPE_CHECKING:
    from erp_console.collecting import Collected
    from erp_console.mapping import Mapping


def export(
    profile: Annotated[str, typer.Option(help="A CSV profile's name, or its folder.")],
    orders: Annotated[Path, typer.Option(help="A folder of NAME.order.json, .items.json, …")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    shop_url: Annotated[str, typer.Option(help="The shop's Omnitron.")] = SHOP_URL,
) -> None:
    """Writes the orders of a folder into one CSV file with one header line.

    Exit 0: all of them; 2: bad usage; 3: some were rejected, the file holds the others.

    Example: erp-adapter export --profile csv-flat --orders events/orders -o orders.csv
    """
    from erp_adapter.errors import Rejected

    with told():
        mapping = _mapping(profile, shop_url)
        collected = _collected(mapping, orders)
        try:
            content = mapping.profile.render_all(collected.orders) if collected.orders else None
        except Rejected as rejection:
            fail(
                f"{rejection.code}: {rejection.message} Nothing was written: mend the order "
                "or the profile.",
                REJECTED,
            )
        if content is not None:
            write_bytes(output, content)
    for refused in collected.refused:
        note(f"pk {refused.pk}: {refused.code}  ({refused.file})")
    if json:
        typer.echo(json_module.dumps(_as_json(collected, output, content)))
    else:
        note(_sentence(collected, output))
    if collected.refused:
        raise typer.Exit(REJECTED)


def _mapping(profile: str, shop_url: str) -> "Mapping":
    from erp_console.mapping import mapping_of, problems_told

    with problems_told():
        mapping = mapping_of(profile, shop_url)
    if mapping.profile.kind != "csv":
        raise Hindered(
            f"{mapping.profile.name} writes {mapping.profile.kind.upper()}, one document for each "
            "order: only CSV profiles put several into one file."
        )
    return mapping


def _collected(mapping: "Mapping", folder: Path) -> "Collected":
    from erp_console.collecting import collect
    from erp_console.working import watched

    files = some_order_files(folder)
    return collect(mapping, watched(files, "Orders", len(files)))


def _sentence(collected: "Collected", output: Path) -> str:
    taken, refused = len(collected.orders), len(collected.refused)
    sent = sum(order.is_send for order in collected.orders)
    again = f" is_send is true for {sent} of them: the ERP has those already." if sent else ""
    written = f"{taken} orders in {output}." if taken else "Nothing was written."
    return f"{written}{again}" + (f" {refused} rejected." if refused else "")


def _as_json(collected: "Collected", output: Path, content: bytes | None) -> dict[str, Any]:
    return {
        "file": str(output) if content is not None else None,
        "sha256": hashlib.sha256(content).hexdigest() if content is not None else None,
        "orders": [order.pk for order in collected.orders],
        "rejected": [refused.as_dict() for refused in collected.refused],
    }
