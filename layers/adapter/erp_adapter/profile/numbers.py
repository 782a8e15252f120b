"""How a profile writes numbers: places, decimal sign, the side of the minus.

No thousands separators: importers read numbers, people do not. Only what a format names to be
rounded is rounded (prices, by default); any other number that does not fit its places is refused,
because a document that silently loses a kuruş is worse than none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from erp_adapter.balance.amounts import MONEY, places_of
from erp_adapter.profile.faults import Fault

Writer = Callable[[Decimal | int], str]
NumberKind = Literal["money", "price", "qty", "percent", "number"]
MAX_PLACES: Final = 10
_PLAIN_PLACES: Final = 6


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """Places from `least` to `most` (None: the currency's), and how the text looks."""

    least: int | None
    most: int | None
    decimal: str = "."
    sign: Literal["before", "after"] = "before"
    rounds: bool = False


DEFAULTS: Final[dict[NumberKind, NumberFormat]] = {
    "money": NumberFormat(None, None),
    "price": NumberFormat(2, 6, rounds=True),
    "qty": NumberFormat(0, 6),
    "percent": NumberFormat(0, 4),
    "number": NumberFormat(0, MAX_PLACES),
}
"""What holds where a profile says nothing. Unit prices may have more decimals than amounts."""


def writer(form: NumberFormat, currency: str = "") -> Writer:
    """The function that writes numbers in this format, in this currency."""
    least = places_of(currency) if form.least is None else form.least
    most = places_of(currency) if form.most is None else form.most
    unit = Decimal(1).scaleb(-most)
    shortest = Decimal(1).scaleb(-least).same_quantum
    # str() of a number with more places may come in powers of ten.
    plain = form.decimal == "." and most <= _PLAIN_PLACES

    def write(value: Decimal | int) -> str:
        if plain and shortest(value):
            text = str(value)
            if text[0] != "-":
                return text
        fitted = _fitted(Decimal(value), unit, form.rounds)
        text = str(fitted) if plain else f"{fitted:f}"
        whole, _, rest = text.lstrip("-").partition(".")
        rest = rest[:least] + rest[least:].rstrip("0")
        digits = f"{whole}{form.decimal}{rest}" if rest else whole
        if text[0] != "-" or not fitted:
            return digits
        return f"-{digits}" if form.sign == "before" else f"{digits}-"

    return write


def _fitted(value: Decimal, unit: Decimal, rounds: bool) -> Decimal:
    if value.same_quantum(unit):
        return value
    fitted = value.quantize(unit, ROUND_HALF_UP, MONEY)
    if not rounds and fitted != value:
        most = -int(unit.as_tuple().exponent)
        raise Fault(
            "INVALID_VALUE",
            f"has more than the {most} decimals that its format writes. Give the format more "
            "places in profile.toml, or round = true.",
            expected=f"at most {most} decimals",
        )
    return fitted
