"""What a million orders cost on AWS: requests times prices, and GB-seconds of measured CPU.

`python bench/cost.py`: no measuring and no network; the figures of docs/performance.md go in below.
An order has three webhooks (created, approved, and the update that the acknowledgement itself
causes); each passes the front door, the receiver and the queue, and the worker fetches for each.
Only one of them leads to a document. Logs and the poller are in it; transfer, storage and free
tiers are not.
"""

from dataclasses import dataclass
from typing import Final

PRICED_ON: Final = "2026-11-24"
"""When these were taken down: list prices of us-east-1 in US dollars, from the project's brief.
Those of Lambda and DynamoDB were found again on third-party pages of 2025 and 2026; AWS's own
pages (aws.amazon.com/SERVICE/pricing) were not read."""

HTTP_API: Final = 1.00 / 1e6
LAMBDA_REQUEST: Final = 0.20 / 1e6
GB_SECOND: Final = {"arm64": 0.0000133334, "x86_64": 0.0000166667}
SQS_FIFO: Final = 0.50 / 1e6
SQS: Final = 0.40 / 1e6
DYNAMODB_WRITE: Final = 0.625 / 1e6
DYNAMODB_READ: Final = 0.125 / 1e6
S3_PUT: Final = 5.00 / 1e6
LOG_GB: Final = 0.50
XRAY_TRACE: Final = 5.00 / 1e6

WEBHOOKS: Final = 3
MHZ: Final = 1769
"""Megabytes of memory at which a function has one processor (Lambda developer guide)."""
CALL_SECONDS: Final = 0.15
"""One call to the shop."""
AWS_SECONDS: Final = 0.01
PUT_SECONDS: Final = 0.025


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A way to deploy, and what it does for an order. CPU is in seconds on a whole processor."""

    name: str
    batch: int
    memory: int
    architecture: str
    receiver_cpu: float
    fetch_cpu: float
    """Of a webhook that leads to no document."""
    deliver_cpu: float
    queued: bool = True
    fifo: bool = True
    writes: float = 2
    """DynamoDB writes of an order; its other webhooks read instead, once each."""
    reads: float = 2
    puts: float = 1
    messages: float = 0
    log_kb: float = 1.0
    traced: bool = False
    shares_waiting: bool = True
    fetch_waits: int = 2
    """Calls to the shop that a fetch waits for one after the other: the adapter has the items and
    the discounts side by side."""


def cost(shape: Shape) -> dict[str, float]:
    """Dollars per million orders, by what is paid for."""
    front = WEBHOOKS * HTTP_API
    receiver = WEBHOOKS * (LAMBDA_REQUEST + _seconds(shape, shape.receiver_cpu, AWS_SECONDS))
    queue = worker = 0.0
    batch = shape.batch
    later = WEBHOOKS - 1
    waits = (shape.fetch_waits + 1) * CALL_SECONDS + PUT_SECONDS + shape.writes * AWS_SECONDS
    looks = shape.fetch_waits * CALL_SECONDS + AWS_SECONDS
    shared = batch if shape.shares_waiting else 1
    work = _seconds(shape, shape.deliver_cpu, waits / shared)
    work += later * _seconds(shape, shape.fetch_cpu, looks / shared)
    if shape.queued:
        # Sent one by one; received and deleted by the batch.
        queue = WEBHOOKS * (1 + 2 / batch) * (SQS_FIFO if shape.fifo else SQS)
        worker = WEBHOOKS / batch * LAMBDA_REQUEST + work
    else:
        receiver += work
    ledger = shape.writes * DYNAMODB_WRITE + shape.reads * DYNAMODB_READ
    target = shape.puts * S3_PUT + shape.messages * SQS_FIFO
    logs = WEBHOOKS * shape.log_kb / 1e6 * LOG_GB
    traces = 2 * WEBHOOKS * XRAY_TRACE if shape.traced else 0.0
    parts = {
        "front": front, "receiver": receiver, "queue": queue, "worker": worker,
        "ledger": ledger, "target": target, "logs": logs, "traces": traces,
    }  # fmt: skip
    return {name: value * 1e6 for name, value in parts.items()}


def _seconds(shape: Shape, cpu: float, waiting: float) -> float:
    took = waiting + cpu * max(1, MHZ / shape.memory)
    return shape.memory / 1024 * took * GB_SECOND[shape.architecture]


RECEIVER_CPU: Final = 0.0009
FETCH_CPU: Final = 0.004
DELIVER_CPU: Final = 0.0078
"""Of the adapter, seconds: bench/warm.py, ubl-order to S3, XSD on, on this machine; a fetch that
leads to nothing is three of the seven calls and no document, about half."""
NAIVE_RECEIVER_CPU: Final = 0.0018
NAIVE_CPU: Final = 0.0073
"""The same of the naive handler; its receiver, which bench/naive lacks, is taken as twice ours."""

SHAPES: Final = (
    *(
        Shape(
            name=f"queued, S3, batch {batch}, {memory} MB", batch=batch, memory=memory,
            architecture="arm64", receiver_cpu=RECEIVER_CPU, fetch_cpu=FETCH_CPU,
            deliver_cpu=DELIVER_CPU,
        )
        for batch, memory in ((1, 512), (1, 256), (10, 512), (10, 256), (10, 1024))
    ),
    Shape(
        name="queued, SQS, batch 10, 512 MB", batch=10, memory=512, architecture="arm64",
        receiver_cpu=RECEIVER_CPU, fetch_cpu=FETCH_CPU, deliver_cpu=DELIVER_CPU, puts=0, messages=1,
    ),
    Shape(
        name="inline, S3, 512 MB", batch=1, memory=512, architecture="arm64", queued=False,
        receiver_cpu=RECEIVER_CPU, fetch_cpu=FETCH_CPU, deliver_cpu=DELIVER_CPU,
    ),
    Shape(
        name="naive: batch 1, 512 MB, x86, traced", batch=1, memory=512, architecture="x86_64",
        receiver_cpu=NAIVE_RECEIVER_CPU, fetch_cpu=NAIVE_CPU, deliver_cpu=NAIVE_CPU,
        # Powertools' idempotency: two writes a webhook; the window is an hour, so each webhook
        # with a body of its own puts its document anew.
        writes=2 * WEBHOOKS, reads=0, puts=WEBHOOKS, log_kb=3.0, traced=True,
        shares_waiting=False, fetch_waits=3,
    ),
    Shape(
        name="naive, not traced, one put an order", batch=1, memory=512, architecture="x86_64",
        receiver_cpu=NAIVE_RECEIVER_CPU, fetch_cpu=NAIVE_CPU, deliver_cpu=NAIVE_CPU,
        writes=2 * WEBHOOKS, reads=0, log_kb=3.0, shares_waiting=False, fetch_waits=3,
        fifo=False,
    ),
)  # fmt: skip


def main() -> None:
    """Prints the table."""
    naive = sum(cost(SHAPES[-1]).values())
    print(f"US dollars per million orders, {WEBHOOKS} webhooks each; list prices as of {PRICED_ON}")
    names = list(cost(SHAPES[0]))
    print(f"{'shape':38} " + " ".join(f"{name:>8}" for name in names) + f" {'total':>8} {'x':>5}")
    for shape in SHAPES:
        parts = cost(shape)
        total = sum(parts.values())
        print(
            f"{shape.name:38} "
            + " ".join(f"{parts[name]:8.2f}" for name in names)
            + f" {total:8.2f} {total / naive:5.2f}"
        )


if __name__ == "__main__":
    main()
