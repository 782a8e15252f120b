"""What is kept of an order goes, but for a tombstone: close → delete → forget.

First the ledger says for good that the order is never sent (again), while it still knows where the
document lies; then the bytes go; then the ledger forgets the rest. Killed at any moment, the same
command goes on: who deleted first would let a delivery under way find "nothing landed".
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from erp_adapter.delivery.decision import ERASED
from erp_adapter.errors import Malformed
from erp_adapter.ledger import NO_ROUTE, Contended, Entry
from erp_adapter.notification import Notification, key_part

from erp_console.deployed import Deployed
from erp_console.held_messages import HELD_SECONDS, WAIT_SECONDS, let_go, received
from erp_console.kept_documents import Kept, erase_kept, every_version
from erp_console.named_orders import Named
from erp_console.rows import Row


def erase_order(deployed: Deployed, named: Named, *, dry: bool) -> list[Row]:
    """Erases the order on each of its routes. Nothing at all while one of them is claimed."""
    row = Row(order=named.order, number=named.number, outcome="erased")
    if not named.entries:
        return [replace(row, outcome="not known", said="the ledger knows nothing of it")]
    busy = [each for each in named.entries if each.state == "claimed" or each.claim]
    if busy:
        return [replace(row, route=e.route, outcome="busy", said=_BUSY, trouble=True) for e in busy]
    if not dry:
        _forget_names(deployed, named)
    if not named.order.isdecimal():
        return [replace(row, outcome="would be erased" if dry else "erased")]
    return [_erase(deployed, replace(row, route=e.route), e, dry=dry) for e in named.entries]


_BUSY: Final = (
    "a delivery or a resend has claimed it, and its document may be on its way: try again in a "
    "minute, after `erp-adapter redrive --order` or the same resend where it was broken off"
)


def _erase(deployed: Deployed, row: Row, entry: Entry, *, dry: bool) -> Row:
    kept = list(every_version(deployed, entry))
    said = _said(entry, kept)
    if dry:
        return replace(row, outcome="would be erased", said=said)
    if entry == _tombstone(deployed, entry):
        return replace(row, outcome="erased before")
    try:
        closed = replace(
            _tombstone(deployed, entry), number=entry.number, document=entry.document
        )  # fmt: skip
        closed = deployed.ledger.put(closed, replacing=entry)
        erase_kept(deployed, kept)
        deployed.ledger.put(_tombstone(deployed, closed), replacing=closed)
    except Contended:
        return replace(row, outcome="busy", said="somebody was first: run it again", trouble=True)
    return replace(row, said=said)


def _tombstone(deployed: Deployed, entry: Entry) -> Entry:
    """What stays: that the order is closed, how often its document was written and when."""
    before = entry.reason == ERASED
    return Entry(
        order=entry.order, route=entry.route, version=entry.version, state="settled",
        reason=ERASED, acknowledged=entry.acknowledged, revision=entry.revision,
        by=entry.by if before else deployed.caller,
        written_at=entry.written_at, acknowledged_at=entry.acknowledged_at,
        updated_at=entry.updated_at if before else int(time.time()),
    )  # fmt: skip


def _said(entry: Entry, kept: Sequence[Kept]) -> str:
    state = " ".join(part for part in (entry.state, entry.code or entry.reason) if part)
    there = sum(each.current and not each.marker for each in kept)
    waits = ", which the ERP has not taken yet" if there else ""
    versions = sum(not each.marker for each in kept)
    return f"it was {state}; {versions} versions, {len(kept) - versions} delete markers{waits}"


def _forget_names(deployed: Deployed, named: Named) -> None:
    """What was kept under the order's number before its pk was known: nothing rests on it."""
    for number in {entry.number for entry in named.entries if entry.number}:
        deployed.aws.client("dynamodb").delete_item(
            TableName=deployed.ledger_table,
            Key={"order": {"S": f"number:{key_part(number)}"}, "route": {"S": NO_ROUTE}},
        )


def erase_messages(deployed: Deployed, erased: Sequence[Named]) -> list[Row]:
    """Takes the orders' messages off the output queue and the dead-letter queue, as far as they can
    be seen: one that a consumer holds, or has taken, is the consumer's to erase."""
    orders = {each.order for each in erased}
    numbers = {each.number: each.order for each in erased if each.number}

    def order_of(message: dict[str, Any]) -> str | None:
        attributes = message.get("MessageAttributes", {})
        if "document_id" in attributes:
            return str(attributes["document_id"]["StringValue"]).partition("/")[0]
        try:
            dead = Notification.from_json(message["Body"])
        except Malformed:
            return None
        return str(dead.pk) if dead.pk is not None else numbers.get(dead.number or "")

    rows = []
    for url in (deployed.output_queue_url, deployed.dlq_url):
        others = []
        for message in received(deployed.sqs, url, HELD_SECONDS, WAIT_SECONDS):
            order = order_of(message)
            if order in orders:
                deployed.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                rows.append(Row(order=str(order), outcome="message erased"))
            else:
                others.append(message)
        let_go(deployed.sqs, url, others)
    return rows
