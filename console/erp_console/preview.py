"""`erp-adapter preview`: the exact bytes that the ERP would get. No AWS, no network."""

import json as json_module
import sys
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from erp_console import checkout
from erp_console.terminal import REJECTED, USAGE, Hindered, fail, note

if TYPE_CHECKING:
    from erp_adapter.order import Order, Shop
    from erp_adapter.profile import Document
    from erp_adapter.routes import Route

SHOP_URL: Final = "https://shop.example.com"
"""The shop that a file on this machine is of, unless --shop-url says so: it is part of the uuid."""


@dataclass(frozen=True)
class Source:
    """The three answers of Omnitron that make up one order."""

    order: bytes
    items: tuple[bytes, ...]
    discounts: tuple[bytes, ...]


def preview(
    order: Annotated[Path, typer.Argument(help="The order's detailed document (JSON).")],
    profile: Annotated[str, typer.Option(help="A profile's name, or its folder.")],
    items: Annotated[Path | None, typer.Option(help="Its items; else NAME.items.json.")] = None,
    discounts: Annotated[
        Path | None, typer.Option(help="Its discounts; else NAME.discounts.json.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the document here.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout: document or rejection.")
    ] = False,
    shop_url: Annotated[str, typer.Option(help="The shop's Omnitron.")] = SHOP_URL,
) -> None:
    """Writes the document that PROFILE makes of an order, byte for byte.

    Exit 0: the document; 2: bad usage; 3: the order is rejected, with the reason.

    Example: erp-adapter preview events/orders/27.order.json --profile ubl-order
    """
    from erp_adapter.errors import AdapterError, Misconfigured, Rejected

    try:
        document = _document(_source(order, items, discounts), profile, shop_url)
    except Rejected as rejection:
        if json:
            typer.echo(json_module.dumps(rejection.as_dict()))
        fail(f"{rejection.code}: {rejection.message}", REJECTED)
    except (Misconfigured, Hindered) as error:
        fail(str(error), USAGE)
    except AdapterError as error:
        fail(error.message)
    if output:
        _write(output, document.content)
    if json:
        typer.echo(json_module.dumps(_as_json(document)))
    elif not output:
        sys.stdout.flush()
        sys.stdout.buffer.write(document.content)
        sys.stdout.buffer.flush()


def _source(order: Path, items: Path | None, discounts: Path | None) -> Source:
    name = order.name.removesuffix(".json").removesuffix(".order")
    return Source(
        _read(order),
        _beside(items, order.with_name(f"{name}.items.json")),
        _beside(discounts, order.with_name(f"{name}.discounts.json")),
    )


def _beside(given: Path | None, sibling: Path) -> tuple[bytes, ...]:
    if given:
        return (_read(given),)
    return (_read(sibling),) if sibling.is_file() else ()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        fail(f"{file} does not exist.", USAGE)
    except OSError as error:
        fail(f"{file} can't be read: {error.strerror}.", USAGE)


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        fail(f"{file} can't be written: {error.strerror}.", USAGE)


def _document(source: Source, profile: str, shop_url: str) -> "Document":
    from erp_adapter.balance import MoneyPolicy, balance
    from erp_adapter.order import read_order
    from erp_adapter.profile import load_profile

    folder = checkout.profile_folder(profile)
    shop, route = _route(folder, shop_url)
    loaded = load_profile(folder, settings=route.settings if route else {})
    order = read_order(source.order, source.items, source.discounts, shop)
    if order.is_send:
        note("Note: is_send is true, the ERP has this order already; shown all the same.")
    _check_status(order, route)
    return loaded.render(balance(order, route.money if route else MoneyPolicy()))


def _route(folder: Path, shop_url: str) -> "tuple[Shop, Route | None]":
    """The shop of routes.toml, and the first route that uses the profile."""
    from erp_adapter.order import Shop
    from erp_adapter.routes import load_routes

    file = folder.parent / "routes.toml"
    if not file.is_file():
        return Shop(url=shop_url), None
    routes = load_routes(file, shop_url=shop_url)
    return routes.shop, next((r for r in routes.routes if r.profile == folder.name), None)


def _check_status(order: "Order", route: "Route | None") -> None:
    from erp_adapter.errors import Rejected
    from erp_adapter.routes import DEFAULT_STATUSES

    sendable = route.statuses if route else DEFAULT_STATUSES
    if _status_code(order.status) in sendable:
        return
    allowed = ", ".join(str(status) for status in sendable)
    raise Rejected(
        f"status is {order.status}, and this route sends orders of status {allowed}: "
        "wait until the shop approves it, or name the status in routes.toml.",
        code="STATUS_NOT_SENDABLE",
        path="status",
        expected=allowed,
        found=order.status,
    )


def _status_code(status: str) -> int | None:
    if status.isdecimal():
        return int(status)
    # Its module knows the ledger too, and takes a while to import: only for statuses in words.
    from erp_adapter.delivery.decision import status_code

    return status_code(status)


def _as_json(document: "Document") -> dict[str, Any]:
    header = Message()
    header["Content-Type"] = document.content_type
    text = document.content.decode(header.get_content_charset("utf-8"), "replace")
    return {
        "name": document.name,
        "content_type": document.content_type,
        "sha256": document.sha256,
        "profile": document.profile,
        "version": document.version,
        "content": text,
    }
