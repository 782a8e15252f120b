"""Whether the tests notice a mutant: a forked process imports the changed module and runs them.

What every test needs is imported once, before the forks; nothing of the adapter's own is. The
quickest tests run first and the first failure ends the run: most mutants cost a second.
"""

import gc
import importlib
import importlib.machinery
import importlib.util
import json
import os
import resource
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from types import CodeType
from typing import IO, Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings

TESTS: Final = Path(__file__).parents[1]
_SHARED: Final = (
    "aws_lambda_powertools", "django.conf", "httpx", "jmespath", "lxml.etree", "moto",
    "moto.dynamodb.responses", "moto.s3.responses", "moto.sqs.responses", "moto.ssm.models",
    "pydantic.main", "requests", "rich.console", "template", "typer",
)  # fmt: skip
_PLUGINS: Final = ("_hypothesis_pytestplugin",)
_MOST_SECONDS: Final = 900
"""After which a process that waits for something is ended; one that works has less."""


class Outcome(Enum):
    """What the tests say to a mutant."""

    SURVIVED = auto()
    KILLED = auto()
    TIMED_OUT = auto()


_OUTCOMES: Final = {
    pytest.ExitCode.OK: Outcome.SURVIVED,
    pytest.ExitCode.TESTS_FAILED: Outcome.KILLED,
    pytest.ExitCode.INTERRUPTED: Outcome.KILLED,  # the module, or a test's, can't be imported
    -signal.SIGKILL: Outcome.TIMED_OUT,
    -signal.SIGALRM: Outcome.TIMED_OUT,
}
"""By the exit code, or the signal that ended the process. Any other is a fault of this program's or
of pytest's, and says nothing about the mutant."""


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


@dataclass
class Quickest:
    """A plugin of pytest: runs the tests in the order of their `seconds`, and writes to `told` what
    they take this time."""

    seconds: Mapping[str, float]
    told: IO[str]

    def __post_init__(self) -> None:
        self._taken: dict[str, float] = defaultdict(float)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The order."""
        items.sort(key=lambda item: self.seconds.get(item.nodeid, 0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Set-up, call and end of one test."""
        self._taken[report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        """What they took."""
        json.dump(self._taken, self.told)
        self.told.flush()


@dataclass(frozen=True)
class Pace:
    """How the tests of a target run when nothing is changed: each one's seconds, and how much of
    the processor all of them together take."""

    seconds: Mapping[str, float]
    processor: float


def prepare() -> None:
    """Imports what the tests share, and makes their clients."""
    # A failing example need not be made small, nor be found again by another mutant's tests.
    settings.register_profile(
        "mutants", phases=(Phase.explicit, Phase.generate), derandomize=True, database=None,
        deadline=None, suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    settings.load_profile("mutants")
    for name in (*_SHARED, *_PLUGINS):
        importlib.import_module(name)
    clients = importlib.import_module("aws")
    for service in ("dynamodb", "s3", "sqs", "ssm"):
        clients.client(service)
    assert not [name for name in sys.modules if name.startswith("erp_adapter")]
    gc.freeze()  # what is here already no child need look through


def pace(target: Target, source: str) -> Pace:
    """How the tests run with the source as it is, which they must pass in the order of the files
    and in that of `tried`."""
    found = Pace({}, _MOST_SECONDS)
    for _ in range(2):
        outcome, found = _run(target, source, found)
        assert outcome is Outcome.SURVIVED, f"the tests of {target.module} fail as it is: {outcome}"
    return found


def tried(target: Target, source: str, usual: Pace) -> Outcome:
    """What the target's tests say to this source of it, within some times what they usually take
    of the processor: how busy the machine is decides nothing."""
    return _run(target, source, usual)[0]


def _run(target: Target, source: str, usual: Pace) -> tuple[Outcome, Pace]:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
        child = os.fork()
        if child == 0:
            _test(target, source, usual, told)
        _, status, used = os.wait4(child, 0)
        outcome = _OUTCOMES[os.waitstatus_to_exitcode(status)]
        told.seek(0)
        return outcome, Pace(json.loads(told.read() or "{}"), used.ru_utime + used.ru_stime)


def _test(target: Target, source: str, usual: Pace, told: IO[str]) -> None:
    """The forked process: it never returns."""
    code = 70
    try:
        most = int(4 * usual.processor) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        signal.alarm(_MOST_SECONDS)
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        sys.meta_path.insert(0, Changed(target, source))
        code = pytest.main(arguments(target.tests), [Quickest(usual.seconds, told)])
    finally:
        os._exit(code)


def arguments(tests: Sequence[str]) -> list[str]:
    """What pytest is told: stop at the first failure, leave no traces, no local stack."""
    files = [str(TESTS / name) for name in tests]
    plugins = [word for name in _PLUGINS for word in ("-p", name)]
    # It would have rewritten the asserts of what is imported already; there are none to read.
    known = "ignore::pytest.PytestAssertRewriteWarning"
    return ["-x", "-q", "--noconftest", "-W", known, "-p", "no:cacheprovider", *plugins, *files]
