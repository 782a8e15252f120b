"""A full queue on the local stack: how fast the deployed worker empties it.

`python bench/drain.py [--orders 10000]`: one message an order straight onto the inbound queue of
the built template on ministack, its batches of ten and the shop's rate as wide as it goes. The
figures are the orders a second from the first message to the last document, and what is there in
the end: documents, versions of documents, dead letters, and entries that are not delivered. The
stack, its workers, the shop and this process share the machine: compare runs, not machines.
"""

import argparse
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from erp_adapter.ledger import Ledger
from erp_adapter.notification import Notification
from erp_adapter.queue import depth, enqueue
from local import Place, deployed

_FIRST: Final = 200_000
_AT_ONCE: Final = 4
_LONGEST: Final = 3600
"""Seconds after which a queue that is not empty yet is given up."""


def main() -> None:
    """Prints one line; exits with 1 where a document is missing or twice there."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=10_000)
    orders = parser.parse_args().orders
    # No walk of reconcile meanwhile, which would bring the shop's own sample order.
    parameters = {"OmnitronRate": "1000", "MaximumConcurrency": "2", "ReconcileMinutes": "1440"}
    with deployed(parameters=parameters) as place:
        pks = range(_FIRST, _FIRST + orders)
        with ThreadPoolExecutor(_AT_ONCE) as executor:
            list(executor.map(place.new_order, pks))
        began = time.monotonic()
        _fill(place, pks)
        filled = time.monotonic() - began
        _wait(place, orders, began)
        took = time.monotonic() - began
        found = _found(place)
    print(
        f"{orders} messages, put there within {filled:.0f} s: drained in {took:.0f} s, "
        f"{orders / took:.1f} orders/s; {found}"
    )
    if found["documents"] != orders or found["versions"] != orders or found["dead letters"]:
        raise SystemExit(1)


def _fill(place: Place, pks: range) -> None:
    sqs, url = place.stack.client("sqs"), place.deployment.input_queue_url

    def put(pk: int) -> None:
        notification = Notification(
            uuid=uuid.uuid4().hex, event="order.updated", pk=pk, number=None,
            announced_at=int(time.time()), source="webhook",
        )  # fmt: skip
        enqueue(sqs, url, notification)

    with ThreadPoolExecutor(_AT_ONCE) as executor:
        list(executor.map(put, pks))


def _wait(place: Place, orders: int, began: float) -> None:
    sqs, url = place.stack.client("sqs"), place.deployment.input_queue_url
    while time.monotonic() < began + _LONGEST:
        # The queue first: who lists thousands of documents is a load of his own.
        if not depth(sqs, url) and _counted(place, "list_objects_v2", "Contents") >= orders:
            return
        time.sleep(2)


def _found(place: Place) -> dict[str, Any]:
    made = place.deployment
    ledger = Ledger(place.stack.client("dynamodb"), made.table)
    return {
        "documents": _counted(place, "list_objects_v2", "Contents"),
        "versions": _counted(place, "list_object_versions", "Versions"),
        "dead letters": depth(place.stack.client("sqs"), made.dlq_url),
        "ledger": dict(Counter(entry.state for entry in ledger.scan())),
    }


def _counted(place: Place, call: str, what: str) -> int:
    pages = place.stack.client("s3").get_paginator(call).paginate(Bucket=place.deployment.bucket)
    return sum(len(page.get(what, [])) for page in pages)


if __name__ == "__main__":
    main()
