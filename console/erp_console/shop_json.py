"""JSON as the shop writes it: every number keeps its own digits (8.50 stays 8.50)."""

import json
import re
from typing import Any, Final

_MARK: Final = "\x00number "
_MARKED = re.compile(r'"\\u0000number ([^"]*)"')


def load(content: bytes) -> Any:
    """Reads JSON; fractions become marked texts, so that no float ever touches an amount."""
    return json.loads(content, parse_float=lambda digits: _MARK + digits)


def dump(document: object, *, indent: int | None = None) -> bytes:
    """Writes what `load` read. UTF-8, unescaped, as Django REST framework answers."""
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(document, ensure_ascii=False, separators=separators, indent=indent)
    return _MARKED.sub(r"\1", text).encode("utf-8", "surrogatepass")
