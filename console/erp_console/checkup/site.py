"""The deployment that is looked at, or the one that is about to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from erp_adapter.routes import Routes, load_routes, load_webhooks
from erp_adapter.verification import Proof

from erp_console.aws_access import Aws
from erp_console.checkout import profiles_root
from erp_console.deployed import NoStack, outputs_of, stack_of
from erp_console.local_stack import local_webhook
from erp_console.samconfig import overrides_of
from erp_console.shop_access import access_of, environment_of, webhook_secrets_of
from erp_console.shop_api import ShopApi
from erp_console.target import Target
from erp_console.terminal import Hindered

ROUTES = "routes.toml"


@dataclass(frozen=True, kw_only=True)
class Site:
    """`outputs` is empty and `environment` what samconfig.toml says before the first deployment."""

    aws: Aws
    stack: str
    outputs: Mapping[str, str]
    environment: Mapping[str, str]
    folder: Path

    @property
    def deployed(self) -> bool:
        """Whether there is a stack."""
        return bool(self.outputs)

    def client(self, service: str) -> Any:
        """A boto3 client."""
        return self.aws.client(service)

    @cached_property
    def secrets(self) -> Mapping[str, str]:
        """The live webhook secrets, by name."""
        return webhook_secrets_of(self.aws, self.stack)

    @cached_property
    def shop(self) -> ShopApi:
        """The shop's API. Raises Hindered where address or token is missing, NotReached."""
        return ShopApi(access_of(self.aws, self.stack, self.environment))

    def close(self) -> None:
        """Ends the connections to the shop."""
        if "shop" in self.__dict__:
            self.shop.close()

    @cached_property
    def routes(self) -> Routes:
        """This checkout's routes.toml. Raises Misconfigured."""
        return load_routes(self.folder / ROUTES, shop_url=self.environment.get("OMNITRON_URL", ""))

    @cached_property
    def proof(self) -> Proof:
        """How senders prove themselves: [webhook] of routes.toml. Raises Misconfigured."""
        return load_webhooks(self.folder / ROUTES).proof

    @property
    def signs(self) -> bool:
        """Whether they do as Akinon's: by a signature with the hook's secret."""
        return self.proof.scheme == "whisperer"

    @property
    def webhook_url(self) -> str:
        """Where Omnitron is to send."""
        url = self.outputs["WebhookUrl"]
        return local_webhook(url, self.aws.endpoint_url) if self.aws.endpoint_url else url


def site_of(target: Target) -> Site:
    """The stack, or what samconfig.toml plans under its name. Raises Hindered without either."""
    aws, stack = Aws.of(target), stack_of(target)
    try:
        outputs = outputs_of(aws, stack)
    except NoStack:
        planned = overrides_of(stack)
        if planned is None:
            raise
        environment: Mapping[str, str] = {
            "OMNITRON_URL": planned.get("OmnitronUrl", ""),
            "API_PREFIX": planned.get("ApiPrefix", "/api/v1"),
            "OMNITRON_LOGIN": planned.get("OmnitronLogin", "token"),
            "PICKUP_MINUTES": planned.get("PickupMinutes", "60"),
        }
        outputs = {}
    else:
        function = outputs.get("DeliverFunctionName")
        if not function:
            raise Hindered(
                "The stack has no output DeliverFunctionName: it is not this adapter's, or an "
                "older one that must be deployed anew."
            )
        environment = environment_of(aws, function)
    return Site(
        aws=aws, stack=stack, outputs=outputs, environment=environment, folder=profiles_root()
    )
