"""A deployed stack as the console sees it: found by its outputs, read and changed with the
operator's own permissions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from erp_adapter.ledger import Ledger
from erp_adapter.routes import Route, Routes, load_routes
from erp_adapter.settings import Settings, read_settings

from erp_console.aws_access import Aws
from erp_console.checkout import checkout
from erp_console.samconfig import stack_of_dev
from erp_console.target import LOCAL_STACK, Target
from erp_console.terminal import Hindered

if TYPE_CHECKING:
    from erp_console.live_shop import LiveShop

_DEFAULT_STACK: Final = "erp-adapter-dev"
_NO_SHOP: Final = "https://shop.example.com"  # routes.toml is read for its routes only


class NoStack(Hindered):
    """There is no stack of this name."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A stack: where its parts are, and clients for them."""

    aws: Aws
    stack: str
    ledger_table: str
    bucket: str
    input_queue_url: str
    dlq_url: str
    output_queue_url: str
    deliver_function: str
    reconcile_function: str

    @cached_property
    def ledger(self) -> Ledger:
        """Its ledger."""
        return Ledger(self.aws.client("dynamodb"), self.ledger_table)

    @cached_property
    def settings(self) -> Settings:
        """What its functions work with. Raises Misconfigured."""
        from erp_console.shop_access import environment_of

        return read_settings(environment_of(self.aws, self.deliver_function))

    @cached_property
    def shop(self) -> "LiveShop":
        """Its shop, to be read. Raises Hindered where address or token is missing, NotReached."""
        # An HTTP client takes a while to import: most commands ask no shop.
        from erp_console.live_shop import LiveShop
        from erp_console.shop_access import access_of, environment_of

        environment = environment_of(self.aws, self.deliver_function)
        return LiveShop(access_of(self.aws, self.stack, environment))

    @property
    def sqs(self) -> Any:
        """A client for its queues."""
        return self.aws.client("sqs")

    @cached_property
    def caller(self) -> str:
        """Who is at work, for the ledger."""
        return self.aws.caller()

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes of orders."""
        return self.routes_toml.routes

    @cached_property
    def routes_toml(self) -> Routes:
        """That of this checkout, which may be newer than what was deployed from it."""
        file = checkout() / "layers" / "profiles" / "routes.toml"
        return load_routes(file, shop_url=_NO_SHOP)


def describe(target: Target) -> Deployed:
    """Finds the stack by its name. Raises Hindered where it is not there, or not this adapter."""
    aws, stack = Aws.of(target), stack_of(target)
    outputs = outputs_of(aws, stack)
    try:
        return Deployed(
            aws=aws, stack=stack,
            ledger_table=outputs["LedgerTableName"], bucket=outputs["BucketName"],
            input_queue_url=outputs["InputQueueUrl"], dlq_url=outputs["DeadLetterQueueUrl"],
            output_queue_url=outputs["OutputQueueUrl"],
            deliver_function=outputs["DeliverFunctionName"],
            reconcile_function=outputs["ReconcileFunctionName"],
        )  # fmt: skip
    except KeyError as missing:
        raise Hindered(
            f"The stack {stack} has no output {missing}: it is not this adapter's, or an older one "
            "that must be deployed anew."
        ) from None


def stack_of(target: Target) -> str:
    """The stack's name: as the command line says it, else the usual one."""
    return target.stack or (LOCAL_STACK if target.local else (stack_of_dev() or _DEFAULT_STACK))


def outputs_of(aws: Aws, stack: str) -> Mapping[str, str]:
    """What the stack says of itself. Raises NoStack where there is none."""
    described = _described(aws, stack)
    return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}


def parameters_of(aws: Aws, stack: str) -> Mapping[str, str]:
    """The values of the template's parameters that it was deployed with. Raises NoStack."""
    described = _described(aws, stack)
    given = described.get("Parameters", [])
    return {each["ParameterKey"]: each["ParameterValue"] for each in given}


def _described(aws: Aws, stack: str) -> Mapping[str, Any]:
    try:
        found = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ValidationError":
            raise
        found = []
    if not found:
        raise NoStack(f"There is no stack {stack} in this account and region: see --stack.")
    described: Mapping[str, Any] = found[0]
    return described
