"""One order on one route: decide, claim, put.

Claim → put: the claim is a lease in the ledger. S3 can't be fenced by it, so whoever finds
another's live claim comes back later, and who takes over a dead one looks first whether its
document landed. The stated assumption: a put that timed out lands before its lease ends, or never.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from erp_adapter.balance import balance
from erp_adapter.delivery.decision import (
    CANCELLED,
    FOR_GOOD,
    SENT,
    Action,
    Decision,
    decide,
    is_open_backfill,
    status_code,
)
from erp_adapter.delivery.holds import HELD, Holds
from erp_adapter.delivery.named_items import UNKNOWN, named_by, says, word_of
from erp_adapter.destination import Destination, Uncertain
from erp_adapter.errors import (
    AdapterError,
    DestinationUnavailable,
    Misconfigured,
    Rejected,
    Unavailable,
    Unbalanced,
)
from erp_adapter.ledger import NO_ROUTE, Contended, Entry, Ledger, State
from erp_adapter.notification import Notification
from erp_adapter.order import Order, changed, content_id, is_cancelled, parts
from erp_adapter.routes import Route

if TYPE_CHECKING:
    from erp_adapter.profile import Document, Profile

_MOST_TURNS: Final = 3
"""How often the ledger may move under one attempt before it makes way."""
NEWS_SECONDS: Final = 3600
"""How long the same ending of the same order is not written down again."""
CLOCKS: Final = 5
"""Seconds by which the clocks of two environments may differ."""
_DIGITS: Final = 12
"""So many digits of a content id tell two contents apart, for a reader."""

_MOST_NAMES: Final = 100
"""Characters of what has changed, by name."""


class ReadAgain(Exception):
    """The order is to be read once more before anything is written: its amounts disagree, which a
    change between the shop's three answers would explain, or the ledger may rest on newer ones.

    `entry` is where the next attempt goes on: what is known of the ledger, a take-over included.
    """

    def __init__(self, entry: Entry | None) -> None:
        super().__init__("the order is to be read again")
        self.entry = entry


AFTER_DELIVERY: Final = {
    "ORDER_CHANGED": "The order was changed in the shop after the ERP got its document: book the "
    "change in the ERP by hand.",
    "CANCELLED_AFTER_DELIVERY": "The order was cancelled in the shop after the ERP got its "
    "document: cancel it in the ERP by hand.",
    SENT: "What was cancelled in the shop after the ERP got its document was handed over to it, as "
    "a document of its own.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every attempt works with. `clock`: seconds since the epoch; `lease`: seconds."""

    ledger: Ledger
    destinations: Mapping[str, Destination]
    profile_of: Callable[[Route], "Profile"]
    clock: Callable[[], float]
    new_claim: Callable[[], str]
    lease: int
    holds: Holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An order on a route, now. `ours`: one of its routes has its document from us; `behind`: the
    document that comes before this route's is not durable; `handed_over` says of a delivered entry
    whether what became of the order since is cancellations, and the ERP has documents of them.

    The order was read from `began` to `fetched_at`, and surely after version `newer_than` of the
    entry was written. `deadline` (on the clock of the tools) is when no step may begin any more.
    `may_be_torn`: the order was read once only. `tries`: how often its notification was begun.
    """

    tools: Tools
    order: Order
    route: Route
    notification: Notification
    began: float
    fetched_at: float
    ours: bool
    behind: bool = False
    handed_over: Callable[[Entry], bool] = lambda _: False
    newer_than: int = 0
    deadline: float | None = None
    may_be_torn: bool = False
    tries: int = 1

    def run(self, entry: Entry | None) -> tuple[Entry, Entry | None]:
        """The route's entry at the end of the attempt, and what the ledger held before; `entry` is
        what is known of that.

        State `claimed` means: the document is durable, and the final write is still to come.
        Raises Unavailable and Misconfigured, with the ledger as it was or `waiting`, and
        ReadAgain before anything of the delivery is written.
        """
        for _ in range(_MOST_TURNS):
            try:
                return self._turn(entry), entry
            except Contended as moved:
                entry = moved.current
        raise Unavailable("Others are at work on this order.", code="CLAIMED", retry_after=1)

    @property
    def document_id(self) -> str:
        """Names order, route and revision for ever: the same for every try."""
        return f"{self.order.pk}/{self.route.name}/1"

    def _turn(self, entry: Entry | None) -> Entry:
        decision = self._decided(entry, asked_for=self.notification.source == "backfill")
        if decision.reason == "before-start" and self._is_parked_backfill():
            decision = self._decided(entry, asked_for=True)
        match decision.action:
            case Action.DELIVER:
                return self._deliver(entry)
            case Action.SETTLE:
                return self._record(entry, "settled", decision)
            case Action.MISS:
                return self._record(entry, "missed", decision)
        assert entry is not None  # noqa: S101 - the other actions are of entries
        if decision.action is Action.TAKE_OVER:
            return self._take_over(entry)
        if decision.action is Action.COME_BACK:
            left = (entry.lease_until or 0) - self.tools.clock()
            raise Unavailable(
                "Another worker has claimed this order.", code="CLAIMED", retry_after=left + 1
            )
        return self._after_delivery(entry, decision)

    def _decided(self, entry: Entry | None, *, asked_for: bool) -> Decision:
        handed_over = bool(entry and entry.state == "delivered" and self.handed_over(entry))
        return decide(
            self.order, self.route, entry, content_id=content_id(self.order),
            now=self.tools.clock(), ours=self.ours, behind=self.behind, handed_over=handed_over,
            asked_for=asked_for,
        )  # fmt: skip

    def _is_parked_backfill(self) -> bool:
        return is_open_backfill(self.tools.ledger.get(str(self.order.pk), NO_ROUTE))

    # ---------------------------------------------------------------- deliver

    def render(self) -> "Document":
        """The document. Raises Rejected, Misconfigured."""
        balanced = balance(self.order, self.route.money)
        return self.tools.profile_of(self.route).render(balanced)

    def _deliver(self, entry: Entry | None) -> Entry:
        self._must_be_newer_than(entry)
        destination = self.tools.destinations[self.route.destination]
        try:
            document = self.render()
        except Rejected as rejection:
            if self.may_be_torn and _disagree(rejection):
                raise ReadAgain(entry) from None
            return self.reject(entry, rejection)
        if self._held():
            return self._wait(entry)
        if self.deadline is not None and self.tools.clock() > self.deadline:
            raise Unavailable("There is no time left to put the document.", code="OUT_OF_TIME")
        now = self._now()
        tried_at = entry.claimed_at if entry else None
        claim = replace(
            self._claimed(entry),
            claim=self.tools.new_claim(), lease_until=now + self.tools.lease,
            claimed_at=tried_at or now, document=destination.place(self.route.name, document),
            sha256=document.sha256, profile=document.profile, profile_version=document.version,
        )  # fmt: skip
        claimed = self.tools.ledger.put(claim, replacing=entry)
        return self._put(claimed, destination, document, tried_at)

    def _claimed(self, entry: Entry | None) -> Entry:
        """What a claim says of the order: which content, and which items its document lacks."""
        lacks = {pk for line in self.order.lines if is_cancelled(line) for pk in line.ids}
        items = word_of(lacks)
        if entry and entry.claimed_at is not None and lacks:
            # A message may have been sent before: what it has, the ERP has.
            items = (
                UNKNOWN if says(entry.items, UNKNOWN) else word_of(lacks & named_by(entry.items))
            )
        return replace(self._entry("claimed"), parts=parts(self.order), items=items)

    def _put(
        self, claimed: Entry, destination: Destination, document: "Document", tried_at: int | None
    ) -> Entry:
        if self._held():
            # The hold came, or was seen, only after the claim.
            return self._wait(replace(claimed, claimed_at=tried_at))
        now = self._now()
        try:
            destination.put(
                claimed.document or "", document,
                document_id=self.document_id, order=claimed.order, number=self.order.number,
                repeated_after=None if tried_at is None else now - tried_at,
            )  # fmt: skip
        except Uncertain:
            raise  # it may have landed: the claim stays until its lease is over
        except (DestinationUnavailable, Misconfigured) as error:
            if destination.can_look or tried_at is None:
                self._release(claimed, error)
            raise
        return replace(claimed, written_at=self._now())

    def _release(self, claimed: Entry, error: AdapterError) -> None:
        """Gives the claim back: nothing was written, and nobody need wait for the lease."""
        free = replace(self._entry("waiting"), reason=error.code, message=error.message, version=0)
        with suppress(Contended, Unavailable, Misconfigured):
            self.tools.ledger.put(free, replacing=claimed)

    # -------------------------------------------------------------------- hold

    def _held(self) -> bool:
        return self.tools.holds.on(self.route.name)

    def _wait(self, entry: Entry | None) -> Entry:
        """Keeps the order until its route is resumed: written down once, however often it comes."""
        held = replace(self._entry("waiting"), reason=HELD, **self._may_be_sent(entry))
        told = ("state", "reason", "status", "content_id")
        if entry and all(getattr(entry, name) == getattr(held, name) for name in told):
            return entry
        return self.tools.ledger.put(held, replacing=entry)

    # --------------------------------------------------------------- take over

    def _take_over(self, entry: Entry) -> Entry:
        now, destination = self._now(), self.tools.destinations[self.route.destination]
        told = self.order.is_send and self.route.counts
        cancelled = status_code(self.order.status) == CANCELLED
        if not (destination.can_look or told or cancelled) and self._held():
            return self._wait_claimed(entry)
        taken = self.tools.ledger.put(
            replace(
                entry, state="claimed", reason=None, claim=self.tools.new_claim(),
                lease_until=now + self.tools.lease, updated_at=now,
                tries=self.tries if self.tries > 1 else entry.tries,
            ),
            replacing=entry,
        )  # fmt: skip
        if destination.can_look:
            if destination.find(taken.document or "", self.document_id):
                return self.note(replace(taken, written_at=now))
            # Nothing landed and nothing will: the order stands as if it had not been claimed.
            return self._turn(replace(taken, state="waiting", claimed_at=None))
        if told:
            # Acknowledged only after the message of every route that counts was durable.
            return self.note(replace(taken, written_at=now))
        if cancelled:
            # It may be there: a person looks. Not durable for all we know, so no `written_at`.
            return self.note(replace(taken, state="delivered", claim=None, lease_until=None))
        return self._turn(replace(taken, state="waiting"))

    def _wait_claimed(self, entry: Entry) -> Entry:
        """Its message may have been sent, and would be now: the claim is taken over after the hold,
        by what stays of it here."""
        if entry.state == "waiting":
            return entry
        held = replace(
            entry, state="waiting", reason=HELD, claim=None, lease_until=None,
            updated_at=self._now(),
        )  # fmt: skip
        return self.tools.ledger.put(held, replacing=entry)

    def note(self, taken: Entry) -> Entry:
        """What became of the order since its claim is noted, with the final write where that is
        still to come: no notification may be left that would. Raises Contended."""
        known = replace(taken, state="delivered")
        decision = decide(
            self.order, self.route, known,
            content_id=content_id(self.order), now=self.tools.clock(), ours=self.ours,
            handed_over=self.handed_over(known),
        )  # fmt: skip
        noted = replace(self._noted(taken, decision), fetched_at=int(self.fetched_at))
        if taken.state == "claimed":
            return noted
        return self.tools.ledger.put(replace(noted, updated_at=self._now()), replacing=taken)

    # ------------------------------------------------------------ other endings

    def reject(self, entry: Entry | None, rejection: Rejected) -> Entry:
        """Records that a person must act; the same rejection of the same order only once."""
        rejected = replace(
            self._entry("rejected"), code=rejection.code, path=rejection.path,
            message=rejection.message, expected=rejection.expected, found=rejection.found,
            **self._may_be_sent(entry),
        )  # fmt: skip
        if entry and self._is_no_news(entry, rejected, "state", "code", "path", "content_id"):
            return entry
        return self.tools.ledger.put(rejected, replacing=entry)

    def _record(self, entry: Entry | None, state: State, decision: Decision) -> Entry:
        recorded = replace(
            self._entry(state), reason=decision.reason, code=decision.code,
            **self._may_be_sent(entry),
        )  # fmt: skip
        if entry and decision.reason in FOR_GOOD:
            return entry
        if entry and self._is_no_news(entry, recorded, "state", "reason", "status"):
            return entry
        self._must_be_newer_than(entry)
        return self.tools.ledger.put(recorded, replacing=entry)

    def _may_be_sent(self, entry: Entry | None) -> dict[str, Any]:
        """What must not be forgotten of an attempt that may have sent a message."""
        if entry is None or entry.claimed_at is None:
            return {}
        return {"claimed_at": entry.claimed_at, "items": entry.items}

    def _after_delivery(self, entry: Entry, decision: Decision) -> Entry:
        noted = self._noted(entry, decision)
        if noted == entry:
            return entry
        self._must_be_newer_than(entry)
        noted = replace(noted, fetched_at=int(self.fetched_at), updated_at=self._now())
        return self.tools.ledger.put(noted, replacing=entry)

    def _noted(self, entry: Entry, decision: Decision) -> Entry:
        # What a person has said (a resend's reason) stays; the code says the rest.
        said = entry.message if entry.by else None
        noted = replace(entry, code=None, path=None, message=said, expected=None, found=None)
        if not decision.code:
            return noted
        return replace(
            noted, code=decision.code, message=said or AFTER_DELIVERY[decision.code],
            path=_listed(changed(entry.parts, parts(self.order))),
            expected=(entry.content_id or "")[:_DIGITS] or None,
            found=content_id(self.order)[:_DIGITS],
        )  # fmt: skip

    def _must_be_newer_than(self, entry: Entry | None) -> None:
        """An order's pk and its number are two groups of the queue, so two workers may have it: the
        slower one must not undo what the other has learnt since."""
        if entry is None or entry.fetched_at is None or entry.version <= self.newer_than:
            return
        if self.began <= entry.fetched_at + CLOCKS:
            raise ReadAgain(entry)

    def _entry(self, state: State) -> Entry:
        return Entry(
            order=str(self.order.pk), route=self.route.name, version=0, state=state,
            number=self.order.number, status=self.order.status, content_id=content_id(self.order),
            source=self.notification.source, tries=self.tries if self.tries > 1 else None,
            announced_at=self.notification.announced_at, fetched_at=int(self.fetched_at),
            updated_at=self._now(),
        )  # fmt: skip

    def _is_no_news(self, entry: Entry, other: Entry, *names: str) -> bool:
        """Whether the ledger says so already, and not for long: reconcile goes by its time."""
        same = all(getattr(entry, name) == getattr(other, name) for name in names)
        return same and self._now() - entry.updated_at < NEWS_SECONDS

    def _now(self) -> int:
        return int(self.tools.clock())


def _listed(names: Sequence[str]) -> str | None:
    """As many of the names as the ledger's `path` has room for."""
    text = ", ".join(names)
    if len(text) > _MOST_NAMES:
        text = text[:_MOST_NAMES].rpartition(", ")[0] + ", …"
    return text or None


def _disagree(rejection: Rejected) -> bool:
    return isinstance(rejection, Unbalanced) or rejection.code == "NO_LINES"
