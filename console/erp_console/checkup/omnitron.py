"""The shop's API: reached, right prefix, token taken, filters obeyed, its clock and its speed."""

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, Final

from erp_console.checkup.finding import Finding, fault, ok, warning
from erp_console.checkup.site import Site
from erp_console.shop_api import NotReached, Reply, refused

_PREFIXES: Final = ("/api/v1", "/api/i1")
_NO_NUMBER: Final = "erp-adapter-doctor-0"
"""A number that no order has."""
_NO_WORD: Final = "erp-adapter-doctor"
"""A `cancel_status` that no order has."""
_MOST_SKEW: Final = 30
"""Seconds: what is mended in the shop less than this after its rejection may go unnoticed for a
day, because `modified_date` is the shop's clock and the ledger's time is AWS's."""
_SLOW: Final = 0.5
"""Part of OmnitronTimeoutSeconds after which an answer counts as slow."""


def check(site: Site) -> Iterator[Finding]:
    """One look at the waiting list says most of it; then the filters, one by one."""
    url = site.environment.get("OMNITRON_URL", "")
    if not site.aws.is_local and url.endswith(".example.com"):
        yield fault(
            "omnitron", f"OmnitronUrl is still the example's: {url}.",
            "Set OmnitronUrl in samconfig.toml (`erp-adapter init` does) and deploy.",
        )  # fmt: skip
        return
    try:
        shop = site.shop
        reply = shop.ask("orders/", {"is_send": "False", "limit": "100"})
    except NotReached as error:
        yield fault("omnitron", str(error), "Mend the network or OmnitronUrl, then deploy.")
        return
    if reply.status != 200 or not _is_list(reply):
        yield fault("omnitron", refused(reply, "orders/"), _elsewhere(site, reply))
        return
    yield ok("omnitron", f"{url} answers below {site.shop.access.prefix} and takes the token.")
    yield from _filters(site, reply)
    yield _clock(reply)
    yield from _speed(site, reply)


def _is_list(reply: Reply) -> bool:
    rows = reply.found.get("results") if isinstance(reply.found, dict) else reply.found
    return isinstance(rows, list)


def _elsewhere(site: Site, reply: Reply) -> str:
    """Which other prefix would do, where this one is wrong."""
    if reply.status == 401:
        return "Put a valid token into the parameter omnitron-token."
    if reply.status == 403:
        return "Let the token's user see and change orders at Omnitron."
    for prefix in _PREFIXES:
        if prefix != site.shop.access.prefix:
            other = site.shop.ask("orders/", {"limit": "1"}, prefix=prefix)
            if other.status == 200 and _is_list(other):
                return f"{prefix} answers: set ApiPrefix={prefix} in samconfig.toml and deploy."
    return "Ask your Omnitron's operator for the address and the prefix of its API."


def _filters(site: Site, waiting: Reply) -> Iterator[Finding]:
    """Each list is asked for what it can't have: rows in the answer mean an ignored filter."""
    ignored = []
    if any(isinstance(row, dict) and row.get("is_send") is True for row in waiting.rows):
        ignored.append("is_send")
    asked: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("number", "orders/", {"number": _NO_NUMBER}),
        ("order (of items)", "order_item/detailed_integration/", {"order": "0"}),
        ("order (of discounts)", "discount_items/detailed_integration/", {"order": "0"}),
    )
    for name, path, query in asked:
        reply = site.shop.ask(path, {**query, "limit": "1"})
        # A filter may refuse what can't be: that is obeying it.
        if reply.status not in (200, 400, 404):
            yield fault("omnitron-filters", refused(reply, path), "Let the token's user read it.")
        elif reply.status == 404 and not isinstance(reply.found, dict):
            yield fault("omnitron-filters", refused(reply, path), "Check ApiPrefix.")
        elif reply.rows:
            ignored.append(name)
    if ignored:
        yield fault(
            "omnitron-filters", f"The shop's lists ignore the filter {', '.join(ignored)}.",
            "Such a shop answers with other orders' rows, and every order is parked: ask "
            "Omnitron's operator; where it is `number`, have webhooks carry the pk.",
        )  # fmt: skip
    else:
        yield ok("omnitron-filters", "is_send, number and order are obeyed.")


def cancellations(site: Site) -> Iterator[Finding]:
    """Whether reconcile can make up for a lost webhook of a cancellation, where a route is for
    them: it asks for the orders that wait for theirs."""
    if not site.routes.cancelling:
        return
    try:
        reply = site.shop.ask("orders/", {"cancel_status": _NO_WORD, "limit": "1"})
    except NotReached:
        return  # which is said of the shop's other lists
    if reply.status == 200 and reply.rows:
        yield warning(
            "omnitron-cancellations", "The shop's list ignores the filter cancel_status.",
            "Cancellations after the delivery are known by their webhooks only: watch the "
            "undelivered ones, and ask Omnitron's operator.",
        )  # fmt: skip
    elif reply.status in (200, 400):
        yield ok("omnitron-cancellations", "cancel_status is obeyed.")


def _clock(reply: Reply) -> Finding:
    moment = _date(reply)
    if moment is None:
        return warning(
            "omnitron-clock", "The shop's answers carry no Date.",
            "Nothing to do: its clock can't be compared with this machine's.",
        )  # fmt: skip
    ahead = moment - (time.time() - reply.seconds / 2)
    if abs(ahead) <= _MOST_SKEW:
        return ok("omnitron-clock", "The shop's clock and this machine's agree.")
    which = "ahead of" if ahead > 0 else "behind"
    return warning(
        "omnitron-clock", f"The shop's clock is {abs(ahead):.0f} s {which} this machine's.",
        "Set this machine's clock; if it is right, tell Omnitron's operator: what is mended in "
        "the shop may be noticed late.",
    )  # fmt: skip


def _date(reply: Reply) -> float | None:
    try:
        return parsedate_to_datetime(reply.headers.get("Date", "")).timestamp()
    except ValueError:
        return None


def _speed(site: Site, reply: Reply) -> Iterator[Finding]:
    most = float(site.environment.get("OMNITRON_TIMEOUT", "6"))
    if reply.seconds > most * _SLOW:
        yield warning(
            "omnitron-speed", f"A page of its list took {reply.seconds:.1f} s of {most:.0f} s.",
            "Raise OmnitronTimeoutSeconds (10 at most), or ask Omnitron's operator.",
        )  # fmt: skip


def channels_of(rows: list[Any]) -> dict[str, int]:
    """A waiting order of each channel: the channel's pk (rows name no more), the order's pk."""
    found: dict[str, int] = {}
    for row in rows:
        channel, pk = (row.get("channel"), row.get("pk")) if isinstance(row, dict) else (None, None)
        if isinstance(channel, int | str) and isinstance(pk, int):
            found.setdefault(str(channel), pk)
    return found
