"""samconfig.toml: what `sam deploy` will be told, one table a deployment."""

import tomllib
from collections.abc import Mapping
from typing import Any

from erp_console.checkout import checkout


def stack_of_dev() -> str | None:
    """The stack that `sam deploy --config-env dev` makes."""
    return next((name for env, name, _ in _deployments() if env == "dev"), None)


def overrides_of(stack: str) -> Mapping[str, str] | None:
    """The template's parameters for a stack; None where no deployment has its name."""
    for _, name, overrides in _deployments():
        if name == stack:
            return overrides
    return None


def _deployments() -> list[tuple[str, str, Mapping[str, str]]]:
    file = checkout() / "samconfig.toml"
    tables = tomllib.loads(file.read_text("utf-8-sig")) if file.is_file() else {}
    found = []
    for env, table in tables.items():
        parameters = _table(_table(_table(table).get("deploy")).get("parameters"))
        name = parameters.get("stack_name")
        if isinstance(name, str):
            found.append((env, name, _overrides(parameters.get("parameter_overrides", []))))
    return found


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _overrides(given: object) -> Mapping[str, str]:
    """`["Name=value"]`, or the same in one text, as sam takes both."""
    words = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
    pairs = [str(word).partition("=") for word in words]
    return {name: value.strip('"') for name, _, value in pairs}
