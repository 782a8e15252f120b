"""What a seed stands for: another deployment, weather and course of things for each.

Half of the seeds have a bit of everything. The others look closer at one thing, because a rare
meeting of two workers drowns where every third call fails.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Final, Literal

from simulation.backfill import backfill
from simulation.cancelling import cancelling
from simulation.fates import Chances
from simulation.hold import hold
from simulation.pending import pending
from simulation.pickup import pickup
from simulation.plan import LENGTH, Event, Plan
from simulation.revise import revise, revise_with_others
from simulation.sequence import sequence
from simulation.undelivered import undelivered

_AWS: Final = (
    "crash before", "crash in flight", "crash after", "unreachable", "request lost", "answer lost",
    "late", "throttled", "error", "error after effect", "stall",
)  # fmt: skip
_KINDS: Final = {
    "s3": (*_AWS, "conflict"),
    "sqs": _AWS,
    "dynamodb": _AWS,
    "ssm": ("crash before", "unreachable", "request lost", "answer lost", "throttled", "error"),
    "omnitron": (
        "crash before", "crash after", "unreachable", "request lost", "answer lost", "late",
        "throttled", "error", "error after effect", "foreign", "truncated", "stall",
    ),
    "source": ("request lost", "answer lost", "held"),
    "webhook": (
        "request lost", "answer lost", "again", "resweep", "slow", "dropped",
    ),
}  # fmt: skip
_WEATHER: Final = (0.0, 0.02, 0.06, 0.15, 0.3)
_TWO: Final[tuple[tuple[Literal["s3", "sqs"], ...], ...]] = (
    ("sqs", "sqs"), ("sqs", "s3"), ("s3", "sqs"), ("s3", "s3"),
)  # fmt: skip


More = Callable[[Plan, Random], Plan]
"""Puts something more into a plan, or leaves it as it is."""

MORE: Final[tuple[More, ...]] = (
    sequence, pickup, hold, backfill, cancelling, revise, revise_with_others, pending, undelivered,
)  # fmt: skip
"""What came after the first way of an order. Each has dice of its own, so that what another draws
changes no story."""


def plan_of(seed: int, more: Sequence[More] = MORE) -> Plan:
    """The plan of a seed; without `more` it is the one that older planted bugs are noticed by."""
    dice = Random(seed)
    plan = _mixed(seed, dice)
    look = dice.choice(_LOOKS)
    plan = look(plan, dice)
    for put_in in more:
        plan = put_in(plan, Random(f"{put_in.__name__} {seed}"))
    return plan


def _at_everything(plan: Plan, dice: Random) -> Plan:
    return plan


def _at_the_handing_over(plan: Plan, dice: Random) -> Plan:
    """The call that writes the document, and an ERP that takes it at once."""
    some = dict.fromkeys(dice.sample(_KINDS["s3"], 4), 0.3 / 4)
    plan = replace(plan, chances={"s3": some, "sqs": some, "source": {"held": 0.1}})
    if dice.random() < 0.5:
        return plan
    return replace(
        plan, destinations=("s3", "sqs"), counts=(True, dice.random() < 0.5),
        eager=1.0, outages=(), events=_one_order(dice),
    )  # fmt: skip


def _at_slow_workers(plan: Plan, dice: Random) -> Plan:
    """Two workers have one order, by its pk and by its number, and each is slow at another call."""
    weather = {
        "omnitron": {"stall": 0.08}, "dynamodb": {"stall": 0.06},
        "s3": {"stall": 0.1, "late": 0.1}, "sqs": {"stall": 0.03},
        "webhook": {"resweep": 0.4, "again": 0.1},
    }  # fmt: skip
    if dice.random() < 0.5:
        weather["omnitron"] = {"stall": 0.1, "error": 0.05}
    return replace(
        plan, by_number=0.5, concurrency=4, timeout=30, rate=20.0, chances=weather, outages=(),
        events=_one_order(dice),
    )  # fmt: skip


def _at_a_long_put(plan: Plan, dice: Random) -> Plan:
    """A put that takes as long as the function may, while others ask for the same order, and an
    ERP that takes the document at once."""
    at, events = 1.0, [Event(at=1.0, kind="create", pk=1001, value=400)]
    for kind in dice.choices(("note", "change", "prepare"), k=4):
        at += dice.uniform(0, 10)
        events.append(Event(at=at, kind=kind, pk=1001, value=dice.randrange(1, 10**6)))
    return replace(
        plan, destinations=("s3", *plan.destinations[1:]), by_number=0.5, concurrency=4,
        timeout=30, rate=20.0, eager=1.0, outages=(), events=tuple(events),
        chances={"s3": {"stall": 0.5, "late": 0.1}, "sqs": {"stall": 0.2}},
    )  # fmt: skip


def _at_a_take_over(plan: Plan, dice: Random) -> Plan:
    """Workers who die with their claim, and what becomes of the order before the next one comes."""
    at, events = 1.0, [Event(at=1.0, kind="create", pk=1001, value=400)]
    for kind in dice.sample(("cancel", "change", "spoil", "prepare"), dice.choice((1, 2))):
        at += dice.uniform(8, 60)
        events.append(Event(at=at, kind=kind, pk=1001, value=dice.randrange(1, 10**6)))
    crashes = dict.fromkeys(dice.sample(_KINDS["s3"][:7], 3), 0.15)
    return replace(
        plan, destinations=dice.choice(_TWO), counts=(True, dice.random() < 0.5),
        chances={"s3": crashes, "sqs": crashes, "dynamodb": {"crash before": 0.06},
                 "source": {"held": 0.1}},
        eager=dice.choice((0.0, 1.0)), echo=dice.random() < 0.3, remedy="redrive", outages=(),
        events=tuple(events),
    )  # fmt: skip


def _at_old_readings(plan: Plan, dice: Random) -> Plan:
    """An order that changes while those who have read it before are still at work."""
    at, events = 1.0, [Event(at=1.0, kind="create", pk=1001, value=400)]
    at += dice.uniform(20, 40)
    for kind in dice.sample(("change", "cancel", "change", "note", "spoil"), 3):
        at += dice.uniform(0, 12)
        events.append(Event(at=at, kind=kind, pk=1001, value=dice.randrange(1, 10**6)))
    if dice.random() < 0.5:
        plan = replace(plan, mode="inline", lag=0.0)
    return replace(
        plan, destinations=dice.choice(_TWO), counts=(True, dice.random() < 0.5), by_number=0.5,
        concurrency=4, timeout=30, rate=20.0, outages=(),
        chances={
            "omnitron": {"stall": 0.04, "error": 0.05}, "dynamodb": {"stall": 0.12},
            "webhook": {"resweep": 0.3, "again": 0.2},
        },
        events=tuple(events),
    )  # fmt: skip


def _at_operators(plan: Plan, dice: Random) -> Plan:
    """People who run commands that are killed, and run them again while others run theirs."""
    at, events = 1.0, [Event(at=1.0, kind="create", pk=1001, value=400)]
    for kind in dice.choices(("resend", "resend", "resend", "redrive orders", "cancel"), k=4):
        at += dice.choice((dice.uniform(0, 10), dice.uniform(20, 200)))
        events.append(Event(at=at, kind=kind, pk=1001))
    crashes = dict.fromkeys(dice.sample(_KINDS["s3"], 4), 0.4 / 4)
    return replace(
        plan, destinations=("s3", *plan.destinations[1:]), eager=dice.choice((0.0, 1.0)),
        chances={"s3": crashes, "dynamodb": {"crash before": 0.08, "crash after": 0.04}},
        outages=(), events=tuple(events),
    )  # fmt: skip


_LOOKS: Final[tuple[Callable[[Plan, Random], Plan], ...]] = (
    *(_at_everything,) * 4, _at_the_handing_over, _at_slow_workers, _at_a_long_put,
    *(_at_a_take_over,) * 3, *(_at_old_readings,) * 2, _at_operators,
)  # fmt: skip


def _one_order(dice: Random) -> tuple[Event, ...]:
    """One order, whose changes come close to each other."""
    at, events = 1.0, [Event(at=1.0, kind="create", pk=1001, value=dice.choice((350, 400)))]
    for kind in ("approve", "note", "change", "prepare", "spoil", "cancel", "resend"):
        if dice.random() < (0.9 if kind == "approve" else 0.5):
            at += dice.uniform(0, dice.choice((25, 25, 120)))
            value = dice.randrange(1, 10**6)
            events.append(Event(at=at, kind=kind, pk=1001, value=value))
    return tuple(events)


def _mixed(seed: int, dice: Random) -> Plan:
    routes = dice.choice((1, 1, 2))
    destinations = tuple(dice.choice(("s3", "s3", "sqs")) for _ in range(routes))
    mode: Literal["queued", "inline"] = "inline" if dice.random() < 0.2 else "queued"
    timeout = dice.choice((10, 30))
    return Plan(
        seed=seed,
        mode=mode,
        destinations=destinations,  # type: ignore[arg-type]
        counts=(True, *(dice.random() < 0.7 for _ in destinations[1:])),
        lag=0.0 if mode == "inline" else dice.choice((0.0, 1.0, 1.9)),
        skew=dice.choice((0.0, 2.0)),
        eager=dice.choice((0.0, 0.5, 1.0)),
        timeout=timeout,
        visibility=dice.choice((60.0, 180.0, 240.0)),
        most_receives=dice.choice((5, 8)),
        concurrency=dice.choice((2, 4)),
        retry_seconds=dice.choice((1.0, 5.0)),
        by_number=dice.choice((0.0, 0.0, 0.5)),
        # With less an order is not read whole within the time-out.
        rate=dice.choice((20.0, 40.0)) if timeout < 30 else dice.choice((20.0, 5.0)),
        large=dice.random() < 0.2,
        echo=dice.random() < 0.6,
        reconcile=dice.choice((0.0, 120.0, 300.0)),
        remedy=dice.choice(("redrive", "reconcile")),
        chances={service: _chances(dice, kinds) for service, kinds in _KINDS.items()},
        outages=_outages(dice),
        events=_events(dice),
    )


def _chances(dice: Random, kinds: tuple[str, ...]) -> Chances:
    """Some kinds of faults and not others, so that each has worlds in which it is not drowned."""
    chosen = [kind for kind in kinds if dice.random() < 0.4]
    total = dice.choice(_WEATHER)
    return {kind: total / len(chosen) for kind in chosen}


def _outages(dice: Random) -> tuple[tuple[str, float, float], ...]:
    """Services that are down for minutes."""
    if dice.random() < 0.6:
        return ()
    begin = dice.uniform(0, 400)
    service = dice.choice(("s3", "sqs", "dynamodb", "ssm", "omnitron", "omnitron"))
    return ((service, begin, begin + dice.choice((30, 200, 700))),)


def _events(dice: Random) -> tuple[Event, ...]:
    events: list[Event] = []
    for pk in range(1001, 1001 + dice.choice((1, 2, 2, 3))):
        events += _life(dice, pk)
    for kind in ("import", "import", "import", "recycle", "deploy", "rotate secret", "rotate token",
                 "redrive", "redrive", "redrive orders", "forge"):  # fmt: skip
        if dice.random() < 0.6:
            events.append(Event(at=dice.uniform(5, LENGTH), kind=kind))
    return tuple(sorted(events, key=lambda event: event.at))


def _life(dice: Random, pk: int) -> list[Event]:
    """An order's: created, approved, and what else may come to it."""
    at = dice.uniform(0, 60)
    events = [Event(at=at, kind="create", pk=pk, value=dice.choice((350, 400, 400)))]

    def later(kind: str, chance: float, value: int = 0, most: float = 400.0) -> None:
        nonlocal at
        if dice.random() < chance:
            at += dice.choice((dice.uniform(0, 8), dice.uniform(0, most)))
            events.append(Event(at=at, kind=kind, pk=pk, value=value))

    if dice.random() < 0.06:
        events += (Event(at=at, kind="squat", pk=pk), Event(at=at + 700, kind="clear", pk=pk))
    later("spoil", 0.15)
    later("approve", 0.95, most=60)
    later("change", 0.25, dice.randrange(1, 10**6))
    later("note", 0.2)
    later("prepare", 0.3)
    later("change", 0.15, dice.randrange(1, 10**6))
    later("take elsewhere", 0.06)
    later("cancel", 0.2)
    later("ship", 0.2)
    for kind, chance in (("resend", 0.15), ("resend", 0.05), ("settle", 0.04)):
        if dice.random() < chance:
            events.append(Event(at=dice.uniform(100, LENGTH), kind=kind, pk=pk))
    return events
