"""The long run: many seeds, every crash point, every planted bug. `make simulate SEEDS=10000`.

Prints seeds, steps, violations with their shrunk stories, and what each planted bug cost to find.
Ends with 1 where a promise was broken, a crash changed an end, or a planted bug was not noticed.
"""

import argparse
import gc
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

from simulation.crash_points import SCENARIOS, differing
from simulation.mutants import MUTANTS
from simulation.seeds import plan_of
from simulation.shrink import code_of, shrunk, violation_of

CHUNK = 50


def rarely_collect() -> None:
    """What is imported stays: to look through it again and again is a fifth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


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
            scene, violation = violation_of(mutant.plan(seed))
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


def kill_everywhere(pool: ProcessPoolExecutor) -> int:
    """Kills at every crash point; how many ends differ."""
    found = list(pool.map(differing, SCENARIOS))
    points, stories = sum(each for each, _ in found), [s for _, some in found for s in some]
    print(f"crash points that end as if nobody was killed: {points - len(stories)}/{points}")
    for story in stories[:1]:
        print(story)
    return len(stories)


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
    options.add_argument("--most", type=int, default=2500, help="seeds for each planted bug")
    given = options.parse_args()
    with ProcessPoolExecutor(given.jobs, initializer=rarely_collect) as pool:
        broken = simulate(pool, given.first, given.seeds)
        broken += kill_everywhere(pool)
        missed = hunt_all(pool, given.most)
    return 1 if broken or missed else 0


if __name__ == "__main__":
    sys.exit(main())
