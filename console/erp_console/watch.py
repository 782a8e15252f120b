"""`erp-adapter watch`: webhooks, documents and rejections of a deployment, as they happen."""

import json as json_module
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from erp_console.stopping import until_stopped
from erp_console.target import AwsProfile, AwsRegion, LocalUrl, StackName, Target
from erp_console.terminal import Failed, note, told

if TYPE_CHECKING:
    from erp_console.log_lines import Line, LogLines

_BEFORE: Final = timedelta(minutes=10)
_PAUSE: Final = 2.0
"""Seconds between two looks: four calls, where an account has ten a second in most regions."""
_LOCAL_PAUSE: Final = 0.5


def watch(
    since: Annotated[
        str | None,
        typer.Option(help="Begin then, such as 2026-11-23T18:00; else ten minutes ago."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line for each happening.")
    ] = False,
    stack: StackName = None,
    profile: AwsProfile = None,
    region: AwsRegion = None,
    local: LocalUrl = None,
) -> None:
    """Shows a deployment's webhooks, documents and rejections as they happen, until Ctrl-C.

    On a terminal counters and the last happenings; else a line for each. It reads the functions'
    logs, which name orders and nobody. Exit 0: ended by Ctrl-C; 1, 2: it could not begin.

    Example: erp-adapter watch --stack erp-adapter-prod
    """
    with until_stopped(), told():
        from erp_console.aws_access import aws_told
        from erp_console.deployed import describe
        from erp_console.log_lines import LogLines
        from erp_console.named_orders import instant

        begin = datetime.now(UTC) - _BEFORE
        if since:
            begin = datetime.fromtimestamp(instant(since, "--since"), UTC)
        with aws_told():
            deployed = describe(Target(stack=stack, profile=profile, region=region, local=local))
            lines = LogLines(deployed.aws, deployed.stack, begin)
        take, trouble, shown = _screen(deployed.stack, begin, as_json=json)
        with shown:
            _follow(lines, take, trouble, _LOCAL_PAUSE if local else _PAUSE)


def _follow(
    lines: "LogLines", take: Callable[["Line"], None], trouble: Callable[[str], None], pause: float
) -> None:
    """For ever: what does not answer for a while is asked again."""
    from erp_console.aws_access import aws_told

    while True:
        try:
            with aws_told():
                for line in lines.new():
                    take(line)
            trouble("")
        except Failed as failed:
            trouble(str(failed))
        time.sleep(pause)


def _screen(
    stack: str, begin: datetime, *, as_json: bool
) -> tuple[Callable[["Line"], None], Callable[[str], None], AbstractContextManager[object]]:
    """Where lines go, where trouble goes, and what is open meanwhile."""
    from rich.console import Console
    from rich.live import Live

    from erp_console.happenings import happenings
    from erp_console.watch_view import View, cells

    console = Console()
    if console.is_terminal and not as_json:
        view = View(stack, begin)

        def show(sentence: str) -> None:
            view.trouble = sentence

        return view.take, show, Live(console=console, get_renderable=lambda: view)

    def write(line: "Line") -> None:
        for each in happenings(line):
            if as_json:
                typer.echo(json_module.dumps(each.as_dict(), ensure_ascii=False))
            else:
                typer.echo("  ".join(filter(None, cells(each))))

    return write, lambda sentence: note(sentence) if sentence else None, nullcontext()
