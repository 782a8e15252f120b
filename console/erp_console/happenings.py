"""What a log line says has happened to an order, and what the metrics beside it count."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from erp_adapter.ledger import Entry

from erp_console.log_lines import Line
from erp_console.status_words import moment, what_next

COUNTED: Final = {
    "webhooks": ("Announced",), "refused": ("Unverified", "Malformed"),
    "delivered": ("Delivered",), "rejected": ("Rejected",), "parked": ("Parked",),
    "retried": ("Unavailable", "Misconfigured", "Unforeseen"), "missed": ("Missed",),
}  # fmt: skip
"""The metrics whose points each counter adds up: alarms and dashboard count the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """`at`: milliseconds since the epoch. `what`: webhook, ignored, refused, retried, parked,
    picked-up, reconciled, fault, or the state that a route has now; of what was delivered before,
    changed or unchanged."""

    at: int
    what: str
    order: str | None = None
    number: str | None = None
    route: str | None = None
    code: str | None = None
    path: str | None = None
    reason: str | None = None
    sentence: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For programs: `at` is ISO 8601 in this machine's zone."""
        said = {name: value for name, value in asdict(self).items() if value is not None}
        return said | {"at": moment(self.at // 1000)}


def counted(line: Line) -> Counter[str]:
    """How many of what the line's metrics count, by the names of `COUNTED`."""
    found = Counter[str]()
    for name, metrics in COUNTED.items() if "_aws" in line.fields else ():
        for metric in metrics:
            points = line.fields.get(metric, ())
            found[name] += int(sum(points) if isinstance(points, list | tuple) else points)
    return found


def happenings(line: Line) -> Iterator[Happening]:
    """What the line tells; nothing where it repeats what another one tells better."""
    said, at = line.fields, line.at
    order = said.get("order")
    match said.get("message"):
        case "announced":
            yield Happening(at=at, what="webhook", order=order, sentence=said.get("event"))
        case "ignored":
            yield Happening(at=at, what="ignored", sentence="Its event type is not in routes.toml.")
        case "refused":
            sentence = f"A webhook was answered {said.get('status')}."
            yield Happening(at=at, what="refused", code=said.get("code"), sentence=sentence)
        case "rejected" | "after delivery" as kind:
            yield Happening(
                at=at, what="rejected" if kind == "rejected" else "changed", order=order,
                number=said.get("number"), route=said.get("route"), code=said.get("code"),
                path=said.get("path"), sentence=said.get("sentence"),
            )  # fmt: skip
        case "deleted" if said.get("found") in ("picked up", "claimed"):
            yield Happening(at=at, what="picked-up", sentence=said.get("document"))
        case "reconciled":
            yield Happening(at=at, what="reconciled", sentence=_walk(said))
        case "order" | "inline" if not said.get("covered") and "kind" not in said:
            yield from (
                _route(at, order, each) for each in said.get("routes", ()) if _is_told(each)
            )
            yield from _errors(at, said)
        case message if "kind" in said or said.get("level") in ("ERROR", "WARNING"):
            where = f"{said.get('kind')} at {(said.get('where') or ['?'])[-1]}"
            sentence = where if "kind" in said else str(message)
            yield Happening(
                at=at, what="fault", order=order, code=said.get("code"), sentence=sentence
            )


def _is_told(route: dict[str, Any]) -> bool:
    """A rejection has a line of its own, once, with its sentence; what changed after the delivery,
    too."""
    if route["state"] == "delivered":
        return bool(route.get("written_at")) or not route.get("code")
    return bool(route["state"] != "rejected")


def _route(at: int, order: str | None, route: dict[str, Any]) -> Happening:
    code, reason, what = route.get("code"), route.get("reason"), route["state"]
    if route.get("written_at"):
        sentence = route.get("document")
    elif what == "delivered":
        what, sentence = "unchanged", "It was delivered before."
    else:
        entry = Entry(order="", route=route["route"], version=0, state=route["state"],
                      reason=reason, code=code)  # fmt: skip
        sentence = what_next(entry, 0)
    return Happening(
        at=at, what=what, order=order, route=route["route"], code=code, reason=reason,
        sentence=sentence,
    )  # fmt: skip


def _errors(at: int, said: dict[str, Any]) -> Iterator[Happening]:
    for error in said.get("errors", ()):
        yield Happening(
            at=at, what="parked" if said.get("parked") else "retried", order=said.get("order"),
            code=error["code"], sentence=f"Try {said.get('tries')}: {error['message']}",
        )  # fmt: skip


def _walk(said: dict[str, Any]) -> str:
    return (
        f"The shop lists {said.get('waiting_in_shop')} orders as waiting, {said.get('gap')} of "
        f"them unheard of; {said.get('enqueued')} were brought back."
    )
