"""Orders as the shop of a deployment has them now: read only, with the deployment's own address and
token, and the operator's own permission to read them."""

import time
from dataclasses import dataclass, field
from typing import Final

from botocore.exceptions import ClientError

from erp_console.aws_access import Aws
from erp_console.order_files import Source
from erp_console.terminal import Failed, Hindered

_SECONDS: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class LiveShop:
    """A shop's Omnitron."""

    url: str
    prefix: str
    token: str = field(repr=False)

    @classmethod
    def of(cls, aws: Aws, stack: str, function: str) -> "LiveShop":
        """The shop that `function` of the stack reads. Raises Hindered (no token)."""
        found = aws.client("lambda").get_function_configuration(FunctionName=function)
        environment = found["Environment"]["Variables"]
        return cls(
            url=environment["OMNITRON_URL"], prefix=environment["API_PREFIX"],
            token=_token(aws, stack),
        )  # fmt: skip

    def order(self, pk: int) -> Source:
        """The order's three answers. Raises Failed."""
        from erp_adapter.errors import AdapterError
        from erp_adapter.omnitron import Omnitron, open_client

        with open_client(self.url, _SECONDS) as http:
            omnitron = Omnitron(
                http=http, token=lambda *, stale=False: self.token, prefix=self.prefix,
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
