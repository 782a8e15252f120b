"""What the names of a sample's elements say about which of several equal values is meant."""

import re
import unicodedata
from typing import Final

from erp_console.sampling.tree import Spot

_WORDS: Final[dict[str, str]] = {
    "number": "NUMBER NUMARA NO NUM NR SIPARIS ORDER BELGE DOC REF FIS ID",
    "placed_at": "TARIH DATE DATUM ZAMAN SAAT TIME GUN",
    "paid_at": "ODEME PAYMENT PAID",
    "invoice_date": "FATURA INVOICE",
    "currency": "DOVIZ CURRENCY CURR PARABIRIMI DVZ CUR PB",
    "payable": "TOPLAM TOTAL TUTAR AMOUNT GENEL PAYABLE NET SUM",
    "net": "NET MATRAH TAXABLE SUBTOTAL EXCL DISCOUNTED",
    "tax": "KDV VAT TAX VERGI MWST",
    "tax_rate": "KDV VAT TAX RATE ORAN VERGI YUZDE PERCENT",
    "rate": "KDV VAT TAX RATE ORAN VERGI YUZDE PERCENT",
    "discount": "INDIRIM ISKONTO DISCOUNT RABATT ISK TUTAR TOTAL AMOUNT",
    "shipping": "KARGO SHIPPING FREIGHT NAKLIYE CARGO",
    "items": "ARATOPLAM SUBTOTAL BRUT ITEMS",
    "paid": "ODENEN PAID",
    "quantity": "MIKTAR QTY QUANTITY ADET MENGE QNT",
    "unit_price": "FIYAT PRICE BIRIMFIYAT PREIS",
    "unit_net": "FIYAT PRICE NET",
    "list_price": "LISTE LIST",
    "gross": "TUTAR TOTAL AMOUNT TOPLAM BRUT GROSS FIYAT PRICE",
    "sku": "STOK SKU KOD CODE MALZEME MATERIAL ITEM URUN PRODUCT MASTER",
    "barcode": "BARKOD BARCODE EAN GTIN",
    "name": "AD ADI UNVAN NAME ACIKLAMA DESC TITLE ISIM",
    "first_name": "AD ADI FIRST ISIM VORNAME",
    "last_name": "SOYAD LAST SURNAME NACHNAME",
    "title": "BASLIK TITLE",
    "company_name": "FIRMA COMPANY UNVAN SIRKET",
    "code": "KOD CODE CARI ARP HESAP ACCOUNT",
    "tax_no": "VERGI VKN TCKN TAX TC KIMLIK IDENTITY",
    "tax_office": "DAIRE OFFICE VD",
    "phone": "TEL PHONE GSM CEP MOBILE",
    "email": "MAIL POSTA",
    "line": "ADRES ADDRESS STREET SOKAK",
    "postcode": "POSTA ZIP ZIPCODE PLZ POSTCODE POSTAL PK",
    "city": "IL SEHIR CITY",
    "township": "ILCE TOWN COUNTY DISTRICT",
    "district": "MAHALLE SEMT DISTRICT",
    "country": "ULKE COUNTRY",
    "notes": "NOT NOTE ACIKLAMA",
    "pk": "ID PK REF KEY",
    "installments": "TAKSIT INSTALLMENT",
    "line_count": "SATIR LINES COUNT ADET",
    "status": "DURUM STATUS",
    "unit": "BIRIM UNIT UOM",
}
_PLACES: Final[dict[str, str]] = {
    "ship_to": "SHIP TESLIM SEVK DELIVERY TESLIMAT ALICI KARGO WE",
    "bill_to": "BILL FATURA INVOICE RE",
    "buyer": "BUYER MUSTERI CARI ALICI FATURA BILL CUSTOMER",
    "customer": "CUSTOMER MUSTERI CARI UYE MEMBER ARP",
    "payments[0]": "ODEME PAYMENT TAHSILAT",
    "discounts[0]": "KAMPANYA INDIRIM DISCOUNT CAMPAIGN COUPON KUPON",
    "carrier": "KARGO CARRIER CARGO NAKLIYE",
    "gift": "HEDIYE GIFT",
    "channel": "KANAL CHANNEL MAGAZA",
    "payment_option": "ODEME PAYMENT",
}  # fmt: skip
_SHORTEST_PART: Final = 4
_OWN: Final = 4
"""More than all names above can add."""
_COMMON: Final = (
    "channel.", "client_type", "payment_option.", "carrier.slug", "language", "status", "segment",
    "installments", "payments[0].kind", "payments[0].state", "payments[0].currency", "kind",
    "delivery_", "unit", "customer.pk", "channel_code",
)  # fmt: skip
"""Words that the shop has for its own use: what equals them is mostly chance."""
_COMPOSED: Final = {"sum([gross": "gross", "sum([": "totals.gross", "join(": "ship_to.line"}
LINE_NUMBERS: Final = "SIRA LINE LINENO POSEX POSNR LINENUMBER SATIR NO KALEM ITEMNO"
MISSING: Final[dict[str, str]] = {
    "buyer.tax_no": "VERGI_NO VERGINO VKN TCKN TAXNO TAX_NO TAXNUM TAXNUMBER VERGINUMARASI TC_NO "
                    "VKN/TCKN VKN_TCKN TAXID "
                    "TCKIMLIKNO",
    "buyer.tax_office": "VERGI_DAIRESI VERGIDAIRESI TAXOFFICE TAX_OFFICE",
    "buyer.email": "EMAIL EPOSTA E_POSTA E_MAIL",
    "ship_to.phone": "TELEFON TEL PHONE GSM CEP PHONENUMBER",
    "notes": "NOT NOTE NOTES NOTLAR SIPARIS_NOTU",
    "buyer.company_name": "COMPANYNAME FIRMA_ADI FIRMAADI COMPANY_NAME",
    "ship_to.postcode": "POSTA_KODU POSTAKODU ZIPCODE POSTCODE POSTALCODE",
}  # fmt: skip
"""What a place of this very name is for, where the given order has nothing for it."""


def affinity(spot: Spot, path: str) -> int:
    """How well the spot's name, and those above it, fit a path of the order."""
    path = next((p for start, p in _COMPOSED.items() if path.startswith(start)), path)
    above, _, own = spot.place.rpartition("/")
    parts = path.removeprefix("order.").split(".")
    score = _OWN * any(_says(spot.name or own, _WORDS.get(_bare(part), "")) for part in parts[-2:])
    return score + sum(_says(f"{above}/{own}", _PLACES.get(part, "")) for part in parts[:-1])


def is_named(spot: Spot, path: str) -> bool:
    """Whether the spot's own name, not only those above it, fits the path."""
    return affinity(spot, path) >= _OWN


def is_common(path: str) -> bool:
    """Whether a path gives a word that many things are."""
    bare = path.removeprefix("order.")
    return any(bare == word or (word[-1] in "._" and bare.startswith(word)) for word in _COMMON)


def says_line_number(spot: Spot) -> bool:
    """Whether the spot's name is one that ERPs give to the number of a line."""
    return _says(spot.name, LINE_NUMBERS)


def plain(name: str) -> str:
    """Upper case ASCII, as ERPs name their fields."""
    turkish = name.translate(str.maketrans("ıİ", "iI"))
    bare = unicodedata.normalize("NFKD", turkish)
    return bare.encode("ascii", "ignore").decode().upper()


def _bare(part: str) -> str:
    return part.split("[")[0]


def _says(name: str, words: str) -> bool:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    tokens = set(re.split(r"[^A-Z]+", plain(spaced)))
    whole = plain(name)
    return any(
        word in tokens or (len(word) >= _SHORTEST_PART and word in whole) for word in words.split()
    )
