"""The way in: verify the bytes → Notification → queue → 202.

Inline (ProcessingMode), the delivery story runs here and the answer is its outcome; what can't be
finished within the sender's patience goes to the queue all the same.
"""

import json
import time
from typing import Any, Final

from erp_adapter import deployment, logs
from erp_adapter.errors import Misconfigured, Refused, Unavailable, Unverified
from erp_adapter.metrics import emit
from erp_adapter.notification import Ignored, Notification, read_notification
from erp_adapter.queue import enqueue
from erp_adapter.request import Request, read_request
from erp_adapter.unforeseen import described
from erp_adapter.verification import check_source, verify

INLINE_SECONDS: Final = 8
"""No step begins later than this: Akinon's sender gives up after 10 seconds."""

logger = logs.logger("webhook")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers 202 (queued), 200 (ignored, or delivered inline), 401, 400, 413, 503 (500: a bug)."""
    try:
        return _answered(event, context)
    except (Misconfigured, Unavailable) as error:
        # Fail closed: the sender tries again, up to 18 times.
        logger.error(error.message, code=error.code)
        return _answer(503, {"message": "Service Unavailable"})
    except Exception as fault:  # noqa: BLE001 - Lambda would log its words, which may quote input
        logger.error("unforeseen", **described(fault))
        return _answer(500, {"message": "Internal Server Error"})


def _answered(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """An answer to the sender; counting a refusal raises Misconfigured where the settings do."""
    try:
        return _handle(event, context)
    except Refused as refusal:
        logger.warning("refused", code=refusal.code, status=refusal.status)
        unverified = isinstance(refusal, Unverified)
        _count("Unverified" if unverified else "Malformed")
        said = "Unauthorized" if unverified else refusal.message
        return _answer(refusal.status, {"message": said})


def _handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    request = read_request(event)
    secret = _verified(request)
    received = read_notification(request.body, deployment.webhooks().events, int(time.time()))
    if isinstance(received, Ignored):
        logger.info("ignored", secret=secret)
        return _answer(200, {"status": "ignored", "reason": received.reason})
    logger.info(
        "announced", secret=secret, uuid=received.uuid, event=received.event, order=received.order
    )
    inline = deployment.settings().mode == "inline"
    if inline and (delivered := _deliver(received, request, context)):
        _count("Announced")
        return _answer(200, delivered)
    enqueue(deployment.client("sqs"), deployment.settings().input_queue_url, received)
    _count("Announced")
    return _answer(202, {"status": "queued", "uuid": received.uuid})


def _verified(request: Request) -> str:
    """The name of the secret that the sender has: `rotate-secret` reads in the log who is used."""
    proof, secrets = deployment.webhooks().proof, deployment.secrets()
    check_source(proof, request.address)
    live = secrets.webhook_secrets()
    try:
        return verify(proof, request.headers, request.body, live, time.time())
    except Unverified:
        # The secret may be newer than the cache; the cache bounds how often a stranger asks.
        fresh = secrets.webhook_secrets(stale=True)
        if fresh == live:
            raise
    return verify(proof, request.headers, request.body, fresh, time.time())


def _deliver(notification: Notification, request: Request, context: Any) -> dict[str, Any] | None:
    """The outcome, or None where the notification must wait on the queue."""
    from erp_adapter.delivery.telling import tell

    now = time.time()
    began = min(now if request.received_at is None else request.received_at, now)
    left = context.get_remaining_time_in_millis() / 1000 - deployment.PUT_SECONDS
    deadline = min(began + INLINE_SECONDS, now + left)
    try:
        outcome = deployment.delivery().deliver(notification, deadline=deadline)
    except Exception as fault:  # noqa: BLE001 - the worker meets it again, and reports it
        logger.error("unforeseen", order=notification.order, **described(fault))
        return None
    tell([outcome], logger, deadline=deadline)
    routes = [route.as_dict() for route in outcome.routes]
    logger.info("inline", order=notification.order, routes=routes, done=not outcome.errors)
    if outcome.errors or any(route.reason == "not-yet" for route in outcome.routes):
        return None
    return {"status": "done", "uuid": notification.uuid, "routes": routes}


def _count(name: str) -> None:
    emit(deployment.settings().stack, {name: [1]})


def _answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"content-type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
