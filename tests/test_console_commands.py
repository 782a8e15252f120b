"""What every command keeps to, walked over all of them: an example, --json, one way of naming a
deployment, no colours off a terminal, nothing that only POSIX has; and every error's remedy."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from erp_console.cli import app
from typer.testing import CliRunner

ROOT = Path(__file__).parents[1]
CONSOLE = ROOT / "console" / "erp_console"
ADAPTER = ROOT / "layers" / "adapter" / "erp_adapter"
GROUP: Any = typer.main.get_command(app)
COMMANDS: dict[str, Any] = dict(GROUP.commands)
DEPLOYMENT = ("--stack", "--profile", "--region", "--local")
POSIX_ONLY = {"fcntl", "grp", "pty", "pwd", "readline", "resource", "termios", "tty", "curses"}


def options(command: Any) -> dict[str, Any]:
    """A command's options by name."""
    return {name: each for each in command.params for name in each.opts}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_has_an_example_of_itself(name: str) -> None:
    assert f"Example: erp-adapter {name}" in " ".join(COMMANDS[name].help.split())
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0
    assert "\x1b[" not in shown.output


def test_each_command_speaks_json() -> None:
    assert [n for n, c in COMMANDS.items() if "--json" not in options(c)] == []


def test_a_deployment_is_named_in_one_way() -> None:
    """Where --profile is the ERP's, AWS_PROFILE names AWS's, as for every AWS tool."""
    words = options(COMMANDS["status"])
    naming = {name: options(c) for name, c in COMMANDS.items() if "--stack" in options(c)}
    assert len(naming) >= 10
    for name, given in naming.items():
        for option in DEPLOYMENT:
            if option in given and given[option].help == words[option].help:
                continue
            assert option in ("--profile", "--region"), (name, option)
            assert "AWS_PROFILE" in COMMANDS[name].help, (name, option)


def test_the_shell_completes() -> None:
    assert {"--install-completion", "--show-completion"} <= set(options(GROUP))


def test_nothing_is_imported_that_only_posix_has() -> None:
    found = [
        f"{file.name}: {name}"
        for file in (*CONSOLE.rglob("*.py"), *ADAPTER.rglob("*.py"))
        for node in ast.parse(file.read_text("utf-8")).body
        for name in _imported(node)
        if name.partition(".")[0] in POSIX_ONLY
    ]
    assert found == []


def _imported(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_commands_on_files_ask_nobody_who_you_are(tmp_path: Path) -> None:
    """A machine without an AWS configuration, and without the modules that only POSIX has."""
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys\nfor name in {sorted(POSIX_ONLY)}:\n    sys.modules[name] = None\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": str(tmp_path), "NO_COLOR": "1"}
    order = str(ROOT / "events" / "orders" / "27.order.json")
    for arguments in (["preview", order, "--profile", "csv-flat"], ["profiles", "--json"]):
        done = subprocess.run(
            [sys.executable, "-c", "from erp_console.cli import main; main()", *arguments],
            cwd=ROOT, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


# --------------------------------------------------------------------------- every error

RAISED = {
    "Hindered", "Failed", "Misconfigured", "NoStack", "NotReached", "NoBuild", "UnknownProfile",
    "PortTaken", "NoSuchFolder", "fail",
}  # fmt: skip
MENDS = re.compile(
    r"\b(add|allow|ask|change|check|choose|delete|deploy|did you mean|export|give|install|is it|"
    r"it takes|keep|leave|let|look|make|mend|move|must|reload|name|needs?|put|raise|remove|rename|"
    r"replace|restore|run|save|say|"
    r"see|set|sign in|there are|try|turn|update|use|wait|write|at least|at most)\b|--\w|`",
    re.IGNORECASE,
)
"""What a remedy is made of: what to do, or the rule that says it."""


def messages() -> Iterator[tuple[str, str]]:
    """Every sentence that an error is raised with, with its place; what is computed is left out."""
    for file in (*CONSOLE.rglob("*.py"), *ADAPTER.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and _name(node.func) in RAISED:
                text, whole = _text(node.args[0])
                if whole and re.search("[a-z]{3}", text):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", text


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def _text(node: ast.expr) -> tuple[str, bool]:
    """The words of a text, and whether they end in its own words: not in a computed sentence."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value, True
    if isinstance(node, ast.JoinedStr):
        parts = [each.value if isinstance(each, ast.Constant) else "…" for each in node.values]
        return "".join(map(str, parts)), isinstance(node.values[-1], ast.Constant)
    return "", False


def test_every_error_says_how_to_mend_it() -> None:
    found = list(messages())
    assert len(found) >= 100
    assert [(place, text) for place, text in found if not MENDS.search(text)] == []
