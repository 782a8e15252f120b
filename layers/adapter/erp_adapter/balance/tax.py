"""Net and VAT out of VAT-inclusive amounts.

Per rate (default): the group's net is rounded once and shared out, so that the tax of the document
is the tax of its totals. Per line: each row is rounded by itself, as some ERPs compute again.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from erp_adapter.balance.amounts import ONE, ZERO, net_of, rounded, spread
from erp_adapter.balance.lines import Draft

_PRICE_PLACES: Final = 6

Taxed = tuple[Decimal, Decimal]
"""Rate and gross of a row."""


def split(rows: Sequence[Taxed], unit: Decimal, vat_rounding: str) -> list[Decimal]:
    """The net of every row; with its tax it is the row's gross again.

    Under "rate" no row is more than a unit away from its own rounding, and none above its gross.
    """
    if vat_rounding == "line":
        return [rounded(net_of(gross, rate), unit) for rate, gross in rows]
    nets = [ZERO] * len(rows)
    for rate in {rate for rate, _ in rows}:
        members = [index for index, row in enumerate(rows) if row[0] == rate]
        grosses = [rows[index][1] for index in members]
        group_net = rounded(net_of(sum(grosses, ZERO), rate), unit)
        for index, net in zip(members, spread(group_net, grosses, unit), strict=True):
            nets[index] = net
    return nets


def price_net(draft: Draft, net: Decimal, unit: Decimal) -> tuple[Decimal, Decimal]:
    """Unit price and discount without VAT: round(quantity x price) - discount = net, exactly.

    UBL orders compute a line so (Peppol rule R024, within 0.02). A line without a discount has
    none here either: its price is the net divided, not the gross price without VAT.
    """
    # From 10 000 pieces on, half of the sixth place times the quantity is more than half a kuruş.
    places = max(_PRICE_PLACES, draft.quantity.adjusted() + 1 - int(unit.as_tuple().exponent))
    step = ONE.scaleb(-places)
    if draft.shares:
        price = rounded(net_of(draft.unit_price, draft.rate), step)
        discount = rounded(draft.quantity * price, unit) - net
        if discount >= 0:
            return price, discount
    return rounded(net / draft.quantity, step), ZERO.quantize(unit)
