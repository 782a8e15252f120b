"""Which deployment a command is about: the options, as every AWS tool takes them."""

import re
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from erp_console.terminal import Hindered

LOCAL_STACK: Final = "erp-adapter-local"
_LOCAL_URL = re.compile(r"http://(127\.0\.0\.1|localhost):\d{1,5}/?\Z")

StackName = Annotated[
    str | None,
    typer.Option(
        "--stack", envvar="ERP_ADAPTER_STACK",
        help="The stack's name; else samconfig.toml's for dev.",
    ),
]  # fmt: skip
AwsProfile = Annotated[
    str | None, typer.Option("--profile", help="A profile of your AWS configuration.")
]
AwsRegion = Annotated[str | None, typer.Option("--region", help="The stack's AWS region.")]
LocalUrl = Annotated[
    str | None,
    typer.Option("--local", help="The aws_endpoint_url of a running `erp-adapter serve` instead."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A deployment, as the command line names it. `local`: the endpoint of a local stack."""

    stack: str | None = None
    profile: str | None = None
    region: str | None = None
    local: str | None = None

    def __post_init__(self) -> None:
        if self.local is None:
            return
        if not _LOCAL_URL.match(self.local):
            raise Hindered("--local must be http://127.0.0.1:PORT, as `erp-adapter serve` says it.")
        if self.profile or self.region:
            raise Hindered("--local knows no AWS profile and no region: leave them out.")
