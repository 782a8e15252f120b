"""`erp-adapter doctor`: is everything of a deployment as it must be?"""

import json as json_module
from collections import Counter
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import typer

from erp_console.target import AsJson, AwsProfile, AwsRegion, LocalUrl, StackName, Target
from erp_console.terminal import FAILED, note
from erp_console.working import working

if TYPE_CHECKING:
    from erp_console.checkup.finding import Finding

_COLOURS: Final = {"ok": "green", "warning": "yellow", "fault": "bold red"}


def doctor(
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Looks at every part of a deployment, or of the one that samconfig.toml plans.

    One line each: ok, warning, or fault, with the remedy. Nothing is changed; one signed event
    that nobody wants is sent to the webhook. Exit 0: no fault; 1: at least one; 2: not tried.

    Example: erp-adapter doctor --stack erp-adapter-prod
    """
    with working():
        from erp_console.checkup.examination import examine
        from erp_console.checkup.site import site_of

        target = Target(stack=stack, profile=profile, region=region, local=local)
        found = []
        with closing(site_of(target)) as site:
            for finding in examine(site):
                found.append(finding)
                if not json:
                    _show(finding)
        counts = Counter(finding.level for finding in found)
        if json:
            findings = [asdict(finding) for finding in found]
            typer.echo(json_module.dumps({"counts": counts, "findings": findings}))
        else:
            note(f"{counts['ok']} ok, {counts['warning']} warnings, {counts['fault']} faults.")
        if counts["fault"]:
            raise typer.Exit(FAILED)


def _show(finding: "Finding") -> None:
    from rich.console import Console
    from rich.text import Text

    line = Text.assemble(
        (f"{finding.level:<8}", _COLOURS[finding.level]), f"{finding.check:<18} {finding.said}"
    )
    if finding.remedy:
        line.append(f" → {finding.remedy}")
    Console(highlight=False, soft_wrap=True).print(line)
