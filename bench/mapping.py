"""What a profile costs: its compiled mapping against a hand-written f-string of the same bytes.

`make bench`, or `python bench/mapping.py`: both sides in turns in one process, medians of the
rounds. `--check` compares the bytes and measures nothing. The last column is the whole `render`,
which also reads the document back and adds it up; nobody would write that by hand.
"""

import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import by_hand
from erp_adapter.order import Order
from erp_adapter.profile import Profile, load_profile
from orders_of import ROOT, order_of
from rounds import cpu, interleaved

ROUNDS: Final = 31
LINES: Final = (10, 100)
_SECONDS: Final = 0.02
"""Of each side in a round."""


@dataclass(frozen=True)
class Case:
    """A profile, and what does its work by hand."""

    name: str
    profile: Profile
    hand: Callable[[Order], bytes]

    def compiled(self, order: Order) -> bytes:
        """The mapping alone: `render` less the read-back, so that both sides do the same."""
        return self.profile._writing.content([order])

    def check(self, order: Order) -> None:
        """Both sides write the same, which is what the adapter sends."""
        found = self.compiled(order)
        if not found == self.hand(order) == self.profile.render(order).content:
            sys.exit(f"{self.name}: the two sides differ, there is nothing to compare.")


def cases() -> list[Case]:
    """XML as UBL wants it, and the bundled CSV with one row a line."""
    return [
        Case("ubl-like", load_profile(ROOT / "bench" / "ubl-like"), by_hand.xml),
        Case("csv-flat", load_profile(ROOT / "layers" / "profiles" / "csv-flat"), by_hand.csv),
    ]


def main() -> None:
    """Prints a line for every profile and length."""
    check_only = "--check" in sys.argv[1:]
    if not check_only:
        print(
            f"{ROUNDS} interleaved rounds, medians; spread: the middle half of the rounds' ratios"
        )
        print("profile   lines  compiled us  by hand us  ratio  spread       whole render us")
    for case in cases():
        for lines in LINES:
            order = order_of(lines)
            case.check(order)
            print(f"{case.name}: {lines} lines: equal" if check_only else _measured(case, order))


def _measured(case: Case, order: Order) -> str:
    sides = {"compiled": case.compiled, "hand": case.hand, "whole": case.profile.render}
    timers = {name: cpu(partial(side, order)) for name, side in sides.items()}
    found = interleaved(timers, ROUNDS, _SECONDS)
    compiled, hand, whole = map(statistics.median, found.values())
    ratios = [a / b for a, b in zip(found["compiled"], found["hand"], strict=True)]
    low, _, high = statistics.quantiles(ratios, n=4)
    return (
        f"{case.name:9} {len(order.lines):5}  {compiled:11.1f}  {hand:10.1f}  "
        f"{compiled / hand:5.2f}  {low:.2f}..{high:.2f}  {whole:15.1f}"
    )


if __name__ == "__main__":
    main()
