"""The orders that a deployment has dealt with last, as its shop has them now: read only."""

from collections.abc import Iterator
from heapq import nlargest

from erp_console.aws_access import aws_told
from erp_console.deployed import describe
from erp_console.named_orders import every_order
from erp_console.order_files import Source
from erp_console.target import Target
from erp_console.terminal import Failed, Hindered


def last_orders(target: Target, count: int) -> Iterator[tuple[str, Source | Failed]]:
    """The newest first: each by its pk, with what the shop answers or why it does not.

    Raises Hindered: no deployment, no token, a ledger without orders.
    """
    with aws_told():
        deployed = describe(target)
        moments = (
            (max(entry.updated_at for entry in named.entries), named.order)
            for named in every_order(deployed.ledger)
            if named.order.isdecimal()
        )
        newest = [pk for _, pk in nlargest(count, moments)]
        if not newest:
            raise Hindered("The ledger of this deployment knows no order yet: use --orders.")
        shop = deployed.shop
    for pk in newest:
        try:
            yield pk, shop.order(int(pk))
        except Failed as failure:
            yield pk, failure
