"""README and docs name only commands, options and make targets that there are."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from erp_console.cli import app

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
OPTIONS = {
    name: {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    | {"--help"}
    for name, command in COMMANDS.items()
}
MAKE = "".join(file.read_text("utf-8") for file in (ROOT / "Makefile", *ROOT.glob("*.mk")))
TARGETS = set(
    re.findall(r"[a-z][a-z-]*", " ".join(re.findall(r"^([a-z -]+):", MAKE, re.MULTILINE)))
)
CODE = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^ *```[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def pieces(text: str) -> Iterator[str]:
    """What stands in code: each line of a block, each span."""
    for block in FENCED.findall(text):
        yield from (line.strip() for line in block.replace("\\\n", " ").splitlines())
    yield from CODE.findall(FENCED.sub("", text))


def mistakes(text: str) -> list[str]:
    found = []
    for piece in pieces(text):
        words = piece.removeprefix(".venv/bin/").split()
        if words[:1] == ["make"] and len(words) > 1:
            found += [piece for word in words[1:] if word.islower() and word not in TARGETS]
            continue
        named = words[:1] == ["erp-adapter"]
        words = words[named:]
        if not words or words[0] not in COMMANDS:
            found += [piece] if named and words and words[0].islower() else []
            continue
        given = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
        found += [piece for option in given if option not in OPTIONS[words[0]]]
    return found


@pytest.mark.parametrize("page", [page for page in PAGES if page.is_file()], ids=lambda p: p.name)
def test_what_a_page_names_is_there(page: Path) -> None:
    assert mistakes(page.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "text",
    ["`make no`", "`erp-adapter no`", "`status --no`", "```\n.venv/bin/erp-adapter run --x\n```"],
)
def test_what_is_not_there_is_found(text: str) -> None:
    assert len(mistakes(text)) == 1
