"""What is wrong between a route and its profile: the folder, and the settings that it overrides."""

from pathlib import Path
from typing import Any

from erp_adapter.errors import Misconfigured
from erp_adapter.profile import InvalidProfile, Problem, load_profile
from erp_adapter.profile.files import read_tables
from erp_adapter.profile.problems import Problems
from erp_adapter.profile.settings import read_settings
from erp_adapter.profile.tables import Table
from erp_adapter.routes import check_profile

from erp_console.checkout import nearest, profiles_in

Keys = tuple[str | int, ...]


def check_profiles(top: Table, folder: Path, route: dict[str, Any], index: int) -> None:
    """Reports unknown profiles, and settings that their profile does not take."""
    path, given = ("route", index), route.get("settings", {})
    if not isinstance(given, dict):
        return
    _check(top, folder, (route.get("profile"), given), (*path, "profile"), (*path, "settings"))
    several = route.get("profiles")
    for name in several if isinstance(several, list) else ():
        own = given.get(name, {}) if isinstance(name, str) else {}
        if isinstance(own, dict):
            _check(top, folder, (name, own), (*path, "profiles"), (*path, "settings", name))


def _check(
    top: Table, folder: Path, used: tuple[Any, dict[str, Any]], named: Keys, path: Keys
) -> None:
    name, given = used
    if not isinstance(name, str):
        return
    profile = folder / name
    if not (profile / "profile.toml").is_file():
        known = [each.name for each in profiles_in(folder)]
        top.problems.add(top.place(*named), f"There is no profile {name}.{nearest(name, known)}")
        return
    _check_use(top, profile, named)
    sound = {}
    for key, value in given.items():
        fault = _fault(profile, {key: value})
        if fault:
            top.problems.add(top.place(*path, key), fault.message)
        else:
            sound[key] = value
    for found in _only_with(profile, sound):
        message = f"With these settings {name} can't be used: {found}"
        top.problems.add(top.place(*path), message)


def _check_use(top: Table, profile: Path, named: Keys) -> None:
    table, route = read_tables(profile, Problems()), top.values["route"][named[1]]
    cancels = table.values.get("cancels") if table is not None else None
    try:
        check_profile(
            profile.name, cancels, on=route.get("on", "order"), items=route.get("items", True)
        )
    except Misconfigured as error:
        top.problems.add(top.place(*named), error.message)


def _fault(profile: Path, settings: dict[str, Any]) -> Problem | None:
    table, problems = read_tables(profile, Problems()), Problems()
    if table is not None:
        read_settings(table.table("settings"), settings, problems)
    return next((found for found in problems.found if found.file.startswith("[route")), None)


def _only_with(profile: Path, settings: dict[str, Any]) -> list[Problem]:
    """The problems that the profile alone does not have."""
    if not settings:
        return []
    alone = _problems(profile, {})
    return [found for found in _problems(profile, settings) if found not in alone]


def _problems(profile: Path, settings: dict[str, Any]) -> tuple[Problem, ...]:
    try:
        load_profile(profile, settings=settings)
    except InvalidProfile as invalid:
        return invalid.problems
    return ()
