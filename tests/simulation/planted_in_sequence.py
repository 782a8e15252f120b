"""Bugs to plant where documents have a sequence (mutants.py lists them)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from erp_adapter.delivery import attempt, decision, way
from erp_console.resending import Resending

Patch = tuple[Any, str, Any]


def without_its_customer() -> Patch:
    """The row of the decision table is forgotten."""

    def decide(*arguments: Any, behind: bool = False, **named: Any) -> Any:
        return decision.decide(*arguments, **named)

    return attempt, "decide", decide


def claimed_is_durable() -> Patch:
    """Where the first document's claim is another's, the second goes."""
    original = way.Way._travel

    def travel(self: Any, route: Any, known: Any, entries: Any, errors: Any) -> None:
        if route.after and route.after not in entries:
            there = self.tools.ledger.get(str(self.order.pk), route.after)
            if there is not None and there.state == "claimed":
                route = replace(route, after=None)
        original(self, route, known, entries, errors)

    return way.Way, "_travel", travel


def resent_in_any_sequence() -> Patch:
    """The last is resent first."""

    def resend_all(
        self: Any, chosen: Iterable[tuple[str, str]], *, dry: bool = False
    ) -> Iterator[Any]:
        for order, route in reversed(list(chosen)):
            yield self.resend(order, route, dry=dry)

    return Resending, "resend_all", resend_all
