"""What is cancelled after the delivery goes to the ERP as a document: each item in one, once."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from erp_adapter.cancellations import decided
from erp_adapter.errors import OmnitronUnavailable
from erp_adapter.ledger import Entry
from erp_adapter.notification import Notification, read_notification
from erp_adapter.omnitron import Omnitron
from erp_adapter.omnitron_answers import ListedOrder
from erp_adapter.routes import EventRule, load_routes
from erp_console import fake_shop
from profile_files import write_csv
from stack import sample_order
from world import Killed, World, killed_at

PK = 1001
KEY = f"documents/ubl/T{PK}-{PK}.xml"
CANCELLED = {"status": "100"}


def with_cancellations(tables: dict[str, Any]) -> None:
    """A route for what is cancelled of ubl's."""
    destination = tables["route"][0]["destination"]
    tables["route"].append(
        {"name": "gone", "profile": "csv-cancellation", "destination": destination,
         "on": "cancelled", "of": "ubl"}
    )  # fmt: skip


@pytest.fixture
def shop(make_world: Callable[..., World]) -> World:
    """A world with such a route, to S3."""
    return make_world(change=with_cancellations)


def three_items(*cancelled: int, **order: Any) -> dict[str, Any]:
    """An order of three items, of which these are cancelled; its amount is what is left."""
    item = sample_order(PK)[1][0]
    items = [
        {**item, "pk": pk, "price": "10.00", "discount_amount": "0.00",
         "status": "100" if pk in cancelled else "400",
         "product": {**item["product"], "pk": pk, "sku": f"SKU-{pk}", "mapping": []}}
        for pk in (11, 12, 13)
    ]  # fmt: skip
    amount = f"{10 * (3 - len(cancelled)):.2f}"
    paid = [{"pk": 1, "amount": amount}]
    return {
        "items": items, "amount": amount, "shipping_amount": "0.00", "net_shipping_amount": "0.00",
        "discount_amount": "0.00", "transaction_set": [], "payondeliverytransaction_set": paid,
    } | order  # fmt: skip


def change(world: World, *cancelled: int, **order: Any) -> None:
    """The shop has the order so now, still sent."""
    world.new_order(PK, **three_items(*cancelled, is_send=True, **order))


def named(world: World) -> list[list[str]]:
    """The items that each cancellation names, in the order of the keys."""
    rows = [
        body.decode().splitlines()[1:] for key, body in sorted(world.documents().items())
        if key.startswith("documents/gone/")
    ]  # fmt: skip
    return [[row.split(";")[3] for row in each] for each in rows]


def lease_over(world: World, route: str = "gone") -> None:
    entry = world.entry(PK, route)
    assert entry.claim
    world.ledger.put(replace(entry, lease_until=int(time.time()) - 1), replacing=entry)


@pytest.fixture
def delivered(shop: World) -> World:
    """Its order is delivered."""
    shop.new_order(PK, **three_items())
    assert shop.work(PK) == []
    assert shop.puts() == [KEY]
    return shop


def both(world: World) -> tuple[Entry, Entry]:
    return world.entry(PK), world.entry(PK, "gone")


# ------------------------------------------------------------------------ whole orders


def test_a_cancelled_order_makes_one_document_and_its_entry_says_so(delivered: World) -> None:
    change(delivered, status="100")
    for _ in range(3):
        assert delivered.work(PK) == []
    assert named(delivered) == [["SKU-11", "SKU-12", "SKU-13"]]
    of, entry = both(delivered)
    assert (entry.state, entry.document) == ("delivered", f"documents/gone/T{PK}-{PK}.csv")
    assert (of.state, of.code) == ("delivered", "CANCELLATION_SENT")
    versions = of.version, entry.version
    assert delivered.work(PK) == []
    assert (of.version, entry.version) == versions, "the same again is no news"


def test_an_order_cancelled_before_its_delivery_is_closed_quietly(shop: World) -> None:
    shop.new_order(PK, **three_items(status="100"))
    assert shop.work(PK) == []
    assert list(shop.entries(PK)) == ["ubl"]
    assert shop.entry(PK).reason == "closed"
    assert shop.puts() == []


def test_an_order_of_which_nothing_is_cancelled_costs_what_it_cost(delivered: World) -> None:
    assert list(delivered.entries(PK)) == ["ubl"]
    entry = delivered.entry(PK)
    assert (entry.version, entry.items) == (2, None)


# ------------------------------------------------------------------------ single items


def test_each_step_names_what_no_step_before_has_named(delivered: World) -> None:
    change(delivered, 12)
    assert delivered.work(PK) == []
    assert delivered.entry(PK).code == "CANCELLATION_SENT"
    change(delivered, 12, 13)
    assert delivered.work(PK) == []
    change(delivered, 12, 13, status="100")
    for _ in range(2):
        assert delivered.work(PK) == []
    assert named(delivered) == [["SKU-12"], ["SKU-13"], ["SKU-11"]]
    assert delivered.puts()[:3] == [
        f"documents/gone/T{PK}-{PK}{number}.csv" for number in ("", ".r2", ".r3")
    ]
    of, entry = both(delivered)
    assert (entry.state, entry.revision, entry.items) == ("delivered", 3, "c d *")
    assert of.code == "CANCELLATION_SENT"


def test_what_was_cancelled_before_the_document_is_not_cancelled_again(shop: World) -> None:
    shop.new_order(PK, **three_items(11))
    assert shop.work(PK) == []
    assert (shop.entry(PK).items, list(shop.entries(PK))) == ("b", ["ubl"])
    assert shop.work(PK) == []
    change(shop, 11, status="100")
    assert shop.work(PK) == []
    assert named(shop) == [["SKU-12", "SKU-13"]]


def test_another_change_beside_a_cancellation_is_a_person_s(delivered: World) -> None:
    change(delivered, 12, notes="kapıya bırakın")
    assert delivered.work(PK) == []
    assert named(delivered) == [["SKU-12"]]
    assert delivered.entry(PK).code == "ORDER_CHANGED"


def test_a_route_of_whole_orders_leaves_items_to_people(make_world: Callable[..., World]) -> None:
    def whole(tables: dict[str, Any]) -> None:
        with_cancellations(tables)
        tables["route"][1]["items"] = False

    world = make_world(change=whole)
    world.new_order(PK, **three_items())
    world.work(PK)
    change(world, 12)
    assert world.work(PK) == []
    assert world.entry(PK).code == "ORDER_CHANGED"
    assert list(world.entries(PK)) == ["ubl"]
    change(world, 12, status="100")
    assert world.work(PK) == []
    assert named(world) == [["SKU-11", "SKU-12", "SKU-13"]]


def test_more_items_than_the_ledger_can_name_are_a_person_s(delivered: World) -> None:
    entry = delivered.entry(PK)
    delivered.ledger.put(replace(entry, items="?"), replacing=entry)
    change(delivered, status="100")
    assert delivered.work(PK) == []
    of, cancelled = both(delivered)
    assert (cancelled.state, cancelled.code) == ("rejected", "TOO_MANY_CANCELLED")
    assert of.code == "CANCELLED_AFTER_DELIVERY"
    by_hand = replace(cancelled, state="settled", reason="by-hand", by="x")
    delivered.ledger.put(by_hand, replacing=cancelled)
    assert delivered.work(PK) == []
    assert delivered.entry(PK).code == "CANCELLATION_SENT"


def test_a_profile_can_say_which_document_it_is(make_world: Callable[..., World]) -> None:
    def numbered(tables: dict[str, Any]) -> None:
        with_cancellations(tables)
        tables["route"][1]["profile"] = "numbered"

    world = make_world(change=numbered)
    columns = ('name = "NO"\nvalue = "{text(order.revision)}"', 'name = "SKU"\nvalue = "{sku}"')
    toml = 'layout = "flat"\nrows = "lines"\ncancels = "items"'
    write_csv(world.folder / "numbered", *columns, toml=toml)
    world.new_order(PK, **three_items())
    world.work(PK)
    for gone in ((12,), (12, 13)):
        change(world, *gone)
        assert world.work(PK) == []
    bodies = [
        body for key, body in sorted(world.documents().items()) if key.startswith("documents/gone")
    ]  # fmt: skip
    assert bodies == [b"NO;SKU\r\n1;SKU-12\r\n", b"NO;SKU\r\n2;SKU-13\r\n"]


@pytest.mark.parametrize("name", ["ubl-order-cancellation", "nebim-cancellation"])
def test_bundled_profiles_of_cancellations(make_world: Callable[..., World], name: str) -> None:
    whole = name.startswith("ubl")

    def route(tables: dict[str, Any]) -> None:
        with_cancellations(tables)
        tables["route"][1] |= {"profile": name, "items": not whole}

    world = make_world(change=route)
    world.new_order(PK, **three_items())
    world.work(PK)
    code = {"pk": 1, "integration_type": "external_company", "code": "1-R-2-7",
            "created_date": "2026-03-03T00:00:00Z"}  # fmt: skip
    counts = []
    for gone in ({}, {"status": "100"}):
        change(world, 12, mapping=[code], **gone)
        assert world.work(PK) == []
        counts.append(len(world.documents()))
    assert counts == ([1, 2] if whole else [2, 3])
    assert world.entry(PK).code == "CANCELLATION_SENT"
    for key, body in world.documents().items():
        assert key.startswith("documents/ubl/") or (f"T{PK}" if whole else "1-R-2-7") in str(body)


def test_a_profile_of_whole_orders_gets_no_parts(make_world: Callable[..., World]) -> None:
    def route(tables: dict[str, Any]) -> None:
        with_cancellations(tables)
        tables["route"][1]["profile"] = "ubl-order-cancellation"

    world = make_world(change=route)
    world.new_order(PK, **three_items())
    world.work(PK)
    for gone in ({}, {"status": "100"}):
        change(world, 12, **gone)
        world.work(PK)
    assert list(world.documents()) == [KEY]
    entry = world.entry(PK, "-")
    assert "set items = false" in (entry.message or "")


def test_a_profile_of_cancellations_is_not_for_orders(make_world: Callable[..., World]) -> None:
    world = make_world(profiles=("csv-cancellation",))
    world.new_order(PK, **three_items())
    assert world.work(PK) == []
    assert world.puts() == []
    [entry] = world.entries(PK).values()
    assert (entry.state, entry.reason) == ("waiting", "MISCONFIGURED")
    assert 'name it on a route with on = "cancelled"' in (entry.message or "")


# --------------------------------------------------------------------------- crashes


@pytest.mark.parametrize("when", ["before-call", "after-call"])
@pytest.mark.parametrize("then", [(12,), (12, 13)])
def test_killed_at_the_put_each_item_is_in_one_document(
    delivered: World, when: str, then: tuple[int, ...]
) -> None:
    change(delivered, 12)
    with killed_at(delivered, "s3", f"{when}.s3.PutObject", retries=False):
        assert delivered.work(PK) == [str(PK)]
    assert delivered.work(PK) == [str(PK)], "the claim is live"
    change(delivered, *then)
    lease_over(delivered)
    for _ in range(2):
        assert delivered.work(PK) == []
    items = [sku for document in named(delivered) for sku in document]
    assert items == [f"SKU-{pk}" for pk in then]
    assert delivered.entry(PK).code == "CANCELLATION_SENT"


def test_a_put_that_certainly_failed_gives_its_claim_back(delivered: World) -> None:
    from botocore.exceptions import EndpointConnectionError

    def busy(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="s3")

    change(delivered, 12)
    assert delivered.work(PK) == []
    change(delivered, 12, 13)
    delivered.on("s3", "before-call.s3.PutObject", busy, retries=False)
    assert delivered.work(PK) == [str(PK)]
    entry = delivered.entry(PK, "gone")
    assert (entry.state, entry.revision, entry.items) == ("waiting", 1, "c")
    delivered.heal()
    assert delivered.work(PK) == []
    assert named(delivered) == [["SKU-12"], ["SKU-13"]]


def test_a_message_that_may_have_been_sent_is_sent_again_as_it_was(
    make_world: Callable[..., World],
) -> None:
    world = make_world(destination="sqs", change=with_cancellations)
    world.new_order(PK, **three_items())
    world.work(PK)
    change(world, 12)
    with killed_at(world, "sqs", "after-call.sqs.SendMessage", retries=False):
        assert world.work(PK) == [str(PK)]
    change(world, 12, 13)
    lease_over(world)
    for _ in range(2):
        assert world.work(PK) == []
    sent = {
        m["MessageAttributes"]["document_id"]["StringValue"]: m["Body"]
        for m in world.taken(world.output_queue)
    }
    assert list(sent) == [f"{PK}/ubl/1", f"{PK}/gone/1", f"{PK}/gone/2"]
    assert "SKU-12" in sent[f"{PK}/gone/1"]
    assert "SKU-13" not in sent[f"{PK}/gone/1"]
    assert "SKU-13" in sent[f"{PK}/gone/2"]


def test_a_cancellation_that_was_begun_ends_though_nobody_saw_the_order_s_message(
    make_world: Callable[..., World],
) -> None:
    world = make_world(destination="sqs", change=with_cancellations)
    world.new_order(PK, **three_items())
    with killed_at(world, "sqs", "after-call.sqs.SendMessage", retries=False):
        assert world.work(PK) == [str(PK)]
    world.new_order(PK, **three_items(12))
    sent: list[str] = []

    def die_at_the_second(**_: Any) -> None:
        sent.append("once more")
        if len(sent) == 2:
            raise Killed

    world.on("sqs", "after-call.sqs.SendMessage", die_at_the_second, retries=False)
    lease_over(world, "ubl")
    assert world.work(PK) == [str(PK)]
    world.heal()
    for route in ("ubl", "gone"):
        assert world.entry(PK, route).state == "claimed"
        lease_over(world, route)
    world.new_order(PK, **three_items(12, **CANCELLED))
    assert world.work(PK) == []
    of, gone = world.entry(PK), world.entry(PK, "gone")
    assert (of.state, of.written_at, of.code) == ("delivered", None, "CANCELLATION_SENT")
    assert (gone.state, gone.revision) == ("delivered", 2)
    bodies = {
        m["MessageAttributes"]["document_id"]["StringValue"]: m["Body"]
        for m in world.taken(world.output_queue)
    }
    assert "SKU-12" in bodies[f"{PK}/gone/1"]
    assert "SKU-11" in bodies[f"{PK}/gone/2"]


# ------------------------------------------------------------------ before the delivery


@pytest.mark.parametrize(
    ("policy", "amount", "payable"),
    [("amount-is-reduced", "20.00", "20.00"), ("amount-is-original", "30.00", "20.00")],
)
def test_what_is_cancelled_before_sending_follows_the_route_s_money(
    make_world: Callable[..., World], policy: str, amount: str, payable: str
) -> None:
    def route(tables: dict[str, Any]) -> None:
        tables["route"][0]["money"] = {"cancelled": policy, "payments": "none"}

    world = make_world(profiles=("csv-flat",), change=route)
    world.new_order(PK, **three_items(12, amount=amount))
    assert world.work(PK) == []
    [document] = world.documents().values()
    assert f";{payable}\r\n".encode() in document or f";{payable}\n".encode() in document
    assert b"SKU-12" not in document
    assert b"SKU-13" in document


# ------------------------------------------------------------------ of a route that revises


def test_a_revision_lacks_what_is_cancelled_and_the_end_names_the_rest_once(
    make_world: Callable[..., World],
) -> None:
    def revising(tables: dict[str, Any]) -> None:
        with_cancellations(tables)
        tables["route"][0]["on_change"] = "revise"
        tables["route"][1]["items"] = False

    world = make_world(change=revising)
    world.new_order(PK, **three_items())
    world.work(PK)
    change(world, 12)
    assert world.work(PK) == []
    assert (world.entry(PK).revision, world.entry(PK).items, named(world)) == (2, "c", [])
    assert "SKU-12" not in world.documents()[KEY.replace(".xml", ".r2.xml")].decode()
    change(world, 12, **CANCELLED)
    assert world.work(PK) == []
    assert named(world) == [["SKU-11", "SKU-13"]]
    entry, _ = both(world)
    assert (entry.revision, entry.code) == (2, "CANCELLATION_SENT")


# ------------------------------------------------------------- webhooks that never came


def waits(world: World) -> None:
    """An item waits for its cancellation, which nobody announces."""
    world.new_order(PK, **three_items(is_send=True, cancel_status="waiting"))


def bring_back(world: World) -> int:
    """Reconciles, and lets the worker have what came back; how much that was."""
    world.walk()
    found = [Notification.from_json(m["Body"]) for m in world.taken(world.input_queue)]
    for each in found:
        world.batch(world.record(each.pk, source="reconcile"))
    return len(found)


@pytest.fixture
def patient(make_world: Callable[..., World]) -> World:
    """A delivered order in a world that may bring back many in one run."""
    world = make_world(change=with_cancellations, RECONCILE_MINUTES="60")
    world.new_order(PK, **three_items())
    world.work(PK)
    return world


def test_who_leaves_the_list_of_pending_cancellations_is_looked_at(patient: World) -> None:
    waits(patient)
    assert (patient.walk()["cancelling"], bring_back(patient)) == (1, 0)
    change(patient, 12, cancel_status="completed")
    assert bring_back(patient) == 1
    assert named(patient) == [["SKU-12"]]
    assert bring_back(patient) == 0


def test_an_order_that_the_erp_does_not_have_is_no_business_of_cancellations(
    patient: World,
) -> None:
    patient.new_order(PK + 1, **three_items(is_send=True, cancel_status="waiting"))
    assert patient.walk()["cancelling"] == 1
    patient.new_order(PK + 1, **three_items(12, is_send=True))
    assert bring_back(patient) == 0


@pytest.mark.parametrize("shown", [True, False])
def test_a_list_that_ignores_the_filter_is_not_believed(
    patient: World, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tuple(name for name in fake_shop._FILTERS if name != "cancel_status")
    monkeypatch.setattr(fake_shop, "_FILTERS", kept)
    change(patient, **({"cancel_status": "rejected"} if shown else {}))
    assert patient.walk()["cancelling"] is None
    assert bring_back(patient) == 0


def test_a_list_whose_rows_do_not_say_it_is_tried_with_a_word_of_nobody_s(patient: World) -> None:
    row = ListedOrder(pk=PK)
    asked: list[str] = []

    def answer(obeys: bool) -> Any:
        def cancelling(status: str, page: int) -> tuple[int, list[ListedOrder]]:
            asked.append(status)
            return (1, [row]) if status == "waiting" or not obeys else (0, [])

        return SimpleNamespace(cancelling=cancelling)

    routes = load_routes(patient.folder / "routes.toml", shop_url="https://shop.example.com")
    for obeys, waiting in ((True, 1), (False, None)):
        found = decided(answer(obeys), patient.ledger, routes, frozenset({PK}), 5)
        assert (found.waiting, found.pks, found.remembered) == (waiting, (), {PK})
    assert asked == ["waiting", "no-such-status"] * 2


def test_what_has_no_room_in_one_run_stays_remembered(patient: World) -> None:
    nobody = SimpleNamespace(cancelling=lambda status, page: (0, []))
    routes = load_routes(patient.folder / "routes.toml", shop_url="https://shop.example.com")
    found = decided(nobody, patient.ledger, routes, frozenset({PK}), 0)  # type: ignore[arg-type]
    assert (found.pks, found.remembered) == ((), {PK})


def test_a_shop_that_does_not_answer_this_list_spoils_no_walk(
    patient: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any) -> Any:
        raise OmnitronUnavailable("Omnitron answered 500.")

    waits(patient)
    patient.walk()
    change(patient, 12)
    with monkeypatch.context() as patch:
        patch.setattr(Omnitron, "cancelling", down)
        assert patient.walk()["finished"]
    assert bring_back(patient) == 1


def test_a_plan_s_webhook_names_its_order() -> None:
    rule = EventRule(
        type="cancellation_plan.updated", pk="payload.order.pk || payload.order_id",
        number="payload.order.number || payload.order_number",
    )  # fmt: skip
    for payload, pk, number in (
        ({"order": {"pk": 5, "number": "T5"}}, 5, "T5"), ({"order_id": 5}, 5, None),
        ({"order_number": "T5"}, None, "T5"),
    ):  # fmt: skip
        event = {"uuid": "a" * 32, "type": rule.type}
        body = json.dumps({"event": event, "payload": payload}).encode()
        notification = read_notification(body, [rule], 1)
        assert isinstance(notification, Notification)
        assert (notification.pk, notification.number) == (pk, number)
