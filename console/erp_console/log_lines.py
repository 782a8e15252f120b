"""What a stack's functions log, as it comes.

It is asked for again and again: a StartLiveTail session costs by the minute, ends after three
hours, shows a sample of a busy second and nothing of the minutes before.
Source: CloudWatch Logs API reference, FilterLogEvents; user guide, "Filter pattern syntax".
"""

import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from erp_console.aws_access import Aws

FUNCTIONS: Final = ("webhook", "deliver", "reconcile", "pickup")
_LATE: Final = 30_000
"""Milliseconds that a line may reach CloudWatch later than its time says; so much is read again."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the adapter's own, or its metrics. `at`: milliseconds since the epoch."""

    at: int
    fields: dict[str, Any]


class LogLines:
    """The lines of a stack's functions from a moment on."""

    def __init__(self, aws: Aws, stack: str, since: datetime) -> None:
        self._logs = aws.client("logs")
        self._stack = stack
        self._since = int(since.timestamp() * 1000)
        self._seen: dict[tuple[Any, ...], int] = {}

    def new(self) -> Iterator[Line]:
        """Those that came since it was last asked, in the order of their times, each once: a call
        that fails in the middle loses none. Raises what boto3 raises."""
        newest = self._since
        groups = [self._events(function) for function in FUNCTIONS]
        for event in heapq.merge(*groups, key=lambda each: each["timestamp"]):
            at, message = event["timestamp"], event["message"]
            newest = max(newest, at)
            # The local stack gives its lines no id.
            key = (event.get("eventId") or (event.get("logStreamName"), at, message),)
            if key not in self._seen:
                self._seen[key] = at
                if fields := self._fields(message):
                    yield Line(at, fields)
        self._since = max(self._since, newest - _LATE)
        self._seen = {key: at for key, at in self._seen.items() if at >= self._since}

    def _events(self, function: str) -> Iterator[dict[str, Any]]:
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{self._stack}-{function}", startTime=self._since,
            filterPattern=f'{{ ($.service = "{function}") || ($.stack = "{self._stack}") }}',
        )  # fmt: skip
        try:
            for page in pages:
                yield from page["events"]
        except ClientError as error:
            # A function that has not run yet may have no log.
            if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
                raise

    def _fields(self, message: str) -> dict[str, Any] | None:
        """The line's, if it is ours: of nothing else is it known that it names nobody. The local
        stack's filter lets everything by."""
        try:
            line: Any = json.loads(message)
        except ValueError:
            return None
        if not isinstance(line, dict):
            return None
        return line if line.get("service") in FUNCTIONS or "_aws" in line else None
