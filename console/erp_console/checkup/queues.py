"""The queues: times against each other, the dead letters, and what FIFO must be told."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError
from erp_adapter.destination import SURELY_KNOWN

from erp_console.checkup.finding import Finding, fault, ok, warning
from erp_console.checkup.site import Site

_LEAST_RECEIVES: Final = 5
_TIMES: Final = 6
"""Visibility is to be so many function time-outs. Source: Lambda developer guide, "Using Lambda
with Amazon SQS"."""
_DAYS_4: Final = 4 * 24 * 3600
_DEPLOY: Final = "Deploy the template anew: it sets the queue right."


def check(site: Site) -> Iterator[Finding]:
    """Inbound queue, then dead-letter queue, then the output queue where a route needs it."""
    if not site.deployed:
        return
    inbound = _attributes(site, "InputQueueUrl")
    dead = _attributes(site, "DeadLetterQueueUrl")
    output = _attributes(site, "OutputQueueUrl")
    for name, found in (("inbound", inbound), ("dead-letter", dead), ("output", output)):
        if found is None:
            yield fault("queues", f"The {name} queue is gone.", "Deploy the template anew.")
    if inbound is not None:
        troubles = [
            *_times(site, inbound), *_redrive(inbound, dead), *_fifo("inbound", inbound)
        ]  # fmt: skip
        yield from troubles
        if not troubles:
            waiting = inbound["ApproximateNumberOfMessages"]
            yield ok("inbound-queue", f"Its times fit; {waiting} notifications wait on it.")
    if dead is not None:
        yield from _dead(dead)
    sqs = any(route.destination == "sqs" for route in site.routes.every)
    if output is not None and sqs:
        troubles = list(_fifo("output", output))
        yield from troubles or [ok("output-queue", "It is as the routes to SQS need it.")]


def _attributes(site: Site, output: str) -> Mapping[str, str] | None:
    try:
        answer: Any = site.client("sqs").get_queue_attributes(
            QueueUrl=site.outputs[output], AttributeNames=["All"]
        )
    except ClientError as error:
        if "NonExistentQueue" not in error.response.get("Error", {}).get("Code", ""):
            raise
        return None
    found: Mapping[str, str] = answer["Attributes"]
    return found


def _times(site: Site, queue: Mapping[str, str]) -> Iterator[Finding]:
    visible = int(queue.get("VisibilityTimeout", 30))
    function = int(site.environment.get("FUNCTION_TIMEOUT", 30))
    if visible < function:
        yield fault(
            "inbound-queue", f"Its visibility ({visible} s) is shorter than the function's "
            f"time-out ({function} s): an order is worked on twice at once.",
            "Set VisibilitySeconds to six times FunctionTimeoutSeconds and deploy.",
        )  # fmt: skip
    elif visible < _TIMES * function:
        yield warning(
            "inbound-queue", f"Its visibility ({visible} s) is less than six of the function's "
            f"time-outs ({function} s).",
            "Set VisibilitySeconds to six times FunctionTimeoutSeconds and deploy.",
        )  # fmt: skip
    if visible > SURELY_KNOWN:
        yield fault(
            "inbound-queue", f"Its visibility ({visible} s) is more than {SURELY_KNOWN} s: a "
            "crash's retry comes when FIFO has forgotten the first message to the ERP.",
            f"Set VisibilitySeconds to {SURELY_KNOWN} at most and deploy.",
        )  # fmt: skip


def _redrive(queue: Mapping[str, str], dead: Mapping[str, str] | None) -> Iterator[Finding]:
    policy = json.loads(queue.get("RedrivePolicy") or "{}")
    target = policy.get("deadLetterTargetArn")
    if not target:
        yield fault("inbound-queue", "It has no dead-letter queue: what fails is lost.", _DEPLOY)
        return
    if dead and target != dead["QueueArn"]:
        yield fault("inbound-queue", "Its dead letters go to a queue of somebody else's.", _DEPLOY)
    receives = int(policy.get("maxReceiveCount", 0))
    if receives < _LEAST_RECEIVES:
        yield fault(
            "inbound-queue", f"A notification is dead after {receives} receives; an order is "
            "parked only after four tries.",
            "Set MaxReceiveCount to 8 and deploy.",
        )  # fmt: skip


def _fifo(name: str, queue: Mapping[str, str]) -> Iterator[Finding]:
    check = f"{name}-queue"
    if queue.get("FifoQueue") != "true":
        yield fault(check, "It is no FIFO queue.", _DEPLOY)
        return
    if queue.get("ContentBasedDeduplication") == "true":
        yield fault(
            check, "It tells duplicates by content: an approval that follows a creation within "
            "five minutes would be swallowed.",
            _DEPLOY,
        )  # fmt: skip
    if queue.get("DeduplicationScope") != "messageGroup":
        yield warning(check, "Its duplicates are told over the whole queue: it is slow.", _DEPLOY)


def _dead(queue: Mapping[str, str]) -> Iterator[Finding]:
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    letters = sum(int(queue.get(name, 0)) for name in names)
    if letters:
        yield fault(
            "dead-letters", f"{letters} notifications are dead letters.",
            "docs/runbook.md, “Dead letters”: mend the cause, then `erp-adapter redrive --dlq`.",
        )  # fmt: skip
    else:
        yield ok("dead-letters", "There are none.")
    if int(queue.get("MessageRetentionPeriod", _DAYS_4)) < _DAYS_4:
        yield warning("dead-letters", "They are thrown away after less than four days.", _DEPLOY)
