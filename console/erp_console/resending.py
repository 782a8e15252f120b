"""The same bytes once more, under a new revision of the key: claim → look → put → final.

The entry stays `delivered`; a claim on it, a lease as a delivery's, keeps a second operator away.
Killed at any moment, the same command ends in exactly one new document: who takes over a dead claim
looks first whether its document landed, and one reason resends a document once.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from erp_adapter.delivery.notes import AFTER_DELIVERY
from erp_adapter.delivery.revision import finish, next_id, next_place
from erp_adapter.deployment import PUT_SECONDS
from erp_adapter.destination import Destination, S3Destination, SqsDestination, Uncertain
from erp_adapter.errors import DestinationUnavailable, Misconfigured, Unavailable
from erp_adapter.ledger import Contended, Entry
from erp_adapter.profile import Document

from erp_console.deployed import Deployed
from erp_console.resendable import (
    NotResent,
    check,
    claimed_for,
    claiming_for,
    goes_to_sqs,
    held,
    its_document,
)
from erp_console.rows import Row

LEASE: Final = 60
"""Seconds that a claim keeps other operators away; a put of this one begins well before its end."""


@dataclass(frozen=True, kw_only=True)
class Resending:
    """One run: on which stack, and why."""

    deployed: Deployed
    reason: str
    clock: Callable[[], float] = time.time

    def resend_all(self, chosen: Iterable[tuple[str, str]], *, dry: bool = False) -> Iterator[Row]:
        """Resends these orders' documents on their routes, one after the other; what comes after
        one that was not resent waits for it."""
        after = {route.name: route.after for route in self.deployed.routes}
        late = set[tuple[str, str | None]]()
        for order, route in chosen:
            if (order, after.get(route)) in late:
                said = f"{after[route]} comes first: run the same command again"
                row = Row(order=order, route=route, outcome="busy", said=said, trouble=True)
            else:
                row = self.resend(order, route, dry=dry)
            if row.trouble:
                late.add((order, route))
            yield row

    def resend(self, order: str, route: str, *, dry: bool = False) -> Row:
        """Resends what the ledger holds now, or says why not. Raises Misconfigured where none can
        be resent."""
        entry = self.deployed.ledger.get(order, route)
        row = Row(
            order=order, route=route, number=entry.number if entry else None, outcome="resent",
            document=entry.document if entry else None,
            # A restored ERP has lost these too, and what a person did about them.
            said=AFTER_DELIVERY.get(entry.code or "") if entry else None,
        )  # fmt: skip
        try:
            entry = check(self.deployed, entry, self.reason, self.clock())
            document = its_document(self.deployed, entry)
            if dry:
                return replace(row, outcome="would be resent", document=next_place(entry))
            return replace(row, document=self._carry(entry, document).document)
        except NotResent as why:
            return replace(row, outcome=why.outcome, said=str(why), trouble=why.trouble)
        except Contended:
            return replace(row, outcome="busy", said="others are at work on it", trouble=True)
        except Unavailable as error:
            said = f"{error.message} Run the same command again in a minute."
            return replace(row, outcome="uncertain", said=said, trouble=True)
        except Misconfigured as error:
            if error.code != "KEY_TAKEN":
                raise
            return replace(row, outcome="failed", said=error.message, trouble=True)

    def _carry(self, entry: Entry, document: Document) -> Entry:
        destination = self._destination(entry)

        def landed(claimed: Entry) -> bool:
            return destination.find(next_place(claimed), next_id(claimed))

        if entry.claim and not claimed_for(entry, self.reason) and landed(entry):
            # Begun for another reason, and never ended: what landed is that one's.
            entry = self._finish(entry)
        claimed = self._claim(entry)
        if not landed(claimed):
            self._put(claimed, entry, destination, document)
        return self._finish(claimed)

    def _destination(self, entry: Entry) -> Destination:
        aws = self.deployed.aws
        s3 = S3Destination(aws.client("s3", retries=False), self.deployed.bucket, "")
        if not goes_to_sqs(self.deployed, entry):
            return s3
        return SqsDestination(aws.client("sqs", retries=False), self.deployed.output_queue_url, s3)

    def _claim(self, entry: Entry) -> Entry:
        now = int(self.clock())
        claim = replace(
            entry, claim=uuid.uuid4().hex, lease_until=now + LEASE, source="resend",
            by=self.deployed.caller, message=self.reason, updated_at=now,
            resent_for=claiming_for(entry, self.reason),
        )  # fmt: skip
        return self.deployed.ledger.put(claim, replacing=entry)

    def _put(
        self, claimed: Entry, before: Entry, destination: Destination, document: Document
    ) -> None:
        # A dead claim's message may have been sent, under the same id: SQS can't be asked.
        repeated_after = inf if before.claim else None
        if self.clock() > (claimed.lease_until or 0) - 2 * PUT_SECONDS:
            raise Unavailable("This machine slept, and its claim is nearly over.")
        if claimed.route in self.deployed.ledger.holds():
            # It came after the first look, which may be long ago on this machine.
            self._release(claimed, before)
            raise held(claimed.route)
        try:
            destination.put(
                next_place(claimed), document, document_id=next_id(claimed),
                order=claimed.order, number=claimed.number or "",
                repeated_after=repeated_after,
            )  # fmt: skip
        except Uncertain:
            raise  # it may have landed: the claim stays until its lease is over
        except (DestinationUnavailable, Misconfigured):
            self._release(claimed, before)
            raise

    def _release(self, claimed: Entry, before: Entry) -> None:
        with suppress(Contended, Unavailable):
            self.deployed.ledger.put(before, replacing=claimed)

    def _finish(self, claimed: Entry) -> Entry:
        return finish(self.deployed.ledger, claimed, self.clock)
