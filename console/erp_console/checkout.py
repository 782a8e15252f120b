"""Where things are on this machine: the checkout, the profiles."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from erp_console.terminal import Hindered

PACKAGE_ROOT: Final = Path(__file__).resolve().parents[2]


class UnknownProfile(Hindered):
    """No profile of that name; the message names the nearest."""


def checkout() -> Path:
    """The checkout: the current folder if it is one, else where this package lies."""
    here = Path.cwd()
    return here if (here / "template.yaml").is_file() else PACKAGE_ROOT


def profiles_root() -> Path:
    """The folder of routes.toml and the profiles: the checkout's, else the installed one."""
    from erp_adapter.settings import profiles_folder

    folder = checkout() / "layers" / "profiles"
    return folder if (folder / "routes.toml").is_file() else profiles_folder()


def profiles_in(folder: Path) -> list[Path]:
    """The folders of the profiles in a folder, by name."""
    return sorted(file.parent for file in folder.glob("*/profile.toml"))


def profile_folder(name: str) -> Path:
    """The folder of a profile, by its name or by its path. Raises UnknownProfile."""
    if (Path(name) / "profile.toml").is_file():
        return Path(name).resolve()
    folder = profiles_root()
    known = [profile.name for profile in profiles_in(folder)]
    if name in known:
        return folder / name
    raise UnknownProfile(f"There is no profile {name}.{nearest(name, known)}")


def nearest(name: str, known: Sequence[str]) -> str:
    """The sentence that helps who mistyped a name."""
    near = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {near[0]}?" if near else f" There are: {', '.join(known) or 'none'}."
