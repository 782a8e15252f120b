"""A route's money policies: what the shop's figures mean, said once, never guessed per order.

docs/money.md explains every value with a worked example.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final, Literal, get_args, get_origin

from erp_adapter.errors import Misconfigured

MAX_TOLERANCE: Final = Decimal("0.05")
DEFAULT_TAX_RATES: Final = tuple(Decimal(rate) for rate in (0, 1, 8, 10, 18, 20))
"""Turkey's VAT rates before and since 10 July 2023 (Presidential Decree 7346)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyPolicy:
    """`[route.money]` of routes.toml. The defaults are the documented reading of Akinon."""

    payments: Literal["auto", "settled", "announced", "by-channel", "none"] = "auto"
    discounts: Literal["discount_items", "items", "both"] = "discount_items"
    check_discount_total: Literal["non-zero", "always", "never"] = "non-zero"
    interest: Literal["inside", "outside"] = "inside"
    loyalty: Literal["payment", "discount"] = "payment"
    gift_card: Literal["payment", "discount"] = "payment"
    cancelled: Literal["amount-is-reduced", "amount-is-original"] = "amount-is-reduced"
    bundles: Literal["both", "parents", "children"] = "both"
    merge_lines: bool = True
    vat_rounding: Literal["rate", "line"] = "rate"
    shipping_tax_rate: Literal["dated", "as-goods"] | Decimal = "dated"
    tax_rates: tuple[Decimal, ...] = DEFAULT_TAX_RATES
    tolerance: Decimal = Decimal(0)
    tolerance_goes_to: Literal["rounding", "largest_line"] = "rounding"
    tax_number: Literal["check", "ignore"] = "check"


def _words(hint: Any) -> tuple[str, ...]:
    literals = [part for part in (hint, *get_args(hint)) if get_origin(part) is Literal]
    return tuple(word for literal in literals for word in get_args(literal))


_CHOICES: Final = {field.name: _words(field.type) for field in fields(MoneyPolicy)}
"""The words that each policy may be, read off its own type."""


def money_policy(table: Mapping[str, object], where: str) -> MoneyPolicy:
    """The policies of one route; `where` names the table in messages.

    Raises Misconfigured naming the key, the allowed values and what was probably meant.
    """
    keys = [field.name for field in fields(MoneyPolicy)]
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in keys:
            raise Misconfigured(
                f"{where} has the unknown key {key}; it may hold {', '.join(keys)}."
                f"{_did_you_mean(key, keys)}"
            )
        values[key] = _READERS.get(key, _choice)(key, value, where)
    policy = MoneyPolicy(**values)
    fixed = policy.shipping_tax_rate
    if isinstance(fixed, Decimal) and fixed not in policy.tax_rates:
        raise Misconfigured(
            f"{where} shipping_tax_rate {fixed} is not one of its tax_rates: add it."
        )
    return policy


def _choice(key: str, value: object, where: str) -> str:
    allowed = _CHOICES[key]
    if value in allowed:
        return str(value)
    raise Misconfigured(
        f"{where} {key} must be one of: {', '.join(allowed)}; "
        f"it is {value!r}.{_did_you_mean(str(value), allowed)}"
    )


def _yes_or_no(key: str, value: object, where: str) -> bool:
    if isinstance(value, bool):
        return value
    raise Misconfigured(f"{where} {key} must be true or false, without quotes; it is {value!r}.")


def _number(key: str, value: object, where: str, *, most: Decimal) -> Decimal:
    # TOML's own numbers are floats; their shortest text is what the operator wrote.
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = Decimal(str(value))
        if number.is_finite() and 0 <= number <= most:
            whole = number.to_integral_value()
            return whole if whole == number else number
    raise Misconfigured(
        f"{where} {key} must be a number from 0 to {most}, without quotes; it is {value!r}."
    )


def _tolerance(key: str, value: object, where: str) -> Decimal:
    return _number(key, value, where, most=MAX_TOLERANCE)


def _shipping_tax_rate(key: str, value: object, where: str) -> str | Decimal:
    if isinstance(value, int | float | Decimal):
        return _number(key, value, where, most=Decimal(100))
    if isinstance(value, str) and value.strip().rstrip("%").isdecimal():
        raise Misconfigured(f"{where} {key} is a number here: write it without quotes.")
    return _choice(key, value, where)


def _tax_rates(key: str, value: object, where: str) -> tuple[Decimal, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise Misconfigured(f"{where} {key} must be a list of numbers such as [1, 10, 20].")
    return tuple(sorted({_number(key, rate, where, most=Decimal(100)) for rate in value}))


def _did_you_mean(word: str, known: list[str] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f' Did you mean "{near[0]}"?' if near else ""


_READERS: Final[dict[str, Callable[[str, object, str], Any]]] = {
    "merge_lines": _yes_or_no,
    "tolerance": _tolerance,
    "shipping_tax_rate": _shipping_tax_rate,
    "tax_rates": _tax_rates,
}
