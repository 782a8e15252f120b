"""`erp-adapter reconcile`: lets the deployed function walk the shop's list now."""

import json as json_module
from typing import TYPE_CHECKING, Any, Final

import typer

from erp_console.target import AsJson, AwsProfile, AwsRegion, DryRun, LocalUrl, StackName, Target
from erp_console.terminal import Failed
from erp_console.working import working

if TYPE_CHECKING:
    from erp_console.deployed import Deployed

_SECONDS: Final = 150
"""Longer than the function's own time-out."""


def reconcile(
    dry_run: DryRun = False,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Walks the shop's list of waiting orders now, and brings back what the ledger lacks.

    The stack does it by itself every few minutes; nothing is sent twice by asking once more.

    Example: erp-adapter reconcile --dry-run --stack erp-adapter-prod
    """
    with working():
        from erp_console.deployed import describe

        target = Target(stack=stack, profile=profile, region=region, local=local)
        report = walk(describe(target), dry_run=dry_run)
        typer.echo(json_module.dumps(report) if json else "\n".join(sentences(report, dry_run)))


def walk(deployed: "Deployed", *, dry_run: bool) -> dict[str, Any]:
    """The function's report. Raises Failed where it ended with an error."""
    answer = deployed.aws.client("lambda", retries=False, seconds=_SECONDS).invoke(
        FunctionName=deployed.reconcile_function, Payload=json_module.dumps({"dry_run": dry_run})
    )
    report = json_module.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError") or not isinstance(report, dict):
        # Its words may quote input; the log has what may be said.
        raise Failed(f"The reconcile function failed: see the log group of {deployed.stack}.")
    if "error" in report:
        raise Failed(f"{report['error']}: {report.get('message', '')}")
    return report


def sentences(report: dict[str, Any], dry_run: bool) -> list[str]:
    """The report for a reader."""
    counts = ", ".join(f"{n} {kind}" for kind, n in sorted(report["counts"].items()))
    lines = [
        f"The shop's list holds {report['waiting_in_shop']} orders"
        + (f"; looked at: {counts}." if counts else "."),
        f"Gap (sendable, not sent, and the ledger knows no reason): {report['gap']}"
        + (f", the oldest placed at {report['oldest']}." if report.get("oldest") else "."),
    ]
    lines += [
        f"Held, so that nothing is written: route {each['route']}." for each in report["holds"]
    ]
    if dry_run:
        lines.append("Nothing was enqueued: --dry-run.")
    else:
        lines.append(f"{report['enqueued']} enqueued for the workers.")
    if report.get("undelivered_webhooks") is not None:
        lines.append(f"Webhooks that the shop could not deliver: {report['undelivered_webhooks']}.")
    if report.get("unheard"):
        lines.append(
            f"Orders, delivered or rejected, that they name and nobody has read since: "
            f"{report['unheard']}."
        )
    lines += [waiting_for_the_erp(report["unpicked"])] if report.get("unpicked") else []
    if not report["finished"]:
        lines.append("Time ran out before the list's end: the next run goes on there.")
    return lines


def waiting_for_the_erp(unpicked: dict[str, Any]) -> str:
    """What lies in the bucket, for a reader."""
    more = "" if unpicked["whole"] else " at least"
    oldest = f", the oldest for {unpicked['OldestUnpicked'] // 60} minutes"
    return (
        f"Documents that wait for the ERP:{more} {unpicked['there']}"
        + (oldest if unpicked["there"] else "")
        + f"; too long: {unpicked['Unpicked']}."
    )
