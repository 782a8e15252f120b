"""`erp-adapter serve`: the built adapter on the local stack, beside a fake Omnitron."""

import json as json_module
import time
from contextlib import ExitStack
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape

from erp_console.checkout import checkout
from erp_console.fake_omnitron import FakeOmnitron
from erp_console.fake_shop import FakeShop, is_sent
from erp_console.shop_address import shop_address
from erp_console.stopping import until_stopped
from erp_console.terminal import Hindered, fail, note, told

_OMNITRON_PORT: Final = 8000


class Destination(StrEnum):
    """Where documents go."""

    s3 = "s3"
    sqs = "sqs"


class Mode(StrEnum):
    """The template's ProcessingMode."""

    queued = "queued"
    inline = "inline"


def serve(
    orders: Annotated[
        Path | None,
        typer.Option(help="A folder of PK.order.json, PK.items.json, PK.discounts.json."),
    ] = None,
    omnitron_url: Annotated[str | None, typer.Option(help="A real Omnitron instead.")] = None,
    omnitron_token: Annotated[
        str | None, typer.Option(envvar="ERP_ADAPTER_OMNITRON_TOKEN", help="Its token.")
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option(help="A profile (repeat it); else as routes.toml says.")
    ] = None,
    destination: Annotated[
        Destination | None, typer.Option(help="For every route; else as routes.toml says.")
    ] = None,
    mode: Annotated[Mode, typer.Option(help="Queued, or within the request.")] = Mode.queued,
    as_new: Annotated[
        bool | None,
        typer.Option(
            "--as-new/--as-is",
            help="Serve orders as not yet sent and without an ERP code. The sample order is "
            "served so; a folder of your own as it is.",
        ),
    ] = None,
    api_prefix: Annotated[str, typer.Option(help="The prefix of Omnitron's API.")] = "/api/v1",
    port: Annotated[int, typer.Option(help="The local stack's port; 0: any free one.")] = 0,
    json: Annotated[
        bool, typer.Option("--json", help="The first line on stdout is one JSON object.")
    ] = False,
) -> None:
    """Deploys the built adapter on this machine and stays up until Ctrl-C.

    Example: erp-adapter serve --orders events/orders --profile ubl-order --json
    """
    from erp_console.local_stack import LocalStack, Plan

    with until_stopped(), told(), ExitStack() as stack:
        omnitron = _omnitron(stack, orders, as_new) if omnitron_url is None else None
        url, token = _address(omnitron, omnitron_url, omnitron_token)
        local = LocalStack(checkout(), port=port)
        plan = Plan(
            omnitron_url=url,
            omnitron_token=token,
            mode=mode.value,
            routes=local.routes(profile or (), destination),
            parameters={"ApiPrefix": api_prefix},
        )
        stack.enter_context(local)
        deployment = local.deploy(plan)
        _present("The adapter, on this machine. Ctrl-C ends it.", asdict(deployment), as_json=json)
        while local.ministack.running:
            time.sleep(0.2)
        fail(f"The local stack ended by itself. Its last lines:\n{local.ministack.log[-2000:]}")


def fake_omnitron(
    orders: Annotated[
        Path | None,
        typer.Option(help="A folder of PK.order.json, PK.items.json, PK.discounts.json."),
    ] = None,
    port: Annotated[int, typer.Option(help="Its port; 0: any free one.")] = _OMNITRON_PORT,
    token: Annotated[str | None, typer.Option(help="Its token; else a fresh one.")] = None,
    as_new: Annotated[bool | None, typer.Option("--as-new/--as-is", help="As in `serve`.")] = None,
    json: Annotated[
        bool, typer.Option("--json", help="The first line on stdout is one JSON object.")
    ] = False,
) -> None:
    """Serves a folder of orders as Omnitron would, for `sam local` or a deployment of your own.

    Example: erp-adapter fake-omnitron --orders events/orders --port 8000
    """
    with until_stopped(), told(), ExitStack() as stack:
        omnitron = _omnitron(stack, orders, as_new, port=port, token=token)
        shown = {"omnitron_url": omnitron.url, "omnitron_token": omnitron.token}
        _present("A fake Omnitron. Ctrl-C ends it.", shown, as_json=json)
        while True:
            time.sleep(0.2)


def _omnitron(
    stack: ExitStack,
    orders: Path | None,
    as_new: bool | None,
    *,
    port: int = 0,
    token: str | None = None,
) -> FakeOmnitron:
    folder = orders or checkout() / "events" / "orders"
    shop = FakeShop.from_folder(folder, as_new=as_new if as_new is not None else orders is None)
    sent = [str(pk) for pk in shop.pks if is_sent(shop.order(pk))]
    if sent:
        note(f"Orders that an ERP has already (they will be settled; see --as-new): {_some(sent)}")
    elif orders is None:
        note("The sample order is served as not sent and without its ERP code.")
    return stack.enter_context(FakeOmnitron(shop, port=port, token=token))


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _address(omnitron: FakeOmnitron | None, url: str | None, token: str | None) -> tuple[str, str]:
    if omnitron:
        return omnitron.url, omnitron.token
    url = shop_address(url or "", "--omnitron-url")
    if not token:
        raise Hindered("A real Omnitron needs --omnitron-token or ERP_ADAPTER_OMNITRON_TOKEN.")
    return url, token


def _present(title: str, rows: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json_module.dumps(rows))
        return
    # Values are for copying: one a line, never wrapped, whatever the terminal's width.
    console = Console(soft_wrap=True, highlight=False)
    console.print(title)
    for name, value in rows.items():
        console.print(f"  [bold]{name.replace('_', ' '):<18}[/] {escape(value)}")
