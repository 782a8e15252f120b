"""`erp-adapter support-bundle`: what somebody who helps needs to know, in one file."""

import json as json_module
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from erp_console.target import AsJson, AwsProfile, AwsRegion, LocalUrl, StackName, Target
from erp_console.terminal import Hindered
from erp_console.working import working


def support_bundle(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file; else STACK-TIME.zip here.")
    ] = None,
    hours: Annotated[int, typer.Option(min=1, max=168, help="How far outcomes go back.")] = 24,
    json: AsJson = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Puts a deployment's configuration, doctor's findings and a day of outcomes into one zip.

    It holds order numbers, codes, times and settings; no secret, no customer, no operator's name or
    words, no document. Look into it before you send it on. Exit 0: written; 1, 2: not.

    Example: erp-adapter support-bundle --stack erp-adapter-prod
    """
    with working():
        from erp_console.bundling import write_bundle
        from erp_console.checkup.site import site_of

        target = Target(stack=stack, profile=profile, region=region, local=local)
        now = datetime.now(UTC)
        with closing(site_of(target)) as site:
            if not site.deployed:
                raise Hindered(
                    f"{site.stack} is not deployed: there is nothing to bundle; "
                    "name another with --stack."
                )
            file = output or Path(f"{site.stack}-{now:%Y%m%d-%H%M%S}.zip")
            try:
                names = write_bundle(file, site, hours, now)
            except OSError as error:
                raise Hindered(
                    f"{file} can't be written ({error.strerror}): name another file with -o."
                ) from None
        if json:
            typer.echo(json_module.dumps({"file": str(file), "holds": names}))
        else:
            typer.echo(str(file))
