"""The delivery story through the worker's own handler: every row of design.md's decision table."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from erp_adapter.ledger import Entry
from operated import Operated
from world import World, killed_at

PK = 1001
KEY = f"documents/ubl/T{PK}-{PK}.xml"


def cancelled(pk: int = PK) -> list[dict[str, Any]]:
    """The sample's item, waiting for its cancellation."""
    return [item_of(pk, status="50", cancel_status="waiting")]


def item_of(pk: int, **changes: Any) -> dict[str, Any]:
    from stack import sample_order

    return {**sample_order(pk)[1][0], **changes}


def write(world: World, state: str, **fields: Any) -> Entry:
    """Puts an entry into the ledger, as an earlier run would have left it."""
    known = world.entries(PK).get("ubl")
    blank = Entry(order=str(PK), route="ubl", version=0, state="settled")
    return world.ledger.put(
        replace(known or blank, state=state, **fields), replacing=known  # type: ignore[arg-type]
    )  # fmt: skip


def lease_over(world: World) -> None:
    """Lets the time of the claim go by."""
    entry = world.entry(PK)
    world.ledger.put(replace(entry, lease_until=int(time.time()) - 1), replacing=entry)


def delivered_once(world: World, pk: int = PK) -> None:
    entry = world.entry(pk)
    assert entry.state == "delivered"
    assert entry.acknowledged
    assert world.is_send(pk)
    assert world.puts() == [KEY]


def parked(world: World, reason: str) -> None:
    entry = world.entry(PK, "-")
    assert (entry.state, entry.reason) == ("waiting", reason)
    assert entry.message
    assert not world.is_send(PK)


# ------------------------------------------------------ no document yet: deliver


def test_a_sendable_order_is_delivered_acknowledged_and_written_down(world: World) -> None:
    world.new_order(PK)
    assert world.work(PK) == []
    delivered_once(world)
    entry = world.entry(PK)
    assert entry.version == 2, "two ledger writes: claim and final"
    assert (entry.document, entry.claim, entry.lease_until) == (KEY, None, None)
    assert entry.profile == "ubl-order"
    assert None not in (entry.claimed_at, entry.written_at, entry.acknowledged_at)
    stored = world.client("s3").head_object(Bucket=world.bucket, Key=KEY)
    assert stored["Metadata"]["sha256"] == entry.sha256


@pytest.mark.parametrize(
    ("state", "fields"),
    [
        ("waiting", {"reason": "DESTINATION_UNAVAILABLE"}),
        ("rejected", {"code": "TOTALS_MISMATCH", "message": "…"}),
        ("missed", {"reason": "above-statuses"}),
        ("settled", {"reason": "not-yet"}),
    ],
)
def test_what_has_no_document_yet_is_delivered(
    world: World, state: str, fields: dict[str, Any]
) -> None:
    world.new_order(PK)
    write(world, state, **fields)
    assert world.work(PK) == []
    delivered_once(world)
    assert world.entry(PK).code is None


def test_450_is_sendable_because_orders_move_on_while_we_are_down(world: World) -> None:
    world.new_order(PK, status="450")
    world.work(PK)
    delivered_once(world)


# ------------------------------------------------------------- nothing to do: settle


def mapped(code: str) -> list[dict[str, Any]]:
    return [{"pk": 1, "integration_type": "external_company", "code": code}]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_send": True}, "sent-by-others"),
        ({"mapping": mapped("1-R-2-1")}, "already-in-erp"),
        ({"status": "350"}, "not-yet"),
        ({"status": "50"}, "not-yet"),
        ({"cancel_status": "waiting"}, "not-yet"),
        ({"items": cancelled()}, "not-yet"),
        ({"status": "a-new-word"}, "not-yet"),
        ({"status": "100"}, "closed"),
    ],
)
@pytest.mark.parametrize("before", [None, "waiting", "rejected"])
def test_what_is_settled_without_a_document(
    world: World, changes: dict[str, Any], reason: str, before: str | None
) -> None:
    world.new_order(PK, **changes)
    if before:
        write(world, before, reason="x")
    sent = world.is_send(PK)
    assert world.work(PK) == []
    entry = world.entry(PK)
    assert (entry.state, entry.reason) == ("settled", reason)
    assert world.puts() == []
    assert world.is_send(PK) == sent
    version = entry.version
    world.work(PK)
    assert world.entry(PK).version == version, "the same again is no news"


OLD = "1969-12-31T10:00:00Z"


@pytest.mark.parametrize("before", [None, "before-start", "sent-by-others", "closed"])
def test_an_order_from_before_the_start_is_settled(world: World, before: str | None) -> None:
    world.new_order(PK, date_placed=OLD)
    if before:
        write(world, "settled", reason=before)
    for source in ("webhook", "reconcile", "redrive"):
        assert world.batch(world.record(PK, source=source)) == set()
        entry = world.entry(PK)
        assert (entry.state, entry.reason, world.puts()) == ("settled", "before-start", [])


@pytest.mark.parametrize(
    ("state", "reason"),
    [("waiting", "x"), ("rejected", "x"), ("missed", "above-statuses"), ("settled", "not-yet")],
)
def test_the_start_is_asked_for_when_an_order_is_first_seen_only(
    world: World, state: str, reason: str
) -> None:
    """What was let in, by its date or by a backfill, comes back from wherever it waited."""
    world.new_order(PK, date_placed=OLD)
    write(world, state, reason=reason)
    assert world.work(PK) == []
    delivered_once(world)


def test_an_order_above_the_route_s_statuses_is_missed(world: World) -> None:
    world.new_order(PK, status="500")
    assert world.work(PK) == []
    entry = world.entry(PK)
    assert (entry.state, entry.reason) == ("missed", "above-statuses")
    assert not world.is_send(PK)


def test_not_yet_becomes_delivered_once_it_is_approved(world: World) -> None:
    world.new_order(PK, status="350")
    world.work(PK)
    world.omnitron.shop.change(PK, status="400")
    world.work(PK)
    delivered_once(world)


def test_an_order_of_no_route_s_channel_is_settled_and_says_so(
    make_world: Callable[..., World],
) -> None:
    world = make_world(change=lambda tables: tables["route"][0].update(channels=["n11"]))
    world.new_order(PK)
    assert world.work(PK) == []
    assert world.entry(PK, "-").reason == "no-route"
    assert world.puts() == []


# ------------------------------------------------------------------- claimed


def test_a_live_claim_is_left_alone(world: World) -> None:
    world.new_order(PK)
    write(world, "claimed", claim="somebody", lease_until=int(time.time()) + 60, document=KEY)
    assert world.work(PK) == [str(PK)]
    assert world.puts() == []
    assert world.entry(PK).claim == "somebody"


def test_killed_between_claim_and_put(world: World) -> None:
    world.new_order(PK)
    with killed_at(world, "s3", "before-call.s3.PutObject", retries=False):
        assert world.work(PK) == [str(PK)]
    assert world.entry(PK).state == "claimed"
    assert world.work(PK) == [str(PK)], "the claim is live"
    lease_over(world)
    assert world.work(PK) == []
    delivered_once(world)


@pytest.mark.parametrize("imported", [False, True])
def test_killed_between_put_and_final(world: World, imported: bool) -> None:
    world.new_order(PK)
    with killed_at(world, "s3", "after-call.s3.PutObject", retries=False):
        assert world.work(PK) == [str(PK)]
    assert world.entry(PK).state == "claimed"
    assert not world.is_send(PK)
    if imported:
        world.import_all()
    lease_over(world)
    assert world.work(PK) == []
    delivered_once(world)


def test_killed_between_acknowledge_and_final(world: World) -> None:
    world.new_order(PK)
    finals: list[int] = []

    def second(**_: Any) -> None:
        finals.append(1)
        if len(finals) == 2:
            raise KeyboardInterrupt

    world.on("dynamodb", "before-call.dynamodb.PutItem", second)
    assert world.work(PK) == [str(PK)]
    world.heal()
    assert world.is_send(PK)
    assert world.entry(PK).state == "claimed"
    lease_over(world)
    assert world.work(PK) == []
    delivered_once(world)


def test_a_dead_claim_of_an_order_that_is_cancelled_since_writes_nothing(world: World) -> None:
    world.new_order(PK)
    with killed_at(world, "s3", "before-call.s3.PutObject", retries=False):
        world.work(PK)
    world.omnitron.shop.change(PK, status="100")
    lease_over(world)
    assert world.work(PK) == []
    assert world.entry(PK).reason == "closed"
    assert world.puts() == []


def test_a_lost_answer_of_the_put_is_looked_up_later_and_never_repeated(world: World) -> None:
    world.new_order(PK)
    puts: list[str] = []

    def lose(**_: Any) -> None:
        puts.append("put")
        raise ReadTimeoutError(endpoint_url="s3")

    world.on("s3", "after-call.s3.PutObject", lose, retries=False)
    assert world.work(PK) == [str(PK)]
    assert puts == ["put"]
    world.heal()
    world.import_all()
    assert world.work(PK) == [str(PK)]
    lease_over(world)
    assert world.work(PK) == []
    delivered_once(world)


def test_a_put_that_certainly_failed_gives_its_claim_back(world: World) -> None:
    world.new_order(PK)

    def busy(**_: Any) -> None:
        from botocore.exceptions import EndpointConnectionError

        raise EndpointConnectionError(endpoint_url="s3")

    world.on("s3", "before-call.s3.PutObject", busy, retries=False)
    assert world.work(PK) == [str(PK)]
    assert (world.entry(PK).state, world.entry(PK).claimed_at) == ("waiting", None)
    world.heal()
    assert world.work(PK) == []
    delivered_once(world)


def test_somebody_else_s_object_under_our_key_is_the_operator_s(world: World) -> None:
    world.new_order(PK)
    world.client("s3").put_object(Bucket=world.bucket, Key=KEY, Body=b"theirs")
    assert world.work(PK) == []
    parked(world, "KEY_TAKEN")
    assert (world.entry(PK).state, world.entry(PK).reason) == ("waiting", "KEY_TAKEN")
    assert not world.is_send(PK)
    assert world.documents()[KEY] == b"theirs"


# ------------------------------------------------------------------- delivered


@pytest.fixture
def delivered(world: World) -> World:
    """A world whose ERP has the order already, and has imported its document."""
    world.new_order(PK)
    world.work(PK)
    world.import_all()
    return world


def test_the_same_again_is_nothing_to_do(delivered: World) -> None:
    version = delivered.entry(PK).version
    for _ in range(10):
        assert delivered.work(PK) == []
    delivered_once(delivered)
    assert delivered.entry(PK).version == version
    assert delivered.omnitron.traffic.calls["patch"] == 1


def test_delivered_but_not_acknowledged_is_acknowledged(world: World) -> None:
    world.new_order(PK)
    world.omnitron.traffic.fail("patch", status=500)
    assert world.work(PK) == [str(PK)]
    assert (world.entry(PK).state, world.entry(PK).acknowledged) == ("delivered", False)
    world.heal()
    assert world.work(PK) == []
    delivered_once(world)


def test_is_send_taken_back_in_the_shop_is_set_again_and_sends_nothing(delivered: World) -> None:
    delivered.omnitron.shop.change(PK, is_send=False)
    assert delivered.work(PK) == []
    delivered_once(delivered)


@pytest.mark.parametrize(
    ("change", "code", "what"),
    [
        ({"notes": "başka bir kat"}, "ORDER_CHANGED", "notes"),
        ({"amount": "16.41", "notes": "x"}, "ORDER_CHANGED", "amount, notes"),
        ({"status": "100"}, "CANCELLED_AFTER_DELIVERY", None),
    ],
)
def test_what_happens_after_the_delivery_is_recorded_once(
    delivered: World, change: dict[str, Any], code: str, what: str | None
) -> None:
    first = delivered.entry(PK).content_id or ""
    delivered.omnitron.shop.change(PK, **change)
    for _ in range(2):
        assert delivered.work(PK) == []
    entry = delivered.entry(PK)
    assert (entry.state, entry.code, entry.version) == ("delivered", code, 3)
    assert (entry.path, entry.expected) == (what, first[:12])
    assert (entry.found == entry.expected) == (what is None)
    assert "by hand" in str(entry.message)
    assert delivered.puts() == [KEY]


def test_what_has_changed_is_not_known_of_what_an_older_release_delivered(
    delivered: World,
) -> None:
    write(delivered, "delivered", parts=None)
    delivered.omnitron.shop.change(PK, notes="bir not")
    delivered.work(PK)
    entry = delivered.entry(PK)
    assert (entry.code, entry.path) == ("ORDER_CHANGED", None)


def test_as_many_names_as_there_is_room_for(delivered: World) -> None:
    shop = delivered.omnitron.shop
    other = {"line": "Yeni Sok.", "phone_number": "5320000000", "last_name": "Başka"}
    addresses = {
        name: {**shop.order(PK)[name], **other} for name in ("billing_address", "shipping_address")
    }
    shop.change(PK, amount="1.00", notes="x", language_code="xx", **addresses)
    delivered.work(PK)
    assert delivered.entry(PK).path == (
        "amount, language, notes, bill_to.name, bill_to.address, bill_to.contact, ship_to.name, …"
    )


def test_what_a_person_said_of_a_delivered_order_stays(delivered: World) -> None:
    write(delivered, "delivered", by="ayse", message="the ERP lost it", revision=2)
    delivered.work(PK)
    delivered.omnitron.shop.change(PK, notes="bir not")
    delivered.work(PK)
    entry = delivered.entry(PK)
    assert (entry.code, entry.message) == ("ORDER_CHANGED", "the ERP lost it")
    assert (entry.by, entry.revision) == ("ayse", 2)


def test_a_change_that_is_taken_back_is_no_change(delivered: World) -> None:
    delivered.omnitron.shop.change(PK, notes="bir not")
    delivered.work(PK)
    delivered.omnitron.shop.change(PK, notes=None)
    delivered.work(PK)
    assert delivered.entry(PK).code is None


def test_statuses_and_invoices_are_no_change(delivered: World) -> None:
    delivered.omnitron.shop.change(PK, status="500", invoice_number="F1", tracking_number="9")
    delivered.work(PK)
    assert delivered.entry(PK).code is None


# ------------------------------------------------------------------ many routes


@pytest.fixture
def two(make_world: Callable[..., World]) -> World:
    """ubl-order and csv-flat."""
    return make_world(("ubl-order", "csv-flat"))


def test_is_send_waits_for_every_route_that_counts(two: World) -> None:
    two.new_order(PK)
    state = {"down": True}

    def second_route(params: dict[str, Any], **_: Any) -> None:
        from botocore.exceptions import EndpointConnectionError

        if state["down"] and "csv" in params["url_path"]:
            raise EndpointConnectionError(endpoint_url="s3")

    two.on("s3", "before-call.s3.PutObject", second_route, retries=False)
    assert two.work(PK) == [str(PK)]
    assert {r: e.state for r, e in two.entries(PK).items()} == {
        "ubl": "delivered", "csv": "waiting",
    }  # fmt: skip
    assert not two.is_send(PK)
    state["down"] = False
    assert two.work(PK) == []
    assert two.is_send(PK)
    assert all(e.acknowledged for e in two.entries(PK).values())
    assert len(two.puts()) == 2


def test_a_route_that_does_not_count_gets_its_document_after_is_send(
    make_world: Callable[..., World],
) -> None:
    def copy_does_not_count(tables: dict[str, Any]) -> None:
        tables["route"][1]["acknowledge"] = "never"

    world = make_world(("ubl-order", "csv-flat"), change=copy_does_not_count)
    world.new_order(PK)

    def fail_once(params: dict[str, Any], **_: Any) -> None:
        from botocore.exceptions import EndpointConnectionError

        if "csv" in params["url_path"]:
            raise EndpointConnectionError(endpoint_url="s3")

    world.on("s3", "before-call.s3.PutObject", fail_once, retries=False)
    assert world.work(PK) == [str(PK)]
    assert world.is_send(PK)
    world.heal()
    assert world.work(PK) == []
    assert world.entry(PK, "csv").state == "delivered", "is_send is there because of us"


def test_a_rejected_route_keeps_is_send_false(two: World) -> None:
    two.new_order(PK, amount="16.41")
    assert two.work(PK) == []
    for entry in two.entries(PK).values():
        assert (entry.state, entry.code) == ("rejected", "TOTALS_MISMATCH")
        assert (entry.expected, entry.found) == ("16.41", "16.40")
    assert not two.is_send(PK)


# -------------------------------------------------------------------- SQS


@pytest.fixture
def queued(make_world: Callable[..., World]) -> World:
    """The output queue as the destination."""
    return make_world(destination="sqs")


def test_one_message_with_its_attributes(queued: World) -> None:
    queued.new_order(PK)
    for _ in range(3):
        assert queued.work(PK) == []
    [message] = queued.received(queued.output_queue)
    attributes = {k: v["StringValue"] for k, v in message["MessageAttributes"].items()}
    entry = queued.entry(PK)
    assert attributes["order_number"] == f"T{PK}"
    assert attributes["profile"] == "ubl-order"
    assert attributes["content_type"].startswith("application/xml")
    assert attributes["sha256"] == entry.sha256
    assert attributes["document_id"] == f"{PK}/ubl/1"
    assert "16.40" in message["Body"]
    assert queued.is_send(PK)


def test_a_message_whose_answer_was_lost_is_sent_again_under_the_same_id(queued: World) -> None:
    queued.new_order(PK)

    def lose(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="sqs")

    queued.on("sqs", "after-call.sqs.SendMessage", lose, retries=False)
    assert queued.work(PK) == [str(PK)]
    queued.heal()
    lease_over(queued)
    assert queued.work(PK) == []
    assert len(queued.received(queued.output_queue)) == 1, "FIFO knows the id for five minutes"
    assert queued.entry(PK).state == "delivered"


# ------------------------------------------------------------------- the shop


def test_a_torn_reading_is_read_once_more(world: World) -> None:
    world.new_order(PK, amount="99.00")
    calls = world.omnitron.traffic.calls
    world.omnitron.shop.lag = 0

    original = world.omnitron.shop.rows

    def settle_meanwhile(kind: str, query: Any) -> Any:
        rows = original(kind, query)
        if kind == "discounts":
            world.omnitron.shop.change(PK, amount="16.40")
        return rows

    world.omnitron.shop.rows = settle_meanwhile  # type: ignore[method-assign]
    assert world.work(PK) == []
    delivered_once(world)
    assert calls["detail"] == 2


def test_an_order_that_the_shop_does_not_know_yet_is_tried_again_and_then_rejected(
    world: World,
) -> None:
    for tries in (1, 2, 3):
        assert world.work(PK, tries=tries) == [str(PK)]
        assert world.entries(PK) == {}
    assert world.work(PK, tries=4) == []
    entry = world.entry(PK, "-")
    assert (entry.state, entry.code) == ("rejected", "ORDER_NOT_FOUND")


def test_an_order_that_appears_late_is_delivered(world: World) -> None:
    world.new_order(PK, hidden_reads=2)
    assert world.work(PK, tries=1) == [str(PK)]
    assert world.work(PK, tries=2) == [str(PK)]
    assert world.work(PK, tries=3) == []
    delivered_once(world)


@pytest.mark.parametrize("where", ["detail", "items", "discounts"])
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "retry_after": 7}, {"status": 500}, {"status": 503},
        {"body": "truncated"}, {"body": "html"},
    ],
)  # fmt: skip
def test_a_shop_in_trouble_is_asked_again(world: World, where: str, fault: dict[str, Any]) -> None:
    world.new_order(PK)
    world.omnitron.traffic.fail(where, **fault)
    for tries in (1, 2, 3):
        assert world.work(PK, tries=tries) == [str(PK)]
    assert world.entries(PK) == {}
    assert world.work(PK, tries=4) == []
    parked(world, "OMNITRON_UNAVAILABLE")
    world.heal()
    record = world.record(PK, source="reconcile")
    assert world.batch(record) == set()
    delivered_once(world)
    assert world.entry(PK, "-").reason == "resolved"


def test_tries_are_noted_with_what_is_written_anyway(operated: Operated) -> None:
    """No write is made for them: under way on the queue, only the queue and the log know."""
    world = operated.world
    first, second = world.new_order(PK), world.new_order(PK + 1)
    world.omnitron.traffic.fail("items", status=503)
    world.work(first, second, tries=1)
    assert world.work(first, tries=4) == []
    assert world.work(first, tries=5) == []
    assert world.entry(first, "-").tries == 9
    waits = operated.said("status", f"pk:{first}")["orders"][0]["routes"][0]["next"]
    assert "It waits: OMNITRON_UNAVAILABLE, after 9 tries." in waits
    world.heal()
    world.work(second, tries=2)
    assert world.batch(world.record(first, source="reconcile")) == set()
    assert world.entry(first, "-").tries == 10
    assert (world.entry(first).tries, world.entry(second).tries) == (None, 2)
    assert "    tries     2\n" in operated.run("status", f"pk:{second}").stdout


def test_a_shop_that_is_slow_or_gone_is_asked_again(make_world: Callable[..., World]) -> None:
    world = make_world(OMNITRON_TIMEOUT="0.2")
    world.new_order(PK)
    world.omnitron.traffic.fail("items", latency=0.5)
    assert world.work(PK) == [str(PK)]
    world.heal()
    world.omnitron.stop()
    assert world.work(PK) == [str(PK)]
    world.omnitron.start()
    assert world.work(PK) == []
    delivered_once(world)


def test_a_shop_that_ignores_a_filter_gets_nothing_written(world: World) -> None:
    world.new_order(PK)
    world.new_order(1002)
    world.omnitron.traffic.fail("items", ignore_filters=True)
    assert world.work(PK) == []
    assert world.puts() == []
    parked(world, "SHOP_IGNORES_FILTER")


def test_parking_waits_on_the_queue_while_the_ledger_does_not_answer(world: World) -> None:
    from botocore.exceptions import EndpointConnectionError

    world.new_order(PK)

    def down(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="dynamodb")

    world.on("dynamodb", "before-call.dynamodb", down)
    assert world.work(PK, tries=7) == [str(PK)]


def test_an_order_without_items_has_no_lines(world: World) -> None:
    world.new_order(PK, items=[])
    assert world.work(PK) == []
    assert world.entry(PK).code == "NO_LINES"


def test_an_order_whose_field_breaks_a_rule_is_rejected_beside_its_routes(world: World) -> None:
    world.new_order(PK, currency="lira")
    assert world.work(PK) == []
    entry = world.entry(PK, "-")
    assert (entry.state, entry.code, entry.path) == ("rejected", "INVALID_VALUE", "currency")


def test_an_order_is_found_by_its_number(world: World) -> None:
    world.new_order(PK)
    world.new_order(1002)
    record = world.record(None, number=f"T{PK}")
    assert world.batch(record) == set()
    delivered_once(world)


def test_a_list_that_ignores_the_number_is_the_operator_s(world: World) -> None:
    world.new_order(PK)
    world.new_order(1002)
    world.omnitron.traffic.fail("list", ignore_filters=True)
    record = world.record(None, number=f"T{PK}")
    assert world.batch(record) == set()
    assert world.puts() == []
    [entry] = world.ledger.of_order(f"number:T{PK}")
    assert (entry.state, entry.reason) == ("waiting", "SHOP_IGNORES_FILTER")


def test_a_pk_of_another_system_is_noticed_by_its_number(world: World) -> None:
    world.new_order(PK)
    record = world.record(PK, number="T9999")
    assert world.batch(record) == set()
    assert world.puts() == []
    parked(world, "PK_IS_NOT_OMNITRONS")


# ------------------------------------------------------------------- by hand


def test_what_a_person_typed_into_the_erp_is_acknowledged_and_never_sent(world: World) -> None:
    world.new_order(PK, amount="16.41")
    world.work(PK)
    assert world.entry(PK).state == "rejected"
    write(world, "settled", reason="by-hand", by="operator", message="typed in")
    world.omnitron.shop.change(PK, amount="16.40")
    for _ in range(2):
        assert world.work(PK) == []
    entry = world.entry(PK)
    assert (entry.state, entry.reason, entry.by) == ("settled", "by-hand", "operator")
    assert world.is_send(PK)
    assert world.puts() == []


def test_by_hand_on_one_route_waits_for_the_other(two: World) -> None:
    two.new_order(PK, status="350")
    write(two, "settled", reason="by-hand", by="operator")
    two.work(PK)
    assert not two.is_send(PK)
    two.omnitron.shop.change(PK, status="400")
    two.work(PK)
    assert two.is_send(PK)
    assert [key for key in two.puts() if "/ubl/" in key] == []
    assert two.entry(PK, "csv").acknowledged
