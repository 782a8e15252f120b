"""The schedule's worker: looks at what the ERP has not taken yet, then walks the shop's waiting
orders and enqueues what the ledger lacks."""

import time
from collections.abc import Mapping
from typing import Any, Final

from erp_adapter import deployment, logs
from erp_adapter.errors import Misconfigured, OmnitronUnavailable, Unavailable
from erp_adapter.metrics import emit, metric_of
from erp_adapter.reconcile import Report
from erp_adapter.unpicked import Unpicked

LOOK_SECONDS: Final = 20
"""The longest look into the bucket; the walk has the rest."""

logger = logs.logger("reconcile")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers the report. `{"dry_run": true}` enqueues and measures nothing, and walks from the
    list's end."""
    dry = bool(event.get("dry_run"))
    seconds = context.get_remaining_time_in_millis() / 1000 - deployment.PUT_SECONDS
    deadline = time.time() + seconds
    unpicked, lies_there = _look(dry=dry)
    try:
        report = _walk(context.aws_request_id, deadline, unpicked, dry=dry)
    except (Misconfigured, Unavailable) as error:
        # The next run of the schedule is the retry.
        logger.error(error.message, code=error.code)
        if not dry:
            down = isinstance(error, OmnitronUnavailable)
            _count({"OmnitronUnavailable" if down else metric_of(error): 1})
        return {"error": error.code, "message": error.message}
    logger.info("reconciled", **report.as_dict())
    if not dry:
        _count(report.measured())
    return report.as_dict() | {"unpicked": lies_there}


def _look(*, dry: bool) -> tuple[Unpicked | None, dict[str, Any] | None]:
    """What lies in the bucket, if anybody asks, and what is said of it. The shop's list is walked
    whether S3 answers or not: what waits for a pick-up then waits on."""
    try:
        unpicked = deployment.unpicked(time.time() + LOOK_SECONDS)
    except (Misconfigured, Unavailable) as error:
        logger.error(error.message, code=error.code)
        if not dry:
            _count({metric_of(error): 1})
        return None, None
    late = deployment.settings().pickup_seconds
    if unpicked is None or not late:
        return unpicked, None
    values = unpicked.measured(late)
    said: dict[str, Any] = {"there": len(unpicked.written), "whole": unpicked.whole, **values}
    logger.info("looked", **said)
    if not dry:
        _count(values)
    return unpicked, said


def _walk(run_id: str, deadline: float, unpicked: Unpicked | None, *, dry: bool) -> Report:
    ledger = deployment.delivery().tools.ledger
    walk = deployment.reconcile(run_id, deadline, dry=dry, unpicked=unpicked)
    if dry:
        return walk.run()[0]
    report, cursor = walk.run(ledger.cursor())
    ledger.set_cursor(cursor)
    return report


def _count(values: Mapping[str, float]) -> None:
    emit(deployment.settings().stack, {name: [value] for name, value in values.items()})
