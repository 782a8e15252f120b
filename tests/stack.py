"""The built adapter on the local stack, for tests.

One ministack a session; `deployed(...)` gives a stack by its settings, `stack` the usual one:
queued, ubl-order and csv-flat to S3. Every stack has a fake Omnitron of its own. Orders of a test
have fresh pks, so that tests don't see each other.
"""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from erp_adapter.ledger import Entry, Ledger
from erp_console import whisperer
from erp_console.fake_omnitron import FakeOmnitron
from erp_console.fake_shop import FakeShop, unsent
from erp_console.local_stack import Deployment, LocalStack, Plan

ROOT = Path(__file__).parent.parent
ORDERS = ROOT / "events" / "orders"
_pks = itertools.count(1000)


@dataclass(frozen=True)
class Stack:
    """A deployed stack and its shop."""

    local: LocalStack
    deployment: Deployment
    omnitron: FakeOmnitron

    def client(self, service: str) -> Any:
        """A boto3 client."""
        return self.local.client(service)

    def new_order(self, **changes: Any) -> int:
        """The sample order under a fresh pk, not yet sent, with `changes`; its pk."""
        pk = next(_pks)
        order, items, discounts = sample_order(pk)
        hidden = changes.pop("hidden_reads", 0)
        self.omnitron.shop.put(
            {**order, **changes}, items=items, discounts=discounts, hidden_reads=hidden
        )
        return pk

    def announce(self, pk: int | None = None, **more: Any) -> httpx.Response:
        """Sends a signed webhook, as Omnitron would: number, event and uuid may be given."""
        announcement = whisperer.Announcement(pk=pk, **more)
        return whisperer.post(
            self.deployment.webhook_url, self.deployment.webhook_secret, announcement
        )

    def documents(self, pk: int) -> dict[str, bytes]:
        """The documents of an order in the bucket, by key."""
        s3, bucket = self.client("s3"), self.deployment.bucket
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [listed["Key"] for page in pages for listed in page.get("Contents", [])]
        return {
            key: s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            for key in keys
            if f"-{pk}." in key
        }

    def ledger(self, pk: int) -> list[Entry]:
        """What the ledger says of an order."""
        return Ledger(self.client("dynamodb"), self.deployment.table).of_order(str(pk))

    def wait(self, done: Callable[[], bool], seconds: float = 60, *, every: float = 0.05) -> None:
        """Waits until `done`, asked `every` so many seconds; fails with the last log lines after
        `seconds`."""
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                lines = list(self.local.logs(self.deployment.stack))[-20:]
                pytest.fail("\n".join(["Waited in vain. The last log lines:", *lines]))
            time.sleep(every)


def sample_order(pk: int) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """Akinon's documented order as if it were number `pk`, with its items and discounts."""

    def load(kind: str) -> Any:
        return json.loads((ORDERS / f"27.{kind}.json").read_bytes())

    order = {**unsent(load("order")), "pk": pk, "number": f"T{pk}"}
    items = [{**item, "pk": item["pk"] * pk, "order": pk} for item in load("items")["results"]]
    return order, items, load("discounts")["results"]


@pytest.fixture(scope="session")
def local_stack() -> Iterator[LocalStack]:
    """ministack; the build must be there (`make test` makes it)."""
    with LocalStack(ROOT) as local:
        yield local


@pytest.fixture(scope="session")
def deployed(local_stack: LocalStack) -> Iterator[Callable[..., Stack]]:
    """Deploys a stack by its settings, once a session."""
    known: dict[str, Stack] = {}
    with ExitStack() as omnitrons:

        def deploy(mode: str = "queued", destination: str = "s3", **parameters: str) -> Stack:
            key = json.dumps([mode, destination, parameters], sort_keys=True)
            if key not in known:
                omnitron = omnitrons.enter_context(FakeOmnitron(FakeShop()))
                plan = Plan(
                    stack=f"test-{len(known)}",
                    omnitron_url=omnitron.url,
                    omnitron_token=omnitron.token,
                    mode="inline" if mode == "inline" else "queued",
                    routes=local_stack.routes(("ubl-order", "csv-flat"), destination),
                    parameters=parameters,
                )
                known[key] = Stack(local_stack, local_stack.deploy(plan), omnitron)
            known[key].omnitron.traffic.reset()
            return known[key]

        yield deploy


@pytest.fixture
def stack(deployed: Callable[..., Stack]) -> Iterator[Stack]:
    """The usual stack, its shop healthy before and after the test."""
    usual = deployed()
    yield usual
    usual.omnitron.traffic.heal()
    usual.omnitron.shop.lag = 0
