"""A batch from the inbound queue: grouped by order, the groups side by side, partial failures.

Powertools' FIFO processor is a sequential loop; orders are independent and mostly wait, so they
share their waiting here. What fails is answered as `batchItemFailures`, after its visibility was
set to when it is worth another try.
Source: AWS Lambda developer guide, "Handling errors for an SQS event source"; SQS API reference,
ChangeMessageVisibility.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any, Final

from erp_adapter.delivery.outcome import Outcome
from erp_adapter.errors import AdapterError, Malformed
from erp_adapter.notification import Notification

Record = Mapping[str, Any]

LONGEST_WAIT: Final = 900.0
"""Seconds. Longer than this no Retry-After is believed: reconcile looks again anyway."""
_GROWTH: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The records of one order: how often the oldest of them has been received, and when the queue
    took the newest (seconds since the epoch; None where the event source did not say)."""

    order: str
    notification: Notification
    records: tuple[Record, ...]
    tries: int
    sent_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of a group; `fault` is what nobody foresaw."""

    group: Group
    outcome: Outcome | None = None
    fault: BaseException | None = None

    @property
    def done(self) -> bool:
        """Whether the group's records may leave the queue."""
        return self.outcome is not None and self.outcome.done

    @property
    def errors(self) -> tuple[AdapterError, ...]:
        """What is to be tried again or mended."""
        return self.outcome.errors if self.outcome else ()


def group(records: Sequence[Record]) -> tuple[list[Group], list[Record]]:
    """The records by order, and those that are no notifications of ours."""
    groups: dict[str, list[tuple[Notification, Record]]] = {}
    foreign: list[Record] = []
    for record in records:
        try:
            notification = Notification.from_json(record["body"])
        except Malformed:
            foreign.append(record)
        else:
            groups.setdefault(notification.order, []).append((notification, record))
    return [_group(order, members) for order, members in groups.items()], foreign


def _group(order: str, members: Sequence[tuple[Notification, Record]]) -> Group:
    records = tuple(record for _, record in members)
    # One fetch serves them all: it sees whatever any of them announced.
    notification = max((each for each, _ in members), key=lambda each: each.announced_at)
    earliest = min(each.announced_at for each, _ in members)
    asked_for = any(each.source == "backfill" for each, _ in members)
    notification = replace(
        notification, announced_at=earliest,
        source="backfill" if asked_for else notification.source,
    )  # fmt: skip
    return Group(
        order=order, notification=notification, records=records,
        tries=max(_receives(record) for record in records), sent_at=_sent_at(records),
    )  # fmt: skip


def run(
    groups: Sequence[Group], deliver: Callable[[Group], Outcome], executor: Executor
) -> list[Ended]:
    """Delivers every group; none waits for another, and none's fault is another's."""
    futures = [(each, executor.submit(deliver, each)) for each in groups]
    ended: list[Ended] = []
    for each, future in futures:
        fault = future.exception()
        outcome = None if fault else future.result()
        ended.append(Ended(group=each, outcome=outcome, fault=fault))
    return ended


def failures(records: Sequence[Record]) -> dict[str, list[dict[str, str]]]:
    """The answer that keeps these records on the queue. A misspelt key would delete them all."""
    return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in records]}


def wait_before_retry(ended: Ended, base: float, jitter: float) -> int:
    """Seconds until the group is worth another try: growing with the tries, and no sooner than
    the other side asks. `jitter` is a random number from 0 to 1."""
    growing = base * float(_GROWTH ** min(ended.group.tries - 1, 8)) * (0.5 + jitter / 2)
    asked = max((getattr(e, "retry_after", None) or 0.0 for e in ended.errors), default=0.0)
    return round(min(max(growing, asked * (1 + jitter / 10)), LONGEST_WAIT))


def _receives(record: Record) -> int:
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))


def _sent_at(records: Sequence[Record]) -> float | None:
    stamps = [record.get("attributes", {}).get("SentTimestamp") for record in records]
    return max(int(stamp) for stamp in stamps) / 1000 if all(stamps) else None
