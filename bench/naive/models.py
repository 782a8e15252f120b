"""Every field of the documented order and item, as a model generator writes them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field


class FeatureFlags(BaseModel):
    pass


class LocalizedCancelMailSubject(BaseModel):
    pass


class Conf(BaseModel):
    username: str | None = None
    feature_flags: FeatureFlags | None = None
    auth_token: str | None = None
    server: str | None = None
    localized_cancel_mail_subject: LocalizedCancelMailSubject | None = None
    sales_url: str | None = None
    password: str | None = None


class Schema(BaseModel):
    pass


class Channel(BaseModel):
    pk: int | None = None
    name: str | None = None
    channel_type: str | None = None
    catalog: int | None = None
    modified_date: datetime | None = None
    created_date: datetime | None = None
    category_tree: Any = None
    is_active: bool | None = None
    conf: Conf | None = None
    schema_: Schema | None = Field(None, alias="schema")


class ExtraField(BaseModel):
    pass


class Attributes(BaseModel):
    pass


class Customer(BaseModel):
    pk: int | None = None
    channel: int | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone_number: Any = None
    is_active: bool | None = None
    channel_code: str | None = None
    erp_code: str | None = None
    extra_field: ExtraField | None = None
    modified_date: datetime | None = None
    created_date: datetime | None = None
    date_joined: datetime | None = None
    email_allowed: bool | None = None
    sms_allowed: bool | None = None
    call_allowed: bool | None = None
    gender: Any = None
    attributes: Attributes | None = None
    user_type: Any = None
    date_of_birth: Any = None


class TrTr(BaseModel):
    name: str | None = None


class Translations(BaseModel):
    trtr_: TrTr | None = Field(None, alias="tr-tr")


class Mapping(BaseModel):
    pk: int | None = None
    content_type: int | None = None
    object_id: int | None = None
    integration_type: str | None = None
    code: str | None = None
    modified_date: datetime | None = None
    created_date: datetime | None = None


class Country(BaseModel):
    pk: int | None = None
    is_active: bool | None = None
    name: str | None = None
    code: str | None = None
    translations: Translations | None = None
    modified_date: datetime | None = None
    created_date: datetime | None = None
    mapping: list[Mapping | None] = None


class City(BaseModel):
    pk: int | None = None
    is_active: bool | None = None
    name: str | None = None
    country: int | None = None
    translations: Any = None
    priority: Any = None
    postcode: Any = None
    modified_date: datetime | None = None
    created_date: datetime | None = None
    mapping: list[Mapping | None] = None


class Township(BaseModel):
    pk: int | None = None
    is_active: bool | None = None
    name: str | None = None
    city: int | None = None
    postcode: Any = None
    modified_date: datetime | None = None
    created_date: datetime | None = None
    mapping: list[Mapping | None] = None


class District(BaseModel):
    pk: int | None = None
    is_active: bool | None = None
    name: str | None = None
    city: int | None = None
    township: int | None = None
    postcode: Any = None
    zipcode: Any = None
    modified_date: datetime | None = None
    created_date: datetime | None = None
    mapping: list[Any] = None


class ShippingAddress(BaseModel):
    pk: int | None = None
    email: str | None = None
    phone_number: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    country: Country | None = None
    city: City | None = None
    line: str | None = None
    title: str | None = None
    township: Township | None = None
    district: District | None = None
    postcode: str | None = None
    notes: Any = None
    company_name: Any = None
    tax_office: Any = None
    tax_no: Any = None
    e_bill_taxpayer: bool | None = None
    hash_data: str | None = None
    address_type: str | None = None
    retail_store: Any = None
    remote_id: Any = None
    identity_number: Any = None
    extra_field: ExtraField | None = None
    customer: Customer | None = None
    is_active: bool | None = None
    modified_date: datetime | None = None
    mapping: list[Mapping | None] = None


class BillingAddress(BaseModel):
    pk: int | None = None
    email: str | None = None
    phone_number: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    country: Country | None = None
    city: City | None = None
    line: str | None = None
    title: str | None = None
    township: Township | None = None
    district: District | None = None
    postcode: str | None = None
    notes: Any = None
    company_name: Any = None
    tax_office: Any = None
    tax_no: Any = None
    e_bill_taxpayer: bool | None = None
    hash_data: str | None = None
    address_type: str | None = None
    retail_store: Any = None
    remote_id: Any = None
    identity_number: Any = None
    extra_field: ExtraField | None = None
    customer: Customer | None = None
    is_active: bool | None = None
    modified_date: datetime | None = None
    mapping: list[Mapping | None] = None


class ExtraField2(BaseModel):
    cargo_line_id: str | None = None


class Auth(BaseModel):
    username: str | None = None
    password: str | None = None
    client_id: str | None = None


class Config(BaseModel):
    auth: Auth | None = None


class Pos(BaseModel):
    pk: int | None = None
    name: str | None = None
    slug: str | None = None
    gateway: str | None = None
    config: Config | None = None
    resource_url: str | None = None
    three_d_resource_url: Any = None
    channel: int | None = None
    gateway_display: str | None = None
    modified_date: datetime | None = None
    created_date: datetime | None = None


class Order2(BaseModel):
    pk: int | None = None
    number: str | None = None
    channel: int | None = None
    status: str | None = None
    date_placed: datetime | None = None
    customer: int | None = None
    shipping_address: int | None = None
    billing_address: int | None = None
    currency: str | None = None
    amount: Decimal | None = None
    shipping_amount: Decimal | None = None
    shipping_tax_rate: Any = None
    extra_field: ExtraField2 | None = None
    payment_option: int | None = None
    payment_option_slug: str | None = None
    bin_number: str | None = None
    installment: int | None = None
    installment_count: int | None = None
    delivery_type: Any = None
    installment_interest_amount: Decimal | None = None
    cargo_company: int | None = None
    invoice_number: str | None = None
    invoice_date: Any = None
    e_archive_url: Any = None
    refund_amount: Decimal | None = None
    discount_refund_amount: Decimal | None = None
    shipping_refund_amount: Decimal | None = None
    discount_amount: Decimal | None = None
    is_send: bool | None = None
    net_shipping_amount: Decimal | None = None
    shipping_interest_amount: Decimal | None = None
    tracking_number: Any = None
    carrier_shipping_code: Any = None
    remote_addr: Any = None
    fundstransfertransaction_set: list[Any] = None
    has_gift_box: bool | None = None
    gift_box_note: Any = None
    external_status: Any = None
    client_type: str | None = None
    language_code: Any = None
    notes: Any = None
    delivery_range: Any = None
    shipping_option_slug: Any = None
    segment: Any = None
    modified_date: datetime | None = None
    checkout_provider_id: Any = None
    created_date: datetime | None = None


class TransactionSet(BaseModel):
    pk: int | None = None
    transaction_type: str | None = None
    transaction_id: str | None = None
    auth_code: Any = None
    pos: Pos | None = None
    main_pos: Any = None
    order: Order2 | None = None
    currency: Any = None
    user_email: str | None = None
    raw_request: str | None = None
    raw_response: str | None = None
    is_succeeded: bool | None = None
    amount: Decimal | None = None
    remote_addr: Any = None
    created_date: datetime | None = None
    pos_slug: str | None = None
    modified_date: datetime | None = None


class Config2(BaseModel):
    pass


class PaymentOption(BaseModel):
    pk: int | None = None
    name: str | None = None
    slug: str | None = None
    payment_type: str | None = None
    sort_order: int | None = None
    is_active: bool | None = None
    config: Config2 | None = None
    translations: Translations | None = None
    channel: int | None = None
    modified_date: datetime | None = None
    created_date: datetime | None = None


class Bank(BaseModel):
    pk: int | None = None
    name: str | None = None
    slug: str | None = None
    logo: Any = None
    channel: int | None = None
    modified_date: datetime | None = None
    created_date: datetime | None = None


class CardType(BaseModel):
    pk: int | None = None
    name: str | None = None
    slug: str | None = None
    logo: str | None = None
    channel: int | None = None
    modified_date: datetime | None = None
    created_date: datetime | None = None


class Card(BaseModel):
    pk: int | None = None
    name: str | None = None
    bank: Bank | None = None
    card_type: CardType | None = None
    card_payment_type: str | None = None
    cash_payment: int | None = None
    installment_payment: int | None = None
    slug: str | None = None
    three_d_payment: int | None = None
    is_commerce_card: bool | None = None
    channel: int | None = None
    modified_date: datetime | None = None
    created_date: datetime | None = None


class Installment(BaseModel):
    pk: int | None = None
    card: Card | None = None
    installment_count: int | None = None
    label: str | None = None
    interest_rate: Decimal | None = None
    is_active: bool | None = None
    config: Config2 | None = None
    translations: Any = None


class CargoCompany(BaseModel):
    pk: int | None = None
    name: str | None = None
    erp_code: str | None = None
    shipping_company: str | None = None
    modified_date: datetime | None = None
    created_date: datetime | None = None


class CancellationInfo(BaseModel):
    pass


class SendResponse(BaseModel):
    pass


class OrdershippinginfoSet(BaseModel):
    pk: int | None = None
    order: int | None = None
    order_number: str | None = None
    shipping_company: str | None = None
    send_request: Any = None
    send_response: SendResponse | None = None
    is_send: bool | None = None
    cargo_label: Any = None
    modified_date: datetime | None = None
    created_date: datetime | None = None


class Order(BaseModel):
    pk: int | None = None
    number: str | None = None
    channel: Channel | None = None
    status: str | None = None
    date_placed: datetime | None = None
    customer: Customer | None = None
    shipping_address: ShippingAddress | None = None
    billing_address: BillingAddress | None = None
    currency: str | None = None
    amount: Decimal | None = None
    shipping_amount: Decimal | None = None
    shipping_tax_rate: Any = None
    extra_field: ExtraField2 | None = None
    transaction_set: list[TransactionSet | None] = None
    payment_option: PaymentOption | None = None
    payment_option_slug: str | None = None
    bin_number: str | None = None
    installment: Installment | None = None
    installment_count: int | None = None
    installment_interest_amount: Decimal | None = None
    cargo_company: CargoCompany | None = None
    invoice_number: str | None = None
    invoice_date: Any = None
    e_archive_url: Any = None
    refund_amount: Decimal | None = None
    discount_refund_amount: Decimal | None = None
    shipping_refund_amount: Decimal | None = None
    discount_amount: Decimal | None = None
    cancellation_info: CancellationInfo | None = None
    status_display: str | None = None
    tracking_number: Any = None
    is_send: bool | None = None
    cancel_status: Any = None
    net_shipping_amount: float | None = None
    remote_addr: Any = None
    language_code: Any = None
    fundstransfertransaction_set: list[Any] = None
    has_gift_box: bool | None = None
    gift_box_note: Any = None
    tracking_url: Any = None
    external_status: Any = None
    payondeliverytransaction_set: list[Any] = None
    loyaltytransaction_set: list[Any] = None
    bextransaction_set: list[Any] = None
    cancellationplan_set: list[Any] = None
    cashregistertransaction_set: list[Any] = None
    client_type: str | None = None
    shipping_interest_amount: Decimal | None = None
    delivery_type: Any = None
    notes: Any = None
    delivery_range: Any = None
    shipping_option_slug: Any = None
    segment: Any = None
    carrier_shipping_code: Any = None
    mapping: list[Mapping | None] = None
    ordertransaction_set: list[Any] = None
    ordershippinginfo_set: list[OrdershippinginfoSet | None] = None


class Attributes2(BaseModel):
    renk: str | None = None
    beden: str | None = None


class Product(BaseModel):
    pk: int | None = None
    name: str | None = None
    base_code: str | None = None
    sku: str | None = None
    product_type: str | None = None
    is_active: bool | None = None
    attributes: Attributes2 | None = None
    mapping: list[Any] = None


class Item(BaseModel):
    pk: int | None = None
    order: int | None = None
    product: Product | None = None
    status: str | None = None
    price_currency: str | None = None
    price: Decimal | None = None
    tax_rate: Decimal | None = None
    retail_price: Decimal | None = None
    discount_amount: Decimal | None = None
    installment_interest_amount: Decimal | None = None
    extra_field: ExtraField | None = None
    attributes: Attributes | None = None
    parent: Any = None
    price_list: int | None = None
    stock_list: int | None = None
    invoice_number: str | None = None
    e_archive_url: Any = None
    cancel_status: Any = None
    status_display: str | None = None
    modified_date: datetime | None = None
