"""The queue's worker: every order of the batch is delivered, side by side; what failed stays."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from erp_adapter import deployment
from erp_adapter.delivery.batch import Ended, Group, failures, group, run, wait_before_retry
from erp_adapter.delivery.outcome import Outcome
from erp_adapter.delivery.report import counts, line
from erp_adapter.errors import Misconfigured
from erp_adapter.queue import postpone

THREADS: Final = 10
"""A batch of a FIFO queue has at most ten messages; orders mostly wait for the shop."""

logger = Logger(service="deliver")
metrics = Metrics(namespace="ErpAdapter", service="deliver")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers `batchItemFailures`: the records that are to be received again."""
    records = event["Records"]  # without them there is nothing that could be called done
    deadline = time.time() + context.get_remaining_time_in_millis() / 1000
    deadline -= deployment.PUT_SECONDS + 1
    try:
        story = deployment.delivery()
    except Misconfigured as error:
        logger.error(error.message, code=error.code)
        _count(["Misconfigured"])
        return failures(records)

    def deliver(each: Group) -> Outcome:
        return story.deliver(
            each.notification, tries=each.tries, sent_at=each.sent_at, deadline=deadline
        )

    groups, foreign = group(records)
    with ThreadPoolExecutor(THREADS) as executor:
        ended = run(groups, deliver, executor)
    for one in ended:
        (logger.error if one.fault else logger.info)("order", **line(one))
    for record in foreign:
        logger.error("not a notification of this adapter", message_id=record["messageId"])
    _count([name for one in ended for name in counts(one)] + ["Foreign"] * len(foreign))
    return failures([*foreign, *_postponed(ended)])


def _postponed(ended: list[Ended]) -> list[Any]:
    own, kept = deployment.settings(), []
    for one in ended:
        if not one.done:
            seconds = wait_before_retry(one, own.retry_seconds, random.random())  # noqa: S311
            for record in one.group.records:
                postpone(deployment.client("sqs"), own.input_queue_url, record, seconds)
                kept.append(record)
    return kept


def _count(names: list[str]) -> None:
    for name in names:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    if names:
        metrics.add_dimension("stack", deployment.settings().stack)
        metrics.flush_metrics()
