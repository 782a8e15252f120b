"""A changed order on a route with `on_change = "revise"`: claim → put → final, once a content.

The entry stays `delivered` at the revision that the ERP has, with the claim of the next one on it:
whatever fails, that one was delivered. As with a first delivery, the claim is a lease, and who
takes over a dead one looks first whether its document landed.
"""

from contextlib import suppress
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Final

from erp_adapter.delivery import revision
from erp_adapter.delivery.decision import CANCELLED, Action, Decision, status_code
from erp_adapter.delivery.holds import HELD
from erp_adapter.delivery.named_items import UNKNOWN, cancelled_items, word_of
from erp_adapter.delivery.notes import REVISION_REJECTED, noting, since
from erp_adapter.destination import Uncertain
from erp_adapter.errors import DestinationUnavailable, Misconfigured, Rejected, Unavailable
from erp_adapter.ledger import Contended, Entry
from erp_adapter.order import parts

if TYPE_CHECKING:
    from erp_adapter.delivery.attempt import Attempt
    from erp_adapter.profile import Document

_HELD: Final = Decision(Action.DELIVERED, HELD, "ORDER_CHANGED")


def revise(attempt: "Attempt", entry: Entry, *, repeated: bool = False) -> Entry:
    """The entry with its next revision, or with the code that keeps the order from it. `repeated`:
    its message may have been sent before. Raises what `Attempt.run` does."""
    attempt.must_be_newer_than(entry)
    numbered = replace(attempt.order, revision=entry.revision + 1)
    try:
        document = replace(attempt, order=numbered).document(entry)
    except Rejected as rejection:
        return attempt.put_noted(entry, _rejected(entry, rejection))
    if attempt.held():
        return attempt.put_noted(entry, since(entry, _HELD, attempt.order))
    attempt.must_be_in_time()
    claimed = attempt.claim(
        entry, revising=revision.claiming(attempt.content_id, document),
        source=attempt.notification.source, fetched_at=int(attempt.fetched_at),
    )  # fmt: skip
    if attempt.held():
        # The hold came, or was seen, only after the claim.
        waiting = since(entry, _HELD, attempt.order)
        waiting = replace(waiting, fetched_at=claimed.fetched_at, updated_at=claimed.updated_at)
        return attempt.tools.ledger.put(waiting, replacing=claimed)
    return _finish(attempt, _put(attempt, entry, claimed, document, repeated=repeated))


def _put(
    attempt: "Attempt", entry: Entry, claimed: Entry, document: "Document", *, repeated: bool
) -> Entry:
    destination = attempt.destination
    # No try is remembered that surely failed, and what was too large for its message may lie there,
    # or have been taken: every put looks first, as a repetition does.
    repeated_after = inf if repeated else 0.0
    try:
        destination.put(
            revision.next_place(claimed), document, document_id=revision.next_id(claimed),
            order=claimed.order, number=attempt.order.number, repeated_after=repeated_after,
        )  # fmt: skip
    except Uncertain:
        raise  # it may have landed: the claim stays until its lease is over
    except (DestinationUnavailable, Misconfigured):
        if destination.can_look or not repeated:
            with suppress(Contended, Unavailable, Misconfigured):
                attempt.tools.ledger.put(entry, replacing=claimed)
        raise
    return claimed


def take_over(attempt: "Attempt", entry: Entry) -> Entry:
    """Ends what a dead claim on a delivered entry has begun, and goes on from there."""
    destination, ledger = attempt.destination, attempt.tools.ledger
    if destination.can_look:
        taken = attempt.claim(entry)
        if destination.find(revision.next_place(taken), revision.next_id(taken)):
            return attempt.turn(_finish(attempt, taken))
        return attempt.turn(ledger.put(revision.given_back(taken), replacing=taken))
    attempt.must_be_newer_than(entry)
    same = revision.claimed_content(entry) == attempt.content_id
    if same and status_code(attempt.order.status) != CANCELLED:
        return revise(attempt, entry, repeated=True)
    # It may have been sent, so its number is used: what the order is now gets the next one. A
    # resend of what it was is of no use to anybody any more.
    return attempt.turn(_finish(attempt, attempt.claim(entry)))


def _finish(attempt: "Attempt", claimed: Entry) -> Entry:
    order = attempt.order
    known = revision.claimed_content(claimed) == attempt.content_id
    # A claim has little room beside it: what it cut comes back.
    whole = replace(claimed, number=order.number)
    return revision.finish(
        attempt.tools.ledger, whole, attempt.tools.clock, profile=attempt.route.profile,
        parts=parts(order) if known else None,
        items=word_of(cancelled_items(order)) if known else UNKNOWN,
    )  # fmt: skip


def _rejected(entry: Entry, rejection: Rejected) -> Entry:
    """The entry, still delivered, with the rejection's code."""
    return noting(
        entry, code=rejection.code, path=rejection.path, message=rejection.message,
        expected=rejection.expected, found=rejection.found, reason=REVISION_REJECTED,
    )  # fmt: skip
