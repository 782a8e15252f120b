"""What is wrong with one profile: what its loader says, then what its examples say."""

from dataclasses import replace
from pathlib import Path

from erp_adapter.errors import AdapterError, Rejected
from erp_adapter.profile import InvalidProfile, Problem, Profile, load_profile

from erp_console.profile_examples import Example, examples_of
from erp_console.terminal import Hindered


def profile_problems(folder: Path) -> list[Problem]:
    """All problems, with files as one would open them from the current folder."""
    try:
        profile = load_profile(folder)
    except InvalidProfile as invalid:
        return [replace(found, file=shown(folder / found.file)) for found in invalid.problems]
    found = [_example_problem(profile, example) for example in examples_of(folder)]
    return [problem for problem in found if problem]


def shown(file: Path) -> str:
    """A file's path below the current folder, else the whole."""
    whole, here = file.resolve(), Path.cwd().resolve()
    return str(whole.relative_to(here) if whole.is_relative_to(here) else whole)


def _example_problem(profile: Profile, example: Example) -> Problem | None:
    try:
        example.document(profile)
    except Rejected as rejection:
        place = f" ({rejection.path})" if rejection.path else ""
        message = f"{rejection.code}: {rejection.message}{place}"
    except (AdapterError, Hindered) as error:
        message = str(error)
    else:
        return None
    return Problem(shown(example.file), 1, 1, message)
