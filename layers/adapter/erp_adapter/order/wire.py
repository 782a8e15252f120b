"""Omnitron's three documents, as far as they may be read: the allow-list.

What is not named here does not leave the parser. The detailed order carries the store's password
(`channel.conf`), the bank's (`transaction_set[].pos`, `raw_request`) and gateway traces, so a key
is added here only when an ERP needs it. Names are Omnitron's own.

Sources: Akinon API reference, Omnitron > Integration > Order ("Orders ID Detail Integration",
"Get Order Item Detail", "Order Discount Items"); channel_app's OrderItem and Order models.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from erp_adapter.order.leaves import (
    Amount,
    Applicant,
    Attributes,
    Blank,
    Count,
    Currency,
    Flag,
    GivenAmount,
    GivenCurrency,
    GivenFlag,
    GivenKey,
    GivenMoment,
    GivenNumber,
    GivenText,
    Key,
    Listed,
    Moment,
    Text,
)


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Mapping(_Wire):
    """A code that another system has for an entity; `integration_type` says which system."""

    pk: Key = None
    integration_type: Text = None
    code: Text = None
    created_date: Moment = None


Mappings = Annotated[list[Mapping], Listed, Field(default_factory=list)]


class Place(_Wire):
    """A country, city, township or district; only countries have a `code`."""

    name: Text = None
    code: Text = None
    mapping: Mappings


class Address(_Wire):
    """A billing or shipping address."""

    pk: Key = None
    first_name: Text = None
    last_name: Text = None
    company_name: Text = None
    title: Text = None
    line: Text = None
    district: Annotated[Place | None, Blank] = None
    township: Annotated[Place | None, Blank] = None
    city: Annotated[Place | None, Blank] = None
    country: Annotated[Place | None, Blank] = None
    postcode: Text = None
    phone_number: Text = None
    email: Text = None
    notes: Text = None
    remote_id: Text = None
    mapping: Mappings


class BillingAddress(Address):
    """Who is invoiced. `tax_no` holds a VKN or a TCKN ("tax/tck no")."""

    address_type: Text = None
    tax_no: Text = None
    identity_number: Text = None
    tax_office: Text = None
    e_bill_taxpayer: Flag = None


class ChannelConf(_Wire):
    """Of the channel's configuration only this: the rest are passwords and tokens."""

    sales_url: Text = None


class Channel(_Wire):
    """The sales channel."""

    pk: Key = None
    name: Text = None
    channel_type: Text = None
    conf: Annotated[ChannelConf | None, Blank] = None


class Customer(_Wire):
    """The shop's customer."""

    pk: Key = None
    erp_code: Text = None
    channel_code: Text = None
    first_name: Text = None
    last_name: Text = None
    email: Text = None
    phone_number: Text = None


class CargoCompany(_Wire):
    """The carrier."""

    name: Text = None
    erp_code: Text = None
    shipping_company: Text = None
    tax_no: Text = None


class Option(_Wire):
    """The payment option; its `slug` differs from the order's own, which is the one to map on."""

    name: Text = None
    payment_type: Text = None


class Named(_Wire):
    """Anything of which only the name is read: a bank, a promotion."""

    name: Text = None


class Card(_Wire):
    """The kind of card of an instalment plan, not somebody's card."""

    name: Text = None
    bank: Annotated[Named | None, Blank] = None


class Installment(_Wire):
    """The instalment plan."""

    card: Annotated[Card | None, Blank] = None
    installment_count: Count = None


class Transaction(_Wire):
    """A payment, a refund or an attempt; `pos`, `raw_*` and `order` below it are never read."""

    pk: Key = None
    transaction_type: Text = None
    transaction_id: Text = None
    is_succeeded: Flag = None
    amount: GivenAmount
    currency: Currency = None
    created_date: Moment = None
    pos_slug: Text = None


Transactions = Annotated[list[Transaction], Listed, Field(default_factory=list)]


class Detail(_Wire):
    """The detailed integration document of an order. It holds no items."""

    pk: GivenKey
    number: GivenNumber
    status: GivenText
    cancel_status: Text = None
    is_send: GivenFlag
    date_placed: GivenMoment
    currency: GivenCurrency
    amount: GivenAmount
    discount_amount: Amount = None
    shipping_amount: Amount = None
    shipping_tax_rate: Amount = None
    shipping_interest_amount: Amount = None
    installment_interest_amount: Amount = None
    installment_count: Count = None
    installment: Annotated[Installment | None, Blank] = None
    channel: Channel
    customer: Customer
    billing_address: BillingAddress
    shipping_address: Address
    cargo_company: Annotated[CargoCompany | None, Blank] = None
    payment_option: Annotated[Option | None, Blank] = None
    payment_option_slug: Text = None
    client_type: Text = None
    language_code: Text = None
    segment: Text = None
    external_status: Text = None
    notes: Text = None
    has_gift_box: Flag = None
    gift_box_note: Text = None
    delivery_type: Text = None
    delivery_range: Text = None
    shipping_option_slug: Text = None
    tracking_number: Text = None
    carrier_shipping_code: Text = None
    invoice_number: Text = None
    invoice_date: Moment = None
    mapping: Mappings
    transaction_set: Transactions
    fundstransfertransaction_set: Transactions
    payondeliverytransaction_set: Transactions
    loyaltytransaction_set: Transactions
    bextransaction_set: Transactions
    cashregistertransaction_set: Transactions
    ordertransaction_set: Transactions


class Product(_Wire):
    """An item's product; `attributes` is read at the keys that [shop] names, and at `barcode`."""

    sku: Text = None
    base_code: Text = None
    barcode: Text = None
    name: Text = None
    attributes: Attributes = {}
    mapping: Mappings


class Row(_Wire):
    """What the items and the discounts have in common."""

    pk: GivenKey
    order: GivenKey


class Item(Row):
    """An order item: one unit, or several where `attributes` holds a quantity."""

    product: Annotated[Product | None, Blank] = None
    status: Text = None
    cancel_status: Text = None
    price_currency: GivenCurrency
    price: GivenAmount
    tax_rate: GivenAmount
    retail_price: Amount = None
    discount_amount: Amount = None
    installment_interest_amount: Amount = None
    attributes: Attributes = {}
    parent: Key = None


class DiscountItem(Row):
    """A discount of the order: a campaign, a coupon."""

    name: Text = None
    code: Text = None
    offer_type: Text = None
    amount: GivenAmount
    promotion: Annotated[Named | None, Blank] = None
    benefitapplicant_set: Annotated[list[Applicant], Listed, Field(default_factory=list)]
