"""`erp-adapter doctor`: every planted fault is found, and nothing is found where none is."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import zip_longest

import pytest
from examined import Examined
from planted_faults import FAULTS, Planted

CHECKS = {
    "stack", "profiles", "channels", "token", "webhook-secrets", "omnitron", "omnitron-filters",
    "omnitron-clock", "hooks", "undelivered", "webhook", "inbound-queue", "dead-letters",
    "functions", "event-source", "schedule", "ledger", "bucket-versioning", "bucket-lifecycle",
    "bucket-access", "pickup", "alarms", "alarm-targets",
}  # fmt: skip


@pytest.fixture
def cheap(make_examined: Callable[..., Examined]) -> Examined:
    """A deployment whose profile is quickly looked through; with an order that is sent."""
    examined = make_examined(profiles=("csv-flat",))
    examined.world.new_order(1)
    shop = examined.world.omnitron.shop
    shop.put({**shop.order(1), "pk": 2, "is_send": True}, discounts=[{"pk": 1, "order": 2}])
    return examined


def rounds() -> Iterator[list[Planted]]:
    """Faults that can be planted together: one of each area."""
    areas: dict[str, list[Planted]] = {}
    for fault in FAULTS:
        areas.setdefault(fault.area, []).append(fault)
    for together in zip_longest(*areas.values()):
        yield [fault for fault in together if fault]


def test_every_planted_fault_is_found_and_nothing_else(cheap: Examined) -> None:
    assert len(FAULTS) >= 60
    assert cheap.troubles() == []
    missed, false = [], []
    for together in rounds():
        with ExitStack() as planted:
            for fault in together:
                planted.enter_context(fault.plant(cheap))
            found = cheap.troubles()
        for fault in together:
            for said in fault.said:
                line = next((each for each in found if each.startswith(said)), None)
                if line:
                    found.remove(line)
                else:
                    missed.append((fault.name, said))
        false += [(line, [fault.name for fault in together]) for line in found]
    assert (missed, false) == ([], [])
    assert cheap.troubles() == []


def test_doctor_as_a_person_calls_it(cheap: Examined) -> None:
    assert {each["check"] for each in cheap.findings(code=0)} >= CHECKS
    cheap.hooks.rows.clear()
    result = cheap.operated.run("doctor")
    assert result.exit_code == 1
    assert "fault   hooks" in result.stdout
    assert "→ Run `erp-adapter subscribe`." in result.stdout
    assert "2 faults." in result.stderr
