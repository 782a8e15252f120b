"""`erp-adapter backfill`: orders from before this adapter, by their dates or numbers."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Annotated

import typer

from erp_console.target import AsJson, AwsProfile, AwsRegion, DryRun, LocalUrl, StackName, Target
from erp_console.terminal import USAGE, Hindered, fail, note
from erp_console.working import working

if TYPE_CHECKING:
    from erp_console.rows import Row


def backfill(
    orders: Annotated[
        list[str] | None, typer.Argument(help="Orders by number (pk:27 names one by its pk).")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="Instead: all unsent ones placed from this time.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="… to this one. A date alone is its midnight.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="Instead: a text file with a number on each line.")
    ] = None,
    dry_run: DryRun = False,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Asks for orders of the shop that were placed before this adapter was there, or before their
    route's start_from, and sends those that no ERP has.

    They go to the queue as fast as the workers may ask the shop. Killed, run it again: it does what
    is left. The dry run reads each order once and says what would become of it.

    Example: erp-adapter backfill --from 2026-10-01 --to 2026-11-01 --dry-run
    """
    ways = [bool(orders), bool(since or until), file is not None]
    if ways.count(True) != 1:
        fail("Say which: numbers, --from and --to, or --file.", USAGE)
    with working():
        from erp_adapter.pace import Pace

        from erp_console.backfilling import Backfill
        from erp_console.deployed import describe
        from erp_console.named_orders import period
        from erp_console.rows import present

        within = period(since, until, options=("--from", "--to"))
        names = _lines(file) if file else orders or []
        deployed = describe(Target(stack=stack, profile=profile, region=region, local=local))
        with deployed.shop.asked(Pace(deployed.settings.reconcile_rate, monotonic, sleep)) as shop:
            run = Backfill(deployed=deployed, omnitron=shop)
            chosen = run.placed_in(within) if within else run.named(names)
            rows = list(run.foresee(chosen) if dry_run else run.enqueue(chosen))
        oldest = _oldest(rows)
        if oldest and not json:
            note(f"The oldest of them was placed at {oldest}.")
        present(rows, as_json=json, dry_run=dry_run, oldest=oldest)


def _lines(file: Path) -> list[str]:
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise Hindered(f"{file} cannot be read as UTF-8 text: name another file.") from None
    found = [line.strip() for line in lines if line.strip()]
    if not found:
        raise Hindered(f"{file} holds no numbers: put one on each line.")
    return found


def _oldest(rows: "Sequence[Row]") -> str | None:
    """When the oldest of those was placed that are sent."""
    placed = [row.said for row in rows if row.outcome in ("enqueued", "would be sent") and row.said]
    return min(placed, key=datetime.fromisoformat, default=None)
