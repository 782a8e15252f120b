"""Killed at any point, an order ends as if nobody had been killed (simulation.crash_points)."""

import pytest
from simulation.crash_points import SCENARIOS, differing

LEAST_POINTS = 30
"""In each scenario: an enumeration that finds fewer has stopped to enumerate."""


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_killed_at_any_point_the_end_is_the_same(scenario: str) -> None:
    points, stories = differing(scenario)
    assert points >= LEAST_POINTS
    assert not stories, f"{len(stories)} of {points} differ\n{stories[0]}"
