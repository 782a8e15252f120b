"""An order as the shop of a deployment has it now: read only, with the deployment's own address and
token, and the operator's own permission to read them."""

import time
from typing import Final

from botocore.exceptions import ClientError

from erp_console.aws_access import Aws, aws_told
from erp_console.deployed import outputs_of, stack_of
from erp_console.order_files import Source
from erp_console.target import Target
from erp_console.terminal import Failed, Hindered

_SECONDS: Final = 10.0


def order_of(target: Target, pk: int) -> Source:
    """The order's three answers. Raises Hindered (no deployment, no token), Failed (the shop)."""
    from erp_adapter.errors import AdapterError
    from erp_adapter.omnitron import Omnitron, open_client

    with aws_told():
        aws, stack = Aws.of(target), stack_of(target)
        name = outputs_of(aws, stack).get("DeliverFunctionName", "")
        function = aws.client("lambda").get_function_configuration(FunctionName=name)
        environment = function["Environment"]["Variables"]
        token = _token(aws, stack)
    with open_client(environment["OMNITRON_URL"], _SECONDS) as http:
        omnitron = Omnitron(
            http=http, token=lambda *, stale=False: token, prefix=environment["API_PREFIX"],
            timeout=_SECONDS, clock=time.time,
        )  # fmt: skip
        try:
            return Source(
                omnitron.detail(pk), tuple(omnitron.items(pk)), tuple(omnitron.discounts(pk))
            )
        except AdapterError as error:
            raise Failed(error.message) from None


def _token(aws: Aws, stack: str) -> str:
    name = f"/{stack}/omnitron-token"
    try:
        found = aws.client("ssm").get_parameter(Name=name, WithDecryption=True)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ParameterNotFound":
            raise
        raise Hindered(f"The parameter {name} is missing: put the shop's token there.") from None
    return str(found["Parameter"]["Value"]).strip()
