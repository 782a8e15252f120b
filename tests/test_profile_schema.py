"""The JSON Schema of profile.toml: what an editor knows is what the loader knows."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from erp_adapter.profile.toml_schema import toml_schema
from jsonschema import Draft7Validator

PROFILES = Path(__file__).parent.parent / "layers" / "profiles"
FILE = PROFILES / "profile.schema.json"


def test_the_file_is_what_the_keys_say(request: pytest.FixtureRequest) -> None:
    text = json.dumps(toml_schema(), indent=2) + "\n"
    if request.config.getoption("--update-golden"):
        FILE.write_text(text, "utf-8")
    assert FILE.read_text("utf-8") == text


@pytest.mark.parametrize(
    "file", sorted(PROFILES.glob("*/profile.toml")), ids=lambda f: f.parent.name
)
def test_the_bundled_profiles_fit(file: Path) -> None:
    Draft7Validator.check_schema(toml_schema())
    Draft7Validator(toml_schema()).validate(tomllib.loads(file.read_text("utf-8")))


@pytest.mark.parametrize(
    "manifest",
    [
        {"encodng": "utf-8"},
        {"encoding": "latin-5"},
        {"indent": 9},
        {"column": [{"nme": "x"}]},
        {"format": {"plcs": {}}},
        {"format": {"places": {"money": "2"}}},
        {"format": {"line_number": {"default": {"stp": 1}}}},
    ],
)
def test_what_the_loader_refuses_the_editor_marks(manifest: dict[str, Any]) -> None:
    assert not Draft7Validator(toml_schema()).is_valid(manifest)


def test_every_key_has_a_sentence() -> None:
    assert all("description" in key for key in toml_schema()["properties"].values())
