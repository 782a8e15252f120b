"""What differs from one Omnitron installation to the next: [shop] of routes.toml."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """How this shop's documents are read.

    `integration_type` picks the ERP's codes out of every `mapping`. `quantity_key` is the shop's
    ORDER_ITEM_QUANTITY_KEY, the attribute that holds the quantity of merged items (Akinon,
    "Splitting a Merged Order Item"); `price_basis` says whether the amounts of such an item are
    the line's or one unit's. `color_key` and `size_key` are attributes of products.
    """

    url: str
    integration_type: str = "external_company"
    quantity_key: str = "quantity"
    price_basis: Literal["line", "unit"] = "line"
    color_key: str = "renk"
    size_key: str = "beden"
