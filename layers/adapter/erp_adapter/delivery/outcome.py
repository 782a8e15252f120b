"""What became of an order: one line a route, and what is to happen next."""

from dataclasses import dataclass
from typing import Any, Final, Self

from erp_adapter.errors import AdapterError
from erp_adapter.ledger import Entry, State

_SAID: Final = ("route", "state", "reason", "document", "code", "path", "written_at")
_NEWS: Final = ("state", "code", "path", "message", "expected", "found")
"""What of an entry a person would want to hear of again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteOutcome:
    """One route's end: the ledger's state and reason, the document's place, the code if any.

    `message` is the code's sentence, `path` names what it is about, `expected` and `found` are its
    two sides; `news`: the ledger did not say all this before; `written_at` is when its document was
    handed over, if that was now.
    """

    route: str
    state: State
    reason: str | None = None
    document: str | None = None
    code: str | None = None
    path: str | None = None
    message: str | None = None
    expected: str | None = None
    found: str | None = None
    news: bool = False
    written_at: int | None = None

    @classmethod
    def of(cls, entry: Entry, before: Entry | None) -> Self:
        """What the ledger says now, and said before."""
        delivered = entry.state == "delivered"
        now = delivered and (before is None or before.state != "delivered")
        return cls(
            route=entry.route, state=entry.state, reason=entry.reason,
            document=entry.document if delivered else None, code=entry.code, path=entry.path,
            message=entry.message, expected=entry.expected, found=entry.found,
            news=before is None or any(getattr(entry, n) != getattr(before, n) for n in _NEWS),
            written_at=entry.written_at if now else None,
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """For answers and logs: no personal data is in it."""
        fields = {name: getattr(self, name) for name in _SAID}
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a notification led to.

    `errors` are what must be tried again (Unavailable) or mended first (Misconfigured): as long
    as there is one, the notification is not done, unless it is `parked`: the ledger holds it as
    waiting, and reconcile brings it back. `covered`: an earlier fetch had answered it.
    `announced_at` is the time of its webhook, of the one that was parked if there was one.
    """

    pk: int | None
    number: str | None
    routes: tuple[RouteOutcome, ...] = ()
    errors: tuple[AdapterError, ...] = ()
    parked: bool = False
    covered: bool = False
    announced_at: int | None = None

    @property
    def done(self) -> bool:
        """Whether the notification has its end."""
        return self.parked or not self.errors
