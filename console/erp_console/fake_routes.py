"""What the fake Omnitron answers to which path. No sockets: a request in, an answer out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from erp_console import shop_json
from erp_console.fake_shop import FakeShop, Json, flat

_PATHS: Final = tuple(
    (kind, method, re.compile(rf"/(?!_fake/)(?:.+/)?{path}\Z"))
    for kind, method, path in (
        ("login", "POST", r"auth/login/"),
        ("detail", "GET", r"(?:orders_integration|orders)/(?P<pk>\d+)/detailed_integration/"),
        ("list", "GET", r"(?:orders_integration|orders)/(?P<detailed>detailed_integration/)"),
        ("items", "GET", r"order_item/detailed_integration/"),
        ("discounts", "GET", r"discount_items/detailed_integration/"),
        ("list", "GET", r"orders/"),
        ("order", "GET", r"orders/(?P<pk>\d+)/"),
        ("patch", "PATCH", r"orders/(?P<pk>\d+)/"),
    )
)
_DEFAULT_LIMIT: Final = 10  # documented: Search Order, parameter limit
_MAX_LIMIT: Final = 100


@dataclass(frozen=True)
class Request:
    """One call; `url` is its address without the query."""

    method: str
    path: str
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    token: str | None = None


@dataclass(frozen=True)
class Answer:
    """Status, body and headers; `cut` sends half of the body and hangs up."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False

    @classmethod
    def json(cls, document: object, status: int = 200) -> "Answer":
        """A JSON answer."""
        return cls(status, shop_json.dump(document))


def not_found(detail: str = "Not found.") -> Answer:
    """404 as Django REST framework says it."""
    return Answer.json({"detail": detail}, 404)


def find(method: str, path: str) -> tuple[str, Mapping[str, str]] | None:
    """The kind of call behind a path, and what the path names; None for no such path."""
    for kind, verb, pattern in _PATHS:
        match = pattern.match(path)
        if match and verb == method:
            return kind, {k: v for k, v in match.groupdict().items() if v is not None}
    return None


def answer(kind: str, names: Mapping[str, str], request: Request, shop: FakeShop) -> Answer:
    """The shop's answer to an authenticated call."""
    if kind in ("items", "discounts"):
        return _page(shop.rows(kind, request.query), request)
    if kind == "list":
        orders = shop.details(request.query)
        return _page(orders if "detailed" in names else [flat(o) for o in orders], request)
    pk = int(names["pk"])
    if kind == "patch":
        return _patch(pk, request, shop)
    order = shop.detail(pk)
    if order is None:
        return not_found()
    return Answer.json(order if kind == "detail" else flat(order))


def _patch(pk: int, request: Request, shop: FakeShop) -> Answer:
    if pk not in shop.pks:
        return not_found()
    try:
        fields = shop_json.load(request.body)
    except ValueError:
        return Answer.json({"detail": "JSON parse error", "code": "parse_error"}, 400)
    if not isinstance(fields, dict):
        return Answer.json({"non_field_errors": ["Invalid data."], "code": "invalid"}, 400)
    for name, value in fields.items():
        if name != "is_send":
            return Answer.json({name: ["Only is_send may be updated."], "code": "invalid"}, 400)
        if not isinstance(value, bool):
            return Answer.json({name: ["Must be a valid boolean."], "code": "invalid"}, 400)
    shop.change(pk, **fields)
    return Answer.json(flat(shop.order(pk)))


def _page(rows: list[Json], request: Request) -> Answer:
    try:
        number = int(request.query.get("page", 1))
        limit = min(max(int(request.query.get("limit", _DEFAULT_LIMIT)), 1), _MAX_LIMIT)
    except ValueError:
        return not_found("Invalid page.")
    pages = max(-(-len(rows) // limit), 1)
    if not 1 <= number <= pages:
        return not_found("Invalid page.")

    def address(page: int) -> str | None:
        query = urlencode({**request.query, "page": page})
        return f"{request.url}?{query}" if 1 <= page <= pages else None

    document: dict[str, Any] = {
        "count": len(rows),
        "next": address(number + 1),
        "previous": address(number - 1),
        "results": rows[(number - 1) * limit : number * limit],
    }
    return Answer.json(document)
