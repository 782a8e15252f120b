"""A call of a simulated AWS service: a switch point with a fate, checked and retried as boto3 does.

Parameters are checked by botocore's own validator against the service's own model. Who retries
what: botocore's standard mode (developer guide of boto3, "Retries").
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import botocore.session
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.retries import standard
from botocore.validate import ParamValidator

if TYPE_CHECKING:
    from simulation.scene import Scene

CONNECT_SECONDS: Final = 1.0
READ_SECONDS: Final = 4.0
"""deployment.client's time-outs."""

_THROTTLES: Final = {
    "s3": ("SlowDown", 503), "sqs": ("RequestThrottled", 403), "ssm": ("ThrottlingException", 400),
    "dynamodb": ("ProvisionedThroughputExceededException", 400),
}  # fmt: skip
_ERRORS: Final = {"s3": "InternalError", "sqs": "InternalFailure", "ssm": "InternalServerError",
                  "dynamodb": "InternalServerError"}  # fmt: skip
_RETRIED_CODES: Final = (
    set(standard.ThrottledRetryableChecker._THROTTLED_ERROR_CODES)
    | set(standard.TransientRetryableChecker._TRANSIENT_ERROR_CODES)
)  # fmt: skip

Effect = Callable[[], dict[str, Any]]


class Service:
    """The client of one service in one process; `attempts` is its total_max_attempts."""

    name = ""

    def __init__(self, scene: "Scene", attempts: int) -> None:
        self.scene = scene
        self.attempts = attempts

    def call(
        self, operation: str, subject: str, parameters: Mapping[str, Any], effect: Effect,
        in_time: Callable[[], float] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Does what a call of boto3 does. `in_time`: until when a request whose sender is gone may
        still take effect."""
        _validate(self.name, operation, parameters)
        for attempt in range(1, self.attempts + 1):
            try:
                return self._send(operation, subject, effect, in_time)
            except (ClientError, BotoConnectionError, HTTPClientError) as error:
                if attempt == self.attempts or not _is_retried(error):
                    raise
                self.scene.kernel.sleep(min(2.0 ** (attempt - 1), 20.0) / 2)
        raise AssertionError

    def _send(
        self, operation: str, subject: str, effect: Effect, in_time: Callable[[], float] | None
    ) -> dict[str, Any]:
        kernel = self.scene.kernel
        fate = self.scene.fates.of(f"{self.name}.{operation}", subject)
        tell = self.scene.story.call
        process = kernel.current.process if kernel.current else None
        kernel.sleep(fate.before)
        match fate.fault:
            case "crash before" if process:
                tell(fate, "the process dies before the call")
                kernel.kill(process)
            case "crash in flight" if process:
                tell(fate, "the process dies, the request is on its way")
                self._late(fate.dice[0] * 3, fate.name, effect)
                kernel.kill(process)
            case "unreachable":
                tell(fate, "cannot be reached")
                if fate.dice[0] < 0.5:
                    raise EndpointConnectionError(endpoint_url=self.name)
                kernel.sleep(CONNECT_SECONDS)
                raise ConnectTimeoutError(endpoint_url=self.name)
            case "request lost":
                tell(fate, "the request is lost")
                kernel.sleep(READ_SECONDS)
                raise ReadTimeoutError(endpoint_url=self.name)
            case "late":
                tell(fate, "the answer does not come; it takes effect later")
                kernel.sleep(READ_SECONDS)
                most = in_time() if in_time else 5.0
                self._late(max(most, 0.0) * fate.dice[0], fate.name, effect)
                raise ReadTimeoutError(endpoint_url=self.name)
            case "throttled":
                tell(fate, "is throttled")
                raise answered(*_THROTTLES[self.name], operation)
            case "error":
                tell(fate, "answers an error of its own")
                raise answered(_ERRORS[self.name], 500, operation)
            case "conflict" if operation == "PutObject":
                tell(fate, "is answered 409")
                raise answered("ConditionalRequestConflict", 409, operation)
            case "stall":
                tell(fate, "the worker stalls")
                kernel.sleep(5 + fate.dice[0] * 30)
        answer = _taken(effect)
        match fate.fault:
            case "crash after" if process:
                tell(fate, "takes effect, and the process dies")
                kernel.kill(process)
            case "answer lost":
                tell(fate, "takes effect, its answer is lost")
                if fate.dice[0] < 0.3:
                    raise ConnectionClosedError(endpoint_url=self.name)
                kernel.sleep(READ_SECONDS)
                raise ReadTimeoutError(endpoint_url=self.name)
            case "error after effect":
                tell(fate, "takes effect, and answers an error of its own")
                raise answered(_ERRORS[self.name], 500, operation)
        kernel.sleep(fate.after)
        if isinstance(answer, ClientError):
            tell(fate, f"is answered {answer.response['Error']['Code']}")
            raise answer
        tell(fate, "")
        return answer

    def _late(self, seconds: float, name: str, effect: Effect) -> None:
        def land() -> None:
            self.scene.story.tell(f"{name}: the late request arrives")
            _taken(effect)

        self.scene.kernel.later(seconds, land)


def _taken(effect: Effect) -> Any:
    """The answer: the effect's, or its refusal, which may be lost as well."""
    try:
        return effect()
    except ClientError as refusal:
        return refusal


def answered(
    code: str, status: int, operation: str, headers: Mapping[str, str] | None = None, **more: Any
) -> ClientError:
    """The ClientError that boto3 makes of such an answer."""
    response = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {
            "HTTPStatusCode": status, "HTTPHeaders": dict(headers or {}), "RetryAttempts": 0,
        },
    }  # fmt: skip
    return ClientError(response | more, operation)  # type: ignore[arg-type]


def succeeded(**fields: Any) -> dict[str, Any]:
    """A 200."""
    return {**fields, "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}}}


def _is_retried(error: Exception) -> bool:
    if not isinstance(error, ClientError):
        return True
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return error.response["Error"]["Code"] in _RETRIED_CODES or status in (500, 502, 503, 504)


@cache
def _shape(service: str, operation: str) -> Any:
    model = botocore.session.get_session().get_service_model(service)
    return model.operation_model(operation).input_shape


_VALIDATOR: Final = ParamValidator()


def _validate(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    report = _VALIDATOR.validate(parameters, _shape(service, operation))
    if report.has_errors():
        raise ParamValidationError(report=report.generate_report())
