"""`erp-adapter resend`: the ERP lost it; the same document again, recorded with who and why."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from erp_console.target import AsJson, AwsProfile, AwsRegion, DryRun, LocalUrl, StackName, Target
from erp_console.terminal import USAGE, Hindered, fail
from erp_console.working import watched, working

if TYPE_CHECKING:
    from erp_console.deployed import Deployed
    from erp_console.named_orders import Period

_MOST_REASON: Final = 200


def resend(
    reason: Annotated[str, typer.Option(help="Why; it stays in the ledger. No personal data.")],
    orders: Annotated[
        list[str] | None,
        typer.Argument(help="Orders by pk or number (pk:27, number:27 say which)."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Instead: all documents written from, such as 2026-11-23T18:00."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="… to; it must be over. A date alone is its midnight.")
    ] = None,
    route: Annotated[
        list[str] | None, typer.Option(help="Which ERP lost it; may be repeated.")
    ] = None,
    dry_run: DryRun = False,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Puts documents that the ERP had and lost into the bucket once more: the very same bytes,
    beside the old key (NAME.r2.xml).

    One reason resends a document once, so the command may be run again after a failure.

    Example: erp-adapter resend --since 2026-11-23T18:00 --until 2026-11-24T07:00 --route ubl
    --reason "restored from the backup of 23 November" --dry-run
    """
    if not 3 <= len(reason.strip()) <= _MOST_REASON:
        fail(f"--reason must have 3 to {_MOST_REASON} characters.", USAGE)
    if bool(orders) == bool(since or until):
        fail("Say which: orders, or --since and --until.", USAGE)
    with working():
        from erp_console.deployed import describe
        from erp_console.named_orders import period
        from erp_console.resending import Resending
        from erp_console.rows import present

        within = period(since, until)
        deployed = describe(Target(stack=stack, profile=profile, region=region, local=local))
        run = Resending(deployed=deployed, reason=reason.strip())
        chosen = choose(deployed, orders or (), within, route or ())
        rows = list(run.resend_all(watched(chosen, "Documents", len(chosen)), dry=dry_run))
        present(rows, as_json=json, dry_run=dry_run)


def choose(
    deployed: "Deployed", names: "list[str] | tuple[()]", within: "Period | None",
    routes: "list[str] | tuple[()]",
) -> list[tuple[str, str]]:  # fmt: skip
    """Order and route of each document that is meant, in the order they were written.

    Raises Hindered where it is not said which of several ERPs lost them.
    """
    import time

    from erp_console.named_orders import every_order, find

    if within and within.until > time.time():
        raise Hindered("--until is in the future: what is resent now would be in the range again.")
    if names:
        found = find(deployed.ledger, names, one_each=True)
    else:
        found = list(watched(every_order(deployed.ledger), "The ledger's orders"))
    entries = [
        entry
        for named in found
        for entry in named.routes
        if (not routes or entry.route in routes)
        and (within is None or (entry.state == "delivered" and entry.written_at in within))
    ]
    places = {route.name: place for place, route in enumerate(deployed.routes)}
    after = {route.name: route.after for route in deployed.routes}
    met = sorted({entry.route for entry in entries if not after.get(entry.route)})
    if len(met) > 1 and not routes:
        raise Hindered(f"Which ERP lost them? They went by {' and '.join(met)}: say --route.")
    entries.sort(key=lambda entry: (entry.written_at or 0, places.get(entry.route, 0)))
    return [(entry.order, entry.route) for entry in entries]
