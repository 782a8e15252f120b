"""Every command in a block of README and docs is run, and so is each command's own example."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from types import SimpleNamespace
from typing import Any

import pytest
from aws_cli import aws
from erp_console import holding
from erp_console.cli import app
from examined import Examined
from operated import answer_every_invocation
from stack import ROOT, Stack
from test_docs_commands import FENCED, PAGES
from typer.testing import CliRunner
from world import STACK

COMMAND = Path(sys.executable).with_name("erp-adapter")
OF_THEIR_OWN = {
    "runbook.md": "test_runbook.py", "profiles.md": "test_docs_profiles.py",
    "pick-up.md": "test_docs_pick_up.py",
}  # fmt: skip
"""Pages whose commands a test follows step by step."""
ELSEWHERE = {
    "make run": "test_local_stack.py runs what it runs", "make test": "runs this",
    "erp-adapter run": "test_local_stack.py", "erp-adapter serve": "test_local_stack.py",
    "erp-adapter watch": "test_console_watch.py",
    "erp-adapter init": "test_console_init.py: it asks questions",
}  # fmt: skip
ON_FILES = {
    "preview", "lint", "profiles", "export", "new-profile", "example", "diff", "test-profile",
}  # fmt: skip
STAYS_UP = {"fake-omnitron", "workbench"}


def shown() -> dict[str, list[str]]:
    """Each command of the blocks, as words, by its line."""
    found = {}
    for page in PAGES:
        if page.name in OF_THEIR_OWN:
            continue
        for block in FENCED.findall(page.read_text("utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                words = line.strip().removeprefix(".venv/bin/")
                if re.match(r"(erp-adapter|make|aws|sam) ", words):
                    found[words] = shlex.split(words)
    return {line: w for line, w in found.items() if " ".join(w[:2]) not in ELSEWHERE}


SHOWN = shown()


def of(choose: Callable[[list[str]], bool]) -> list[str]:
    return [line for line, words in SHOWN.items() if choose(words)]


FILES = of(lambda words: words[1] in ON_FILES)
UP = of(lambda words: words[1] in STAYS_UP)
SENT = of(lambda words: words[1] == "send")
AWS = of(lambda words: words[0] == "aws")
DEPLOYED = [line for line in SHOWN if line not in {*FILES, *UP, *SENT, *AWS}]


def test_there_is_something_to_run_and_nothing_that_nobody_knows() -> None:
    assert {line.split()[0] for line in DEPLOYED} == {"erp-adapter"}
    assert len(SHOWN) >= 30
    for test in OF_THEIR_OWN.values():
        assert (ROOT / "tests" / test).is_file()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh clone, and a vendor's sample."""
    for folder in ("layers/profiles", "events/orders"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "template.yaml", tmp_path)
    sample = "layers/profiles/logo-sales-orders/examples/company-vkn.expected.xml"
    shutil.copy(ROOT / sample, tmp_path / "sample.xml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_commands_on_files(checkout: Path) -> None:
    # An example that was only just written has no expected document yet.
    for line in sorted(FILES, key=lambda line: SHOWN[line][1] == "example"):
        result = CliRunner().invoke(app, SHOWN[line][1:])
        # The two layouts of `diff`'s example differ: that is what it finds.
        assert result.exit_code == (1 if SHOWN[line][1] == "diff" else 0), (line, result.output)


def test_commands_on_a_deployment(examined: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    world = examined.world
    examined.configure("deliver", **os.environ)
    answer_every_invocation(monkeypatch)
    # `hold` waits until every worker knows it.
    clock = SimpleNamespace(time=time.time, sleep=lambda _: None)
    monkeypatch.setattr(holding, "time", clock)
    world.work(world.new_order(1001), world.new_order(1002))
    for line in DEPLOYED:
        words = [{"NUMBER": "T1002"}.get(word, word) for word in SHOWN[line][1:]]
        if "--stack" in words:
            del words[words.index("--stack") :][:2]
        result = examined.operated.run(*words)
        assert result.exit_code == 0, (line, result.output, result.exception)


def test_commands_of_the_aws_cli(examined: Examined) -> None:
    for line in AWS:
        words = line.replace("erp-adapter-dev", f"{STACK}-new")
        assert aws(examined.world.client, *shlex.split(words)[1:]), line


@pytest.mark.stack
@pytest.mark.parametrize("line", SENT)
def test_what_sends(line: str, stack: Stack) -> None:
    values = {"--url": stack.deployment.webhook_url, "--secret": stack.deployment.webhook_secret}
    words = SHOWN[line][1:]
    for option, value in values.items():
        words[words.index(option) + 1] = value
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output


@pytest.mark.skipif(sys.platform == "win32", reason="ends it as POSIX does")
@pytest.mark.parametrize("line", UP)
def test_what_stays_up_until_it_is_ended(line: str) -> None:
    """With a port of its own, and no browser."""
    words: list[str] = [re.sub(r"^8000$", "0", word) for word in SHOWN[line][1:]]
    started: dict[str, Any] = {"cwd": ROOT, "env": {"BROWSER": "true", "PATH": "/usr/bin:/bin"}}
    with subprocess.Popen([COMMAND, *words], stdout=subprocess.PIPE, **started) as process:
        assert process.stdout
        in_vain = Timer(60, process.kill)
        in_vain.start()
        assert process.stdout.readline().strip()
        process.terminate()
        assert process.wait(20) == 0
        in_vain.cancel()
