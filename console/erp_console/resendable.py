"""Whether a document can be resent now, and if not, why: sentences for a person."""

from hashlib import sha256
from typing import Final

from erp_adapter.delivery.revision import ended_for
from erp_adapter.ledger import NO_ROUTE, Entry
from erp_adapter.profile import Document

from erp_console.deployed import Deployed
from erp_console.kept_documents import kept_document
from erp_console.rendered_again import rendered_again

_MOST_REASONS: Final = 4
"""So many are remembered: a resend for one that is older is made again."""

_REVISING: Final = "the order has changed, and its next revision is being written:"
_DEAD: Final = (
    "its next revision was broken off: `erp-adapter redrive --order` ends it, then try again"
)


class NotResent(Exception):
    """This document isn't resent, or not now; `outcome` is what is counted."""

    def __init__(self, outcome: str, sentence: str, *, trouble: bool = True) -> None:
        super().__init__(sentence)
        self.outcome = outcome
        self.trouble = trouble


def check(deployed: Deployed, entry: Entry | None, reason: str, now: float) -> Entry:
    """The entry, if its document can be resent for this reason. Raises NotResent."""
    if entry is None or entry.route == NO_ROUTE:
        raise NotResent("no document", "the ledger knows of no document")
    if entry.state != "delivered" or entry.written_at is None or not entry.document:
        raise NotResent("not delivered", f"it is {entry.state}: see `erp-adapter status`")
    left = (entry.lease_until or 0) - now
    if entry.revising:
        raise NotResent(
            "busy", f"{_REVISING} try again in {left + 1:.0f} s" if left >= 0 else _DEAD
        )
    if entry.claim and left >= 0:
        raise NotResent("busy", f"{entry.by} is resending it: try again in {left + 1:.0f} s")
    if entry.route in deployed.ledger.holds():
        raise held(entry.route)
    if _named(reason) in ended_for(entry):
        raise NotResent(
            "already resent",
            "for this very reason: another --reason resends it once more",
            trouble=False,
        )
    return entry


def held(route: str) -> NotResent:
    """Why nothing is resent on this route."""
    return NotResent("held", f"its route is held: `erp-adapter resume {route}` first")


def its_document(deployed: Deployed, entry: Entry) -> Document:
    """The bytes that the ledger speaks of. Raises NotResent, and what hinders reading the shop."""
    if goes_to_sqs(deployed, entry):
        document = rendered_again(deployed, entry)
        why = (
            "SQS keeps none, and the order of today or this checkout's profile makes others: the "
            "ERP's side must have it, or the order is typed in by hand"
        )
    else:
        document = kept_document(deployed, entry)
        why = "they are not in the bucket: their time (DocumentVersionDays) is over"
    if document is None:
        raise NotResent("not kept", f"its bytes can't be had: {why}")
    return document


def claimed_for(entry: Entry, reason: str) -> bool:
    """Whether the claim on the entry is this reason's."""
    return bool(entry.claim) and (entry.resent_for or "").split()[-1:] == [_named(reason)]


def claiming_for(entry: Entry, reason: str) -> str:
    """The entry's `resent_for` under a claim for this reason, which ends no other's resend."""
    return " ".join([*ended_for(entry), _named(reason)][-_MOST_REASONS:])


def _named(reason: str) -> str:
    """The reason in eight characters: the ledger's item has no room for many of them."""
    return sha256(reason.encode()).hexdigest()[:8]


def goes_to_sqs(deployed: Deployed, entry: Entry) -> bool:
    """Whether the entry's route sends messages, by this checkout's routes.toml."""
    return any(
        route.name == entry.route and route.destination == "sqs"
        for route in deployed.routes_toml.every
    )
