"""The schedule's worker: walks the shop's waiting orders and enqueues what the ledger lacks."""

import time
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from erp_adapter import deployment
from erp_adapter.errors import Misconfigured, Unavailable
from erp_adapter.reconcile import Report

logger = Logger(service="reconcile")
metrics = Metrics(namespace="ErpAdapter", service="reconcile")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers the report. `{"dry_run": true}` enqueues nothing, and walks from the list's end."""
    dry = bool(event.get("dry_run"))
    seconds = context.get_remaining_time_in_millis() / 1000 - deployment.PUT_SECONDS
    try:
        report = _walk(context.aws_request_id, time.time() + seconds, dry=dry)
    except (Misconfigured, Unavailable) as error:
        # The next run of the schedule is the retry.
        logger.error(error.message, code=error.code)
        _count({type(error).__name__: 1})
        return {"error": error.code, "message": error.message}
    logger.info("reconciled", **report.as_dict())
    _count({"Gap": report.gap, "Enqueued": report.enqueued, "Waiting": report.waiting_in_shop})
    return report.as_dict()


def _walk(run_id: str, deadline: float, *, dry: bool) -> Report:
    ledger = deployment.delivery().tools.ledger
    walk = deployment.reconcile(run_id, deadline, dry=dry)
    report = walk.run(None if dry else ledger.cursor())
    if not dry:
        ledger.set_cursor(report.next_page)
    return report


def _count(counts: dict[str, int]) -> None:
    metrics.add_dimension("stack", deployment.settings().stack)
    for name, value in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    metrics.flush_metrics()
