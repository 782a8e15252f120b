"""The fake Omnitron answers as the documented one does, and goes wrong as it is told to."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from erp_console import shop_json
from erp_console.fake_omnitron import FakeOmnitron, PortTaken
from erp_console.fake_shop import FakeShop, NoSuchFolder, is_sent

ORDERS = Path(__file__).parent.parent / "events" / "orders"
DETAIL = "/api/i1/orders_integration/27/detailed_integration/"


@pytest.fixture
def omnitron() -> Iterator[FakeOmnitron]:
    with FakeOmnitron(FakeShop.from_folder(ORDERS)) as server:
        yield server


@pytest.fixture
def client(omnitron: FakeOmnitron) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Token {omnitron.token}"}
    with httpx.Client(base_url=omnitron.url, headers=headers, trust_env=False) as http:
        yield http


def sample(kind: str) -> Any:
    return json.loads((ORDERS / f"27.{kind}.json").read_bytes())


@pytest.mark.parametrize("prefix", ["/api/v1", "/api/i1", ""])
@pytest.mark.parametrize("first", ["orders_integration", "orders"])
def test_detail_is_the_file(client: httpx.Client, prefix: str, first: str) -> None:
    answer = client.get(f"{prefix}/{first}/27/detailed_integration/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == sample("order")


def test_numbers_keep_their_digits() -> None:
    raw = b'{"net_shipping_amount":8.50,"long":0.12345678901234567890,"name":"\\u0130"}'
    assert shop_json.dump(shop_json.load(raw)) == raw.replace(b"\\u0130", "İ".encode())


def test_items_and_discounts_of_one_order(client: httpx.Client) -> None:
    items = client.get("/api/v1/order_item/detailed_integration/", params={"order": 27}).json()
    assert items == sample("items")
    none = client.get("/api/v1/order_item/detailed_integration/", params={"order": 28}).json()
    assert none["results"] == []
    discounts = client.get("/api/v1/discount_items/detailed_integration/?order=27")
    assert discounts.json() == {"count": 0, "next": None, "previous": None, "results": []}


def test_missing_discounts_are_an_empty_page(tmp_path: Path) -> None:
    (tmp_path / "5.order.json").write_text('{"pk": 5, "number": "A5"}')
    shop = FakeShop.from_folder(tmp_path)
    assert shop.rows("items", {}) == shop.rows("discounts", {}) == []


def test_a_folder_without_orders_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFolder, match="holds no"):
        FakeShop.from_folder(tmp_path / "absent")


def test_served_as_new_it_is_unsent_and_without_the_erps_code(omnitron: FakeOmnitron) -> None:
    assert is_sent(omnitron.shop.order(27))
    new = FakeShop.from_folder(ORDERS, as_new=True).order(27)
    assert not is_sent(new)
    assert new["shipping_address"]["mapping"], "only the order's own code goes"


@pytest.mark.parametrize("token", [None, "Token wrong", "Bearer {token}"])
def test_no_token_no_answer(omnitron: FakeOmnitron, token: str | None) -> None:
    headers = {"Authorization": token.format(token=omnitron.token)} if token else {}
    answer = httpx.get(omnitron.url + DETAIL, headers=headers, trust_env=False)
    assert answer.status_code == 401
    assert set(answer.json()) == {"detail", "code"}


def test_login_gives_a_key_that_opens(omnitron: FakeOmnitron, client: httpx.Client) -> None:
    login = {"username": omnitron.user, "password": omnitron.password}
    key = client.post("/api/v1/auth/login/", json=login).json()["key"]
    assert client.get(DETAIL, headers={"Authorization": f"Token {key}"}).status_code == 200
    wrong = client.post("/api/v1/auth/login/", json={**login, "password": "no"})
    assert wrong.status_code == 400
    omnitron.tokens.clear()
    assert client.get(DETAIL).status_code == 401


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("is_send=False&status=400", [1, 2]),
        ("is_send=false", [1, 2]),
        ("is_send=True", [27]),
        ("number=N-2", [2]),
        ("pk=1", [1]),
        ("channel=1", [27]),
        ("cancel_status=waiting", [2]),
        ("status=999", []),
        ("unknown=1", [1, 2, 27]),
    ],
)
def test_lists_filter(
    omnitron: FakeOmnitron, client: httpx.Client, query: str, found: list[int]
) -> None:
    for pk, state in ((1, None), (2, "waiting")):
        omnitron.shop.put(
            {
                "pk": pk,
                "number": f"N-{pk}",
                "is_send": False,
                "status": "400",
                "cancel_status": state,
            }
        )
    rows = client.get(f"/api/v1/orders/?{query}").json()["results"]
    assert sorted(row["pk"] for row in rows) == found
    detailed = client.get(f"/api/v1/orders/detailed_integration/?{query}").json()["results"]
    assert sorted(row["pk"] for row in detailed) == found


def test_list_rows_are_flat(client: httpx.Client) -> None:
    (row,) = client.get("/api/v1/orders/?number=bf7b66149236455").json()["results"]
    assert row["customer"] == 1103
    assert row["amount"] == "16.40"
    assert "transaction_set" not in row
    assert "conf" not in json.dumps(row)


def test_pages_are_followed_by_next(omnitron: FakeOmnitron, client: httpx.Client) -> None:
    for pk in range(100, 125):
        omnitron.shop.put({"pk": pk, "number": str(pk), "is_send": False})
    seen: list[int] = []
    url: str | None = "/api/v1/orders/?is_send=False&limit=10"
    while url:
        page = client.get(url).json()
        assert page["count"] == 25
        seen += [row["pk"] for row in page["results"]]
        url = page["next"]
    assert seen == list(range(100, 125))
    assert client.get("/api/v1/orders/?page=9").status_code == 404
    assert client.get("/api/v1/orders/?page=x").status_code == 404
    assert len(client.get("/api/v1/orders/").json()["results"]) == 10


def test_only_is_send_can_be_patched(omnitron: FakeOmnitron, client: httpx.Client) -> None:
    omnitron.shop.change(27, is_send=False)
    answer = client.patch("/api/v1/orders/27/", json={"is_send": True})
    assert (answer.status_code, answer.json()["is_send"]) == (200, True)
    assert client.get(DETAIL).json()["is_send"] is True
    assert client.patch("/api/v1/orders/27/", json={"status": "500"}).status_code == 400
    assert client.patch("/api/v1/orders/27/", json={"is_send": "yes"}).status_code == 400
    assert client.patch("/api/v1/orders/27/", content=b"{").status_code == 400
    assert client.patch("/api/v1/orders/1/", json={"is_send": True}).status_code == 404
    assert omnitron.shop.order(27)["status"] == "400"


@pytest.mark.parametrize("path", ["/api/v1/orders/1/", "/api/v1/nothing/", "/"])
def test_unknown_things_are_404(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "detail" in answer.json()


def test_failing_and_healing(omnitron: FakeOmnitron, client: httpx.Client) -> None:
    omnitron.traffic.fail("detail", status=429, retry_after=7, times=1)
    answer = client.get(DETAIL)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert client.get(DETAIL).status_code == 200
    omnitron.traffic.fail(status=503)
    assert client.get(DETAIL).status_code == 503
    omnitron.traffic.heal()
    assert client.get(DETAIL).status_code == 200
    assert omnitron.traffic.calls == {"detail": 4}
    assert omnitron.traffic.paths[f"GET {DETAIL}"] == 4


def test_a_cut_answer_and_a_web_page(omnitron: FakeOmnitron, client: httpx.Client) -> None:
    omnitron.traffic.fail("detail", body="truncated", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(DETAIL)
    omnitron.traffic.fail("detail", body="html", times=1)
    assert client.get(DETAIL).headers["content-type"].startswith("text/html")


def test_an_ignored_filter_answers_with_the_whole_shop(
    omnitron: FakeOmnitron, client: httpx.Client
) -> None:
    omnitron.shop.put({"pk": 2}, items=[{"pk": 9, "order": 2}])
    omnitron.traffic.fail("items", ignore_filters=True)
    rows = client.get("/api/v1/order_item/detailed_integration/?order=27").json()["results"]
    assert {row["order"] for row in rows} == {2, 27}


def test_a_lagging_replica_shows_changes_late() -> None:
    now = [0.0]
    shop = FakeShop(clock=lambda: now[0])
    shop.put({"pk": 1, "is_send": False})
    shop.lag = 2
    shop.change(1, is_send=True)
    assert shop.detail(1) == {"pk": 1, "is_send": False}
    now[0] = 2
    assert shop.detail(1) == {"pk": 1, "is_send": True}


def test_an_order_that_a_webhook_overtook() -> None:
    shop = FakeShop()
    shop.put({"pk": 1, "number": "A"}, hidden_reads=2)
    assert shop.detail(1) is None
    assert shop.details({"number": "A"}) == []
    assert shop.detail(1) == {"pk": 1, "number": "A"}


def test_down_refuses_and_cuts_open_connections(
    omnitron: FakeOmnitron, client: httpx.Client
) -> None:
    assert client.get(DETAIL).status_code == 200
    omnitron.stop()
    with pytest.raises(httpx.TransportError):
        client.get(DETAIL)
    omnitron.start()
    assert client.get(DETAIL).status_code == 200


def test_a_taken_port_is_said_so(omnitron: FakeOmnitron) -> None:
    port = int(omnitron.url.rpartition(":")[2])
    with pytest.raises(PortTaken, match=str(port)):
        FakeOmnitron(FakeShop(), port=port).start()


def test_steered_from_outside(omnitron: FakeOmnitron, client: httpx.Client) -> None:
    client.post("/_fake/faults", json={"where": "detail", "status": 500}).raise_for_status()
    assert client.get(DETAIL).status_code == 500
    client.delete("/_fake/faults").raise_for_status()
    order = {**sample("order"), "pk": 31, "number": "N31"}
    client.put("/_fake/orders", json={"order": order, "items": []}).raise_for_status()
    assert client.get("/api/v1/orders/31/").json()["number"] == "N31"
    client.put("/_fake/lag", json={"seconds": 0.5}).raise_for_status()
    assert omnitron.shop.lag == 0.5
    counted = client.get("/_fake/calls").json()
    assert counted["calls"] == {"detail": 1, "order": 1}
    assert counted["max_in_flight"] == 1
    bad = client.post("/_fake/faults", json={"were": "detail"})
    assert (bad.status_code, bad.json()) == (400, {"detail": "Not understood: unknown: were"})
