"""Canaries in all that the shop's documents hold and an ERP need not know: a random text of its own
in every leaf that is not on the allow-list, and in a new field of every object.

Unlike secrets and people, they must be nowhere: not in a document either.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Any, Final

from test_order_allow_list import OMITTED, Leaf, fits, leaves, pattern_of

_SONG: Final = re.compile("kanarya-[0-9a-f]{16}")
_NEW_FIELD: Final = "yeni_alan"
_SEED: Final = "2201"


def sow(order: dict[str, Any], items: list[Any], discounts: list[Any], keep: set[str]) -> None:
    """Puts them in; values of `keep` stay."""
    for name, document in (("", order), ("", {"results": items}), ("discounts.", discounts)):
        for leaf in list(leaves(document)) if document else ():
            path = pattern_of(leaf)
            if any(fits(entry, path) for entry in OMITTED) and str(_at(document, leaf)) not in keep:
                _set(document, leaf, canary(name + path))
        for path, node in _objects(document, name):
            node[_NEW_FIELD] = canary(f"{path}.{_NEW_FIELD}")


def canary(path: str) -> str:
    """The canary of this place: always the same, and found nowhere else."""
    text = f"kanarya-{hashlib.sha256(f'{_SEED} {path}'.encode()).hexdigest()[:16]}"
    SOWN[text] = path
    return text


SOWN: Final[dict[str, str]] = {}
"""Where each of them was put."""


def sung(text: str) -> set[str]:
    """The places whose canaries are in the text, also where it is base64."""
    return {SOWN.get(song, "unknown") for each in _levels(text) for song in _SONG.findall(each)}


def _levels(text: str) -> Iterator[str]:
    yield text
    try:
        yield base64.b64decode(text, validate=True).decode("latin-1")
    except ValueError:
        return


def _objects(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the shop's own shape; the keys of attributes are the merchant's."""
    if isinstance(node, dict):
        if node.keys() != {"results"}:
            yield path, node
        for key, value in list(node.items()):
            if key != "attributes":
                yield from _objects(value, f"{path}.{key}")
    elif isinstance(node, list):
        for each in node:
            yield from _objects(each, f"{path}[]")


def _at(document: Any, leaf: Leaf) -> Any:
    for step in leaf:
        document = document[step]
    return document


def _set(document: Any, leaf: Leaf, value: str) -> None:
    for step in leaf[:-1]:
        document = document[step]
    document[leaf[-1]] = value
