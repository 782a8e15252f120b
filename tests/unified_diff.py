"""Applies a unified diff, exactly: patch(1) is not on every machine."""

import re
from pathlib import Path


def patch(folder: Path, text: str) -> None:
    """Changes the files of `folder`; a line that is not as the diff says is an AssertionError."""
    for part in re.split(r"^--- a/", text, flags=re.MULTILINE)[1:]:
        name, _, *hunks = re.split(r"\n\+\+\+ .*\n|^(?=@@)", part, flags=re.MULTILINE)
        file = folder / name.split("\n")[0].strip()
        lines = file.read_text("utf-8").split("\n")
        for hunk in reversed([hunk for hunk in hunks if hunk and hunk.startswith("@@")]):
            _apply(lines, hunk)
        file.write_text("\n".join(lines), "utf-8", newline="\n")


def _apply(lines: list[str], hunk: str) -> None:
    head, *body = hunk.rstrip("\n").split("\n")
    found = re.match(r"@@ -(\d+)", head)
    assert found, head
    start = int(found[1]) - 1
    old = [line[1:] for line in body if line[:1] in " -"]
    new = [line[1:] for line in body if line[:1] in " +"]
    assert lines[start : start + len(old)] == old, head
    lines[start : start + len(old)] = new


def changed_lines(text: str) -> int:
    """How many lines a diff takes away or adds."""
    return sum(bool(re.match(r"[+-](?![+-]{2} )", line)) for line in text.split("\n"))
