"""The `erp-adapter` command. Each command group has a module of its own."""

import sys
from io import TextIOWrapper

import typer

from erp_console.backfill import backfill
from erp_console.diff import diff
from erp_console.doctor import doctor
from erp_console.erase import erase
from erp_console.example import example
from erp_console.export import export
from erp_console.golden_examples import compare_examples
from erp_console.hold import hold, resume
from erp_console.init import init
from erp_console.lint import lint
from erp_console.new_profile import new_profile
from erp_console.preview import preview
from erp_console.profile_table import profiles
from erp_console.reconcile import reconcile
from erp_console.redrive import redrive
from erp_console.resend import resend
from erp_console.rotate_secret import rotate_secret
from erp_console.run import run
from erp_console.send import send
from erp_console.serve import fake_omnitron, serve
from erp_console.settle import settle
from erp_console.status import status
from erp_console.subscribe import subscribe, unsubscribe
from erp_console.support_bundle import support_bundle
from erp_console.watch import watch
from erp_console.workbench.command import workbench

# Locals in a traceback would be orders and secrets.
app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Delivers the orders of an Akinon shop to the merchant's ERP: look, try, run.",
)
for _command in (
    preview,
    serve,
    send,
    run,
    init,
    doctor,
    subscribe,
    unsubscribe,
    support_bundle,
    status,
    watch,
    reconcile,
    redrive,
    resend,
    settle,
    hold,
    resume,
    backfill,
    erase,
    rotate_secret,
):
    app.command()(_command)
app.command("fake-omnitron")(fake_omnitron)
app.command()(lint)
app.command()(profiles)
app.command()(export)
app.command()(new_profile)
app.command()(example)
app.command()(workbench)
app.command()(diff)
app.command("test-profile")(compare_examples)


def main() -> None:
    """The console's entry point."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A console that can't show an İ shows its code instead of ending the command.
            stream.reconfigure(errors="backslashreplace")
    app()
