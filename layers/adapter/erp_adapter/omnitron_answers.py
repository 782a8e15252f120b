"""What of Omnitron's answers is read here: pages of rows, hits, a login's key. No I/O.

The order's own documents are read by `erp_adapter.order`. Nothing of an answer stands in an error.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    WrapValidator,
)

from erp_adapter.errors import OmnitronUnavailable


def _or_none(value: Any, read: Callable[[Any], Any]) -> Any:
    try:
        return read(value)
    except ValidationError:
        return None


T = TypeVar("T")
_Row = TypeVar("_Row", bound=BaseModel)
_Lenient = Annotated[T | None, WrapValidator(_or_none)]


_Pk = Annotated[int, Field(gt=0, lt=10**18)]
"""As the notification's: it becomes part of addresses and keys."""


class Head(BaseModel):
    """What of a page says whether there is another one."""

    count: int | None = None
    next: str | None = None


class _Login(BaseModel):
    """The answer to a login."""

    key: str = Field(pattern=r"^[!-~]{1,200}$")


class Hit(BaseModel):
    """A row of the orders' list. Numbers are texts, though the docs call them integers."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    pk: _Pk
    number: str


class _Hits(BaseModel):
    results: list[Hit]


class ListedOrder(BaseModel):
    """A row of the list of waiting orders: flat, ids instead of objects, no items.

    Whatever is not as expected is None: the order itself is read again before anything is done.
    """

    model_config = ConfigDict(coerce_numbers_to_str=True)

    pk: _Pk
    number: _Lenient[str] = None
    status: _Lenient[str] = None
    is_send: _Lenient[bool] = None
    cancel_status: _Lenient[str] = None
    date_placed: _Lenient[AwareDatetime] = None
    modified_date: _Lenient[AwareDatetime] = None


class UndeliveredEvent(BaseModel):
    """A row of what the shop's sender could not deliver (dj-whisperer, WebhookEventSerializer):
    when it was kept, by the shop's clock, and the body that was sent, which holds personal data.
    The row's hook, with its secret, is not read."""

    created_date: AwareDatetime
    delivered: Literal[False]
    request_payload: dict[str, Any] = Field(repr=False)


class _Listing(BaseModel):
    count: int | None = None
    results: list[Any]


def key_of(answer: bytes) -> str:
    """The key that a login gave. Raises OmnitronUnavailable."""
    try:
        return _Login.model_validate_json(answer).key
    except ValidationError:
        pass
    raise OmnitronUnavailable("Omnitron's answer to the login holds no key.")


def head_of(page: bytes) -> Head:
    """What a page says of others; a bare list is the only one. Raises OmnitronUnavailable."""
    if page.lstrip().startswith(b"["):
        return Head()
    try:
        return Head.model_validate_json(page)
    except ValidationError:
        pass
    raise OmnitronUnavailable("Omnitron's answer is not a page of rows.")


def listing_of(answer: bytes) -> tuple[int, list[ListedOrder]]:
    """How many rows the list counts, and those of this page that have a pk: one poisoned row hides
    no other. Raises OmnitronUnavailable."""
    count, rows = _rows_of(answer)
    return count, _read(rows, ListedOrder)


def events_of(answer: bytes) -> list[UndeliveredEvent]:
    """The events of a page that are undelivered, and of the known shape. Raises
    OmnitronUnavailable."""
    return _read(_rows_of(answer)[1], UndeliveredEvent)


def _rows_of(answer: bytes) -> tuple[int, list[Any]]:
    try:
        if answer.lstrip().startswith(b"["):
            rows = json.loads(answer)
            count = len(rows)
        else:
            listing = _Listing.model_validate_json(answer)
            rows, count = listing.results, listing.count or 0
    except (ValueError, RecursionError):
        rows = None
    if rows is None:
        raise OmnitronUnavailable("Omnitron's answer is not a list of rows.")
    return count, rows


def _read(rows: list[Any], kind: type[_Row]) -> list[_Row]:
    found = []
    for row in rows:
        with suppress(ValidationError):
            found.append(kind.model_validate(row))
    return found


def hits_of(answer: bytes) -> list[Hit]:
    """The rows of a search. Raises OmnitronUnavailable where one of them is none."""
    try:
        if answer.lstrip().startswith(b"["):
            return [Hit.model_validate(row) for row in json.loads(answer)]
        return _Hits.model_validate_json(answer).results
    except (ValueError, RecursionError):  # a ValidationError is a ValueError
        pass
    raise OmnitronUnavailable("Omnitron's answer is not a list of orders.")
