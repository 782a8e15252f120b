"""Whatever comes in over API Gateway is answered as docs/openapi.yaml says, and costs little.

`make fuzz` sends 100,000 requests; `make test` some hundreds. An oracle of the tests' own says what
is proved, so that nothing is taken that is not, whatever its form.
"""

import gzip
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from erp_adapter.request import MAX_BODY
from erp_console.fake_routes import Answer
from erp_console.whisperer import headers as whisperer_headers
from http_server import served
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from receiver import Receiver, gateway_event, receiving
from schemathesis import Case
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance
from senders import SENDERS, Sender
from stack import Stack

ROOT = Path(__file__).parent.parent
OPENAPI = schemathesis.openapi.from_path(ROOT / "docs" / "openapi.yaml")
ANNOUNCE = OPENAPI["/webhook"]["POST"]
SECRETS = {"primary": "birinci-sir-4471", "next": "ikinci-sir-9983"}
MOST_SECONDS = 1.0


def examples(request: pytest.FixtureRequest, short: int, long: int) -> settings:
    """So many, found anew each time in the long run."""
    wanted = request.config.getoption("--long")
    return settings(
        max_examples=long if wanted else short, derandomize=not wanted, deadline=None,
        database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )  # fmt: skip


# ------------------------------------------------------------------ raw events

ODD = st.text(max_size=40) | st.text(st.characters(categories=["Cs", "Cc", "Nd"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD, inner, max_size=3),
    max_leaves=6,
)
UUIDS = st.sampled_from(["c" * 32, "12345678", "", "a b", "ü" * 9, None, 7])
ORDERS = st.fixed_dictionaries(
    {}, optional={
        "pk": st.integers(-1, 10**19) | st.sampled_from(["27", "²", "1e9", True, 1e300]) | JSON,
        "number": st.text(max_size=130) | JSON,
    },
)  # fmt: skip
ENVELOPES = st.fixed_dictionaries(
    {
        "event": st.fixed_dictionaries({
            "type": st.sampled_from(["order.created", "order.updated", "x"]) | JSON, "uuid": UUIDS,
        }) | JSON,
    },
    optional={"payload": ORDERS | JSON, "data": ORDERS | JSON},
)  # fmt: skip
NOTIFICATIONS = st.builds(
    lambda kind, uuid, order: {"event": {"type": kind, "uuid": uuid}, "payload": order},
    st.sampled_from(["order.created", "order.updated"]), st.sampled_from(["c" * 32, "12345678"]),
    st.fixed_dictionaries({"pk": st.integers(1, 10**18 - 1)})
    | st.fixed_dictionaries({"number": st.text("SİPARİŞ-0123456789/ ", min_size=1, max_size=130)}),
)  # fmt: skip
BODIES = st.one_of(
    NOTIFICATIONS.map(lambda document: json.dumps(document).encode()),
    ENVELOPES.map(lambda document: json.dumps(document).encode()),
    ENVELOPES.map(lambda d: json.dumps(d, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    ODD.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([
        b"", b"{}", b"[" * 2000, b'{"a":' * 2000, b"1e999999", b'{"event": {"type": 1e999999}}',
        b"9" * 5000, b"\xef\xbb\xbf{}", b"{}" + b" " * MAX_BODY, b'{"event":NaN}',
    ]),
)  # fmt: skip


@st.composite
def events(draw: st.DrawFn, sender: Sender, now: float) -> tuple[dict[str, Any], bool | None]:
    """An event, and whether its sender has proved itself; None where nobody can say."""
    body = draw(BODIES)
    secret = draw(st.sampled_from([*SECRETS.values(), "another", ""]))
    proved = sender.prove(secret, body, now)
    [(name, good)] = proved.items()
    how = draw(st.sampled_from(["good", "good", "good", "odd", "none", "twice", "garbage"]))
    headers: dict[str, Any] = {"content-type": "application/json"}
    if how in ("good", "twice"):
        headers[draw(st.sampled_from([name, name.lower(), name.upper()]))] = good
    elif how == "odd":
        headers[name] = draw(ODD)
    version = draw(st.sampled_from(["1.0", "2.0"]))
    event = gateway_event(body, headers, version=version, encoded=draw(st.booleans()))
    if how == "twice":
        event["headers"] = {**event["headers"], name.lower(): f"{good},{good}"}
        if version == "1.0":
            event["multiValueHeaders"][name] = [good, good]
        return event, None
    if how == "garbage":
        spoiled = draw(st.sampled_from(sorted(event)))
        if draw(st.booleans()):
            event[spoiled] = draw(JSON)
        else:
            del event[spoiled]
        return event, None
    return event, how == "good" and secret in SECRETS.values()


def check(answer: Mapping[str, Any], proved: bool | None, *, large: bool) -> None:
    """Whether the answer is one of those that the sender may get."""
    status, said = answer["statusCode"], json.loads(answer["body"])
    assert answer["headers"] == {"content-type": "application/json"}
    assert status in (200, 202, 400, 401, 413)
    if status == 401:
        assert said == {"message": "Unauthorized"}
    if proved is not None:
        assert (status == 401) == (not proved and not large)
        assert (status == 413) == large


def test_any_event_of_api_gateway_is_answered(request: pytest.FixtureRequest) -> None:
    came: Counter[int] = Counter()
    with receiving() as receiver:
        receiver.secrets = SECRETS

        def run(data: st.DataObject) -> None:
            receiver.sender = data.draw(st.sampled_from(SENDERS))
            event, proved = data.draw(events(receiver.sender, receiver.now))
            body = event.get("body")
            size = len(body.encode("utf-8", "surrogatepass")) if isinstance(body, str) else 0
            answer = receiver.post(event)
            check(answer, proved, large=size > MAX_BODY)
            came[answer["statusCode"]] += 1

        examples(request, 300, 80_000)(given(st.data())(run))()
        tell("raw events", came, receiver)
    assert set(came) >= {202, 400, 401, 413}
    in_time(request, receiver)


# ------------------------------------------------------------------ the endpoint's description


Post = Callable[[requests.PreparedRequest], Response | requests.Response]


def answered(post: Post, case: Case, secret: str) -> int:
    """Signs what schemathesis has made up, sends it, and lets it judge the answer."""
    made = case.as_transport_kwargs(base_url="https://adapter.example.com")
    request = requests.Request(**{
        key: value for key, value in made.items() if key in ("method", "url", "data", "json")
    }).prepare()  # fmt: skip
    body = bytes_of(request)
    request.headers.update(whisperer_headers("order.updated", body, secret))
    response = post(request)
    # Without a proof nothing is taken: the raw events above show that. And a notification is more
    # than its schema can say: 27.0 is an integer to JSON Schema, and to nobody a pk.
    case.validate_response(response, excluded_checks=[ignored_auth, positive_data_acceptance])
    return response.status_code


KINDS = st.sampled_from([None, "order.created", "order.updated"])


def of_type(case: Case, kind: str | None) -> Case:
    """The case as an event of a type that routes.toml knows, which schemathesis does not."""
    if kind and isinstance(case.body, dict) and isinstance(case.body.get("event"), dict):
        case.body["event"]["type"] = kind
    return case


def bytes_of(request: requests.PreparedRequest) -> bytes:
    body = request.body or b""
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)


def in_process(receiver: Receiver) -> Post:
    """The handler, as if it were behind HTTP."""

    def post(request: requests.PreparedRequest) -> Response:
        event = gateway_event(bytes_of(request), dict(request.headers), encoded=True)
        answer = receiver.post(event)
        headers = {name: [value] for name, value in answer["headers"].items()}
        content = answer["body"].encode()
        return Response(answer["statusCode"], headers, content, request, elapsed=0, verify=True)

    return post


def test_what_the_description_allows_is_answered_as_it_says(
    request: pytest.FixtureRequest,
) -> None:
    came: Counter[int] = Counter()
    with receiving() as receiver:
        receiver.secrets, post = SECRETS, in_process(receiver)

        def run(case: Case, kind: str | None) -> None:
            came[answered(post, of_type(case, kind), SECRETS["primary"])] += 1

        examples(request, 50, 20_000)(given(ANNOUNCE.as_strategy(), KINDS)(run))()
        tell("cases of openapi.yaml", came, receiver)
    assert set(came) >= {200, 202, 400}
    in_time(request, receiver)


@pytest.mark.stack
def test_the_deployed_endpoint_answers_as_the_description_says(
    request: pytest.FixtureRequest, stack: Stack
) -> None:
    came: Counter[int] = Counter()
    secret = stack.deployment.webhook_secret

    def post(request: requests.PreparedRequest) -> requests.Response:
        request.url = stack.deployment.webhook_url
        with requests.Session() as session:
            return session.send(request, timeout=30)

    def run(case: Case, kind: str | None) -> None:
        came[answered(post, of_type(case, kind), secret)] += 1

    examples(request, 15, 2_000)(given(ANNOUNCE.as_strategy(), KINDS)(run))()
    print(f"\ndeployed: {dict(came)}")
    assert set(came) <= {200, 202, 400}


def test_the_description_names_every_answer() -> None:
    """What the function's own docstring says it answers, and API Gateway's throttle."""
    import re

    import webhook

    said = {int(code) for code in re.findall(r"\b[2-5]\d\d\b", webhook.handler.__doc__ or "")}
    assert {int(code) for code in ANNOUNCE.definition.raw["responses"]} == said | {429}


# ------------------------------------------------------------------ what it costs


def tell(what: str, came: Counter[int], receiver: Receiver) -> None:
    print(
        f"\n{sum(came.values())} {what}: {dict(sorted(came.items()))}, the slowest took "
        f"{receiver.slowest * 1000:.1f} ms of the processor"
    )


def in_time(request: pytest.FixtureRequest, receiver: Receiver) -> None:
    """In the long run only: nothing in `make test` hangs on how busy a machine is."""
    if request.config.getoption("--long"):
        assert receiver.slowest < MOST_SECONDS, receiver.slowest_was


def peaks(*arguments: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "tests/memory_probe.py", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = dict(json.loads(line) for line in done.stdout.splitlines())
    print(f"\npeaks in MB: {found}")
    return found


MOST_MB = 160


def test_the_webhook_function_stays_small() -> None:
    found = peaks()
    assert len(found) == 4
    assert max(found.values()) <= MOST_MB


@cache
def answers() -> dict[str, tuple[str, bytes]]:
    """What the shop answers, by its name: content encoding and body."""
    blanks = b" " * 200 * 1024 * 1024
    return {
        "1": ("gzip", gzip.compress(b"[" + blanks + b"]", mtime=0)),
        "2": ("gzip, gzip", gzip.compress(gzip.compress(blanks), mtime=0)),
        "3": ("identity", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        "4": ("identity", b'{"pk": 1, "amount": ' + b"9" * 4_000_000 + b"}"),
        "5": ("identity", b'{"pk": 1, "amount": 1e999999}'),
        "6": ("identity", b'{"pk": "' + b"x" * 3_000_000 + b'"}'),
    }


def test_the_worker_stays_small_whatever_the_shop_answers() -> None:
    answers()  # seconds on a busy machine: not while somebody waits for an answer

    def answer(request: Any) -> Answer:
        if request.path == "/names":
            return Answer(200, json.dumps(sorted(answers())).encode())
        encoding, body = answers()[request.path.split("/")[2]]
        return Answer(200, body, headers={"Content-Encoding": encoding})

    with served(answer) as url:
        found = peaks(url)
    assert len(found) == 1 + len(answers())
    assert not [what for what in found if "taken" in what]
    assert max(found.values()) <= MOST_MB
