"""Orders from before this adapter: sent since a person asks for them, once, whatever is killed."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from erp_adapter import deployment
from erp_adapter.ledger import NO_ROUTE
from erp_console import backfilling, feeding
from erp_console.backfilling import Backfill
from erp_console.named_orders import Period
from operated import Operated
from world import Killed, World

OLD = "2026-03-02T10:00:00Z"
"""Before the start of these worlds."""
MARCH = ("--from", "2026-03-01T00:00+00:00", "--to", "2026-04-01T00:00+00:00")


def from_june(tables: dict[str, Any]) -> None:
    for route in tables["route"]:
        route["start_from"] = date(2026, 6, 1)


@pytest.fixture
def moved(operate: Callable[..., Operated]) -> Operated:
    """A shop that has moved to this adapter in June."""
    return operate(change=from_june)


def ask_for(world: World, *pks: int, **more: Any) -> set[str]:
    return world.batch(*(world.record(pk, source="backfill", **more) for pk in pks))


# ------------------------------------------------------------------ the story


def test_what_is_asked_for_is_sent_though_it_is_old(moved: Operated) -> None:
    world = moved.world
    world.new_order(1, date_placed=OLD)
    assert world.work(1) == []
    assert world.entry(1).reason == "before-start"
    assert ask_for(world, 1) == set()
    assert (world.entry(1).state, world.entry(1).source, world.is_send(1)) == (
        "delivered", "backfill", True,
    )  # fmt: skip
    shown = moved.said("status", "1")["orders"][0]["routes"][0]
    assert "announced by backfill" in [what for _, what in shown["time_line"]]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_send": True}, "sent-by-others"),
        ({"mapping": [{"pk": 1, "integration_type": "external_company", "code": "E1"}]},
         "already-in-erp"),
        ({"status": "350"}, "not-yet"), ({"status": "500"}, "above-statuses"),
    ],
)  # fmt: skip
def test_what_others_have_or_is_not_due_is_not_sent(
    moved: Operated, changes: dict[str, Any], reason: str
) -> None:
    world = moved.world
    world.new_order(1, date_placed=OLD, **changes)
    assert ask_for(world, 1) == set()
    assert (world.entry(1).reason, world.puts()) == (reason, [])


def test_what_was_not_yet_due_is_sent_by_its_approval(moved: Operated) -> None:
    world = moved.world
    world.new_order(1, date_placed=OLD, status="350")
    ask_for(world, 1)
    world.omnitron.shop.change(1, status="400")
    assert world.work(1) == []
    assert world.entry(1).state == "delivered"


@pytest.mark.parametrize("source", ["webhook", "reconcile", "redrive"])
def test_what_an_outage_has_parked_is_still_asked_for(moved: Operated, source: str) -> None:
    world = moved.world
    world.new_order(1, date_placed=OLD)
    world.work(1)
    world.omnitron.traffic.fail("detail", status=500)
    ask_for(world, 1, tries=4)
    world.work(1, tries=4)
    world.heal()
    assert (world.entry(1, NO_ROUTE).state, world.entry(1, NO_ROUTE).source) == (
        "waiting", "backfill",
    )  # fmt: skip
    if source == "reconcile":
        assert world.walk()["enqueued"] == 1
        assert moved.work_off() == 1
    else:
        assert world.batch(world.record(1, source=source)) == set()
    assert (world.entry(1).state, len(world.puts())) == ("delivered", 1)
    assert world.walk()["enqueued"] == 0


def test_what_could_not_be_read_is_still_asked_for_by_reconcile(moved: Operated) -> None:
    world = moved.world
    world.new_order(1, date_placed=OLD, hidden_reads=9)
    ask_for(world, 1, tries=4)
    assert world.entry(1, NO_ROUTE).code == "ORDER_NOT_FOUND"
    world.new_order(1, date_placed=OLD)
    assert world.walk()["enqueued"] == 1
    assert moved.work_off() == 1
    assert world.entry(1).state == "delivered"


def test_a_dead_letter_of_a_backfill_is_redriven_as_one(moved: Operated) -> None:
    world = moved.world
    record = world.record(world.new_order(1, date_placed=OLD), source="backfill")
    world.client("sqs").send_message(
        QueueUrl=moved.deployed.dlq_url, MessageBody=record["body"], MessageGroupId="1",
        MessageDeduplicationId="1",
    )  # fmt: skip
    assert moved.said("redrive", "--dlq")["counts"] == {"redriven": 1}
    assert [each["source"] for each in moved.queued()] == ["backfill"]


def test_a_webhook_in_the_same_batch_does_not_take_a_backfill_s_place(moved: Operated) -> None:
    world = moved.world
    world.new_order(1, date_placed=OLD)
    later = int(time.time()) + 5
    records = [world.record(1, source="backfill"), world.record(1, announced_at=later)]
    assert world.batch(*records) == set()
    assert world.entry(1).state == "delivered"


def test_reconcile_leaves_alone_what_nobody_asked_for(moved: Operated) -> None:
    world = moved.world
    world.new_order(1, date_placed=OLD)
    assert (world.walk()["counts"], world.walk()["enqueued"]) == ({"before-start": 1}, 0)


# ------------------------------------------------------------------ which orders


def test_a_range_takes_what_no_erp_has(moved: Operated) -> None:
    world = moved.world
    for pk in (1, 2):
        world.new_order(pk, date_placed=OLD)
    world.new_order(3, date_placed="2026-02-28T23:59:59Z")
    world.new_order(4, date_placed="2026-07-01T00:00:00Z")
    world.new_order(5, date_placed=OLD, status="100")
    world.new_order(6, date_placed=None)
    ask_for(world, 2)
    world.omnitron.shop.change(2, is_send=False)
    found = moved.said("backfill", *MARCH)
    assert found["counts"] == {"enqueued": 1, "delivered before": 1, "cancelled": 1}
    assert found["oldest"].startswith("2026-03-02T10:00:00")
    assert [(each["pk"], each["source"]) for each in moved.queued()] == [(1, "backfill")]


def test_a_list_that_ignores_its_filter_makes_no_second_document(moved: Operated) -> None:
    world = moved.world
    world.new_order(1, date_placed=OLD)
    world.new_order(2, date_placed=OLD, is_send=True)
    world.omnitron.traffic.fail("list", ignore_filters=True)
    assert moved.said("backfill", *MARCH)["counts"] == {"enqueued": 1, "sent by others": 1}
    world.heal()
    assert moved.work_off() == 1
    assert len(world.puts()) == 1


def test_numbers_and_a_file_of_numbers(moved: Operated, tmp_path: Path) -> None:
    world = moved.world
    for pk in (1, 2, 3):
        world.new_order(pk, date_placed=OLD)
    file = tmp_path / "numbers.txt"
    file.write_text("T2\n\npk:3\r\n", "utf-8-sig")
    found = moved.said("backfill", "T1", "T9", "T1", code=1)
    assert found["counts"] == {"enqueued": 1, "not found": 1}
    assert moved.said("backfill", "--file", str(file))["counts"] == {"enqueued": 2}
    assert moved.work_off() == 3
    assert len(world.puts()) == 3
    assert moved.said("backfill", "T1", "T2", "pk:3")["counts"] == {"delivered before": 3}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Say which"), (["T1", *MARCH], "Say which"), (["--from", "2026-01-01"], "needs both"),
        (["--from", "soon", "--to", "2026-01-01"], "--from must be a time"),
        (["--file", "nowhere.txt"], "cannot be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said(moved: Operated, arguments: list[str], sentence: str) -> None:
    result = moved.run("backfill", *arguments)
    assert (result.exit_code, sentence in result.output) == (2, True), result.output


def test_the_dry_run_says_what_would_become_of_each(moved: Operated) -> None:
    world = moved.world
    coded = [{"pk": 1, "integration_type": "external_company", "code": "E1"}]
    for pk, changes in enumerate(
        ({}, {}, {"mapping": coded}, {"status": "350"}, {"status": "500"}, {"status": "100"},
         {"number": ""}), start=1,
    ):  # fmt: skip
        world.new_order(pk, date_placed=OLD, **changes)
    ask_for(world, 1)
    world.omnitron.shop.change(1, is_send=False)
    found = moved.said("backfill", *MARCH, "--dry-run")
    assert found["counts"] == {
        "delivered before": 1, "would be sent": 1, "would be settled: already-in-erp": 1,
        "would be settled: not-yet": 1, "would be missed": 1, "cancelled": 1,
        "would be rejected: MISSING_VALUE": 1,
    }  # fmt: skip
    assert found["oldest"].startswith("2026-03-02T10:00:00")
    assert moved.queued() == []
    assert "The oldest" in moved.run("backfill", *MARCH, "--dry-run").output


# ------------------------------------------------------------------ killed, and fed


def moving_shop(moved: Operated, orders: int) -> None:
    for pk in range(1, orders + 1):
        moved.world.new_order(pk, date_placed=OLD)


def run_backfill(deployed: Any) -> None:
    march = Period(1_772_323_200, 1_775_001_600)
    with deployed.shop.asked() as omnitron:
        run = Backfill(deployed=deployed, omnitron=omnitron)
        list(run.enqueue(run.placed_in(march)))


def test_killed_at_random_moments_it_ends_in_the_same_objects(
    moved: Operated, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Twenty kills, each at a random call of AWS or page of the list; workers go on meanwhile."""
    orders, page = (400, 20) if request.config.getoption("--long") else (40, 4)
    monkeypatch.setattr(backfilling, "PAGE_SIZE", page)
    monkeypatch.setattr("erp_adapter.omnitron.PAGE_SIZE", page)
    moving_shop(moved, orders)
    dice, world = Random(9), moved.world
    for _ in range(20):
        deployed, _ = moved.watched(kill_at=dice.randrange(4, 40))
        with suppress(Killed):
            run_backfill(deployed)
        moved.queued() if dice.random() < 0.3 else moved.work_off()
    run_backfill(moved.deployed)
    moved.work_off()
    assert sorted(world.puts()) == sorted(
        f"documents/ubl/T{pk}-{pk}.xml" for pk in range(1, orders + 1)
    )
    assert moved.said("backfill", *MARCH)["counts"] == {}


def test_the_list_is_walked_again_until_nothing_new_turns_up(
    moved: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new order pushes another one over the edge of a page that was read already."""
    for module in ("erp_console.backfilling", "erp_adapter.omnitron"):
        monkeypatch.setattr(f"{module}.PAGE_SIZE", 2)
    moving_shop(moved, 4)
    asked, page_of = list[int](), backfilling.Omnitron.waiting

    def waiting(self: Any, number: int) -> Any:
        count, rows = page_of(self, number)
        asked.append(number)
        if asked == [1, 2]:  # 4, 3 | 2, 1 and then: 5, 4 | 3, 2 | 1
            moved.world.new_order(5, date_placed="2026-07-01T00:00:00Z")
        return count, rows

    def newest_first(query: Any) -> Any:
        return list(reversed(details(query)))

    details = moved.world.omnitron.shop.details
    monkeypatch.setattr(moved.world.omnitron.shop, "details", newest_first)
    monkeypatch.setattr(backfilling.Omnitron, "waiting", waiting)
    run_backfill(moved.deployed)
    assert sorted(each["pk"] for each in moved.queued()) == [1, 2, 3, 4]


def test_no_more_is_on_the_queue_than_the_workers_can_fetch(
    operate: Callable[..., Operated], monkeypatch: pytest.MonkeyPatch
) -> None:
    # 0.9 × 0.1 calls a second for 300 s are 6 orders of four calls.
    operated = operate(change=from_june, OMNITRON_RATE="0.1")
    deployment.delivery().omnitron.pace.rate = 1000  # type: ignore[union-attr]
    moving_shop(operated, 15)
    most = list[int]()
    work_off = SimpleNamespace(sleep=lambda _: most.append(operated.work_off()))
    monkeypatch.setattr(feeding, "time", work_off)
    run_backfill(operated.deployed)
    operated.work_off()
    assert most == [6, 6]
    assert len(operated.world.puts()) == 15
