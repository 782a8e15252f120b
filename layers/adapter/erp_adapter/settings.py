"""What the environment says, read once: addresses, names and limits, never a secret."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, cast

from erp_adapter.errors import Misconfigured

LEASE_MARGIN: Final = 10
"""Seconds that a claim outlives the function's time-out: clocks of two environments differ."""

RECONCILE_SHARE: Final = 0.1
"""Part of the calls to Omnitron that is reconcile's own."""
CALLS_PER_ORDER: Final = 4
"""Order, items, discounts, is_send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One deployment. Time-outs are in seconds. After `pickup_seconds` a document that still lies
    there is late; 0: this ERP deletes nothing."""

    stack: str
    omnitron_url: str
    api_prefix: str
    omnitron_login: Literal["token", "password"]
    mode: Literal["queued", "inline"]
    input_queue_url: str
    output_queue_url: str
    bucket: str
    document_prefix: str
    ledger_table: str
    omnitron_timeout: float
    function_timeout: int
    retry_seconds: float
    inbound_delay: float
    omnitron_rate: float
    concurrency: int
    reconcile_seconds: float
    pickup_seconds: float
    alarm_topic: str

    @property
    def lease(self) -> int:
        """How long a claim keeps others away, in seconds."""
        return self.function_timeout + LEASE_MARGIN

    @property
    def delivery_rate(self) -> float:
        """Calls to Omnitron a second that one environment of the workers may make."""
        return self.omnitron_rate * (1 - RECONCILE_SHARE) / self.concurrency

    @property
    def reconcile_rate(self) -> float:
        """The same for reconcile, which runs alone."""
        return self.omnitron_rate * RECONCILE_SHARE

    @property
    def reconcile_limit(self) -> int:
        """Orders that the workers can fetch, within their rate, between two runs of reconcile."""
        rate = self.omnitron_rate * (1 - RECONCILE_SHARE)
        return max(int(rate * self.reconcile_seconds / CALLS_PER_ORDER), 1)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in `environment`. Raises Misconfigured naming the variable."""

    def text(name: str, default: str | None = None) -> str:
        value = environment.get(name) or default
        if value is None:
            raise Misconfigured(f"The environment variable {name} is missing: deploy anew.")
        return value

    def number(name: str, default: str, *, least: float = 0.001) -> float:
        try:
            value = float(text(name, default))
        except ValueError:
            value = math.nan
        if not least <= value < math.inf:
            raise Misconfigured(f"{name} must be a number, {least:g} or more.")
        return value

    mode = text("PROCESSING_MODE", "queued")
    if mode not in ("queued", "inline"):
        raise Misconfigured("PROCESSING_MODE must be queued or inline.")
    login = text("OMNITRON_LOGIN", "token")
    if login not in ("token", "password"):
        raise Misconfigured("OMNITRON_LOGIN must be token or password.")
    prefix = text("API_PREFIX", "/api/v1").strip("/")
    return Settings(
        stack=text("STACK_NAME"),
        omnitron_url=text("OMNITRON_URL", "").rstrip("/"),
        api_prefix=f"/{prefix}" if prefix else "",
        omnitron_login=cast(Literal["token", "password"], login),
        mode=cast(Literal["queued", "inline"], mode),
        input_queue_url=text("INPUT_QUEUE_URL"),
        output_queue_url=text("OUTPUT_QUEUE_URL", ""),
        bucket=text("BUCKET", ""),
        document_prefix=text("DOCUMENT_PREFIX", "documents").strip("/"),
        ledger_table=text("LEDGER_TABLE", ""),
        omnitron_timeout=number("OMNITRON_TIMEOUT", "5"),
        function_timeout=math.ceil(number("FUNCTION_TIMEOUT", "30")),
        retry_seconds=number("RETRY_SECONDS", "5", least=0),
        inbound_delay=number("INBOUND_DELAY", "5", least=0),
        omnitron_rate=number("OMNITRON_RATE", "20"),
        concurrency=math.ceil(number("MAXIMUM_CONCURRENCY", "2", least=1)),
        reconcile_seconds=60 * number("RECONCILE_MINUTES", "5"),
        pickup_seconds=60 * number("PICKUP_MINUTES", "0", least=0),
        alarm_topic=text("ALARM_TOPIC_ARN", ""),
    )


@cache
def settings() -> Settings:
    """The settings of this process."""
    return read_settings(os.environ)


@cache
def profiles_folder() -> Path:
    """The folder of routes.toml and the profiles: the layer `profiles`, wherever it is mounted.

    It is a namespace package, so that it is found as code is, and holds none. A namespace can have
    several folders: the first with a routes.toml is meant. Raises Misconfigured without any.
    """
    package = find_spec("profiles")
    found = [Path(path) for path in (package and package.submodule_search_locations) or ()]
    for folder in found:
        if (folder / "routes.toml").is_file():
            return folder
    if not found:
        raise Misconfigured(
            "The layer `profiles` is missing: no folder of this name is on the path."
        )
    return found[0]
