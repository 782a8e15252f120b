"""What an order costs beside its lines, and at which VAT rate."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from erp_adapter.balance.amounts import ONE, ZERO, spread, unit_of
from erp_adapter.balance.checks import amount_of, rate_of
from erp_adapter.balance.lines import Draft
from erp_adapter.balance.policy import MoneyPolicy
from erp_adapter.order.model import Charge, Order

VAT_RISE: Final = datetime(2023, 7, 9, 21, tzinfo=UTC)
"""10 July 2023, 00:00 in Istanbul (UTC+3 all year): 18 % became 20 %, Presidential Decree 7346 in
the Official Gazette 32241 of 7 July 2023. An instant, so that no time zone data is needed."""
INTEREST: Final = ("interest", "shipping_interest")


def draft_charges(order: Order, policy: MoneyPolicy) -> list[Charge]:
    """The charges that the order's amount includes; those of zero are none."""
    charges = [
        replace(charge, gross=amount_of(charge.gross, order, charge.source))
        for charge in order.charges
        if policy.interest == "inside" or charge.kind not in INTEREST
    ]
    return [charge for charge in charges if charge.gross]


def rate_charges(
    order: Order, policy: MoneyPolicy, charges: Sequence[Charge], drafts: Sequence[Draft]
) -> list[Charge]:
    """Every charge with its rate; as-goods gives one charge for each rate of the goods."""
    rated: list[Charge] = []
    for charge in charges:
        if charge.rate is None and policy.shipping_tax_rate == "as-goods":
            rated += _as_goods(charge, drafts, unit_of(order.currency))
        else:
            rate = _stated_rate(order, policy) if charge.rate is None else charge.rate
            path = f"{charge.source}: its VAT rate"
            rated.append(replace(charge, rate=rate_of(rate, policy, path)))
    return rated


def _stated_rate(order: Order, policy: MoneyPolicy) -> Decimal:
    if isinstance(policy.shipping_tax_rate, Decimal):
        return policy.shipping_tax_rate
    return Decimal(18) if order.placed_at < VAT_RISE else Decimal(20)


def _as_goods(charge: Charge, drafts: Sequence[Draft], unit: Decimal) -> list[Charge]:
    rates = sorted({draft.rate for draft in drafts})
    by_gross = dict.fromkeys(rates, ZERO)
    by_items = dict.fromkeys(rates, ZERO)
    for draft in drafts:
        by_gross[draft.rate] += draft.gross
        by_items[draft.rate] += draft.items
    # All goods free: their prices before the discount decide; no prices: the highest rate.
    weights = next(
        (list(by.values()) for by in (by_gross, by_items) if any(by.values())),
        [*[ZERO] * (len(rates) - 1), ONE],
    )
    shares = zip(rates, spread(charge.gross, weights, unit), strict=True)
    return [replace(charge, rate=rate, gross=share) for rate, share in shares if share]
