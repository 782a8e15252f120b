"""Whether the tests notice a mutant: a forked process imports the changed module and runs them.

What every test needs is imported once, before the forks; nothing of the adapter's own is.
"""

import gc
import importlib
import importlib.machinery
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any, Final

import pytest

TESTS: Final = Path(__file__).parents[1]
_SHARED: Final = (
    "aws_lambda_powertools", "hypothesis", "httpx", "jmespath", "lxml.etree", "moto",
    "moto.dynamodb.models", "moto.s3.models", "moto.sqs.models", "moto.ssm.models", "pydantic",
    "rich.console", "samcli.yamlhelper", "typer",
)  # fmt: skip
_SURVIVED: Final = 0


@dataclass(frozen=True)
class Target:
    """A module of the adapter, and the files of tests that must notice its mutants."""

    module: str
    tests: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Its source."""
        spec = importlib.machinery.PathFinder.find_spec("erp_adapter")
        assert spec
        assert spec.submodule_search_locations
        _, *rest = self.module.split(".")
        folder = Path(next(iter(spec.submodule_search_locations)))
        return folder.joinpath(*rest).with_suffix(".py")


class Changed(importlib.machinery.SourceFileLoader):
    """Loads a module from another source than its file's."""

    def __init__(self, target: Target, source: str) -> None:
        super().__init__(target.module, str(target.path))
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        """The changed code."""
        return compile(self._source, self.path, "exec", dont_inherit=True)

    def find_spec(self, name: str, *_: Any) -> importlib.machinery.ModuleSpec | None:
        """As a finder, it knows this one module."""
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)


def prepare() -> None:
    """Imports what the tests share, and makes their clients."""
    for name in _SHARED:
        importlib.import_module(name)
    clients = importlib.import_module("aws")
    for service in ("dynamodb", "s3", "sqs", "ssm"):
        clients.client(service)
    gc.freeze()  # what is here already no child need look through


def survives(target: Target, source: str, seconds: float) -> bool:
    """Whether the target's tests pass with this source of it, within the time."""
    child = os.fork()
    if child == 0:
        _run(target, source)
    return _waited(child, time.monotonic() + seconds) == _SURVIVED


def _waited(child: int, deadline: float) -> int:
    """The child's exit code; it is killed when its time is over."""
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(target: Target, source: str) -> None:
    code = 70
    try:
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        sys.meta_path.insert(0, Changed(target, source))  # type: ignore[arg-type]
        code = pytest.main(arguments(target.tests))
    finally:
        os._exit(code)


def arguments(tests: Sequence[str]) -> list[str]:
    """What pytest is told: stop at the first failure, leave no traces, no local stack."""
    files = [str(TESTS / name) for name in tests]
    # It would have rewritten the asserts of what is imported already; there are none to read.
    known = "ignore::pytest.PytestAssertRewriteWarning"
    return ["-x", "-q", "--noconftest", "-W", known, "-p", "no:cacheprovider", *files]
