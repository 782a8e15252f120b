"""The promises hold in the simulation, and the simulation is one that can tell.

The short form: `make simulate` runs thousands of seeds. What failed prints its seed and a story.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from erp_adapter.delivery.batch import failures
from simulation.lambdas import failed_of
from simulation.mutants import MUTANTS, Mutant
from simulation.past import PAST, Past
from simulation.plan import Event, Plan, plan_of
from simulation.scene import Scene
from simulation.shrink import code_of, shrunk, violation_of

TESTS = Path(__file__).parent
BLOCK, BLOCKS = 15, 8
MORE = 60
"""So many seeds further on than its hint a planted bug is looked for: a change of the code may make
another story of a seed."""


def holds(plan: Plan) -> None:
    """Fails with the seed and the shortest story that breaks the same promise."""
    _, violation = violation_of(plan)
    if violation:
        plan, scene = shrunk(plan)
        pytest.fail(f"seed {plan.seed}: {violation}\n{code_of(plan)}\n{scene.story.text()}")


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_promises_hold(block: int) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        holds(plan_of(seed))


# ------------------------------------------------------------ it can find bugs


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_bug_is_noticed(mutant: Mutant) -> None:
    for seed in range(mutant.hint, mutant.hint + MORE):
        with mutant.planted():
            _, violation = violation_of(mutant.plan(plan_of(seed)))
        if violation:
            return
    pytest.fail(f"{MORE} seeds went by, and nobody noticed")


@pytest.mark.parametrize("past", PAST, ids=lambda past: past.bug.name)
def test_a_bug_of_the_past_stays_mended(past: Past) -> None:
    holds(past.plan)
    with past.bug.planted():
        _, violation = violation_of(past.plan)
    assert violation is not None, "the story does not tell of the bug any more"
    assert past.says in violation


def test_a_failure_shrinks_to_a_short_story() -> None:
    mutant = next(each for each in MUTANTS if each.name == "no look after a dead claim")
    before = plan_of(mutant.hint)
    with mutant.planted():
        plan, scene = shrunk(before)
        assert violation_of(plan)[1] == scene.promises.broken[0]
    assert len(plan.events) <= 4 < len(before.events)
    assert len(plan.forced) <= 4
    assert "was put twice" in scene.story.text(1)
    assert eval(code_of(plan), {"Plan": Plan, "Event": Event}) == plan


# ------------------------------------------------------ the same seed, the same story


def told(seeds: range, hash_seed: str) -> str:
    """What another process tells of these seeds."""
    code = (
        "from simulation.plan import plan_of; from simulation.scene import Scene\n"
        f"for seed in {list(seeds)}: print(Scene(plan_of(seed)).run().story.text(10**6))"
    )
    path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_the_same_seed_is_the_same_story_in_every_process() -> None:
    seeds = range(8)
    here = "".join(Scene(plan_of(seed)).run().story.text(10**6) + "\n" for seed in seeds)
    assert told(seeds, "1") == here
    assert told(seeds, "2") == here


# --------------------------------------------- what emulators do otherwise than AWS


@pytest.mark.parametrize(
    ("answer", "stay"),
    [
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        ({}, set()),
        (None, set()),
        ({"batchItemFailure": [{"itemIdentifier": "a"}]}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, {"a", "b"}),
        ({"batchItemFailures": [{"id": "a"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": "c"}]}, {"a", "b"}),
    ],
)
def test_what_stays_on_the_queue_follows_the_answer_s_shape(answer: Any, stay: set[str]) -> None:
    assert failed_of(answer, ["a", "b"]) == stay


def test_the_worker_s_answer_has_the_shape_that_keeps_its_failures() -> None:
    records = [{"messageId": "a"}, {"messageId": "b"}]
    assert failed_of(failures(records[:1]), ["a", "b"]) == {"a"}
    assert failed_of(failures(records), ["a", "b"]) == {"a", "b"}
    assert failed_of(failures([]), ["a", "b"]) == set()
