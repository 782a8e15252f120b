"""What `erp-adapter watch` shows on a terminal: counters, and the last happenings, a line each."""

from collections import Counter, deque
from datetime import datetime
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from erp_console.happenings import COUNTED, Happening, counted, happenings
from erp_console.log_lines import Line

_KEPT: Final = 200
_OTHER_LINES: Final = 5
"""What is shown beside the happenings."""
_STYLES: Final = {
    "delivered": "green", "picked-up": "green", "rejected": "red", "missed": "red", "fault": "red",
    "refused": "yellow", "retried": "yellow", "parked": "yellow", "changed": "yellow",
    "unchanged": "dim",
}  # fmt: skip


class View:
    """A stack at a glance, from a moment on."""

    def __init__(self, stack: str, since: datetime) -> None:
        self._title = f"{stack} since {since.astimezone():%d %B %H:%M}. Ctrl-C ends it."
        self._counts = Counter[str]()
        self._last = deque[Happening](maxlen=_KEPT)
        self.trouble = ""

    def take(self, line: Line) -> None:
        """One more line of the log."""
        self._counts += counted(line)
        self._last.extend(happenings(line))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Rich's protocol: the whole, as high as the terminal."""
        yield Text(self._title, style="bold")
        yield Text("  ").join(self._counters())
        yield Text()
        rows = Table(box=None, pad_edge=False, show_header=False, expand=True)
        for _ in range(4):
            rows.add_column(no_wrap=True)
        rows.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        room = max(console.size.height - _OTHER_LINES, 1)
        # A line that came late stands where it belongs.
        for each in sorted(self._last, key=lambda happening: happening.at)[-room:]:
            time, what, *rest = cells(each)
            rows.add_row(time, Text(what, style=_STYLES.get(each.what, "")), *map(Text, rest))
        yield rows
        if self.trouble:
            yield Text(self.trouble, style="red")

    def _counters(self) -> list[Text]:
        return [
            Text(f"{name} {self._counts[name]}", style="bold" if self._counts[name] else "dim")
            for name in COUNTED
        ]


def cells(each: Happening) -> tuple[str, str, str, str, str]:
    """Time, what, order and route, code, sentence: letters that can be printed only."""
    number = f" ({each.number})" if each.number and each.number != each.order else ""
    whose = " ".join(filter(None, [f"{each.order or ''}{number}", each.route]))
    code, sentence = each.code or each.reason or "", each.sentence or ""
    time = f"{datetime.fromtimestamp(each.at / 1000).astimezone():%H:%M:%S}"
    return time, each.what, _printable(whose), _printable(code), _printable(sentence)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in text)
