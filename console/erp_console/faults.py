"""What can go wrong at the fake shop, on demand."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

KINDS: Final = (
    "login", "detail", "list", "items", "discounts", "order", "patch", "hooks", "hook", "registry",
    "hook_events",
)  # fmt: skip
"""The calls of the shop's API, as faults and counters name them."""


@dataclass
class Fault:
    """One thing that goes wrong with calls of a kind ("*": any), `times` times (None: for good).

    `status` answers an error instead; `body` cuts the answer short or turns it into a web page;
    `ignore_filters` answers as if the query had none; `latency` delays whatever is answered, and
    `skew` is how many seconds the shop's clock is ahead.
    """

    where: str = "*"
    times: int | None = None
    latency: float = 0.0
    status: int | None = None
    retry_after: int | None = None
    body: Literal["truncated", "html"] | None = None
    ignore_filters: bool = False
    skew: float = 0.0

    @classmethod
    def from_json(cls, table: Mapping[str, Any]) -> "Fault":
        """Reads the control endpoint's form. Raises ValueError for what it does not know."""
        unknown = set(table) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        fault = cls(**table)
        if fault.where not in ("*", *KINDS):
            raise ValueError(f"where must be * or one of {', '.join(KINDS)}")
        return fault


class Traffic:
    """Counts the calls and says which faults hit the next one."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.paths: Counter[str] = Counter()
        self.max_in_flight = 0
        self._in_flight = 0
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def fail(self, where: str = "*", **effects: Any) -> Fault:
        """Plants a fault and returns it."""
        fault = Fault.from_json({"where": where, **effects})
        with self._lock:
            self._faults.append(fault)
        return fault

    def heal(self) -> None:
        """Removes every fault."""
        with self._lock:
            self._faults.clear()

    def reset(self) -> None:
        """Removes every fault and forgets every call."""
        with self._lock:
            self._faults.clear()
            self.calls.clear()
            self.paths.clear()
            self.max_in_flight = self._in_flight

    def enter(self, kind: str, path: str) -> Fault:
        """Counts a call that begins; what goes wrong with it, all matching faults in one."""
        with self._lock:
            self.calls[kind] += 1
            self.paths[path] += 1
            self._in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self._in_flight)
            hit = [f for f in self._faults if f.where in ("*", kind) and f.times != 0]
            for fault in hit:
                fault.times = None if fault.times is None else fault.times - 1
        return Fault(
            where=kind,
            latency=sum(f.latency for f in hit),
            status=next((f.status for f in hit if f.status), None),
            retry_after=next((f.retry_after for f in hit if f.retry_after is not None), None),
            body=next((f.body for f in hit if f.body), None),
            ignore_filters=any(f.ignore_filters for f in hit),
            skew=sum(f.skew for f in hit),
        )

    def leave(self) -> None:
        """Counts a call that has been answered."""
        with self._lock:
            self._in_flight -= 1
