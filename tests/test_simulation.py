"""The promises hold in the simulation, and the simulation is one that can tell."""

import pytest
from simulation.plan import plan_of
from simulation.scene import Scene


@pytest.mark.parametrize("seed", range(20))
def test_the_promises_hold(seed: int) -> None:
    Scene(plan_of(seed)).run()
