"""`erp-adapter send`: one signed notification, as Omnitron would send it."""

import json as json_module
from typing import Annotated

import typer

from erp_console.terminal import FAILED, USAGE, fail, note


def send(
    url: Annotated[str, typer.Option(help="Where the adapter takes webhooks.")],
    secret: Annotated[
        str,
        typer.Option(
            envvar="ERP_ADAPTER_WEBHOOK_SECRET", help="The webhook's secret.", show_envvar=True
        ),
    ],
    order: Annotated[int | None, typer.Option(help="The order's pk.")] = None,
    number: Annotated[str | None, typer.Option(help="The order's number.")] = None,
    event: Annotated[str, typer.Option(help="The event's type.")] = "order.updated",
    uuid: Annotated[
        str | None, typer.Option(help="The event's uuid; give one to repeat a notification.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Posts a signed notification that something happened to an order.

    Example: erp-adapter send --order 27 --url http://127.0.0.1:4566/... --secret S
    """
    import httpx

    from erp_console import whisperer

    if order is None and number is None:
        fail("Say which order: --order PK, --number NUMBER, or both.", USAGE)
    announcement = whisperer.Announcement(event=event, pk=order, number=number)
    if uuid:
        announcement = whisperer.Announcement(event=event, pk=order, number=number, uuid=uuid)
    try:
        answer = whisperer.post(url, secret, announcement)
    except (ValueError, httpx.UnsupportedProtocol):
        fail("--url is not an address: it must begin with http:// or https://.", USAGE)
    except httpx.TimeoutException:
        fail(
            f"No answer within {whisperer.TIMEOUT:.0f} seconds, when Omnitron gives up: "
            "look at the webhook function's log."
        )
    except httpx.HTTPError as error:
        fail(
            f"The adapter can't be reached ({type(error).__name__}): is it running, is --url right?"
        )
    if json:
        typer.echo(
            json_module.dumps(
                {"status": answer.status_code, "uuid": announcement.uuid, "body": answer.text}
            )
        )
    else:
        note(f"{event} {announcement.uuid}")
        typer.echo(f"{answer.status_code} {answer.text}")
    if not answer.is_success:
        raise typer.Exit(FAILED)
