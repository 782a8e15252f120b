"""What happened, for people: one line each, with its time."""

from collections.abc import Callable
from dataclasses import dataclass, field

from simulation.fates import Fate


@dataclass
class Story:
    """Lines in the order of their happening."""

    clock: Callable[[], float]
    lines: list[tuple[float, str]] = field(default_factory=list)

    def tell(self, text: str) -> None:
        """Adds a line."""
        self.lines.append((self.clock(), text))

    def call(self, fate: Fate, what: str) -> None:
        """Adds a call and what became of it; "" is success."""
        self.lines.append((self.clock(), f"{fate.name}{': ' + what if what else ''}"))

    def text(self, last: int = 200) -> str:
        """The last lines."""
        shown = self.lines[-last:]
        return "\n".join(f"{at:10.3f}  {line}" for at, line in shown)
