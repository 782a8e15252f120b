"""Secrets from Parameter Store: cached for minutes, refreshed at most once per interval.

What is cached counts for `CACHE_SECONDS` whatever becomes of Parameter Store: its outage refuses no
good webhook meanwhile. After that there is no answer without it (503, and the sender tries again):
a secret that was taken away because it leaked must not live on for as long as an outage lasts.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from erp_adapter.errors import AdapterError, Misconfigured, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

CACHE_SECONDS: Final = 300
REFRESH_SECONDS: Final = 60
"""Shortest time between two reads that failed authentications ask for: a stranger's flood of bad
signatures must not drive Parameter Store."""
EMPTY_SECONDS: Final = 5
"""Shortest time between two reads while there is nothing to go by, no secret or no answer: a flood
must not drive Parameter Store then either."""

_REFUSED: Final = {
    "AccessDeniedException", "AccessDenied", "InvalidKeyId", "UnrecognizedClientException",
}  # fmt: skip


@dataclass(slots=True)
class _Known:
    """What is known of a parameter or path: values by the last part of their names. `failure` is
    how the last read ended, if it failed."""

    values: Mapping[str, str] = field(default_factory=dict)
    read_at: float = float("-inf")
    tried_at: float = float("-inf")
    failure: tuple[type[AdapterError], str] | None = None


class Secrets:
    """Reads a stack's parameters. `clock` gives seconds; one that stands still while the execution
    environment is frozen would lengthen the cache's life."""

    def __init__(self, ssm: "SSMClient", stack: str, clock: Callable[[], float]) -> None:
        self._ssm = ssm
        self._stack = stack
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}

    def webhook_secrets(self, *, stale: bool = False) -> Mapping[str, str]:
        """Every live webhook secret by its name; `stale` asks for a refresh after a failed
        verification.

        Raises Misconfigured without any, Unavailable while Parameter Store does not answer.
        """
        found = self._read(f"/{self._stack}/webhook-secrets/", stale=stale)
        if not found:
            raise Misconfigured(f"/{self._stack}/webhook-secrets/ holds no secret: put one there.")
        return found

    def omnitron_token(self, *, stale: bool = False) -> str:
        """The token for Omnitron; `stale` asks for a refresh after a 401.

        Raises Misconfigured without one, Unavailable while Parameter Store does not answer.
        """
        name = f"/{self._stack}/omnitron-token"
        token = self._value(name, stale=stale)
        if not (token.isascii() and token.isprintable()):
            raise Misconfigured(f"{name} holds what no header can carry: put the bare token there.")
        return token

    def omnitron_login(self, *, stale: bool = False) -> tuple[str, str]:
        """User name and password for Omnitron; `stale` asks for a refresh after a refused login.

        Raises as `omnitron_token`.
        """
        user = self._value(f"/{self._stack}/omnitron-user", stale=stale)
        return user, self._value(f"/{self._stack}/omnitron-password", stale=stale)

    def _value(self, name: str, *, stale: bool) -> str:
        found = self._read(name, stale=stale)
        if not found:
            raise Misconfigured(f"{name} is missing or empty: put it there.")
        return found[name]

    def _read(self, name: str, *, stale: bool) -> Mapping[str, str]:
        with self._lock:  # one thread asks, the others wait for what it learns
            known = self._known.setdefault(name, _Known())
            now = self._clock()
            usable = bool(known.values) and 0 <= now - known.read_at < CACHE_SECONDS
            pause = REFRESH_SECONDS if usable else EMPTY_SECONDS
            if (stale or not usable) and not 0 <= now - known.tried_at < pause:
                known.failure = self._refresh(known, name)
                known.tried_at = self._clock()
            if usable or known.failure is None:
                return known.values
            kind, message = known.failure
        raise kind(message)

    def _refresh(self, known: _Known, name: str) -> tuple[type[AdapterError], str] | None:
        try:
            found = self._parameters(name)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _REFUSED:
                return Misconfigured, f"The function may not read the parameter {name} ({code})."
            if code != "ParameterNotFound":
                return Unavailable, "Parameter Store did not answer."
            found = {}
        except (BotoCoreError, KeyError):  # KeyError: a 200 of somebody else's, between us
            return Unavailable, "Parameter Store did not answer."
        # The line end that a file or a paste brought along is no part of a secret.
        known.values = {name: value.strip() for name, value in found.items() if value.strip()}
        known.read_at = self._clock()
        return None

    def _parameters(self, name: str) -> dict[str, str]:
        if not name.endswith("/"):
            found = self._ssm.get_parameter(Name=name, WithDecryption=True)
            return {name: found["Parameter"].get("Value", "")}
        asked: dict[str, Any] = {"Path": name.rstrip("/"), "WithDecryption": True}
        values: dict[str, str] = {}
        while True:
            page = self._ssm.get_parameters_by_path(**asked)
            for each in page["Parameters"]:
                values[each["Name"].rpartition("/")[2]] = each.get("Value", "")
            if not page.get("NextToken"):
                return values
            asked["NextToken"] = page["NextToken"]
