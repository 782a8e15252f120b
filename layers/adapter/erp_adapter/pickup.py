"""The ERP has deleted a document from the bucket: it has taken it.

S3's event of it is a hint: it may come late, twice or never. What counts is the delete marker that
a HEAD of the key finds, and the ledger's entry that names this very document. What waits for a
pick-up is then the delivery story's, as everything that is told to the shop; a lost event is made
up for by reconcile.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

from erp_adapter.destination import S3Destination
from erp_adapter.errors import Unavailable
from erp_adapter.ledger import Contended, Entry, Ledger
from erp_adapter.notification import Notification

_MOST_TURNS: Final = 3
_ENDING: Final = re.compile(r"(\.r[0-9]+)?\.[A-Za-z0-9]+\Z")
"""What follows the name: the revision of what was sent again, and the extension."""
_DIGITS: Final = re.compile(r"(?<![0-9])[0-9]{1,18}(?![0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class PickUp:
    """`waiting`: the routes of which `is_send` waits for the pick-up."""

    ledger: Ledger
    destination: S3Destination
    waiting: Collection[str]
    enqueue: Callable[[Notification], None]
    clock: Callable[[], float]

    def note(self, key: str, event_id: str) -> str:
        """Looks, and writes down what was seen; says in a word what it was. `event_id` is new for
        each event, so that the queue knows one that comes twice.

        Raises Unavailable, Misconfigured: the event is to come again.
        """
        entry = self._entry_of(key)
        if entry is None:
            return "unknown"
        if not self.destination.picked_up(key):
            return "there"
        for _ in range(_MOST_TURNS):
            if entry is None or entry.document != key:
                return "moved on"
            if entry.state == "claimed":
                # Its final write is to come, and must not find the entry changed.
                self._tell(entry, event_id)
                return "claimed"
            if entry.state != "delivered":
                return "closed"
            try:
                entry = self._picked_up(entry)
            except Contended as moved:
                entry = moved.current
                continue
            if entry.route in self.waiting and not self._is_known(entry):
                self._tell(entry, event_id)
            return "picked up"
        raise Unavailable("Others are at work on this order.", code="CLAIMED")

    def _entry_of(self, key: str) -> Entry | None:
        """The entry that names this document. Its pk stands in the file's name, nearly always at
        the end (a profile may say otherwise)."""
        name = _ENDING.sub("", key.rpartition("/")[2])
        for pk in dict.fromkeys(reversed(_DIGITS.findall(name))):
            for entry in self.ledger.of_order(pk):
                if entry.document == key:
                    return entry
        return None

    def _picked_up(self, entry: Entry) -> Entry:
        if entry.picked_up_at is not None:
            return entry
        now = int(self.clock())
        picked_up = replace(entry, picked_up_at=now, updated_at=now)
        return self.ledger.put(picked_up, replacing=entry)

    def _is_known(self, entry: Entry) -> bool:
        """Whether every such route's entry says that the shop was told: another's final write may
        have been lost to a race, and then have waited for this document, which was sent again."""
        return bool(entry.acknowledged) and not any(
            each.state == "delivered" and not each.acknowledged
            for each in self.ledger.of_order(entry.order)
            if each.route in self.waiting
        )

    def _tell(self, entry: Entry, event_id: str) -> None:
        notification = Notification(
            uuid=f"pickup:{event_id}", event="pickup", pk=int(entry.order), number=None,
            announced_at=int(self.clock()), source="pickup",
        )  # fmt: skip
        self.enqueue(notification)
