"""What the page asks, and what it is answered: one method for each question."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from erp_console.terminal import Hindered
from erp_console.workbench.drafts import Draft
from erp_console.workbench.many import matrix, unknown_codes
from erp_console.workbench.orders import Orders
from erp_console.workbench.structure import compared
from erp_console.workbench.viewing import View

Answer = dict[str, Any]
MOST: Final = 500
"""Orders that are looked at together."""


class Asked(BaseModel):
    """What a question says; nothing else is accepted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AskedProfile(Asked):
    """Which profile."""

    profile: str


class AskedOrder(Asked):
    """Which order of the shop: its number, or pk:PK."""

    number: str


class AskedLast(Asked):
    """How many orders of the shop."""

    last: int


class AskedDraft(AskedProfile):
    """A profile with the page's texts in place of its files'."""

    files: dict[str, str]


class AskedView(AskedDraft):
    """One order through a draft."""

    order: str


class AskedMany(AskedDraft):
    """The last orders through the draft and the other profiles."""

    last: int


class AskedSample(AskedView):
    """One order's document beside a sample file's bytes, in base64."""

    name: str
    sample: str


class AskedSave(AskedDraft):
    """A draft to be kept; `versions` are those of the files that it was made of."""

    versions: dict[str, str]


class Bench:
    """The orders, the profiles' folders by name, and `work` for the drafts."""

    def __init__(self, orders: Orders, profiles: Mapping[str, Path], work: Path) -> None:
        self.orders, self.profiles, self.work = orders, profiles, work
        self.chosen = next(iter(profiles))
        self._lock = Lock()

    def start(self) -> Answer:
        """What there is to choose from."""
        return {
            "profiles": sorted(self.profiles),
            "profile": self.chosen,
            **self.orders.described(),
        }

    def profile(self, asked: AskedProfile) -> Answer:
        """A profile's files as they are on disk."""
        return {"files": [asdict(file) for file in self._draft(asked.profile).files()]}

    def fetch(self, asked: AskedOrder) -> Answer:
        """An order of the shop, as it is now."""
        return {"order": self.orders.fetch(asked.number), **self.orders.described()}

    def fetch_last(self, asked: AskedLast) -> Answer:
        """The orders that the deployment has dealt with last, as the shop has them now."""
        return {"read": self.orders.fetch_last(min(asked.last, MOST)), **self.orders.described()}

    def view(self, asked: AskedView) -> Answer:
        """One order through a draft."""
        draft, source = self._draft(asked.profile), self.orders.source(asked.order)
        with self._lock:
            return View(draft.put(asked.files), draft.routes, source).shown()

    def many(self, asked: AskedMany) -> Answer:
        """What becomes of the last orders, in the draft and in the other profiles as saved."""
        draft, names = self._draft(asked.profile), self.orders.last(min(asked.last, MOST))
        orders = [(name, self.orders.source(name)) for name in names]
        with self._lock:
            folders = {asked.profile: draft.put(asked.files)}
            folders |= {n: f for n, f in self.profiles.items() if n != asked.profile}
            return {
                "unknown": unknown_codes(orders, draft.copy, draft.routes),
                **matrix(orders, folders, draft.routes),
            }

    def sample(self, asked: AskedSample) -> Answer:
        """Our document beside the vendor's."""
        draft, source = self._draft(asked.profile), self.orders.source(asked.order)
        with self._lock:
            kind, ours = View(draft.put(asked.files), draft.routes, source).document()
        return {"rows": compared(asked.name, b64decode(asked.sample), ours, kind)}

    def save(self, asked: AskedSave) -> Answer:
        """Writes the draft into its profile's folder."""
        files = self._draft(asked.profile).save(asked.files, asked.versions)
        return {"files": [asdict(file) for file in files]}

    def _draft(self, name: str) -> Draft:
        if name not in self.profiles:
            raise Hindered("There is no such profile: reload the page.")
        return Draft(self.profiles[name], self.work)
