"""The orders that the page can choose from: files, and what was asked of the shop."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from erp_console.order_files import SUFFIX, Source, some_order_files, source_of
from erp_console.target import Target
from erp_console.terminal import Hindered


@dataclass
class Orders:
    """By name; a file's name is its own, one of the shop is its number or pk."""

    files: dict[str, Path]
    target: Target | None
    fetched: dict[str, Source] = field(default_factory=dict)

    @classmethod
    def at(cls, place: Path, target: Target | None) -> "Orders":
        """Of a file or a folder of orders. Raises Hindered."""
        if not place.exists():
            raise Hindered(f"{place} does not exist: check the path.")
        files = some_order_files(place) if place.is_dir() else [place]
        return cls({file.name.removesuffix(SUFFIX): file for file in files}, target)

    @property
    def names(self) -> list[str]:
        """All, those of the shop first."""
        return [*reversed(self.fetched), *self.files]

    def last(self, count: int) -> list[str]:
        """The newest of the shop's, then the last files by name."""
        return [*reversed(self.fetched), *reversed(self.files)][:count]

    def source(self, name: str) -> Source:
        """One order's three answers. Raises Hindered."""
        if name in self.fetched:
            return self.fetched[name]
        if name not in self.files:
            raise Hindered("There is no such order: reload the page.")
        return source_of(self.files[name])

    def fetch(self, number: str) -> str:
        """Reads an order from the shop; its name from now on. Raises Hindered, Failed."""
        target = self._target()
        from erp_console.aws_access import aws_told
        from erp_console.deployed import describe

        with aws_told():
            return self._keep(number, describe(target).shop.named(number))

    def fetch_last(self, count: int) -> int:
        """Reads the orders that the deployment has dealt with last; how many the shop gave."""
        target = self._target()
        from erp_console.last_orders import last_orders

        found = last_orders(target, count)
        given = [(pk, source) for pk, source in found if isinstance(source, Source)]
        for pk, source in reversed(given):
            self._keep(pk, source)
        return len(given)

    def _target(self) -> Target:
        if self.target is None:
            raise Hindered("No shop: start the workbench with --stack or --local.")
        return self.target

    def _keep(self, called: str, source: Source) -> str:
        name = f"shop {called}"
        self.fetched.pop(name, None)
        self.fetched[name] = source
        return name

    def described(self) -> dict[str, Any]:
        """For the page."""
        return {"orders": self.names, "shop": self.target is not None}
