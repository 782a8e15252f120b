"""Orders as the shop of a deployment has them now: read only, with the adapter's own client."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from erp_adapter.errors import AdapterError, OrderNotFound
from erp_adapter.login import LogIn
from erp_adapter.omnitron import Omnitron, open_client
from erp_adapter.pace import Pace

from erp_console.order_files import Source
from erp_console.shop_api import Access
from erp_console.terminal import Failed

_SECONDS: Final = 10.0


@dataclass(frozen=True)
class LiveShop:
    """A shop's Omnitron."""

    access: Access

    @property
    def url(self) -> str:
        """Its address."""
        return self.access.url

    def find(self, number: str) -> int:
        """The pk of the one order of this number. Raises Failed where it is none, or several."""
        with self.asked() as omnitron:
            return omnitron.find(number)

    def order(self, pk: int) -> Source:
        """The order's three answers. Raises Failed."""
        with self.asked() as omnitron:
            return _read(omnitron, pk)

    def named(self, name: str) -> Source:
        """The same by a number, or pk:PK; a plain number that the shop lacks is taken for a pk."""
        with self.asked() as omnitron:
            return _read(omnitron, pk_of_name(omnitron, name))

    @contextmanager
    def asked(self, pace: Pace | None = None) -> Iterator[Omnitron]:
        """The adapter's own client, whose calls `pace` spreads. Its errors are raised as Failed."""
        with open_client(self.url, _SECONDS) as http:
            try:
                yield Omnitron(
                    http=http, token=self._token, prefix=self.access.prefix, timeout=_SECONDS,
                    clock=time.time, pace=pace,
                )  # fmt: skip
            except AdapterError as error:
                raise Failed(error.message) from None

    def _token(self, log_in: LogIn, *, refused: str | None = None) -> str:
        return self.access.token


def _read(omnitron: Omnitron, pk: int) -> Source:
    return Source(omnitron.detail(pk), tuple(omnitron.items(pk)), tuple(omnitron.discounts(pk)))


def pk_of_name(omnitron: Omnitron, name: str) -> int:
    """The pk of an order that a person names: pk:PK, its number, or its pk where no order has that
    for its number."""
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
