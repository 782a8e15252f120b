"""Reconcile and the webhooks that the shop could not deliver: what they announce of a delivered or
a rejected order is read once more."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from erp_adapter.errors import AdapterError, Misconfigured, OmnitronUnavailable
from erp_adapter.ledger import NO_ROUTE, Entry
from erp_adapter.notification import Notification
from erp_adapter.omnitron import EVENTS_PAGE, Omnitron
from erp_adapter.omnitron_answers import UndeliveredEvent, events_of
from erp_adapter.routes import Routes, load_routes
from erp_adapter.undelivered import MARGIN, Unheard, unheard
from stack import ROOT
from test_cancelling import three_items, with_cancellations
from world import SECRET, World

PK = 1001
NOW = 1_800_000_000
HOUR = 3600
ROUTES = ROOT / "layers" / "profiles" / "routes.toml"
PLAN = "cancellation_plan.updated"
FAULTS: list[dict[str, Any]] = [
    {"status": 404}, {"status": 403}, {"status": 503}, {"body": "html"}, {"body": "truncated"},
]  # fmt: skip


def with_everything(tables: dict[str, Any]) -> None:
    """The first route revises, the second is of whole cancellations, plans announce them."""
    with_cancellations(tables)
    tables["route"][0]["on_change"] = "revise"
    tables["route"][1]["items"] = False
    tables["event"].append({"type": PLAN, "pk": "payload.order.pk"})


def age(world: World, pk: int = PK, **fields: Any) -> None:
    """What the ledger has of the order was read an hour ago."""
    for entry in world.entries(pk).values():
        read_at = int(time.time()) - HOUR
        world.ledger.put(replace(entry, fetched_at=read_at, **fields), replacing=entry)


def lose(world: World, event: str = "order.updated", minutes: float = 10, **payload: Any) -> None:
    """The shop gave up an event that many minutes ago."""
    hook = world.omnitron.hooks.add(event, "https://example.com/webhook", secret_key=SECRET)
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    world.omnitron.hooks.lose(hook["id"], at=at, **(payload or {"pk": PK}))


def bring_back(world: World) -> int:
    """Reconciles, and lets the worker have what came back; how much that was."""
    report = world.walk()
    assert report["finished"]
    found = [Notification.from_json(m["Body"]) for m in world.taken(world.input_queue)]
    assert len(found) == report["enqueued"]
    for each in found:
        assert (each.source, each.number) == ("reconcile", None)
        for tries in (1, 4):
            record = world.record(each.pk, tries=tries, event=each.event, source=each.source)
            if not world.batch(record):
                break
    return len(found)


@pytest.fixture
def make_delivered(make_world: Callable[..., World]) -> Callable[..., World]:
    """Makes a world whose order was delivered, acknowledged, and last read an hour ago."""

    def make(**more: Any) -> World:
        world = make_world(RECONCILE_MINUTES="60", **more)
        world.new_order(PK, **three_items())
        assert world.work(PK) == []
        assert world.is_send(PK)
        age(world)
        return world

    return make


@pytest.fixture
def delivered(make_delivered: Callable[..., World]) -> World:
    """The usual one."""
    return make_delivered()


# ------------------------------------------------------------------ what is brought back


def test_a_change_whose_webhook_got_lost_is_noticed_once(delivered: World) -> None:
    delivered.omnitron.shop.change(PK, notes="changed")
    assert bring_back(delivered) == 0
    lose(delivered)
    report = delivered.walk(dry_run=True)
    assert (report["unheard"], report["enqueued"], report["undelivered_webhooks"]) == (1, 0, 1)
    assert bring_back(delivered) == 1
    assert delivered.entry(PK).code == "ORDER_CHANGED"
    assert (bring_back(delivered), delivered.walk()["unheard"]) == (0, 0)
    delivered.omnitron.shop.change(PK, notes=None)
    age(delivered)
    lose(delivered)
    assert bring_back(delivered) == 1
    assert delivered.entry(PK).code is None


@pytest.mark.parametrize("source", ["webhook", "backfill"])
def test_an_order_that_is_as_it_was_is_read_once(delivered: World, source: str) -> None:
    age(delivered, source=source)
    lose(delivered)
    lose(delivered, minutes=20)
    before = delivered.entry(PK)
    assert [bring_back(delivered) for _ in range(3)] == [1, 0, 0]
    after = delivered.entry(PK)
    assert (after.fetched_at or 0) >= time.time() - 60
    same = {"version": before.version + 1, "fetched_at": after.fetched_at}
    assert after == replace(before, updated_at=after.updated_at, **same)


def test_a_webhook_that_finds_nothing_new_costs_no_write(delivered: World) -> None:
    before = delivered.entry(PK)
    assert delivered.work(PK) == []
    assert delivered.entry(PK) == before


def test_a_lost_revision_is_sent(make_delivered: Callable[..., World]) -> None:
    world = make_delivered(change=with_everything)
    world.omnitron.shop.change(PK, notes="changed")
    lose(world)
    assert [bring_back(world) for _ in range(2)] == [1, 0]
    assert (world.entry(PK).revision, world.entry(PK).code) == (2, None)


def test_a_revision_that_is_rejected_is_tried_once_for_a_webhook(
    make_delivered: Callable[..., World],
) -> None:
    world = make_delivered(change=with_everything)
    world.omnitron.shop.change(PK, amount="31.00")
    lose(world)
    assert [bring_back(world) for _ in range(2)] == [1, 0]
    assert world.entry(PK).code == "TOTALS_MISMATCH"
    age(world)
    assert [bring_back(world) for _ in range(2)] == [1, 0], "the same again: no news but the time"


def test_a_lost_cancellation_is_handed_over(make_delivered: Callable[..., World]) -> None:
    world = make_delivered(change=with_everything)
    world.omnitron.shop.change(PK, status="100")
    lose(world, PLAN, order={"pk": PK}, items=[{"pk": 77}])
    assert [bring_back(world) for _ in range(2)] == [1, 0]
    assert world.entry(PK).code == "CANCELLATION_SENT"
    [key] = [key for key in world.documents() if key.startswith("documents/gone/")]
    assert str(PK) in key


@pytest.mark.parametrize(
    ("fault", "code"), [({"status": 404}, "ORDER_NOT_FOUND"), ({}, "INVALID_VALUE")]
)
def test_what_cannot_be_read_is_tried_once_for_a_webhook(
    delivered: World, fault: dict[str, Any], code: str
) -> None:
    delivered.omnitron.shop.change(PK, currency="lira")
    if fault:
        delivered.omnitron.traffic.fail("detail", **fault)
    lose(delivered)
    assert [bring_back(delivered) for _ in range(2)] == [1, 0]
    assert (delivered.entry(PK).state, delivered.entry(PK, NO_ROUTE).code) == ("delivered", code)


def test_a_reading_that_did_not_come_about_is_none(delivered: World) -> None:
    lose(delivered)
    delivered.omnitron.traffic.fail("detail", status=503)
    assert bring_back(delivered) == 1
    assert delivered.entry(PK, NO_ROUTE).state == "waiting"
    delivered.heal()
    assert [bring_back(delivered) for _ in range(2)] == [1, 0]
    assert delivered.entry(PK, NO_ROUTE).reason == "resolved"


def test_a_rejected_order_that_was_mended_unheard_is_read_at_once(
    make_world: Callable[..., World],
) -> None:
    world = make_world(RECONCILE_MINUTES="60")
    world.new_order(PK, **three_items(amount="31.00", modified_date=None))
    assert world.work(PK) == []
    age(world, updated_at=int(time.time()) - 60)
    lose(world)
    assert [bring_back(world) for _ in range(2)] == [1, 0]
    assert world.entry(PK).state == "rejected"
    world.omnitron.shop.change(PK, amount="30.00")
    assert bring_back(world) == 0, "its row has no date"
    age(world, updated_at=int(time.time()) - 60)
    assert bring_back(world) == 1
    assert world.entry(PK).state == "delivered"


def test_a_reading_whose_story_has_not_ended_is_not_dated(delivered: World) -> None:
    delivered.omnitron.shop.change(PK, is_send=False)
    before = delivered.entry(PK)
    delivered.omnitron.traffic.fail("patch", status=503)
    record = delivered.record(PK, event="reconcile", source="reconcile")
    assert delivered.batch(record)
    assert delivered.entry(PK) == before
    delivered.heal()
    assert not delivered.batch(record)
    assert (delivered.entry(PK).fetched_at or 0) > (before.fetched_at or 0)


# ---------------------------------------------------------------------- what is not


def test_what_the_erp_does_not_have_is_left_to_the_list(delivered: World) -> None:
    delivered.new_order(PK + 1, status="350")
    delivered.work(PK + 1)
    age(delivered, PK + 1)
    for pk in (PK + 1, PK + 2):
        lose(delivered, pk=pk)
    assert delivered.entry(PK + 1).state == "settled"
    report = delivered.walk()
    assert (report["enqueued"], report["unheard"], report["undelivered_webhooks"]) == (0, 0, 2)


def test_rows_that_say_nothing_of_an_order_of_ours_are_passed_over(delivered: World) -> None:
    lose(delivered, "retail_store.updated", pk=PK)
    lose(delivered, number=f"T{PK}")
    lose(delivered, pk="no number")
    lose(delivered)
    events = delivered.omnitron.hooks.undelivered
    sound = events.pop()
    events += [
        sound | {"delivered": True}, sound | {"created_date": "2026-01-01T00:00:00"},
        sound | {"created_date": None}, sound | {"request_payload": "text"},
        sound | {"request_payload": {}}, {"webhook": sound["webhook"]}, sound | {"delivered": None},
    ]  # fmt: skip
    assert (bring_back(delivered), delivered.walk()["unheard"]) == (0, 0)
    events.insert(3, sound)
    assert bring_back(delivered) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_shop_that_does_not_answer_this_spoils_no_walk(
    delivered: World, fault: dict[str, Any]
) -> None:
    lose(delivered)
    delivered.omnitron.traffic.fail("hook_events", **fault)
    report = delivered.walk()
    assert report["finished"]
    assert (report["undelivered_webhooks"], report["unheard"], report["enqueued"]) == (
        None,
        None,
        0,
    )
    delivered.heal()
    assert bring_back(delivered) == 1


def test_events_that_are_counted_and_not_shown_spoil_no_walk(
    delivered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(delivered)

    def down(*_: Any, **__: Any) -> Any:
        raise Misconfigured("Omnitron answered 404.", code="OMNITRON_REFUSES")

    with monkeypatch.context() as patch:
        patch.setattr(Omnitron, "undelivered_events", down)
        report = delivered.walk()
        assert (report["finished"], report["undelivered_webhooks"], report["unheard"]) == (
            True,
            1,
            0,
        )
    with monkeypatch.context() as patch:
        patch.setattr("erp_adapter.reconcile.unheard", down)
        assert delivered.walk()["unheard"] is None
    assert bring_back(delivered) == 1


def test_nothing_is_asked_for_where_every_webhook_came(delivered: World) -> None:
    calls = delivered.omnitron.traffic.calls
    delivered.walk()
    assert calls["hook_events"] == 1
    lose(delivered)
    delivered.walk()
    assert calls["hook_events"] == 3, "the count, and a page"


# ------------------------------------------------------------------ clocks and budgets


def event(pk: int, kept_at: float) -> UndeliveredEvent:
    return UndeliveredEvent(
        created_date=datetime.fromtimestamp(kept_at, UTC), delivered=False,
        request_payload={"event": {"type": "order.updated", "uuid": "a" * 32},
                         "payload": {"pk": pk}},
    )  # fmt: skip


@pytest.fixture(scope="module")
def routes() -> Routes:
    return load_routes(ROUTES, shop_url="https://shop.example.com")


def look(
    routes: Routes, pages: dict[int, list[UndeliveredEvent] | AdapterError], *,
    read_at: dict[str, int | None], count: int, page: int | None = None,
    clock: Callable[[], float] = lambda: NOW,
) -> tuple[Unheard, list[int]]:  # fmt: skip
    """A walk over these pages, with orders that were read so on one route and never on another; and
    the pages that it asked for."""
    asked: list[int] = []

    def undelivered_events(number: int) -> list[UndeliveredEvent]:
        asked.append(number)
        answer = pages.get(number, [])
        if isinstance(answer, AdapterError):
            raise answer
        return answer

    def of_orders(orders: list[str], names: list[str]) -> dict[str, dict[str, Entry]]:
        assert names == ["ubl", "csv"]
        return {
            order: {
                "ubl": Entry(order=order, route="ubl", version=1, state="delivered",
                             fetched_at=read_at[order]),
                "csv": Entry(order=order, route="csv", version=1, state="rejected"),
            }
            for order in orders if order in read_at
        }  # fmt: skip

    omnitron: Any = SimpleNamespace(undelivered_events=undelivered_events)
    ledger: Any = SimpleNamespace(of_orders=of_orders)
    found = unheard(
        omnitron, ledger, routes, count=count, page=page, clock=clock, deadline=NOW + 60
    )
    return found, asked


@pytest.mark.parametrize(
    ("read_at", "kept_at", "again"),
    [
        (NOW - 1000 + MARGIN, NOW - 1000, False),
        (NOW - 1000 + MARGIN - 1, NOW - 1000, True),
        (NOW - HOUR, NOW - MARGIN, True),
        (NOW - HOUR, NOW - MARGIN + 1, False),
        (NOW - HOUR, NOW + HOUR, False),
        (None, NOW - 1000, True),
    ],
    ids=["read after it", "read at its time, by a clock ahead", "old enough",
         "too young to prove anything", "of a clock far ahead", "never dated"],
)  # fmt: skip
def test_a_reading_answers_what_was_surely_kept_before(
    routes: Routes, read_at: int | None, kept_at: float, again: bool
) -> None:
    found, _ = look(routes, {1: [event(7, kept_at)]}, read_at={"7": read_at}, count=1)
    assert found.pks == ((7,) if again else ())


def test_the_newest_event_of_an_order_counts_and_the_oldest_order_is_first(routes: Routes) -> None:
    events = [event(7, NOW - 2000), event(8, NOW - 3000), event(7, NOW - 9000), event(7, NOW)]
    read_at = {"7": NOW - 5000, "8": NOW - 5000}
    assert look(routes, {1: events}, read_at=read_at, count=4)[0].pks == (8, 7)
    read_at["7"] = NOW - 1000
    assert look(routes, {1: events}, read_at=read_at, count=4)[0].pks == (8,)


def test_a_long_list_takes_several_walks(routes: Routes) -> None:
    count = 7 * EVENTS_PAGE - 3
    pages: dict[int, Any] = {n: [event(n, NOW - 1000)] for n in range(1, 8)}
    read_at = dict.fromkeys(map(str, range(1, 8)), NOW - HOUR)
    first, asked = look(routes, pages, read_at=read_at, count=count)
    assert (first.pks, asked, first.next_page) == ((7, 6, 5, 4, 3), [7, 6, 5, 4, 3], 2)
    second, asked = look(routes, pages, read_at=read_at, count=count, page=first.next_page)
    assert (second.pks, asked, second.next_page) == ((2, 1), [2, 1], None)
    shorter, asked = look(routes, pages, read_at=read_at, count=EVENTS_PAGE, page=6)
    assert (asked, shorter.next_page) == ([1], None)


@pytest.mark.parametrize(
    "fault", [OmnitronUnavailable("larger"), Misconfigured("gone", code="OMNITRON_REFUSES")]
)
def test_a_page_that_is_not_answered_hides_none_of_the_others(
    routes: Routes, fault: AdapterError
) -> None:
    pages: dict[int, Any] = {3: [event(3, NOW - 1000)], 2: fault, 1: [event(1, NOW - 1000)]}
    read_at: dict[str, int | None] = {"1": None, "3": None}
    first, asked = look(routes, pages, read_at=read_at, count=3 * EVENTS_PAGE)
    assert (first.pks, asked, first.next_page) == ((3,), [3, 2], 1)
    second, _ = look(routes, pages, read_at=read_at, count=3 * EVENTS_PAGE, page=first.next_page)
    assert (second.pks, second.next_page) == ((1,), None)


def test_a_walk_whose_time_is_over_goes_on_there(routes: Routes) -> None:
    ticks = iter([NOW, NOW, NOW + 61])
    pages: dict[int, Any] = {2: [event(2, NOW - 1000)]}
    found, asked = look(
        routes, pages, read_at={"2": None}, count=2 * EVENTS_PAGE, clock=lambda: next(ticks)
    )
    assert (found.pks, asked, found.next_page) == ((2,), [2], 1)


def test_no_more_is_enqueued_than_there_is_room_for(
    delivered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pk in range(1, 8):
        delivered.new_order(pk)
        delivered.work(pk)
        age(delivered, pk)
        lose(delivered, minutes=20 - pk, pk=pk)
    monkeypatch.setattr("erp_adapter.reconcile.MOST_ENQUEUED", 3)
    for module in ("omnitron", "undelivered"):
        monkeypatch.setattr(f"erp_adapter.{module}.EVENTS_PAGE", 1)
    assert delivered.walk(dry_run=True)["unheard"] == 5, "of five pages of the seven"
    done = []
    for _ in range(4):
        done.append((bring_back(delivered), delivered.ledger.cursor().undelivered))
    assert done == [(3, None), (2, 2), (2, None), (0, 2)]


def test_a_row_keeps_its_payload_to_itself() -> None:
    [row] = events_of(
        b'[{"created_date": "2026-01-01T00:00:00Z", "delivered": false, "webhook": {"secret_key": '
        b'"sir"}, "request_payload": {"payload": {"email": "a@b.example"}}}]'
    )
    assert "sir" not in str(row.model_dump())
    assert "a@b" not in repr(row)
