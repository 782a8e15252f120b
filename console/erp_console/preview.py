"""`erp-adapter preview`: the exact bytes that the ERP would get.

Of a file no AWS and no network is needed; of --order the order is read from the deployment's shop.
"""

import json as json_module
import sys
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erp_console.order_files import SHOP_URL, Source, source_of, write_bytes
from erp_console.target import AwsRegion, LocalUrl, StackName, Target
from erp_console.terminal import REJECTED, Hindered, fail, note, told

if TYPE_CHECKING:
    from erp_adapter.profile import Document

    from erp_console.explaining import Explanation


def preview(
    profile: Annotated[str, typer.Option(help="A profile's name, or its folder.")],
    file: Annotated[
        Path | None, typer.Argument(metavar="[ORDER]", help="Its detailed document (JSON).")
    ] = None,
    order: Annotated[
        str | None, typer.Option(help="Its number, or pk:PK, in the deployment's shop instead.")
    ] = None,
    items: Annotated[Path | None, typer.Option(help="Its items; else NAME.items.json.")] = None,
    discounts: Annotated[
        Path | None, typer.Option(help="Its discounts; else NAME.discounts.json.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the document here.")
    ] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Every value with its expression, sources and format."),
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout: document or rejection.")
    ] = False,
    shop_url: Annotated[str, typer.Option(help="The shop's Omnitron.")] = SHOP_URL,
    stack: StackName = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Writes the document that PROFILE makes of an order, byte for byte.

    With --order it is read, and only read, from the shop of the deployment (--stack or --local;
    the AWS profile is AWS_PROFILE's). Exit 0: the document; 1: the shop did not give it; 2: bad
    usage; 3: the order is rejected, with the reason.

    Example: erp-adapter preview events/orders/27.order.json --profile ubl-order --explain
    """
    from erp_adapter.errors import Rejected

    with told():
        try:
            if order is None:
                source = source_of(_file(file), items, discounts)
            else:
                target = Target(stack=stack, region=region, local=local)
                source, shop_url = _from_shop(order, target, file)
            document, explained = _document(source, profile, shop_url, explain)
        except Rejected as rejection:
            if json:
                typer.echo(json_module.dumps(rejection.as_dict()))
            fail(f"{rejection.code}: {rejection.message}", REJECTED)
        if output:
            write_bytes(output, document.content)
        if json:
            typer.echo(json_module.dumps(_as_json(document, explained)))
        elif explained is not None:
            explained.show(document.content)
        elif not output:
            _print(document.content)


def _file(file: Path | None) -> Path:
    if file is None:
        raise Hindered("Say which order: its file, or --order NUMBER of a deployment's shop.")
    return file


def _from_shop(name: str, target: Target, file: Path | None) -> tuple[Source, str]:
    """The order's answers, and the shop's address, which is part of its uuid."""
    from erp_console.aws_access import aws_told
    from erp_console.deployed import describe

    if file is not None:
        raise Hindered("Either the order's file or --order, not both.")
    with aws_told():
        shop = describe(target).shop
        return shop.named(name), shop.url


def _document(
    source: Source, profile: str, shop_url: str, explain: bool
) -> "tuple[Document, Explanation | None]":
    from erp_console.mapping import mapping_of, problems_told

    with problems_told():
        mapping = mapping_of(profile, shop_url)
        read = mapping.read(source)
        order = mapping.checked(read)
        for remark in mapping.remarks(read):
            note(f"Note: {remark}")
        document = mapping.document(order)
        if not explain:
            return document, None
        from erp_console.explaining import Explanation

        return document, Explanation.of(mapping.profile, order)


def _print(content: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _as_json(document: "Document", explained: "Explanation | None") -> dict[str, Any]:
    header = Message()
    header["Content-Type"] = document.content_type
    text = document.content.decode(header.get_content_charset("utf-8"), "replace")
    found: dict[str, Any] = {
        "name": document.name,
        "content_type": document.content_type,
        "sha256": document.sha256,
        "profile": document.profile,
        "version": document.version,
        "content": text,
    }
    if explained is not None:
        found["explained"] = explained.as_json()
    return found
