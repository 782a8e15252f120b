"""The long run: `make simulate` (or `python -m simulation 500` in tests/).

Every seed is a story of its own; then each planted bug is looked for, from seed 0 on, until the
simulation notices it. Ends with 1 where a promise was broken or a bug was missed.
"""

import sys

from simulation.mutants import MUTANTS, Mutant
from simulation.plan import plan_of
from simulation.promises import Violation
from simulation.scene import Scene

MOST: int = 3_000
"""Seeds in which a planted bug must be noticed."""


def main() -> int:
    """Prints seeds, steps and violations, then a line for each planted bug."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    steps, broken = 0, 0
    for seed in range(seeds):
        scene = Scene(plan_of(seed))
        try:
            scene.run()
        except Violation as violation:
            broken += 1
            print(f"seed {seed}: {violation}", flush=True)
        steps += scene.kernel.steps
    print(f"{seeds} seeds, {steps} steps, {broken} violations", flush=True)
    missed = [mutant.name for mutant in MUTANTS if not _is_caught(mutant, min(seeds, MOST))]
    print(f"{len(MUTANTS) - len(missed)} of {len(MUTANTS)} planted bugs noticed")
    return 1 if broken or missed else 0


def _is_caught(mutant: Mutant, seeds: int) -> bool:
    steps = 0
    for seed in range(seeds):
        scene = Scene(mutant.plan(plan_of(seed)))
        try:
            with mutant.planted():
                scene.run()
        except Violation:
            print(f"noticed  {mutant.name}: seed {seed}, {steps + scene.kernel.steps} steps")
            return True
        finally:
            steps += scene.kernel.steps
    print(f"MISSED   {mutant.name}: {seeds} seeds, {steps} steps")
    return False


if __name__ == "__main__":
    sys.exit(main())
