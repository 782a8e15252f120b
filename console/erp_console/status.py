"""`erp-adapter status`: what became of an order, or of all."""

import json as json_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erp_console.target import AsJson, AwsProfile, AwsRegion, LocalUrl, StackName, Target
from erp_console.working import watched, working

if TYPE_CHECKING:
    from erp_console.deployed import Deployed


def status(
    order: Annotated[
        str | None,
        typer.Argument(help="Its pk or its number (pk:27, number:27 say which). Without: all."),
    ] = None,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Says what became of an order on each route, why, and what happens next; or counts them all.

    A number, and the counts, scan the whole ledger; a pk does not.

    Example: erp-adapter status T1001 --stack erp-adapter-prod
    """
    with working():
        from erp_console.deployed import describe

        deployed = describe(Target(stack=stack, profile=profile, region=region, local=local))
        found = overview(deployed) if order is None else of_order(deployed, order)
        if json:
            typer.echo(json_module.dumps(found, ensure_ascii=False))
        elif order is None:
            _show_overview(found)
        else:
            _show_orders(found)


def of_order(deployed: "Deployed", name: str) -> dict[str, Any]:
    """Everything that the ledger says of the orders of this name. Raises Failed without any."""
    import time

    from erp_console.named_orders import find
    from erp_console.status_report import described
    from erp_console.terminal import Failed

    found = [named for named in find(deployed.ledger, [name]) if named.entries]
    if not found:
        raise Failed(f"The ledger knows no order {name}.")
    return {"orders": [described(named, deployed.bucket, time.time()) for named in found]}


def overview(deployed: "Deployed") -> dict[str, Any]:
    """Counts of routes by state, the oldest that waits, rejections by code, and the queues."""
    from erp_adapter.queue import depth

    from erp_console.named_orders import every_order
    from erp_console.status_report import counted

    return {
        **counted(watched(every_order(deployed.ledger), "The ledger's orders")),
        "queue": depth(deployed.sqs, deployed.input_queue_url),
        "dead_letters": depth(deployed.sqs, deployed.dlq_url),
    }


def _show_overview(found: dict[str, Any]) -> None:
    states = ", ".join(f"{n} {state}" for state, n in sorted(found["states"].items()))
    typer.echo(f"{found['orders']} orders; by route: {states or 'none yet'}.")
    for code, count in found["rejected"].items():
        typer.echo(f"rejected: {count:6}  {code}")
    for reason, count in found["waiting"].items():
        typer.echo(f"waiting:  {count:6}  {reason}")
    if found["oldest_waiting"]:
        oldest = found["oldest_waiting"]
        typer.echo(f"The oldest that waits: order {oldest['order']}, since {oldest['since']}.")
    typer.echo(f"On the inbound queue: {found['queue']}. Dead letters: {found['dead_letters']}.")


def _show_orders(found: dict[str, Any]) -> None:
    for order in found["orders"]:
        typer.echo(f"Order {order['order']}, number {order['number'] or 'unknown'}")
        for each in order["routes"]:
            mark = " (superseded)" if each["superseded"] else ""
            typer.echo(f"  {each['where']}: {each['state']}{mark}")
            typer.echo(f"    {each['next']}")
            for name in ("document", "sha256", "profile", "by", "reason", "status"):
                if each.get(name):
                    typer.echo(f"    {name:<9} {each[name]}")
            for moment, what in each["time_line"]:
                typer.echo(f"    {moment}  {what}")
