"""Another try: receive → send → only then delete; or a fresh notification of what the ledger holds.

Killed at any moment, nothing is lost. A notification may be there twice; a document is not, because
the one delivery story and the ledger decide.
"""

import time
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from erp_adapter.errors import Malformed
from erp_adapter.ledger import NO_ROUTE, Entry
from erp_adapter.notification import Notification, Source
from erp_adapter.queue import depth, enqueue

from erp_console.deployed import Deployed
from erp_console.held_messages import HELD_SECONDS, WAIT_SECONDS, let_go, received
from erp_console.named_orders import Named, Period, every_order, find
from erp_console.rows import Row
from erp_console.status_words import is_rejected
from erp_console.terminal import note
from erp_console.working import watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which orders of the ledger: by name, by code or reason, by state, by the state's time.

    `states` None: whatever is not delivered and acknowledged, which is what who names an order
    means. What was broken off before `now` (seconds since the epoch), and nobody holds, waits.
    """

    names: tuple[str, ...] = ()
    states: tuple[str, ...] | None = ("rejected", "waiting")
    code: str | None = None
    period: Period | None = None
    now: float = field(default_factory=time.time)

    def takes(self, entry: Entry) -> bool:
        """Whether it is one of them."""
        state = "rejected" if is_rejected(entry) else entry.state
        if self._is_broken_off(entry):
            state = "waiting"
        return (
            (not entry.acknowledged if self.states is None else state in self.states)
            and (self.code is None or self.code in (entry.code, entry.reason))
            and (self.period is None or entry.updated_at in self.period)
        )

    def _is_broken_off(self, entry: Entry) -> bool:
        """A delivery or a revision whose worker died; a resend is its operator's to run again."""
        claimed = entry.state == "claimed" or (entry.revising and entry.claim is not None)
        return bool(claimed) and self.now > (entry.lease_until or 0)


def redrive_dead_letters(
    deployed: Deployed, *, dry: bool, held: int = HELD_SECONDS, wait: int = WAIT_SECONDS
) -> tuple[list[Row], int]:
    """Empties the dead-letter queue into the inbound queue; also says about how many are left."""
    there = depth(deployed.sqs, deployed.dlq_url)
    if dry:
        return [], there
    rows, foreign = list[Row](), list[dict[str, Any]]()
    letters = received(deployed.sqs, deployed.dlq_url, held, wait)
    for message in watched(letters, "Dead letters", there):
        row = _bring_back(deployed, message)
        if row.trouble:
            foreign.append(message)
        rows.append(row)
    let_go(deployed.sqs, deployed.dlq_url, foreign)
    left = depth(deployed.sqs, deployed.dlq_url)
    if left > len(foreign):
        note(f"About {left} are still there, held by another run or new: try again in a minute.")
    return rows, left


def _bring_back(deployed: Deployed, message: dict[str, Any]) -> Row:
    """Send, then delete. Its deduplication id is fresh, for it is a new message, and made of the
    dead letter's own: sent again after a kill, SQS knows it for five minutes."""
    try:
        dead = Notification.from_json(message["Body"])
    except Malformed:
        said = f"message {message['MessageId']} is not a notification of this adapter: left there"
        return Row(order="-", outcome="foreign", said=said, trouble=True)
    source: Source = "backfill" if dead.source == "backfill" else "redrive"
    fresh = replace(dead, uuid=f"redrive:{message['MessageId']}", source=source)
    enqueue(deployed.sqs, deployed.input_queue_url, fresh)
    deployed.sqs.delete_message(
        QueueUrl=deployed.dlq_url, ReceiptHandle=message["ReceiptHandle"]
    )  # fmt: skip
    return Row(order=dead.order, number=dead.number, outcome="redriven")


def redrive_orders(deployed: Deployed, choice: Choice, *, dry: bool) -> list[Row]:
    """Enqueues a notification for each order of the ledger that `choice` takes."""
    if choice.names:
        chosen = find(deployed.ledger, choice.names)
    else:
        everything = watched(every_order(deployed.ledger), "The ledger's orders")
        chosen = [named for named in everything if any(map(choice.takes, named.current))]
    return [
        _try_again(deployed, named, choice, dry=dry)
        for named in watched(chosen, "To the queue", len(chosen))
    ]


def _try_again(deployed: Deployed, named: Named, choice: Choice, *, dry: bool) -> Row:
    entry = next(filter(choice.takes, named.current), None)
    known = Row(
        order=named.order, number=named.number, outcome="redriven",
        route=entry.route if entry and entry.route != NO_ROUTE else None,
        said=(entry.code or entry.reason) if entry else None,
    )  # fmt: skip
    if named.entries and entry is None:
        states = sorted({f"{each.route}: {each.state}" for each in named.current})
        return replace(known, outcome="left alone", said=", ".join(states))
    if dry:
        return replace(known, outcome="would be redriven")
    if not announce(deployed, named):
        return replace(known, outcome="left alone", said="it has no pk and no number", trouble=True)
    return known


def announce(deployed: Deployed, named: Named) -> bool:
    """Puts a fresh notification of the order on the queue; False where it has no usable name."""
    pk = int(named.order) if named.order.isdecimal() else None
    number = named.number if pk is None else None
    if pk is None and number is None:
        return False
    notification = Notification(
        uuid=uuid.uuid4().hex, event="redrive", pk=pk, number=number,
        announced_at=int(time.time()), source="redrive",
    )  # fmt: skip
    enqueue(deployed.sqs, deployed.input_queue_url, notification)
    return True
