"""The calls to AWS that the adapter makes, with botocore's signer, HTTP client and errors, and
without its service models: reading those is most of a client's start (docs/performance.md).

A client of this module has the methods, parameters, answers and exceptions of boto3's, as far as
the adapter uses them; nobody else knows the difference. The suite compares both, call by call.

Sources: each service's API reference (the JSON protocol 1.0 of DynamoDB and SQS, 1.1 of SSM; the
REST calls PutObject, HeadObject and ListObjectsV2); SDK reference guide, "Retry behavior", mode
standard.
"""

import json
import os
import random
import re
import socket
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, cast
from urllib.parse import quote, unquote_plus
from xml.etree import ElementTree

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import (
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
)
from botocore.httpsession import URLLib3Session
from botocore.utils import percent_encode

_JSON: Final = {
    "dynamodb": ("DynamoDB_20120810", "1.0"), "sqs": ("AmazonSQS", "1.0"),
    "ssm": ("AmazonSSM", "1.1"),
}  # fmt: skip
"""By service: the start of X-Amz-Target, and the version of the protocol."""

SERVICES: Final = (*_JSON, "s3")

_TRANSIENT: Final = {500, 502, 503, 504}
_THROTTLED: Final = {
    "BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException",
    "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
    "RequestThrottled", "RequestThrottledException", "RequestTimeout", "RequestTimeoutException",
    "SlowDown", "ThrottledException", "Throttling", "ThrottlingException",
    "TooManyRequestsException", "TransactionInProgressException",
}  # fmt: skip
"""Codes after which the same call may succeed, as botocore's mode standard has them."""
_CODE: Final = re.compile(rb"<Code>([A-Za-z0-9.]+)</Code>")
_META: Final = "x-amz-meta-"


class Transport(Protocol):
    """Sends one signed request; botocore's own session, in production."""

    def send(self, request: Any) -> Any:
        """The answer, whatever its status. Raises botocore's connection errors."""


class Credentials(NamedTuple):
    """What Lambda puts into the environment of a function, for as long as that lives."""

    access_key: str
    secret_key: str
    token: str | None


def transport(connect_seconds: float, read_seconds: float) -> Transport:
    """Connections that are kept, for all clients of this process."""
    seconds: Any = (connect_seconds, read_seconds)
    # As boto3 has it. Without, a body waits until its head is acknowledged: 40 ms, from many peers.
    at_once: Any = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    return URLLib3Session(timeout=seconds, max_pool_connections=16, socket_options=at_once)


class Client:
    """One service. `attempts`: how often a call is made until it has an answer that stays.

    Raises what boto3 would: ClientError for an answer that is a refusal, another BotoCoreError
    where there is none.
    """

    def __init__(
        self, service: str, transport: Transport, *, attempts: int,
        environment: Mapping[str, str] = os.environ, sleep: Callable[[float], object] = time.sleep,
    ) -> None:  # fmt: skip
        self.service, self._transport = service, transport
        self._attempts, self._sleep = attempts, sleep
        region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
        if not region:
            raise NoRegionError
        credentials: Any = _credentials(environment)
        sign = S3SigV4Auth if service == "s3" else SigV4Auth
        self._sign = sign(credentials, service, region).add_auth
        self._local = environment.get("AWS_ENDPOINT_URL") or ""
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        self._host = f"{service}.{region}.{suffix}"

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        """A method of a JSON service: `get_item` is GetItem."""
        if name.startswith("_") or self.service not in _JSON:
            raise AttributeError(name)
        return partial(self._json, "".join(part.capitalize() for part in name.split("_")))

    def put_object(
        self, *, Bucket: str, Key: str, Body: bytes, ContentType: str, IfNoneMatch: str,
        Metadata: Mapping[str, str],
    ) -> dict[str, Any]:  # fmt: skip
        """PutObject. The signature covers the body's digest, so that what arrives is what left."""
        headers = {"Content-Type": ContentType, "If-None-Match": IfNoneMatch}
        headers |= {f"{_META}{name}": value for name, value in Metadata.items()}
        return self._call("PutObject", "PUT", self._object(Bucket, Key), headers, Body)

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        """HeadObject: its metadata."""
        return self._call("HeadObject", "HEAD", self._object(Bucket, Key), {}, b"")

    def list_objects_v2(self, *, Bucket: str, Prefix: str, StartAfter: str = "") -> dict[str, Any]:
        """ListObjectsV2, one page: keys in their order, and when each was written."""
        # Sorted, as the signature has them. With encoding-type, any key fits into XML.
        asked = {
            "encoding-type": "url", "list-type": "2", "prefix": Prefix, "start-after": StartAfter,
        }  # fmt: skip
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
        return self._call("ListObjectsV2", "GET", f"{self._object(Bucket, '')}?{query}", {}, b"")

    def _object(self, bucket: str, key: str) -> str:
        path = percent_encode(key, safe="/~")
        if self._local:
            return f"{self._local}/{bucket}/{path}"
        return f"https://{bucket}.{self._host}/{path}"

    def _json(self, operation: str, **parameters: Any) -> dict[str, Any]:
        target, version = _JSON[self.service]
        headers = {
            "Content-Type": f"application/x-amz-json-{version}",
            "X-Amz-Target": f"{target}.{operation}",
        }
        url = f"{self._local or f'https://{self._host}'}/"
        return self._call(operation, "POST", url, headers, json.dumps(parameters).encode())

    def _call(
        self, operation: str, method: str, url: str, headers: dict[str, str], body: bytes
    ) -> dict[str, Any]:
        left = self._attempts
        while True:
            left -= 1
            try:
                return self._once(operation, method, url, headers, body)
            except ClientError as error:
                if not left or not _passes(error):
                    raise
            except (ConnectionError, HTTPClientError):
                if not left:
                    raise
            # Full jitter, doubling from a second.
            self._sleep(random.random() * 2.0 ** (self._attempts - left - 1))  # noqa: S311

    def _once(
        self, operation: str, method: str, url: str, headers: dict[str, str], body: bytes
    ) -> dict[str, Any]:
        request = AWSRequest(method, url, headers, body)
        self._sign(request)
        answer = self._transport.send(request.prepare())
        said = _said(answer, operation, json_body=self.service in _JSON)
        if answer.status_code >= 300:
            raise ClientError(cast(Any, said), operation)
        return said


def _credentials(environment: Mapping[str, str]) -> Credentials:
    try:
        return Credentials(
            environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"],
            environment.get("AWS_SESSION_TOKEN"),
        )  # fmt: skip
    except KeyError:
        raise NoCredentialsError from None


def _said(answer: Any, operation: str, *, json_body: bool) -> dict[str, Any]:
    """The answer as boto3 gives it: its fields, ResponseMetadata, and Error for a refusal."""
    status, headers = answer.status_code, {k.lower(): v for k, v in answer.headers.items()}
    fields: dict[str, Any] = {}
    if json_body:
        fields = _fields(answer.content, needed=status < 300)
    elif status < 300 and operation == "ListObjectsV2":
        fields = _listed(answer.content)
    elif status < 300:
        fields["Metadata"] = {
            name.removeprefix(_META): value
            for name, value in headers.items()
            if name.startswith(_META)
        }
    fields["ResponseMetadata"] = {"HTTPStatusCode": status, "HTTPHeaders": headers}
    if status >= 300:
        # SQS names its old codes in a header of their own; botocore goes by these too.
        named = headers.get("x-amzn-query-error") or fields.get("__type") or ""
        code = named.partition(";")[0].rpartition("#")[2]
        if not code and (found := _CODE.search(answer.content or b"")):
            code = found[1].decode("ascii")
        message = fields.get("message") or fields.get("Message") or ""
        fields["Error"] = {"Code": code or str(status), "Message": message}
    return fields


def _fields(content: bytes, *, needed: bool) -> dict[str, Any]:
    try:
        fields = json.loads(content) if content else {}
    except ValueError:
        fields = None
    if isinstance(fields, dict):
        return fields
    if needed:
        # A 200 of somebody else's, between us and AWS: the answer is lost.
        raise HTTPClientError(error="the answer is not JSON")
    return {}


def _listed(content: bytes) -> dict[str, Any]:
    """A page of a bucket's list."""
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - S3's own words
    except ElementTree.ParseError:
        # Half an answer, or somebody else's between us and AWS.
        raise HTTPClientError(error="the answer is not XML") from None
    contents = [
        {
            "Key": unquote_plus(each.findtext("{*}Key") or ""),
            "LastModified": datetime.fromisoformat(each.findtext("{*}LastModified") or ""),
        }
        for each in root.iterfind("{*}Contents")
    ]
    page: dict[str, Any] = {"IsTruncated": root.findtext("{*}IsTruncated") == "true"}
    return page | ({"Contents": contents} if contents else {})


def _passes(error: ClientError) -> bool:
    metadata = error.response["ResponseMetadata"]
    return (
        metadata["HTTPStatusCode"] in _TRANSIENT
        or error.response.get("Error", {}).get("Code") in _THROTTLED
    )
