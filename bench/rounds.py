"""Measuring sides against each other: in turns in one process, so that what else this machine does
falls on all of them alike."""

import time
from collections.abc import Callable, Mapping

Timer = Callable[[int], float]
"""Seconds of one call, by the mean of so many."""


def cpu(work: Callable[[], object]) -> Timer:
    """The processor's time: others may be at work on this machine."""

    def timer(times: int) -> float:
        began = time.process_time()
        for _ in range(times):
            work()
        return (time.process_time() - began) / times

    return timer


def interleaved(timers: Mapping[str, Timer], rounds: int, seconds: float) -> dict[str, list[float]]:
    """Microseconds of a call of each side in each round, which gives each so many seconds."""
    times = {name: max(1, int(seconds / max(timer(3), 1e-6))) for name, timer in timers.items()}
    found: dict[str, list[float]] = {name: [] for name in timers}
    for _ in range(rounds):
        for name, timer in timers.items():
            found[name].append(timer(times[name]) * 1e6)
    return found
