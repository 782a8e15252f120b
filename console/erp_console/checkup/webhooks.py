"""The shop's hooks: registered, at the right address, for the right events, active, signed with a
secret that is live; and what could not be delivered."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from erp_console.checkup.finding import Finding, fault, ok, warning
from erp_console.checkup.site import Site
from erp_console.hooks import Hook, every_hook, offered, undelivered

_SUBSCRIBE: Final = "Run `erp-adapter subscribe`."


def check(site: Site) -> Iterator[Finding]:
    """Every accepted event of routes.toml has its hook."""
    if not site.deployed:
        return
    accepted = [rule.type for rule in site.routes.events]
    hooks = every_hook(site.shop)
    missing = sorted(set(accepted) - set(offered(site.shop)))
    for event in missing:
        yield fault(
            "hooks", f"routes.toml accepts {event}, which this shop does not offer.",
            "Name one of the shop's event types in [[event]] (`erp-adapter subscribe --dry-run` "
            "lists them) and deploy.",
        )  # fmt: skip
    troubles = [
        trouble
        for event in accepted
        if event not in missing
        for trouble in _of_event(site, event, [h for h in hooks if h.event_type == event])
    ]
    yield from troubles
    ours = [hook for hook in hooks if hook.target_url == site.webhook_url and hook.is_active]
    for hook in ours:
        if hook.event_type not in accepted:
            yield warning(
                "hooks", f"{hook.event_type} is sent here, and routes.toml does not accept it.",
                "Add its [[event]], or run `erp-adapter subscribe`, which takes the hook away.",
            )  # fmt: skip
    if not troubles and not missing:
        yield ok("hooks", f"{', '.join(accepted)}: registered, active, signed with a live secret.")
    yield from _undelivered(site, ours)


def _of_event(site: Site, event: str, hooks: list[Hook]) -> Iterator[Finding]:
    ours = [hook for hook in hooks if hook.target_url == site.webhook_url]
    active = [hook for hook in ours if hook.is_active]
    if not ours:
        near = [hook for hook in hooks if hook.is_active and _is_near(hook, site.webhook_url)]
        other = f"; one goes to {near[0].target_url}" if near else ""
        yield fault("hooks", f"{event} is not registered for {site.webhook_url}{other}.",
                    _SUBSCRIBE)  # fmt: skip
    elif not active:
        yield fault("hooks", f"The hook for {event} is not active.", _SUBSCRIBE)
    for hook in active:
        if not site.signs:
            pass  # its proof is elsewhere: [webhook] of routes.toml
        elif not hook.secret_key:
            yield fault("hooks", f"The hook for {event} has no secret: it is answered 401.",
                        _SUBSCRIBE)  # fmt: skip
        elif hook.secret_key.strip() not in site.secrets.values():
            yield fault("hooks", f"The hook for {event} is signed with a secret that is not live.",
                        _SUBSCRIBE)  # fmt: skip
        if hook.never_waits:
            yield warning("hooks", f"The hook for {event} is retried without any wait.", _SUBSCRIBE)
    if len(active) > 1:
        yield warning(
            "hooks", f"{event} is registered {len(active)} times for this address.",
            "Remove all but one at Omnitron: each sends every event.",
        )  # fmt: skip


def _is_near(hook: Hook, url: str) -> bool:
    """Another address of the same host, or the same path elsewhere: mistyped, or an old stack's."""
    theirs, ours = urlsplit(hook.target_url), urlsplit(url)
    return theirs.hostname == ours.hostname or theirs.path.rstrip("/") == ours.path


def _undelivered(site: Site, ours: list[Hook]) -> Iterator[Finding]:
    counts = [undelivered(site.shop, hook) for hook in ours]
    lost = sum(count or 0 for count in counts)
    if lost:
        yield warning(
            "undelivered", f"Omnitron could not deliver {lost} events here.",
            "Nothing is lost: `erp-adapter reconcile` brings their orders. If it grows, see the "
            "line `webhook`.",
        )  # fmt: skip
    elif counts and None not in counts:
        yield ok("undelivered", "Omnitron has delivered every event.")
