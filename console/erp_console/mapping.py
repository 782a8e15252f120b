"""A profile as a route uses it: its settings, the money policies, the statuses that are sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from erp_adapter.balance import MoneyPolicy, balance
from erp_adapter.balance.cancellation import cancellation
from erp_adapter.errors import AdapterError, Misconfigured, Rejected
from erp_adapter.order import Order, Shop, is_cancelled, read_order
from erp_adapter.profile import Document, Profile, Unknown, load_profile
from erp_adapter.routes import DEFAULT_STATUSES, Route, load_routes

from erp_console import checkout
from erp_console.order_files import Source
from erp_console.terminal import Failed, Hindered


@dataclass(frozen=True)
class Mapping:
    """From an order's files to its document."""

    profile: Profile
    shop: Shop
    route: Route | None

    def order(self, source: Source) -> Order:
        """The balanced order. Raises Rejected."""
        order = self.read(source)
        self.check_status(order)
        return self.balanced(order)

    @property
    def money(self) -> MoneyPolicy:
        """The route's policies, or the default ones."""
        return self.route.money if self.route else MoneyPolicy()

    def read(self, source: Source) -> Order:
        """The order as the shop has it, not balanced. Raises Rejected."""
        return read_order(source.order, source.items, source.discounts, self.shop)

    def balanced(self, order: Order) -> Order:
        """An order that was read, balanced under the route's policies: for a route of cancellations
        what is cancelled of it, or all. Raises Rejected."""
        if self.route is None or self.route.on == "order":
            return balance(order, self.money)
        gone = {pk for line in order.lines if is_cancelled(line) for pk in line.ids}
        every = {pk for line in order.lines for pk in line.ids}
        whole = _status_code(order.status) == 100
        return cancellation(order, every if whole or not gone else gone, self.money)

    def check_status(self, order: Order) -> None:
        """Raises Rejected where the route does not send orders of this status."""
        _check_status(order, self.route)

    def document(self, order: Order) -> Document:
        """The document, also checked against a schema that is left to lint. Raises Rejected."""
        document = self.profile.render(order)
        self.profile.validate(document)
        return document


@contextmanager
def problems_told() -> Iterator[None]:
    """Turns the adapter's errors but rejections into those that end a command."""
    try:
        yield
    except Rejected:
        raise
    except Misconfigured as error:
        raise Hindered(str(error)) from None
    except AdapterError as error:
        raise Failed(error.message) from None


def mapping_of(name: str, shop_url: str) -> Mapping:
    """A profile with the first route of routes.toml that uses it. Raises Misconfigured, Hindered.

    A profile that no route uses has its own settings and the default policies.
    """
    folder = checkout.profile_folder(name)
    return mapping_at(folder, shop_url, folder.parent / "routes.toml")


def mapping_at(
    folder: Path, shop_url: str, routes: Path, unknown: Unknown | None = None
) -> Mapping:
    """The same of a folder and a file of routes; `unknown` as `load_profile` takes it."""
    shop, route = _route(folder.name, shop_url, routes)
    settings = route.settings if route else {}
    return Mapping(load_profile(folder, settings=settings, unknown=unknown), shop, route)


def _route(profile: str, shop_url: str, file: Path) -> tuple[Shop, Route | None]:
    if not file.is_file():
        return Shop(url=shop_url), None
    routes = load_routes(file, shop_url=shop_url)
    return routes.shop, next((r for r in routes.every if r.profile == profile), None)


def _check_status(order: Order, route: Route | None) -> None:
    sendable = route.statuses if route else DEFAULT_STATUSES
    if route and route.on == "cancelled":
        return  # any that was delivered
    if _status_code(order.status) in sendable:
        return
    allowed = ", ".join(str(status) for status in sendable)
    raise Rejected(
        f"status is {order.status}, and this route sends orders of status {allowed}: "
        "wait until the shop approves it, or name the status in routes.toml.",
        code="STATUS_NOT_SENDABLE",
        path="status",
        expected=allowed,
        found=order.status,
    )


def _status_code(status: str) -> int | None:
    if status.isdecimal():
        return int(status)
    # Its module knows the ledger too, and takes a while to import: only for statuses in words.
    from erp_adapter.delivery.decision import status_code

    return status_code(status)
