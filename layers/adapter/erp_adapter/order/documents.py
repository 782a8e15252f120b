"""From the bytes of Omnitron's answers to wire models, or to a rejection that names the field.

The usual document is validated straight from its bytes, and what is not on the allow-list never
becomes an object. That cannot be done where an amount is a JSON number with a fraction (a float
has lost its digits by then) or where a leaf is at fault; such a document is read a second time,
with every fraction as a text, and that reading decides. No value of the document ever stands in a
message: only paths, rules, types and lengths. Rejections are raised outside of the handlers, so
that no exception that holds the input hangs on them as their context.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from erp_adapter.errors import InvalidOrder, Misconfigured, OmnitronUnavailable
from erp_adapter.order.wire import Detail, DiscountItem, Item

MOST_ROWS: Final = 5_000
"""More items than this are no order of a shop's customer; it bounds time and memory."""

_RULES: Final = {"missing": "given", "list_type": "a list"}
_KINDS: Final = {
    str: "text", bool: "true or false", int: "a number", dict: "an object", list: "a list",
    type(None): "nothing",
}  # fmt: skip
_REMEDY: Final = "Correct the order in the shop, or ask its integrator what this field holds."

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R", Item, DiscountItem)


class Page(BaseModel, Generic[R]):
    """A page of a list, as Django REST framework answers it."""

    count: Any = None
    results: list[R]


_ITEMS: Final = Page[Item]
_DISCOUNTS: Final = Page[DiscountItem]
"""Kept here: pydantic itself holds what it makes of a generic model only weakly, and would make it
anew for an order, which costs more than reading it."""


def read_detail(content: bytes) -> Detail:
    """The detailed document. Raises InvalidOrder with the field's path."""
    with suppress(ValidationError):
        return Detail.model_validate_json(content)
    return _validated(Detail, _loaded(content, "order"), "")


def read_items(pages: Sequence[bytes], pk: int) -> list[Item]:
    """The items of the order `pk`, each once, by pk.

    Raises InvalidOrder, Misconfigured (they are another order's), OmnitronUnavailable (the pages
    do not fit together).
    """
    return _collected([_page(_ITEMS, Item, page, "item", pk) for page in pages], "item", pk)


def read_discounts(pages: Sequence[bytes], pk: int) -> list[DiscountItem]:
    """The discounts of the order `pk`; as `read_items`."""
    read = [_page(_DISCOUNTS, DiscountItem, page, "discount", pk) for page in pages]
    return _collected(read, "discount", pk)


def _page(paged: type[Page[R]], model: type[R], content: bytes, name: str, pk: int) -> Page[R]:
    with suppress(ValidationError):
        return paged.model_validate_json(content)
    answer = _loaded(content, name)
    # Some of Akinon's lists are bare (omnisdk accepts both).
    rows = answer.get("results") if isinstance(answer, dict) else answer
    if not isinstance(rows, list):
        raise _invalid(f"{name}s", "a list, or an object with a list of results", _kind(rows))
    read = [_row(model, row, name, position, pk) for position, row in enumerate(rows)]
    return paged.model_construct(
        count=answer.get("count") if isinstance(answer, dict) else None, results=read
    )


def _row(model: type[R], row: Any, name: str, position: int, pk: int) -> R:
    """One row. Whose it is comes first: another order's row need not be free of faults."""
    known = isinstance(row, dict) and isinstance(row.get("pk"), int)
    if isinstance(row, dict) and isinstance(row.get("order"), int):
        _check_owner(row["order"], name, pk)
    return _validated(model, row, f"{name}[{row['pk']}]" if known else f"{name}s[{position}]")


def _collected(pages: Sequence[Page[R]], name: str, pk: int) -> list[R]:
    found: dict[int, R] = {}
    for row in (row for page in pages for row in page.results):
        _check_owner(row.order, name, pk)
        if row != found.setdefault(row.pk, row):
            raise OmnitronUnavailable(f"{name}[{row.pk}] changed while the pages were read.")
    counts = [page.count for page in pages if type(page.count) is int]
    if len(found) < max(counts, default=0):
        raise OmnitronUnavailable(
            f"The shop counts {max(counts)} {name}s of the order and answered with {len(found)}: "
            "the pages shifted while they were read, or one is missing."
        )
    if len(found) > MOST_ROWS:
        raise _invalid(f"{name}s", f"at most {MOST_ROWS}", str(len(found)))
    return [found[row_pk] for row_pk in sorted(found)]


def _check_owner(owner: int, name: str, pk: int) -> None:
    # A list endpoint that does not know the filter answers with the whole shop (promise 9).
    if owner != pk:
        raise Misconfigured(
            f"Asked for the {name}s of one order, the shop answered with those of another: it "
            f"ignores the filter `order`, or the path of the {name}s is wrong. Check the path.",
            code="SHOP_IGNORES_FILTER",
        )


def _loaded(content: bytes, name: str) -> Any:
    fault = ("JSON", "something else")
    try:
        return json.loads(content, parse_float=str, parse_constant=str)
    except RecursionError:
        fault = ("JSON of a sane depth", "too many levels")
    except ValueError:
        pass
    raise _invalid(name, *fault)


def _validated(model: type[M], value: Any, where: str) -> M:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False)
    first, *others = [_path(where, fault["loc"]) for fault in faults]
    also = f" So at {', '.join(others[:4])}." if others else ""
    raise _rejection(faults[0], first, also)


def _rejection(fault: ErrorDetails, path: str, also: str) -> InvalidOrder:
    kind, context = fault["type"], fault.get("ctx", {})
    ours = kind.isupper()
    return _invalid(
        path,
        fault["msg"] if ours else _RULES.get(kind, "an object"),
        "nothing" if kind == "missing" else context.get("found", _kind(fault["input"])),
        code=kind if ours else "MISSING_VALUE" if kind == "missing" else "INVALID_VALUE",
        also=also,
    )


def _invalid(
    path: str, must_be: str, found: str, *, code: str = "INVALID_VALUE", also: str = ""
) -> InvalidOrder:
    return InvalidOrder(
        f"{path} must be {must_be}.{also} {_REMEDY}",
        code=code, path=path, expected=must_be, found=found,
    )  # fmt: skip


def _path(where: str, location: Sequence[int | str]) -> str:
    """`billing_address.mapping[0].code`, below `where` ("item[41]") if that is given."""
    path = where
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path or "order"


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "something else")
