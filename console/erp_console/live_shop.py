"""Orders as the shop of a deployment has them now: read only, with the deployment's own address and
token, and the operator's own permission to read them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from erp_console.aws_access import Aws
from erp_console.order_files import Source
from erp_console.terminal import Failed

if TYPE_CHECKING:
    from erp_adapter.login import TokenSource
    from erp_adapter.omnitron import Omnitron

_SECONDS: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class LiveShop:
    """A shop's Omnitron."""

    url: str
    prefix: str
    token: "TokenSource" = field(repr=False)

    @classmethod
    def of(cls, aws: Aws, stack: str, function: str) -> "LiveShop":
        """The shop that `function` of the stack reads, with the stack's way to a token."""
        from erp_adapter.login import token_source
        from erp_adapter.secrets import Secrets

        found = aws.client("lambda").get_function_configuration(FunctionName=function)
        environment = found["Environment"]["Variables"]
        secrets = Secrets(aws.client("ssm"), stack, time.time)
        how = environment.get("OMNITRON_LOGIN", "token")
        return cls(
            url=environment["OMNITRON_URL"], prefix=environment["API_PREFIX"],
            token=token_source(how, secrets, time.time),
        )  # fmt: skip

    def find(self, number: str) -> int:
        """The pk of the one order of this number. Raises Failed where it is none, or several."""
        from erp_adapter.errors import AdapterError
        from erp_adapter.omnitron import Omnitron, open_client

        with open_client(self.url, _SECONDS) as http:
            omnitron = Omnitron(
                http=http, token=self.token, prefix=self.prefix, timeout=_SECONDS, clock=time.time
            )
            try:
                return omnitron.find(number)
            except AdapterError as error:
                raise Failed(error.message) from None

    def order(self, pk: int) -> Source:
        """The order's three answers. Raises Failed."""
        with self._asked() as omnitron:
            return _read(omnitron, pk)

    def named(self, name: str) -> Source:
        """The same by a number, or pk:PK; a plain number that the shop lacks is taken for a pk."""
        with self._asked() as omnitron:
            return _read(omnitron, _pk(omnitron, name))

    @contextmanager
    def _asked(self) -> "Iterator[Omnitron]":
        from erp_adapter.errors import AdapterError
        from erp_adapter.omnitron import Omnitron, open_client

        with open_client(self.url, _SECONDS) as http:
            try:
                yield Omnitron(
                    http=http, token=self.token, prefix=self.prefix, timeout=_SECONDS,
                    clock=time.time,
                )  # fmt: skip
            except AdapterError as error:
                raise Failed(error.message) from None


def _read(omnitron: "Omnitron", pk: int) -> Source:
    return Source(omnitron.detail(pk), tuple(omnitron.items(pk)), tuple(omnitron.discounts(pk)))


def _pk(omnitron: "Omnitron", name: str) -> int:
    from erp_adapter.errors import OrderNotFound

    kind, _, rest = name.partition(":")
    if kind == "pk" and rest.isdecimal():
        return int(rest)
    number = rest if kind == "number" else name
    try:
        return omnitron.find(number)
    except OrderNotFound:
        if not name.isdecimal():
            raise
    return int(name)
