"""The built adapter's surroundings on this machine, for the benches: AWS (ministack) and the fake
Omnitron, in processes of their own, so that only our own work is counted as ours."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from erp_console.local_routes import to_toml

ROOT: Final = Path(__file__).parents[1]
BUILD: Final = ROOT / ".aws-sam" / "local"
ORDERS: Final = ROOT / "events" / "orders"
CREDENTIALS: Final = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


@dataclass(frozen=True)
class Place:
    """A deployed stack, and the shop beside it."""

    deployment: Any
    shop: str
    token: str
    stack: Any

    def environment(self) -> dict[str, str]:
        """What the template would put into a function's environment."""
        made = self.deployment
        return CREDENTIALS | {
            "AWS_ENDPOINT_URL": made.aws_endpoint_url, "AWS_DEFAULT_REGION": made.region,
            "AWS_REGION": made.region, "STACK_NAME": made.stack, "OMNITRON_URL": self.shop,
            "OMNITRON_RATE": "100000", "INPUT_QUEUE_URL": made.input_queue_url,
            "OUTPUT_QUEUE_URL": made.output_queue_url, "BUCKET": made.bucket,
            "LEDGER_TABLE": made.table,
        }  # fmt: skip

    def profiles_layer(self, folder: Path) -> Path:
        """A copy of the built profiles below `folder`, with one route: ubl-order to S3."""
        layer = folder / "profiles-layer"
        shutil.copytree(BUILD / "ProfilesLayer" / "python", layer)
        routes = self.stack.routes(("ubl-order",), "s3")
        (layer / "profiles" / "routes.toml").write_text(to_toml(routes), "utf-8")
        return layer

    def new_order(self, pk: int) -> None:
        """Puts the documented sample order under this pk into the shop, not yet sent."""
        order, items = _document("order"), _document("items")["results"]
        given = {
            "order": order
            | {"pk": pk, "number": f"B{pk}", "is_send": False, "mapping": []}
            | {"date_placed": "2026-06-01T10:00:00Z"},
            "items": [item | {"pk": pk, "order": pk} for item in items],
            "discounts": [],
        }
        httpx.put(f"{self.shop}/_fake/orders", json=given).raise_for_status()


@contextmanager
def deployed(**plan: Any) -> Iterator[Place]:
    """A stack with one route, ubl-order to S3, unless the plan says otherwise."""
    from erp_console.local_stack import LocalStack, Plan

    command = [Path(sys.executable).with_name("erp-adapter"), "fake-omnitron", "--port", "0"]
    shop = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, cwd=ROOT)
    try:
        assert shop.stdout
        said = json.loads(shop.stdout.readline())
        with LocalStack(ROOT) as stack:
            routes = stack.routes(("ubl-order",), "s3")
            wanted = {"stack": "bench", "routes": routes} | plan
            deployment = stack.deploy(
                Plan(
                    omnitron_url=said["omnitron_url"], omnitron_token=said["omnitron_token"],
                    **wanted,
                )
            )  # fmt: skip
            yield Place(deployment, said["omnitron_url"], said["omnitron_token"], stack)
    finally:
        shop.terminate()
        shop.wait()


def _document(kind: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ORDERS / f"27.{kind}.json").read_bytes())
    return document
