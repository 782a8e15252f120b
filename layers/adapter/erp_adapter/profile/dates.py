"""How a profile writes dates and times: strftime patterns, in the shop's local time.

ERP dates are local: 2017-01-30T21:30Z is 31 January in Istanbul. Only directives that are the same
on every machine are accepted (`%Y` has fewer digits on some systems, `%b` depends on the locale).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

DIRECTIVES: Final[dict[str, Callable[[datetime], str]]] = {
    "Y": lambda at: f"{at.year:04d}",
    "y": lambda at: f"{at.year % 100:02d}",
    "m": lambda at: f"{at.month:02d}",
    "d": lambda at: f"{at.day:02d}",
    "j": lambda at: f"{at.timetuple().tm_yday:03d}",
    "H": lambda at: f"{at.hour:02d}",
    "M": lambda at: f"{at.minute:02d}",
    "S": lambda at: f"{at.second:02d}",
    "f": lambda at: f"{at.microsecond:06d}",
    "z": lambda at: _offset(at),
    "%": lambda at: "%",
}
DEFAULTS: Final = {"date": "%Y-%m-%d", "time": "%H:%M:%S", "datetime": "%Y-%m-%dT%H:%M:%S"}
DEFAULT_ZONE: Final = "Europe/Istanbul"


@dataclass(frozen=True, slots=True)
class MomentFormat:
    """A pattern in a time zone; called with a moment, it writes it."""

    pattern: str
    zone: tzinfo
    parts: tuple[str | Callable[[datetime], str], ...]

    @property
    def texts(self) -> list[str]:
        """What stands in it beside digits and signs."""
        return [part for part in self.parts if isinstance(part, str)]

    def __call__(self, moment: datetime) -> str:
        """The moment's text."""
        local = moment.astimezone(self.zone)
        return "".join([part if isinstance(part, str) else part(local) for part in self.parts])


def writer(pattern: str, zone: tzinfo) -> MomentFormat:
    """What writes a moment; `unknown_directives(pattern)` must be empty."""
    return MomentFormat(pattern, zone, tuple(_parts(pattern)))


def unknown_directives(pattern: str) -> list[str]:
    """The directives of a pattern that no machine-independent meaning is known for."""
    found, at = [], pattern.find("%")
    while at >= 0:
        letter = pattern[at + 1 : at + 2]
        if letter not in DIRECTIVES or not letter:
            found.append(f"%{letter}")
        at = pattern.find("%", at + 2)
    return found


def _parts(pattern: str) -> list[str | Callable[[datetime], str]]:
    first, *rest = pattern.replace("%%", "\0").split("%")
    parts: list[str | Callable[[datetime], str]] = [first]
    for piece in rest:
        parts += [DIRECTIVES[piece[0]], piece[1:]]
    return [part.replace("\0", "%") if isinstance(part, str) else part for part in parts]


def _offset(moment: datetime) -> str:
    offset = moment.utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset else 0
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
