"""CloudWatch alarms as template.yaml defines them, evaluated over data points as CloudWatch does.

Source: CloudWatch user guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat
missing data". It looks further back than the evaluation periods, by how much it does not say:
`further` is given, and what is to be shown must hold for any.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import floor
from typing import Any, Final

from template import RESOURCES, TEMPLATE
from world import STACK

_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": operator.ge, "LessThanThreshold": operator.lt,
}  # fmt: skip
_STATISTICS: Final[Mapping[str, Callable[[list[float]], float]]] = {
    "Sum": sum, "Maximum": max, "SampleCount": len,
}  # fmt: skip

Metric = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, name, dimensions."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One definition. `period` is in seconds."""

    metric: Metric
    statistic: str
    period: int
    periods: int
    to_alarm: int
    threshold: float
    comparison: str
    missing: str
    description: str

    def breaches(self, value: float) -> bool:
        """Whether a data point is beyond the threshold."""
        return _COMPARISONS[self.comparison](value, self.threshold)


@dataclass(frozen=True)
class Point:
    """A value of a metric; `at` is in seconds."""

    metric: Metric
    at: float
    value: float


def metric(namespace: str, name: str, **dimensions: str) -> Metric:
    """A metric; where AWS names a resource, its logical id stands for it."""
    return namespace, name, frozenset(dimensions.items())


def read(name: str) -> Alarm:
    """The alarm of this logical id, with the parameters' defaults."""
    own = RESOURCES[name]["Properties"]
    dimensions = {each["Name"]: _resolved(each["Value"]) for each in own["Dimensions"]}
    periods = int(_resolved(own["EvaluationPeriods"]))
    return Alarm(
        metric=metric(own["Namespace"], own["MetricName"], **dimensions),
        statistic=own["Statistic"], period=own["Period"], periods=periods,
        to_alarm=own.get("DatapointsToAlarm", periods),
        threshold=float(_resolved(own["Threshold"])),
        comparison=own["ComparisonOperator"], missing=own["TreatMissingData"],
        description=own["AlarmDescription"],
    )  # fmt: skip


def _resolved(value: Any) -> str:
    """Text, or what a Ref or GetAtt stands for: a parameter's default, a resource's logical id."""
    match value:
        case {"Ref": "AWS::StackName"}:
            return STACK
        case {"Ref": name} if name in TEMPLATE["Parameters"]:
            return str(TEMPLATE["Parameters"][name]["Default"])
        case {"Fn::FindInMap": [table, key, name]}:
            return str(TEMPLATE["Mappings"][table][_resolved(key)][name])
        case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
            assert name in RESOURCES
            return str(name)
    return str(value)


def states(alarm: Alarm, points: Iterable[Point], *, until: float, further: int) -> list[str]:
    """The alarm's state at the end of each of its periods, from 0 to `until`."""
    values: dict[int, list[float]] = {}
    for point in points:
        if point.metric == alarm.metric:
            values.setdefault(floor(point.at / alarm.period), []).append(point.value)
    aggregated = {place: _STATISTICS[alarm.statistic](found) for place, found in values.items()}
    state, found = "INSUFFICIENT_DATA", []
    for last in range(floor(until / alarm.period)):
        first = last - alarm.periods - further + 1
        real = [aggregated[place] for place in range(first, last + 1) if place in aggregated]
        state = evaluate(alarm, real, state)
        found.append(state)
    return found


def evaluate(alarm: Alarm, real: list[float], state: str) -> str:
    """The state after `state`; `real` are the data points of the evaluation range, oldest first."""
    real = real[-alarm.periods :]
    filled = alarm.periods - len(real)
    breaching = sum(map(alarm.breaches, real))
    match alarm.missing:
        case "breaching":
            breaching += filled
        case "ignore" if filled and breaching == len(real):
            return state
        case "ignore" | "notBreaching":
            pass
        case other:
            raise AssertionError(f"no alarm of template.yaml treats missing data as {other}")
    return "ALARM" if breaching >= alarm.to_alarm else "OK"
