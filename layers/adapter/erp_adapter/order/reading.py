"""Omnitron's three documents become the canonical Order, here and nowhere else.

No I/O. Rows are taken by pk, codes by date, whatever the order of the API's arrays: the same order
gives an equal Order.
"""

import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from urllib.parse import urlsplit

from erp_adapter.errors import InvalidOrder
from erp_adapter.order import wire
from erp_adapter.order.documents import read_detail, read_discounts, read_items
from erp_adapter.order.lines import read_line
from erp_adapter.order.model import (
    Carrier,
    Channel,
    Charge,
    ChargeKind,
    Discount,
    Gift,
    Line,
    Order,
    PaymentOption,
)
from erp_adapter.order.parties import codes_of, only, read_address, read_customer, read_party
from erp_adapter.order.payments import installments_of, read_payments
from erp_adapter.order.shop import Shop


def read_order(
    detail: bytes, items: Sequence[bytes], discounts: Sequence[bytes], shop: Shop
) -> Order:
    """The order of a detailed document, the pages of its items and those of its discounts.

    Raises InvalidOrder (a field breaks a rule), Misconfigured (rows of another order: the shop
    ignores the filter), OmnitronUnavailable (the pages do not fit together).
    """
    order = read_detail(detail)
    lines = enumerate(read_items(items, order.pk), start=1)
    return _order(
        order,
        tuple(read_line(item, no, shop) for no, item in lines),
        tuple(_discount(row) for row in read_discounts(discounts, order.pk)),
        shop,
    )


def _order(
    detail: wire.Detail, lines: tuple[Line, ...], discounts: tuple[Discount, ...], shop: Shop
) -> Order:
    codes = codes_of(detail.mapping, shop.integration_type)
    return Order(
        pk=detail.pk, number=detail.number, uuid=uuid_of(shop, detail.pk),
        code=only(codes), codes=codes, placed_at=detail.date_placed,
        status=detail.status, cancel_status=detail.cancel_status, is_send=detail.is_send,
        currency=detail.currency, amount=detail.amount, discount_amount=detail.discount_amount,
        channel=_channel(detail.channel),
        sales_url=detail.channel.conf.sales_url if detail.channel.conf else None,
        client_type=detail.client_type, language=detail.language_code, segment=detail.segment,
        external_status=detail.external_status, notes=detail.notes,
        delivery_type=detail.delivery_type, delivery_range=detail.delivery_range,
        shipping_option=detail.shipping_option_slug, tracking_number=detail.tracking_number,
        carrier_shipping_code=detail.carrier_shipping_code,
        invoice_number=detail.invoice_number, invoice_date=detail.invoice_date,
        customer=read_customer(detail.customer), buyer=read_party(detail.billing_address),
        bill_to=read_address(detail.billing_address, shop.integration_type),
        ship_to=read_address(detail.shipping_address, shop.integration_type),
        carrier=_carrier(detail.cargo_company), payment_option=_option(detail),
        installments=installments_of(detail),
        gift=Gift(wanted=bool(detail.has_gift_box), note=detail.gift_box_note),
        payments=read_payments(detail), discounts=discounts, lines=lines,
        charges=tuple(_charges(detail)),
    )  # fmt: skip


def uuid_of(shop: Shop, pk: int) -> str:
    """UUIDv5 of shop and pk: the same order has the same one, everywhere and always."""
    url = urlsplit(shop.url.strip())
    base = f"{url.scheme.lower()}://{url.netloc.lower()}{url.path.rstrip('/')}"
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{base}/orders/{pk}"))


def _channel(channel: wire.Channel) -> Channel:
    return Channel(pk=channel.pk, name=channel.name, type=channel.channel_type)


def _carrier(company: wire.CargoCompany | None) -> Carrier:
    if company is None:
        return Carrier()
    return Carrier(
        name=company.name,
        code=company.erp_code,
        slug=company.shipping_company,
        tax_no=company.tax_no,
    )


def _option(detail: wire.Detail) -> PaymentOption:
    option = detail.payment_option or wire.Option()
    return PaymentOption(
        slug=detail.payment_option_slug, name=option.name, type=option.payment_type
    )


def _discount(row: wire.DiscountItem) -> Discount:
    return Discount(
        name=row.name,
        code=row.code,
        kind=row.offer_type,
        promotion=row.promotion.name if row.promotion else None,
        amount=row.amount,
        line_ids=tuple(sorted(set(row.benefitapplicant_set))),
    )


def _charges(detail: wire.Detail) -> Iterator[Charge]:
    """Shipping and interest, where they cost something; the shop states a rate for shipping only.

    https://apidocs.akinon.com, "Orders ID Detail Integration".
    """
    rate = detail.shipping_tax_rate
    figures: tuple[tuple[ChargeKind, str, str, Decimal | None], ...] = (
        ("shipping", "Shipping", "shipping_amount", rate),
        ("shipping_interest", "Interest on shipping", "shipping_interest_amount", rate),
        ("interest", "Instalment interest", "installment_interest_amount", None),
    )
    for kind, name, source, stated in figures:
        gross: Decimal | None = getattr(detail, source)
        if gross and gross < 0:
            raise InvalidOrder(
                f"{source} must not be negative. Correct the order in the shop.",
                code="NEGATIVE_AMOUNT", path=source, expected="0 or more", found=str(gross),
            )  # fmt: skip
        if gross:
            yield Charge(kind=kind, name=name, gross=gross, rate=stated, source=source)
