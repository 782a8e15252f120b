"""The long run: every mutant of the targets, or of those that are named. `make mutants`.

Prints each module's survivors with the reason that survivors.toml gives, what ran out of time
(which counts as not noticed), and its figures. Ends with 1 where fewer than nine in ten are
noticed, or where a survivor has no reason.
"""

import argparse
import ast
import os
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import Final

from mutation.mutants import mutants
from mutation.running import Outcome, Target, pace, prepare, tried

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
    source, known = target.path.read_text("utf-8"), reasons(target.module)
    # A mutant is written by `ast.unparse`, too: what the tests make of that alone is no kill.
    whole = ast.unparse(ast.parse(source))
    began, usual = time.monotonic(), pace(target, whole)
    came, unexplained = Counter[Outcome](), 0
    for mutant in mutants(source):
        outcome = tried(target, mutant.source, usual)
        came[outcome] += 1
        if outcome is not Outcome.KILLED:
            why = known.get((mutant.place, mutant.change), "NOT EXPLAINED")
            said = why if outcome is Outcome.SURVIVED else "out of time"
            print(f"  {mutant.place}:{mutant.line}  {mutant.change}  [{said}]", flush=True)
            unexplained += said == "NOT EXPLAINED"
    assert tried(target, whole, usual) is Outcome.SURVIVED, "the machine is not what it was"
    killed, every = came[Outcome.KILLED], came.total()
    print(
        f"{target.module}: {killed} of {every} killed ({killed / every:.1%}), "
        f"{came[Outcome.SURVIVED]} alive, {came[Outcome.TIMED_OUT]} out of time, "
        f"{time.monotonic() - began:.0f} s",
        flush=True,
    )
    return killed >= FEWEST * every and not unexplained


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
