"""Whether a document can be resent now, and if not, why: sentences for a person."""

from erp_adapter.ledger import NO_ROUTE, Entry
from erp_adapter.profile import Document

from erp_console.deployed import Deployed
from erp_console.kept_documents import kept_document


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
    if _is_sqs(deployed, entry.route):
        raise NotResent(
            "not kept",
            f"route {entry.route} goes to SQS, and what was sent there is not kept: the ERP's side "
            "must have it, or the order is typed in by hand",
        )
    left = (entry.lease_until or 0) - now
    if entry.claim and left >= 0:
        raise NotResent("busy", f"{entry.by} is resending it: try again in {left + 1:.0f} s")
    if not entry.claim and is_for(entry, reason):
        raise NotResent(
            "already resent",
            "for this very reason: another --reason resends it once more",
            trouble=False,
        )
    return entry


def its_document(deployed: Deployed, entry: Entry) -> Document:
    """The bytes that the ledger speaks of. Raises NotResent."""
    document = kept_document(deployed, entry)
    if document is None:
        raise NotResent(
            "not kept",
            "its bytes are not in the bucket: their time (DocumentVersionDays) is over, or the "
            "document went to SQS, where none are kept",
        )
    return document


def is_for(entry: Entry, reason: str) -> bool:
    """Whether the entry's resend is this reason's; the ledger may have shortened it."""
    said = entry.message if entry.source == "resend" else None
    return bool(said) and reason.startswith(said or "")


def _is_sqs(deployed: Deployed, route: str) -> bool:
    return any(each.name == route and each.destination == "sqs" for each in deployed.routes)
