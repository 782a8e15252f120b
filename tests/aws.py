"""boto3 clients for tests, and what can happen to their requests: answers, faults, lost answers.

Nothing here reaches a network: a request meets moto, or an answer that the test has laid out.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
import moto  # noqa: F401 - before the first client
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

REGION = "eu-central-1"


@cache
def client(service: str, *, attempts: int = 1) -> Any:
    """A client with invented credentials that tries a call so many times. One for all tests: moto
    answers clients that were made before it, too, as long as it had been imported."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        region_name=REGION,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": attempts, "mode": "standard"}),
    )


@dataclass(frozen=True)
class Answer:
    """What the other side says instead of doing what it was asked."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def to(self, request: Any) -> AWSResponse:
        """It as botocore's session gives it."""
        headers = HTTPHeaders.from_dict(self.headers)
        return AWSResponse(request.url, self.status, headers, _Raw(self.body))


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@contextmanager
def answered(client: Any, *answers: Answer | Exception) -> Iterator[list[Any]]:
    """Each request of the block meets the next of `answers`, and there must be one; gives what was
    asked. Not to be used within moto, which would do what it is asked all the same."""
    left, asked = list(answers), list[Any]()

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        asked.append(request)
        assert left, f"one request more than answers: {request.method} {request.url}"
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found.to(request)

    client.meta.events.register_first("before-send", answer)
    try:
        yield asked
    finally:
        client.meta.events.unregister("before-send", answer)
    assert not left, f"never asked for: {left}"


@contextmanager
def lost(client: Any, error: Exception, *, times: int = 1) -> Iterator[None]:
    """So many requests of the block reach moto, which does what it is asked, and end in `error`."""
    left = [error] * times

    def lose(**_: Any) -> None:
        if left:
            raise left.pop()

    client.meta.events.register_last("before-send", lose)
    try:
        yield
    finally:
        client.meta.events.unregister("before-send", lose)
    assert not left, "fewer requests than answers to lose"


@contextmanager
def asked(client: Any) -> Iterator[list[str]]:
    """The operations that are asked for in the block, in order."""
    seen: list[str] = []

    def note(event_name: str, **_: Any) -> None:
        seen.append(event_name.rsplit(".", 1)[-1])

    client.meta.events.register_first("before-send", note)
    try:
        yield seen
    finally:
        client.meta.events.unregister("before-send", note)
