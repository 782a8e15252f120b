"""`erp-adapter run` (what `make run` calls): one order all the way, with what AWS would run."""

import json as json_module
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.console import Console

from erp_console.checkout import checkout
from erp_console.fake_omnitron import FakeOmnitron
from erp_console.fake_shop import FakeShop
from erp_console.steps import Steps
from erp_console.stopping import until_stopped
from erp_console.target import AsJson
from erp_console.terminal import fail, told

if TYPE_CHECKING:
    from erp_console.local_stack import LocalStack

ORDER: Final = 27
PROFILES: Final = ("ubl-order", "csv-flat")
_LAST_LINES: Final = 20


def run(json: AsJson = False) -> None:
    """Takes the documented sample order all the way, on this machine.

    Deploys the built adapter on the local stack, announces the order with a signed webhook, and
    shows both documents; with --json the steps go to stderr. Exit 0: every step went well.

    Example: erp-adapter run
    """
    with until_stopped(), told():
        steps = Steps(Console(stderr=True, highlight=False, soft_wrap=True) if json else None)
        found = _run(steps, show=not json)
        if json:
            typer.echo(json_module.dumps(found, ensure_ascii=False))
        return
    fail("Stopped before the end: run it again.")


def _run(steps: Steps, *, show: bool) -> dict[str, Any]:
    """What was done and what came out of it, for programs."""
    from erp_console.journey import Journey, JourneyFailed
    from erp_console.local_stack import LocalStack, Plan

    shop = FakeShop.from_folder(checkout() / "events" / "orders", as_new=True)
    local = LocalStack(checkout())
    routes = local.routes(PROFILES, "s3")
    steps.say(
        f"Order {ORDER} is Akinon's documented sample. It says that an ERP has it already: the "
        "fake Omnitron serves it as not sent and without its ERP code."
    )
    with ExitStack() as stack:
        omnitron = stack.enter_context(FakeOmnitron(shop))
        with steps.step("The local stack is up") as said:
            stack.enter_context(local)
            said.append(f"({local.ministack.url})")
        with steps.step("The built template is deployed") as said:
            plan = Plan(omnitron_url=omnitron.url, omnitron_token=omnitron.token, routes=routes)
            deployment = local.deploy(plan)
            said.append(f"(stack {deployment.stack})")
        journey = Journey(local, deployment, omnitron, ORDER)
        try:
            journey.travel(steps, [route["name"] for route in routes["route"]])
        except JourneyFailed as error:
            raise JourneyFailed("\n".join([str(error), *_last_lines(local)])) from None
        if show:
            journey.show(steps)
        with steps.step("Everything is stopped"):
            stack.close()
    steps.say(f"{steps.seconds:6.2f} s  in all")
    return {
        "order": ORDER,
        "steps": [asdict(step) for step in steps.done],
        "seconds": round(steps.seconds, 2),
        "documents": journey.told(),
    }


def _last_lines(local: "LocalStack") -> list[str]:
    lines = [line.rstrip() for line in local.logs()][-_LAST_LINES:]
    return ["The last log lines:", *lines] if lines else ["Nothing was logged."]
