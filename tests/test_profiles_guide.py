"""docs/profiles.md: its example works as written, and it knows every word of the language."""

import re
from pathlib import Path

import pytest
from erp_adapter.profile import InvalidProfile, keys, load_profile
from erp_adapter.profile.functions import FUNCTIONS
from test_profiles_money import CODES

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "profiles.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", GUIDE, re.DOTALL)


def block(kind: str, containing: str) -> str:
    (found,) = [text for name, text in BLOCKS if name == kind and containing in text]
    return str(found)


@pytest.fixture
def my_erp(tmp_path: Path) -> Path:
    """The profile of the guide, written as the guide says."""
    folder = tmp_path / "my-erp"
    folder.mkdir()
    (folder / "order.xml").write_text(block("xml", "xmlns:o"), "utf-8")
    (folder / "profile.toml").write_text(block("toml", "document"), "utf-8")
    return folder


def test_the_sample_has_the_same_elements_as_the_profile() -> None:
    sample = set(re.findall(r"<(\w+)", block("xml", "<?xml")))
    assert sample == set(re.findall(r"<(\w+)", block("xml", "xmlns:o")))


def test_a_mistake_is_said_as_the_guide_shows_it(my_erp: Path) -> None:
    file = my_erp / "order.xml"
    text = file.read_text("utf-8").replace("buyer.name", "buyer.nam").replace("'unit'", "'unt'")
    file.write_text(text, "utf-8")
    with pytest.raises(InvalidProfile) as raised:
        load_profile(my_erp)
    assert "\n".join(map(str, raised.value.problems)) + "\n" == block("", "Did you mean")


def test_every_function_is_explained() -> None:
    assert all(f"`{name}(" in GUIDE or f" {name}(" in GUIDE for name in FUNCTIONS)


@pytest.mark.parametrize("table", ["TOP", "FORMAT", "NUMBER", "LINE_NUMBER", "CHECK", "COLUMN"])
def test_every_key_is_explained(table: str) -> None:
    missing = [key for key in getattr(keys, table) if not re.search(rf"\b{key}\b", GUIDE)]
    assert missing == []


def test_every_word_is_explained() -> None:
    words = {word for key in keys.TOP.values() for word in key.words if word.isalpha()}
    assert [word for word in sorted(words) if word not in GUIDE] == []


def test_every_code_is_explained() -> None:
    assert all(f"| {code} |" in GUIDE for code in CODES | {"TOTALS_MISMATCH"})


def test_every_bundled_profile_is_listed_and_has_a_readme() -> None:
    for file in sorted((ROOT / "layers" / "profiles").glob("*/profile.toml")):
        readme = file.with_name("README.md").read_text("utf-8")
        assert f"[{file.parent.name}](" in GUIDE
        for heading in (
            "## Who takes it",
            "## What to fill in",
            "## What is lost",
            "## Unverified",
        ):
            assert heading in readme, (file.parent.name, heading)
