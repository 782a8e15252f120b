"""One order on one route: decide, claim, put.

Claim → put: the claim is a lease in the ledger. S3 can't be fenced by it, so whoever finds
another's live claim comes back later, and who takes over a dead one looks first whether its
document landed. The stated assumption: a put that timed out lands before its lease ends, or never.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from erp_adapter.balance import balance
from erp_adapter.delivery.decision import (
    CANCELLED,
    FOR_GOOD,
    Action,
    Decision,
    decide,
    status_code,
)
from erp_adapter.delivery.holds import HELD, Holds
from erp_adapter.delivery.named_items import UNKNOWN, cancelled_items, named_by, says, word_of
from erp_adapter.delivery.notes import since
from erp_adapter.delivery.revising import revise, take_over
from erp_adapter.destination import Destination, Uncertain
from erp_adapter.errors import (
    AdapterError,
    DestinationUnavailable,
    Misconfigured,
    Rejected,
    Unavailable,
    Unbalanced,
)
from erp_adapter.ledger import Contended, Entry, Ledger, State, as_kept
from erp_adapter.notification import Notification
from erp_adapter.order import Order, parts
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
    whether what became of the order since is cancellations, and the ERP has documents of them;
    `asked_for`, whether a person's backfill has the order.

    The order was read from `began` to `fetched_at`, and surely after version `newer_than` of the
    entry was written. `deadline` (on the clock of the tools) is when no step may begin any more.
    `may_be_torn`: the order was read once only. `tries`: how often its notification was begun.
    """

    tools: Tools
    order: Order
    content_id: str
    route: Route
    notification: Notification
    began: float
    fetched_at: float
    ours: bool
    behind: bool = False
    handed_over: Callable[[Entry], bool] = lambda _: False
    asked_for: Callable[[], bool] = lambda: False
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
                return self.turn(entry), entry
            except Contended as moved:
                entry = moved.current
        raise Unavailable("Others are at work on this order.", code="CLAIMED", retry_after=1)

    @property
    def document_id(self) -> str:
        """Names order, route and revision for ever: the same for every try."""
        return f"{self.order.pk}/{self.route.name}/1"

    def turn(self, entry: Entry | None) -> Entry:
        """One look at the table, and what it says is done."""
        if entry and entry.source == "backfill" != self.notification.source:
            # Asked for once, it stays so, whatever brings it back.
            notification = replace(self.notification, source="backfill")
            return replace(self, notification=notification).turn(entry)
        decision = self._decide(entry)
        match decision.action:
            case Action.DELIVER:
                return self._deliver(entry)
            case Action.SETTLE:
                return self._record(entry, "settled", decision)
            case Action.MISS:
                return self._record(entry, "missed", decision)
        assert entry is not None  # noqa: S101 - the other actions are of entries
        if decision.action is Action.REVISE:
            return revise(self, entry)
        if decision.action is Action.TAKE_OVER and entry.state == "delivered":
            return take_over(self, entry)
        if decision.action is Action.TAKE_OVER:
            return self._take_over(entry)
        if decision.action is Action.COME_BACK:
            left = (entry.lease_until or 0) - self.tools.clock()
            raise Unavailable(
                "Another worker has claimed this order.", code="CLAIMED", retry_after=left + 1
            )
        return self._after_delivery(entry, decision)

    def _decide(self, entry: Entry | None) -> Decision:
        decision = self._decided(entry)
        if decision.reason == "before-start" and self.asked_for():
            return self._decided(entry, asked_for=True)
        return decision

    def _decided(self, entry: Entry | None, *, asked_for: bool = False) -> Decision:
        handed_over = bool(entry and entry.state == "delivered" and self.handed_over(entry))
        return decide(
            self.order, self.route, entry, content_id=self.content_id,
            now=self.tools.clock(), ours=self.ours, behind=self.behind, handed_over=handed_over,
            asked_for=asked_for,
        )  # fmt: skip

    # ---------------------------------------------------------------- deliver

    @property
    def destination(self) -> Destination:
        """The route's."""
        return self.tools.destinations[self.route.destination]

    def document(self, entry: Entry | None) -> "Document":
        """The document. Raises Rejected, Misconfigured, and ReadAgain where a second reading may
        find other amounts."""
        try:
            return self.render()
        except Rejected as rejection:
            if self.may_be_torn and _disagree(rejection):
                raise ReadAgain(entry) from None
            raise

    def must_be_in_time(self) -> None:
        """Raises Unavailable where no time is left to put a document."""
        if self.deadline is not None and self.tools.clock() > self.deadline:
            raise Unavailable("There is no time left to put the document.", code="OUT_OF_TIME")

    def render(self) -> "Document":
        """The document. Raises Rejected, Misconfigured."""
        balanced = balance(self.order, self.route.money)
        return self.tools.profile_of(self.route).render(balanced)

    def _deliver(self, entry: Entry | None) -> Entry:
        self.must_be_newer_than(entry)
        destination = self.destination
        try:
            document = self.document(entry)
        except Rejected as rejection:
            return self.reject(entry, rejection)
        if self.held():
            return self._wait(entry)
        self.must_be_in_time()
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
        lacks = cancelled_items(self.order)
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
        if self.held():
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

    def held(self) -> bool:
        """Whether nothing is to be written on the route now."""
        return self.tools.holds.on(self.route.name)

    def _wait(self, entry: Entry | None) -> Entry:
        """Keeps the order until its route is resumed: written down once, however often it comes."""
        held = replace(self._entry("waiting"), reason=HELD, **self._may_be_sent(entry))
        told = ("state", "reason", "status", "content_id")
        if entry and all(getattr(entry, name) == getattr(held, name) for name in told):
            return entry
        return self.tools.ledger.put(held, replacing=entry)

    # --------------------------------------------------------------- take over

    def claim(self, entry: Entry, **fields: Any) -> Entry:
        """The entry under a claim of this attempt's, with `fields`. Raises Contended."""
        now = self._now()
        claimed = replace(
            entry, claim=self.tools.new_claim(), lease_until=now + self.tools.lease,
            updated_at=now, **fields,
        )  # fmt: skip
        return self.tools.ledger.put(claimed, replacing=entry)

    def _take_over(self, entry: Entry) -> Entry:
        now, destination = self._now(), self.destination
        told = self.order.is_send and self.route.counts
        cancelled = status_code(self.order.status) == CANCELLED
        if not (destination.can_look or told or cancelled) and self.held():
            return self._wait_claimed(entry)
        taken = self.claim(
            entry, state="claimed", reason=None,
            tries=self.tries if self.tries > 1 else entry.tries,
        )  # fmt: skip
        if destination.can_look:
            if destination.find(taken.document or "", self.document_id):
                return self.note(replace(taken, written_at=now))
            # Nothing landed and nothing will: the order stands as if it had not been claimed.
            return self.turn(replace(taken, state="waiting", claimed_at=None))
        if told:
            # Acknowledged only after the message of every route that counts was durable.
            return self.note(replace(taken, written_at=now))
        if cancelled:
            # It may be there: a person looks. Not durable for all we know, so no `written_at`.
            return self.note(replace(taken, state="delivered", claim=None, lease_until=None))
        return self.turn(replace(taken, state="waiting"))

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
        known = replace(taken, state="delivered", claim=None, lease_until=None)
        decision = self._decide(known)
        if decision.action is Action.REVISE:
            known = replace(known, updated_at=self._now())
            return self.turn(self.tools.ledger.put(known, replacing=taken))
        noted = replace(since(taken, decision, self.order), fetched_at=int(self.fetched_at))
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
        self.must_be_newer_than(entry)
        return self.tools.ledger.put(recorded, replacing=entry)

    def _may_be_sent(self, entry: Entry | None) -> dict[str, Any]:
        """What must not be forgotten of an attempt that may have sent a message."""
        if entry is None or entry.claimed_at is None:
            return {}
        return {"claimed_at": entry.claimed_at, "items": entry.items}

    def _after_delivery(self, entry: Entry, decision: Decision) -> Entry:
        return self.put_noted(entry, since(entry, decision, self.order))

    def put_noted(self, entry: Entry, noted: Entry) -> Entry:
        """Writes what this reading says of a delivered entry, if that is news. Raises Contended."""
        noted = as_kept(noted)
        if noted == entry:
            return entry
        self.must_be_newer_than(entry)
        noted = replace(noted, fetched_at=int(self.fetched_at), updated_at=self._now())
        return self.tools.ledger.put(noted, replacing=entry)

    def must_be_newer_than(self, entry: Entry | None) -> None:
        """An order's pk and its number are two groups of the queue, so two workers may have it: the
        slower one must not undo what the other has learnt since."""
        if entry is None or entry.fetched_at is None or entry.version <= self.newer_than:
            return
        if self.began <= entry.fetched_at + CLOCKS:
            raise ReadAgain(entry)

    def _entry(self, state: State) -> Entry:
        return Entry(
            order=str(self.order.pk), route=self.route.name, version=0, state=state,
            number=self.order.number, status=self.order.status, content_id=self.content_id,
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


def _disagree(rejection: Rejected) -> bool:
    return isinstance(rejection, Unbalanced) or rejection.code == "NO_LINES"
