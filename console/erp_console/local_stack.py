"""The whole adapter on this machine: the built template, deployed to ministack."""

import hashlib
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from erp_console.artifacts import NoBuild, upload
from erp_console.checkout import UnknownProfile, nearest, profiles_in
from erp_console.local_routes import local_routes, to_toml
from erp_console.ministack import REGION, LocalStackFailed, Ministack

STACK: Final = "erp-adapter-local"
_ARTIFACTS: Final = "local-artifacts"
_ROUTES: Final = "ProfilesLayer/python/profiles/routes.toml"
_DEPLOY_SECONDS: Final = 60.0
_SHORT: Final = {
    "InboundDelaySeconds": "0",
    "OmnitronTimeoutSeconds": "5",
    "FunctionTimeoutSeconds": "10",
    "VisibilitySeconds": "60",
    "RetrySeconds": "1",
    "LogRetentionDays": "1",
}
"""A person waits: delays and time-outs of this machine."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to deploy. `routes` are the tables of routes.toml; None: the project's own."""

    omnitron_url: str
    omnitron_token: str = field(repr=False)
    stack: str = STACK
    mode: Literal["queued", "inline"] = "queued"
    routes: Mapping[str, Any] | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    webhook_secret: str = field(default_factory=lambda: secrets.token_hex(24), repr=False)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Where the parts of a deployed stack are; the fields are those of `serve --json`."""

    webhook_url: str
    aws_endpoint_url: str
    region: str
    bucket: str
    output_queue_url: str
    input_queue_url: str
    dlq_url: str
    table: str
    omnitron_url: str
    webhook_secret: str = field(repr=False)
    stack: str


def local_webhook(url: str, endpoint: str) -> str:
    """The webhook's address on the local stack: the API's own host name is for DNS, this is the
    same API by ministack's address."""
    api = (urlsplit(url).hostname or "").partition(".")[0]
    return f"{endpoint.rstrip('/')}/_aws/execute-api/{api}/webhook"


class LocalStack:
    """ministack and what is deployed on it; several stacks may share one."""

    def __init__(self, checkout: Path, *, template: Path | None = None, port: int = 0) -> None:
        self.template = template or checkout / ".aws-sam" / "local" / "template.yaml"
        self.ministack = Ministack(checkout, port)

    def __enter__(self) -> "LocalStack":
        self._check_build()
        self.ministack.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ministack.stop()

    def client(self, service: str) -> Any:
        """A boto3 client of this stack."""
        return self.ministack.client(service)

    def routes(
        self, profiles: Sequence[str] = (), destination: str | None = None
    ) -> dict[str, Any]:
        """The built routes.toml for this machine: see `local_routes`.

        Raises NoBuild, and UnknownProfile for a profile that was not built.
        """
        self._check_build()
        own = self.template.parent / _ROUTES
        tables = local_routes(own, profiles, destination)
        built = [profile.name for profile in profiles_in(own.parent)]
        for route in tables["route"]:
            name = route["profile"]
            if name not in built:
                raise UnknownProfile(f"The build holds no profile {name}.{nearest(name, built)}")
        return tables

    def deploy(self, plan: Plan) -> Deployment:
        """Puts the secrets, uploads and creates the stack. Raises NoBuild, LocalStackFailed."""
        routes = plan.routes if plan.routes is not None else self.routes()
        try:
            self._put_secrets(plan)
            self.client("s3").create_bucket(Bucket=_ARTIFACTS)
            body = upload(
                self.template,
                self.client("s3"),
                _ARTIFACTS,
                {_ROUTES: to_toml(routes).encode("utf-8")},
            )
            outputs = self._create(plan, body)
        except (ClientError, BotoCoreError) as error:
            raise LocalStackFailed(f"ministack refused the deployment: {error}") from None
        return self._deployment(plan, outputs)

    def logs(self, stack: str = STACK) -> Iterator[str]:
        """Every line that the stack's functions and API have logged."""
        logs = self.client("logs")
        for page in logs.get_paginator("describe_log_groups").paginate():
            for group in page["logGroups"]:
                if f"/{stack}-" in group["logGroupName"]:
                    yield from self._lines(group["logGroupName"])

    def _lines(self, group: str) -> Iterator[str]:
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        for page in pages:
            for event in page["events"]:
                yield event["message"]

    def _check_build(self) -> None:
        if not self.template.is_file():
            raise NoBuild(f"There is no build at {self.template}: run `make build-local` first.")

    def _put_secrets(self, plan: Plan) -> None:
        for name, value in (
            ("omnitron-token", plan.omnitron_token),
            ("webhook-secrets/primary", plan.webhook_secret),
        ):
            self.client("ssm").put_parameter(
                Name=f"/{plan.stack}/{name}", Value=value, Type="SecureString", Overwrite=True
            )

    def _create(self, plan: Plan, body: str) -> dict[str, str]:
        parameters = {
            **_SHORT,
            "OmnitronUrl": plan.omnitron_url,
            "ProcessingMode": plan.mode,
            **plan.parameters,
        }
        formation = self.client("cloudformation")
        formation.create_stack(
            StackName=plan.stack,
            # By its address, as sam does: a template in the call itself may have 51,200 bytes.
            TemplateURL=self._upload(body),
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in parameters.items()
            ],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        deadline = time.monotonic() + _DEPLOY_SECONDS
        while time.monotonic() < deadline:
            (stack,) = formation.describe_stacks(StackName=plan.stack)["Stacks"]
            if stack["StackStatus"] == "CREATE_COMPLETE":
                return {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
            if "IN_PROGRESS" not in stack["StackStatus"] or "ROLLBACK" in stack["StackStatus"]:
                raise LocalStackFailed(
                    f"The stack ends as {stack['StackStatus']}: {self._reason(plan.stack)}"
                )
            time.sleep(0.05)
        raise LocalStackFailed(f"The stack is not there after {_DEPLOY_SECONDS:.0f} seconds.")

    def _upload(self, body: str) -> str:
        """The template's address."""
        content = body.encode("utf-8")
        key = f"{hashlib.sha256(content).hexdigest()}.template"
        self.client("s3").put_object(Bucket=_ARTIFACTS, Key=key, Body=content)
        return f"{self.ministack.url}/{_ARTIFACTS}/{key}"

    def _reason(self, stack: str) -> str:
        events = self.client("cloudformation").describe_stack_events(StackName=stack)
        reasons = [
            f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
            for event in events["StackEvents"]
            if "FAILED" in event.get("ResourceStatus", "") and event.get("ResourceStatusReason")
        ]
        return reasons[-1] if reasons else "no reason given"

    def _deployment(self, plan: Plan, outputs: Mapping[str, str]) -> Deployment:
        return Deployment(
            webhook_url=local_webhook(outputs["WebhookUrl"], self.ministack.url),
            aws_endpoint_url=self.ministack.url,
            region=REGION,
            bucket=outputs["BucketName"],
            output_queue_url=outputs["OutputQueueUrl"],
            input_queue_url=outputs["InputQueueUrl"],
            dlq_url=outputs["DeadLetterQueueUrl"],
            table=outputs["LedgerTableName"],
            omnitron_url=plan.omnitron_url,
            webhook_secret=plan.webhook_secret,
            stack=plan.stack,
        )
