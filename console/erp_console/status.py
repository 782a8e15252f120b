"""`erp-adapter status`: what became of an order, or of all."""

import json as json_module
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erp_console.target import AsJson, AwsProfile, AwsRegion, LocalUrl, StackName, Target
from erp_console.terminal import USAGE, fail, note
from erp_console.working import working

if TYPE_CHECKING:
    from erp_console.deployed import Deployed


def status(
    order: Annotated[
        str | None,
        typer.Argument(help="Its pk or its number (pk:27, number:27 say which). Without: all."),
    ] = None,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Every rejected order, with its remedy.")
    ] = False,
    csv: Annotated[
        bool, typer.Option("--csv", help="With --rejected: a CSV for a spreadsheet on stdout.")
    ] = False,
    ledger_only: Annotated[
        bool, typer.Option("--ledger-only", help="Leave the shop's list (the gap) out.")
    ] = False,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Says what became of an order on each route, why, and what happens next; or counts them all.

    A number is looked up in the shop, and else searched in the whole ledger; the counts read the
    whole ledger. `--rejected --csv` is for the finance department. Exit 0: said; 1: the ledger
    does not know it; 2: not tried.

    Example: erp-adapter status T1001 --stack erp-adapter-prod
    """
    if (rejected and order is not None) or (csv and not rejected) or (csv and json):
        fail("--rejected takes no order; --csv needs --rejected, and excludes --json.", USAGE)
    with working():
        from erp_console.deployed import describe

        deployed = describe(Target(stack=stack, profile=profile, region=region, local=local))
        if rejected:
            _show_rejected(deployed, as_json=json, as_csv=csv)
            return
        if order is not None:
            found = of_order(deployed, order)
        else:
            found = overview(deployed, ledger_only=ledger_only)
        if json:
            typer.echo(json_module.dumps(found, ensure_ascii=False))
        elif order is None:
            _show_overview(found)
        else:
            _show_orders(found)


def of_order(deployed: "Deployed", name: str) -> dict[str, Any]:
    """Everything that the ledger says of the orders of this name. Raises Failed without any."""
    import time

    from erp_console.named_orders import by_the_shop, find
    from erp_console.status_report import described
    from erp_console.terminal import Failed

    found = by_the_shop(deployed, name)
    if not found:
        found = [named for named in find(deployed.ledger, [name]) if named.entries]
    if not found:
        raise Failed(
            f"The ledger knows no order {name}: check the name; its webhook may not have come."
        )
    now, holds = time.time(), deployed.ledger.holds()
    waiting = {route.name for route in deployed.routes if route.waits_for_pickup}
    return {"orders": [described(named, deployed.bucket, now, holds, waiting) for named in found]}


def overview(deployed: "Deployed", *, ledger_only: bool = False) -> dict[str, Any]:
    """Counts of routes by state, the oldest that waits, rejections by code, the queues, and what
    the shop's list has that the ledger lacks."""
    from concurrent.futures import ThreadPoolExecutor

    from erp_adapter.queue import depth

    from erp_console.ledger_summary import summary_of

    with ThreadPoolExecutor(1) as pool:
        gap = None if ledger_only else pool.submit(_gap, deployed)
        return {
            **summary_of(deployed).as_dict(),
            "held": [hold.as_dict() for hold in deployed.ledger.holds().values()],
            "queue": depth(deployed.sqs, deployed.input_queue_url),
            "dead_letters": depth(deployed.sqs, deployed.dlq_url),
            "shop": gap.result() if gap else None,
        }


def _gap(deployed: "Deployed") -> dict[str, Any]:
    """What reconcile would find now; the reason where it can't be asked."""
    from erp_console.aws_access import aws_told
    from erp_console.reconcile import walk
    from erp_console.terminal import Failed, Hindered

    try:
        with aws_told():
            report = walk(deployed, dry_run=True)
    except (Failed, Hindered) as error:
        return {"unknown": str(error)}
    told = ("waiting_in_shop", "gap", "oldest", "finished", "unpicked")
    return {name: report.get(name) for name in told}


def _show_overview(found: dict[str, Any]) -> None:
    states = ", ".join(f"{n} {state}" for state, n in sorted(found["states"].items()))
    typer.echo(f"By route: {states or 'nothing yet'}.")
    for line in _held(found):
        typer.echo(line)
    for code, count in found["rejected"].items():
        typer.echo(f"rejected: {count:6}  {code}")
    for reason, count in found["waiting"].items():
        typer.echo(f"waiting:  {count:6}  {reason}")
    if found["oldest_waiting"]:
        oldest = found["oldest_waiting"]
        typer.echo(f"The oldest that waits: order {oldest['order']}, since {oldest['since']}.")
    typer.echo(f"On the inbound queue: {found['queue']}. Dead letters: {found['dead_letters']}.")
    shop = found["shop"]
    if shop and "unknown" in shop:
        typer.echo(f"The shop's list is not known. {shop['unknown']}")
    elif shop:
        oldest = f", the oldest placed at {shop['oldest']}" if shop["oldest"] else ""
        typer.echo(
            f"The shop's list: {shop['waiting_in_shop']} orders. Gap (sendable, not sent, and the "
            f"ledger knows no reason): {shop['gap']}{oldest}."
        )
        if shop["unpicked"]:
            from erp_console.reconcile import waiting_for_the_erp

            typer.echo(waiting_for_the_erp(shop["unpicked"]))


def _held(found: dict[str, Any]) -> list[str]:
    """A line for each route that is held."""
    from erp_adapter.ledger import Hold

    from erp_console.status_words import held_since

    return [f"Nothing is written: {held_since(Hold(**each))}" for each in found["held"]]


def _show_rejected(deployed: "Deployed", *, as_json: bool, as_csv: bool) -> None:
    from dataclasses import asdict

    from erp_console import rejected_orders
    from erp_console.ledger_summary import summary_of

    rows = rejected_orders.rejected_orders(deployed, summary_of(deployed))
    if as_csv:
        sys.stdout.flush()
        sys.stdout.buffer.write(rejected_orders.as_csv(rows).encode("utf-8"))
        sys.stdout.buffer.flush()
    elif as_json:
        shown = [asdict(row) for row in rows]
        typer.echo(json_module.dumps({"rejected": shown}, ensure_ascii=False))
    else:
        for row in rows:
            typer.echo(f"{row.number or row.order}  {row.route}  {row.why} {row.remedy}")
        note(f"{len(rows)} rejected.")


def _show_orders(found: dict[str, Any]) -> None:
    for order in found["orders"]:
        typer.echo(f"Order {order['order']}, number {order['number'] or 'unknown'}")
        for each in order["routes"]:
            mark = " (superseded)" if each["superseded"] else ""
            typer.echo(f"  {each['where']}: {each['word']}{mark}")
            typer.echo(f"    {each['next']}")
            for name in ("document", "sha256", "profile", "by", "reason", "status", "tries"):
                if each.get(name):
                    typer.echo(f"    {name:<9} {each[name]}")
            for moment, what in each["time_line"]:
                typer.echo(f"    {moment}  {what}")
