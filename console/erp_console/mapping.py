"""A profile as a route uses it: its settings, the money policies, the statuses that are sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from erp_adapter.balance import MoneyPolicy, balance
from erp_adapter.balance.cancellation import cancellation
from erp_adapter.errors import AdapterError, Misconfigured, Rejected
from erp_adapter.order import Order, Shop, read_order
from erp_adapter.profile import Document, Profile, Unknown, load_profile
from erp_adapter.routes import DEFAULT_STATUSES, Route, check_profile, load_routes

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
        return self.checked(self.read(source))

    def checked(self, order: Order) -> Order:
        """An order that was read, balanced, if the route sends it. Raises Rejected."""
        self.check_status(order)
        return self.balanced(order)

    @property
    def money(self) -> MoneyPolicy:
        """The route's policies, or the default ones."""
        return self.route.money if self.route else MoneyPolicy()

    def read(self, source: Source) -> Order:
        """The order as the shop has it, not balanced. Raises Rejected."""
        return read_order(source.order, source.items, source.discounts, self.shop)

    @property
    def cancels(self) -> str | None:
        """What its documents cancel, as `cancels` of profile.toml says it; None: nothing."""
        if self.route is None:
            return self.profile.cancels
        if self.route.on == "order":
            return None
        return "items" if self.route.items else "order"

    def balanced(self, order: Order) -> Order:
        """An order that was read, balanced under the route's policies. Raises Rejected."""
        return balanced(order, self.money, self.cancels)

    def remarks(self, order: Order) -> Iterator[str]:
        """What a person should know who looks at the document of an order that was read."""
        if self.cancels:
            from erp_adapter.delivery.cancelling import has_cancelled

            if not has_cancelled(order):
                yield "Nothing of this order is cancelled: it is shown as if all of it were."
        elif order.is_send:
            yield "is_send is true: the ERP has this order already."

    def check_status(self, order: Order) -> None:
        """Raises Rejected where the route does not send orders of this status."""
        if not self.cancels:  # else any that was delivered
            _check_status(order, self.route)

    def document(self, order: Order) -> Document:
        """The document, also checked against a schema that is left to lint. Raises Rejected."""
        document = self.profile.render(order)
        self.profile.validate(document)
        return document


def balanced(order: Order, money: MoneyPolicy, cancels: str | None) -> Order:
    """An order that was read, as a profile reads it. Where it cancels something: as the first
    document of all that is cancelled, or of the whole order where nothing is. Raises Rejected."""
    if cancels is None:
        return balance(order, money)
    # Imported here, because it knows the ledger too, and takes a while to import.
    from erp_adapter.delivery.cancelling import cancelled_pks, is_whole

    pks = cancelled_pks(order, money)
    if pks and cancels == "order" and not is_whole(order):
        raise Rejected(
            "Only items of this order are cancelled, and only a wholly cancelled one has a "
            "document here: a person cancels them in the ERP.",
            code="STATUS_NOT_SENDABLE", path="status", expected="100", found=order.status,
        )  # fmt: skip
    every = {pk for line in order.lines for pk in line.ids}
    return cancellation(order, pks or every, money)


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
    profile = load_profile(folder, settings=settings, unknown=unknown)
    if route:
        check_profile(profile.name, profile.cancels, on=route.on, items=route.items)
    return Mapping(profile, shop, route)


def _route(profile: str, shop_url: str, file: Path) -> tuple[Shop, Route | None]:
    if not file.is_file():
        return Shop(url=shop_url), None
    routes = load_routes(file, shop_url=shop_url)
    return routes.shop, next((r for r in routes.every if r.profile == profile), None)


def _check_status(order: Order, route: Route | None) -> None:
    sendable = route.statuses if route else DEFAULT_STATUSES
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
