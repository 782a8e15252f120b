"""Same order, same profile, same bytes: on every machine, in every process, in every time zone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from erp_adapter.profile import load_profile
from orders import code_document
from profile_files import balanced, write_xml
from test_profiles_golden import EXAMPLES, PROFILES, render

NAMES = sorted(file.parent.name for file in PROFILES.glob("*/profile.toml"))
PROGRAM = """
import json, sys
from test_profiles_golden import EXAMPLES, render
documents = [render(file) for file in EXAMPLES]
print(json.dumps([[d.name, d.sha256, d.version, d.content_type] for d in documents]))
"""


def in_a_process(**environment: str) -> Any:
    """What the examples become in a process of its own."""
    here = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, check=False, text=True, cwd=here,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def here() -> list[list[str]]:
    made = [render(file) for file in EXAMPLES]
    return [[d.name, d.sha256, d.version, d.content_type] for d in made]


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8"},
    ],
    ids=["seed 1, UTC, C", "seed 4242, Kiritimati, Turkish"],
)
def test_processes_agree(environment: dict[str, str]) -> None:
    assert in_a_process(**environment) == here()


@pytest.mark.parametrize("name", NAMES)
def test_line_ends_of_the_checkout_do_not_matter(name: str, tmp_path: Path) -> None:
    copy = tmp_path / name
    shutil.copytree(PROFILES / name, copy)
    for file in (*copy.glob("*.toml"), *copy.glob("order.*")):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    windows, own = load_profile(copy), load_profile(PROFILES / name)
    assert windows.version == own.version
    order = balanced(mapping=[code_document("1-R-2-7")])
    assert windows.render(order) == own.render(order)


def test_examples_readme_and_hidden_files_are_no_part_of_a_version(tmp_path: Path) -> None:
    folder = write_xml(tmp_path / "own", "<B>{number}</B>")
    version = load_profile(folder).version
    (folder / "README.md").write_text("Read me.", "utf-8")
    (folder / ".DS_Store").write_bytes(b"\x00")
    (folder / "examples").mkdir()
    (folder / "examples" / "a.order.json").write_text("{}", "utf-8")
    assert load_profile(folder).version == version
    (folder / "order.xml").write_text("<A/>", "utf-8")
    assert load_profile(folder).version != version


def test_settings_are_part_of_a_version(tmp_path: Path) -> None:
    toml = '[settings]\ncompany = "01"\nother = 5\n'
    folder = write_xml(tmp_path / "own", "<B>{settings.company}</B>", toml)
    versions = {
        load_profile(folder, settings=settings).version
        for settings in ({}, {"company": "02"}, {"other": 6}, {"other": 6, "company": "02"})
    }
    assert len(versions) == 4
    assert (
        load_profile(folder, settings={"other": 6, "company": "02"}).version
        == load_profile(folder, settings={"company": "02", "other": 6}).version
    )


def test_a_routes_settings_win(tmp_path: Path) -> None:
    toml = '[settings]\ncompany = "01"\n'
    folder = write_xml(tmp_path, "<B>{settings.company}</B>", toml)
    assert b"<B>01</B>" in load_profile(folder).render(balanced()).content
    other = load_profile(folder, settings={"company": "02"})
    assert b"<B>02</B>" in other.render(balanced()).content


def test_importing_profiles_brings_no_client_and_no_lxml() -> None:
    program = (
        "import sys, erp_adapter.profile as p, pathlib\n"
        f"p.load_profile(pathlib.Path({str(PROFILES / 'csv-flat')!r}))\n"
        "print([m for m in ('boto3', 'botocore', 'httpx', 'lxml') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_machine_without_time_zones_says_so() -> None:
    # AWS's minimal images have none, nor has Windows: the package tzdata brings them.
    program = (
        "import sys, pathlib; sys.modules['tzdata'] = None\n"
        "from erp_adapter.profile import InvalidProfile, load_profile\n"
        "try:\n"
        f"    load_profile(pathlib.Path({str(PROFILES / 'csv-flat')!r}))\n"
        "except InvalidProfile as invalid:\n"
        "    print(invalid.problems[0].message)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONTZPATH": ""},
    )  # fmt: skip
    assert done.stdout == "This machine knows no time zones: install the package tzdata.\n"


@pytest.mark.parametrize("name", NAMES)
def test_what_a_document_says_of_itself(name: str) -> None:
    order = balanced(mapping=[code_document("1-R-2-7")])
    document = load_profile(PROFILES / name).render(order)
    assert document.profile == name
    assert document.name.startswith("T-1001-1001.")
    assert len(document.version) == len(document.sha256) == 64
    charset = document.content_type.rpartition("charset=")[2]
    assert document.content.decode(charset)
