"""What the fake Omnitron answers to which path. No sockets: a request in, an answer out."""

import re
from collections.abc import Mapping
from typing import Final

from erp_console import shop_json
from erp_console.fake_hooks import FakeHooks
from erp_console.fake_paging import page
from erp_console.fake_request import Answer, Request, not_found
from erp_console.fake_shop import FakeShop, flat

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
        ("hooks", "GET", r"whisperer/hooks/"),
        ("hooks", "POST", r"whisperer/hooks/"),
        ("registry", "GET", r"whisperer/hooks/registry/"),
        ("hook", "GET", r"whisperer/hooks/(?P<pk>\d+)/"),
        ("hook", "PATCH", r"whisperer/hooks/(?P<pk>\d+)/"),
        ("hook", "DELETE", r"whisperer/hooks/(?P<pk>\d+)/"),
        ("hook_events", "GET", r"whisperer/hook_events/"),
    )
)
_HOOKS: Final = ("hooks", "hook", "registry", "hook_events")


def find(method: str, path: str) -> tuple[str, Mapping[str, str]] | None:
    """The kind of call behind a path, and what the path names; None for no such path."""
    for kind, verb, pattern in _PATHS:
        match = pattern.match(path)
        if match and verb == method:
            return kind, {k: v for k, v in match.groupdict().items() if v is not None}
    return None


def answer(
    kind: str, names: Mapping[str, str], request: Request, shop: FakeShop, hooks: FakeHooks
) -> Answer:
    """The shop's answer to an authenticated call."""
    if kind in _HOOKS:
        return hooks.answer(kind, names, request)
    if kind in ("items", "discounts"):
        return page(shop.rows(kind, request.query), request)
    if kind == "list":
        orders = shop.details(request.query)
        return page(orders if "detailed" in names else [flat(o) for o in orders], request)
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
