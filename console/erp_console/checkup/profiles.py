"""This checkout's routes.toml and the profiles it names; and whether it takes every channel."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from erp_console.checkup.finding import Finding, fault, ok, warning
from erp_console.checkup.omnitron import channels_of
from erp_console.checkup.site import ROUTES, Site

_MOST_CHANNELS: Final = 10


def check(site: Site) -> Iterator[Finding]:
    """Lint first: what does not load says nothing of channels."""
    from erp_console.lint_profiles import profile_problems
    from erp_console.lint_routes import routes_problems

    problems = list(routes_problems(site.folder / ROUTES))
    if not problems:
        for name in sorted({route.profile for route in site.routes.every}):
            problems += profile_problems(site.folder / name)
    for problem in problems[:3]:
        yield fault(
            "profiles", f"{problem.file}:{problem.line}:{problem.column}: {problem.message}",
            f"`erp-adapter lint` says all {len(problems)}; mend it and deploy.",
        )  # fmt: skip
    if problems:
        return
    routes = site.routes.routes
    count = len(site.routes.every)
    yield ok("profiles", f"{ROUTES} and the profiles of {count} routes are sound.")
    for route in routes:
        if route.start_from > datetime.now(UTC):
            yield warning(
                "routes", f"Route {route.name} sends nothing placed before {route.start_from}, "
                "which is yet to come.",
                "Nothing to do if that is meant; else mend start_from in routes.toml and deploy.",
            )  # fmt: skip
    if all(route.channels for route in routes):
        yield from _channels(site)
    else:
        yield ok("channels", "A route takes orders of every channel.")


def _channels(site: Site) -> Iterator[Finding]:
    """Rows of the list name a channel by its pk; its name and type stand in an order of it."""
    reply = site.shop.ask("orders/", {"limit": "100"})
    found = channels_of(reply.rows)
    uncovered = []
    for pk, order in list(found.items())[:_MOST_CHANNELS]:
        channel = site.shop.ask(f"orders_integration/{order}/detailed_integration/").found
        names = _names(channel)
        if not site.routes.for_channel(int(pk) if pk.isdecimal() else None, *names):
            uncovered.append(f"{pk} ({names[0] or 'without a name'})")
    if uncovered:
        yield warning(
            "channels", f"No route takes orders of the channel {', '.join(uncovered)}.",
            "Name it in `channels` of a route, or leave it if its orders are another's.",
        )  # fmt: skip
    else:
        yield ok("channels", f"Routes take all {len(found)} channels of the shop's last orders.")


def _names(order: Any) -> tuple[str | None, str | None]:
    channel = order.get("channel") if isinstance(order, dict) else None
    if not isinstance(channel, dict):
        return None, None
    kind = channel.get("channel_type") or channel.get("type")
    return channel.get("name"), kind if isinstance(kind, str) else None
