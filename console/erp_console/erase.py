"""`erp-adapter erase`: a customer wants to be forgotten; what is kept of the order goes."""

from typing import Annotated

import typer

from erp_console.target import AsJson, AwsProfile, AwsRegion, DryRun, LocalUrl, StackName, Target
from erp_console.working import watched, working


def erase(
    orders: Annotated[
        list[str], typer.Argument(help="Orders by pk or number (pk:27, number:27 say which).")
    ],
    dry_run: DryRun = False,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Erases what this adapter keeps of an order, for good: its documents with all their versions,
    its waiting messages, and the ledger's words. What stays is a tombstone without any data, by
    which the order is never sent (again).

    Erase the customer in the shop and in the ERP first: this adapter holds copies only.

    Example: erp-adapter erase T1001 --dry-run
    """
    with working():
        from erp_console.deployed import describe
        from erp_console.erasing import erase_messages, erase_order
        from erp_console.named_orders import find
        from erp_console.rows import present

        deployed = describe(Target(stack=stack, profile=profile, region=region, local=local))
        chosen = find(deployed.ledger, orders, one_each=True)
        rows = [
            row
            for named in watched(chosen, "Orders", len(chosen))
            for row in erase_order(deployed, named, dry=dry_run)
        ]
        troubled = {row.order for row in rows if row.trouble}
        if not dry_run:
            rows += erase_messages(deployed, [n for n in chosen if n.order not in troubled])
        present(rows, as_json=json, dry_run=dry_run)
