"""The long run: many seeds, then every planted bug. `make simulate SEEDS=10000`.

Prints seeds, steps, violations with their shrunk stories, and what each planted bug cost to find.
Ends with 1 where a promise was broken or a planted bug was not noticed.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

from simulation.mutants import MUTANTS
from simulation.plan import plan_of
from simulation.shrink import code_of, shrunk, violation_of

CHUNK = 50


def run(seeds: Iterable[int]) -> tuple[int, list[tuple[int, str]]]:
    """The steps that the seeds took, and what they broke."""
    steps, broken = 0, []
    for seed in seeds:
        scene, violation = violation_of(plan_of(seed))
        steps += scene.kernel.steps
        if violation:
            broken.append((seed, violation))
    return steps, broken


def hunt(name: str, most: int) -> tuple[int, int, str | None]:
    """Seeds and steps until the planted bug of this name was noticed, and by what."""
    mutant, steps = next(each for each in MUTANTS if each.name == name), 0
    for seed in range(most):
        with mutant.planted():
            scene, violation = violation_of(mutant.plan(plan_of(seed)))
        steps += scene.kernel.steps
        if violation:
            return seed + 1, steps, violation
    return most, steps, None


def simulate(pool: ProcessPoolExecutor, first: int, seeds: int) -> int:
    """Runs the seeds; how many broke a promise."""
    began, steps, done = time.monotonic(), 0, 0
    broken: list[tuple[int, str]] = []
    chunks = [
        range(start, min(start + CHUNK, first + seeds))
        for start in range(first, first + seeds, CHUNK)
    ]
    for chunk, (taken, found) in zip(chunks, pool.map(run, chunks), strict=True):
        steps, done = steps + taken, done + len(chunk)
        broken += found
        if sys.stderr.isatty():
            print(f"\r{done} seeds, {steps} steps", end="", file=sys.stderr)
    seconds = time.monotonic() - began
    print(f"{done} seeds, {steps} steps, {len(broken)} violations ({seconds:.0f} s)")
    for seed, violation in broken[:5]:
        plan, scene = shrunk(plan_of(seed))
        print(f"\nseed {seed}: {violation}\n{code_of(plan)}\n{scene.story.text()}")
    return len(broken)


def hunt_all(pool: ProcessPoolExecutor, most: int) -> int:
    """Plants every bug; how many were not noticed."""
    missed = 0
    hunts = pool.map(hunt, [mutant.name for mutant in MUTANTS], [most] * len(MUTANTS))
    for mutant, (seeds, steps, violation) in zip(MUTANTS, hunts, strict=True):
        missed += violation is None
        said = f"{steps:7d} steps, {seeds:4d} seeds: {violation}" if violation else "NOT NOTICED"
        print(f"{mutant.name:45s} {said[:120]}")
    print(f"planted bugs noticed: {len(MUTANTS) - missed}/{len(MUTANTS)}")
    return missed


def main() -> int:
    """The command."""
    options = argparse.ArgumentParser(prog="make simulate")
    options.add_argument("seeds", type=int, nargs="?", default=10_000)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--most", type=int, default=1500, help="seeds for each planted bug")
    given = options.parse_args()
    with ProcessPoolExecutor(given.jobs) as pool:
        broken = simulate(pool, given.first, given.seeds)
        missed = hunt_all(pool, given.most)
    return 1 if broken or missed else 0


if __name__ == "__main__":
    sys.exit(main())
