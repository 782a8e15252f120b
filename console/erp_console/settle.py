"""`erp-adapter settle`: a person has typed the order into the ERP; it is closed."""

from typing import Annotated, Final

import typer

from erp_console.target import AsJson, AwsProfile, AwsRegion, DryRun, LocalUrl, StackName, Target
from erp_console.terminal import USAGE, fail
from erp_console.working import watched, working

_MOST_REASON: Final = 200


def settle(
    orders: Annotated[
        list[str],
        typer.Argument(
            help="Orders by pk or number; number:27 says which, pk:27 also names one that the "
            "ledger does not know."
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why; it stays in the ledger. No personal data.")],
    route: Annotated[
        list[str] | None, typer.Option(help="Only this ERP's route; may be repeated.")
    ] = None,
    dry_run: DryRun = False,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Closes orders that were typed into the ERP by hand: never sent any more, told to Omnitron.

    Routes that have delivered stay as they are. With several ERPs, name the one that has it.

    Example: erp-adapter settle T1001 --reason "typed in, no tax number in the shop" --dry-run
    """
    if not 3 <= len(reason.strip()) <= _MOST_REASON:
        fail(f"--reason must have 3 to {_MOST_REASON} characters.", USAGE)
    with working():
        from erp_console.deployed import describe
        from erp_console.named_orders import find
        from erp_console.rows import present
        from erp_console.settling import check_routes, settle_order

        deployed = describe(Target(stack=stack, profile=profile, region=region, local=local))
        check_routes(deployed, route or ())
        chosen = find(deployed.ledger, orders, one_each=True)
        rows = [
            row
            for named in watched(chosen, "Orders", len(chosen))
            for row in settle_order(
                deployed, named, reason.strip(), routes=route or (), dry=dry_run
            )
        ]
        present(rows, as_json=json, dry_run=dry_run)
