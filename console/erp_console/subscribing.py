"""The shop's hooks brought in line with routes.toml: one for each accepted event, at this stack's
address, signed with its newest secret. What is right already is left alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from erp_console.hooks import COUNTDOWN, Hook, change, every_hook, offered, register, remove
from erp_console.shop_api import ShopApi
from erp_console.terminal import Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What should be registered. `events` are the types that routes.toml accepts."""

    url: str
    events: Sequence[str]
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of one event type. With `trouble` the command ends with 1."""

    event: str
    outcome: str
    said: str = ""
    trouble: bool = False


def subscribe_to(shop: ShopApi, wanted: Wanted, *, dry: bool) -> Iterator[Done]:
    """Registers, changes back, takes away. Raises Failed where the shop can't be asked."""
    known = [hook for hook in every_hook(shop) if hook.target_url == wanted.url]
    types = offered(shop)
    for event in wanted.events:
        if event not in types:
            said = f"the shop offers {', '.join(types) or 'none'}: name one of them in [[event]]"
            yield Done(event=event, outcome="not offered", said=said, trouble=True)
            continue
        hooks = [hook for hook in known if hook.event_type == event]
        try:
            yield _one(shop, wanted, event, hooks, dry=dry)
        except Failed as error:
            yield Done(event=event, outcome="failed", said=str(error), trouble=True)
    others = [hook for hook in known if hook.event_type not in wanted.events and hook.is_active]
    yield from _removed(shop, others, dry=dry)


def unsubscribe_from(shop: ShopApi, url: str, *, dry: bool) -> Iterator[Done]:
    """Takes away every hook of this address. Raises Failed where the shop can't be asked."""
    hooks = [hook for hook in every_hook(shop) if hook.target_url == url and hook.is_active]
    yield from _removed(shop, hooks, dry=dry)


def _one(shop: ShopApi, wanted: Wanted, event: str, hooks: Sequence[Hook], *, dry: bool) -> Done:
    if not hooks:
        if not dry:
            register(shop, event, wanted.url, wanted.secret)
        return Done(event=event, outcome="would be registered" if dry else "registered")
    wrong = [hook for hook in hooks if _differences(hook, wanted)]
    # Two of one event are two users': one is enough.
    right = [hook for hook in hooks if hook.is_active and hook not in wrong]
    if right:
        return Done(event=event, outcome="as it is")
    said = ", ".join(_differences(hooks[0], wanted))
    if not dry:
        change(
            shop, hooks[0], is_active=True, secret_key=wanted.secret,
            retry_countdown_config=COUNTDOWN,
        )  # fmt: skip
    return Done(event=event, outcome="would be changed" if dry else "changed", said=said)


def _differences(hook: Hook, wanted: Wanted) -> list[str]:
    """What of the hook is not as it should be; never a value."""
    found = []
    if not hook.is_active:
        found.append("it was not active")
    if (hook.secret_key or "").strip() != wanted.secret:
        found.append("its secret was not the newest")
    if hook.never_waits:
        found.append("it was retried without any wait")
    return found


def _removed(shop: ShopApi, hooks: Sequence[Hook], *, dry: bool) -> Iterator[Done]:
    for hook in hooks:
        if not dry:
            remove(shop, hook)
        yield Done(event=hook.event_type, outcome="would be removed" if dry else "removed")
