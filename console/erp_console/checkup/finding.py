"""What a look at one part of a deployment has found."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "fault"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line. `said` names what and where; `remedy` is what to do about it, never empty where
    the level is not ok."""

    check: str
    level: Level
    said: str
    remedy: str = ""


def ok(check: str, said: str) -> Finding:
    """It is as it should be."""
    return Finding(check=check, level="ok", said=said)


def warning(check: str, said: str, remedy: str) -> Finding:
    """It works, and should be otherwise."""
    return Finding(check=check, level="warning", said=said, remedy=remedy)


def fault(check: str, said: str, remedy: str) -> Finding:
    """Orders are not delivered, or not for long, or not once."""
    return Finding(check=check, level="fault", said=said, remedy=remedy)
