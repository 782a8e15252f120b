"""The schedule's worker: walks the shop's waiting orders and enqueues what the ledger lacks."""

import time
from typing import Any

from erp_adapter import deployment, logs
from erp_adapter.delivery.report import metric_of
from erp_adapter.errors import Misconfigured, OmnitronUnavailable, Unavailable
from erp_adapter.metrics import emit
from erp_adapter.reconcile import Report

logger = logs.logger("reconcile")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers the report. `{"dry_run": true}` enqueues and measures nothing, and walks from the
    list's end."""
    dry = bool(event.get("dry_run"))
    seconds = context.get_remaining_time_in_millis() / 1000 - deployment.PUT_SECONDS
    try:
        report = _walk(context.aws_request_id, time.time() + seconds, dry=dry)
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
    return report.as_dict()


def _walk(run_id: str, deadline: float, *, dry: bool) -> Report:
    ledger = deployment.delivery().tools.ledger
    walk = deployment.reconcile(run_id, deadline, dry=dry)
    if dry:
        return walk.run()[0]
    report, cursor = walk.run(ledger.cursor())
    ledger.set_cursor(cursor)
    return report


def _count(values: dict[str, int]) -> None:
    emit(deployment.settings().stack, {name: [value] for name, value in values.items()})
