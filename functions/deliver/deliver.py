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
from erp_adapter.errors import Misconfigured
from erp_adapter.queue import postpone

THREADS: Final = 10
"""A batch of a FIFO queue has at most ten messages; orders mostly wait for the shop."""

logger = Logger()
metrics = Metrics()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers `batchItemFailures`: the records that are to be received again."""
    records = event["Records"]  # without them there is nothing that could be called done
    groups, foreign = group(records)
    deadline = time.time() + context.get_remaining_time_in_millis() / 1000
    deadline -= deployment.PUT_SECONDS + 1
    try:
        story = deployment.delivery()
    except Misconfigured as error:
        logger.error(error.message, code=error.code)
        _count("Misconfigured")
        metrics.flush_metrics()
        return failures(records)

    def deliver(each: Group) -> Outcome:
        return story.deliver(each.notification, tries=each.tries, deadline=deadline)

    with ThreadPoolExecutor(THREADS) as executor:
        ended = run(groups, deliver, executor)
    for one in ended:
        _report(one)
    for record in foreign:
        logger.error("not a notification of this adapter", message_id=record["messageId"])
        _count("Foreign")
    if ended or foreign:
        metrics.flush_metrics()
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


def _report(one: Ended) -> None:
    """One line an order, and what is counted. Never an exception's own words: they quote input."""
    order, tries = one.group.order, one.group.tries
    if one.fault:
        frames, trace = [], one.fault.__traceback__
        while trace:
            code = trace.tb_frame.f_code
            frames.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
            trace = trace.tb_next
        logger.error("unforeseen", order=order, kind=type(one.fault).__name__, frames=frames[-8:])
        _count("Unforeseen")
    elif one.outcome:
        routes = [route.as_dict() for route in one.outcome.routes]
        errors = [{"code": e.code, "message": e.message} for e in one.errors]
        logger.info("order", order=order, tries=tries, routes=routes, errors=errors)
        for route in one.outcome.routes:
            _count(route.state.capitalize())
            if route.code and route.state == "delivered":
                _count("ChangedAfterDelivery")
        for error in one.errors:
            _count("Misconfigured" if isinstance(error, Misconfigured) else "Unavailable")


def _count(name: str) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
