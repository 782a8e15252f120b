"""The queue's worker: every order of the batch is delivered, side by side; what failed stays."""

import gc
import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from erp_adapter import deployment, logs
from erp_adapter.delivery.batch import Ended, Group, failures, group, run, wait_before_retry
from erp_adapter.delivery.outcome import Outcome
from erp_adapter.delivery.report import line
from erp_adapter.delivery.telling import tell
from erp_adapter.errors import Misconfigured
from erp_adapter.metrics import emit
from erp_adapter.queue import postpone

THREADS: Final = 10
"""A batch of a FIFO queue has at most ten messages; orders mostly wait for the shop."""

logger = logs.logger("deliver")

# What is here at the start stays: the collector need not walk it with every large document, which
# was a third of reading one back (docs/performance.md).
gc.freeze()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers `batchItemFailures`: the records that are to be received again."""
    records = event["Records"]  # without them there is nothing that could be called done
    deadline = time.time() + context.get_remaining_time_in_millis() / 1000
    deadline -= deployment.PUT_SECONDS + 1
    try:
        story = deployment.delivery()
    except Misconfigured as error:
        logger.error(error.message, code=error.code)
        emit(deployment.settings().stack, {"Misconfigured": [1]})
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
    answer = failures([*foreign, *_postponed(ended)])
    faults = [1 for one in ended if one.fault]
    outcomes = [one.outcome for one in ended if one.outcome]
    more = {"Unforeseen": faults, "Foreign": [1 for _ in foreign]}
    tell(outcomes, logger, deadline=deadline, more=more)
    return answer


def _postponed(ended: list[Ended]) -> list[Any]:
    own, kept = deployment.settings(), []
    for one in ended:
        if not one.done:
            seconds = wait_before_retry(one, own.retry_seconds, random.random())  # noqa: S311
            for record in one.group.records:
                postpone(deployment.client("sqs"), own.input_queue_url, record, seconds)
                kept.append(record)
    return kept
