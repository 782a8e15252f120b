"""The inbound FIFO queue: a group is an order, a deduplication id the announcement's own.

Source: SQS developer guide, "FIFO queue key terms"; API reference, SendMessage and
ChangeMessageVisibility.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from erp_adapter.errors import Unavailable
from erp_adapter.notification import Notification

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType


def enqueue(sqs: "SQSClient", queue_url: str, notification: Notification) -> None:
    """Puts the notification on the queue; returns once the queue has it. Raises Unavailable."""
    try:
        sqs.send_message(
            QueueUrl=queue_url,
            MessageBody=notification.to_json(),
            MessageGroupId=notification.order,
            MessageDeduplicationId=notification.uuid,
        )
    except (BotoCoreError, ClientError):
        raise Unavailable("The inbound queue did not take it.", code="QUEUE_DOWN") from None


def postpone(sqs: "SQSClient", queue_url: str, record: Mapping[str, Any], seconds: int) -> None:
    """Lets a received message be seen again in `seconds` from now.

    Where that fails, the queue's own visibility time-out brings it back: nothing is raised.
    """
    try:
        sqs.change_message_visibility(
            QueueUrl=queue_url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=seconds
        )
    except (BotoCoreError, ClientError):
        return


def depth(sqs: "SQSClient", queue_url: str) -> int:
    """About how many notifications are on the queue, waiting, delayed or under way.

    Raises Unavailable.
    """
    names: tuple[QueueAttributeNameType, ...] = (
        "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    )  # fmt: skip
    try:
        answer = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
    except (BotoCoreError, ClientError):
        raise Unavailable("The inbound queue did not answer.", code="QUEUE_DOWN") from None
    return sum(int(answer["Attributes"].get(name, 0)) for name in names)
