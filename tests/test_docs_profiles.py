"""docs/profiles.md is followed to the letter: its files are written, its commands are run."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from erp_console.cli import app
from typer.testing import CliRunner, Result

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "profiles.md").read_text("utf-8")
STEP = re.compile(r"(?:^`([\w.]+)`\n\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(erp-adapter [^`]+)`")
runner = CliRunner()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of one's own, as the guide's reader has it."""
    shutil.copytree(ROOT / "layers" / "profiles", tmp_path / "layers" / "profiles")
    shutil.copytree(ROOT / "events" / "orders", tmp_path / "events" / "orders")
    shutil.copy(ROOT / "template.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: str) -> Result:
    result = runner.invoke(app, shlex.split(command)[1:])
    assert result.exit_code == 0, (command, result.stdout, result.stderr)
    return result


def follow(checkout: Path) -> Iterator[tuple[str, Result]]:
    """Writes each file that the guide shows, runs each command in its blocks, in its order."""
    for name, _, text in STEP.findall(GUIDE):
        if name == "siparis.xml":
            (checkout / name).write_bytes(text.encode("windows-1254"))
        elif name:
            (checkout / "layers" / "profiles" / "my-erp" / name).write_text(text, "utf-8")
        for line in text.splitlines():
            if line.startswith("erp-adapter "):
                yield line, run(line)


def test_the_way_from_the_sample_to_a_tested_profile(checkout: Path) -> None:
    done = dict(follow(checkout))
    assert [command.split()[1] for command in done] == [
        "new-profile", "preview", "preview", "lint", "example", "example", "test-profile",
        "test-profile",
    ]  # fmt: skip
    shown = next(result for command, result in done.items() if command.endswith("my-erp"))
    sample = (checkout / "siparis.xml").read_text("windows-1254")
    # "The first prints your sample again, but for elements that are left out".
    assert shown.stdout_bytes.decode("windows-1254") == sample.replace(
        "  <VERGI_NO></VERGI_NO>\n", ""
    )
    assert list(done.values())[-1].stdout.count("same ") == 3


def test_new_profile_guesses_what_the_guide_goes_on_with(checkout: Path) -> None:
    steps = follow(checkout)
    _, made = next(steps)
    assert "ship_to.name" in made.stdout
    written = (checkout / "layers" / "profiles" / "my-erp" / "order.xml").read_text("utf-8")
    guide = next(text for name, _, text in STEP.findall(GUIDE) if name == "order.xml")
    edited = {line.strip() for line in guide.splitlines()}
    missing = [line.strip() for line in written.splitlines()[1:] if line.strip() not in edited]
    # What step 4 says: widths, and the ERP's own codes.
    assert [re.sub(r"\W.*", "", line[1:]) for line in missing] == ["NO", "UNVAN", "STOK"]


def test_each_command_that_is_named_works(checkout: Path) -> None:
    for _ in follow(checkout):
        pass
    values = {
        "ORDER.json": "events/orders/27.order.json", "SAMPLE": "siparis.xml", "EXAMPLE": "again",
        "FILE": "out.csv", "COPY": "layers/profiles/my-erp",
    }  # fmt: skip
    commands = list(dict.fromkeys(INLINE.findall(GUIDE)))
    assert len(commands) >= 8
    for command in commands:
        if "…" in command:
            continue
        name = {"new-profile": "another", "export": "csv-flat"}.get(command.split()[1], "my-erp")
        folder = "events/orders" if "--orders" in command else "layers/profiles/my-erp"
        for word, value in {**values, "NAME": name, "FOLDER": folder}.items():
            command = re.sub(rf"\b{re.escape(word)}\b(?!\.)", value, command)
        if command.split()[1] == "test-profile":
            command += " --update"
        run(command)


def test_the_windows_way_is_beside_the_other() -> None:
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \|$", GUIDE, re.MULTILINE)
    assert [row for row in rows if "venv" in row[0]] == [
        ("py -m venv .venv", "python3 -m venv .venv"),
        (r".venv\Scripts\pip install -e .", ".venv/bin/pip install -e ."),
        (r".venv\Scripts\activate", "source .venv/bin/activate"),
    ]
