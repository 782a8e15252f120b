"""What befalls each call: drawn from the seed and the call's own name, not from a shared stream.

The name is operation, subject and the how-manieth of its kind. So a fault stays where it is when
another is taken out, which is what makes a failing story shrink.
"""

import struct
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

Chances = Mapping[str, float]
"""A kind of fault, and how probable it is."""

_DOWN: Final = (
    "unreachable", "error", "request lost", "throttled", "unreachable", "error", "request lost",
    "throttled", "answer lost", None,
)  # fmt: skip
"""What becomes of a call in an outage."""

_LATENCIES: Final = ((0.55, 0.0, 0.03), (0.85, 0.03, 0.3), (0.97, 0.3, 1.2), (1.0, 1.2, 1.9))
"""Up to which draw, from and to how many seconds."""


@dataclass(frozen=True, slots=True)
class Fate:
    """One call's: its waiting before and after the effect, its fault, and dice for the rest."""

    name: str
    before: float
    after: float
    fault: str | None
    dice: tuple[float, ...]


@dataclass
class Fates:
    """All calls of a world. `outages`: services that hardly answer, from when to when. `without`
    are the faults that the shrinker has taken out, `forced` those of a story that is told again."""

    seed: int
    chances: Mapping[str, Chances]
    clock: Callable[[], float]
    outages: Sequence[tuple[str, float, float]] = ()
    without: frozenset[str] = frozenset()
    forced: Mapping[str, str] = field(default_factory=dict)
    quiet: bool = False
    happened: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    _seen: Counter[str] = field(default_factory=Counter)

    def of(self, operation: str, subject: str) -> Fate:
        """The fate of the next call of this operation on this subject."""
        call = f"{operation} {subject}"
        self._seen[call] += 1
        name = f"{call} #{self._seen[call]}"
        self.names.append(name)
        dice = self.dice(name)
        fault = self.forced.get(name) or self._fault(operation, name, dice)
        if fault:
            self.happened.append(f"{name}: {fault}")
        return Fate(name, latency(dice[0]), latency(dice[1]), fault, dice[3:])

    def dice(self, name: str) -> tuple[float, ...]:
        """Eight numbers from 0 to 1 for whatever has this name."""
        digest = blake2b(f"{self.seed}/{name}".encode()).digest()
        return tuple(number / 2**64 for number in struct.unpack("<8Q", digest))

    def _fault(self, operation: str, name: str, dice: tuple[float, ...]) -> str | None:
        if self.quiet or name in self.without:
            return None
        left, service = dice[2], operation.split(".")[0]
        if any(down == service and begin < self.clock() < end for down, begin, end in self.outages):
            return _DOWN[int(left * len(_DOWN))]
        for kind, chance in self.chances.get(service, {}).items():
            left -= chance
            if left < 0:
                return kind
        return None


def latency(draw: float) -> float:
    """Mostly milliseconds, now and then seconds."""
    lower = 0.0
    for upper, least, most in _LATENCIES:
        if draw < upper:
            return least + (draw - lower) / (upper - lower) * (most - least)
        lower = upper
    return _LATENCIES[-1][2]
