"""From a failing seed to a short story: what can be taken out while it still fails is taken out."""

import re
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import TypeVar

from simulation.plan import Plan
from simulation.promises import Violation
from simulation.scene import Scene

T = TypeVar("T")


def violation_of(plan: Plan) -> tuple[Scene, str | None]:
    """The world of the plan at its end, and the promise that it broke, if any."""
    scene = Scene(plan)
    try:
        scene.run()
    except Violation as violation:
        return scene, str(violation)
    return scene, None


def shrunk(plan: Plan) -> tuple[Plan, Scene]:
    """A plan with as few events and faults as still break the same promise, told by its faults'
    names alone: it stays the same story when the weather of seeds is changed."""
    _, first = violation_of(plan)
    assert first is not None, "this plan breaks no promise"

    def fails(candidate: Plan) -> bool:
        _, found = violation_of(candidate)
        return found is not None and _kind(found) == _kind(first)

    for simpler in ({"skew": 0.0}, {"lag": 0.0}, {"eager": 0.0}, {"concurrency": 2}):
        if fails(candidate := replace(plan, **simpler)):  # type: ignore[arg-type]
            plan = candidate
    if fails(candidate := replace(plan, outages=())):
        plan = candidate
    size = None
    while size != (size := len(plan.events) - len(plan.without)):
        plan = _without_faults(plan, fails)
        events = _fewest(plan.events, lambda kept: fails(replace(plan, events=tuple(kept))))  # noqa: B023
        plan = replace(plan, events=tuple(events))
    told = replace(
        plan, chances={}, outages=(), without=frozenset(),
        forced=dict(h.rsplit(": ", 1) for h in violation_of(plan)[0].fates.happened),
    )  # fmt: skip
    plan = told if fails(told) else plan
    return plan, violation_of(plan)[0]


def code_of(plan: Plan) -> str:
    """The plan as Python, for a test that keeps it."""
    usual = Plan(seed=plan.seed)
    said = [
        f"{each.name}={getattr(plan, each.name)!r}"
        for each in fields(Plan)
        if each.name == "seed" or getattr(plan, each.name) != getattr(usual, each.name)
    ]
    return f"Plan({', '.join(said)})"


def _without_faults(plan: Plan, fails: Callable[[Plan], bool]) -> Plan:
    scene, _ = violation_of(plan)
    faults = [happened.rsplit(": ", 1)[0] for happened in scene.fates.happened]

    def kept(some: Sequence[str]) -> Plan:
        return replace(plan, without=plan.without | (set(faults) - set(some)))

    return kept(_fewest(faults, lambda some: fails(kept(some))))


def _fewest(things: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """A part of `things` that still fails: halves first, single ones in the end."""
    size = len(things)
    while size:
        for start in range(max(len(things) - size, 0), -1, -size):
            fewer = [*things[:start], *things[start + size :]]
            if fails(fewer):
                things = fewer
        size //= 2
    return things


def _kind(violation: str) -> str:
    return re.sub(r"\d+", "", violation)[:60]
