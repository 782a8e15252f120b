"""The canonical order: what every profile reads, and nothing else.

Typed, frozen and allow-listed. `read_order` makes it from Omnitron's three documents, `balance`
fills in what needs the route's money policies. All money is `Decimal`, VAT included unless a name
says `net` or `tax`; all texts are NFC and stripped; null, "" and a missing key are all `None`.

Each field carries its source path in the detailed integration document (`source`) and, where there
is one, the UBL 2.1 element it corresponds to (`ubl`); `describe` reads them back.
Paths starting with `item.` and `discount.` are those of the items and the discount items lists.
"""

from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

_REQUIRED: Final = object()

PaymentKind = Literal[
    "card", "transfer", "door", "loyalty", "gift_card", "bex", "cash_register", "other"
]
PaymentState = Literal["captured", "authorized", "due", "failed", "refunded"]
ChargeKind = Literal["shipping", "shipping_interest", "interest", "door_fee", "gift_box", "other"]


def _of(source: str, ubl: str | None = None, *, default: Any = _REQUIRED) -> Any:
    metadata = {"source": source, "ubl": ubl}
    if default is _REQUIRED:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


def describe(owner: type[Any], name: str) -> tuple[str, str | None]:
    """The source path and the UBL element of the field `name` of one of this module's classes.

    Raises KeyError for a field that the class does not have.
    """
    for candidate in fields(owner):
        if candidate.name == name:
            return candidate.metadata["source"], candidate.metadata["ubl"]
    raise KeyError(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A city, township or district; `code` is the ERP's, from `mapping`."""

    name: str | None = _of("name", default=None)
    code: str | None = _of("mapping[].code, when exactly one", default=None)
    codes: tuple[str, ...] = _of("mapping[].code, by created_date and pk", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country; `code` is ISO 3166-1 alpha-2 in upper case, `erp_code` the ERP's own."""

    name: str | None = _of("name", default=None)
    code: str | None = _of("code", "cac:Country/cbc:IdentificationCode", default=None)
    erp_code: str | None = _of("mapping[].code, when exactly one", default=None)
    erp_codes: tuple[str, ...] = _of("mapping[].code, by created_date and pk", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A billing or shipping address. `code` is set when the ERP has exactly one code for it."""

    pk: int | None = _of("pk", default=None)
    name: str | None = _of("first_name + last_name", "cac:PartyName/cbc:Name", default=None)
    first_name: str | None = _of("first_name", "cac:Person/cbc:FirstName", default=None)
    last_name: str | None = _of("last_name", "cac:Person/cbc:FamilyName", default=None)
    company_name: str | None = _of("company_name", default=None)
    title: str | None = _of("title", default=None)
    line: str | None = _of("line", "cbc:StreetName", default=None)
    district: Place = _of("district", "cbc:District", default=Place())
    township: Place = _of("township", "cbc:CitySubdivisionName", default=Place())
    city: Place = _of("city", "cbc:CityName", default=Place())
    postcode: str | None = _of("postcode", "cbc:PostalZone", default=None)
    country: Country = _of("country", "cac:Country", default=Country())
    phone: str | None = _of("phone_number", "cac:Contact/cbc:Telephone", default=None)
    email: str | None = _of("email", "cac:Contact/cbc:ElectronicMail", default=None)
    notes: str | None = _of("notes", default=None)
    remote_id: str | None = _of("remote_id", default=None)
    code: str | None = _of("mapping[].code, when exactly one", default=None)
    codes: tuple[str, ...] = _of("mapping[].code, by created_date and pk", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who is invoiced. A sole proprietor is a company with a TCKN and a person's name."""

    kind: Literal["person", "company"] = _of("billing_address.address_type, .company_name, .tax_no")
    name: str | None = _of("billing_address.company_name, or first and last name", default=None)
    first_name: str | None = _of("billing_address.first_name", default=None)
    last_name: str | None = _of("billing_address.last_name", default=None)
    company_name: str | None = _of("billing_address.company_name", default=None)
    tax_no: str | None = _of(
        "billing_address.tax_no, else .identity_number",
        "cac:PartyIdentification/cbc:ID",
        default=None,
    )
    tax_scheme: Literal["VKN", "TCKN"] | None = _of(
        "length of tax_no: 10 VKN, 11 TCKN",
        "cac:PartyIdentification/cbc:ID/@schemeID",
        default=None,
    )
    tax_office: str | None = _of(
        "billing_address.tax_office", "cac:PartyTaxScheme/cac:TaxScheme/cbc:Name", default=None
    )
    einvoice: bool | None = _of("billing_address.e_bill_taxpayer", default=None)
    email: str | None = _of("billing_address.email", default=None)
    phone: str | None = _of("billing_address.phone_number", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """The shop's customer; `code` is the ERP's code of the account."""

    pk: int | None = _of("customer.pk", default=None)
    code: str | None = _of("customer.erp_code", "cbc:SupplierAssignedAccountID", default=None)
    channel_code: str | None = _of("customer.channel_code", default=None)
    first_name: str | None = _of("customer.first_name", default=None)
    last_name: str | None = _of("customer.last_name", default=None)
    email: str | None = _of("customer.email", default=None)
    phone: str | None = _of("customer.phone_number", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """The sales channel; its configuration holds passwords and is never read."""

    pk: int | None = _of("channel.pk", default=None)
    name: str | None = _of("channel.name", default=None)
    type: str | None = _of("channel.channel_type", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """The cargo company; `code` is the ERP's."""

    name: str | None = _of("cargo_company.name", default=None)
    code: str | None = _of("cargo_company.erp_code", "cac:CarrierParty", default=None)
    slug: str | None = _of("cargo_company.shipping_company", default=None)
    tax_no: str | None = _of("cargo_company.tax_no", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOption:
    """How the customer chose to pay. Map on `slug`, the order's flat one."""

    slug: str | None = _of("payment_option_slug", default=None)
    name: str | None = _of("payment_option.name", default=None)
    type: str | None = _of("payment_option.payment_type", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment, without any gateway data."""

    kind: PaymentKind = _of("the name of the transaction set")
    state: PaymentState = _of("transaction_type and is_succeeded")
    amount: Decimal = _of("amount", "cac:PrepaidPayment/cbc:PaidAmount")
    currency: str | None = _of("currency, else the order's", default=None)
    paid_at: datetime | None = _of("created_date", default=None)
    reference: str | None = _of(
        "transaction_id, else pk", "cac:PaymentMeans/cbc:PaymentID", default=None
    )
    bank: str | None = _of("installment.card.bank.name, for cards", default=None)
    card: str | None = _of("installment.card.name, for cards", default=None)
    pos_slug: str | None = _of("pos_slug", default=None)
    installments: int | None = _of("installment_count, for cards", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """The gift box."""

    wanted: bool = _of("has_gift_box", default=False)
    note: str | None = _of("gift_box_note", "cbc:Note", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A discount of the order, or (on a line) that line's share of it."""

    name: str | None = _of(
        "discount.name", "cac:AllowanceCharge/cbc:AllowanceChargeReason", default=None
    )
    code: str | None = _of("discount.code (the coupon)", default=None)
    kind: str | None = _of("discount.offer_type", default=None)
    promotion: str | None = _of("discount.promotion.name", default=None)
    amount: Decimal = _of("discount.amount")
    line_ids: tuple[int, ...] = _of("discount.benefitapplicant_set[].order_item", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One order line: `quantity` x `unit_price` - `discount` = `gross` = `net` + `tax`."""

    no: int = _of("position by item.pk, from 1", "cac:LineItem/cbc:ID")
    ids: tuple[int, ...] = _of("item.pk, several where equal unit rows were merged")
    parent: int | None = _of("item.parent", default=None)
    sku: str | None = _of("item.product.sku", "cac:SellersItemIdentification/cbc:ID", default=None)
    base_code: str | None = _of("item.product.base_code", default=None)
    code: str | None = _of("item.product.mapping[].code, when exactly one", default=None)
    codes: tuple[str, ...] = _of("item.product.mapping[].code", default=())
    barcode: str | None = _of(
        "item.product.barcode, else .attributes.barcode",
        "cac:StandardItemIdentification/cbc:ID",
        default=None,
    )
    name: str | None = _of("item.product.name", "cac:Item/cbc:Name", default=None)
    color: str | None = _of("item.product.attributes[color_key]", default=None)
    size: str | None = _of("item.product.attributes[size_key]", default=None)
    status: str | None = _of("item.status", default=None)
    cancel_status: str | None = _of("item.cancel_status", default=None)
    currency: str | None = _of("item.price_currency", default=None)
    quantity: Decimal = _of("item.attributes[quantity_key], else 1", "cbc:Quantity")
    unit: str = _of("C62: one piece (UN/ECE Rec 20)", "cbc:Quantity/@unitCode", default="C62")
    unit_price: Decimal = _of("item.price, VAT included, before discounts")
    list_price: Decimal | None = _of("item.retail_price", default=None)
    own_discount: Decimal = _of("item.discount_amount", default=Decimal(0))
    interest: Decimal = _of("item.installment_interest_amount", default=Decimal(0))
    tax_rate: Decimal = _of("item.tax_rate, percent", "cac:ClassifiedTaxCategory/cbc:Percent")
    discounts: tuple[Discount, ...] = _of("computed by balance", default=())
    discount: Decimal | None = _of("computed: sum of the discounts", default=None)
    gross: Decimal | None = _of("computed: quantity x unit_price - discount", default=None)
    net: Decimal | None = _of("computed", "cbc:LineExtensionAmount", default=None)
    tax: Decimal | None = _of("computed", "cbc:TotalTaxAmount", default=None)
    unit_net: Decimal | None = _of(
        "computed: unit price without VAT, before discounts, 6 places",
        "cac:Price/cbc:PriceAmount",
        default=None,
    )
    discount_net: Decimal | None = _of(
        "computed: quantity x unit_net, rounded, - net",
        "cac:AllowanceCharge/cbc:Amount",
        default=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Shipping, interest or a fee: what the order costs beside its lines. `gross` is > 0."""

    kind: ChargeKind = _of("the name of the source field")
    name: str | None = _of("the kind in words", default=None)
    code: str | None = _of("settings of the route", default=None)
    gross: Decimal = _of("shipping_amount, shipping_interest_amount, installment_interest_amount")
    rate: Decimal | None = _of("shipping_tax_rate, else the route's policy", default=None)
    net: Decimal | None = _of("computed", "cac:AllowanceCharge/cbc:Amount", default=None)
    tax: Decimal | None = _of("computed", default=None)
    source: str = _of("the path of the source field")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line or a charge in document order, for ERPs that take charges as lines."""

    no: int = _of("position, from 1")
    kind: Literal["item"] | ChargeKind = _of("item, or the charge's kind")
    sku: str | None = _of("line sku, or charge code", default=None)
    code: str | None = _of("line code, or charge code", default=None)
    barcode: str | None = _of("line barcode", default=None)
    name: str | None = _of("line or charge name", default=None)
    quantity: Decimal = _of("line quantity, 1 for a charge")
    unit: str = _of("line unit, C62 for a charge", default="C62")
    unit_price: Decimal = _of("line unit_price, charge gross")
    unit_net: Decimal | None = _of("line unit_net, charge net", default=None)
    discount: Decimal = _of("line discount, 0 for a charge", default=Decimal(0))
    gross: Decimal | None = _of("line or charge gross", default=None)
    net: Decimal | None = _of("line or charge net", default=None)
    tax: Decimal | None = _of("line or charge tax", default=None)
    tax_rate: Decimal | None = _of("line tax_rate, charge rate", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTotal:
    """What one VAT rate sums up to, lines and charges together."""

    rate: Decimal = _of("computed, percent", "cac:TaxCategory/cbc:Percent")
    gross: Decimal = _of("computed")
    net: Decimal = _of("computed", "cac:TaxSubtotal/cbc:TaxableAmount")
    tax: Decimal = _of("computed", "cac:TaxSubtotal/cbc:TaxAmount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums of a balanced order: lines_net + charges_net = net; net + tax = payable."""

    items: Decimal = _of("computed: sum of quantity x unit_price")
    discount: Decimal = _of("computed: sum of the lines' discounts, VAT included")
    lines_gross: Decimal = _of("computed: sum of the lines' gross")
    lines_net: Decimal = _of("computed: sum of the lines' net", "cbc:LineExtensionAmount")
    discount_net: Decimal = _of("computed: sum of the lines' discount_net")
    charges: Decimal = _of("computed: sum of the charges' gross")
    charges_net: Decimal = _of("computed: sum of the charges' net", "cbc:ChargeTotalAmount")
    shipping: Decimal = _of("computed: gross of shipping and its interest")
    interest: Decimal = _of("computed: gross of instalment interest")
    net: Decimal = _of("computed", "cbc:TaxExclusiveAmount")
    tax: Decimal = _of("computed", "cac:TaxTotal/cbc:TaxAmount")
    rounding: Decimal = _of("tolerated difference, 0 by default", "cbc:PayableRoundingAmount")
    payable: Decimal = _of("amount", "cbc:PayableAmount")
    paid: Decimal = _of("computed: sum of captured payments")
    by_rate: tuple[RateTotal, ...] = _of("computed, by rate ascending", "cac:TaxSubtotal")
    line_count: int = _of("computed", "cbc:LineCountNumeric")
    quantity: Decimal = _of("computed: sum of the lines' quantities")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of the shop. `totals`, `rows` and every computed field are set by `balance`."""

    pk: int = _of("pk")
    number: str = _of("number", "cbc:ID")
    uuid: str = _of("UUIDv5 of shop and pk", "cbc:UUID")
    revision: int = _of(
        "computed: 1, or the number of the document that a changed order or a cancellation gets",
        "cbc:SequenceNumberID (OrderChange)",
        default=1,
    )
    code: str | None = _of("mapping[].code, when exactly one: the ERP's number", default=None)
    codes: tuple[str, ...] = _of("mapping[].code", default=())
    placed_at: datetime = _of("date_placed, UTC", "cbc:IssueDate")
    status: str = _of("status")
    cancel_status: str | None = _of("cancel_status", default=None)
    is_send: bool = _of("is_send")
    currency: str = _of("currency, upper case ISO 4217", "cbc:DocumentCurrencyCode")
    amount: Decimal = _of("amount: the paid total", "cbc:PayableAmount")
    discount_amount: Decimal | None = _of("discount_amount, the order's own figure", default=None)
    channel: Channel = _of("channel")
    sales_url: str | None = _of("channel.conf.sales_url", default=None)
    client_type: str | None = _of("client_type", default=None)
    language: str | None = _of("language_code", default=None)
    segment: str | None = _of("segment", default=None)
    external_status: str | None = _of("external_status", default=None)
    notes: str | None = _of("notes", "cbc:Note", default=None)
    delivery_type: str | None = _of("delivery_type", default=None)
    delivery_range: str | None = _of("delivery_range", default=None)
    shipping_option: str | None = _of("shipping_option_slug", default=None)
    tracking_number: str | None = _of("tracking_number", default=None)
    carrier_shipping_code: str | None = _of("carrier_shipping_code", default=None)
    invoice_number: str | None = _of("invoice_number", default=None)
    invoice_date: datetime | None = _of("invoice_date", default=None)
    customer: Customer = _of("customer")
    buyer: Party = _of("billing_address", "cac:BuyerCustomerParty/cac:Party")
    bill_to: Address = _of("billing_address", "cac:AccountingCustomerParty")
    ship_to: Address = _of("shipping_address", "cac:Delivery/cac:DeliveryAddress")
    carrier: Carrier = _of("cargo_company", default=Carrier())
    payment_option: PaymentOption = _of("payment_option", default=PaymentOption())
    installments: int | None = _of("installment_count", default=None)
    gift: Gift = _of("has_gift_box, gift_box_note", default=Gift())
    payments: tuple[Payment, ...] = _of("the transaction sets", "cac:PaymentMeans", default=())
    discounts: tuple[Discount, ...] = _of("discount items", "cac:AllowanceCharge", default=())
    lines: tuple[Line, ...] = _of("items", "cac:OrderLine")
    charges: tuple[Charge, ...] = _of("amounts beside the lines", "cac:AllowanceCharge", default=())
    rows: tuple[Row, ...] = _of("computed: lines, then charges", default=())
    totals: Totals | None = _of("computed", "cac:AnticipatedMonetaryTotal", default=None)
