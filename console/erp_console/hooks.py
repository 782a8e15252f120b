"""The shop's webhooks: dj-whisperer's REST interface at `whisperer/hooks/`.

Source: PyPI dj-whisperer 0.5.3, resources/views.py and serializers.py. A hook is one event type and
one address; a deleted one stays as inactive and can't be registered anew, only changed back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from erp_console.shop_api import Reply, ShopApi, refused
from erp_console.terminal import Failed

HOOKS: Final = "whisperer/hooks/"
MOST_SECRET: Final = 124
"""Characters of a secret_key that dj-whisperer keeps (models.py)."""
COUNTDOWN: Final = {"choice": "exponential", "kwargs": {"base": 2}}
"""The sender's retries: after 1, 2, 4 … 512 seconds, ten of them, and a scanner's later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One registered webhook, as the shop shows it to its user."""

    id: int
    event_type: str
    target_url: str
    is_active: bool
    secret_key: str | None = field(repr=False)
    countdown: Mapping[str, Any]

    @property
    def never_waits(self) -> bool:
        """Whether the shop sends again at once what was not taken."""
        kwargs = self.countdown.get("kwargs", {})
        return self.countdown.get("choice") == "fixed" and not kwargs.get("seconds")


def every_hook(shop: ShopApi) -> list[Hook]:
    """All hooks of the token's user, active or not. Raises Failed."""
    rows = (row for page in shop.pages(HOOKS) for row in page.rows)
    return [found for row in rows if (found := _hook(row))]


def offered(shop: ShopApi) -> list[str]:
    """The event types that this shop has. Raises Failed."""
    reply = shop.ask(f"{HOOKS}registry/")
    if reply.status != 200 or not isinstance(reply.found, list):
        raise Failed(refused(reply, f"{HOOKS}registry/"))
    return [str(each) for each in reply.found]


def register(shop: ShopApi, event_type: str, target_url: str, secret: str) -> None:
    """Registers a hook. Raises Failed, also where another user has it already."""
    fields = {
        "event_type": event_type, "target_url": target_url, "secret_key": secret,
        "retry_countdown_config": COUNTDOWN, "additional_headers": {}, "config": {},
    }  # fmt: skip
    _done(shop.ask(HOOKS, method="POST", body=fields), HOOKS)


def change(shop: ShopApi, hook: Hook, **fields: Any) -> None:
    """Changes fields of a hook. Raises Failed."""
    path = f"{HOOKS}{hook.id}/"
    _done(shop.ask(path, method="PATCH", body=fields), path)


def remove(shop: ShopApi, hook: Hook) -> None:
    """Makes the shop stop sending to it. Raises Failed."""
    path = f"{HOOKS}{hook.id}/"
    _done(shop.ask(path, method="DELETE"), path)


def undelivered(shop: ShopApi, hook: Hook) -> int | None:
    """How many of its events the shop could not deliver; None where the shop doesn't say."""
    query = {"delivered": "false", "webhook": str(hook.id), "limit": "1"}
    reply = shop.ask("whisperer/hook_events/", query)
    return reply.count if reply.status == 200 and reply.found is not None else None


def _done(reply: Reply, path: str) -> None:
    if reply.status < 300:
        return
    if reply.status == 406:
        raise Failed(
            "The shop says that this webhook is registered already, and does not show it: another "
            "of its users has it. Use that user's token, or have the hook removed there."
        )
    if reply.status == 400 and isinstance(reply.found, dict):
        # Field names only: a serializer may quote what it was given.
        raise Failed(
            f"The shop does not take the hook's {', '.join(sorted(reply.found))}: "
            "see what its Omnitron wants there."
        )
    raise Failed(refused(reply, path))


def _hook(row: Any) -> Hook | None:
    try:
        return Hook(
            id=int(row["id"]), event_type=str(row["event_type"]), target_url=str(row["target_url"]),
            is_active=row.get("is_active") is True, secret_key=row.get("secret_key"),
            countdown=row.get("retry_countdown_config") or {},
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
