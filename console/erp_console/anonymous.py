"""An order's documents without its people and secrets: for examples that are kept and shared.

Only what the adapter reads is kept at all (`order/wire.py`), so payment traces, configurations and
unknown keys are gone; of that, what says who somebody is becomes an invention of the same look.
Sums, dates, statuses, products and the ERP's codes of places stay.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from erp_adapter.order import wire
from pydantic import BaseModel

from erp_console import shop_json
from erp_console.anonymous_texts import Invention
from erp_console.canaries import Canary, canaries, sightings
from erp_console.order_files import Source
from erp_console.terminal import Failed, Hindered

_READ: Final = frozenset(
    name
    for model in vars(wire).values()
    if isinstance(model, type) and issubclass(model, BaseModel)
    for name in model.model_fields
)
_ENVELOPE: Final = frozenset({"count", "next", "previous", "results", "status_display"})
_TEXTS: Final = frozenset({
    "first_name", "last_name", "company_name", "line", "title", "notes", "gift_box_note",
    "tax_office", "tracking_number", "carrier_shipping_code", "invoice_number", "external_status",
})  # fmt: skip
_CODES: Final = frozenset({"transaction_id", "channel_code", "remote_id", "number", "postcode"})
_NESTED_ONCE: Final = frozenset({"order", "customer", "channel"})
"""Their copies further inside are not read."""
_EMPTY_PAGE: Final = b'{"count": 0, "next": null, "previous": null, "results": []}'


def anonymised(source: Source) -> Source:
    """The order, items and discounts with nobody in them. Raises Hindered, Failed."""
    try:
        found = [[shop_json.load(page) for page in pages] for pages in _pages(source)]
    except ValueError as error:
        raise Hindered(
            f"This is no JSON of Omnitron: {error}. Save the answer as it came."
        ) from None
    invention = Invention()
    kept = [[_Person(invention).keep(page) for page in pages] for pages in found]
    birds = canaries(*(page for pages in found for page in pages))
    kept = [[_scrubbed(page, birds, invention) for page in pages] for pages in kept]
    _check(kept, birds)
    order, items, discounts = ([shop_json.dump(p, indent=2) for p in pages] for pages in kept)
    return Source(order[0], tuple(items), tuple(discounts))


def _pages(source: Source) -> tuple[tuple[bytes, ...], ...]:
    return (source.order,), source.items, source.discounts or (_EMPTY_PAGE,)


class _Person:
    """Walks a document by its keys; what is not read is not kept."""

    def __init__(self, invention: Invention) -> None:
        self.rules: dict[str, Callable[[str], str]] = {
            **dict.fromkeys(_TEXTS, invention.text),
            **dict.fromkeys(_CODES, invention.code),
            "email": invention.email,
            "phone_number": invention.phone,
            "tax_no": invention.tax_number,
            "identity_number": invention.tax_number,
        }
        self.invention = invention

    def keep(self, document: Any) -> Any:
        """The document without what is not read, and with inventions."""
        if not isinstance(document, dict):
            raise Hindered("An answer of Omnitron must be a JSON object.")
        return self._record(document, "")

    def _record(self, record: dict[str, Any], above: str) -> dict[str, Any]:
        return {
            key: self._value(key, value, above)
            for key, value in record.items()
            if self._is_kept(key, value, above)
        }

    def _is_kept(self, key: str, value: Any, above: str) -> bool:
        if above == "attributes":
            return not isinstance(value, (dict, list))
        if above and key in _NESTED_ONCE and isinstance(value, dict):
            return False
        return key in _READ or key in _ENVELOPE

    def _value(self, key: str, value: Any, above: str) -> Any:
        if isinstance(value, dict):
            return self._record(value, key)
        if isinstance(value, list):
            inner = f"{above}.mapping" if key == "mapping" else key
            return [self._record(v, inner) if isinstance(v, dict) else v for v in value]
        if not isinstance(value, str) or not value.strip():
            return value
        return self._rule(key, above)(value)

    def _rule(self, key: str, above: str) -> Callable[[str], str]:
        person = above in ("customer", "billing_address.mapping", "shipping_address.mapping")
        if person and key in ("erp_code", "code"):
            return self.invention.code
        if above == "cargo_company":
            return str
        if key == "name" and above == "district":
            return self.invention.text
        if key == "code" and above == "results":
            return self.invention.text  # a coupon is as good as money
        return self.rules.get(key, str)


def _scrubbed(node: Any, birds: list[Canary], invention: Invention) -> Any:
    """Texts that hold a name by chance (a shop called after its owner) are without it, too."""
    if isinstance(node, dict):
        return {key: _scrubbed(value, birds, invention) for key, value in node.items()}
    if isinstance(node, list):
        return [_scrubbed(value, birds, invention) for value in node]
    if not isinstance(node, str):
        return node
    for bird in birds:
        if bird.value in node:
            node = node.replace(bird.value, invention.text(bird.value))
    return node


def _check(pages: list[list[Any]], birds: list[Canary]) -> None:
    left = sightings(birds, _texts(pages))
    if left:
        places = ", ".join(bird.path for bird in left)
        raise Failed(
            f"Nothing was written: {places} would still be found in the example: "
            "choose another order."
        )


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
    elif isinstance(node, str):
        yield node
