"""Where documents are handed over: once, whatever S3 and SQS answer or fail to answer."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from aws import Answer, answered, asked, client, lost
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from erp_adapter.destination import (
    FIFO_WINDOW,
    MAX_MESSAGE,
    SURELY_KNOWN,
    Destination,
    S3Destination,
    SqsDestination,
    Uncertain,
)
from erp_adapter.errors import AdapterError, DestinationUnavailable, Misconfigured
from erp_adapter.profile import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws
from template import RESOURCES

BUCKET = "magaza-documents"
URL = "https://aws.example.com"
QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/documents.fifo"
PLACE = "documents/logo/A1-27.xml"
ID = "27/logo/1"
XML = '<?xml version="1.0"?>\n<SIPARIS><UNVAN>Gizli Müşteri Ğ</UNVAN></SIPARIS>\n'.encode()


def document(content: bytes = XML, **changes: Any) -> Document:
    fields = {
        "name": "A1-27.xml", "content_type": "application/xml", "content": content,
        "sha256": hashlib.sha256(content).hexdigest(), "profile": "ubl-order",
        "version": "0123456789abcdef" * 4,
    }  # fmt: skip
    return Document(**(fields | changes))


def put(destination: Destination, given: Document | None = None, **changes: Any) -> None:
    fields = {"document_id": ID, "order": "27", "number": "SİPARİŞ 7"} | changes
    destination.put(fields.pop("place", PLACE), given or document(), **fields)


def refusal(destination: Destination, kind: type[AdapterError], **changes: Any) -> AdapterError:
    """How the put fails: exactly so, and without a word of what was sent or answered."""
    with pytest.raises(kind) as caught:
        put(destination, **changes)
    assert type(caught.value) is kind
    assert caught.value.__context__ is None
    assert not re.search("[Gg]izli|27", str(caught.value))
    return caught.value


def s3_error(status: int, code: str = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = f"<Error><Code>{code}</Code><Message>gizli-ayrinti</Message></Error>".encode()
    return Answer(status, body if code else b"", named)


GONE = s3_error(404, x_amz_delete_marker="true")
OURS = Answer(200, b"", {"x-amz-meta-document-id": ID})
THEIRS = Answer(200, b"", {"x-amz-meta-document-id": "26/logo/1"})
FOREIGN = Answer(200)


# ------------------------------------------------------------------ S3


@pytest.fixture
def bucket() -> Iterator[S3Destination]:
    """A bucket with the versions that template.yaml asks for."""
    with mock_aws():
        s3 = client("s3")
        declared = RESOURCES["DocumentsBucket"]["Properties"]
        s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        s3.put_bucket_versioning(
            Bucket=BUCKET, VersioningConfiguration=declared["VersioningConfiguration"]
        )
        yield S3Destination(s3, BUCKET, "documents")


@pytest.fixture
def remote() -> S3Destination:
    """A bucket of which each answer is laid out."""
    return S3Destination(client("s3"), BUCKET, "documents")


def versions() -> list[bytes]:
    """Every document that was ever put, and not only the last."""
    s3 = client("s3")
    found = s3.list_object_versions(Bucket=BUCKET).get("Versions", [])
    return [
        s3.get_object(Bucket=BUCKET, Key=v["Key"], VersionId=v["VersionId"])["Body"].read()
        for v in found
    ]


def import_it(place: str = PLACE) -> None:
    """What the ERP does: it reads and deletes."""
    client("s3").delete_object(Bucket=BUCKET, Key=place)


def test_the_place_is_prefix_route_and_name() -> None:
    s3 = client("s3")
    assert S3Destination(s3, BUCKET, "documents").place("logo", document()) == PLACE
    assert S3Destination(s3, BUCKET, "to/erp").place("b", document()) == "to/erp/b/A1-27.xml"
    assert S3Destination(s3, BUCKET, "").place("logo", document()) == "logo/A1-27.xml"


def test_a_document_is_put_with_what_tells_it_from_others(bucket: S3Destination) -> None:
    put(bucket)
    found = client("s3").get_object(Bucket=BUCKET, Key=PLACE)
    assert found["Body"].read() == XML
    assert found["ContentType"] == "application/xml"
    assert found["Metadata"] == {
        "document-id": ID, "sha256": document().sha256, "profile": "ubl-order",
        "profile-version": "0123456789abcdef",
    }  # fmt: skip


def test_a_put_is_one_conditional_request(remote: S3Destination) -> None:
    with answered(client("s3"), Answer(200)) as requests:
        put(remote)
    (request,) = requests
    assert (request.method, request.headers["If-None-Match"]) == ("PUT", b"*")


def test_a_document_that_lies_there_is_put_no_second_time(bucket: S3Destination) -> None:
    put(bucket)
    put(bucket)
    assert versions() == [XML]


def test_the_first_bytes_stay_when_the_profile_has_changed(bucket: S3Destination) -> None:
    put(bucket)
    put(bucket, document(b"<other/>"))
    assert versions() == [XML]


@pytest.mark.parametrize(
    "metadata",
    [{}, {"document-id": "26/logo/1"}, {"document-id": ""}, {"document-id": "27/logo/2"}],
)
def test_what_is_not_ours_is_left_alone(bucket: S3Destination, metadata: dict[str, str]) -> None:
    client("s3").put_object(Bucket=BUCKET, Key=PLACE, Body=b"theirs", Metadata=metadata)
    assert refusal(bucket, Misconfigured).code == "KEY_TAKEN"
    assert versions() == [b"theirs"]
    assert not bucket.find(PLACE, ID)


def test_a_document_is_found_while_it_lies_there_and_after_its_import(
    bucket: S3Destination,
) -> None:
    assert not bucket.find(PLACE, ID)
    put(bucket)
    assert bucket.find(PLACE, ID)
    import_it()
    assert bucket.find(PLACE, ID)
    assert bucket.can_look


def test_a_bucket_without_versions_forgets(bucket: S3Destination) -> None:
    """Why template.yaml asks for them."""
    client("s3").put_bucket_versioning(
        Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}
    )
    put(bucket)
    found = client("s3").list_object_versions(Bucket=BUCKET)["Versions"]
    client("s3").delete_object(Bucket=BUCKET, Key=PLACE, VersionId=found[0]["VersionId"])
    assert not bucket.find(PLACE, ID)


def test_a_put_alone_does_not_see_an_import(bucket: S3Destination) -> None:
    """Why a take-over looks first: to If-None-Match a delete marker is nothing."""
    put(bucket)
    import_it()
    put(bucket)
    assert versions() == [XML, XML]


@pytest.mark.parametrize("seen", [OURS, GONE])
def test_a_412_for_what_is_or_was_ours_is_a_success(remote: S3Destination, seen: Answer) -> None:
    with answered(client("s3"), s3_error(412, "PreconditionFailed"), seen) as requests:
        put(remote)
    assert [request.method for request in requests] == ["PUT", "HEAD"]


@pytest.mark.parametrize("seen", [THEIRS, FOREIGN])
def test_a_412_for_what_is_not_ours_is_misconfigured(remote: S3Destination, seen: Answer) -> None:
    with answered(client("s3"), s3_error(412, "PreconditionFailed"), seen):
        assert refusal(remote, Misconfigured).code == "KEY_TAKEN"


@pytest.mark.parametrize(
    "seen",
    [s3_error(404), s3_error(403), s3_error(500), s3_error(503),
     ReadTimeoutError(endpoint_url=URL), EndpointConnectionError(endpoint_url=URL)],
    ids=repr,
)  # fmt: skip
def test_a_412_for_nobody_knows_what_is_uncertain(
    remote: S3Destination, seen: Answer | Exception
) -> None:
    """It may be ours, so nobody may be told that nothing was written."""
    with answered(client("s3"), s3_error(412, "PreconditionFailed"), seen):
        assert refusal(remote, Uncertain).code == "DESTINATION_UNCERTAIN"


@pytest.mark.parametrize(
    "answer",
    [
        s3_error(409, "ConditionalRequestConflict"),
        s3_error(409, "OperationAborted"),
        s3_error(503, "SlowDown"),
        s3_error(503, "ServiceUnavailable"),
        s3_error(503),
        s3_error(429),
        s3_error(408),
        s3_error(400, "KMS.ThrottlingException"),
        s3_error(400, "RequestTimeout"),
        s3_error(400, "ExpiredToken"),
        s3_error(403, "RequestTimeTooSkewed"),
        ConnectTimeoutError(endpoint_url=URL),
        EndpointConnectionError(endpoint_url=URL),
    ],
    ids=repr,
)
def test_what_certainly_was_not_written_may_be_tried_again_at_once(
    remote: S3Destination, answer: Answer | Exception
) -> None:
    with answered(client("s3"), answer):
        assert refusal(remote, DestinationUnavailable).code == "DESTINATION_UNAVAILABLE"


@pytest.mark.parametrize(
    "answer",
    [
        s3_error(500, "InternalError"),
        s3_error(502),
        s3_error(504),
        Answer(200, b"<Error><Code>InternalError</Code></Error>"),
        ReadTimeoutError(endpoint_url=URL),
        ConnectionClosedError(endpoint_url=URL),
    ],
    ids=repr,
)
def test_what_may_have_been_written_is_uncertain(
    remote: S3Destination, answer: Answer | Exception
) -> None:
    with answered(client("s3"), answer):
        refusal(remote, Uncertain)


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (s3_error(403, "AccessDenied"), "AccessDenied"),
        (s3_error(403, "SignatureDoesNotMatch"), "SignatureDoesNotMatch"),
        (s3_error(403, "InvalidAccessKeyId"), "InvalidAccessKeyId"),
        (s3_error(404, "NoSuchBucket"), "NoSuchBucket"),
        (s3_error(405, "MethodNotAllowed"), "MethodNotAllowed"),
        (s3_error(400, "KMS.DisabledException"), "KMS.DisabledException"),
        (s3_error(400, "InvalidRequest"), "InvalidRequest"),
        (NoCredentialsError(), "NoCredentialsError"),
    ],
    ids=repr,
)
def test_what_the_operator_must_mend_is_misconfigured(
    remote: S3Destination, answer: Answer | Exception, word: str
) -> None:
    with answered(client("s3"), answer):
        error = refusal(remote, Misconfigured)
    assert error.code == "DESTINATION_REFUSED"
    assert f"S3 refused the document ({word})" in error.message


def test_a_bucket_of_another_region_is_misconfigured(remote: S3Destination) -> None:
    """The SDK asks the bucket for its region, which only its owner may."""
    redirect = s3_error(301, "PermanentRedirect")
    with answered(client("s3"), redirect, s3_error(403)) as requests:
        assert "(PermanentRedirect)" in refusal(remote, Misconfigured).message
    assert [request.method for request in requests] == ["PUT", "HEAD"]


def test_metadata_that_s3_cannot_hold_is_misconfigured_before_anything_is_sent(
    remote: S3Destination,
) -> None:
    with answered(client("s3")), pytest.raises(Misconfigured) as caught:
        put(remote, document(profile="sipariş"))
    assert caught.value.__context__ is None
    assert "sipariş" not in str(caught.value)


def test_a_lost_answer_is_uncertain_and_a_look_settles_it(bucket: S3Destination) -> None:
    with lost(client("s3"), ReadTimeoutError(endpoint_url=URL)):
        refusal(bucket, Uncertain)
    assert bucket.find(PLACE, ID)
    put(bucket)
    assert versions() == [XML]


def test_a_put_is_never_repeated_behind_our_back(bucket: S3Destination) -> None:
    with (
        asked(client("s3")) as calls,
        lost(client("s3"), ConnectionClosedError(endpoint_url=URL)),
    ):
        refusal(bucket, Uncertain)
    assert calls == ["PutObject"]


@pytest.mark.parametrize(
    ("answer", "found"), [(OURS, True), (GONE, True), (s3_error(404), False), (THEIRS, False)]
)
def test_a_look_is_one_head(remote: S3Destination, answer: Answer, found: bool) -> None:
    with answered(client("s3"), answer) as requests:
        assert remote.find(PLACE, ID) is found
    assert [request.method for request in requests] == ["HEAD"]


@pytest.mark.parametrize(
    ("answer", "gone"), [(OURS, False), (GONE, True), (s3_error(404), False), (THEIRS, False)]
)
def test_only_a_delete_marker_says_that_it_was_picked_up(
    remote: S3Destination, answer: Answer, gone: bool
) -> None:
    with answered(client("s3"), answer):
        assert remote.picked_up(PLACE) is gone


def test_a_look_that_is_forbidden_says_what_was_asked(remote: S3Destination) -> None:
    with answered(client("s3"), s3_error(403)), pytest.raises(Misconfigured) as caught:
        remote.find(PLACE, ID)
    assert "S3 refused the document (HEAD 403)" in caught.value.message


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (s3_error(403), Misconfigured),
        (s3_error(405), Uncertain),
        (s3_error(500), Uncertain),
        (s3_error(503), Uncertain),
        (ReadTimeoutError(endpoint_url=URL), Uncertain),
        (EndpointConnectionError(endpoint_url=URL), Uncertain),
    ],
    ids=repr,
)
def test_a_look_that_sees_nothing_is_no_answer(
    remote: S3Destination, answer: Answer | Exception, kind: type[AdapterError]
) -> None:
    with answered(client("s3"), answer), pytest.raises(kind) as caught:
        remote.find(PLACE, ID)
    assert type(caught.value) is kind
    assert caught.value.__context__ is None


# ------------------------------------------------------------------ SQS


@pytest.fixture
def queue(bucket: S3Destination) -> SqsDestination:
    """A FIFO queue as template.yaml makes it, and the bucket for what is too large."""
    declared = RESOURCES["OutputQueue"]["Properties"]
    names = ("FifoQueue", "DeduplicationScope", "FifoThroughputLimit", "ContentBasedDeduplication")
    sqs = client("sqs")
    made = sqs.create_queue(
        QueueName="documents.fifo",
        Attributes={n: str(declared[n]).lower() if declared[n] in (True, False) else declared[n]
                    for n in names},
    )  # fmt: skip
    return SqsDestination(sqs, made["QueueUrl"], bucket)


@pytest.fixture
def remote_queue(remote: S3Destination) -> SqsDestination:
    """A queue of which each answer is laid out."""
    return SqsDestination(client("sqs"), QUEUE, remote)


def messages() -> list[Any]:
    """What lies on the queue."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName="documents.fifo")["QueueUrl"]
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
    )
    found: list[Any] = answer.get("Messages", [])
    return found


def attributes(message: Any) -> dict[str, str]:
    """Name and value of each of a message's own attributes."""
    return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}


def sent(request: Any) -> dict[str, Any]:
    """What SendMessage was asked to send."""
    body: dict[str, Any] = json.loads(request.body)
    return body


TAKEN = Answer(200, b'{"MessageId": "1", "MD5OfMessageBody": ""}')


def sqs_error(status: int, code: str, query_code: str | None = None) -> Answer:
    headers = {"x-amzn-query-error": f"{query_code};Sender"} if query_code else {}
    kind = f"com.amazonaws.sqs#{code}"
    return Answer(status, json.dumps({"__type": kind, "message": "gizli"}).encode(), headers)


def test_a_message_is_the_document_and_what_a_consumer_needs(queue: SqsDestination) -> None:
    put(queue)
    (message,) = messages()
    assert message["Body"].encode() == XML
    assert attributes(message) == {
        "order_number": "SİPARİŞ 7", "profile": "ubl-order", "content_type": "application/xml",
        "content_encoding": "utf-8", "sha256": document().sha256, "document_id": ID,
    }  # fmt: skip
    assert message["Attributes"]["MessageGroupId"] == "27"
    assert message["Attributes"]["MessageDeduplicationId"] == ID
    assert versions() == []


def test_a_repetition_within_fifos_memory_is_one_message(queue: SqsDestination) -> None:
    put(queue)
    put(queue, repeated_after=10)
    put(queue, document(b"<other/>"), repeated_after=20)
    assert [message["Body"].encode() for message in messages()] == [XML]


def test_two_documents_of_an_order_are_two_messages(queue: SqsDestination) -> None:
    put(queue)
    put(queue, document_id="27/netsis/1")
    assert len(messages()) == 2


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(None, False), (0, False), (SURELY_KNOWN, False), (SURELY_KNOWN + 1, True)],
)
def test_a_repetition_beyond_fifos_memory_says_so(
    remote_queue: SqsDestination, seconds: float | None, says: bool
) -> None:
    with answered(client("sqs"), TAKEN) as requests:
        put(remote_queue, repeated_after=seconds)
    (request,) = requests
    found = sent(request)
    said = {"DataType": "String", "StringValue": "true"} if says else None
    assert found["MessageAttributes"].get("possible_duplicate") == said
    assert found["MessageDeduplicationId"] == ID
    assert len(found["MessageAttributes"]) <= 10  # more, and SQS refuses the message


@pytest.mark.parametrize("order", ["number:A 1/Ğ", "number:" + "n" * 100, "a b"])
def test_a_group_is_what_sqs_takes(remote_queue: SqsDestination, order: str) -> None:
    with answered(client("sqs"), TAKEN) as requests:
        put(remote_queue, order=order)
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", sent(requests[0])["MessageGroupId"])


@pytest.mark.parametrize(
    ("number", "value"),
    [("A\x00B", "A\ufffdB"), ("\x1b7", "\ufffd7"), ("\uffff", "\ufffd"), ("İ 7", "İ 7"),
     ("A\tB", "A\tB"), ("", None)],
)  # fmt: skip
def test_an_attribute_holds_what_sqs_takes(
    remote_queue: SqsDestination, number: str, value: str | None
) -> None:
    with answered(client("sqs"), TAKEN) as requests:
        put(remote_queue, number=number)
    found = sent(requests[0])["MessageAttributes"].get("order_number")
    assert (found and found["StringValue"]) == value


@pytest.mark.parametrize(
    "content",
    ["Müşteri;Ğ\r\n".encode("cp1254"), b"\xff\xfe<\x00", b"a\x00b", b"\x1b", "\ufffe".encode()],
)
def test_what_is_no_legal_text_goes_as_base64(queue: SqsDestination, content: bytes) -> None:
    put(queue, document(content))
    (message,) = messages()
    assert attributes(message)["content_encoding"] == "base64"
    assert base64.b64decode(message["Body"], validate=True) == content


LEGAL = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")


@settings(deadline=None)
@given(st.binary(min_size=1) | st.text(min_size=1).map(lambda text: text.encode()))
def test_any_document_comes_out_as_it_went_in(content: bytes) -> None:
    destination = SqsDestination(client("sqs"), QUEUE, S3Destination(client("s3"), BUCKET, ""))
    with answered(client("sqs"), TAKEN) as requests:
        put(destination, document(content))
    message = sent(requests[0])
    body, encoding = message["MessageBody"], message["MessageAttributes"]["content_encoding"]
    assert LEGAL.fullmatch(body)
    if encoding["StringValue"] == "base64":
        assert base64.b64decode(body, validate=True) == content
    else:
        assert (encoding["StringValue"], body.encode()) == ("utf-8", content)


@pytest.mark.parametrize(
    "content",
    [b"x" * MAX_MESSAGE, ("İ" * (MAX_MESSAGE // 2)).encode(), b"\xff" * (MAX_MESSAGE // 4 * 3)],
    ids=["ASCII", "Turkish", "base64"],
)
def test_the_largest_document_that_fits_is_a_message(queue: SqsDestination, content: bytes) -> None:
    put(queue, document(content))
    (message,) = messages()
    assert len(message["Body"].encode()) == MAX_MESSAGE
    assert versions() == []


@pytest.mark.parametrize(
    "content",
    [b"x" * (MAX_MESSAGE + 1), ("İ" * (MAX_MESSAGE // 2 + 1)).encode(),
     b"\xff" * (MAX_MESSAGE // 4 * 3 + 1)],
    ids=["ASCII", "Turkish", "base64"],
)  # fmt: skip
def test_a_larger_one_goes_to_s3_with_a_claim_check(queue: SqsDestination, content: bytes) -> None:
    given = document(content)
    place = queue.place("logo", given)
    assert place == f"documents/logo/{given.sha256[:16]}/A1-27.xml"
    put(queue, given, place=place)
    (message,) = messages()
    assert attributes(message)["content_encoding"] == "s3"
    assert attributes(message)["sha256"] == given.sha256
    check = json.loads(message["Body"])
    assert check == {"bucket": BUCKET, "key": place, "sha256": given.sha256}
    found = client("s3").get_object(Bucket=check["bucket"], Key=check["key"])
    assert found["Body"].read() == content
    assert found["Metadata"]["document-id"] == ID


LARGE = document(b"x" * (MAX_MESSAGE + 1))


def test_a_first_put_does_not_look(remote_queue: SqsDestination) -> None:
    with answered(client("s3"), Answer(200)) as requests, answered(client("sqs"), TAKEN):
        put(remote_queue, LARGE)
    assert [request.method for request in requests] == ["PUT"]


def test_a_repetition_does_not_put_back_what_the_erp_has_taken(queue: SqsDestination) -> None:
    put(queue, LARGE)
    import_it()
    with asked(client("sqs")) as calls:
        put(queue, LARGE, repeated_after=20)
    assert calls == ["SendMessage"]
    assert len(versions()) == 1


def test_a_repetition_puts_what_never_came_to_lie_there(queue: SqsDestination) -> None:
    put(queue, LARGE, repeated_after=20)
    assert len(versions()) == 1
    assert len(messages()) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(s3_error(500), Uncertain), (s3_error(503), DestinationUnavailable),
     (s3_error(403), Misconfigured)],
)  # fmt: skip
def test_no_claim_check_is_sent_for_what_is_not_there(
    remote_queue: SqsDestination, answer: Answer, kind: type[AdapterError]
) -> None:
    with answered(client("s3"), answer), answered(client("sqs")), pytest.raises(kind):
        put(remote_queue, LARGE)


def test_a_queue_cannot_be_asked(remote_queue: SqsDestination) -> None:
    assert not remote_queue.can_look
    with answered(client("sqs")), answered(client("s3")):
        assert remote_queue.find(PLACE, ID) is False
        assert remote_queue.picked_up(PLACE) is False


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (sqs_error(400, "ThrottlingException"), DestinationUnavailable),
        (sqs_error(400, "RequestThrottled"), DestinationUnavailable),
        (sqs_error(400, "KmsThrottled"), DestinationUnavailable),
        (sqs_error(403, "ExpiredTokenException"), DestinationUnavailable),
        (ConnectTimeoutError(endpoint_url=URL), DestinationUnavailable),
        (EndpointConnectionError(endpoint_url=URL), DestinationUnavailable),
        (sqs_error(500, "InternalFailure"), Uncertain),
        (sqs_error(503, "ServiceUnavailable"), Uncertain),
        (ReadTimeoutError(endpoint_url=URL), Uncertain),
        (ConnectionClosedError(endpoint_url=URL), Uncertain),
        (sqs_error(403, "AccessDeniedException"), Misconfigured),
        (sqs_error(400, "AccessDeniedException"), Misconfigured),
        (sqs_error(400, "KmsAccessDenied"), Misconfigured),
        (sqs_error(400, "InvalidMessageContents"), Misconfigured),
        (sqs_error(400, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
         Misconfigured),
        (NoCredentialsError(), Misconfigured),
    ],
    ids=repr,
)  # fmt: skip
def test_what_sqs_answers_says_who_must_act(
    remote_queue: SqsDestination, answer: Answer | Exception, kind: type[AdapterError]
) -> None:
    with answered(client("sqs"), answer):
        refusal(remote_queue, kind)


def test_a_queue_that_is_not_there_is_misconfigured(queue: SqsDestination) -> None:
    client("sqs").delete_queue(
        QueueUrl=client("sqs").get_queue_url(QueueName="documents.fifo")["QueueUrl"]
    )
    assert "SQS refused the document" in refusal(queue, Misconfigured).message


def test_a_lost_answer_is_uncertain_and_its_repetition_one_message(queue: SqsDestination) -> None:
    with lost(client("sqs"), ReadTimeoutError(endpoint_url=URL)):
        refusal(queue, Uncertain)
    put(queue, repeated_after=40)
    assert [message["Body"].encode() for message in messages()] == [XML]


def test_the_limits_are_those_of_aws() -> None:
    """Literal: what is compared with itself is never wrong. SQS: 1 MiB a message, with attributes;
    five minutes of deduplication."""
    assert MAX_MESSAGE == 1_048_576 - 16_384
    assert (FIFO_WINDOW, SURELY_KNOWN) == (300, 240)
