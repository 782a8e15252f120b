"""Bugs to plant where cancellations make documents (mutants.py lists them)."""

from dataclasses import replace
from typing import Any

from erp_adapter import cancellations, reconcile
from erp_adapter.delivery import cancelling
from erp_adapter.delivery.attempt import Attempt
from erp_adapter.delivery.cancelling import Cancelling
from erp_adapter.delivery.decision import Case, status_code

Patch = tuple[Any, str, Any]


def an_item_twice() -> Patch:
    """A claim forgets what the documents before have named."""
    return cancelling, "together", lambda words, word: word


def what_the_document_left_out() -> Patch:
    """Nobody notes which items were cancelled before the order's own document."""
    original = Attempt._claimed
    return Attempt, "_claimed", lambda self, entry: replace(original(self, entry), items=None)


def another_set_under_the_same_id() -> Patch:
    """A message that may have been sent is sent again with what is cancelled now."""
    original = Cancelling._at_hand

    def at_hand(self: Any, entry: Any) -> Any:
        if entry is not None and entry.state != "delivered" and entry.claimed_at is not None:
            words = cancelling.without_last(entry.items)
            entry = replace(entry, items=words, revision=entry.revision - 1, claimed_at=None)
        return original(self, entry)

    return Cancelling, "_at_hand", at_hand


def claimed_is_handed_over() -> Patch:
    """The items of a claim that came to nothing count as named."""
    return Cancelling, "_take_over", lambda self, entry: replace(entry, written_at=self._now())


def one_step_a_notification() -> tuple[Patch, Patch]:
    """Whoever finds that a dead claim's document landed looks no further."""
    turn = Cancelling.turn
    seen: list[Any] = []

    def looks_no_further(self: Any, entry: Any) -> Any:
        if seen and entry is not None and entry.state == "delivered":
            return entry
        return turn(self, entry)

    original = Cancelling._take_over

    def take_over(self: Any, entry: Any) -> Any:
        seen.append(entry)
        try:
            return original(self, entry)
        finally:
            seen.pop()

    return (Cancelling, "_take_over", take_over), (Cancelling, "turn", looks_no_further)


def what_waits_for_its_cancellation_is_sent() -> Patch:
    """The table goes by the status alone."""

    def is_not_yet(self: Any) -> bool:
        return (status_code(self.order.status) or 0) < min(self.route.statuses)

    return Case, "is_not_yet", property(is_not_yet)


def a_list_that_ignores_the_filter_is_believed() -> Patch:
    """Nobody tries it with a word of nobody's."""
    return cancellations, "_obeys", lambda *_: True


def who_leaves_the_list_is_forgotten() -> Patch:
    """What a walk remembers is what it has seen, and nobody compares."""

    def decided(*arguments: Any) -> Any:
        return replace(cancellations.decided(*arguments), pks=())

    return reconcile, "decided", decided
