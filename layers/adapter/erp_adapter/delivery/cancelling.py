"""A document for what was cancelled after the delivery (`[[route]] on = "cancelled"`).

One entry an order and route, one numbered document a step: a claim on it says which items its
document names (`Entry.items`, the newest word last), so each item is in one document, whoever reads
what and whenever. Otherwise it is the protocol of any document.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from erp_adapter.balance import rounded
from erp_adapter.balance.amounts import unit_of
from erp_adapter.balance.cancellation import cancellable, cancellation
from erp_adapter.delivery.attempt import Attempt
from erp_adapter.delivery.decision import CANCELLED, FOR_GOOD, status_code
from erp_adapter.delivery.named_items import (
    EVERYTHING,
    UNKNOWN,
    last_of,
    named_by,
    says,
    together,
    without_last,
    word_of,
)
from erp_adapter.errors import Rejected, Unavailable
from erp_adapter.ledger import Entry, State
from erp_adapter.order import Order, content_id, is_cancelled
from erp_adapter.routes import Route

if TYPE_CHECKING:
    from erp_adapter.balance import MoneyPolicy
    from erp_adapter.profile import Document


def has_cancelled(order: Order) -> bool:
    """Whether the order, or an item of it, is cancelled."""
    return is_whole(order) or any(map(is_cancelled, order.lines))


def is_whole(order: Order) -> bool:
    """Whether the whole order is cancelled, whatever its items say."""
    return status_code(order.status) == CANCELLED


def cancelled_pks(order: Order, policy: "MoneyPolicy") -> set[int]:
    """The items that are cancelled, of those that a document under these policies can have."""
    whole = is_whole(order)
    return {
        pk for line in cancellable(order, policy) if whole or is_cancelled(line) for pk in line.ids
    }


def due(order: Order, route: Route, of: Entry, items: str | None) -> str | None:
    """The word for what is cancelled and in no document yet; None for nothing. `of` is the entry
    whose document is cancelled, `items` are the words of the cancellations so far."""
    whole = is_whole(order)
    if says(items, EVERYTHING) or not (whole or route.items):
        return None
    known = named_by(of.items) | named_by(items)
    pks = cancelled_pks(order, route.money)
    if not pks - known:
        return None
    if says(of.items, UNKNOWN) or says(items, UNKNOWN):
        return UNKNOWN
    word = EVERYTHING if whole else word_of(pks - known)
    return UNKNOWN if says(together(items, word), UNKNOWN) else word


def handed_over(order: Order, route: Route, of: Entry, entry: Entry | None) -> bool:
    """Whether the ERP has documents of everything that is cancelled, and nothing else of the order
    differs from what it got."""
    if entry is None:
        return False
    by_hand = entry.reason in FOR_GOOD
    if not by_hand and (entry.state != "delivered" or due(order, route, of, entry.items)):
        return False
    return is_whole(order) or _differs_by_these_only(order, of)


def _differs_by_these_only(order: Order, of: Entry) -> bool:
    """Whether the order, its cancellations undone, is the one that was delivered. Its amount may be
    less by what the items cost, with or without their own discounts."""
    before = named_by(of.items)
    since = [e for e in order.lines if is_cancelled(e) and before.isdisjoint(e.ids)]
    if not since:
        return False
    undone = {e.ids: replace(e, status=None, cancel_status=None) for e in since}
    lines = tuple(undone.get(e.ids, e) for e in order.lines)
    unit = unit_of(order.currency)
    prices = sum((rounded(e.quantity * e.unit_price, unit) for e in since), Decimal(0))
    discounts = sum((e.own_discount for e in since), Decimal(0))
    return any(
        content_id(replace(order, lines=lines, amount=order.amount + more - less)) == of.content_id
        for more, less in product((Decimal(0), prices), (Decimal(0), discounts))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelling(Attempt):
    """The cancellations of an order on their route, now. `of`: the entry whose document they
    cancel; `number` and `word` are those of the document at hand, `done` are the words before it;
    `unsure`: an attempt before may have sent it, and nobody can look."""

    of: Entry
    number: int = 1
    word: str | None = None
    done: str | None = None
    unsure: bool = False

    @property
    def document_id(self) -> str:
        """Names order, route and number for ever: the same for every try."""
        return f"{self.order.pk}/{self.route.name}/{self.number}"

    def turn(self, entry: Entry | None) -> Entry:
        if entry and entry.state == "claimed":
            left = (entry.lease_until or 0) - self.tools.clock()
            if left >= 0:
                raise Unavailable("Another worker has claimed this cancellation.", code="CLAIMED",
                                  retry_after=left + 1)  # fmt: skip
            return replace(self, number=entry.revision)._take_over(entry)
        if entry and entry.reason in FOR_GOOD:
            return entry
        resent = entry and entry.state == "delivered" and entry.claim
        if entry and resent and self.tools.clock() <= (entry.lease_until or 0):
            raise Unavailable("An operator is resending a cancellation of this order.",
                              code="CLAIMED", retry_after=60)  # fmt: skip
        this = self._at_hand(entry)
        if this.word is None:
            if entry is None:
                raise Unavailable("The order changes while it is read.", code="CLAIMED",
                                  retry_after=1)  # fmt: skip
            return entry
        if entry and entry.state == "delivered":
            entry = replace(entry, claimed_at=None)  # of the document before
        written = this._deliver(entry)
        return self._go_on(written) if this.unsure and written.state == "claimed" else written

    def _go_on(self, written: Entry) -> Entry:
        """What an earlier attempt had claimed is final at once: more may be cancelled since."""
        final = replace(
            written, state="delivered", claim=None, lease_until=None, updated_at=self._now()
        )  # fmt: skip
        return self.turn(self.tools.ledger.put(final, replacing=written))

    def _at_hand(self, entry: Entry | None) -> "Cancelling":
        if entry is None:
            return replace(self, word=due(self.order, self.route, self.of, None))
        if entry.state != "delivered" and entry.claimed_at is not None:
            return replace(self, number=entry.revision, word=last_of(entry.items),
                           done=without_last(entry.items), unsure=True)  # fmt: skip
        # A resend that was broken off may have used the next number.
        resent = entry.state == "delivered" and entry.claim
        number = entry.revision + (2 if resent else 1)
        return replace(self, number=number, done=entry.items,
                       word=due(self.order, self.route, self.of, entry.items))  # fmt: skip

    def render(self) -> "Document":
        """The document of the items at hand. Raises Rejected, Misconfigured."""
        if self.word == UNKNOWN:
            raise Rejected(
                "The ledger does not name every item of this order that the ERP has, or was told "
                "of: cancel them in the ERP by hand, and settle this route of the order.",
                code="TOO_MANY_CANCELLED", path="items",
            )  # fmt: skip
        known = named_by(self.of.items) | named_by(self.done)
        pks = {pk for line in cancellable(self.order, self.route.money) for pk in line.ids} - known
        if self.word != EVERYTHING:
            pks &= named_by(self.word)
        numbered = replace(self.order, revision=self.number)
        document = self.tools.profile_of(self.route).render(
            cancellation(numbered, pks, self.route.money)
        )
        if self.number == 1:
            return document
        name = PurePosixPath(document.name)
        return replace(document, name=f"{name.stem}.r{self.number}{name.suffix}")

    def _take_over(self, entry: Entry) -> Entry:
        taken, now = self.claim(entry), self._now()
        destination = self.destination
        if not destination.can_look:
            return self.turn(replace(taken, state="waiting"))
        if destination.find(taken.document or "", self.document_id):
            return self._go_on(replace(taken, written_at=now))
        # Nothing landed and nothing will: as if it had not been claimed.
        return self.turn(
            replace(
                taken, state="waiting", claimed_at=None, revision=taken.revision - 1,
                items=without_last(taken.items),
            )
        )  # fmt: skip

    def _claimed(self, entry: Entry | None) -> Entry:
        return self._entry("claimed")

    def _entry(self, state: State) -> Entry:
        entry, claims = Attempt._entry(self, state), state == "claimed" or self.unsure
        return replace(
            entry, revision=self.number if claims else self.number - 1,
            items=together(self.done, self.word) if claims else self.done,
        )  # fmt: skip
