"""`erp-adapter watch`: what the functions' logs say, once, in order, and how it is shown."""

import io
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from emitted import Emitted
from erp_console import watch
from erp_console.happenings import COUNTED, happenings
from erp_console.log_lines import FUNCTIONS, Line, LogLines
from erp_console.watch_view import View
from operated import Operated, answer_new_clients
from rich.console import Console
from world import STACK

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LOOK = len(FUNCTIONS)
"""Calls of one look: a group each."""


# ------------------------------------------------------------------ the log's lines


class Logs:
    """CloudWatch's side: what each group holds; the calls it got; what is to fail."""

    def __init__(self) -> None:
        self.groups: dict[str, list[dict[str, Any]]] = {"webhook": [], "deliver": []}
        self.asked: list[dict[str, Any]] = []
        self.failing: Exception | None = None

    def client(self, _: str) -> "Logs":
        return self

    def get_paginator(self, _: str) -> "Logs":
        return self

    def put(self, seconds: float, message: str, group: str = "deliver", **more: Any) -> None:
        """A line so long after `NOW`."""
        event = {"timestamp": int((NOW.timestamp() + seconds) * 1000), "message": message}
        self.groups[group].append(event | more)

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(asked)
        group = asked["logGroupName"].rpartition("-")[2]
        if group not in self.groups:
            answer = {"Error": {"Code": "ResourceNotFoundException"}}
            raise ClientError(answer, "FilterLogEvents")
        found = [e for e in self.groups[group] if e["timestamp"] >= asked["startTime"]]
        found.sort(key=lambda event: event["timestamp"])
        for event in found:
            yield {"events": [event]}
        yield {"events": []}
        if self.failing and group == "deliver":
            raise self.failing


def own(name: str) -> str:
    return json.dumps({"level": "INFO", "service": "deliver", "message": name})


def tail(logs: Logs) -> tuple[LogLines, Callable[[], list[str]]]:
    lines: LogLines = LogLines(logs, STACK, NOW)  # type: ignore[arg-type]
    return lines, lambda: [line.fields["message"] for line in lines.new()]


def test_lines_come_once_and_by_their_times() -> None:
    logs = Logs()
    _, new = tail(logs)
    assert new() == []
    logs.put(3, own("third"))
    logs.put(1, own("first"), "webhook")
    logs.put(2, own("second"), eventId="1")
    logs.put(2, own("second"), eventId="2")
    logs.put(-1, own("too old"))
    assert new() == ["first", "second", "second", "third"]
    assert new() == []
    logs.put(4, own("fourth"))
    logs.put(2, own("late"), eventId="3")
    assert new() == ["late", "fourth"]


def test_what_was_read_long_ago_is_not_asked_for_again() -> None:
    logs = Logs()
    _, new = tail(logs)
    for minute in range(5):
        logs.put(60 * minute, own(str(minute)))
    assert len(new()) == 5
    logs.asked.clear()
    assert new() == []
    moments = {asked["startTime"] / 1000 - NOW.timestamp() for asked in logs.asked}
    assert moments == {4 * 60 - 30}


def test_a_look_that_fails_loses_nothing_and_repeats_nothing() -> None:
    logs = Logs()
    lines, new = tail(logs)
    logs.put(1, own("first"))
    logs.failing = ReadTimeoutError(endpoint_url="x")
    look = lines.new()
    assert next(look).fields["message"] == "first"
    with pytest.raises(ReadTimeoutError):
        next(look)
    logs.failing = None
    logs.put(100, own("second"))
    assert new() == ["second"]


def test_lines_of_nobody_s_are_left_out() -> None:
    logs = Logs()
    _, new = tail(logs)
    for message in ("START RequestId: 1", "[]", "3", '{"level": "ERROR", "message": "Ayşe Yılmaz"}',
                    '{"service": "another", "message": "x"}', "{"):  # fmt: skip
        logs.put(1, message)
    assert new() == []
    pattern = logs.asked[1]["filterPattern"]
    assert pattern == f'{{ ($.service = "deliver") || ($.stack = "{STACK}") }}'


# ------------------------------------------------------------------ the command


@pytest.fixture
def watching(operated: Operated, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Runs `watch` for some looks; before each of them something may happen. What stdout holds."""
    monkeypatch.setattr(watch, "_PAUSE", 0)

    def run(*options: str, before: tuple[Callable[[], None], ...] = ()) -> list[str]:
        calls = []

        def look(**_: Any) -> None:
            calls.append(None)
            place, first = divmod(len(calls) - 1, LOOK)
            if place > len(before):
                raise KeyboardInterrupt
            if place and not first:
                before[place - 1]()

        with monkeypatch.context() as patch:
            answer_new_clients(patch, "logs.FilterLogEvents", look)
            result = operated.run("watch", *options)
        assert result.exit_code == 0, result.output
        # The functions' own metrics are on it too, where they work in the middle of a look.
        return [line for line in str(result.stdout).splitlines() if "_aws" not in line]

    return run


def everything(operated: Operated) -> None:
    """A bit of all that can happen."""
    world = operated.world
    world.announce(world.new_order(1))
    world.post(b"{}", {"x-whisperer-signature": "sha256=00"})
    world.work(1)
    world.work(1)
    world.work(world.new_order(2, amount="17.40"))
    world.batch(world.record(2, announced_at=1))
    world.work(world.new_order(3, status="350"))
    world.work(world.new_order(4, status="500"))
    world.omnitron.traffic.fail("items", status=500)
    world.work(world.new_order(5))
    world.batch(world.record(5, tries=5))
    world.heal()
    world.omnitron.shop.change(1, notes="changed")
    world.work(1)
    world.walk()


def test_each_happening_is_a_line_of_json(
    operated: Operated, watching: Callable[..., list[str]]
) -> None:
    everything(operated)
    operated.publish()
    operated.publish(own("of a line that is not known"))
    said = [json.loads(line) for line in watching("--json")]
    assert [(each["what"], each.get("order"), each.get("route")) for each in said] == [
        ("webhook", "1", None), ("refused", None, None), ("delivered", "1", "ubl"),
        ("unchanged", "1", "ubl"), ("rejected", "2", "ubl"), ("settled", "3", "ubl"),
        ("missed", "4", "ubl"), ("retried", "5", None), ("parked", "5", None),
        ("changed", "1", "ubl"), ("reconciled", None, None),
    ]  # fmt: skip
    by = {each["what"]: each for each in reversed(said)}
    assert by["webhook"]["sentence"] == "order.updated"
    assert by["refused"]["code"] == "UNVERIFIED"
    assert by["delivered"]["sentence"] == "documents/ubl/T1-1.xml"
    assert by["unchanged"]["sentence"] == "It was delivered before."
    assert by["changed"]["code"] == "ORDER_CHANGED"
    assert by["changed"]["sentence"].startswith("The order was changed in the shop")
    assert (by["rejected"]["code"], by["rejected"]["number"]) == ("TOTALS_MISMATCH", "T2")
    assert by["rejected"]["sentence"] == operated.world.entry(2).message
    assert by["settled"]["reason"] == "not-yet"
    assert by["retried"]["sentence"].startswith("Try 1: ")
    assert (by["parked"]["code"], by["parked"]["sentence"][:6]) == (
        "OMNITRON_UNAVAILABLE",
        "Try 5:",
    )
    assert "brought back" in by["reconciled"]["sentence"]
    assert all(abs(datetime.fromisoformat(e["at"]).timestamp() - time.time()) < 60 for e in said)


def test_it_goes_on_until_it_is_ended(
    operated: Operated, watching: Callable[..., list[str]]
) -> None:
    world = operated.world

    def rejected() -> None:
        world.work(world.new_order(1, amount="17.40"))
        operated.publish()

    def nothing() -> None:
        pass

    def delivered() -> None:
        world.work(world.new_order(2))
        operated.publish()

    lines = watching(before=(rejected, nothing, delivered))
    rejected_line, delivered_line = [line.split("  ")[1:] for line in lines]
    assert rejected_line[:2] == ["rejected", "1 (T1) ubl"]
    assert rejected_line[2:] == ["TOTALS_MISMATCH", world.entry(1).message]
    assert delivered_line == ["delivered", "2 ubl", "documents/ubl/T2-2.xml"]


def test_what_was_before_is_left_out(
    operated: Operated, watching: Callable[..., list[str]]
) -> None:
    operated.world.work(operated.world.new_order(1))
    operated.publish()
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert watching("--since", soon) == []
    assert len(watching("--since", (datetime.now(UTC) - timedelta(hours=1)).isoformat())) == 1
    result = operated.run("watch", "--since", "an hour ago")
    assert result.exit_code == 2
    assert "--since must be a time such as" in result.stderr


def test_what_does_not_answer_is_asked_again_and_what_refuses_ends_it(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_PAUSE", 0)
    calls = []

    def answer(**_: Any) -> tuple[Any, dict[str, Any]] | None:
        calls.append(None)
        if len(calls) == 2 * LOOK:
            raise ReadTimeoutError(endpoint_url="x")
        if len(calls) < 4 * LOOK:
            return None
        error = {"Code": "AccessDeniedException", "Message": ""}
        from types import SimpleNamespace

        return SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {}}

    answer_new_clients(monkeypatch, "logs.FilterLogEvents", answer)
    operated.publish(own("a line"))
    result = operated.run("watch")
    assert "AWS did not answer (ReadTimeoutError)" in result.stderr
    assert "You may not do FilterLogEvents" in result.stderr
    assert result.exit_code == 2


# ------------------------------------------------------------------ the view


def drawn(view: View, *, height: int = 12, terminal: bool = True) -> str:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=terminal, width=110, height=height,
                      color_system="standard" if terminal else None)  # fmt: skip
    console.print(view)
    return shown.getvalue()


def test_counters_are_what_the_metrics_say(operated: Operated, emitted: Emitted) -> None:
    everything(operated)
    view = View(STACK, NOW)
    assert "webhooks 0  refused 0  delivered 0" in drawn(view, terminal=False)
    for line in emitted.lines():
        view.take(Line(1, line))
    counted = drawn(view, terminal=False).splitlines()[1].split()
    assert dict(zip(counted[::2], map(int, counted[1::2]), strict=True)) == {
        "webhooks": 1, "refused": 1, "delivered": 1, "rejected": 1, "parked": 1, "retried": 2,
        "missed": 1,
    }  # fmt: skip
    assert list(COUNTED) == counted[::2]


def test_the_last_happenings_stand_in_order_and_fill_the_screen_only() -> None:
    view = View(STACK, NOW)
    for second in (*range(20, 60), 19):
        announced = {"message": "announced", "order": f"order-{second}", "event": "e"}
        view.take(Line((1_800_000_000 + second) * 1000, announced))
    rows = [line for line in drawn(view).splitlines() if "webhook " in line]
    assert [row.partition("order-")[2][:2] for row in rows] == [str(n) for n in range(53, 60)]
    view.trouble = "AWS did not answer."
    assert len(drawn(view).splitlines()) <= 12
    assert "AWS did not answer." in drawn(view)


def test_colours_are_for_terminals_and_controls_for_nobody() -> None:
    view = View(STACK, NOW)
    order = {"message": "rejected", "order": "1\x1b]0;x\x07[red]", "code": "TOO_LONG"}
    view.take(Line(1, order))
    assert "\x1b[31mrejected" in drawn(view)
    plain = drawn(view, terminal=False)
    assert "\x1b" not in plain
    assert "1�]0;x�[red]" in plain


@pytest.mark.parametrize(
    "fields",
    [
        {"level": "ERROR", "message": "The queue is down.", "code": "QUEUE_DOWN"},
        {"level": "ERROR", "message": "unforeseen", "kind": "KeyError", "where": ["a:1", "b:2"]},
        {"level": "ERROR", "message": "order", "order": "1", "kind": "KeyError", "where": ["b:2"]},
    ],
)
def test_faults_are_told(fields: dict[str, Any]) -> None:
    [fault] = happenings(Line(1, fields))
    assert fault.what == "fault"
    assert fault.sentence in ("The queue is down.", "KeyError at b:2")


def test_a_pick_up_is_told_and_nothing_else_that_was_deleted() -> None:
    def told(found: str) -> list[str]:
        fields = {"level": "INFO", "message": "deleted", "document": "a/b.xml", "found": found}
        return [f"{each.what} {each.sentence}" for each in happenings(Line(1, fields))]

    assert told("picked up") == told("claimed") == ["picked-up a/b.xml"]
    assert [told(found) for found in ("unknown", "there", "moved on", "closed")] == [[]] * 4


def test_what_an_earlier_fetch_answered_is_no_news() -> None:
    routes = [{"route": "ubl", "state": "delivered", "written_at": 1}]
    fields = {"level": "INFO", "message": "order", "order": "1", "routes": routes, "errors": []}
    assert len(list(happenings(Line(1, fields)))) == 1
    assert list(happenings(Line(1, fields | {"covered": True}))) == []
