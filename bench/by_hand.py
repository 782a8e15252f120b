"""What a programmer would write instead of a profile: the same bytes, in f-strings.

No message says what is missing, and no character is checked: this is the least that can be done.
"""

import re
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from erp_adapter.order import Order
from erp_adapter.order.model import Line, Row

_ZONE: Final = ZoneInfo("Europe/Istanbul")
_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_SPECIAL: Final = re.compile('[;"\r\n]|^[=+@ -]| $').search
_CENT: Final = Decimal("0.01")
_HEADER: Final = (
    "ORDER_NO;ORDER_DATE;CURRENCY;CUSTOMER_CODE;CUSTOMER_NAME;TAX_NO;TAX_OFFICE;BILL_ADDRESS;"
    "BILL_TOWNSHIP;BILL_CITY;SHIP_NAME;SHIP_ADDRESS;SHIP_TOWNSHIP;SHIP_CITY;SHIP_PHONE;CARRIER;"
    "LINE_NO;KIND;SKU;BARCODE;NAME;QUANTITY;UNIT;UNIT_PRICE;DISCOUNT;VAT_RATE;NET;VAT;GROSS;"
    "ROUNDING;ORDER_TOTAL\r\n"
)


def xml(order: Order) -> bytes:
    """The document of bench/ubl-like."""
    at, t, currency = order.placed_at.astimezone(_ZONE), order.totals, _text(order.currency)
    note = f"<cbc:Note>{_text(order.notes)}</cbc:Note>" if order.notes else ""
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Order xmlns="{_UBL}Order-2" '
        f'xmlns:cac="{_UBL}CommonAggregateComponents-2" xmlns:cbc="{_UBL}CommonBasicComponents-2">'
        f"<cbc:ID>{_text(order.number)}</cbc:ID><cbc:UUID>{order.uuid}</cbc:UUID>"
        f"<cbc:IssueDate>{at:%Y-%m-%d}</cbc:IssueDate><cbc:IssueTime>{at:%H:%M:%S}</cbc:IssueTime>"
        f"{note}<cbc:DocumentCurrencyCode>{currency}</cbc:DocumentCurrencyCode>{_buyer(order)}"
        "<cac:AnticipatedMonetaryTotal>"
        f'<cbc:LineExtensionAmount currencyID="{currency}">{t.lines_net:.2f}'
        "</cbc:LineExtensionAmount>"
        f'<cbc:TaxExclusiveAmount currencyID="{currency}">{t.net:.2f}</cbc:TaxExclusiveAmount>'
        f'<cbc:PayableAmount currencyID="{currency}">{t.payable:.2f}</cbc:PayableAmount>'
        "</cac:AnticipatedMonetaryTotal>"
    )
    lines = "".join([_line(line, currency) for line in order.lines])
    return f"{head}{lines}\n</Order>\n".encode()


def _buyer(order: Order) -> str:
    buyer, to, code, account, tax_no = order.buyer, order.bill_to, order.customer.code, "", ""
    if code:
        account = f"<cbc:SupplierAssignedAccountID>{_text(code)}</cbc:SupplierAssignedAccountID>"
    if buyer.tax_no:
        tax_no = (
            f"<cac:PartyIdentification><cbc:ID>{_text(buyer.tax_no)}</cbc:ID>"
            "</cac:PartyIdentification>"
        )
    return (
        f"<cac:BuyerCustomerParty>{account}<cac:Party>{tax_no}"
        f"<cac:PartyName><cbc:Name>{_text(buyer.name)}</cbc:Name></cac:PartyName>"
        f"<cac:PostalAddress>{_element('StreetName', to.line)}"
        f"{_element('CitySubdivisionName', to.township.name)}{_element('CityName', to.city.name)}"
        "</cac:PostalAddress></cac:Party></cac:BuyerCustomerParty>"
    )


def _line(line: Line, currency: str) -> str:
    barcode = ""
    if line.barcode:
        barcode = (
            f'<cac:StandardItemIdentification><cbc:ID schemeID="0160">{_text(line.barcode)}'
            "</cbc:ID></cac:StandardItemIdentification>"
        )
    return (
        f"<cac:OrderLine><cac:LineItem><cbc:ID>{line.no}</cbc:ID>"
        f'<cbc:Quantity unitCode="{_text(line.unit)}">{line.quantity}</cbc:Quantity>'
        f'<cbc:LineExtensionAmount currencyID="{currency}">{line.net:.2f}'
        "</cbc:LineExtensionAmount>"
        f'<cbc:TotalTaxAmount currencyID="{currency}">{line.tax:.2f}</cbc:TotalTaxAmount>'
        f'<cac:Price><cbc:PriceAmount currencyID="{currency}">{_price(line.unit_net)}'
        f"</cbc:PriceAmount></cac:Price><cac:Item><cbc:Name>{_text(line.name or line.sku)}"
        f"</cbc:Name><cac:SellersItemIdentification><cbc:ID>{_text(line.code or line.sku)}"
        f"</cbc:ID></cac:SellersItemIdentification>{barcode}<cac:ClassifiedTaxCategory>"
        f"<cbc:ID>{'S' if line.tax_rate else 'Z'}</cbc:ID><cbc:Percent>{_percent(line.tax_rate)}"
        "</cbc:Percent></cac:ClassifiedTaxCategory></cac:Item></cac:LineItem></cac:OrderLine>"
    )


def _element(name: str, text: str | None) -> str:
    return f"<cbc:{name}>{_text(text)}</cbc:{name}>" if text else ""


def _text(text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def csv(order: Order) -> bytes:
    """The file of layers/profiles/csv-flat."""
    o, t, b, s = order, order.totals, order.bill_to, order.ship_to
    start = ";".join([
        _cell(o.number), f"{o.placed_at.astimezone(_ZONE):%Y-%m-%d}", _cell(o.currency),
        _cell(o.customer.code), _cell(o.buyer.name), _cell(o.buyer.tax_no),
        _cell(o.buyer.tax_office), _cell(b.line), _cell(b.township.name), _cell(b.city.name),
        _cell(s.name), _cell(s.line), _cell(s.township.name), _cell(s.city.name), _cell(s.phone),
        _cell(o.carrier.code),
    ])  # fmt: skip
    end = f"{t.rounding:.2f};{t.payable:.2f}\r\n"
    return (_HEADER + "".join([f"{start};{_row(row)};{end}" for row in o.rows])).encode()


def _row(row: Row) -> str:
    return (
        f"{row.no};{row.kind};{_cell(row.code or row.sku or row.kind)};{_cell(row.barcode)};"
        f"{_cell(row.name or row.kind)};{row.quantity};{row.unit};{_price(row.unit_price)};"
        f"{row.discount:.2f};{_percent(row.tax_rate)};{row.net:.2f};{row.tax:.2f};{row.gross:.2f}"
    )


def _cell(text: str | None) -> str:
    if not text:
        return ""
    if _SPECIAL(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _price(price: Decimal) -> str:
    """Two decimals, up to six where they are needed."""
    if price.same_quantum(_CENT):
        return str(price)
    whole, _, places = f"{price:.6f}".partition(".")
    return f"{whole}.{places[:2]}{places[2:].rstrip('0')}"


def _percent(rate: Decimal) -> str:
    return f"{rate:f}".rstrip("0").rstrip(".") if rate.as_tuple().exponent else str(rate)
