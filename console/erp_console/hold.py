"""`erp-adapter hold` and `resume`: the ERP is closed for a while; nothing is lost meanwhile."""

import json as json_module
from typing import Annotated, Final

import typer

from erp_console.target import AsJson, AwsProfile, AwsRegion, DryRun, LocalUrl, StackName, Target
from erp_console.terminal import USAGE, fail, note
from erp_console.working import working

_MOST_REASON: Final = 200


def hold(
    route: Annotated[str, typer.Argument(help="The route, by its name in routes.toml.")],
    reason: Annotated[str, typer.Option(help="Why; it stays in the ledger. No personal data.")],
    dry_run: DryRun = False,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Holds a route: webhooks are taken as ever, no document is written, until `resume`.

    It ends once nothing is written any more, a minute or so later. Other routes go their way.

    Example: erp-adapter hold ubl --reason "stock-taking until Monday" --stack erp-adapter-prod
    """
    if not 3 <= len(reason.strip()) <= _MOST_REASON:
        fail(f"--reason must have 3 to {_MOST_REASON} characters.", USAGE)
    with working():
        from erp_console.deployed import describe
        from erp_console.holding import hold_routes, meant, seconds_to_know
        from erp_console.status_words import held_since

        deployed = describe(Target(stack=stack, profile=profile, region=region, local=local))
        routes = meant(deployed, route)
        if not dry_run:
            hold_routes(deployed, routes, reason.strip())
        held = [hold for name, hold in deployed.ledger.holds().items() if name in routes]
        if json:
            found = {"dry_run": dry_run, "held": [hold.as_dict() for hold in held]}
            typer.echo(json_module.dumps(found, ensure_ascii=False))
            return
        for each in held:
            typer.echo(f"Nothing is written: {held_since(each)}")
        if dry_run:
            note(
                f"{' and '.join(routes)} would be held, and {seconds_to_know(deployed)} s later "
                "nothing is written there any more. Nothing was changed: --dry-run."
            )


def resume(
    route: Annotated[str, typer.Argument(help="The route, by its name in routes.toml.")],
    dry_run: DryRun = False,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Ends the hold of a route, and brings back every order that waited for it.

    They go to the queue as fast as the workers may ask the shop. Killed, run it again.

    Example: erp-adapter resume ubl --dry-run --stack erp-adapter-prod
    """
    with working():
        from erp_console.deployed import describe
        from erp_console.holding import held_on, meant, resume_routes
        from erp_console.rows import Row, present

        deployed = describe(Target(stack=stack, profile=profile, region=region, local=local))
        routes = meant(deployed, route)
        if dry_run:
            rows = [
                Row(order=e.order, number=e.number, route=e.route, outcome="would be brought back")
                for e in held_on(deployed, routes)
            ]
        else:
            rows = list(resume_routes(deployed, routes))
            note(f"{' and '.join(routes)}: not held any more.")
        present(rows, as_json=json, dry_run=dry_run)
