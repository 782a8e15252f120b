"""Being asked to stop is the normal end of a command that stays up."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def until_stopped() -> Iterator[None]:
    """Ends the block, cleanly, at Ctrl-C, SIGTERM or Windows' Ctrl-Break."""
    for name in ("SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        # Once is enough: what follows is the cleaning up.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
