"""The decision table: a case for each row, and every row reached from what there can be."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any, Final, get_args

import pytest
from erp_adapter.balance import MoneyPolicy
from erp_adapter.delivery.decision import (
    BY_HAND,
    COMES_AFTER,
    ERASED,
    FOR_GOOD,
    NOT_YET,
    SENT,
    TABLE,
    Action,
    Case,
    Decision,
    Row,
    decide,
    row_of,
)
from erp_adapter.delivery.holds import HELD
from erp_adapter.ledger import Entry, State
from erp_adapter.routes import Route
from profile_files import balanced

NOW: Final = 1000.0
ORDER: Final = balanced()
LINE: Final = ORDER.lines[0]
ROUTE: Final = Route(
    name="erp", profile="ubl", destination="s3", statuses=(400, 450), money=MoneyPolicy(),
    start_from=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip
OLD: Final = {"placed_at": datetime(2025, 1, 1, tzinfo=UTC)}
REVISES: Final = {"on_change": "revise"}
DELIVERED: Final = {"state": "delivered", "content_id": "before"}
SAME: Final = {"state": "delivered", "content_id": "now"}
LIVE: Final = {"claim": "c", "lease_until": 1000}
OVER: Final = {"claim": "c", "lease_until": 999}
REVISION: Final = {"revising": "…"}


def case(
    entry: dict[str, Any] | None = None, order: dict[str, Any] | None = None,
    route: dict[str, Any] | None = None, *, ours: bool = False, **more: Any,
) -> Case:  # fmt: skip
    """An order that would be delivered, but for what is given."""
    blank = Entry(order="1001", route="erp", version=1, state="waiting")
    return Case(
        replace(ORDER, **order or {}), replace(ROUTE, **route or {}),
        None if entry is None else replace(blank, **entry), "now", NOW, ours, **more,
    )  # fmt: skip


def settled(reason: str) -> Decision:
    return Decision(Action.SETTLE, reason)


COME_BACK: Final = Decision(Action.COME_BACK, "claimed")
TAKE_OVER: Final = Decision(Action.TAKE_OVER)
CANCELLED: Final = Decision(Action.DELIVERED, code="CANCELLED_AFTER_DELIVERY")
# In the sequence of the rows. Where a row yields to one above it, its case is close to that one's.
CASES: Final = (
    (case({"state": "claimed", **LIVE}, {"status": "100"}), COME_BACK),
    (case({"state": "claimed", **OVER}, {"status": "100"}), TAKE_OVER),
    (case({"reason": HELD, "document": "k"}, {"status": "100"}), TAKE_OVER),
    (case({"state": "settled", "reason": BY_HAND}, {"is_send": True}), settled(BY_HAND)),
    (case({"state": "settled", "reason": ERASED}), settled(ERASED)),
    (case({**DELIVERED, **LIVE, **REVISION}, {"status": "100"}, REVISES), COME_BACK),
    (case({**SAME, **OVER, **REVISION}, {}, REVISES), TAKE_OVER),
    (case({**SAME, **OVER}, {"is_send": True}, REVISES), Decision(Action.DELIVERED)),
    (case({**DELIVERED, **LIVE}, {"status": "510"}, REVISES), COME_BACK),
    (case({**DELIVERED, **OVER}, {}, REVISES), TAKE_OVER),
    (case(DELIVERED, {}, REVISES, handed_over=True), Decision(Action.REVISE)),
    (case(SAME, {"status": "canceled"}, handed_over=True), Decision(Action.DELIVERED, code=SENT)),
    (case(SAME, {"status": "100"}), CANCELLED),
    (case(DELIVERED), Decision(Action.DELIVERED, code="ORDER_CHANGED")),
    (case(DELIVERED, {"cancel_status": "waiting", "is_send": True}, REVISES),
     Decision(Action.DELIVERED, NOT_YET, "ORDER_CHANGED")),
    (case(None, {"is_send": True, "status": "100"}), settled("sent-by-others")),
    (case(None, {"status": "100", "codes": ("7",)}), settled("closed")),
    (case(None, {**OLD, "codes": ("7",)}), settled("already-in-erp")),
    (case(None, {**OLD, "status": "350"}), settled("before-start")),
    (case({"state": "settled", "reason": NOT_YET}, {**OLD, "cancel_status": "waiting"},
          behind=True), settled(NOT_YET)),
    (case(None, OLD, asked_for=True, behind=True), settled(COMES_AFTER)),
    (case({"state": "settled", "reason": COMES_AFTER}, {**OLD, "is_send": True}, ours=True),
     Decision(Action.DELIVER)),
    (case(None, {"status": "500"}, behind=True), Decision(Action.MISS, "above-statuses")),
    (case(None, {"status": "420"}), settled(NOT_YET)),
)  # fmt: skip


def test_every_row_has_a_case_and_words_of_its_own() -> None:
    assert len(CASES) == len(TABLE), "a row of the table has no case here"
    assert len({(row.ledger, row.order) for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize(
    ("row", "given", "decision"),
    [(row, *each) for row, each in zip(TABLE, CASES, strict=False)],
    ids=[f"{row.ledger}: {row.order}" for row, _ in zip(TABLE, CASES, strict=False)],
)
def test_its_row_decides_a_case(row: Row, given: Case, decision: Decision) -> None:
    assert row_of(given) is row
    assert decision == decide(
        given.order, given.route, given.entry, content_id=given.content_id, now=given.now,
        ours=given.ours, behind=given.behind, handed_over=given.handed_over,
        asked_for=given.asked_for,
    )  # fmt: skip


@pytest.mark.parametrize(
    "order",
    [
        {"status": "350"}, {"status": "a-new-word"}, {"cancel_status": "waiting"},
        {"lines": (LINE, replace(LINE, cancel_status="waiting"))},
        {"lines": (LINE, replace(LINE, status="cancellation_waiting"))},
    ],
)  # fmt: skip
def test_each_reason_to_wait_is_one_before_the_delivery_and_after_it(order: dict[str, Any]) -> None:
    assert row_of(case(None, order)).decision == settled(NOT_YET)
    assert row_of(case(DELIVERED, order, REVISES)).decision.reason == NOT_YET


@pytest.mark.parametrize("state", ["waiting", "rejected", "missed"])
def test_what_was_let_in_is_not_asked_for_its_date_again(state: str) -> None:
    assert row_of(case({"state": state}, OLD)).decision.action is Action.DELIVER


def test_an_erp_s_code_is_ignored_where_the_route_says_so_or_it_is_ours() -> None:
    codes = {"codes": ("7",)}
    assert row_of(case(None, codes, ours=True)).decision.action is Action.DELIVER
    assert row_of(case(None, codes, {"already_in_erp": "ignore"})).decision == Decision(
        Action.DELIVER
    )


# ------------------------------------------------------------------- all there can be


def entries() -> Iterator[dict[str, Any] | None]:
    yield None
    reasons = (None, HELD, BY_HAND, ERASED, NOT_YET, COMES_AFTER)
    for state, reason in product(get_args(State), reasons):
        for claim, told in product(
            ({}, LIVE, OVER, {**LIVE, **REVISION}, {**OVER, **REVISION}),
            ({"document": "k", "content_id": "now"}, {"content_id": "before"}),
        ):
            yield {"state": state, "reason": reason, **claim, **told}


def cases() -> Iterator[Case]:
    statuses = ("100", "350", "400", "420", "500", "a-new-word")
    orders: list[dict[str, Any]] = [
        {"status": status, **more}
        for status, more in product(
            statuses, ({}, OLD, {"is_send": True}, {"codes": ("7",)}, {"cancel_status": "waiting"})
        )
    ]
    flags = [dict.fromkeys(names, True) for names in (
        (), ("ours",), ("behind",), ("handed_over",), ("asked_for",), ("ours", "behind"),
    )]  # fmt: skip
    for order, route in product(orders, ({}, REVISES)):
        first = case(None, order, route)
        for entry in entries():
            known = entry and case(entry).entry
            for flag in flags:
                yield replace(first, entry=known, **flag)


def test_every_row_is_reached_and_no_document_is_made_of_what_must_not_be() -> None:
    reached = set[int]()
    for each in cases():
        row, entry = row_of(each), each.entry
        reached.add(id(row))
        match row.decision.action:
            case Action.DELIVER:
                assert each.state not in ("claimed", "delivered"), each
                assert each.reason not in FOR_GOOD or each.state != "settled", each
                assert each.order.status in ("400", "450"), each
                assert each.ours or not (each.order.is_send or each.order.codes), each
                assert not each.behind, each
            case Action.REVISE:
                assert entry is not None
                assert (entry.state, entry.claim) == ("delivered", None), each
                assert each.order.status in ("400", "420", "500"), each
                assert (entry.content_id, each.route.on_change) == ("before", "revise"), each
            case Action.TAKE_OVER:
                assert not (entry and entry.claim and entry.state == "claimed"
                            and each.has_live_lease), each  # fmt: skip
            case _:
                assert row.decision.reason or each.state == "delivered", each
    assert [row for row in TABLE if id(row) not in reached] == []
