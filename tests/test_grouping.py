"""How `make test` shares the tests out: each file, and all of the local stack's, on one process."""

import pytest


def test_a_file_s_tests_are_one_group(request: pytest.FixtureRequest) -> None:
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("nothing is shared out here (make test does)")
    # pytest-xdist groups by this suffix alone, and goes on without a word where it is lost.
    assert request.node.nodeid.endswith("@test_grouping.py")
