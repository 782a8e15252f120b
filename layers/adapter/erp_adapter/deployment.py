"""One deployment's parts, put together from its settings, once in an execution environment.

Nothing is made at import, and each part only when it is first asked for: the webhook function
starts without the parts of a delivery.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from erp_adapter.secrets import Secrets
from erp_adapter.settings import profiles_folder, settings

__all__ = [
    "PUT_SECONDS", "client", "delivery", "pickup", "reconcile", "routes", "secrets", "settings",
    "transport", "unpicked", "webhooks",
]  # fmt: skip

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from erp_adapter.aws import Transport
    from erp_adapter.delivery import Delivery
    from erp_adapter.destination import Destination
    from erp_adapter.pickup import PickUp
    from erp_adapter.profile import Profile
    from erp_adapter.reconcile import Reconcile
    from erp_adapter.routes import Route, Routes, Webhooks
    from erp_adapter.unpicked import Unpicked

PUT_SECONDS: Final = 5
"""The longest that one call to AWS takes, connecting included; no step begins with less left."""


@cache
def transport() -> "Transport":
    """The connections to AWS, shared by all clients."""
    from erp_adapter import aws

    return aws.transport(1, PUT_SECONDS - 1)


@cache
def client(service: str, *, retries: bool = True) -> Any:
    """A client with boto3's methods. Without `retries`, a call is made once whatever happens: an S3
    put whose answer was lost must not be repeated behind our back."""
    from erp_adapter import aws

    attempts = 3 if retries else 1
    if service in aws.SERVICES:
        return aws.Client(service, transport(), attempts=attempts)
    # Asked only when something went wrong (sns): not worth a protocol of ours.
    import boto3
    from botocore.config import Config

    return boto3.client(  # type: ignore[call-overload]
        service,
        config=Config(
            connect_timeout=1, read_timeout=PUT_SECONDS - 1,
            retries={"total_max_attempts": attempts, "mode": "standard"},
        ),
    )  # fmt: skip


@cache
def secrets() -> Secrets:
    """The stack's secrets."""
    return Secrets(client("ssm"), settings().stack, time.time)


@cache
def webhooks() -> "Webhooks":
    """All of routes.toml that the webhook function needs. Raises Misconfigured."""
    from erp_adapter.routes import load_webhooks

    return load_webhooks(profiles_folder() / "routes.toml")


@cache
def routes() -> "Routes":
    """routes.toml, checked. Raises Misconfigured."""
    from erp_adapter.routes import load_routes

    return load_routes(profiles_folder() / "routes.toml", shop_url=settings().omnitron_url)


@cache
def delivery() -> "Delivery":
    """The delivery story of this deployment. Raises Misconfigured."""
    from erp_adapter.delivery import Delivery
    from erp_adapter.delivery.attempt import Tools
    from erp_adapter.delivery.holds import Holds
    from erp_adapter.delivery.recent import Recent
    from erp_adapter.ledger import Ledger
    from erp_adapter.login import token_source
    from erp_adapter.omnitron import Omnitron, open_client
    from erp_adapter.pace import Pace

    own = settings()
    omnitron = Omnitron(
        http=open_client(own.omnitron_url, own.omnitron_timeout),
        token=token_source(own.omnitron_login, secrets(), time.time),
        prefix=own.api_prefix, timeout=own.omnitron_timeout,
        clock=time.time, pace=Pace(own.delivery_rate, time.time, time.sleep),
    )  # fmt: skip
    ledger = Ledger(client("dynamodb"), own.ledger_table)
    tools = Tools(
        ledger=ledger, holds=Holds(ledger, time.time), destinations=_destinations(),
        profile_of=_profiles(), clock=time.time, new_claim=lambda: uuid.uuid4().hex,
        lease=own.lease,
    )  # fmt: skip
    recent = Recent(own.inbound_delay)
    return Delivery(
        omnitron=omnitron, routes=routes(), tools=tools, executor=_executor(), recent=recent
    )


@cache
def pickup() -> "PickUp":
    """What notes that the ERP has taken a document. Raises Misconfigured."""
    from erp_adapter.destination import S3Destination
    from erp_adapter.ledger import Ledger
    from erp_adapter.pickup import PickUp
    from erp_adapter.queue import enqueue
    from erp_adapter.routes import load_waiting

    own = settings()
    return PickUp(
        ledger=Ledger(client("dynamodb"), own.ledger_table),
        # It puts nothing: what it asks may be asked again.
        destination=S3Destination(client("s3"), own.bucket, own.document_prefix),
        waiting=load_waiting(profiles_folder() / "routes.toml"),
        enqueue=lambda notification: enqueue(client("sqs"), own.input_queue_url, notification),
        clock=time.time,
    )


def unpicked(deadline: float) -> "Unpicked | None":
    """What the ERP has not taken yet; None where nobody asks: no route waits for it, and no alarm.
    Raises Unavailable, Misconfigured."""
    from erp_adapter.unpicked import look

    own = settings()
    prefix = f"{own.document_prefix}/" if own.document_prefix else ""
    folders = [
        f"{prefix}{route.name}/"
        for route in routes().every
        if route.destination == "s3" and (own.pickup_seconds or route.waits_for_pickup)
    ]
    if not folders:
        return None
    return look(client("s3"), own.bucket, folders, clock=time.time, deadline=deadline)


def reconcile(
    run_id: str, deadline: float, *, dry: bool = False, unpicked: "Unpicked | None" = None
) -> "Reconcile":
    """One walk of the shop's list, with what the queue can take now. Raises Misconfigured."""
    from erp_adapter.pace import Pace
    from erp_adapter.queue import depth, enqueue
    from erp_adapter.reconcile import Reconcile

    own, sqs, parts = settings(), client("sqs"), delivery()
    waiting = depth(sqs, own.input_queue_url)
    return Reconcile(
        omnitron=replace(parts.omnitron, pace=Pace(own.reconcile_rate, time.time, time.sleep)),
        routes=parts.routes, ledger=parts.tools.ledger,
        enqueue=lambda notification: enqueue(sqs, own.input_queue_url, notification),
        clock=time.time, run_id=run_id, deadline=deadline, unpicked=unpicked,
        limit=0 if dry else max(own.reconcile_limit - waiting, 0),
    )  # fmt: skip


def _executor() -> "Executor":
    """For the calls that an order's fetch makes side by side: one each for a batch of ten."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(10)


def _destinations() -> "Mapping[str, Destination]":
    from erp_adapter.destination import S3Destination, SqsDestination

    own = settings()
    s3 = S3Destination(client("s3", retries=False), own.bucket, own.document_prefix)
    sqs = SqsDestination(client("sqs", retries=False), own.output_queue_url, s3)
    return {"s3": s3, "sqs": sqs}


def _profiles() -> "Callable[[Route], Profile]":
    """Profiles by route, each loaded once; a broken one fails its own route only."""
    from erp_adapter.profile import load_profile
    from erp_adapter.routes import check_profile

    loaded: dict[str, Profile] = {}

    def profile_of(route: "Route") -> "Profile":
        if route.name not in loaded:
            folder = profiles_folder() / route.profile
            profile = load_profile(folder, settings=route.settings)
            check_profile(profile.name, profile.cancels, on=route.on, items=route.items)
            loaded[route.name] = profile
        return loaded[route.name]

    return profile_of
