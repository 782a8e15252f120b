"""What became of an order: one line a route, and what is to happen next."""

from dataclasses import dataclass
from typing import Any

from erp_adapter.errors import AdapterError
from erp_adapter.ledger import State


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteOutcome:
    """One route's end: the ledger's state and reason, the document's place, the code if any."""

    route: str
    state: State
    reason: str | None = None
    document: str | None = None
    code: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For answers and logs: no personal data is in it."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a notification led to.

    `errors` are what must be tried again (Unavailable) or mended first (Misconfigured): as long
    as there is one, the notification is not done, unless it is `parked`: the ledger holds it as
    waiting, and reconcile brings it back. `covered`: an earlier fetch had answered it.
    """

    pk: int | None
    number: str | None
    routes: tuple[RouteOutcome, ...] = ()
    errors: tuple[AdapterError, ...] = ()
    parked: bool = False
    covered: bool = False

    @property
    def done(self) -> bool:
        """Whether the notification has its end."""
        return self.parked or not self.errors
