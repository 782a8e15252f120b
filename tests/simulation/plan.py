"""One world: a deployment, its weather, and what people, the shop and the ERP do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from simulation.fates import Chances

LENGTH: Final = 1500.0
"""Seconds of the simulation in which something happens; afterwards faults stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that somebody does at a moment, to an order where it has a pk."""

    at: float
    kind: str
    pk: int = 0
    value: int = 0

    def __str__(self) -> str:
        about = f" {self.pk}" if self.pk else ""
        return f"{self.kind}{about} at {self.at:.1f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One world. `counts`: which of the routes `is_send` waits for; `lag` and `skew` in seconds;
    `eager`: how probable it is that the ERP imports a document at once; `by_number`: that a webhook
    names the order's number only; `rate`: calls a second that the shop bears; `large`: documents
    are too large for a message; `echo`: the shop announces as well what the adapter and the ERP
    write on an order; `reconcile`: seconds between two walks; `in_sequence`: the second route's
    documents come after the first's; `after_pickup`: acknowledgements wait for the ERP; `old`:
    orders placed before the routes' start; `cancelled_to`: where documents of cancellations go;
    `revises`: a changed order gets a revision of its document; `pending`: cancellations wait until
    the shop has decided them, and how its list of these answers (pending.py); `shop_clock`: the
    shop shows which webhooks it could not deliver, by a clock that is so many seconds ahead
    (undelivered.py); `remedy`: what is done in the end about dead letters and parked orders."""

    seed: int
    mode: Literal["queued", "inline"] = "queued"
    destinations: tuple[Literal["s3", "sqs"], ...] = ("s3",)
    counts: tuple[bool, ...] = (True,)
    delay: float = 5.0
    lag: float = 0.0
    skew: float = 0.0
    eager: float = 0.0
    timeout: int = 30
    visibility: float = 180.0
    most_receives: int = 8
    concurrency: int = 2
    retry_seconds: float = 5.0
    by_number: float = 0.0
    rate: float = 20.0
    large: bool = False
    echo: bool = True
    reconcile: float = 0.0
    in_sequence: bool = False
    after_pickup: bool = False
    old: tuple[int, ...] = ()
    cancelled_to: Literal["s3", "sqs"] | None = None
    revises: bool = False
    pending: Literal["says", "mute", "strict", "ignores"] | None = None
    shop_clock: float | None = None
    remedy: Literal["redrive", "reconcile"] = "redrive"
    length: float = LENGTH
    chances: Mapping[str, Chances] = field(default_factory=dict)
    outages: tuple[tuple[str, float, float], ...] = ()
    events: tuple[Event, ...] = ()
    without: frozenset[str] = frozenset()
    forced: Mapping[str, str] = field(default_factory=dict)
