"""`erp-adapter init`: from a shop's address to a stack that can be deployed."""

import json as json_module
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erp_console.serve import Destination
from erp_console.target import AsJson, AwsProfile, AwsRegion, DryRun, LocalUrl, StackName, Target
from erp_console.terminal import Hindered, note
from erp_console.working import working

if TYPE_CHECKING:
    from erp_console.beginning import Plan


def init(
    shop_url: Annotated[str | None, typer.Option(help="The shop's Omnitron: https://HOST.")] = None,
    api_prefix: Annotated[str, typer.Option(help="The prefix of its API.")] = "/api/v1",
    erp: Annotated[
        str | None, typer.Option(help="The profile of the ERP: see `erp-adapter profiles`.")
    ] = None,
    destination: Annotated[Destination | None, typer.Option(help="Where documents go.")] = None,
    start_from: Annotated[
        str | None,
        typer.Option(help="Orders placed before this date (or time) are never sent."),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="ERP_ADAPTER_OMNITRON_TOKEN",
            show_envvar=True,
            help="Omnitron's token; better asked for (hidden), or in the variable.",
        ),
    ] = None,
    config_env: Annotated[str, typer.Option(help="The table of samconfig.toml.")] = "dev",
    dry_run: DryRun = False,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Asks what a deployment needs, writes samconfig.toml and routes.toml, and puts the secrets.

    Then says which orders the first reconcile would send, and what `sam deploy` will create. What
    is not given as an option is asked for on a terminal. It may be run again. Exit 0: done; 1: the
    shop or AWS refused; 2: not tried.

    Example: erp-adapter init --shop-url https://omnitron.example.com --erp ubl-order --dry-run
    """
    with working():
        from erp_console.beginning import begin, checked

        target = Target(
            stack=stack, profile=profile, region=None if local else _given("region", region),
            local=local,
        )  # fmt: skip
        plan = checked(
            target,
            config_env=config_env,
            shop_url=_given("shop-url", shop_url),
            api_prefix=api_prefix,
            erp=_given("erp", erp),
            destination=_given("destination", destination and destination.value),
            start_from=_given("start-from", start_from),
            token=_given("token", token, hidden=True),
        )
        report = begin(plan, dry=dry_run)
        if json:
            typer.echo(json_module.dumps({"dry_run": dry_run, **report}, ensure_ascii=False))
        else:
            _show(plan, report, dry_run)


_QUESTIONS = {
    "shop-url": "The shop's Omnitron (https://HOST)", "erp": "The ERP's profile",
    "destination": "Documents to s3 or sqs", "region": "AWS region",
    "start-from": "Send orders placed from this date on (2026-01-31)",
    "token": "Omnitron's token (not shown)",
}  # fmt: skip


def _given(name: str, value: str | None, *, hidden: bool = False) -> str:
    """The option's value, or a person's answer. Raises Hindered where nobody can be asked."""
    if value:
        return value
    if not sys.stdin.isatty():
        raise Hindered(f"--{name} is missing, and there is no terminal to ask: say it.")
    answer: str = typer.prompt(_QUESTIONS[name], hide_input=hidden, err=True)
    return answer.strip()


def _show(plan: "Plan", report: dict[str, Any], dry_run: bool) -> None:
    for file in report["files"]:
        typer.echo(f"written: {file}" if not dry_run else f"would be written: {file}")
    for name in report["parameters"]:
        typer.echo(f"put: {name}" if not dry_run else f"would be put: {name}")
    first = report["first_reconcile"]
    oldest = f", the oldest placed at {first['oldest']}" if first["oldest"] else ""
    typer.echo(
        f"The shop's list holds {first['waiting_in_shop']} orders. The first reconcile would send "
        f"{first['would_be_sent']}{oldest}."
    )
    made = ", ".join(f"{count} {kind}" for kind, count in report["creates"].items())
    typer.echo(f"`sam deploy` will create: {made}.")
    note(
        "Nothing was changed: --dry-run." if dry_run else
        f"Next: make build, then .venv/bin/sam deploy --config-env {plan.config_env}, then "
        f"`erp-adapter subscribe` and `erp-adapter doctor` (--stack {plan.stack})."
    )  # fmt: skip
