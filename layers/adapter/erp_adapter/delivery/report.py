"""What is said of a group of the batch: one log line, and the metrics that alarms watch."""

from typing import Any

from erp_adapter.delivery.batch import Ended
from erp_adapter.errors import Misconfigured
from erp_adapter.unforeseen import described


def line(ended: Ended) -> dict[str, Any]:
    """The fields of the log line: identifiers, states, codes and our own sentences."""
    said: dict[str, Any] = {"order": ended.group.order, "tries": ended.group.tries}
    if ended.fault:
        said |= described(ended.fault)
    elif ended.outcome:
        said["routes"] = [route.as_dict() for route in ended.outcome.routes]
        said["errors"] = [{"code": e.code, "message": e.message} for e in ended.errors]
        said["parked"], said["covered"] = ended.outcome.parked, ended.outcome.covered
    return said


def counts(ended: Ended) -> list[str]:
    """The metrics to count one of: a route's state each, an error's kind each."""
    if ended.fault:
        return ["Unforeseen"]
    if ended.outcome and ended.outcome.covered:
        return ["Covered"]
    names = []
    for route in ended.outcome.routes if ended.outcome else ():
        names.append(route.state.capitalize())
        if route.code and route.state == "delivered":
            names.append("ChangedAfterDelivery")
    if ended.outcome and ended.outcome.parked:
        names.append("Parked")
    for error in ended.errors:
        names.append("Misconfigured" if isinstance(error, Misconfigured) else "Unavailable")
    return names
