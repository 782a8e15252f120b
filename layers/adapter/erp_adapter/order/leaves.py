"""The leaves of the shop's documents: text, amounts, moments, keys, each with its rule.

Every leaf takes what Omnitron was seen to send for it and nothing else; null, "" and a missing key
are the same (None). A leaf that breaks its rule raises a PydanticCustomError whose type is a code
of design.md, and whose message ends the sentence "<path> must be …"; it never holds the value.

A JSON number with a fraction is refused here when it arrives as a float, as its digits are lost by
then: `documents` reads such a document again with its numbers as texts.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, TypeVar

from pydantic import BeforeValidator, PlainValidator
from pydantic_core import PydanticCustomError

MAX_TEXT: Final = 10_000
"""Akinon's own fields have at most some hundred characters; this keeps a novel out of an ERP."""
MAX_NUMBER: Final = 128
"""Akinon, channel_app: an order number has at most 128 characters."""

_AMOUNT: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6}0{0,20})?")
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no Char of XML 1.0 (section 2.2), lone surrogates included: no parser reads it back."""
_MOST_PK: Final = 2**63 - 1

T = TypeVar("T")


def fault(code: str, must_be: str, **context: Any) -> PydanticCustomError:
    """The error of a leaf; `must_be` ends the sentence, `found` may say what is there instead."""
    return PydanticCustomError(code, must_be, context or None)


def text(value: object) -> str | None:
    """NFC, stripped, every character legal in XML 1.0; tab and line ends are text."""
    if type(value) is str and value.isascii() and value.isprintable() and len(value) <= MAX_TEXT:
        return value.strip() or None  # nearly every text of an order
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    elif value is None:
        return None
    elif not isinstance(value, str):
        raise fault("INVALID_VALUE", "text")
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    if not value.isprintable():
        _check_characters(value)
    value = value.strip()
    if len(value) > MAX_TEXT:
        raise fault(
            "TOO_LONG", f"text of at most {MAX_TEXT} characters", found=f"{len(value)} characters"
        )
    return value or None


def _check_characters(value: str) -> None:
    if illegal := _ILLEGAL.search(value):
        raise fault(
            "ILLEGAL_CHARACTER", "text that XML 1.0 can hold: no control characters, no half emoji",
            found=f"U+{ord(illegal.group()):04X} at position {illegal.start() + 1}",
        )  # fmt: skip


def amount(value: object) -> Decimal | None:
    """An exact figure from a text or a JSON number: no NaN, no exponent, no seventh decimal."""
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
        if _AMOUNT.fullmatch(value):
            return Decimal(value)
    elif value is None:
        return None
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15:
        return Decimal(value)
    raise fault(
        "INVALID_VALUE", "a plain number, with at most 15 digits before the point and 6 after it"
    )


def moment(value: object) -> datetime | None:
    """ISO 8601, in UTC. Akinon documents all its times as UTC, so one without a zone is UTC."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value.strip())
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise fault("INVALID_VALUE", "a date and time of ISO 8601, such as 2017-01-30T08:28:26Z")


def key(value: object) -> int | None:
    """A primary key: a positive whole number."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_PK:
        return value
    raise fault("INVALID_VALUE", "a whole number above zero")


def count(value: object) -> int | None:
    """A count such as the number of instalments: a whole number, zero or more."""
    return 0 if value in (0, "0") and not isinstance(value, bool) else key(value)


def flag(value: object) -> bool | None:
    """true or false."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    raise fault("INVALID_VALUE", "true or false")


def currency(value: object) -> str | None:
    """ISO 4217, upper case; Omnitron writes it in lower case, marketplaces don't."""
    code = text(value)
    if code is None:
        return None
    if len(code) == 3 and code.isascii() and code.isalpha():
        return code.upper()
    raise fault("INVALID_VALUE", "a currency code of ISO 4217, such as try")


def number(value: object) -> str | None:
    """An order number: always text, though the docs call it an integer (the sample has letters)."""
    found = text(value)
    if found and len(found) > MAX_NUMBER:
        raise fault(
            "TOO_LONG", f"text of at most {MAX_NUMBER} characters", found=f"{len(found)} characters"
        )
    return found


def given(leaf: Callable[[object], T | None]) -> Callable[[object], T]:
    """The leaf, as one that an order cannot do without."""

    def required(value: object) -> T:
        found = leaf(value)
        if found is None:
            raise fault("MISSING_VALUE", "given")
        return found

    return required


def blank(value: object) -> object:
    """None for "": what is empty, where an object or a list is expected."""
    return None if value == "" else value


def listed(value: object) -> object:
    """A list, also where one object or nothing stands (the docs call the payment sets dicts)."""
    if value is None or value == "" or value == {}:
        return []
    return [value] if isinstance(value, dict) else value


def attributes(value: object) -> dict[str, object]:
    """The attributes of an item or a product; their keys are the shop's own."""
    if value is None or value == "":
        return {}
    if isinstance(value, dict) and not any(isinstance(entry, float) for entry in value.values()):
        return value
    raise fault("INVALID_VALUE", "an object")


def applicant(value: object) -> int:
    """The order item of a discount's link, which the docs show as {id, order_item, …}."""
    for name in ("order_item", "pk"):
        if isinstance(value, dict):
            value = value.get(name)
    return given(key)(value)


# pydantic itself answers null with None: it stands at half of the leaves and need not call us.
Text = Annotated[str, PlainValidator(text)] | None
Amount = Annotated[Decimal, PlainValidator(amount)] | None
Moment = Annotated[datetime, PlainValidator(moment)] | None
Key = Annotated[int, PlainValidator(key)] | None
Count = Annotated[int, PlainValidator(count)] | None
Flag = Annotated[bool, PlainValidator(flag)] | None
Currency = Annotated[str, PlainValidator(currency)] | None
Attributes = Annotated[dict[str, object], PlainValidator(attributes)]
Applicant = Annotated[int, PlainValidator(applicant)]

GivenText = Annotated[str, PlainValidator(given(text))]
GivenNumber = Annotated[str, PlainValidator(given(number))]
GivenAmount = Annotated[Decimal, PlainValidator(given(amount))]
GivenMoment = Annotated[datetime, PlainValidator(given(moment))]
GivenKey = Annotated[int, PlainValidator(given(key))]
GivenFlag = Annotated[bool, PlainValidator(given(flag))]
GivenCurrency = Annotated[str, PlainValidator(given(currency))]

Blank = BeforeValidator(blank)
Listed = BeforeValidator(listed)
