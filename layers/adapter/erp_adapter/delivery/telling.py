"""What operators get to hear of outcomes: metrics, a log line and a message for each matter that a
person must see to.

Nothing here is in the way of a delivery: it comes after it, and what fails is logged only.
Source: SNS API reference, PublishBatch.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from erp_adapter import deployment
from erp_adapter.delivery.outcome import Outcome
from erp_adapter.delivery.report import Matter, matters, measured
from erp_adapter.ledger import NO_ROUTE
from erp_adapter.metrics import emit

_MOST: Final = 10
"""Messages of one PublishBatch."""


def tell(
    outcomes: Sequence[Outcome],
    logger: Logger,
    *,
    deadline: float,
    more: Mapping[str, Sequence[float]] | None = None,
) -> None:
    """Says what became of these outcomes, and counts `more`. After `deadline` (seconds since the
    epoch) the alarm topic is asked no more."""
    own = deployment.settings()
    emit(own.stack, {**measured(outcomes), **(more or {})})
    found = matters(outcomes)
    for each in found:
        logger.warning(each.kind, **each.as_dict())
    for start in range(0, len(found) if own.alarm_topic else 0, _MOST):
        if time.time() > deadline:
            logger.warning("no time left to tell the alarm topic", left=len(found) - start)
            return
        sns = deployment.client("sns", retries=False)
        refused = _publish(sns, own.alarm_topic, own.stack, found[start : start + _MOST])
        if refused:
            logger.error("the alarm topic did not take a message", codes=refused)


def _publish(sns: Any, topic: str, stack: str, found: Sequence[Matter]) -> list[str]:
    """The codes of what was refused."""
    entries = [
        {"Id": str(place), "Subject": f"{stack}: {each.code}"[:100], "Message": _text(stack, each)}
        for place, each in enumerate(found)
    ]
    try:
        answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    except ClientError as error:
        return [str(error.response.get("Error", {}).get("Code"))]
    except BotoCoreError as error:
        return [type(error).__name__]
    return [failed["Code"] for failed in answer.get("Failed", [])]


def _text(stack: str, each: Matter) -> str:
    number = each.number or each.order
    where = "before its routes were known" if each.route == NO_ROUTE else f"on route {each.route}"
    happened = "was rejected" if each.kind == "rejected" else "is not what the ERP got"
    return (
        f"Order {number} {happened} {where}: {each.code}.\n{each.message}\n{_differing(each)}"
        f"erp-adapter status {number} --stack {stack}; docs/runbook.md#{each.code.lower()}\n"
    )


def _differing(each: Matter) -> str:
    """What has changed since the delivery, by name; the values stay where they are."""
    if each.kind == "rejected" or each.expected == each.found:
        return ""
    what = f" in {each.path}" if each.path else ""
    return f"It differs{what} (content {each.expected}, now {each.found}).\n"
