"""The ledger's states, codes and times in plain sentences, and what happens next."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from erp_adapter.delivery.holds import HELD
from erp_adapter.delivery.notes import AFTER_DELIVERY, REVISION_REJECTED
from erp_adapter.ledger import NO_ROUTE, Entry, Hold

_RECONCILE: Final = "reconcile, which runs every few minutes"
_SETTLED: Final = {
    "not-yet": "The order is not to be sent yet: its status is below the route's, or an item waits "
    f"for its cancellation. {_RECONCILE.capitalize()}, looks again.",
    "closed": "The order was cancelled before its document was made. Nothing happens.",
    "comes-after": "The document that comes before it on its route is not there yet: it follows "
    "at once when that one is.",
    "sent-by-others": "is_send was true already: others have sent it. Nothing happens.",
    "already-in-erp": "The order carries an ERP code: the ERP has it already. Nothing happens.",
    "before-start": "It was placed before the route's start_from: left to whoever sent those.",
    "no-route": "No route of routes.toml takes the order's channel. Nothing happens.",
    "by-hand": "A person typed it into the ERP: it is never sent, and Omnitron is told so.",
    "erased": "Its customer was erased: nothing of it is kept, and it is never sent again.",
    "resolved": "What was wrong here has found its end; its routes say which.",
}  # fmt: skip
_POLICY: Final = "Mend its amounts in the shop, or the route's money policy (docs/money.md)."
_SHOP: Final = "Mend it in the shop."
_LENGTH: Final = "Shorten or complete it in the shop, or let the profile cut or leave it out."
_ANYWHERE: Final = "Mend it in the shop or in the profile, and deploy."
_REMEDIES: Final = {
    **dict.fromkeys(
        ("TOTALS_MISMATCH", "TAX_MISMATCH", "LINE_MISMATCH", "PAYMENT_MISMATCH", "CURRENCY_MIXED",
         "NEGATIVE_AMOUNT", "UNKNOWN_TAX_RATE"), _POLICY,
    ),
    **dict.fromkeys(("NO_LINES", "BAD_QUANTITY", "BAD_TAX_NUMBER", "INVALID_VALUE"), _SHOP),
    **dict.fromkeys(("TOO_LONG", "MISSING_VALUE", "ILLEGAL_CHARACTER", "UNENCODABLE"), _LENGTH),
    "MISSING_CODE": "Give it its ERP code in Omnitron (mapping), or mend it in the profile.",
    "AMBIGUOUS_CODE": "Leave it one ERP code in Omnitron (mapping).",
    "UNKNOWN_LOOKUP": "Add the value to the profile's lookup, and deploy.",
    "SCHEMA_INVALID": "Mend the profile, and deploy.",
    "TOO_MANY_CANCELLED": "Cancel them in the ERP by hand, and `erp-adapter settle` this route.",
    "ORDER_NOT_FOUND": "Look for it in Omnitron: it was deleted, or the webhook's pk is not its.",
}  # fmt: skip
"""By code, where more can be said than `_ANYWHERE`."""
_TIMES: Final = (
    ("announced_at", "announced"), ("fetched_at", "fetched"), ("claimed_at", "claimed"),
    ("written_at", "written"), ("picked_up_at", "picked up"), ("acknowledged_at", "acknowledged"),
    ("updated_at", "last change"),
)  # fmt: skip


def what_next(
    entry: Entry, now: float, holds: Mapping[str, Hold] | None = None, *, waits: bool = False
) -> str:
    """What the entry means, and what is going to happen without anybody's doing; `holds`: the
    routes that are held, None where nobody asked; `waits`: Omnitron is told after the pick-up."""
    match entry.state:
        case "delivered":
            return _delivered(entry, now, waits=waits)
        case "claimed" if now <= (entry.lease_until or 0):
            return "It is being delivered now."
        case "claimed":
            return (
                f"An attempt was broken off. {_RECONCILE.capitalize()}, has it taken over: it is "
                "looked whether the document landed. `erp-adapter redrive --order` does it now."
            )
        case "waiting" if entry.reason == HELD:
            return _held(entry.route, holds)
        case "waiting":
            return (
                f"It waits: {entry.reason or 'no reason given'}{_tried(entry)}. "
                f"{_RECONCILE.capitalize()}, brings it back; `erp-adapter redrive --order` does it "
                "now."
            )
        case "rejected":
            return f"{rejection(entry)} {remedy(entry)}"
        case "missed":
            return (
                "It was past the route's statuses (shipped, say) when it was first seen, and was "
                "not sent. Type it in and `erp-adapter settle` it; or name its status in "
                "routes.toml and deploy, then reconcile brings it back."
            )
    return _SETTLED.get(entry.reason or "", f"Settled: {entry.reason}. Nothing happens.")


def _held(route: str, holds: Mapping[str, Hold] | None) -> str:
    if holds is not None and route not in holds:
        return (
            f"Its route is not held any more. `erp-adapter resume {route}` brings back all that "
            f"waited, {_RECONCILE}, those that the shop calls unsent."
        )
    hold = held_since(holds[route]) if holds else "its route is held."
    return f"Its document is not written: {hold} `erp-adapter resume {route}` ends it."


def held_since(hold: Hold) -> str:
    """Which route is held, since when, by whom and why."""
    return f"route {hold.route} is held since {moment(hold.since)} by {hold.by}: “{hold.reason}”."


def _tried(entry: Entry) -> str:
    if not entry.tries:
        return ""
    return f", after {entry.tries} {'try' if entry.tries == 1 else 'tries'}"


def rejection(entry: Entry) -> str:
    """Why, in one sentence, with both sides where there are two."""
    sides = [
        f"{name} {value}"
        for name, value in (("expected", entry.expected), ("found", entry.found))
        if value
    ]
    where = f" [{entry.path}]" if entry.path else ""
    said = f"{entry.code}: {entry.message or 'no message'}{where}"
    return f"{said} ({', '.join(sides)})." if sides else said


def rejected_revision(entry: Entry) -> str:
    """The same of a delivered order's next revision."""
    changed = "The order was changed in the shop, and its next revision is rejected."
    return f"{changed} {rejection(entry)}"


def is_rejected(entry: Entry) -> bool:
    """Whether a person must act: on the order, or on the next revision of a delivered one."""
    return entry.state == "rejected" or entry.reason == REVISION_REJECTED


def remedy(entry: Entry) -> str:
    """What a person does about a rejection, and what follows."""
    return (
        f"{_REMEDIES.get(entry.code or '', _ANYWHERE)} It is tried again when the order changes, "
        "or by `erp-adapter redrive --order`."
    )


def _delivered(entry: Entry, now: float, *, waits: bool) -> str:
    said = []
    if entry.code in AFTER_DELIVERY:
        what = f" It differs in {entry.path}." if entry.path else ""
        sentence = AFTER_DELIVERY[entry.code] if entry.by else entry.message
        said.append(f"{entry.code}: {sentence}{what}")
    elif entry.code:
        said.append(f"{rejected_revision(entry)} {remedy(entry)}")
    if entry.claim:
        said.append(_claimed(entry, live=now <= (entry.lease_until or 0)))
    elif entry.by:
        said.append(f"Resent by {entry.by} (revision {entry.revision}): “{entry.message}”.")
    elif entry.revision > 1:
        said.append(f"The order was changed, and revision {entry.revision} was sent.")
    if entry.written_at is None:
        said.append("Nobody knows whether its document was sent: look for it in the ERP.")
    elif entry.acknowledged:
        taken = "picked up by the ERP" if entry.picked_up_at else "handed over"
        said.append(f"Done: the document was {taken}, and Omnitron knows.")
    elif waits and not entry.picked_up_at:
        said.append(
            f"It has been waiting for the ERP since {moment(entry.written_at)}; Omnitron is told "
            "once the ERP has deleted it."
        )
    else:
        said.append(
            f"The document was handed over. If this route counts, Omnitron is told by {_RECONCILE}."
        )
    return " ".join(said)


def _claimed(entry: Entry, *, live: bool) -> str:
    if entry.revising:
        return (
            f"The order was changed: revision {entry.revision + 1} is being written now."
            if live
            else f"Revision {entry.revision + 1} was broken off: `erp-adapter redrive --order` has "
            "it looked whether it landed, and ends it."
        )
    if live:
        return f"{entry.by} is resending it now."
    return "A resend was broken off: run the same `erp-adapter resend` again."


def time_line(entry: Entry) -> Iterator[tuple[str, str]]:
    """Moment and what happened then, in this machine's time zone, oldest first."""
    moments = [
        (seconds, name) for field, name in _TIMES if (seconds := getattr(entry, field, None))
    ]  # fmt: skip
    again = entry.revision > 1 and entry.by is not None
    for seconds, name in sorted(moments, key=lambda each: each[0]):
        if name == "announced" and entry.source in ("webhook", "reconcile", "redrive", "backfill"):
            name = f"announced by {entry.source}"
        yield moment(seconds), "written again" if again and name == "written" else name


def moment(seconds: int) -> str:
    """A time in this machine's zone, ISO 8601."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def where(entry: Entry) -> str:
    """The entry's route for a reader."""
    return "before its routes" if entry.route == NO_ROUTE else f"route {entry.route}"
