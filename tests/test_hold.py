"""A route that is held: nothing is written on it, nothing is lost, all of it comes back once."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from erp_adapter import deployment
from erp_adapter.delivery.holds import CACHE_SECONDS, Holds
from erp_adapter.errors import Unavailable
from erp_adapter.ledger import Entry, Hold
from erp_console import feeding, holding
from erp_console.resending import Resending
from operated import Operated, answer_every_invocation
from world import Killed, World, killed_at

REASON = "stock-taking"


def hold(world: World, route: str = "ubl", *, since: int | None = None) -> None:
    """Holds the route; every environment knows."""
    now = int(time.time()) if since is None else since
    world.ledger.hold(Hold(route=route, since=now, by="somebody", reason=REASON))
    forget()


def end(world: World, route: str = "ubl") -> None:
    world.ledger.end_hold(route)
    forget()


def forget() -> None:
    """Ten seconds are over: what the environment knows of holds is too old."""
    deployment.delivery().tools.holds._asked_at = -CACHE_SECONDS


@pytest.fixture(autouse=True)
def no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(time=time.time, sleep=lambda _: None)
    monkeypatch.setattr(holding, "time", clock)


# ------------------------------------------------------------------ what is known of holds


class Asked:
    """A ledger that counts, and may be down."""

    def __init__(self) -> None:
        self.times, self.held, self.down = 0, dict[str, Any](), False

    def holds(self) -> dict[str, Any]:
        self.times += 1
        if self.down:
            raise Unavailable("down")
        return self.held


def test_holds_are_asked_for_every_ten_seconds_and_never_guessed() -> None:
    ledger, now = Asked(), [1000.0]
    holds = Holds(ledger, lambda: now[0])  # type: ignore[arg-type]
    assert [holds.on("ubl") for _ in range(5)] == [False] * 5
    assert ledger.times == 1
    ledger.held = {"ubl": "held"}
    now[0] += CACHE_SECONDS - 0.1
    assert not holds.on("ubl")
    now[0] += 0.1
    assert (holds.on("ubl"), holds.on("csv"), ledger.times) == (True, False, 2)
    now[0] -= 5  # a clock that was set back
    assert (holds.on("ubl"), ledger.times) == (True, 3)
    ledger.down = True
    now[0] += CACHE_SECONDS
    for _ in range(2):
        with pytest.raises(Unavailable):
            holds.on("ubl")


def test_a_hold_is_no_order(world: World) -> None:
    hold(world)
    assert world.ledger.holds()["ubl"].reason == REASON
    assert list(world.ledger.scan()) == []
    assert world.ledger.undone() == ([], 0)
    world.ledger.hold(Hold(route="ubl", since=1, by="another", reason="too late"))
    assert world.ledger.holds()["ubl"].by == "somebody"
    end(world)
    end(world)
    assert world.ledger.holds() == {}


# ------------------------------------------------------------------ the story under a hold


def test_an_order_of_a_held_route_waits_and_is_written_down_once(world: World) -> None:
    world.new_order(1)
    hold(world)
    assert world.work(1) == []
    waits = world.entry(1)
    assert (waits.state, waits.reason, world.documents(), world.is_send(1)) == (
        "waiting", "held", {}, False,
    )  # fmt: skip
    assert [world.work(1) for _ in range(3)] == [[], [], []]
    assert world.entry(1) == waits
    end(world)
    assert world.work(1) == []
    assert (world.entry(1).state, len(world.puts()), world.is_send(1)) == ("delivered", 1, True)


def test_another_route_goes_its_way_and_is_send_waits(make_world: Callable[..., World]) -> None:
    world = make_world(("ubl-order", "csv-flat"))
    world.new_order(1)
    hold(world)
    assert world.work(1) == []
    assert {name: entry.state for name, entry in world.entries(1).items()} == {
        "ubl": "waiting", "csv": "delivered",
    }  # fmt: skip
    assert not world.is_send(1)
    end(world)
    assert world.work(1) == []
    assert (world.entry(1).state, world.is_send(1)) == ("delivered", True)


def test_what_is_wrong_or_not_ours_is_said_during_a_hold(world: World) -> None:
    hold(world)
    world.new_order(1, amount="16.41")
    world.new_order(2, is_send=True)
    assert world.work(1, 2) == []
    assert (world.entry(1).state, world.entry(2).reason) == ("rejected", "sent-by-others")


def test_what_was_delivered_before_is_noted_and_acknowledged(world: World) -> None:
    world.new_order(1)
    world.omnitron.traffic.fail("patch", status=500)
    world.work(1)
    world.heal()
    hold(world)
    world.omnitron.shop.change(1, status="100")
    assert world.work(1) == []
    assert (world.entry(1).code, world.is_send(1)) == ("CANCELLED_AFTER_DELIVERY", True)


def test_a_hold_that_comes_after_the_claim_is_kept(world: World) -> None:
    world.new_order(1)

    def while_it_is_claimed(**_: Any) -> None:
        world.heal()
        hold(world)

    world.on("dynamodb", "after-call.dynamodb.PutItem", while_it_is_claimed)
    assert world.work(1) == []
    assert (world.entry(1).reason, world.puts()) == ("held", [])
    end(world)
    assert world.work(1) == []
    assert len(world.puts()) == 1


def die_at(world: World, event: str, *, service: str) -> None:
    """A worker dies with its claim, whose lease then ends."""
    with killed_at(world, service, event, retries=False), suppress(Killed):
        world.work(1)
    entry = world.entry(1)
    assert entry.state == "claimed"
    lapsed = {"order": {"S": "1"}, "route": {"S": "ubl"}}
    world.client("dynamodb").update_item(
        TableName=world.table, Key=lapsed, UpdateExpression="SET lease_until = :then",
        ExpressionAttributeValues={":then": {"N": "1"}},
    )  # fmt: skip


def test_a_dead_claim_whose_document_landed_is_finished_under_a_hold(world: World) -> None:
    world.new_order(1)
    die_at(world, "after-call.s3.PutObject", service="s3")
    world.import_all()
    hold(world)
    assert world.work(1) == []
    assert (world.entry(1).state, world.is_send(1), len(world.puts())) == ("delivered", True, 1)


def test_a_dead_claim_without_a_document_waits(world: World) -> None:
    world.new_order(1)
    die_at(world, "before-call.s3.PutObject", service="s3")
    hold(world)
    for _ in range(2):
        assert world.work(1) == []
        assert (world.entry(1).reason, world.puts()) == ("held", [])
    end(world)
    assert world.work(1) == []
    assert (world.entry(1).state, len(world.puts())) == ("delivered", 1)


@pytest.mark.parametrize("sent", [False, True])
def test_a_dead_claim_that_nobody_can_look_behind_is_taken_over_after_the_hold(
    make_world: Callable[..., World], sent: bool
) -> None:
    world = make_world(destination="sqs")
    world.new_order(1)
    die_at(world, f"{'after' if sent else 'before'}-call.sqs.SendMessage", service="sqs")
    hold(world)
    for _ in range(2):
        assert world.work(1) == []
        waits = world.entry(1)
        assert (waits.state, waits.reason, waits.lease_until) == ("waiting", "held", None)
        assert waits.document
    assert len(world.received(world.output_queue)) == sent
    end(world)
    assert world.work(1) == []
    assert (world.entry(1).state, world.is_send(1)) == ("delivered", True)
    assert len(world.received(world.output_queue)) == 1


def test_a_dead_claim_whose_order_was_cancelled_under_a_hold_is_noted(
    make_world: Callable[..., World],
) -> None:
    world = make_world(destination="sqs")
    world.new_order(1)
    die_at(world, "before-call.sqs.SendMessage", service="sqs")
    hold(world)
    assert world.work(1) == []
    world.omnitron.shop.change(1, status="100")
    assert world.work(1) == []
    entry = world.entry(1)
    assert (entry.state, entry.code, entry.written_at) == (
        "delivered", "CANCELLED_AFTER_DELIVERY", None,
    )  # fmt: skip


# ------------------------------------------------------------------ reconcile


def test_reconcile_leaves_what_is_held_where_it_is_and_says_for_how_long(world: World) -> None:
    world.new_order(1)
    hold(world, since=int(time.time()) - 3 * 3600)
    report = world.walk()
    assert (report["gap"], report["enqueued"], report["holds"][0]["route"]) == (1, 1, "ubl")
    world.work(1)
    for _ in range(2):
        report = world.walk()
        assert (report["counts"], report["gap"], report["enqueued"]) == ({"held": 1}, 0, 0)
    end(world)
    assert world.walk()["enqueued"] == 1


# ------------------------------------------------------------------ the operator's commands


@pytest.fixture
def two_erps(operate: Callable[..., Operated]) -> Operated:
    """ubl, which counts, and csv, which does not: what reconcile does not see."""

    def csv_does_not(tables: dict[str, Any]) -> None:
        next(each for each in tables["route"] if each["name"] == "csv")["acknowledge"] = "never"

    return operate(profiles=("ubl-order", "csv-flat"), change=csv_does_not)


def test_hold_and_resume_as_a_person_gives_them(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = operated.world
    answer_every_invocation(monkeypatch)
    dry = operated.run("hold", "ubl", "--reason", REASON, "--dry-run")
    assert (dry.exit_code, "would be held" in dry.output) == (0, True)
    assert world.ledger.holds() == {}
    [held] = operated.said("hold", "ubl", "--reason", REASON)["held"]
    assert (held["route"], held["reason"]) == ("ubl", REASON)
    assert operated.said("hold", "ubl", "--reason", "again")["held"] == [held]
    for pk in (1, 2):
        world.new_order(pk)
    forget()
    assert world.work(1, 2) == []
    shown = operated.run("status").output
    assert "Nothing is written: route ubl is held since" in shown
    assert REASON in shown
    assert REASON in operated.run("status", "1").output
    lost = operated.said("resend", "1", "--reason", "the ERP lost it", code=1)
    assert lost["counts"] == {"not delivered": 1}
    assert operated.said("resume", "ubl", "--dry-run")["counts"] == {"would be brought back": 2}
    assert world.ledger.holds()
    assert operated.said("resume", "ubl")["counts"] == {"brought back": 2}
    assert world.ledger.holds() == {}
    assert "not held any more" in operated.run("status", "1").output
    forget()
    assert operated.work_off() == 2
    assert sorted(world.puts()) == ["documents/ubl/T1-1.xml", "documents/ubl/T2-2.xml"]
    assert operated.said("resume", "ubl")["counts"] == {}


def test_resume_brings_back_what_another_route_has_acknowledged(two_erps: Operated) -> None:
    world = two_erps.world
    world.new_order(1)
    hold(world, "csv")
    assert world.work(1) == []
    assert (world.entry(1, "csv").reason, world.is_send(1)) == ("held", True)
    assert two_erps.said("resume", "csv")["counts"] == {"brought back": 1}
    forget()
    assert two_erps.work_off() == 1
    assert world.entry(1, "csv").state == "delivered"
    assert len(world.puts()) == 2


def test_a_document_is_not_resent_on_a_held_route(operated: Operated) -> None:
    world = operated.world
    world.new_order(1)
    assert world.work(1) == []
    hold(world)
    lost = operated.said("resend", "1", "--reason", "the ERP lost it", code=1)
    assert lost["counts"] == {"held": 1}
    assert len(world.puts()) == 1


def test_a_hold_that_comes_while_a_document_is_resent_is_heeded(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, claim = operated.world, Resending._claim
    world.new_order(1)
    assert world.work(1) == []
    before = world.entry(1)

    def slowly(self: Resending, entry: Entry) -> Entry:
        claimed = claim(self, entry)
        hold(world)
        return claimed

    monkeypatch.setattr(Resending, "_claim", slowly)
    lost = operated.said("resend", "1", "--reason", "the ERP lost it", code=1)
    assert lost["counts"] == {"held": 1}
    assert len(world.puts()) == 1
    assert world.entry(1) == replace(before, version=before.version + 2)


def test_a_route_that_is_not_there_is_not_held(operated: Operated) -> None:
    for command in (("hold", "ubb", "--reason", REASON), ("resume", "ubb")):
        result = operated.run(*command)
        assert (result.exit_code, "has no route ubb" in result.output) == (2, True)
    assert operated.run("hold", "ubl", "--reason", "x").exit_code == 2


def test_a_resume_that_is_killed_anywhere_is_done_by_the_next(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = operated.world
    for pk in (1, 2, 3):
        world.new_order(pk)
    hold(world)
    assert world.work(1, 2, 3) == []
    deployed, seen = operated.watched()
    list(holding.resume_routes(deployed, ["ubl"]))
    assert [each["pk"] for each in operated.queued()] == [1, 2, 3]
    for moment in range(len(seen)):
        hold(world)
        deployed, _ = operated.watched(kill_at=moment)
        with suppress(Killed):
            list(holding.resume_routes(deployed, ["ubl"]))
        operated.queued()
        list(holding.resume_routes(operated.deployed, ["ubl"]))
        assert [each["pk"] for each in operated.queued()] == [1, 2, 3], seen[moment]
        assert world.ledger.holds() == {}


def test_resume_puts_no_more_on_the_queue_than_the_workers_can_fetch(
    operate: Callable[..., Operated], monkeypatch: pytest.MonkeyPatch
) -> None:
    # 0.9 × 0.1 calls a second for 300 s are 6 orders of four calls.
    operated = operate(OMNITRON_RATE="0.1")
    deployment.delivery().omnitron.pace.rate = 1000  # type: ignore[union-attr]
    world, most = operated.world, list[int]()
    for pk in range(1, 16):
        world.new_order(pk)
    hold(world)
    for pk in range(1, 16):
        assert world.work(pk) == []

    def work_off(_: float) -> None:
        most.append(operated.work_off())

    monkeypatch.setattr(feeding, "time", SimpleNamespace(sleep=work_off))
    world.ledger.end_hold("ubl")
    monkeypatch.setattr(holding, "_let_everybody_know", lambda *_: forget())
    assert len(list(holding.resume_routes(operated.deployed, ["ubl"]))) == 15
    operated.work_off()
    assert most == [6, 6]
    assert len(world.puts()) == 15


def test_a_route_of_several_documents_is_held_by_its_own_name(
    operate: Callable[..., Operated],
) -> None:
    def both(tables: dict[str, Any]) -> None:
        [route] = tables["route"]
        del route["profile"]
        route |= {"name": "logo", "profiles": ["csv-flat", "ubl-order"]}

    operated = operate(change=both)
    world = operated.world
    world.new_order(1)
    held = operated.said("hold", "logo", "--reason", REASON)["held"]
    assert [each["route"] for each in held] == ["logo.csv-flat", "logo.ubl-order"]
    forget()
    assert world.work(1) == []
    assert [entry.reason for entry in world.entries(1).values()] == ["held", "comes-after"]
    assert operated.said("resume", "logo")["counts"] == {"brought back": 1}
    forget()
    assert operated.work_off() == 1
    assert {entry.state for entry in world.entries(1).values()} == {"delivered"}
    assert len(world.puts()) == 2


def test_a_hold_of_the_second_document_alone_lets_the_first_go(
    operate: Callable[..., Operated],
) -> None:
    def both(tables: dict[str, Any]) -> None:
        [route] = tables["route"]
        del route["profile"]
        route |= {"name": "logo", "profiles": ["csv-flat", "ubl-order"]}

    world = operate(change=both).world
    world.new_order(1)
    hold(world, "logo.ubl-order")
    assert world.work(1) == []
    assert [entry.state for entry in world.entries(1).values()] == ["delivered", "waiting"]
    assert not world.is_send(1)
    report = world.walk()
    assert (report["counts"], report["enqueued"]) == ({"held": 1}, 0)
    end(world, "logo.ubl-order")
    assert world.work(1) == []
    assert world.is_send(1)
