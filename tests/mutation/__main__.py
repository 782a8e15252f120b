"""The long run: every mutant of the targets, or of those that are named. `make mutants`.

Prints each module's figures, and its survivors with the reason that survivors.toml gives. Ends with
1 where fewer than nine in ten are noticed, or where a survivor has no reason.
"""

import argparse
import os
import sys
import time
import tomllib
from pathlib import Path
from typing import Final

from mutation.mutants import Mutant, mutants
from mutation.running import Target, prepare, survives

TARGETS: Final = (
    Target("erp_adapter.ledger", ("test_ledger.py",)),
    Target("erp_adapter.destination", ("test_destination.py",)),
    Target("erp_adapter.notification", ("test_notification.py",)),
    Target("erp_adapter.verification", ("test_verification.py",)),
    Target("erp_adapter.order.leaves", ("test_order_leaves.py", "test_order.py")),
    Target("erp_adapter.order.wire", ("test_order_allow_list.py", "test_order.py")),
)
FEWEST: Final = 0.9
SURVIVORS: Final = Path(__file__).with_name("survivors.toml")


def reasons(module: str) -> dict[tuple[str, str], str]:
    """Why a mutant may survive, by its place and its change."""
    tables = tomllib.loads(SURVIVORS.read_text("utf-8"))
    return {
        (row["place"], row["change"]): row["why"]
        for row in tables.get("survivor", [])
        if row["module"] == module
    }


def hunt(target: Target) -> bool:
    """Tries every mutant of the target; whether enough were noticed, and the others explained."""
    source = target.path.read_text("utf-8")
    began = time.monotonic()
    assert survives(target, source, 600), f"the tests of {target.module} fail as it is"
    seconds = 3 * (time.monotonic() - began) + 10
    every = list(mutants(source))
    left = []
    for number, mutant in enumerate(every, 1):
        if survives(target, mutant.source, seconds):
            left.append(mutant)
        if sys.stderr.isatty():
            print(f"\r{number} of {len(every)}, {len(left)} alive", end="", file=sys.stderr)
    return report(target, every, left, time.monotonic() - began)


def report(target: Target, every: list[Mutant], left: list[Mutant], seconds: float) -> bool:
    """Prints the figures; whether they will do."""
    killed, known = len(every) - len(left), reasons(target.module)
    print(
        f"{target.module}: {killed} of {len(every)} killed "
        f"({killed / len(every):.1%}, {seconds:.0f} s)",
        flush=True,
    )
    for mutant in left:
        why = known.get((mutant.place, mutant.change), "NOT EXPLAINED")
        print(f"  {mutant.place}:{mutant.line}  {mutant.change}  [{why}]", flush=True)
    explained = all((each.place, each.change) in known for each in left)
    return killed >= FEWEST * len(every) and explained


def main() -> int:
    """Runs it."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("modules", nargs="*", help="ends of module names; all if none is named")
    given = words.parse_args()
    os.nice(10)
    prepare()
    chosen = [
        target
        for target in TARGETS
        if not given.modules or any(target.module.endswith(name) for name in given.modules)
    ]
    good = [hunt(target) for target in chosen]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
