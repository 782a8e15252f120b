"""A batch of ten orders against a slow shop: the waiting is shared.

`python bench/batch.py`: the built adapter's worker code in this process, AWS (ministack) and the
fake Omnitron in processes of their own, so that only waiting and our own work are measured. The
figure is the batch's wall time over the latency of one order's four calls (order, items, discounts,
is_send), medians of interleaved rounds; every order has two routes, so two documents.
"""

import io
import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import httpx

ROOT: Final = Path(__file__).parents[1]
ROUNDS: Final = 7
CALLS: Final = 4
LATENCIES: Final = (0.05, 0.1, 0.2)


def main() -> None:
    """Prints a row for each latency."""
    from erp_console.local_stack import LocalStack, Plan

    command = [Path(sys.executable).with_name("erp-adapter"), "fake-omnitron", "--port", "0"]
    shop = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, cwd=ROOT)
    try:
        assert shop.stdout
        said = json.loads(shop.stdout.readline())
        with LocalStack(ROOT) as local:
            plan = Plan(
                stack="bench", omnitron_url=said["omnitron_url"],
                omnitron_token=said["omnitron_token"], routes=local.routes(("ubl-order",), "s3"),
            )  # fmt: skip
            deployment = local.deploy(plan)
            _prepare(deployment, plan)
            _measure(said["omnitron_url"])
    finally:
        shop.terminate()
        shop.wait()


def _prepare(deployment: Any, plan: Any) -> None:
    os.environ |= {
        "AWS_ENDPOINT_URL": deployment.aws_endpoint_url, "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": deployment.region,
        "STACK_NAME": plan.stack, "OMNITRON_URL": plan.omnitron_url, "OMNITRON_RATE": "100000",
        "INPUT_QUEUE_URL": deployment.input_queue_url, "BUCKET": deployment.bucket,
        "OUTPUT_QUEUE_URL": deployment.output_queue_url, "LEDGER_TABLE": deployment.table,
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
    }  # fmt: skip


def _measure(shop: str) -> None:
    import deliver
    from erp_adapter.notification import Notification

    pks = iter(range(5_000, 1_000_000))

    def batch(size: int) -> float:
        records = []
        for _ in range(size):
            pk = next(pks)
            _put_order(shop, pk)
            notification = Notification(
                uuid=uuid.uuid4().hex, event="order.updated", pk=pk, number=None, announced_at=1
            )
            records.append({"messageId": str(pk), "body": notification.to_json()})
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000)
        metrics = io.StringIO()
        with redirect_stdout(metrics):
            began = time.perf_counter()
            deliver.handler({"Records": records}, context)
            took = time.perf_counter() - began
        if sum(json.loads(metrics.getvalue()).get("Delivered", [])) != 2 * size:
            raise SystemExit(f"Not everything was delivered: {metrics.getvalue()}")
        return took

    batch(10)
    print(f"{'latency':>8} {'one order':>10} {'ten orders':>10} {'x 4 calls':>10}  spread")
    for latency in LATENCIES:
        httpx.post(f"{shop}/_fake/faults", json={"latency": latency})
        single, ten = [], []
        for _ in range(ROUNDS):
            single.append(batch(1))
            ten.append(batch(10))
        httpx.delete(f"{shop}/_fake/faults")
        ratios = sorted(each / (latency * CALLS) for each in ten)
        one, many = statistics.median(single), statistics.median(ten)
        print(
            f"{latency * 1000:5.0f} ms {one * 1000:7.0f} ms {many * 1000:7.0f} ms "
            f"{statistics.median(ratios):10.2f}  {ratios[0]:.2f}-{ratios[-1]:.2f}"
        )


def _put_order(shop: str, pk: int) -> None:
    folder = ROOT / "events" / "orders"
    order = json.loads((folder / "27.order.json").read_bytes())
    items = json.loads((folder / "27.items.json").read_bytes())["results"]
    given = {
        "order": order
        | {"pk": pk, "number": f"B{pk}", "is_send": False, "mapping": []}
        | {"date_placed": "2026-06-01T10:00:00Z"},
        "items": [item | {"pk": pk, "order": pk} for item in items],
        "discounts": [],
    }
    httpx.put(f"{shop}/_fake/orders", json=given).raise_for_status()


if __name__ == "__main__":
    main()
