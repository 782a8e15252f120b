"""`erp-adapter subscribe` and `unsubscribe`: the webhooks that the shop sends to a deployment."""

import json as json_module
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from erp_console.target import AsJson, AwsProfile, AwsRegion, DryRun, LocalUrl, StackName, Target
from erp_console.terminal import FAILED, Hindered, note
from erp_console.working import working

if TYPE_CHECKING:
    from erp_console.checkup.site import Site
    from erp_console.subscribing import Done


def subscribe(
    dry_run: DryRun = False,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Registers this stack's webhook at Omnitron: each event of routes.toml, signed, once.

    Takes the newest of the stack's webhook secrets, and shows none. Run it again after a change of
    routes.toml or of the secret: what is right already is left alone. Exit 0: all are registered;
    1: not all; 2: not tried.

    Example: erp-adapter subscribe --dry-run --stack erp-adapter-prod
    """
    with working(), closing(_site(stack, profile, region, local)) as site:
        from erp_console.subscribing import Wanted, subscribe_to

        if not site.signs:
            raise Hindered(
                "routes.toml [webhook] wants another proof than the hook's signature: register the "
                "hook at Omnitron by hand, or leave [webhook] scheme out."
            )
        secrets = list(site.secrets.values())
        if not secrets:
            raise Hindered(
                f"/{site.stack}/webhook-secrets/ holds no secret: put one there first "
                "(`erp-adapter rotate-secret` makes one)."
            )
        events = [rule.type for rule in site.routes.events]
        wanted = Wanted(url=site.webhook_url, events=events, secret=secrets[-1])
        _present(site, subscribe_to(site.shop, wanted, dry=dry_run), json, dry_run)


def unsubscribe(
    dry_run: DryRun = False,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Lets Omnitron stop sending to this stack. Reconcile still finds the orders, later.

    Example: erp-adapter unsubscribe --dry-run --stack erp-adapter-old
    """
    with working(), closing(_site(stack, profile, region, local)) as site:
        from erp_console.subscribing import unsubscribe_from

        _present(site, unsubscribe_from(site.shop, site.webhook_url, dry=dry_run), json, dry_run)


def _site(stack: str | None, profile: str | None, region: str | None, local: str | None) -> "Site":
    from erp_console.checkup.site import site_of

    site = site_of(Target(stack=stack, profile=profile, region=region, local=local))
    if not site.deployed:
        raise Hindered(f"{site.stack} is not deployed yet and has no address: deploy it first.")
    return site


def _present(site: "Site", done: "Iterable[Done]", as_json: bool, dry_run: bool) -> None:
    rows = list(done)
    if as_json:
        events = [asdict(row) for row in rows]
        shown = {"dry_run": dry_run, "webhook_url": site.webhook_url, "events": events}
        typer.echo(json_module.dumps(shown))
    else:
        note(f"{site.shop.access.url} → {site.webhook_url}")
        for row in rows:
            typer.echo("  ".join(filter(None, (row.event, row.outcome, row.said))))
        nothing = "" if rows else "There is nothing to do. "
        note(nothing + ("Nothing was changed: --dry-run." if dry_run else ""))
    if any(row.trouble for row in rows):
        raise typer.Exit(FAILED)
