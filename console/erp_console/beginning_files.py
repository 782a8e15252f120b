"""samconfig.toml and routes.toml with a deployment's own values; everything else stays as it is."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from erp_console.terminal import Hindered

_ROUTES = re.compile(r"^(#.*\n)*\[\[route\]\]", re.MULTILINE)


def samconfig_text(
    file: Path, *, env: str, stack: str, region: str | None, overrides: Mapping[str, str]
) -> str:
    """The file's text with the values in `[ENV.deploy.parameters]`. Raises Hindered."""
    text = _read(file)
    head = f"[{env}.deploy.parameters]\n"
    before, found, after = text.partition(head)
    if not found:
        raise Hindered(f"{file.name} has no table {head.strip()}: name another --config-env.")
    end = re.search(r"^\[", after, re.MULTILINE)
    table, rest = (after[: end.start()], after[end.start() :]) if end else (after, "")
    table = _set(table, "stack_name", f'"{stack}"')
    table = _set(table, "s3_prefix", f'"{stack}"')
    if region:
        table = _set(table, "region", f'"{region}"')
    for name, value in overrides.items():
        line = f'"{name}={value}"'
        table, replaced = re.subn(rf'"{name}=[^"]*"', line, table)
        if not replaced:
            table = table.replace(
                "parameter_overrides = [\n", f"parameter_overrides = [\n  {line},\n"
            )
    written = before + found + table + rest
    given = tomllib.loads(written)[env]["deploy"]["parameters"].get("parameter_overrides", [])
    if not all(f"{name}={value}" in given for name, value in overrides.items()):
        raise Hindered(f"{file.name} is not laid out as it came: set {', '.join(overrides)} there.")
    return written


def _set(table: str, key: str, value: str) -> str:
    changed, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", table, flags=re.MULTILINE)
    return changed if count else f"{key} = {value}\n{table}"


def routes_text(file: Path, *, profile: str, destination: str, start_from: datetime | date) -> str:
    """The file's text with this one route in place of its routes. Raises Hindered."""
    text = _read(file)
    first = _ROUTES.search(text)
    kept = text[: first.start()] if first else f"{text}\n"
    name = profile.partition("-")[0]
    return (
        f"{kept}# A route: one ERP. Orders placed before `start_from` are left to others.\n"
        f'[[route]]\nname = "{name}"\nprofile = "{profile}"\ndestination = "{destination}"\n'
        f"start_from = {start_from.isoformat()}\n"
    )


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig").replace("\r\n", "\n")
    except OSError:
        raise Hindered(f"{file} is missing: run it in a checkout of this project.") from None
