"""The canonical order: its types (`model`), how it is read, and what makes it the same order."""

from erp_adapter.order.differing import changed, parts
from erp_adapter.order.identity import content_id, is_cancelled
from erp_adapter.order.model import Order
from erp_adapter.order.reading import read_order
from erp_adapter.order.shop import Shop

__all__ = ["Order", "Shop", "changed", "content_id", "is_cancelled", "parts", "read_order"]
