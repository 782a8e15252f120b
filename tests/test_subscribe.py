"""`subscribe` and `unsubscribe` against dj-whisperer itself, Akinon's own sender, as a server; and
the fake Omnitron, which must answer as that one does."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from erp_adapter.omnitron import Omnitron, open_client
from erp_adapter.omnitron_answers import UndeliveredEvent
from erp_console.fake_omnitron import FakeOmnitron
from erp_console.fake_shop import FakeShop
from examined import EVENTS, Examined
from planted_faults import parameter
from world import SECRET

HERE = Path(__file__).parent
Json = dict[str, Any]
WAIT = {"choice": "exponential", "kwargs": {"base": 2}}


@dataclass(frozen=True)
class Real:
    """dj-whisperer's server."""

    url: str
    token: str

    def ask(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """One call."""
        headers = {"Authorization": f"Token {self.token}"}
        url = f"{self.url}/api/v1/whisperer/{path}"
        return httpx.request(method, url, json=body, headers=headers, timeout=20)

    def rows(self, path: str) -> list[Json]:
        """All rows of a list."""
        found: list[Json] = self.ask("GET", f"{path}?limit=100").json()["results"]
        return found

    def fire(self, event_type: str, **instance: Any) -> None:
        """Something happened to an order."""
        body = {"event_type": event_type, "instance": instance}
        assert httpx.post(f"{self.url}/fire/", json=body, timeout=20).status_code == 200


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    """The server, in a process of its own."""
    folder = tmp_path_factory.mktemp("whisperer")
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "whisperer_server", str(folder)],
        cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        assert server.stdin
        assert server.stdout
        said = json.loads(server.stdout.readline())
        yield Real(f"http://127.0.0.1:{said['port']}", said["token"])
        server.stdin.close()


@pytest.fixture
def shop(make_examined: Callable[..., Examined], real: Real) -> Iterator[Examined]:
    """A deployment whose shop sends with dj-whisperer, and has no hook yet."""
    for hook in real.rows("hooks/"):
        real.ask("DELETE", f"hooks/{hook['id']}/")
    examined = make_examined(profiles=("csv-flat",))
    examined.configure(OMNITRON_URL=real.url)
    with parameter(examined, "omnitron-token", real.token):
        yield examined


def outcomes(shop: Examined, *arguments: str, code: int = 0) -> dict[str, str]:
    """What the command has done, by event."""
    found = shop.operated.said(*arguments, code=code)
    assert SECRET not in json.dumps(found)
    return {each["event"]: each["outcome"] for each in found["events"]}


def ours(shop: Examined, real: Real) -> list[Json]:
    return [hook for hook in real.rows("hooks/") if hook["target_url"] == shop.webhook_url]


def sent(shop: Examined, real: Real, event_type: str) -> list[Json]:
    """What the server knows of the events that it sent to this deployment."""
    return [
        event
        for event in real.rows("hook_events/")
        if event["webhook"]["target_url"] == shop.webhook_url
        and event["webhook"]["event_type"] == event_type
    ]


def test_registered_sent_retried_and_delivered(shop: Examined, real: Real) -> None:
    assert outcomes(shop, "subscribe", "--dry-run") == dict.fromkeys(EVENTS, "would be registered")
    assert ours(shop, real) == []
    assert outcomes(shop, "subscribe") == dict.fromkeys(EVENTS, "registered")
    hooks = {hook["event_type"]: hook for hook in ours(shop, real)}
    assert {hook["secret_key"] for hook in hooks.values()} == {SECRET}
    assert all(hook["is_active"] for hook in hooks.values())
    assert outcomes(shop, "subscribe") == dict.fromkeys(EVENTS, "as it is")

    real.fire("order.created", pk=1, number="T1")
    [event] = sent(shop, real, "order.created")
    assert (event["delivered"], event["response_http_status"], event["retry_count"]) == (
        True, 202, 1,
    )  # fmt: skip
    assert [each["pk"] for each in shop.operated.queued()] == [1]

    shop.door.failures = 2
    real.fire("order.updated", pk=2, number="T2")
    [event] = sent(shop, real, "order.updated")
    assert (event["delivered"], event["retry_count"]) == (True, 3)
    [queued] = shop.operated.queued()
    assert (queued["pk"], queued["uuid"]) == (2, event["uuid"].replace("-", ""))


def test_taken_away_and_changed_back(shop: Examined, real: Real) -> None:
    outcomes(shop, "subscribe")
    assert outcomes(shop, "unsubscribe", "--dry-run") == dict.fromkeys(EVENTS, "would be removed")
    assert outcomes(shop, "unsubscribe") == dict.fromkeys(EVENTS, "removed")
    assert outcomes(shop, "unsubscribe") == {}
    real.fire("order.created", pk=3)
    assert shop.operated.queued() == []
    # dj-whisperer keeps what was deleted, and refuses to register it anew.
    assert outcomes(shop, "subscribe") == dict.fromkeys(EVENTS, "changed")
    assert len(ours(shop, real)) == len(EVENTS)
    real.ask("PATCH", f"hooks/{ours(shop, real)[0]['id']}/", {"secret_key": "of yesterday"})
    assert sorted(outcomes(shop, "subscribe").values()) == ["as it is", "changed"]
    real.fire("order.created", pk=4)
    real.fire("order.updated", pk=4)
    assert [each["pk"] for each in shop.operated.queued()] == [4, 4]


def test_an_event_that_is_not_offered_and_one_that_is_not_wanted(
    make_examined: Callable[..., Examined],
) -> None:
    examined = make_examined(profiles=("csv-flat",))
    examined.hooks.registry.remove("order.created")
    examined.hooks.add("retail_store.created", examined.webhook_url)
    examined.hooks.add("retail_store.created", "https://somebody.example/else")
    assert outcomes(examined, "subscribe", code=1) == {
        "order.created": "not offered", "order.updated": "as it is",
        "retail_store.created": "removed",
    }  # fmt: skip
    result = examined.operated.run("subscribe")
    assert "the shop offers order.updated, cancellation_plan.created" in result.stdout


def without_dates(body: Any) -> Any:
    """An answer without what differs by itself."""
    if isinstance(body, dict):
        left_out = ("created_date", "modified_date", "next", "previous", "id")
        return {key: without_dates(each) for key, each in body.items() if key not in left_out}
    return [without_dates(each) for each in body] if isinstance(body, list) else body


def test_what_could_not_be_delivered_is_kept_and_read(shop: Examined, real: Real) -> None:
    outcomes(shop, "subscribe")
    shop.door.failures = 99
    real.fire("order.updated", pk=7, number="T7")
    shop.door.failures = 0
    theirs = real.rows("hook_events/?delivered=false&")[0]
    with FakeOmnitron(FakeShop()) as fake:
        hook = fake.hooks.add("order.updated", shop.webhook_url, secret_key=SECRET)
        fake.hooks.lose(hook["id"], pk=7, number="T7")
        fake_s = Real(fake.url, fake.token)
        assert like(fake_s.rows("hook_events/?delivered=false&")[0]) == like(theirs)
        for server in (fake_s, real):
            [event] = kept_by(server)
            assert event.request_payload["payload"] == {"pk": 7, "number": "T7"}
            assert abs(event.created_date.timestamp() - time.time()) < 600


def like(row: Any) -> Any:
    """A row of events without what differs by itself."""
    event = without_dates(row)
    for name in ("uuid", "response_time"):
        assert isinstance(event.pop(name), str)
    assert len(event.pop("request_datetimes")) == event["retry_count"]
    del event["request_payload"]["event"]["uuid"]
    return event


def kept_by(server: Real) -> list[UndeliveredEvent]:
    """What the adapter's own client reads there."""
    with open_client(server.url, 20) as http:
        return Omnitron(
            http=http, token=lambda _, **__: server.token, prefix="/api/v1", timeout=20,
            clock=time.time,
        ).undelivered_events(1)  # fmt: skip


CALLS: list[tuple[str, str, Json | None]] = [
    ("GET", "hooks/registry/", None),
    ("POST", "hooks/", {"event_type": "order.created", "target_url": "https://a.example/w",
                        "secret_key": "s" * 16, "retry_countdown_config": WAIT}),
    ("POST", "hooks/", {"event_type": "order.created", "target_url": "https://a.example/w",
                        "retry_countdown_config": WAIT}),
    ("POST", "hooks/", {}),
    ("POST", "hooks/", {"event_type": "order.eaten", "target_url": "",
                        "secret_key": "s" * 125, "retry_countdown_config": WAIT}),
    ("POST", "hooks/", {"event_type": "order.updated", "target_url": "https://a.example/w",
                        "retry_countdown_config": {"choice": "linear", "kwargs": {}}}),
    ("POST", "hooks/", {"event_type": "order.updated", "target_url": "https://a.example/w",
                        "retry_countdown_config": {"choice": "never", "kwargs": {}}}),
    ("GET", "hooks/?target_url=HTTPS://A.EXAMPLE/W", None),
    ("GET", "hooks/ID/", None),
    ("PATCH", "hooks/ID/", {"secret_key": "t" * 16, "is_active": False}),
    ("PATCH", "hooks/ID/", {"event_type": "order.eaten"}),
    ("DELETE", "hooks/ID/", None),
    ("GET", "hooks/ID/", None),
    ("POST", "hooks/", {"event_type": "order.created", "target_url": "https://a.example/w",
                        "retry_countdown_config": WAIT}),
    ("GET", "hooks/999999/", None),
    ("GET", "hook_events/?delivered=false&webhook=ID&limit=1", None),
]  # fmt: skip


def answers(server: Real) -> list[tuple[int, Any]]:
    """What the server says to CALLS, one after the other."""
    found: list[tuple[int, Any]] = []
    made = ""
    for method, path, body in CALLS:
        answer = server.ask(method, path.replace("ID", made), body)
        found.append((answer.status_code, without_dates(answer.json() if answer.content else None)))
        if answer.status_code == 201:
            made = str(answer.json()["id"])
    return found


def test_the_fake_answers_as_the_real_one(real: Real) -> None:
    with FakeOmnitron(FakeShop()) as fake:
        said = answers(Real(fake.url, fake.token))
    for call, ours_, theirs in zip(CALLS, said, answers(real), strict=True):
        assert ours_ == theirs, call
