"""Reconcile: what the shop says is waiting and the ledger lacks comes back, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from erp_adapter import deployment
from erp_adapter.ledger import NO_ROUTE, Cursor, Entry
from erp_adapter.notification import Notification
from erp_adapter.omnitron import ListedOrder
from erp_adapter.reconcile import REJECTED_AGAIN, SETTLED_AGAIN, judge
from erp_adapter.routes import Routes, load_routes
from stack import ROOT
from world import World

NOW = 1_800_000_000
ROUTES = ROOT / "layers" / "profiles" / "routes.toml"


def queued(world: World) -> list[int | None]:
    """The pks on the queue, which is emptied."""
    found = [Notification.from_json(each["Body"]) for each in world.taken(world.input_queue)]
    assert {each.source for each in found} <= {"reconcile"}
    return [each.pk for each in found]


def bring_back(world: World) -> int:
    """Reconciles and lets the worker have what came back; how much that was."""
    world.walk()
    pks = queued(world)
    for start in range(0, len(pks), 10):
        records = [world.record(pk, source="reconcile") for pk in pks[start : start + 10]]
        world.batch(*records)
    return len(pks)


@pytest.fixture
def swift(make_world: Callable[..., World]) -> World:
    """A world that may bring back many orders in one run."""
    return make_world(RECONCILE_MINUTES="60")


def test_a_lost_webhook_s_order_comes_back_once(swift: World) -> None:
    swift.new_order(1)
    report = swift.walk()
    assert (report["gap"], report["enqueued"], report["finished"]) == (1, 1, True)
    assert queued(swift) == [1]
    swift.work(1)
    report = swift.walk()
    assert (report["waiting_in_shop"], report["enqueued"]) == (0, 0)
    assert len(swift.puts()) == 1


def test_a_parked_order_and_a_lost_acknowledgement_come_back(swift: World) -> None:
    swift.new_order(1)
    swift.new_order(2)
    swift.omnitron.traffic.fail("detail", status=500)
    swift.work(1, tries=4)
    swift.omnitron.traffic.heal()
    swift.omnitron.traffic.fail("patch", status=500)
    swift.work(2, tries=4)
    swift.omnitron.traffic.heal()
    assert {swift.entry(1, "-").reason, swift.entry(2, "-").reason} == {"OMNITRON_UNAVAILABLE"}
    assert bring_back(swift) == 2
    assert swift.is_send(1)
    assert swift.is_send(2)
    assert {swift.entry(1, "-").reason, swift.entry(2, "-").reason} == {"resolved"}
    assert len(swift.puts()) == 2


def test_rejected_orders_come_back_when_they_changed_only(swift: World) -> None:
    swift.new_order(1, amount="16.41")
    assert bring_back(swift) == 1
    assert swift.entry(1).state == "rejected"
    for _ in range(2):
        assert bring_back(swift) == 0
    changed = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
    swift.omnitron.shop.change(1, amount="16.40", modified_date=changed)
    assert bring_back(swift) == 1
    assert swift.entry(1).state == "delivered"


def test_an_order_that_moved_on_while_we_were_down(swift: World) -> None:
    swift.new_order(1, status="450")
    swift.new_order(2, status="500")
    assert bring_back(swift) == 2
    assert swift.entry(1).state == "delivered"
    assert swift.entry(2).state == "missed"
    report = swift.walk()
    assert (report["counts"], report["enqueued"]) == ({"missed": 1}, 0)


def test_the_leftovers_of_an_old_shop_are_never_sent(
    make_world: Callable[..., World], request: pytest.FixtureRequest
) -> None:
    many = 5000 if request.config.getoption("--long") else 250

    def since_today(tables: dict[str, Any]) -> None:
        tables["route"][0]["start_from"] = datetime.now(UTC)

    world = make_world(change=since_today)
    for pk in range(1, many + 1):
        world.new_order(pk)
    report = world.walk()
    assert report["counts"] == {"before-start": many}
    assert (report["enqueued"], queued(world)) == (0, [])
    assert world.omnitron.traffic.calls["list"] == -(-many // 100) + 1, "the first page twice"


def test_a_list_that_ignores_its_filter_costs_nothing_but_time(swift: World) -> None:
    swift.new_order(1)
    swift.new_order(2, is_send=True)
    swift.omnitron.traffic.fail("list", ignore_filters=True)
    report = swift.walk()
    assert report["counts"] == {"waiting": 1, "sent": 1}
    assert queued(swift) == [1]


def test_one_poisoned_order_delays_no_other(swift: World) -> None:
    for pk in range(1, 151):
        swift.new_order(pk)
    swift.omnitron.shop.change(77, currency="lira", status=None, date_placed=None)
    assert bring_back(swift) == 149, "77 has no status: nothing says that it is to be sent"
    assert len(swift.puts()) == 149


def test_dropped_webhooks_are_all_brought_back(swift: World) -> None:
    for pk in range(1, 121):
        swift.new_order(pk)
    assert bring_back(swift) == 120
    assert bring_back(swift) == 0
    assert len(swift.puts()) == 120
    assert all(swift.is_send(pk) for pk in range(1, 121))


def test_no_more_is_enqueued_than_the_shop_bears_until_the_next_run(
    make_world: Callable[..., World],
) -> None:
    world = make_world(RECONCILE_MINUTES="0.001")
    for pk in range(1, 31):
        world.new_order(pk)
    limit = deployment.settings().reconcile_limit
    assert limit == 13
    assert world.walk()["enqueued"] == limit
    assert world.walk()["enqueued"] == 0, "they are still on the queue"
    assert len(queued(world)) == limit


def test_a_dry_run_counts_and_enqueues_nothing(swift: World) -> None:
    swift.new_order(1)
    report = swift.walk(dry_run=True)
    assert (report["gap"], report["enqueued"]) == (1, 0)
    assert report["oldest"].startswith("2017-01-30")
    assert queued(swift) == []


def test_a_walk_that_runs_out_of_time_goes_on_where_it_stopped(swift: World) -> None:
    for pk in range(1, 151):
        swift.new_order(pk)
    pages: list[int] = []
    walk = deployment.reconcile("first", deadline=float("inf"))

    def clock() -> float:
        return 0.0 if len(pages) < 2 else 2.0

    asked = walk.omnitron

    class Counted:
        def waiting(self, page: int) -> Any:
            pages.append(page)
            return asked.waiting(page)

        def undelivered(self) -> None:
            return None

    short = replace(walk, omnitron=Counted(), clock=clock, deadline=1.0)  # type: ignore[arg-type]
    report, cursor = short.run()
    assert (report.next_page, report.enqueued, pages) == (1, 50, [1, 2])
    ledger = deployment.delivery().tools.ledger
    ledger.set_cursor(cursor)
    assert swift.walk()["enqueued"] == 100
    assert ledger.cursor() == Cursor(None, frozenset(range(1, 151)))
    assert sorted(pk or 0 for pk in queued(swift)) == list(range(1, 151))


@pytest.mark.parametrize("fault", [{"status": 503}, {"body": "html"}, {"status": 403}])
def test_a_shop_in_trouble_is_asked_at_the_next_run(swift: World, fault: dict[str, Any]) -> None:
    swift.new_order(1)
    swift.omnitron.traffic.fail("list", **fault)
    assert swift.walk()["error"] in ("OMNITRON_UNAVAILABLE", "OMNITRON_REFUSES")
    swift.heal()
    assert swift.walk()["enqueued"] == 1


# ------------------------------------------------------------------ row by row


@pytest.fixture(scope="module")
def two() -> Routes:
    return load_routes(ROUTES, shop_url="https://shop.example.com")


def row(**fields: Any) -> ListedOrder:
    known = {"pk": 7, "status": "400", "is_send": False, "date_placed": "2026-06-01T00:00:00Z"}
    return ListedOrder.model_validate(known | fields)


def entries(**states: Any) -> dict[str, Entry]:
    found = {}
    for route, fields in states.items():
        known = {"state": "delivered", "status": "400", "updated_at": NOW - 60}
        name = NO_ROUTE if route == "beside" else route
        found[name] = Entry(**({"order": "7", "route": name, "version": 1} | known | fields))
    return found


@pytest.mark.parametrize(
    ("of_row", "of_ledger", "kind", "enqueue"),
    [
        ({}, {}, "waiting", True),
        ({"is_send": True}, {}, "sent", False),
        ({"status": "preparing"}, {}, "waiting", True),
        ({"status": "350"}, {}, "not-yet", False),
        ({"status": "100"}, {}, "closed", False),
        ({"status": "nobody-knows"}, {}, "not-yet", False),
        ({"status": None}, {}, "not-yet", False),
        ({"status": "500"}, {}, "waiting", True),
        ({"date_placed": None}, {}, "waiting", True),
        ({"date_placed": "2020-01-01T00:00:00Z"}, {}, "before-start", False),
        ({}, {"ubl": {}, "csv": {}}, "delivered", True),
        ({}, {"ubl": {}}, "waiting", True),
        ({}, {"ubl": {"state": "claimed", "lease_until": NOW + 5}, "csv": {}}, "delivered", True),
        (
            {}, {r: {"state": "claimed", "lease_until": NOW + 5} for r in ("ubl", "csv")},
            "claimed", False,
        ),
        (
            {}, {r: {"state": "claimed", "lease_until": NOW - 5} for r in ("ubl", "csv")},
            "claimed", True,
        ),
        ({}, {r: {"state": "waiting"} for r in ("ubl", "csv")}, "waiting", True),
        ({}, {"beside": {"state": "waiting"}}, "waiting", True),
        ({}, {"beside": {"state": "rejected", "code": "INVALID_VALUE"}}, "rejected", False),
        ({}, {"beside": {"state": "rejected", "code": "ORDER_NOT_FOUND"}}, "rejected", True),
        ({}, {r: {"state": "rejected"} for r in ("ubl", "csv")}, "rejected", False),
        (
            {}, {r: {"state": "rejected", "updated_at": NOW - REJECTED_AGAIN - 1}
                 for r in ("ubl", "csv")}, "rejected", True,
        ),
        ({"status": "450"}, {r: {"state": "rejected"} for r in ("ubl", "csv")}, "rejected", True),
        ({"status": "500"}, {r: {"state": "missed"} for r in ("ubl", "csv")}, "missed", False),
        ({}, {r: {"state": "missed", "status": "500"} for r in ("ubl", "csv")}, "waiting", True),
        (
            {}, {r: {"state": "settled", "reason": "not-yet"} for r in ("ubl", "csv")},
            "not-yet", False,
        ),
        (
            {}, {r: {"state": "settled", "reason": "not-yet", "updated_at": NOW - SETTLED_AGAIN - 1}
                 for r in ("ubl", "csv")}, "waiting", True,
        ),
        (
            {}, {r: {"state": "settled", "reason": "not-yet", "status": "350"}
                 for r in ("ubl", "csv")}, "waiting", True,
        ),
        (
            {}, {r: {"state": "settled", "reason": "already-in-erp"} for r in ("ubl", "csv")},
            "settled", False,
        ),
    ],
)  # fmt: skip
def test_what_the_list_and_the_ledger_say_together(
    two: Routes, of_row: dict[str, Any], of_ledger: dict[str, Any], kind: str, enqueue: bool
) -> None:
    verdict = judge(row(**of_row), entries(**of_ledger), two, NOW)
    assert (verdict.kind, verdict.enqueue) == (kind, enqueue)


@pytest.mark.parametrize("modified", [NOW - 120, NOW - 30])
def test_the_shop_s_own_dates_decide_where_it_has_them(two: Routes, modified: int) -> None:
    changed = row(modified_date=datetime.fromtimestamp(modified, UTC).isoformat())
    rejected = entries(ubl={"state": "rejected"}, csv={"state": "rejected"})
    assert judge(changed, rejected, two, NOW).enqueue == (modified > NOW - 60)


@pytest.mark.parametrize(
    ("modified", "read_at", "again"),
    [
        (NOW - 400, NOW - 390, True),
        (NOW - 400, NOW - 101, True),
        (NOW - 400, NOW - 100, False),
        (NOW - 299, NOW - 290, False),
        (NOW - 5000, NOW - 390, False),
    ],
    ids=["minutes ago", "less than the clocks may differ", "surely after the change",
         "too young to prove anything", "hours before it was read"],
)  # fmt: skip
def test_what_was_read_while_it_changed_is_read_once_more(
    two: Routes, modified: int, read_at: int, again: bool
) -> None:
    changed = row(modified_date=datetime.fromtimestamp(modified, UTC).isoformat())
    read: dict[str, Any] = {"state": "rejected", "fetched_at": read_at, "updated_at": read_at}
    assert judge(changed, entries(ubl=read, csv=read), two, NOW).enqueue == again


def test_a_rejection_that_reconcile_finds_again_is_dated_and_no_news(swift: World) -> None:
    modified = datetime.now(UTC) - timedelta(seconds=400)
    swift.new_order(1, amount="16.41", modified_date=modified.isoformat())
    swift.work(1)
    entry = swift.entry(1)
    before = int(modified.timestamp()) + 10
    swift.ledger.put(replace(entry, fetched_at=before, updated_at=before), replacing=entry)
    swift.walk()
    for pk in queued(swift):
        swift.batch(swift.record(pk, event="reconcile", source="reconcile"))
    assert swift.entry(1).fetched_at > before
    assert len(swift.lines("rejected")) == 1
    assert swift.walk()["enqueued"] == 0
