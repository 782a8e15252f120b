"""Many notifications for the inbound queue, no more at a time than the workers can fetch.

What lies on the queue is ahead of the next webhook: so a long row of orders waits here, not there.
"""

import time
from dataclasses import dataclass
from typing import Final

from erp_adapter.queue import depth

from erp_console.deployed import Deployed

_LOOK_AGAIN: Final = 5.0
"""Seconds."""
_AT_ONCE: Final = 10
"""So many go to the queue between two looks at it."""


@dataclass(slots=True)
class Feed:
    """The way to a stack's inbound queue. It may hold what the workers can fetch between two walks
    of reconcile, as reconcile itself has it."""

    deployed: Deployed
    _room: int = 0

    def wait(self) -> None:
        """Returns once there is room for one notification more. Raises Unavailable."""
        while self._room <= 0:
            waiting = depth(self.deployed.sqs, self.deployed.input_queue_url)
            self._room = min(self.deployed.settings.reconcile_limit - waiting, _AT_ONCE)
            if self._room <= 0:
                time.sleep(_LOOK_AGAIN)
        self._room -= 1
