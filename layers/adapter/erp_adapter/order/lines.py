"""Order items become lines: one unit each, or the quantity that a merged item's attributes hold.

Sources: Akinon API reference, "Get Order Item Detail"; technical guides, "Splitting a Merged Order
Item" (a quantity under a key that each installation names itself).
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from pydantic_core import PydanticCustomError

from erp_adapter.errors import InvalidOrder
from erp_adapter.order import leaves, wire
from erp_adapter.order.model import Line
from erp_adapter.order.parties import codes_of, only
from erp_adapter.order.shop import Shop

_ONE: Final = Decimal(1)
_ZERO: Final = Decimal(0)
_QUOTIENT: Final = Context(prec=28, rounding=ROUND_HALF_EVEN)
_PRODUCT: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)


def read_line(item: wire.Item, no: int, shop: Shop) -> Line:
    """A line. Raises InvalidOrder: BAD_QUANTITY, or what is wrong with an attribute.

    A line's price that does not divide (10.00 for 3) gives a unit price of 28 digits; quantity x
    unit price, rounded to the currency's places, is the line's price again: amounts have at most
    15 digits before the point, so the error stays below 10^-12.
    """
    product = item.product or wire.Product(mapping=[])
    quantity = _quantity(item, shop.quantity_key)
    whole = quantity if shop.price_basis == "unit" else _ONE
    units = quantity if shop.price_basis == "line" else _ONE
    codes = codes_of(product.mapping, shop.integration_type)
    return Line(
        no=no,
        ids=(item.pk,),
        parent=item.parent,
        sku=product.sku,
        base_code=product.base_code,
        code=only(codes),
        codes=codes,
        barcode=product.barcode or _attribute(item, product, "barcode"),
        name=product.name,
        color=_attribute(item, product, shop.color_key),
        size=_attribute(item, product, shop.size_key),
        status=item.status,
        cancel_status=item.cancel_status,
        currency=item.price_currency,
        quantity=quantity,
        unit_price=_divided(item.price, units),
        list_price=None if item.retail_price is None else _divided(item.retail_price, units),
        own_discount=_times(item.discount_amount or _ZERO, whole),
        interest=_times(item.installment_interest_amount or _ZERO, whole),
        tax_rate=item.tax_rate,
    )


def _quantity(item: wire.Item, key: str) -> Decimal:
    try:
        quantity = leaves.amount(item.attributes.get(key))
    except PydanticCustomError:
        quantity = _ZERO
    if quantity is None:
        return _ONE
    if quantity > 0:
        return quantity
    path = f"item[{item.pk}].attributes.{key}"
    raise InvalidOrder(
        f"{path} must be a quantity above zero. Correct the item in the shop, or check "
        "quantity_key in routes.toml.",
        code="BAD_QUANTITY", path=path, expected="a number above 0", found="something else",
    )  # fmt: skip


def _attribute(item: wire.Item, product: wire.Product, key: str) -> str | None:
    value = product.attributes.get(key)
    if isinstance(value, dict | list | bool):
        return None
    try:
        return leaves.text(value)
    except PydanticCustomError as error:
        code, must_be = error.type, error.message()
    path = f"item[{item.pk}].product.attributes.{key}"
    raise InvalidOrder(
        f"{path} must be {must_be}. Correct the product in the shop.",
        code=code, path=path, expected=must_be, found="something else",
    )  # fmt: skip


def _divided(value: Decimal, quantity: Decimal) -> Decimal:
    if quantity == _ONE:
        return value
    quotient = _QUOTIENT.divide(value, quantity)
    # 10.00 / 4 is 2.50: a quotient keeps the places of its amount.
    return _QUOTIENT.quantize(quotient, value) if _is_shorter(quotient, value) else quotient


def _is_shorter(quotient: Decimal, value: Decimal) -> bool:
    return int(quotient.as_tuple().exponent) > int(value.as_tuple().exponent)


def _times(value: Decimal, quantity: Decimal) -> Decimal:
    return _PRODUCT.multiply(value, quantity)
