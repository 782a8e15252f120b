"""AWS with the operator's own credentials: clients, and its refusals as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoRegionError,
    ProfileNotFound,
)
from erp_adapter.deployment import PUT_SECONDS
from erp_adapter.errors import AdapterError, Misconfigured

from erp_console.ministack import anybody
from erp_console.target import Target
from erp_console.terminal import Failed, Hindered

if TYPE_CHECKING:
    from boto3 import Session

_NO_CREDENTIALS: Final = {
    "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError",
    "SSOTokenLoadError", "UnauthorizedSSOTokenError", "TokenRetrievalError", "LoginTokenLoadError",
}  # fmt: skip
_BAD_CREDENTIALS: Final = {
    "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
    "SignatureDoesNotMatch", "InvalidAccessKeyId", "RequestExpired",
}  # fmt: skip
_SIGN_IN: Final = "sign in (`aws sso login`, `aws configure`) or name another --profile."


class Aws:
    """One account and region, or a local stack. Clients are made once each."""

    def __init__(self, session: "Session", endpoint_url: str | None = None) -> None:
        self._session = session
        self.endpoint_url = endpoint_url
        self._clients: dict[tuple[str, bool, int], Any] = {}

    @classmethod
    def of(cls, target: Target) -> "Aws":
        """The account that `target` is in. Raises Hindered."""
        import boto3

        if target.local:
            return cls(anybody(), target.local)
        try:
            session = boto3.Session(profile_name=target.profile, region_name=target.region)
        except ProfileNotFound:
            raise Hindered(
                "There is no such AWS profile on this machine: `aws configure list-profiles`."
            ) from None
        if session.region_name is None:
            raise Hindered("In which region is the stack? Say --region, or set AWS_REGION.")
        return cls(session)

    @property
    def is_local(self) -> bool:
        """Whether this is a local stack, which knows no users."""
        return self.endpoint_url is not None

    def client(self, service: str, *, retries: bool = True, seconds: int = PUT_SECONDS - 1) -> Any:
        """A boto3 client. Without `retries` a call is made once, whatever happens; `seconds` is
        the longest wait for an answer."""
        key = (service, retries, seconds)
        if key not in self._clients:
            local: dict[str, Any] = {"proxies": {}, "s3": {"addressing_style": "path"}}
            self._clients[key] = self._session.client(
                service,  # type: ignore[call-overload]
                endpoint_url=self.endpoint_url,
                config=Config(
                    connect_timeout=2,
                    read_timeout=seconds,
                    retries={"total_max_attempts": 4 if retries else 1, "mode": "standard"},
                    **(local if self.is_local else {}),
                ),
            )
        return self._clients[key]

    def caller(self) -> str:
        """Who asks: user or role and session, no longer than the ledger keeps. Raises Hindered."""
        if self.is_local:
            return "local"
        arn = str(self.client("sts").get_caller_identity()["Arn"])
        return arn.rpartition(":")[2][-64:]


@contextmanager
def aws_told() -> Iterator[None]:
    """Turns what AWS and the adapter raise in the block into Hindered or Failed: one sentence."""
    try:
        yield
    except Misconfigured as error:
        trouble: Exception = Hindered(error.message)
    except AdapterError as error:
        trouble = Failed(error.message)
    except ClientError as error:
        trouble = _refused(error)
    except BotoCoreError as error:
        trouble = _unreached(error)
    else:
        return
    # Raised here, so that no error of the SDK's, which may hold what was sent, is its context.
    raise trouble


def is_forbidden(error: ClientError) -> bool:
    """Whether the caller lacks a permission."""
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status == 403 or code.startswith(("AccessDenied", "UnauthorizedOperation"))


def _refused(error: ClientError) -> Exception:
    code = error.response.get("Error", {}).get("Code", "no code")
    if code in _BAD_CREDENTIALS:
        return Hindered(f"AWS does not accept these credentials ({code}): {_SIGN_IN}")
    if is_forbidden(error):
        return Hindered(f"You may not do {error.operation_name} ({code}): see docs/runbook.md.")
    return Failed(
        f"AWS refused {error.operation_name} ({code}): "
        "run it again, then look at the service's own page."
    )


def _unreached(error: BotoCoreError) -> Exception:
    name = type(error).__name__
    if name in _NO_CREDENTIALS:
        return Hindered(f"There are no AWS credentials here: {_SIGN_IN}")
    if isinstance(error, NoRegionError):
        return Hindered("In which region is the stack? Say --region, or set AWS_REGION.")
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError):
        return Hindered(
            "Nothing answers there: is this machine online, is the local stack (`erp-adapter "
            "serve`) still up?"
        )
    return Failed(f"AWS did not answer ({name}): the same command may be run again.")
