"""S3's events: somebody has deleted a document. Each is looked into, and then written down."""

from typing import Any

from erp_adapter import deployment, logs
from erp_adapter.errors import Misconfigured, Unavailable
from erp_adapter.metrics import emit, metric_of

logger = logs.logger("pickup")


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Answers what it was. Raises what Lambda is to try again: twice, after one minute and two.

    Source: Amazon S3 user guide, "EventBridge event message structure" (the key is not encoded).
    """
    key = event["detail"]["object"]["key"]
    try:
        found = deployment.pickup().note(key, event["id"])
    except (Misconfigured, Unavailable) as error:
        logger.error(error.message, code=error.code, document=key)
        emit(deployment.settings().stack, {metric_of(error): [1]})
        raise
    logger.info("deleted", document=key, found=found)
    return {"found": found}
