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
from mutation.running import Target, survives
target = Target("erp_adapter.pace", (sys.argv[1],))
source = target.path.read_text("utf-8")
assert survives(target, source, 60), "as it is"
print(survives(target, source.replace("rate", "speed"), 60), survives(target, "1 / 0", 60))
"""


def test_the_mistakes_of_a_tired_person() -> None:
    found = list(mutants(SOURCE))
    assert {mutant.change for mutant in found} == CHANGES
    assert len({mutant.source for mutant in found}) == len(found) == len(CHANGES)


def test_a_mutant_that_the_tests_notice_is_told_from_one_that_they_don_t(tmp_path: Path) -> None:
    file = tmp_path / "test_it.py"
    file.write_text("def test_it():\n    import erp_adapter.pace\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", NOTICED, str(file)],
        cwd=SURVIVORS.parents[1], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["True", "False"]


def test_a_reason_is_for_a_line_that_there_is() -> None:
    modules = {target.module: target for target in TARGETS}
    for survivor in tomllib.loads(SURVIVORS.read_text("utf-8"))["survivor"]:
        source = modules[survivor["module"]].path.read_text("utf-8")
        lines = {line.strip() for line in ast.unparse(ast.parse(source)).splitlines()}
        assert survivor["change"].partition(" → ")[0] in lines
        assert len(survivor["why"]) > 20
