"""How `make test` shares the tests out: each file, and all of the local stack's, on one process."""

from pathlib import Path

import pytest
from conftest import FIRST


def test_a_file_s_tests_are_one_group(request: pytest.FixtureRequest) -> None:
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("nothing is shared out here (make test does)")
    # pytest-xdist groups by this suffix alone, and goes on without a word where it is lost.
    assert request.node.nodeid.endswith("@test_grouping.py")


def test_what_is_begun_first_is_there() -> None:
    assert [name for name in FIRST[1:] if not Path(__file__).with_name(name).is_file()] == []
