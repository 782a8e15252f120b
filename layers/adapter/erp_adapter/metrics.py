"""Every metric of the adapter, under names that alarms and dashboards may rely on.

Written as CloudWatch's embedded metric format: one line of the log, no call. The one dimension is
the stack, because each further value of a dimension is a metric to be paid for; which code, which
route and which order stands in the log lines beside them.
Source: CloudWatch user guide, "Embedded metric format specification".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aws_lambda_powertools.metrics import EphemeralMetrics

from erp_adapter.errors import AdapterError, Misconfigured

NAMESPACE: Final = "ErpAdapter"


@dataclass(frozen=True, slots=True)
class Metric:
    """`meaning`: what a data point says. `unit`: CloudWatch's word."""

    meaning: str
    unit: str = "Count"


METRICS: Final[Mapping[str, Metric]] = {
    "Announced": Metric("verified webhooks that were queued, or delivered inline"),
    "Unverified": Metric("webhooks whose signature is missing or fits no live secret (401)"),
    "Malformed": Metric("webhooks that are too large, or verified but no notification (400, 413)"),
    "Delivered": Metric("documents handed over, one for each order and route"),
    "SecondsToDocument": Metric(
        "from an order's webhook to its document, time spent parked included; an order that "
        "reconcile found has none",
        "Seconds",
    ),
    "Rejected": Metric("orders that a person must mend; the same rejection counts once"),
    "Missed": Metric("orders that were past their route's statuses when first seen"),
    "ChangedAfterDelivery": Metric("orders that the shop changed after the ERP got them"),
    "CancelledAfterDelivery": Metric("orders that the shop cancelled after the ERP got them"),
    "Unavailable": Metric("tries spoilt by the shop or by AWS, which are made again"),
    "Parked": Metric("orders taken off the queue after four tries; reconcile brings them back"),
    "OmnitronUnavailable": Metric(
        "orders parked, and walks of reconcile given up, because Omnitron does not answer"
    ),
    "Misconfigured": Metric("tries and walks that wait for an operator"),
    "Unforeseen": Metric("tries that ended with an exception nobody foresaw"),
    "Foreign": Metric("messages of the inbound queue that are no notifications"),
    "OpenOrders": Metric("orders that the shop lists as not sent"),
    "OpenDelivered": Metric(
        "of those: delivered, the acknowledgement waits for the pick-up, got lost or is not asked"
    ),
    "OpenRejected": Metric("of those: rejected, and still a person's to mend"),
    "OpenMissed": Metric("of those: missed"),
    "OpenHeld": Metric("of those: waiting because a person holds their route; while one is held"),
    "HeldHours": Metric("for how many hours a route has been held, the longest; else 0", "None"),
    "Gap": Metric("of those: sendable, and the ledger knows neither a document nor a reason"),
    "Stuck": Metric("of the gap: what the walk before had found, and enqueued, already"),
    "Enqueued": Metric("orders that reconcile brought back"),
    "Unpicked": Metric("documents that nobody has picked up for PickupMinutes, or longer"),
    "OldestUnpicked": Metric(
        "how long the oldest document has been waiting for the ERP", "Seconds"
    ),
    "UndeliveredWebhooks": Metric("webhooks that the shop could not deliver, where it says so"),
}


def metric_of(error: AdapterError) -> str:
    """The metric of what keeps a try, or a walk of reconcile, from its end."""
    return "Misconfigured" if isinstance(error, Misconfigured) else "Unavailable"


def emit(stack: str, values: Mapping[str, Sequence[float]]) -> None:
    """Writes these data points, if there are any. An unknown name is a KeyError."""
    if not any(values.values()):
        return
    # An empty service: Powertools would make a second dimension of it.
    metrics = EphemeralMetrics(namespace=NAMESPACE, service="")
    metrics.add_dimension("stack", stack)
    for name, points in values.items():
        for point in points:
            metrics.add_metric(name, METRICS[name].unit, point)
    metrics.flush_metrics()
