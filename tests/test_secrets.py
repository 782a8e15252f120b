"""Secrets from Parameter Store: how long they count, and what a flood or an outage may do."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from aws import Answer, answered, asked, client
from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from erp_adapter.errors import AdapterError, Misconfigured, Unavailable
from erp_adapter.secrets import CACHE_SECONDS, EMPTY_SECONDS, REFRESH_SECONDS, Secrets
from moto import mock_aws

STACK = "magaza"
PATH = f"/{STACK}/webhook-secrets"
TOKEN = f"/{STACK}/omnitron-token"
URL = "https://ssm.example.com"


@dataclass
class Clock:
    """Seconds, as a test wants them."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Store:
    """A Parameter Store of one stack."""

    ssm: Any
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.secrets = Secrets(self.ssm, STACK, self.clock)

    def put(self, name: str, value: str, kind: str = "SecureString") -> None:
        self.ssm.put_parameter(Name=name, Value=value, Type=kind, Overwrite=True)

    def delete(self, name: str) -> None:
        self.ssm.delete_parameter(Name=name)


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty Parameter Store."""
    with mock_aws():
        yield Store(client("ssm"))


@pytest.fixture
def down() -> Store:
    """A Parameter Store of which each answer is laid out."""
    return Store(client("ssm"))


def values(*values: str, more: bool = False) -> Answer:
    """The answer to get_parameters_by_path."""
    parameters = [{"Name": f"{PATH}/{n}", "Value": value} for n, value in enumerate(values)]
    body = {"Parameters": parameters} | ({"NextToken": "next"} if more else {})
    return Answer(200, json.dumps(body).encode())


def failure(code: str, status: int = 400) -> Answer:
    return Answer(status, json.dumps({"__type": code, "message": "gizli-ayrinti"}).encode())


OUTAGES = [
    failure("ThrottlingException"),
    failure("InternalServerError", 500),
    Answer(503, b"<html>"),
    Answer(200, b"<html>"),
    ConnectTimeoutError(endpoint_url=URL),
    ReadTimeoutError(endpoint_url=URL),
    EndpointConnectionError(endpoint_url=URL),
]

# ------------------------------------------------------------------ what is read


def test_every_secret_under_the_path_is_live(store: Store) -> None:
    store.put(f"{PATH}/2026-02", "ikinci-9983")
    store.put(f"{PATH}/2026-01", "birinci-4471")
    store.put(f"{PATH}/old/2025", "derin")
    store.put("/other/webhook-secrets/a", "baska")
    store.put(f"{PATH}-not/a", "baska")
    assert sorted(store.secrets.webhook_secrets().values()) == ["birinci-4471", "ikinci-9983"]


def test_more_secrets_than_a_page_holds_are_all_live(store: Store) -> None:
    for number in range(23):
        store.put(f"{PATH}/{number}", f"sir-{number}")
    assert len(store.secrets.webhook_secrets()) == 23


def test_the_token_is_read(store: Store) -> None:
    store.put(TOKEN, "f532e-7712")
    assert store.secrets.omnitron_token() == "f532e-7712"


def test_values_are_decrypted(down: Store) -> None:
    with answered(down.ssm, values("a"), Answer(200, b'{"Parameter": {"Value": "b"}}')) as asked:
        down.secrets.webhook_secrets()
        down.secrets.omnitron_token()
    bodies = [json.loads(request.body) for request in asked]
    assert [body["WithDecryption"] for body in bodies] == [True, True]
    # Parameter Store's own permission check knows the path without its last slash.
    assert bodies[0]["Path"] == PATH


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {}", "\t{} "])
def test_what_a_paste_brings_along_is_no_part_of_a_secret(store: Store, around: str) -> None:
    store.put(f"{PATH}/a", around.format("birinci-4471"))
    store.put(TOKEN, around.format("f532e-7712"))
    assert tuple(store.secrets.webhook_secrets().values()) == ("birinci-4471",)
    assert store.secrets.omnitron_token() == "f532e-7712"


# ------------------------------------------------------------------ no secret


@pytest.mark.parametrize("blank", [None, " ", "\n", " \t\r\n "])
def test_no_secret_is_misconfigured(store: Store, blank: str | None) -> None:
    if blank is not None:
        store.put(f"{PATH}/a", blank)
        store.put(TOKEN, blank)
    with pytest.raises(Misconfigured, match=f"{PATH}/ holds no secret"):
        store.secrets.webhook_secrets()
    with pytest.raises(Misconfigured, match=f"{TOKEN} is missing or empty"):
        store.secrets.omnitron_token()


def test_a_blank_secret_beside_a_good_one_is_none(store: Store) -> None:
    store.put(f"{PATH}/a", " ")
    store.put(f"{PATH}/b", "birinci-4471")
    assert tuple(store.secrets.webhook_secrets().values()) == ("birinci-4471",)


@pytest.mark.parametrize("token", ["şifre", "two\nlines", "a\x00b", "a\x7fb"])
def test_a_token_that_no_header_can_carry_is_misconfigured(down: Store, token: str) -> None:
    body = json.dumps({"Parameter": {"Value": token}}).encode()
    with (
        answered(down.ssm, Answer(200, body)),
        pytest.raises(Misconfigured, match="no header can carry") as caught,
    ):
        down.secrets.omnitron_token()
    assert token not in str(caught.value)


def test_that_there_is_no_secret_is_believed_for_seconds_only(store: Store) -> None:
    with asked(store.ssm) as calls:
        for _ in range(20):
            with pytest.raises(Misconfigured):
                store.secrets.webhook_secrets(stale=True)
    assert calls == ["GetParametersByPath"]
    store.put(f"{PATH}/a", "birinci-4471")
    store.clock.now += EMPTY_SECONDS
    assert tuple(store.secrets.webhook_secrets().values()) == ("birinci-4471",)


# ------------------------------------------------------------------ how long they count


def test_a_secret_is_read_once_in_minutes(store: Store) -> None:
    store.put(f"{PATH}/a", "birinci-4471")
    with asked(store.ssm) as calls:
        for _ in range(5):
            store.secrets.webhook_secrets()
            store.clock.now += CACHE_SECONDS / 5 - 0.01
    assert calls == ["GetParametersByPath"]


def test_a_secret_that_was_taken_away_stops_counting_after_minutes(store: Store) -> None:
    store.put(f"{PATH}/a", "birinci-4471")
    store.put(f"{PATH}/b", "ikinci-9983")
    store.secrets.webhook_secrets()
    store.delete(f"{PATH}/a")
    store.clock.now += CACHE_SECONDS
    assert tuple(store.secrets.webhook_secrets().values()) == ("ikinci-9983",)
    store.delete(f"{PATH}/b")
    store.clock.now += CACHE_SECONDS
    with pytest.raises(Misconfigured):
        store.secrets.webhook_secrets()


def test_a_new_secret_counts_from_the_first_failure_on(store: Store) -> None:
    store.put(f"{PATH}/a", "birinci-4471")
    store.secrets.webhook_secrets()
    store.put(f"{PATH}/b", "ikinci-9983")
    store.clock.now += REFRESH_SECONDS
    assert tuple(store.secrets.webhook_secrets().values()) == ("birinci-4471",)
    assert "ikinci-9983" in store.secrets.webhook_secrets(stale=True).values()


def test_a_new_token_counts_from_the_first_failure_on(store: Store) -> None:
    store.put(TOKEN, "eski-1")
    store.secrets.omnitron_token()
    store.put(TOKEN, "yeni-2")
    store.clock.now += REFRESH_SECONDS
    assert store.secrets.omnitron_token() == "eski-1"
    assert store.secrets.omnitron_token(stale=True) == "yeni-2"


def test_a_flood_of_bad_signatures_reads_once_an_interval(store: Store) -> None:
    store.put(f"{PATH}/a", "birinci-4471")
    with asked(store.ssm) as calls:
        for _ in range(1000):
            store.secrets.webhook_secrets(stale=True)
            store.clock.now += REFRESH_SECONDS / 100
    assert len(calls) == 10


def test_names_are_cached_apart(store: Store) -> None:
    store.put(f"{PATH}/a", "birinci-4471")
    store.put(TOKEN, "f532e-7712")
    with asked(store.ssm) as calls:
        for _ in range(3):
            store.secrets.webhook_secrets()
            store.secrets.omnitron_token()
    assert calls == ["GetParametersByPath", "GetParameter"]


def test_a_clock_that_was_set_back_does_not_lengthen_the_cache(store: Store) -> None:
    store.put(f"{PATH}/a", "birinci-4471")
    store.secrets.webhook_secrets()
    store.delete(f"{PATH}/a")
    store.clock.now -= 3600
    with pytest.raises(Misconfigured):
        store.secrets.webhook_secrets()


def test_threads_that_ask_at_once_read_once(store: Store) -> None:
    store.put(f"{PATH}/a", "birinci-4471")
    together = threading.Barrier(8)

    def ask(_: int) -> tuple[str, ...]:
        together.wait()
        return tuple(store.secrets.webhook_secrets().values())

    with asked(store.ssm) as calls, ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(8)))
    assert answers == {("birinci-4471",)}
    assert calls == ["GetParametersByPath"]


# ------------------------------------------------------------------ an outage


@pytest.mark.parametrize("outage", OUTAGES, ids=repr)
def test_without_an_answer_there_is_none(down: Store, outage: Answer | Exception) -> None:
    with answered(down.ssm, outage), pytest.raises(Unavailable) as caught:
        down.secrets.webhook_secrets()
    with answered(down.ssm, outage), pytest.raises(Unavailable):
        down.secrets.omnitron_token()
    assert "gizli-ayrinti" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("outage", OUTAGES, ids=repr)
def test_an_outage_while_the_cache_counts_refuses_nobody(
    down: Store, outage: Answer | Exception
) -> None:
    with answered(down.ssm, values("birinci-4471")):
        down.secrets.webhook_secrets()
    down.clock.now += REFRESH_SECONDS
    with answered(down.ssm, outage) as asked:
        for _ in range(20):  # bad signatures among good ones
            assert tuple(down.secrets.webhook_secrets(stale=True).values()) == ("birinci-4471",)
            assert tuple(down.secrets.webhook_secrets().values()) == ("birinci-4471",)
    assert len(asked) == 1


@pytest.mark.parametrize("outage", OUTAGES, ids=repr)
def test_an_outage_that_outlasts_the_cache_is_one(down: Store, outage: Answer | Exception) -> None:
    """A secret that leaked and was deleted must not live on because nobody can look."""
    with answered(down.ssm, values("birinci-4471")):
        down.secrets.webhook_secrets()
    down.clock.now += CACHE_SECONDS
    with answered(down.ssm, outage) as asked:
        for _ in range(20):
            with pytest.raises(Unavailable):
                down.secrets.webhook_secrets()
    assert len(asked) == 1
    down.clock.now += EMPTY_SECONDS
    with answered(down.ssm, values("ikinci-9983")):
        assert tuple(down.secrets.webhook_secrets().values()) == ("ikinci-9983",)


def test_a_refresh_that_failed_does_not_lengthen_the_cache(down: Store) -> None:
    with answered(down.ssm, values("birinci-4471")):
        down.secrets.webhook_secrets()
    down.clock.now += CACHE_SECONDS - 1
    with answered(down.ssm, failure("ThrottlingException")):
        down.secrets.webhook_secrets(stale=True)
    down.clock.now += EMPTY_SECONDS
    with answered(down.ssm, failure("ThrottlingException")), pytest.raises(Unavailable):
        down.secrets.webhook_secrets()


def test_a_refresh_during_an_outage_is_tried_again_after_the_interval(down: Store) -> None:
    with answered(down.ssm, values("birinci-4471")):
        down.secrets.webhook_secrets()
    down.clock.now += REFRESH_SECONDS
    with answered(down.ssm, failure("ThrottlingException")):
        down.secrets.webhook_secrets(stale=True)
    down.clock.now += REFRESH_SECONDS
    with answered(down.ssm, values("ikinci-9983")):
        assert tuple(down.secrets.webhook_secrets(stale=True).values()) == ("ikinci-9983",)


def test_half_an_answer_is_none(down: Store) -> None:
    """A page that fails must not make the secrets of the page before it the only ones."""
    with (
        answered(down.ssm, values("birinci-4471", more=True), failure("ThrottlingException")),
        pytest.raises(Unavailable),
    ):
        down.secrets.webhook_secrets()


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidKeyId"])
def test_a_read_that_is_not_allowed_is_misconfigured(down: Store, code: str) -> None:
    with answered(down.ssm, failure(code)), pytest.raises(Misconfigured) as caught:
        down.secrets.webhook_secrets()
    assert f"may not read the parameter {PATH}/ ({code})" in caught.value.message
    assert caught.value.__context__ is None


def test_without_credentials_there_is_no_answer(down: Store) -> None:
    with answered(down.ssm, NoCredentialsError()), pytest.raises(AdapterError):
        down.secrets.webhook_secrets()


def test_a_failure_that_is_raised_again_is_a_new_one(down: Store) -> None:
    """One exception raised again and again would collect the frames of every request."""
    raised = []
    with answered(down.ssm, failure("ThrottlingException")):
        for _ in range(2):
            with pytest.raises(Unavailable) as caught:
                down.secrets.webhook_secrets()
            raised.append(caught.value)
    assert raised[0] is not raised[1]
