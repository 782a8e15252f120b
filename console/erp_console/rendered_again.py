"""A document made anew of the order as it is now: SQS keeps none, so the bytes must prove that they
are the very same."""

from dataclasses import replace

from erp_adapter.balance import balance
from erp_adapter.errors import Rejected
from erp_adapter.ledger import Entry
from erp_adapter.order import read_order
from erp_adapter.profile import Document, load_profile
from erp_adapter.routes import load_routes

from erp_console.checkout import profile_folder, profiles_root
from erp_console.deployed import Deployed


def rendered_again(deployed: Deployed, entry: Entry) -> Document | None:
    """The document of the ledger's entry by this checkout's profile; None where its bytes are not
    those that were sent. Raises Misconfigured, Hindered, Failed."""
    shop = deployed.shop
    routes = load_routes(profiles_root() / "routes.toml", shop_url=shop.url)
    route = next((each for each in routes.routes if each.name == entry.route), None)
    if route is None:
        return None
    source = shop.order(int(entry.order))
    profile = load_profile(profile_folder(route.profile), settings=route.settings)
    try:
        order = read_order(source.order, source.items, source.discounts, routes.shop)
        # A resend has a number of its own, and the bytes those of the revision that it repeats.
        for revision in range(entry.revision, 0, -1):
            document = profile.render(balance(replace(order, revision=revision), route.money))
            if document.sha256 == entry.sha256:
                return document
    except Rejected:
        pass
    return None
