"""A queue's messages, held while a command works through them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

HELD_SECONDS: Final = 60
"""How long a received message is kept from other readers: ten of them take a second."""
WAIT_SECONDS: Final = 1
"""Long polling asks every server of the queue: an empty answer means that it is empty."""


def received(sqs: Any, url: str, held: int, wait: int) -> Iterator[dict[str, Any]]:
    """Every message that can be seen, each held for `held` seconds from when it came."""
    while True:
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait, VisibilityTimeout=held,
            MessageAttributeNames=["document_id"],
        )  # fmt: skip
        if not answer.get("Messages"):
            return
        yield from answer["Messages"]


def let_go(sqs: Any, url: str, messages: Iterable[Mapping[str, Any]]) -> None:
    """Lets others see them again at once."""
    for message in messages:
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
