"""What several test files share: `stack` (the built adapter on the local stack), `world` (the whole
adapter in this process), `operated` (a world that the console's commands find), `examined` (one in
which nothing is wrong), `golden` (`--update-golden`), what is `made_once`; and what may run side by
side."""

import pytest

FIRST = (
    "stack", "test_crash_points.py", "test_console_operate.py", "test_revise.py", "test_leaks.py",
    "test_build.py", "test_simulation.py", "test_delivery.py", "test_reconcile.py",
    "test_runbook.py",
)  # fmt: skip
"""The groups that take longest, longest first: begun last, one would keep a process waiting."""
pytest_plugins = ["golden", "made_once", "stack", "world", "operated", "examined", "emitted"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long`: proofs with a thousand orders (`make prove`)."""
    parser.addoption("--long", action="store_true", help="proofs with a thousand orders")


# First: pytest-xdist reads the groups in its own hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups of tests that one process runs: those of a local stack together, because they look at
    what it leaves behind; all others by their file, which shares what takes long to make."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: (*FIRST, _group(item)).index(_group(item)))


def _group(item: pytest.Item) -> str:
    marked = item.get_closest_marker("stack") and item.path.name != "test_build.py"
    on_stack = marked or "local_stack" in getattr(item, "fixturenames", ())
    return "stack" if on_stack else item.path.name
