"""The JSON Schema of profile.toml, for editors: completion, and the sentence for each key.

`layers/profiles/profile.schema.json` is what this makes; the suite compares them. The loader does
not use it: it says more, and where.
"""

from collections.abc import Mapping
from typing import Any, Final, get_args

from erp_adapter.profile import keys
from erp_adapter.profile.keys import Key
from erp_adapter.profile.numbers import NumberKind

_TEXT: Final[dict[str, Any]] = {"type": "string"}
_PLACES: Final[dict[str, Any]] = {
    "oneOf": [
        {"type": "integer", "minimum": 0},
        {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
    ]
}
_SETTING: Final[dict[str, Any]] = {"type": ["string", "number", "boolean", "array"]}
_TYPES: Final[dict[str, dict[str, Any]]] = {
    "text": _TEXT,
    "whole": {"type": "integer"},
    "yesno": {"type": "boolean"},
    "table": {"type": "object"},
    "tables": {"type": "array", "items": {"type": "object"}},
    "texts": {"oneOf": [_TEXT, {"type": "array", "items": _TEXT}]},
    "places": _PLACES,
}


def toml_schema() -> dict[str, Any]:
    """The whole schema."""
    schema = _closed(keys.TOP)
    columns = _listed(_closed(keys.COLUMN))
    record = _closed(keys.RECORD)
    _refine(record, {"column": columns, "record": {"$ref": "#/properties/record"}})
    _refine(schema, {
        "format": _format(),
        "lookup": _named(_named({"type": ["string", "number", "boolean"]})),
        "settings": _named(_SETTING),
        "replace": _named(_TEXT),
        "check": _listed(_closed(keys.CHECK)),
        "column": columns,
        "record": _listed(record),
        "trailer": {**_closed(keys.TRAILER), "properties": {"column": columns}},
    })  # fmt: skip
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": "profile.toml"} | schema


def _format() -> dict[str, Any]:
    schema = _closed(keys.FORMAT)
    kinds = get_args(NumberKind)
    moment = {"oneOf": [_TEXT, _closed(keys.MOMENT)]}
    _refine(schema, {
        "places": {"type": "object", "properties": dict.fromkeys(kinds, _PLACES),
                   "additionalProperties": False},
        **{kind: _named(_closed(keys.NUMBER)) for kind in kinds},
        **{kind: _named(moment) for kind in ("date", "time", "datetime")},
        "boolean": _named(_closed(keys.BOOLEAN)),
        "line_number": _named(_closed(keys.LINE_NUMBER)),
    })  # fmt: skip
    return schema


def _refine(schema: dict[str, Any], inner: Mapping[str, dict[str, Any]]) -> None:
    """Says what is inside of tables; what they are for stays said."""
    properties = schema["properties"]
    for name, found in inner.items():
        properties[name] = {"description": properties[name]["description"], **found}


def _closed(table: Mapping[str, Key]) -> dict[str, Any]:
    properties = {name: _property(key) for name, key in table.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _property(key: Key) -> dict[str, Any]:
    found = dict(_TYPES[key.type])
    if key.about:
        found["description"] = key.about
    if key.words:
        found["enum"] = list(key.words)
    if key.type == "whole":
        found |= {"minimum": key.least, "maximum": key.most}
    return found


def _named(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}


def _listed(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}
