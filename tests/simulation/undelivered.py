"""Webhooks that the shop's sender could not deliver, and keeps; what is promised of their orders.

Its list (dj-whisperer, `hook_events/`) shows an event from its first failure until somebody has
taken it, or for good. Some webhooks are refused to the last try; others, as before, are lost with
the task that should have sent them, and nobody knows of these.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any

from simulation.kernel import EPOCH
from simulation.plan import Plan

if TYPE_CHECKING:
    from simulation.scene import Scene


def undelivered(plan: Plan, dice: Random) -> Plan:
    """Every third shop shows what it could not deliver, which is much, by a clock of its own."""
    if dice.random() > 0.33:
        return plan
    return replace(
        plan, shop_clock=dice.choice((-200.0, 0.0, 200.0)),
        reconcile=plan.reconcile or dice.choice((120.0, 300.0)),
        chances={**plan.chances, "refused": {"every try": dice.choice((0.2, 0.7))}},
    )  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """An event as the sender keeps it; `pk` is None where its body does not say it."""

    at: float
    pk: int | None
    version: int
    row: dict[str, Any]


class Undelivered:
    """The sender's events that nobody has taken (yet), by their uuids."""

    def __init__(self, scene: "Scene") -> None:
        self._scene = scene
        self._kept: dict[str, Kept] = {}

    def is_refused(self, uuid: str) -> bool:
        """Whether every try to deliver the event fails."""
        shown = self._scene.plan.shop_clock is not None
        return shown and self._scene.fates.of("refused.Announce", uuid).fault is not None

    def failed(self, uuid: str, pk: int | None, version: int, body: bytes) -> None:
        """A try came to nothing."""
        clock, now = self._scene.plan.shop_clock, self._scene.kernel.now
        if clock is None or uuid in self._kept:
            return
        made = datetime.fromtimestamp(EPOCH + now + clock, UTC)
        row = {
            "created_date": made.isoformat(), "delivered": False,
            "webhook": {"secret_key": self._scene.signing_secret},
            "request_payload": json.loads(body),
        }  # fmt: skip
        self._kept[uuid] = Kept(now, pk, version, row)

    def taken(self, uuid: str) -> None:
        """A try was answered 2xx."""
        self._kept.pop(uuid, None)

    def rows(self, at: float) -> list[dict[str, Any]]:
        """The list as a replica that is at `at` has it."""
        return [each.row for each in self._kept.values() if each.at <= at]

    def tells(self, pk: int, version: int) -> bool:
        """Whether an event on the list says that the order came to this version, or a later one,
        and nothing that people would redrive is left of the order."""
        scene = self._scene
        parked = scene.table.plain(str(pk), "-").get("state") == "waiting"
        parked = parked or any(message.group == str(pk) for message in scene.dead.messages)
        named = any(each.pk == pk and each.version >= version for each in self._kept.values())
        return named and not parked and pk not in scene.elsewhere


def asks_again(report: dict[str, Any]) -> str | None:
    """What is wrong with the last walk: every event of the list was answered long before it."""
    if not report.get("unheard"):
        return None
    return f"{report['unheard']} orders are to be looked at again for the webhooks of yesterday"
