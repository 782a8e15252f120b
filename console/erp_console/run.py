"""`erp-adapter run` (what `make run` calls): one order all the way, with what AWS would run."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from erp_console.checkout import checkout
from erp_console.fake_omnitron import FakeOmnitron
from erp_console.fake_shop import FakeShop
from erp_console.steps import Steps
from erp_console.stopping import until_stopped
from erp_console.terminal import fail, told

if TYPE_CHECKING:
    from erp_console.local_stack import LocalStack

ORDER: Final = 27
PROFILES: Final = ("ubl-order", "csv-flat")
_LAST_LINES: Final = 20


def run() -> None:
    """Takes the documented sample order all the way, on this machine.

    Deploys the built adapter on the local stack, announces the order with a signed webhook, and
    shows both documents. Exit 0: every step went well.

    Example: erp-adapter run
    """
    with until_stopped(), told():
        _run(Steps())
        return
    fail("Stopped before the end: run it again.")


def _run(steps: Steps) -> None:
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
        journey.show(steps)
        with steps.step("Everything is stopped"):
            stack.close()
    steps.say(f"{steps.seconds:6.2f} s  in all")


def _last_lines(local: "LocalStack") -> list[str]:
    lines = [line.rstrip() for line in local.logs()][-_LAST_LINES:]
    return ["The last log lines:", *lines] if lines else ["Nothing was logged."]
