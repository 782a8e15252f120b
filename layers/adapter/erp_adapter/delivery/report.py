"""What is said of outcomes: a log line, the metrics that alarms watch, what people must mend."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from erp_adapter.delivery.batch import Ended
from erp_adapter.delivery.outcome import Outcome, RouteOutcome
from erp_adapter.errors import OmnitronUnavailable
from erp_adapter.metrics import metric_of
from erp_adapter.unforeseen import described

_OF_CODES: Final = {
    "ORDER_CHANGED": "ChangedAfterDelivery",
    "CANCELLED_AFTER_DELIVERY": "CancelledAfterDelivery",
}

Kind = Literal["rejected", "after delivery"]


def line(ended: Ended) -> dict[str, Any]:
    """The fields of the log line: identifiers, states, codes and our own sentences."""
    said: dict[str, Any] = {"order": ended.group.order, "tries": ended.group.tries}
    if ended.fault:
        said |= described(ended.fault)
    elif ended.outcome:
        said["routes"] = [route.as_dict() for route in ended.outcome.routes]
        said["errors"] = [{"code": e.code, "message": e.message} for e in ended.errors]
        said["parked"], said["covered"] = ended.outcome.parked, ended.outcome.covered
    return said


def measured(outcomes: Sequence[Outcome]) -> dict[str, list[float]]:
    """The data points by metric. What the ledger said already is no news, and is not counted."""
    points: dict[str, list[float]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.covered:
            continue
        for route in outcome.routes:
            for name in _counts(route):
                points[name].append(1)
            if route.written_at is not None and outcome.announced_at is not None:
                points["SecondsToDocument"].append(route.written_at - outcome.announced_at)
        for error in outcome.errors:
            points[metric_of(error)].append(1)
        if outcome.parked:
            points["Parked"].append(1)
            if any(e.code == OmnitronUnavailable.default_code for e in outcome.errors):
                points["OmnitronUnavailable"].append(1)
    return points


def _counts(route: RouteOutcome) -> Iterator[str]:
    if route.written_at is not None:
        yield "Delivered"
    if route.news and route.state == "missed":
        yield "Missed"
    kind = _kind(route)
    if kind == "rejected":
        yield "Rejected"
    elif kind:
        yield _OF_CODES[route.code or ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Something that a person must see to: an order that was rejected, or that was changed or
    cancelled after its delivery. `message` is the code's sentence, `path` names what it is about,
    `expected` and `found` are its two sides.
    """

    kind: Kind
    order: str
    number: str | None
    route: str
    code: str
    message: str
    path: str | None = None
    expected: str | None = None
    found: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For the log."""
        said = {name: getattr(self, name) for name in ("order", "number", "route", "code", "path")}
        return said | {"sentence": self.message}


def matters(outcomes: Sequence[Outcome]) -> list[Matter]:
    """What a person must hear of: each thing once, however often the order comes back."""
    return [
        Matter(
            kind=kind,
            order=str(outcome.pk or outcome.number), number=outcome.number, route=route.route,
            code=route.code or "", message=route.message or "", path=route.path,
            expected=route.expected, found=route.found,
        )
        for outcome in outcomes
        if not outcome.covered
        for route in outcome.routes
        if (kind := _kind(route))
    ]  # fmt: skip


def _kind(route: RouteOutcome) -> Kind | None:
    """What of it a person must hear of. A delivered order may be rejected, too: its revision."""
    if not route.news or route.state not in ("rejected", "delivered"):
        return None
    if route.state == "delivered" and route.code is None:
        return None
    return "after delivery" if route.code in _OF_CODES else "rejected"
