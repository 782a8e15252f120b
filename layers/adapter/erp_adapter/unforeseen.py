"""What may be said of an exception that nobody foresaw: its kind, and the places it came through.

Never its own words, nor those of its cause: they may quote the order, its secrets included.
"""

from traceback import walk_tb
from typing import Any


def described(fault: BaseException) -> dict[str, Any]:
    """The fields of a log line: kind, and module:line from the handler inwards."""
    frames = walk_tb(fault.__traceback__)
    where = [f"{frame.f_globals.get('__name__')}:{line}" for frame, line in frames]
    return {"kind": type(fault).__name__, "where": where}
