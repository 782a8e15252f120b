"""Who buys, who is invoiced, where it goes: parties, addresses, and the ERP's codes for them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal

from erp_adapter.order import wire
from erp_adapter.order.model import Address, Country, Customer, Party, Place

_EVER: Final = datetime.min.replace(tzinfo=UTC)
_SCHEMES: Final[dict[int, Literal["VKN", "TCKN"]]] = {10: "VKN", 11: "TCKN"}
"""Turkish tax numbers (VKN) have ten digits, citizens' numbers (TCKN) eleven; as in UBL-TR."""


def codes_of(mapping: Sequence[wire.Mapping], integration_type: str) -> tuple[str, ...]:
    """The codes of one integration type, each once, oldest first.

    Whatever the array's order is: the documented sample has two codes 45 ms apart.
    """
    if not mapping:
        return ()
    own = [entry for entry in mapping if entry.integration_type == integration_type]
    if len(own) > 1:
        own.sort(key=lambda entry: (entry.created_date or _EVER, entry.pk or 0, entry.code or ""))
    return tuple(dict.fromkeys(entry.code for entry in own if entry.code))


def only(codes: Sequence[str]) -> str | None:
    """The code, if it is the only one: which of several is right is for the profile to say."""
    return codes[0] if len(codes) == 1 else None


def read_address(address: wire.Address, integration_type: str) -> Address:
    """An address; geography as {name, code, codes}."""
    codes = codes_of(address.mapping, integration_type)
    return Address(
        pk=address.pk,
        name=_person(address),
        first_name=address.first_name,
        last_name=address.last_name,
        company_name=address.company_name,
        title=address.title,
        line=address.line,
        district=_place(address.district, integration_type),
        township=_place(address.township, integration_type),
        city=_place(address.city, integration_type),
        postcode=address.postcode,
        country=_country(address.country, integration_type),
        phone=address.phone_number,
        email=address.email,
        notes=address.notes,
        remote_id=address.remote_id,
        code=only(codes),
        codes=codes,
    )


def read_party(address: wire.BillingAddress) -> Party:
    """Who is invoiced, by one rule.

    A company is who says so (`address_type`) or has a company name and a tax number; a company
    name alone, as people type it for the courier, makes none. Of a company `tax_no` counts before
    `identity_number`, of a person the other way round.
    """
    company = (address.address_type or "").lower() == "company" or bool(
        address.company_name and address.tax_no
    )
    numbers = (address.tax_no, address.identity_number)
    tax_no = next((n for n in (numbers if company else reversed(numbers)) if n), None)
    # Spaces are a typing habit ("123 456 7890"); anything else that is no digit stays and shows.
    tax_no = "".join(tax_no.split()) if tax_no else None
    return Party(
        kind="company" if company else "person",
        name=(address.company_name if company else None) or _person(address),
        first_name=address.first_name,
        last_name=address.last_name,
        company_name=address.company_name,
        tax_no=tax_no,
        tax_scheme=_scheme(tax_no),
        tax_office=address.tax_office,
        einvoice=address.e_bill_taxpayer,
        email=address.email,
        phone=address.phone_number,
    )


def read_customer(customer: wire.Customer) -> Customer:
    """The customer; `erp_code` is the ERP's account."""
    return Customer(
        pk=customer.pk,
        code=customer.erp_code,
        channel_code=customer.channel_code,
        first_name=customer.first_name,
        last_name=customer.last_name,
        email=customer.email,
        phone=customer.phone_number,
    )


def _scheme(tax_no: str | None) -> Literal["VKN", "TCKN"] | None:
    if tax_no is None or not (tax_no.isascii() and tax_no.isdigit()):
        return None
    return _SCHEMES.get(len(tax_no))


def _person(address: wire.Address) -> str | None:
    return " ".join(part for part in (address.first_name, address.last_name) if part) or None


def _place(place: wire.Place | None, integration_type: str) -> Place:
    if place is None:
        return Place()
    codes = codes_of(place.mapping, integration_type)
    return Place(name=place.name, code=only(codes), codes=codes)


def _country(country: wire.Place | None, integration_type: str) -> Country:
    if country is None:
        return Country()
    codes = codes_of(country.mapping, integration_type)
    return Country(
        name=country.name,
        # ISO 3166-1; Omnitron writes "tr".
        code=country.code.upper() if country.code else None,
        erp_code=only(codes),
        erp_codes=codes,
    )
