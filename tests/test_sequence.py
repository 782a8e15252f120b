"""Several documents per order, in order: never the order's without its customer's."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from erp_adapter.omnitron import ListedOrder
from erp_adapter.reconcile import REJECTED_AGAIN, SETTLED_AGAIN, judge
from erp_adapter.routes import load_routes
from operated import Operated
from world import World, killed_at

PK = 1001
FIRST, SECOND = "logo.logo-arps", "logo.logo-sales-orders"
CUSTOMER, ORDER = f"documents/{FIRST}/T{PK}-{PK}.xml", f"documents/{SECOND}/T{PK}-{PK}.xml"


def in_sequence(tables: dict[str, Any]) -> None:
    """One route with two profiles, in the place of all others."""
    route = tables["route"][0]
    del route["profile"]
    route |= {"name": "logo", "profiles": ["logo-arps", "logo-sales-orders"]}
    route["settings"] = {"logo-sales-orders": {"new_customer": "120.W."}}
    tables["route"] = [route]


@pytest.fixture
def pair(make_world: Callable[..., World]) -> World:
    """A customer-then-order route to S3."""
    return make_world(change=in_sequence)


def written(world: World) -> list[str]:
    """The documents in the order of their writing."""
    found: list[str] = []
    world.on(
        "s3", "after-call.s3.PutObject",
        lambda params, **_: found.append(params["url_path"]), retries=False,
    )  # fmt: skip
    return found


def lease_over(world: World, route: str) -> None:
    entry = world.entry(PK, route)
    world.ledger.put(replace(entry, lease_until=int(time.time()) - 1), replacing=entry)


def both_delivered_once(world: World) -> None:
    assert world.puts() == [CUSTOMER, ORDER]
    assert {world.entry(PK, name).state for name in (FIRST, SECOND)} == {"delivered"}
    assert world.is_send(PK)


def test_the_customer_s_document_is_written_first_and_both_are_acknowledged(pair: World) -> None:
    pair.new_order(PK, customer={"pk": 4711})
    order = written(pair)
    assert pair.work(PK) == []
    assert [key.partition("documents/")[2].split("/")[0] for key in order] == [FIRST, SECOND]
    both_delivered_once(pair)
    assert {pair.entry(PK, name).version for name in (FIRST, SECOND)} == {2}
    documents = pair.documents()
    assert b"<CODE>120.W.4711</CODE>" in documents[CUSTOMER]
    assert b"<ARP_CODE>120.W.4711</ARP_CODE>" in documents[ORDER]


def test_a_rejected_customer_keeps_the_order_and_status_can_say_why(pair: World) -> None:
    pair.new_order(PK, customer={"pk": 1, "erp_code": "C" * 18})
    assert pair.work(PK) == []
    assert (pair.entry(PK, FIRST).state, pair.entry(PK, FIRST).code) == ("rejected", "TOO_LONG")
    entry = pair.entry(PK, SECOND)
    assert (entry.state, entry.reason) == ("settled", "comes-after")
    assert pair.work(PK) == []
    assert pair.entry(PK, SECOND).version == entry.version, "the same again is no news"
    assert pair.puts() == []
    assert not pair.is_send(PK)
    pair.omnitron.shop.change(PK, customer={"pk": 1, "erp_code": "C1"})
    assert pair.work(PK) == []
    both_delivered_once(pair)


def test_a_customer_typed_in_by_hand_lets_the_order_go(pair: World) -> None:
    pair.new_order(PK, customer={"pk": 1, "erp_code": "C" * 18})
    pair.work(PK)
    entry = pair.entry(PK, FIRST)
    pair.ledger.put(replace(entry, state="settled", reason="by-hand", by="x"), replacing=entry)
    pair.omnitron.shop.change(PK, customer={"pk": 1, "erp_code": "C1"})
    assert pair.work(PK) == []
    assert pair.puts() == [ORDER]
    assert pair.is_send(PK)


@pytest.mark.parametrize("when", ["before-call", "after-call"])
def test_killed_at_the_customer_s_put_nothing_of_the_order_is_written(
    pair: World, when: str
) -> None:
    pair.new_order(PK)
    with killed_at(pair, "s3", f"{when}.s3.PutObject", retries=False):
        assert pair.work(PK) == [str(PK)]
    assert pair.work(PK) == [str(PK)], "the claim is live"
    assert list(pair.entries(PK)) == [FIRST], "claimed is not durable: the order is not begun"
    lease_over(pair, FIRST)
    assert pair.work(PK) == []
    both_delivered_once(pair)


def test_a_destination_that_fails_at_the_customer_is_not_asked_for_the_order(pair: World) -> None:
    pair.new_order(PK)
    asked: list[str] = []

    def refuse(params: dict[str, Any], **_: Any) -> None:
        from botocore.exceptions import EndpointConnectionError

        asked.append(params["url_path"])
        raise EndpointConnectionError(endpoint_url="s3")

    pair.on("s3", "before-call.s3.PutObject", refuse, retries=False)
    assert pair.work(PK) == [str(PK)]
    assert len(asked) == 1
    pair.heal()
    assert pair.work(PK) == []
    both_delivered_once(pair)


def test_a_queue_gets_both_in_one_group_in_their_sequence(make_world: Callable[..., World]) -> None:
    world = make_world(destination="sqs", change=in_sequence)
    world.new_order(PK)
    assert world.work(PK) == []
    messages = world.taken(world.output_queue)
    ids = [m["MessageAttributes"]["document_id"]["StringValue"] for m in messages]
    assert ids == [f"{PK}/{FIRST}/1", f"{PK}/{SECOND}/1"]
    assert {m["Attributes"]["MessageGroupId"] for m in messages} == {str(PK)}


# ------------------------------------------------------------------ what reconcile brings back


def test_reconcile_leaves_what_comes_after_a_rejected_one_until_that_changes(pair: World) -> None:
    pair.new_order(PK, customer={"pk": 1, "erp_code": "C" * 18})
    pair.work(PK)
    for _ in range(3):
        assert pair.walk()["enqueued"] == 0
    routes = load_routes(pair.folder / "routes.toml", shop_url="https://shop.example.com")
    row = ListedOrder(pk=PK, status="400", is_send=False)
    entries, now = pair.entries(PK), time.time()
    assert not judge(row, entries, routes, now + SETTLED_AGAIN + 60).enqueue
    assert judge(row, entries, routes, now + REJECTED_AGAIN + 60).enqueue
    assert judge(row.model_copy(update={"status": "450"}), entries, routes, now).enqueue
    by_hand = replace(entries[FIRST], state="settled", reason="by-hand")
    assert judge(row, entries | {FIRST: by_hand}, routes, now).enqueue
    alone = replace(routes, routes=(replace(routes.routes[1], after=None),))
    assert judge(row, {SECOND: entries[SECOND]}, alone, now).enqueue, "no longer in a sequence"


# --------------------------------------------------------------------------------- resent


def test_both_are_resent_in_their_sequence_and_the_order_waits_for_its_customer(
    operate: Callable[..., Operated],
) -> None:
    operated = operate(change=in_sequence)
    world = operated.world
    world.new_order(PK)
    world.work(PK)
    again = [key.replace(".xml", ".r2.xml") for key in (CUSTOMER, ORDER)]
    locked = world.entry(PK, FIRST)
    busy = world.ledger.put(
        replace(locked, claim="somebody", lease_until=int(time.time()) + 60, by="x"),
        replacing=locked,
    )
    rows = operated.said("resend", str(PK), "--reason", "lost", code=1)["orders"]
    assert [(row["route"], row["outcome"]) for row in rows] == [(FIRST, "busy"), (SECOND, "busy")]
    assert world.puts() == [CUSTOMER, ORDER]
    world.ledger.put(replace(busy, claim=None, lease_until=None, by=None), replacing=busy)
    rows = operated.said("resend", str(PK), "--reason", "lost")["orders"]
    assert [row["document"] for row in rows] == again
