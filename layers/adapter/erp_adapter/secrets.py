"""Secrets from Parameter Store: cached for minutes, refreshed at most once per interval."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from erp_adapter.errors import Misconfigured, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

CACHE_SECONDS: Final = 300
REFRESH_SECONDS: Final = 60
"""Shortest time between two reads that failed authentications ask for: a stranger's flood of bad
signatures must not drive Parameter Store."""
EMPTY_SECONDS: Final = 5
"""How long "there is no secret" is believed: a flood must not drive Parameter Store then either."""


class Secrets:
    """Reads a stack's parameters. `clock` gives seconds, monotonic or not."""

    def __init__(self, ssm: "SSMClient", stack: str, clock: Callable[[], float]) -> None:
        self._ssm = ssm
        self._stack = stack
        self._clock = clock
        self._lock = threading.Lock()
        self._cache: dict[str, tuple[float, tuple[str, ...]]] = {}

    def webhook_secrets(self, *, stale: bool = False) -> tuple[str, ...]:
        """Every live webhook secret; `stale` asks for a refresh after a failed verification.

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
        found = self._read(f"/{self._stack}/omnitron-token", stale=stale)
        if not found:
            raise Misconfigured(f"/{self._stack}/omnitron-token is missing or empty: put it there.")
        return found[0]

    def _read(self, name: str, *, stale: bool) -> tuple[str, ...]:
        with self._lock:
            read_at, values = self._cache.get(name, (float("-inf"), ()))
            age = self._clock() - read_at
            lifetime = REFRESH_SECONDS if stale else CACHE_SECONDS
            if age < (lifetime if values else EMPTY_SECONDS):
                return values
            values = self._fetch(name)
            self._cache[name] = (self._clock(), values)
            return values

    def _fetch(self, name: str) -> tuple[str, ...]:
        try:
            return tuple(value for value in self._parameters(name) if value.strip())
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == "ParameterNotFound":
                return ()
            if code in ("AccessDeniedException", "AccessDenied"):
                raise Misconfigured(f"The function may not read the parameter {name}.") from None
            raise Unavailable("Parameter Store did not answer.") from None
        except BotoCoreError:
            raise Unavailable("Parameter Store did not answer.") from None

    def _parameters(self, name: str) -> list[str]:
        if not name.endswith("/"):
            found = self._ssm.get_parameter(Name=name, WithDecryption=True)
            return [found["Parameter"].get("Value", "")]
        pages = self._ssm.get_paginator("get_parameters_by_path").paginate(
            Path=name.rstrip("/"), WithDecryption=True
        )
        return [p.get("Value", "") for page in pages for p in page["Parameters"]]
