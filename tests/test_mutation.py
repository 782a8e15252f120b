"""`make mutants` finds what it should, and notices whether tests notice."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

from mutation.__main__ import SURVIVORS, TARGETS
from mutation.mutants import mutants

SOURCE = '''"""A docstring."""
import os
Function = Callable[[int, str], str]
LIMIT = 3
NAMES = {"a", "b"}
class Model(Base):
    """Another."""
    pk: Key = None
class Value:
    pk: int
def f(x: int, y) -> int:
    if x < LIMIT and not y:
        raise ValueError("a sentence", code="WORD")
    g(x)
    return x + 1
'''
CHANGES = {
    "LIMIT = 3 → LIMIT = 4",
    "NAMES = {'a', 'b'} → NAMES = {'b'}",
    "NAMES = {'a', 'b'} → NAMES = {'a'}",
    "NAMES = {'a', 'b'} → NAMES = {'ax', 'b'}",
    "NAMES = {'a', 'b'} → NAMES = {'a', 'bx'}",
    "pk: Key = None → pk: object = None",
    "pk: Key = None → pass",
    "pk: int → pass",
    "if x < LIMIT and (not y): → if x <= LIMIT and (not y):",
    "if x < LIMIT and (not y): → if x < LIMIT or not y:",
    "if x < LIMIT and (not y): → if x < LIMIT and (not not y):",
    "raise ValueError('a sentence', code='WORD') → pass",
    "raise ValueError('a sentence', code='WORD') → raise ValueError('a sentence')",
    "raise ValueError('a sentence', code='WORD') → raise ValueError('a sentence', code='WORDx')",
    "g(x) → pass",
    "return x + 1 → return x - 1",
    "return x + 1 → return x + 2",
    "return x + 1 → return None",
}
NOTICED = """
import sys
from mutation.running import Pace, Target, pace, tried
target = Target("erp_adapter.pace", (sys.argv[1],))
source = target.path.read_text("utf-8")
usual = pace(target, source)
print(len(usual.seconds), usual.processor > 0)
short = Pace(usual.seconds, 0)
for more in ("", "1 / 0", "rate = 1", "while True: pass"):
    print(tried(target, source + more, short if "while" in more else usual).name)
"""
NOTICING = """
def test_it():
    import erp_adapter.pace
    assert not hasattr(erp_adapter.pace, "rate")
"""


def test_the_mistakes_of_a_tired_person() -> None:
    found = list(mutants(SOURCE))
    assert {mutant.change for mutant in found} == CHANGES
    assert len({mutant.source for mutant in found}) == len(found) == len(CHANGES)


def test_a_mutant_that_the_tests_notice_is_told_from_others(tmp_path: Path) -> None:
    file = tmp_path / "test_it.py"
    file.write_text(NOTICING, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", NOTICED, str(file)],
        cwd=SURVIVORS.parents[1], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["1", "True", "SURVIVED", "KILLED", "KILLED", "TIMED_OUT"]


def test_a_reason_is_for_a_line_that_there_is() -> None:
    modules = {target.module: target for target in TARGETS}
    for survivor in tomllib.loads(SURVIVORS.read_text("utf-8"))["survivor"]:
        source = modules[survivor["module"]].path.read_text("utf-8")
        lines = {line.strip() for line in ast.unparse(ast.parse(source)).splitlines()}
        assert survivor["change"].partition(" → ")[0] in lines
        assert len(survivor["why"]) > 20
