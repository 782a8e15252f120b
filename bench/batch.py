"""A batch of ten orders against a slow shop: the waiting is shared.

`python bench/batch.py`: the built adapter's worker code in this process, AWS (ministack) and the
fake Omnitron in processes of their own, so that only waiting and our own work are measured. The
figure is the batch's wall time over the latency of one order's four calls (order, items, discounts,
is_send), medians of interleaved rounds; every order has one document.
"""

import io
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import httpx
from local import Place, deployed

ROUNDS: Final = 7
CALLS: Final = 4
LATENCIES: Final = (0.05, 0.1, 0.2)


def main() -> None:
    """Prints a row for each latency."""
    with deployed() as place, tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, str(place.profiles_layer(Path(folder))))
        os.environ |= place.environment() | {"POWERTOOLS_LOG_LEVEL": "CRITICAL"}
        _measure(place)


def _measure(place: Place) -> None:
    import deliver
    from erp_adapter.notification import Notification

    pks = iter(range(5_000, 1_000_000))

    def batch(size: int) -> float:
        records = []
        for _ in range(size):
            pk = next(pks)
            place.new_order(pk)
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
        if sum(json.loads(metrics.getvalue()).get("Delivered", [])) != size:
            raise SystemExit(f"Not everything was delivered: {metrics.getvalue()}")
        return took

    batch(10)
    print(f"{'latency':>8} {'one order':>10} {'ten orders':>10} {'x 4 calls':>10}  spread")
    for latency in LATENCIES:
        httpx.post(f"{place.shop}/_fake/faults", json={"latency": latency})
        single, ten = [], []
        for _ in range(ROUNDS):
            single.append(batch(1))
            ten.append(batch(10))
        httpx.delete(f"{place.shop}/_fake/faults")
        ratios = sorted(each / (latency * CALLS) for each in ten)
        one, many = statistics.median(single), statistics.median(ten)
        print(
            f"{latency * 1000:5.0f} ms {one * 1000:7.0f} ms {many * 1000:7.0f} ms "
            f"{statistics.median(ratios):10.2f}  {ratios[0]:.2f}-{ratios[-1]:.2f}"
        )


if __name__ == "__main__":
    main()
