"""Routes on which a changed order gets the next revision of its document, and what is promised."""

from collections import defaultdict
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

from simulation.plan import Event, Plan

if TYPE_CHECKING:
    from simulation.promises import Promises
    from simulation.shop import State

NO_REVISION = "NO REVISION"
"""What no ledger says: the newest document is not what the order is."""


def revise(plan: Plan, dice: Random) -> Plan:
    """Every third deployment revises: orders that change, change back and are wrong for a while,
    some of them close to each other."""
    if plan.in_sequence or plan.cancelled_to or dice.random() > 0.33:
        return plan
    return _revising(plan, dice)


def revise_with_others(plan: Plan, dice: Random) -> Plan:
    """So does every second one of those that have a customer's document first, or a route of
    cancellations, or both."""
    if not (plan.in_sequence or plan.cancelled_to) or dice.random() > 0.5:
        return plan
    return _revising(plan, dice)


def _revising(plan: Plan, dice: Random) -> Plan:
    events = list(plan.events)
    for pk in sorted({event.pk for event in events if event.kind == "create"}):
        at = min(event.at for event in events if event.pk == pk) + dice.uniform(5, 120)
        for kind in dice.choices(
            ("note", "change", "back", "spoil", "resend", "cancel", "ship"),
            (4, 3, 4, 1, 2, 0.5, 1), k=dice.choice((1, 2, 3, 5)),
        ):  # fmt: skip
            at += dice.choice((dice.uniform(0, 8), dice.uniform(5, 60), dice.uniform(30, 300)))
            events.append(Event(at=at, kind=kind, pk=pk, value=dice.randrange(1, 10**6)))
    events.sort(key=lambda event: event.at)
    return replace(plan, revises=True, events=tuple(events))


def before(history: list["State"]) -> dict[str, Any]:
    """What the order was before it was changed last: "back" changes it so."""
    now = history[-1]
    for state in reversed(history):
        content = {"cents": state.cents, "row_cents": state.cents, "notes": state.notes}
        if (state.cents, state.notes) != (now.cents, now.notes):
            return content
    return content


@dataclass
class Revisions:
    """The documents of each order on each route as they have landed, by number."""

    promises: "Promises"

    def __post_init__(self) -> None:
        self.texts: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
        self.resent: dict[tuple[str, str], set[int]] = defaultdict(set)

    def landed(self, document_id: str, text: str, entry: dict[str, Any]) -> None:
        """Numbers are 1 to n, one document each; a revision differs from the one before it, a
        resend does not."""
        pk, route, revision = document_id.split("/")
        number, content = int(revision), _content(text)
        texts, queued = self.texts[pk, route], self.promises.queued(route)
        # A first message that may have been sent goes again as the order is now.
        if number in texts and _content(texts[number]) != content and number > 1:
            self.promises.broke(f"document {document_id} has two contents")
        if number not in texts and not queued and number != len(texts) + 1:
            self.promises.broke(f"document {document_id} lands after {sorted(texts)}")
        if number > 1 and entry.get("revision") != number - 1:
            self.promises.broke(f"document {document_id} lands at revision {entry['revision']}")
        earlier = texts.get(number - 1)
        if number > 1 and not entry.get("revising"):
            self.resent[pk, route].add(number)
        elif number > (2 if queued else 1) and earlier and _content(earlier) == content:
            self.promises.broke(f"document {document_id} is what the one before it was")
        texts[number] = text

    def written(self, key: tuple[str, str], entry: dict[str, Any]) -> None:
        """What the ledger counts has landed, where one can look."""
        if entry["state"] != "delivered" or self.promises.queued(key[1]):
            return
        lacking = set(range(1, int(entry["revision"]) + 1)) - self.texts[key].keys()
        if lacking:
            self.promises.broke(f"ledger item {key} counts revisions {lacking} that are nowhere")

    def newest_is_taken(self, pk: int, route: str) -> bool:
        """Whether the ERP has taken the newest, where an acknowledgement waits for that."""
        scene = self.promises.scene
        if not (scene.plan.revises and scene.plan.after_pickup) or self.promises.queued(route):
            return True
        there = scene.bucket.current(scene.table.plain(str(pk), route)["document"])
        return there is not None and there.body is None

    def ended(self, pk: int, route: str, now: "State") -> None:
        """The newest revision is what the order is."""
        texts = self.texts[str(pk), route]
        if self.promises.queued(route) and len(texts) < 2:
            return  # a first message that was repeated as the order was then: FIFO keeps the older
        if texts and _content(texts[max(texts)]) != _content_of(pk, now):
            self.promises.broke(f"order {pk} on {route} is {_content_of(pk, now)}, its newest "
                                f"document {texts[max(texts)]}")  # fmt: skip


def wanted_code(now: "State", *, same: bool, fits: bool = True) -> str | None:
    """What the ledger should say of a delivered order that is not cancelled; `fits`: its document
    can be made."""
    if same:
        return None
    if now.asked:
        return "ORDER_CHANGED"
    if not fits and now.cents == now.row_cents:
        return "TOO_LONG"
    return NO_REVISION if now.cents == now.row_cents else "TOTALS_MISMATCH"


def _content(text: str) -> tuple[str, str, str]:
    _, _, payable, _, notes, last = text.split("|")
    return payable, notes, last.partition(" ")[2]


def _content_of(pk: int, state: "State") -> tuple[str, str, str]:
    from simulation.shop import items_of, money

    items = [str(i) for i in items_of(pk, state) if i - pk * 10 not in state.cancelled]
    return money(state.cents), state.notes or "", ",".join(items)
