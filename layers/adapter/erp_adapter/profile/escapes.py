"""How texts are written inside XML and JSON documents, so that a reader gets them back."""

import codecs
from collections.abc import Mapping
from json import dumps
from typing import Final

from erp_adapter.profile.characters import spaced
from erp_adapter.profile.manifest import JSON_REFERENCE
from erp_adapter.profile.preparation import Escape


def escape_text(text: str) -> str:
    """Character data. Every line break is a line feed: a reader would make one of it anyway."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def escape_attribute(text: str) -> str:
    """An attribute's value; line breaks and tabs are what a reader would make of them: spaces."""
    return escape_text(spaced(text)).replace('"', "&quot;")


XML: Final[Mapping[str, Escape]] = {
    "escape": escape_text,
    "escape_attribute": escape_attribute,
}


def escape_json(text: str) -> str:
    """The inside of a JSON string."""
    return dumps(text, ensure_ascii=False)[1:-1]


def _reference(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error(JSON_REFERENCE, _reference)
JSON: Final[Mapping[str, Escape]] = {"escape": escape_json}
