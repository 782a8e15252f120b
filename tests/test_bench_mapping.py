"""bench/mapping.py compares equals: both sides write the same bytes."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parent.parent / "bench"


def test_both_sides_write_the_same() -> None:
    command = [sys.executable, str(BENCH / "mapping.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{name}: {lines} lines: equal" for name in ("ubl-like", "csv-flat") for lines in (10, 100)
    ]
