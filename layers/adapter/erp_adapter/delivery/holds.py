"""Which routes are held, asked of the ledger now and then, so that no order costs a read.

`erp-adapter hold` waits until every answer that is older than it has been forgotten
(`CACHE_SECONDS`), and until the claims made by such an answer are over.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Final

from erp_adapter.ledger import Hold, Ledger

HELD: Final = "held"
"""The reason of an order that waits because its route is held."""
CACHE_SECONDS: Final = 10.0


class Holds:
    """The ledger's holds as they were `CACHE_SECONDS` ago, or later. `clock`: seconds."""

    def __init__(self, ledger: Ledger, clock: Callable[[], float]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._lock = threading.Lock()
        self._asked_at = -CACHE_SECONDS
        self._held: Mapping[str, Hold] = {}

    def on(self, route: str) -> bool:
        """Whether the route is held. Raises Unavailable or Misconfigured where the ledger must be
        asked and does not answer: an old answer would write what is not to be written."""
        with self._lock:
            now = self._clock()
            if not 0 <= now - self._asked_at < CACHE_SECONDS:
                self._held, self._asked_at = self._ledger.holds(), now
            return route in self._held
