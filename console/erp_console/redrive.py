"""`erp-adapter redrive`: dead letters, rejected and waiting orders get another try."""

from enum import StrEnum
from typing import Annotated

import typer

from erp_console.target import AsJson, AwsProfile, AwsRegion, DryRun, LocalUrl, StackName, Target
from erp_console.terminal import USAGE, fail, note
from erp_console.working import working


class Tried(StrEnum):
    """What can be tried again."""

    rejected = "rejected"
    waiting = "waiting"


def redrive(
    dlq: Annotated[bool, typer.Option("--dlq", help="All dead letters.")] = False,
    order: Annotated[
        list[str] | None,
        typer.Option(help="An order's pk or its number (pk:27, number:27); may be repeated."),
    ] = None,
    code: Annotated[str | None, typer.Option(help="Orders with this code or reason.")] = None,
    state: Annotated[
        Tried | None, typer.Option(help="Only those; else both, or any with --order.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="In its state since this time or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="… or earlier. A date alone is its midnight.")
    ] = None,
    dry_run: DryRun = False,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Puts dead letters, or rejected and waiting orders, on the inbound queue once more.

    What is to be done with each is decided as ever: what has its document gets no second one.

    Example: erp-adapter redrive --code OMNITRON_UNAVAILABLE --dry-run
    """
    chosen = (order, code, state, since, until)
    if dlq and any(chosen):
        fail("--dlq takes all dead letters: leave --order, --code, --state and times out.", USAGE)
    if not dlq and not any(chosen):
        fail("Say what: --dlq, or orders by --order, --code, --state, --since, --until.", USAGE)
    with working():
        from erp_console.deployed import describe
        from erp_console.named_orders import period
        from erp_console.redriving import Choice, redrive_dead_letters, redrive_orders
        from erp_console.rows import present

        which = Choice(
            names=tuple(order or ()), code=code, period=period(since, until),
            states=(state.value,) if state else None if order else ("rejected", "waiting"),
        )  # fmt: skip
        deployed = describe(Target(stack=stack, profile=profile, region=region, local=local))
        if dlq:
            rows, left = redrive_dead_letters(deployed, dry=dry_run)
            if dry_run and not json:
                note(f"About {left} dead letters would be redriven.")
                return
            present(rows, as_json=json, dry_run=dry_run, left=left)
        else:
            present(redrive_orders(deployed, which, dry=dry_run), as_json=json, dry_run=dry_run)
