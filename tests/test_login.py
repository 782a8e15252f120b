"""The token that a login gives: kept, renewed once when refused, never asked for too often."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
import pytest
from erp_adapter.errors import Misconfigured, OmnitronUnavailable
from erp_adapter.login import MOST_LOGINS, WINDOW_SECONDS, Login, token_source
from erp_adapter.omnitron import Omnitron
from erp_adapter.secrets import Secrets
from stack import Stack
from world import STACK, World

USER, PASSWORD = "adapter-kullanici-31", "parola-8814"


@dataclass
class Shop:
    """Counts logins; each gives another key. `known` is the password that it takes."""

    known: str = PASSWORD
    stored: list[str] = field(default_factory=lambda: [PASSWORD])
    now: float = 1_000_000.0
    logins: list[float] = field(default_factory=list)

    def log_in(self, user: str, password: str) -> str:
        self.logins.append(self.now)
        if password != self.known:
            raise Misconfigured("refused", code="OMNITRON_REFUSES")
        return f"key-{len(self.logins)}"

    def omnitron_login(self, *, stale: bool = False) -> tuple[str, str]:
        """As `Secrets` has it: what is stored is seen when somebody asks for it."""
        if stale and len(self.stored) > 1:
            self.stored.pop(0)
        return USER, self.stored[0]

    def login(self) -> Login:
        return Login(cast(Secrets, self), lambda: self.now)


def test_a_key_is_kept_for_as_long_as_it_is_not_refused() -> None:
    shop = Shop()
    login = shop.login()
    for _ in range(100):
        assert login(shop.log_in) == "key-1"
        shop.now += 3600
    assert len(shop.logins) == 1


def test_a_refused_key_is_renewed_once_whoever_else_was_refused() -> None:
    shop = Shop()
    login = shop.login()
    old = login(shop.log_in)
    together = threading.Barrier(8)

    def refused(_: int) -> str:
        together.wait()
        return login(shop.log_in, refused=old)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(refused, range(8))) == {"key-2"}
    assert login(shop.log_in, refused=old) == "key-2"
    assert len(shop.logins) == 2


def test_there_are_three_logins_in_six_minutes_whatever_is_tried_again() -> None:
    shop = Shop()
    login, key = shop.login(), None
    for _ in range(2000):
        try:
            key = login(shop.log_in, refused=key)
        except OmnitronUnavailable as error:
            limit = error
        shop.now += 1
    assert limit.code == "LOGIN_LIMIT"
    assert 0 < (limit.retry_after or 0) <= WINDOW_SECONDS
    assert len(shop.logins) == MOST_LOGINS * -(-2000 // WINDOW_SECONDS)
    for first, fourth in zip(shop.logins, shop.logins[MOST_LOGINS:], strict=False):
        assert fourth - first >= WINDOW_SECONDS


def test_a_clock_that_was_set_back_allows_no_more() -> None:
    shop = Shop()
    login, key = shop.login(), None
    for _ in range(MOST_LOGINS):
        key = login(shop.log_in, refused=key)
    shop.now -= 60
    with pytest.raises(OmnitronUnavailable):
        login(shop.log_in, refused=key)


def test_a_refused_password_is_read_again_and_tried_if_it_is_another() -> None:
    shop = Shop(known="yeni-parola", stored=[PASSWORD, "yeni-parola"])
    assert shop.login()(shop.log_in) == "key-2"
    same = Shop(known="yeni-parola")
    with pytest.raises(Misconfigured, match="refused"):
        same.login()(same.log_in)
    assert len(same.logins) == 1


def test_failed_logins_count() -> None:
    shop = Shop(known="another")
    login = shop.login()
    for _ in range(MOST_LOGINS):
        with pytest.raises(Misconfigured):
            login(shop.log_in)
    with pytest.raises(OmnitronUnavailable):
        login(shop.log_in)
    assert len(shop.logins) == MOST_LOGINS


# ------------------------------------------------------------------ what Omnitron answers


def omnitron(answer: httpx.Response) -> Omnitron:
    http = httpx.Client(
        base_url="https://shop.example.com", transport=httpx.MockTransport(lambda _: answer)
    )
    token = token_source("password", cast(Secrets, Shop()), lambda: 0.0)
    return Omnitron(http=http, token=token, prefix="/api/v1", timeout=5, clock=lambda: 0.0)


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (httpx.Response(400, json={}), Misconfigured, "OMNITRON_REFUSES"),
        (httpx.Response(401, json={}), Misconfigured, "OMNITRON_REFUSES"),
        (httpx.Response(404, json={}), Misconfigured, "OMNITRON_REFUSES"),
        (httpx.Response(302, json={}), Misconfigured, "OMNITRON_REFUSES"),
        (httpx.Response(429, json={}), OmnitronUnavailable, "OMNITRON_UNAVAILABLE"),
        (httpx.Response(500), OmnitronUnavailable, "OMNITRON_UNAVAILABLE"),
        (httpx.Response(200, content=b"<html>"), OmnitronUnavailable, "OMNITRON_UNAVAILABLE"),
        (httpx.Response(200, json={"key": "ş"}), OmnitronUnavailable, "OMNITRON_UNAVAILABLE"),
        (httpx.Response(200, json={"key": "a\nb"}), OmnitronUnavailable, "OMNITRON_UNAVAILABLE"),
        (httpx.Response(200, json={"key": 7}), OmnitronUnavailable, "OMNITRON_UNAVAILABLE"),
        (httpx.Response(200, json={"token": "x"}), OmnitronUnavailable, "OMNITRON_UNAVAILABLE"),
    ],
)
def test_whose_fault_a_login_is(answer: httpx.Response, error: Any, code: str) -> None:
    with pytest.raises(error) as caught:
        omnitron(answer).detail(27)
    assert caught.value.code == code
    assert caught.value.__context__ is None
    for private in (USER, PASSWORD, "ş"):
        assert private not in str(caught.value)


# ------------------------------------------------------------------ all the way


@pytest.fixture
def logging_in(make_world: Callable[..., World]) -> World:
    world = make_world(OMNITRON_LOGIN="password")
    ssm = world.client("ssm")
    ssm.delete_parameter(Name=f"/{STACK}/omnitron-token")
    for name, value in (("user", world.omnitron.user), ("password", world.omnitron.password)):
        ssm.put_parameter(Name=f"/{STACK}/omnitron-{name}", Value=value, Type="SecureString")
    world.omnitron.tokens.clear()
    return world


def test_an_order_goes_all_the_way_with_a_login(logging_in: World) -> None:
    for pk in (1001, 1002, 1003):
        logging_in.new_order(pk)
    assert logging_in.work(1001, 1002, 1003) == []
    assert all(logging_in.is_send(pk) for pk in (1001, 1002, 1003))
    assert logging_in.omnitron.traffic.calls["login"] == 1
    said = logging_in.log.getvalue()
    for private in (logging_in.omnitron.password, *logging_in.omnitron.tokens):
        assert private not in said


def test_a_key_that_omnitron_forgot_is_renewed(logging_in: World) -> None:
    for pk in (1001, 1002):
        logging_in.new_order(pk)
        assert logging_in.work(pk) == []
        logging_in.omnitron.tokens.clear()
    assert logging_in.is_send(1002)
    assert logging_in.omnitron.traffic.calls["login"] == 2


def test_a_shop_that_refuses_every_key_sees_three_logins(logging_in: World) -> None:
    logging_in.omnitron.traffic.fail("detail", status=401)
    pks = range(1001, 1011)
    for pk in pks:
        logging_in.new_order(pk)
    for _ in range(3):
        logging_in.work(*pks)
    assert logging_in.omnitron.traffic.calls["login"] == MOST_LOGINS
    assert logging_in.documents() == {}


def test_without_a_password_nothing_is_delivered_and_the_operator_hears_of_it(
    logging_in: World,
) -> None:
    logging_in.client("ssm").delete_parameter(Name=f"/{STACK}/omnitron-password")
    logging_in.new_order(1001)
    logging_in.work(1001)
    assert logging_in.documents() == {}
    assert "omnitron-password is missing or empty" in logging_in.log.getvalue()


@pytest.mark.stack
def test_a_deployed_stack_logs_in(deployed: Callable[..., Stack]) -> None:
    stack = deployed(OmnitronLogin="password")
    for name, value in (("user", stack.omnitron.user), ("password", stack.omnitron.password)):
        stack.client("ssm").put_parameter(
            Name=f"/{stack.deployment.stack}/omnitron-{name}", Value=value, Type="SecureString"
        )
    stack.omnitron.tokens.clear()
    pk = stack.new_order()
    assert stack.announce(pk).status_code == 202
    stack.wait(lambda: bool(stack.omnitron.shop.order(pk)["is_send"]))
    assert stack.omnitron.traffic.calls["login"] == 1
    logged = "\n".join(stack.local.logs(stack.deployment.stack))
    assert not [key for key in (stack.omnitron.password, *stack.omnitron.tokens) if key in logged]
