"""`pytest --update-golden` rewrites the golden documents, and git shows what changed."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the examples' expected documents anew; they are compared all the same",
    )
