"""The rate cap on calls to the shop: each execution environment keeps to its share.

There is nobody to ask across environments, so the cap is divided beforehand: the rate of the whole
deployment by MaximumConcurrency, with a share of its own for reconcile.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Pace:
    """Lets `rate` calls a second begin, evenly; threads share it.

    `clock` gives seconds, `sleep` waits for some.
    """

    rate: float
    clock: Callable[[], float]
    sleep: Callable[[float], object]
    _next: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, deadline: float | None = None) -> bool:
        """Waits for this call's turn; False, at once, where that is not before `deadline`."""
        with self._lock:
            now = self.clock()
            turn = max(self._next, now)
            if deadline is not None and turn >= deadline:
                return False
            self._next = turn + 1 / self.rate
        if turn > now:
            self.sleep(turn - now)
        return True
