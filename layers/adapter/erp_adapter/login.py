"""The token for Omnitron: static, or one that a user name and a password give, in memory only.

Akinon developer docs, Integration > Getting Started: `POST auth/login/` answers `{"key": …}`. No
lifetime of a key is documented, so it counts until it is refused. Akinon's own client, channel_app,
logs in at most 3 times in 360 s; so does an execution environment here, whatever is tried again.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Literal, Protocol

from erp_adapter.errors import Misconfigured, OmnitronUnavailable
from erp_adapter.secrets import Secrets

MOST_LOGINS: Final = 3
WINDOW_SECONDS: Final = 360

LogIn = Callable[[str, str], str]
"""Asks Omnitron for the key of a user name and a password."""


class TokenSource(Protocol):
    """Gives the token, by `log_in` where that is how; `refused` is one that was answered 401."""

    def __call__(self, log_in: LogIn, *, refused: str | None = None) -> str:
        """The token. Raises Misconfigured or Unavailable."""


def token_source(
    how: Literal["token", "password"], secrets: Secrets, clock: Callable[[], float]
) -> TokenSource:
    """The stack's way: the parameter omnitron-token, or omnitron-user and omnitron-password."""
    if how == "password":
        return Login(secrets, clock)

    def static(log_in: LogIn, *, refused: str | None = None) -> str:
        return secrets.omnitron_token(stale=refused is not None)

    return static


class Login:
    """One key for all threads of an environment. `clock` gives seconds."""

    def __init__(self, secrets: Secrets, clock: Callable[[], float]) -> None:
        self._secrets = secrets
        self._clock = clock
        self._lock = threading.Lock()
        self._key: str | None = None
        self._began: deque[float] = deque(maxlen=MOST_LOGINS)

    def __call__(self, log_in: LogIn, *, refused: str | None = None) -> str:
        """The key. Raises Misconfigured (refused), Unavailable (no answer, too many logins)."""
        with self._lock:  # one thread logs in, the others wait for its key
            if self._key is None or self._key == refused:
                self._key = None
                self._key = self._fresh(log_in)
            return self._key

    def _fresh(self, log_in: LogIn) -> str:
        known = self._secrets.omnitron_login()
        try:
            return self._once(log_in, known)
        except Misconfigured:
            # The password may be newer than the cache.
            fresh = self._secrets.omnitron_login(stale=True)
            if fresh == known:
                raise
        return self._once(log_in, fresh)

    def _once(self, log_in: LogIn, login: tuple[str, str]) -> str:
        now = self._clock()
        if len(self._began) == MOST_LOGINS:
            left = WINDOW_SECONDS - abs(now - self._began[0])
            if left > 0:
                raise OmnitronUnavailable(
                    f"Logged in {MOST_LOGINS} times in {WINDOW_SECONDS} s: Omnitron refuses the "
                    "keys that it gives, or the password.",
                    code="LOGIN_LIMIT", retry_after=left,
                )  # fmt: skip
        self._began.append(now)
        return log_in(*login)
