"""When a webhook secret was last used, as the webhook function's own log says it.

Each verified request leaves a line with the name of the secret that fitted. Source: CloudWatch Logs
user guide, "Filter pattern syntax"; API reference, FilterLogEvents.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from erp_console.aws_access import Aws

LOOKED_BACK: Final = timedelta(days=7)
_WINDOWS: Final = (timedelta(minutes=15), timedelta(hours=1), timedelta(days=1), LOOKED_BACK)
"""A secret in use is found in the first; only one that is not costs a walk through the last."""


def last_use(aws: Aws, stack: str, name: str, now: datetime) -> datetime | None:
    """The last time that this secret fitted; None where it did not in `LOOKED_BACK`."""
    for window in _WINDOWS:
        moments = list(_uses(aws, stack, name, now - window))
        if moments:
            return datetime.fromtimestamp(max(moments) / 1000, UTC)
    return None


def _uses(aws: Aws, stack: str, name: str, since: datetime) -> Iterator[int]:
    pages = aws.client("logs").get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{stack}-webhook", startTime=int(since.timestamp() * 1000),
        filterPattern=f'{{ $.secret = "{name}" }}',
    )  # fmt: skip
    try:
        for page in pages:
            yield from (e["timestamp"] for e in page["events"] if _names(e["message"], name))
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
            raise


def _names(message: str, name: str) -> bool:
    """Whether the line is one of ours and says so: the local stack's filter lets everything by."""
    try:
        line: Any = json.loads(message)
    except ValueError:
        return False
    return isinstance(line, dict) and line.get("secret") == name
