"""The delivery story (`story`): one for every entry. See docs/decisions.md for what it promises."""

from erp_adapter.delivery.outcome import Outcome, RouteOutcome
from erp_adapter.delivery.story import Delivery

__all__ = ["Delivery", "Outcome", "RouteOutcome"]
