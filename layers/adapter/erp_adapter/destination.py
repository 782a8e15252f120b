"""Where documents are handed over, once: S3 (`If-None-Match: *`) or SQS FIFO.

S3: the key is a pure function of route, number and pk; a conditional put with no client retries
decides who was first. After a crash a HEAD answers whether the document had landed: present, or
deleted by the ERP after its import (`x-amz-delete-marker`), both mean delivered.
Source: Amazon S3 user guide, "Conditional writes"; API reference, HeadObject.

SQS: the deduplication id is the document's id, so a repetition within FIFO's five minutes is one
message. Source: SQS developer guide, "Exactly-once processing".
"""

import base64
import json
import re
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)

from erp_adapter.errors import DestinationUnavailable, Misconfigured
from erp_adapter.notification import key_part
from erp_adapter.profile import Document

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

MAX_MESSAGE: Final = 1024 * 1024 - 16 * 1024
"""Largest document in an SQS message: 1 MiB since August 2025, less room for the attributes."""

FIFO_WINDOW: Final = 300
"""Seconds in which SQS FIFO recognises a repeated deduplication id."""

_REFUSED: Final = {
    "AccessDenied", "AccessDeniedException", "NoSuchBucket", "AllAccessDisabled",
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "KMS.DisabledException", "MethodNotAllowed",
    "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist",
}  # fmt: skip
_NOT_DONE: Final = {"SlowDown", "ConditionalRequestConflict", "ServiceUnavailable", "Throttling"}
"""Answers after which S3 has certainly not written."""

_SQS_TEXT = re.compile(r"[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*\Z")


class Uncertain(DestinationUnavailable):
    """Nobody knows whether the document landed: the claim stays until its lease is over."""

    default_code = "DESTINATION_UNCERTAIN"


class Destination(Protocol):
    """Takes documents. `document_id` names order, route and revision for ever."""

    can_look: bool
    """Whether `find` can tell if a document had landed."""

    def place(self, route: str, document: Document) -> str:
        """Where the document of this route lies, or will lie."""

    def put(self, place: str, document: Document, *, document_id: str, order: str,
            number: str, repeated_after: float | None = None) -> None:  # fmt: skip
        """Hands the document over; returns once it is durable.

        Raises DestinationUnavailable where it certainly is not, Uncertain where nobody knows,
        Misconfigured where an operator must act. `repeated_after`: seconds since an attempt
        that may have landed.
        """

    def find(self, place: str, document_id: str) -> bool:
        """Whether the document of this id is, or once was, at its place."""


class S3Destination:
    """A versioned bucket. `s3` must be a client without retries."""

    can_look = True

    def __init__(self, s3: "S3Client", bucket: str, prefix: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._prefix = prefix

    def place(self, route: str, document: Document) -> str:
        """The key below the prefix."""
        return "/".join(part for part in (self._prefix, route, document.name) if part)

    def put(self, place: str, document: Document, *, document_id: str, order: str,
            number: str, repeated_after: float | None = None) -> None:  # fmt: skip
        """Writes the object unless there is one; one that is ours counts as written."""
        try:
            self._s3.put_object(
                Bucket=self._bucket,
                Key=place,
                Body=document.content,
                ContentType=document.content_type,
                IfNoneMatch="*",
                Metadata={
                    "document-id": document_id,
                    "sha256": document.sha256,
                    "profile": document.profile,
                    "profile-version": document.version[:16],
                },
            )
        except ClientError as error:
            self._on_refusal(error, place, document_id)
        except (ConnectTimeoutError, EndpointConnectionError):
            raise DestinationUnavailable("S3 cannot be reached.") from None
        except BotoCoreError:
            raise Uncertain("The answer of S3 was lost.") from None

    def _on_refusal(self, error: ClientError, place: str, document_id: str) -> None:
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status == 412:
            if self.find(place, document_id):
                return
            raise Misconfigured(
                "Another object has the key of this document: move it away.",
                code="KEY_TAKEN",
            ) from None
        if code in _REFUSED or status == 403:
            raise _refused("S3", code) from None
        if code in _NOT_DONE or status in (409, 503):
            raise DestinationUnavailable("S3 asks to try again.") from None
        raise Uncertain("S3 answered with an error of its own.") from None

    def find(self, place: str, document_id: str) -> bool:
        """True for our object and for a delete marker in its place (the ERP imported it)."""
        try:
            head = self._s3.head_object(Bucket=self._bucket, Key=place)
        except ClientError as error:
            answer: Any = error.response.get("ResponseMetadata", {})
            if answer.get("HTTPStatusCode") == 404:
                return answer.get("HTTPHeaders", {}).get("x-amz-delete-marker") == "true"
            if answer.get("HTTPStatusCode") == 403:
                raise _refused("S3", "HEAD") from None
            raise Uncertain("S3 does not say whether the document is there.") from None
        except BotoCoreError:
            raise Uncertain("S3 does not say whether the document is there.") from None
        return head.get("Metadata", {}).get("document-id") == document_id


class SqsDestination:
    """A FIFO queue; what is too large for a message goes to S3 with a claim check."""

    can_look = False

    def __init__(self, sqs: "SQSClient", queue_url: str, overflow: S3Destination) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._overflow = overflow

    def place(self, route: str, document: Document) -> str:
        """The key where the document lies if it is too large for a message."""
        return self._overflow.place(route, document)

    def put(self, place: str, document: Document, *, document_id: str, order: str,
            number: str, repeated_after: float | None = None) -> None:  # fmt: skip
        """Sends the message. Repeated later than FIFO remembers, it says so in an attribute."""
        body, encoding = _message_body(document)
        if len(body.encode("utf-8")) > MAX_MESSAGE:
            self._overflow.put(place, document, document_id=document_id, order=order, number=number)
            body, encoding = json.dumps({"bucket_key": place, "sha256": document.sha256}), "s3"
        attributes = {
            "order_number": number,
            "profile": document.profile,
            "content_type": document.content_type,
            "content_encoding": encoding,
            "sha256": document.sha256,
            "document_id": document_id,
        }
        if repeated_after is not None and repeated_after > FIFO_WINDOW:
            attributes["possible_duplicate"] = "true"
        try:
            self._sqs.send_message(
                QueueUrl=self._queue_url,
                MessageBody=body,
                MessageGroupId=key_part(order),
                MessageDeduplicationId=document_id,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in attributes.items()
                },
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _REFUSED or "NonExistentQueue" in code:
                raise _refused("SQS", code) from None
            raise Uncertain("SQS answered with an error of its own.") from None
        except (ConnectTimeoutError, EndpointConnectionError):
            raise DestinationUnavailable("SQS cannot be reached.") from None
        except BotoCoreError:
            raise Uncertain("The answer of SQS was lost.") from None

    def find(self, place: str, document_id: str) -> bool:
        """A queue cannot be asked; the deduplication id makes the repetition harmless."""
        return False


def _message_body(document: Document) -> tuple[str, str]:
    try:
        text = document.content.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and _SQS_TEXT.match(text):
        return text, "utf-8"
    return base64.b64encode(document.content).decode("ascii"), "base64"


def _refused(service: str, code: str) -> Misconfigured:
    return Misconfigured(
        f"{service} refused the document ({code}): check the destination and its permissions.",
        code="DESTINATION_REFUSED",
    )
