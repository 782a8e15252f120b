"""Bugs to plant where changed orders are sent again (mutants.py lists them)."""

from dataclasses import replace
from typing import Any

from erp_adapter.delivery import attempt, decision, revising, revision
from erp_adapter.delivery.attempt import Attempt
from erp_adapter.ledger import Entry

Patch = tuple[Any, str, Any]


def forgets_the_first() -> Patch:
    """The revision's claim is one as any, and forgets that revision 1 was delivered."""
    original = Attempt.claim

    def claim(self: Any, entry: Entry, **fields: Any) -> Entry:
        if fields.get("revising"):
            fields["state"] = "claimed"
        return original(self, entry, **fields)

    return Attempt, "claim", claim


def one_number_for_a_content_that_comes_back() -> tuple[Patch, Patch]:
    """What the order was before gets the number that it had then: A, B, A are 1, 2, 1."""
    id_of, known = revision.next_id, dict[tuple[str, str, str | None], str]()

    def next_id(entry: Entry) -> str:
        content = revision.claimed_content(entry)
        return known.setdefault((entry.order, entry.route, content), id_of(entry))

    return (revision, "next_id", next_id), (revising.revision, "next_id", next_id)


def older_revises_newer() -> Patch:
    """Whoever comes last is right, whatever he has read."""

    def revise(this: Any, entry: Entry, *, repeated: bool = False) -> Entry:
        version = entry.version
        return revising.revise(replace(this, newer_than=version), entry, repeated=repeated)

    return attempt, "revise", revise


def no_look_after_a_dead_claim() -> Patch:
    """What a dead revision's claim wrote is not looked for."""

    def take_over(this: Any, entry: Entry) -> Entry:
        free = this.tools.ledger.put(revision.given_back(entry), replacing=entry)
        ended: Entry = this.turn(free)
        return ended

    return attempt, "take_over", take_over


def ignores_a_resend_under_way() -> Patch:
    """A resend's live claim is none of a revision's business."""

    def decide(order: Any, route: Any, entry: Entry | None, **named: Any) -> Any:
        if entry and entry.state == "delivered" and entry.claim and not entry.revising:
            entry = replace(entry, claim=None)
        return decision.decide(order, route, entry, **named)

    return attempt, "decide", decide


def waits_for_its_customer_s() -> Patch:
    """An order's revision is not made before its customer's is, which may be refused."""

    def revise(this: Any, entry: Entry, *, repeated: bool = False) -> Entry:
        first = this.tools.ledger.get(entry.order, this.route.after) if this.route.after else None
        if first is not None and first.revision <= entry.revision:
            return entry
        return revising.revise(this, entry, repeated=repeated)

    return attempt, "revise", revise


def forgets_what_it_lacks() -> Patch:
    """Which items a revision has left out is not noted."""
    return revising, "word_of", lambda pks: None
