"""What every single figure of the source must be before anything is summed up.

Each check returns the figure in one notation (the currency's places, the policy's rate), so that
the rest of the package computes with clean numbers and the same order gives the same bytes.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from erp_adapter.balance.amounts import places_of, rounded, unit_of
from erp_adapter.balance.policy import MoneyPolicy
from erp_adapter.balance.tax_number import is_tckn, is_vkn
from erp_adapter.errors import InvalidOrder
from erp_adapter.order.model import Line, Order

_DIGITS: Final = 15
"""Amounts have at most 15 digits before the point: products stay exact, see `amounts`."""
_LIMIT: Final = Decimal(10) ** _DIGITS
_QUANTITY_STEP: Final = Decimal("0.000001")
_MOST: Final = Decimal(10) ** 9


def check_header(order: Order, policy: MoneyPolicy) -> None:
    """Every item once, one currency in the document (Peppol rule R003), an invoiceable buyer."""
    _check_ids(order.lines)
    figures = [(f"item[{line.ids[0]}].price_currency", line.currency) for line in order.lines]
    figures += [(f"payment[{i}].currency", p.currency) for i, p in enumerate(order.payments)]
    for path, currency in figures:
        if currency not in (None, order.currency):
            raise InvalidOrder(
                f"{path} is {currency}, the order's currency is {order.currency}: a document has "
                "one currency. Correct the order in the shop.",
                code="CURRENCY_MIXED", path=path, expected=order.currency, found=currency,
            )  # fmt: skip
    if policy.tax_number == "check" and order.buyer.kind == "company":
        _check_tax_number(order)


def _check_ids(lines: Sequence[Line]) -> None:
    ids = [pk for line in lines for pk in line.ids]
    if len(set(ids)) < len(ids) or not all(line.ids for line in lines):
        raise InvalidOrder(
            "item.pk stands more than once, or not at all, in the items: they would be counted "
            "twice. Fetch the order again; if it stays, the shop's list of items is broken.",
            path="item.pk", expected=f"{len(lines)} different", found=f"{len(set(ids))} different",
        )  # fmt: skip


def _check_tax_number(order: Order) -> None:
    # Another country's numbers follow other rules; only Turkish companies are checked.
    if order.bill_to.country.code not in (None, "TR"):
        return
    number = order.buyer.tax_no or ""
    if not is_vkn(number) and not is_tckn(number):
        raise InvalidOrder(
            "billing_address.tax_no of a company must be a VKN (10 digits) or a TCKN (11 digits) "
            "with right check digits. Correct it in the shop, or set money.tax_number = "
            '"ignore" on this route.',
            code="BAD_TAX_NUMBER", path="billing_address.tax_no",
            expected="10 or 11 digits, check digits right",
            found=f"{len(number)} characters" if number else "nothing",
        )  # fmt: skip


def amount_of(value: Decimal, order: Order, path: str) -> Decimal:
    """An amount: finite, not negative, no more places than the currency has."""
    unit = unit_of(order.currency)
    if value.same_quantum(unit) and 0 <= value < _LIMIT:
        return value.copy_abs()
    _check_size(value, path)
    exact = rounded(value, unit)
    if exact != value:
        places = places_of(order.currency)
        raise InvalidOrder(
            f"{path} has more decimals than {order.currency} ({places}). "
            "Correct the amount in the shop.",
            path=path, expected=f"at most {places} decimals", found=str(value)[:40],
        )  # fmt: skip
    return exact.copy_abs()


def unit_price_of(line: Line, order: Order) -> Decimal:
    """The price of one. More places than the currency's only where a line's price was divided.

    10.00 for three is 3.333... each: times three it comes back to an amount, within the error
    of its own last place. Anything else is LINE_MISMATCH.
    """
    price, unit = line.unit_price, unit_of(order.currency)
    if price.same_quantum(unit) and 0 <= price < _LIMIT:
        return price.copy_abs()
    path = f"item[{line.ids[0]}].price"
    _check_size(price, path)
    exact = rounded(price, unit)
    if exact == price:
        return exact.copy_abs()
    product = price * line.quantity
    half_a_place = Decimal((0, (5,), int(price.as_tuple().exponent) - 1))
    if abs(product - rounded(product, unit)) <= half_a_place * line.quantity:
        return price
    raise InvalidOrder(
        f"{path}: quantity x unit price gives {product.normalize():f}"[:120]
        + f", not an amount of {order.currency}. Correct the price or the quantity in the shop.",
        code="LINE_MISMATCH", path=path,
        expected=str(rounded(product, unit)), found=f"{product.normalize():f}"[:40],
    )  # fmt: skip


def check_quantity(line: Line) -> None:
    """More than zero and at most 10^9 (Peppol order rule R004), at most 6 decimals."""
    quantity = line.quantity
    if quantity.is_finite() and 0 < quantity <= _MOST and not quantity % _QUANTITY_STEP:
        return
    path = f"item[{line.ids[0]}].quantity"
    raise InvalidOrder(
        f"{path} must be more than 0, at most 10^9, with at most 6 decimals. Check the shop's "
        "quantity_key in routes.toml, or correct the item in the shop.",
        code="BAD_QUANTITY", path=path, expected="0 < quantity <= 10^9", found=str(quantity)[:40],
    )  # fmt: skip


def rate_of(rate: Decimal, policy: MoneyPolicy, path: str) -> Decimal:
    """The VAT rate as the policy writes it: 20 for 20.00."""
    rates: Sequence[Decimal] = policy.tax_rates
    if rate.is_finite() and rate in rates:
        return rates[rates.index(rate)]
    known = ", ".join(str(known) for known in rates)
    raise InvalidOrder(
        f"{path} is {str(rate)[:40]} percent, and this route knows {known}. Correct the rate in "
        "the shop, or add it to money.tax_rates.",
        code="UNKNOWN_TAX_RATE", path=path, expected=known, found=str(rate)[:40],
    )  # fmt: skip


def _check_size(value: Decimal, path: str) -> None:
    if not value.is_finite() or value.adjusted() >= _DIGITS:
        raise InvalidOrder(
            f"{path} is not an amount: a number with at most {_DIGITS} digits before the point is "
            "needed. Correct it in the shop.",
            path=path, expected=f"at most {_DIGITS} digits", found=str(value)[:40],
        )  # fmt: skip
    if value < 0:
        raise InvalidOrder(
            f"{path} is negative: {str(value)[:40]}. An order's amounts are zero or more; "
            "correct it in the shop.",
            code="NEGATIVE_AMOUNT", path=path, expected="0 or more", found=str(value)[:40],
        )  # fmt: skip
