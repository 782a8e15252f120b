"""Exact money: the places of each currency, the one rounding, the one way of sharing out.

Everything here is `Decimal` in a context of 60 digits, so that products of an amount (at most 18
digits, see `checks`), a unit price and a quantity are exact; only `rounded` rounds.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Final

MONEY: Final = Context(
    prec=60, rounding=ROUND_HALF_UP, traps=[DivisionByZero, InvalidOperation, Overflow]
)
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
HUNDRED: Final = Decimal(100)

_PLACES: Final = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
         "VND", "VUV", "XAF", "XOF", "XPF"), 0
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}  # fmt: skip
"""Minor units of ISO 4217, list one, where they are not 2."""
_UNITS: Final = tuple(ONE.scaleb(-places) for places in range(5))


def places_of(currency: str) -> int:
    """How many decimals an amount of this currency has (ISO 4217): TRY 2, JPY 0, KWD 3."""
    return _PLACES.get(currency, 2)


def unit_of(currency: str) -> Decimal:
    """The smallest amount of the currency: 0.01 for TRY."""
    return _UNITS[places_of(currency)]


def rounded(value: Decimal, unit: Decimal) -> Decimal:
    """The one rounding of the adapter's money: half up, to whole units."""
    return value.quantize(unit, ROUND_HALF_UP, MONEY)


def net_of(gross: Decimal, rate: Decimal) -> Decimal:
    """What remains of an amount without its VAT, not rounded."""
    return gross * HUNDRED / (HUNDRED + rate)


def spread(amount: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """`amount` shared out by weight in whole units; the shares sum up to it exactly.

    Largest remainder (Hamilton): everyone gets the whole units of the exact share, the units left
    over go to the largest remainders, the earlier one first where these are equal. So no share
    is a unit or more away from the exact one, and while amount <= sum(weights), none exceeds its
    weight. Weights must not all be zero unless the amount is.
    """
    total = sum(weights, ZERO)
    if not amount or not total:
        return [ZERO.quantize(unit)] * len(weights)
    divisor = total * unit
    parts = [divmod(amount * weight, divisor) for weight in weights]
    left = int(amount / unit - sum((whole for whole, _ in parts), ZERO))
    by_remainder = sorted(range(len(parts)), key=lambda index: parts[index][1], reverse=True)
    lucky = set(by_remainder[:left])
    return [(whole + (index in lucky)) * unit for index, (whole, _) in enumerate(parts)]
