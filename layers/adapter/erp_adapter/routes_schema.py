"""The JSON Schema of routes.toml, for editors: completion, and the sentence for each key.

`layers/profiles/routes.schema.json` is what this makes; the suite compares them. The loader does
not use it: it says more. docs/routes.md and docs/money.md say it all.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from types import UnionType
from typing import Any, Final, Literal, get_args, get_origin

from erp_adapter.balance.policy import MAX_TOLERANCE, MoneyPolicy
from erp_adapter.route_keys import (
    CANCELLING_KEYS,
    CHOICES,
    EVENT_KEYS,
    MAX_NAME,
    MAX_TOLERANCE_SECONDS,
    NAME,
    ROUTE_KEYS,
    SCHEMES,
    SHOP_KEYS,
    TOP_KEYS,
    WEBHOOK_KEYS,
)
from erp_adapter.routes_webhook import HEADER, PRINTED, USER
from erp_adapter.verification import TOLERANCE

_ABOUT: Final = {
    "webhook": "How a webhook proves who sent it.",
    "scheme": "The way of proving. Default: whisperer, Akinon's own.",
    "header": "The header that holds the signature or the token.",
    "digest": "The hash under the HMAC. Default: sha256.",
    "encoding": "How the signature is written. Default: hex.",
    "prefix": 'What stands before the signature or token, such as "sha256=" or "Bearer ".',
    "timestamp": 'What stands before the signed moment in the same header, such as "t=".',
    "tolerance": f"Seconds that this moment may be away from now. Default: {TOLERANCE}.",
    "user": "The user name of HTTP Basic; the password is the secret.",
    "sources": "Addresses or networks that may send; all if left out.",
    "shop": "How this shop's documents are read.",
    "event": "A webhook that is accepted; any other event is answered and ignored.",
    "route": "One ERP: which orders go with which profile to which destination.",
    "type": "The event's type.",
    "pk": "JMESPath of the order's pk in the body.",
    "number": "JMESPath of the order's number in the body.",
    "integration_type": "Whose codes are read out of every mapping: the ERP's.",
    "quantity_key": "Omnitron's ORDER_ITEM_QUANTITY_KEY.",
    "price_basis": "Whether a merged item's amounts are the line's or one unit's.",
    "color_key": "The product attribute that holds the colour.",
    "size_key": "The product attribute that holds the size.",
    "name": "Part of every key in S3 and in the ledger: never rename a route that has delivered.",
    "profile": "A folder beside routes.toml.",
    "profiles": "Instead: several, one document each, in this sequence.",
    "destination": "Where documents go.",
    "channels": "Names, types or pks of sales channels; all if left out.",
    "statuses": "The order statuses that are sent. Default: [400, 450].",
    "start_from": "A date, with or without a time: orders placed before it are left alone.",
    "already_in_erp": "Whether an order with an ERP code is settled.",
    "acknowledge": "What is_send waits for. Default: after-write, this route's document.",
    "on_change": "An order that changes after its delivery: recorded, or sent as a revision.",
    "settings": "Overrides the profile's [settings].",
    "on": "What makes a document: an order, or what is cancelled after its delivery.",
    "of": 'With on = "cancelled": the route whose deliveries are cancelled.',
    "items": 'With on = "cancelled": whether single items make a document too. Default: true.',
    "money": "The money policies: docs/money.md.",
}
_TYPES: Final[Mapping[object, dict[str, Any]]] = {
    str: {"type": "string"}, bool: {"type": "boolean"}, int: {"type": "integer"},
    dict: {"type": "object"}, list: {"type": "array"},
    Decimal: {"type": "number", "minimum": 0, "maximum": 100},
    # TOML's dates have no type of their own in JSON.
    date: {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d"},
}  # fmt: skip


def routes_schema() -> dict[str, Any]:
    """The whole schema."""
    route = _closed(ROUTE_KEYS, ("name", "destination"))
    route["oneOf"] = [
        {"required": ["profile", "start_from"], **_without("profiles", "of", "items"),
         "properties": {"on": {"const": "order"}}},
        {"required": ["profiles", "start_from"], **_without("profile", "of", "items"),
         "properties": {"on": {"const": "order"}}},
        {"required": ["profile", "on", "of"], "properties": {"on": {"const": "cancelled"}},
         "propertyNames": {"enum": list(CANCELLING_KEYS)}},
    ]  # fmt: skip
    _refine(route, {
        "name": {"pattern": _whole(NAME), "maxLength": MAX_NAME},
        "profiles": {"items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
        "channels": {"items": {"type": ["string", "integer"]}, "minItems": 1},
        "statuses": {"items": {"type": "integer", "minimum": 1}, "minItems": 1},
        "money": _money(),
    })  # fmt: skip
    route["not"] = {
        "properties": {"destination": {"const": "sqs"}, "acknowledge": {"const": "after-pickup"}},
        "required": ["destination", "acknowledge"],
    }
    event = _closed(EVENT_KEYS, ("type",))
    schema = _closed(TOP_KEYS, ("event", "route"))
    _refine(schema, {
        "webhook": _webhook(),
        "shop": _closed(SHOP_KEYS),
        "event": {"items": event | {"anyOf": [{"required": ["pk"]}, {"required": ["number"]}]},
                  "minItems": 1},
        "route": {"items": route, "minItems": 1},
    })  # fmt: skip
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": "routes.toml"} | schema


def _without(*keys: str) -> dict[str, Any]:
    return {"not": {"anyOf": [{"required": [key]} for key in keys]}}


def _webhook() -> dict[str, Any]:
    table = _closed(WEBHOOK_KEYS)
    _refine(table, {
        "header": {"pattern": _whole(HEADER)}, "user": {"pattern": _whole(USER)},
        "prefix": {"pattern": _whole(PRINTED)}, "timestamp": {"pattern": _whole(PRINTED)},
        "tolerance": {"minimum": 1, "maximum": MAX_TOLERANCE_SECONDS},
        "sources": {"items": {"type": "string"}, "minItems": 1},
    })  # fmt: skip
    table["dependencies"] = {"tolerance": ["timestamp"], "timestamp": ["prefix"]}
    return table | {"anyOf": [_scheme(name) for name in SCHEMES]}


def _scheme(name: str) -> dict[str, Any]:
    needs = ["scheme", *SCHEMES[name][:1]] if name != "whisperer" else []
    return {
        "properties": {"scheme": {"const": name}},
        "propertyNames": {"enum": ["scheme", "sources", *SCHEMES[name]]},
    } | ({"required": needs} if needs else {})


def _whole(pattern: re.Pattern[str]) -> str:
    return f"^{pattern.pattern.removesuffix(chr(92) + 'Z')}$"


def _closed(keys: Mapping[str, type], required: tuple[str, ...] = ()) -> dict[str, Any]:
    properties = {name: _property(name, kind) for name, kind in keys.items()}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {})


def _property(name: str, kind: type) -> dict[str, Any]:
    words = {"enum": list(CHOICES[name])} if name in CHOICES else {}
    return {"description": _ABOUT[name], **_TYPES[kind], **words}


def _refine(schema: dict[str, Any], inner: Mapping[str, dict[str, Any]]) -> None:
    for name, found in inner.items():
        schema["properties"][name] |= found


def _money() -> dict[str, Any]:
    policies = {field.name: _policy(field.type, field.default) for field in fields(MoneyPolicy)}
    policies["tolerance"]["maximum"] = float(MAX_TOLERANCE)
    return {"type": "object", "properties": policies, "additionalProperties": False}


def _policy(hint: Any, default: object) -> dict[str, Any]:
    return {"description": "docs/money.md", "default": _plain(default)} | _of(hint)


def _of(hint: Any) -> dict[str, Any]:
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(parts)}
    if origin is tuple:
        return {"type": "array", "items": _of(parts[0]), "minItems": 1}
    if origin is UnionType or len(parts) > 1:
        return {"oneOf": [_of(part) for part in parts]}
    return dict(_TYPES[hint])


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    return int(value) if isinstance(value, Decimal) else value
