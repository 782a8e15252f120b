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
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)

from erp_adapter.errors import AdapterError, DestinationUnavailable, Misconfigured
from erp_adapter.notification import key_part

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

    from erp_adapter.profile import Document

MAX_MESSAGE: Final = 1024 * 1024 - 16 * 1024
"""Largest document in an SQS message: 1 MiB since August 2025, less room for the attributes."""

FIFO_WINDOW: Final = 300
"""Seconds in which SQS FIFO recognises a repeated deduplication id."""
SURELY_KNOWN: Final = FIFO_WINDOW - 60
"""After so many it may not: what is sent now may arrive as late as its claim's lease ends, and the
clocks of two environments differ."""

_LATER: Final = {
    "RequestTimeout", "RequestTimeTooSkewed", "ExpiredToken", "ExpiredTokenException",
    "RequestThrottled", "ThrottlingException", "KmsThrottled", "KMS.ThrottlingException",
}  # fmt: skip
"""Answers after which nothing was written, and that another try may get over."""

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What SQS takes in no body and no attribute (API reference, SendMessage)."""


class Uncertain(DestinationUnavailable):
    """Nobody knows whether the document landed: the claim stays until its lease is over."""

    default_code = "DESTINATION_UNCERTAIN"


class _Taken(Uncertain):
    """412: there is an object at the key."""


class Destination(Protocol):
    """Takes documents. `document_id` names order, route and revision for ever, in at most 128
    characters that SQS takes as a deduplication id: printable ASCII without blanks."""

    can_look: bool
    """Whether `find` can tell if a document had landed."""

    def place(self, route: str, document: "Document") -> str:
        """Where the document of this route lies, or will lie."""

    def put(self, place: str, document: "Document", *, document_id: str, order: str,
            number: str, repeated_after: float | None = None) -> None:  # fmt: skip
        """Hands the document over; returns once it is durable.

        Raises DestinationUnavailable where it certainly is not, Uncertain where nobody knows,
        Misconfigured where an operator must act. `repeated_after`: seconds since an attempt
        that may have landed.
        """

    def find(self, place: str, document_id: str) -> bool:
        """Whether the document of this id is, or once was, at its place."""

    def picked_up(self, place: str) -> bool:
        """Whether the document that was put here has been deleted since: the ERP has taken it.
        False where nobody can tell."""


class S3Destination:
    """A versioned bucket. `s3` must be a client without retries."""

    can_look = True

    def __init__(self, s3: "S3Client", bucket: str, prefix: str) -> None:
        self._s3 = s3
        self.bucket = bucket
        self._prefix = prefix

    def place(self, route: str, document: "Document") -> str:
        """The key below the prefix."""
        return "/".join(part for part in (self._prefix, route, document.name) if part)

    def put(self, place: str, document: "Document", *, document_id: str, order: str,
            number: str, repeated_after: float | None = None) -> None:  # fmt: skip
        """Writes the object unless there is one; one that is ours counts as written."""
        with suppress(_Taken):
            _call(
                "S3",
                self._s3.put_object,
                Bucket=self.bucket,
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
            return
        self._settle(place, document_id)

    def _settle(self, place: str, document_id: str) -> None:
        """After a 412: returns if the object is ours, or was and the ERP has deleted it since."""
        try:
            seen = self._look(place, document_id)
        except Misconfigured:
            # Not ours to say that nothing was written: the claim stays, the next HEAD says why.
            seen = _Seen.NOTHING
        if seen is _Seen.FOREIGN:
            raise Misconfigured(
                "Another object has the key of this document: move it away.", code="KEY_TAKEN"
            )
        if seen is _Seen.NOTHING:
            raise Uncertain("S3 had an object at the key, and does not say whose.")

    def find(self, place: str, document_id: str) -> bool:
        """True for our object and for a delete marker in its place (the ERP imported it)."""
        return self._look(place, document_id) in (_Seen.OURS, _Seen.DELETED)

    def picked_up(self, place: str) -> bool:
        """True for a delete marker: a document leaves it, whoever deletes without a version."""
        return self._look(place, "") is _Seen.DELETED

    def _look(self, place: str, document_id: str) -> "_Seen":
        answer: Any = {}
        try:
            answer = self._s3.head_object(Bucket=self.bucket, Key=place)
        except ClientError as error:
            answer = error.response
        except BotoCoreError:
            pass
        metadata = answer.get("ResponseMetadata", {})
        match metadata.get("HTTPStatusCode"):
            case 200:
                ours = answer.get("Metadata", {}).get("document-id") == document_id
                return _Seen.OURS if ours else _Seen.FOREIGN
            case 404:
                deleted = metadata.get("HTTPHeaders", {}).get("x-amz-delete-marker") == "true"
                return _Seen.DELETED if deleted else _Seen.NOTHING
            case 403:
                raise _refused("S3", "HEAD 403")
        raise Uncertain("S3 does not say whether the document is there.")


class _Seen(Enum):
    """What a HEAD of a document's place found."""

    NOTHING = auto()
    OURS = auto()
    FOREIGN = auto()
    DELETED = auto()


class SqsDestination:
    """A FIFO queue; what is too large for a message goes to S3 with a claim check."""

    can_look = False

    def __init__(self, sqs: "SQSClient", queue_url: str, overflow: S3Destination) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._overflow = overflow

    def place(self, route: str, document: "Document") -> str:
        """The key where the document lies if it is too large for a message: of its own for each
        content, because what is there already is not written over, and the message says which."""
        return self._overflow.place(f"{route}/{document.sha256[:16]}", document)

    def put(self, place: str, document: "Document", *, document_id: str, order: str,
            number: str, repeated_after: float | None = None) -> None:  # fmt: skip
        """Sends the message. Repeated later than FIFO surely remembers, it says so."""
        again = repeated_after is not None
        body, encoding = _message_body(document)
        if len(body.encode("utf-8")) > MAX_MESSAGE:
            # Put once: what the ERP has taken and deleted is not put back by a repetition.
            if not (again and self._overflow.find(place, document_id)):
                self._overflow.put(
                    place, document, document_id=document_id, order=order, number=number
                )
            check = {"bucket": self._overflow.bucket, "key": place, "sha256": document.sha256}
            body, encoding = json.dumps(check), "s3"
        attributes = {
            "order_number": _ILLEGAL.sub("\ufffd", number),
            "profile": document.profile,
            "content_type": document.content_type,
            "content_encoding": encoding,
            "sha256": document.sha256,
            "document_id": document_id,
        }
        if repeated_after is not None and repeated_after > SURELY_KNOWN:
            attributes["possible_duplicate"] = "true"
        _call(
            "SQS",
            self._sqs.send_message,
            QueueUrl=self._queue_url,
            MessageBody=body,
            MessageGroupId=key_part(order),
            MessageDeduplicationId=document_id,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
                if value
            },
        )

    def find(self, place: str, document_id: str) -> bool:
        """A queue cannot be asked; the deduplication id makes the repetition harmless."""
        return False

    def picked_up(self, place: str) -> bool:
        """A queue cannot be asked."""
        return False


def _message_body(document: "Document") -> tuple[str, str]:
    try:
        text = document.content.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and not _ILLEGAL.search(text):
        return text, "utf-8"
    return base64.b64encode(document.content).decode("ascii"), "base64"


def _call(service: str, operation: Callable[..., object], **parameters: Any) -> None:
    try:
        operation(**parameters)
    except ClientError as error:
        failure = _answered(service, error)
    except (ConnectTimeoutError, EndpointConnectionError):
        failure = DestinationUnavailable(f"{service} cannot be reached.")
    except (NoCredentialsError, ParamValidationError) as error:
        failure = _refused(service, type(error).__name__)
    except BotoCoreError:
        failure = Uncertain(f"The answer of {service} was lost.")
    else:
        return
    # Raised here, so that no error of the SDK's, which holds what was sent, is its context.
    raise failure


def _answered(service: str, error: ClientError) -> AdapterError:
    """What an answer means: 412 and 5xx may hide a document that landed, any other refusal not.

    S3's 503 is its throttle, its 500 may have written (user guide, "Amazon S3 error best
    practices"); of a 503 SQS says nothing.
    """
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status == 412:
        return _Taken(f"{service} has an object at the key.")
    if code in _LATER or status in (408, 409, 429) or (service, status) == ("S3", 503):
        return DestinationUnavailable(f"{service} asks to try again.")
    if 300 <= status < 500:
        return _refused(service, code)
    return Uncertain(f"{service} answered with an error of its own.")


def _refused(service: str, code: str) -> Misconfigured:
    return Misconfigured(
        f"{service} refused the document ({code}): check the destination and its permissions.",
        code="DESTINATION_REFUSED",
    )
