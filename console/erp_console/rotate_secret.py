"""`erp-adapter rotate-secret`: another webhook secret, without a deployment or a lost webhook."""

import json as json_module
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erp_console.target import AsJson, AwsProfile, AwsRegion, DryRun, LocalUrl, StackName, Target
from erp_console.terminal import USAGE, fail, note
from erp_console.working import working

if TYPE_CHECKING:
    from erp_console.deployed import Deployed
    from erp_console.rotating import Live


def rotate_secret(
    remove: Annotated[
        str | None, typer.Option(help="The old secret's name: it is no longer used, take it away.")
    ] = None,
    given: Annotated[
        bool,
        typer.Option(
            "--given", help="Ask for the secret (or read it from a pipe): the sender has made it."
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Remove it though it may be in use.")
    ] = False,
    dry_run: DryRun = False,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Puts a new webhook secret beside the old one; with two, says when each was last used.

    First without options: the new secret is the one line on stdout. Set it at the sender from the
    moment on that is named. When the old one is no longer used: --remove NAME.

    Example: erp-adapter rotate-secret --stack erp-adapter-prod
    """
    if remove and given:
        fail("--remove and --given are two steps: first the new secret, then the old one.", USAGE)
    with working():
        from erp_console.deployed import describe
        from erp_console.rotating import live_secrets

        deployed = describe(Target(stack=stack, profile=profile, region=region, local=local))
        now = datetime.now(UTC)
        live = live_secrets(deployed, now)
        if remove:
            done = _remove(deployed, live, remove, now, force=force, dry=dry_run)
        elif len(live) > 1 and not given:
            done = {}
        else:
            done = _make(deployed, live, _asked() if given else None, now, dry=dry_run)
        _present(live, done, as_json=json, dry=dry_run)


def _make(
    deployed: "Deployed", live: "list[Live]", given: str | None, now: datetime, *, dry: bool
) -> dict[str, Any]:
    from erp_console import rotating

    if len(live) > 1:
        fail("Two secrets are live: remove the old one before you add a third.", USAGE)
    value = rotating.fresh_value() if given is None else given
    rotating.check_value(value)
    if dry:
        return {"made": None}
    name = rotating.make(deployed, value, now)
    shown = {} if given else {"secret": value}
    return {"made": name, "use_from": _said(rotating.usable_from(now)), **shown}


def _remove(
    deployed: "Deployed", live: "list[Live]", name: str, now: datetime, *, force: bool, dry: bool
) -> dict[str, Any]:
    from erp_console import rotating

    if not force or len(live) < 2:
        rotating.check_removal(live, name, now)
    if dry:
        return {"removed": None}
    rotating.remove(deployed, name)
    return {"removed": name}


def _asked() -> str:
    """The secret from the keyboard, unseen, or from a pipe: never from the command line, which
    shells and process lists keep."""
    if sys.stdin.isatty():
        return str(typer.prompt("The secret", hide_input=True)).strip()
    return sys.stdin.readline().strip()


def _present(live: "list[Live]", done: dict[str, Any], *, as_json: bool, dry: bool) -> None:
    shown = [
        {"name": each.name, "since": _said(each.since), "last_used": _said(each.last_used)}
        for each in live
    ]
    if as_json:
        typer.echo(json_module.dumps({"dry_run": dry, "secrets": shown, **done}))
        return
    for each in shown:
        used = each["last_used"] or "not in the last seven days"
        note(f"{each['name']}: live since {each['since']}, last used {used}")
    if "secret" in done:
        typer.echo(done["secret"])
    note(_next(shown, done, dry))


def _next(shown: list[dict[str, Any]], done: dict[str, Any], dry: bool) -> str:
    """What has been done, and what the person does now."""
    from erp_console.rotating import forgotten_after

    if dry and done:
        return "It could be done. Nothing was changed: --dry-run."
    if "made" in done:
        return (
            f"{done['made']} is live beside what was. Set it at the sender from {done['use_from']} "
            "on; then run the same command to see which one is used."
        )
    if "removed" in done:
        return (
            f"{done['removed']} is removed; every function forgets it in {forgotten_after()} min."
        )
    return (
        f"Nothing was changed: {len(shown)} secrets are live. When the old one is no longer used: "
        f"rotate-secret --remove {shown[0]['name']}"
    )


def _said(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if moment else None
