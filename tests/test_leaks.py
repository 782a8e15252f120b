"""Nothing of an order's secrets and of its people is in what the adapter says, whatever goes wrong.

Runs go down the good way and into every kind of trouble, with orders full of invented people and
with webhooks that carry the whole order. After each trouble, what was said is searched: log lines,
standard output and error, metrics, errors, answers, messages, ledger items, objects' keys and
metadata. Documents hold people, as they must; they are searched for secrets, and for the canaries
of tests/planted_canaries.py, which stand in whatever is not on the allow-list.
"""

import base64
import copy
import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import deliver
import httpx
import pytest
import reconcile
import webhook
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from erp_adapter.errors import AdapterError
from erp_adapter.profile import load_profile
from erp_console import whisperer
from erp_console.canaries import Canary, canaries, sightings
from erp_console.fake_request import Answer
from erp_console.log_lines import FUNCTIONS
from http_server import served
from operated import Operated, answer_new_clients
from orders import discount_document
from planted_canaries import SOWN, canary, sow, sung
from stack import Stack, sample_order
from world import ROOT, SECRET, STACK, World, context

PROFILES = ROOT / "layers" / "profiles"

PERSON = {
    "first_name": "Süheyla Işıl", "last_name": "Uydurmaoğlu", "email": "isil.uydurma@example.com",
    "user_email": "odeyen.kisi@example.com", "phone_number": "+90 (555) 000-4417",
    "line": 'Olmayan Sok. "Mavi" Apt. No: 3', "title": "Yazlık evimiz", "postcode": "PK-08761",
    "company_name": "Hayali Ticaret & Oğulları", "tax_no": "4540536920",
    "tax_office": "Uydurma V.D.", "identity_number": "10000000146",
    "notes": "Zili çalmayın, bebek uyuyor", "gift_box_note": "İyi ki doğdun, <3 Işıl",
    "remote_addr": "203.0.113.94", "date_of_birth": "1984-02-29", "bin_number": "BIN-979200",
    "hash_data": "e6f0invented0hash0of0an0address",
}  # fmt: skip
"""Nobody: the domains and addresses are reserved, the numbers made of the check-digit rules."""
NOT_SEARCHED_FOR = {"postcode", "bin_number", "hash_data"}
"""Keys of PERSON that erp_console.canaries does not know; searched for all the same."""
SPOKEN_OF = PERSON["email"]
"""What an error says that quotes its input."""

Planned = tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]


def peopled(pk: int) -> Planned:
    """The sample order with people in every field that can hold some, and canaries in every field
    that nobody may read; its secrets are its own."""
    order, items, discounts = copy.deepcopy(sample_order(pk))
    _fill(order)
    order |= {"has_gift_box": True, "extra_field": {"notes": PERSON["notes"]}}
    for item in items:
        item["attributes"] = {"gift_box_note": PERSON["gift_box_note"]}
    discounts.append(discount_document(pk=pk, order=pk, amount="0.00"))
    sow(order, items, discounts, keep=_SECRETS | set(PERSON.values()))
    return order, items, discounts


_SECRETS = {bird.value for bird in canaries(*sample_order(1)) if bird.kind == "secret"}


def _fill(node: Any) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in PERSON and (value is None or isinstance(value, str)):
                node[key] = PERSON[key]
            else:
                _fill(value)
    elif isinstance(node, list):
        for each in node:
            _fill(each)


@dataclass
class Ear:
    """Hears everything that the adapter says. `said` is where, and what."""

    world: World
    capture: pytest.CaptureFixture[str]
    library: pytest.LogCaptureFixture
    errors: list[AdapterError] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    documents: list[tuple[str, str]] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    """Codes of the ledger's entries and of the errors, to tell that trouble was had."""
    _known: set[str] = field(default_factory=set)

    @contextmanager
    def attending(self, call: str) -> Iterator[None]:
        """What a handler raises is heard as Lambda would log it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001
            self.said.append((f"raised by {call}", "".join(traceback.format_exception(error))))

    def listen(self) -> None:
        """Takes in what was said since the last time."""
        out, err = self.capture.readouterr()
        log = self.world.log
        self.said += [("stdout", out), ("stderr", err), ("log", log.getvalue())]
        self.said.append(("logging", "\n".join(_record(each) for each in self.library.records)))
        log.seek(0)
        log.truncate()
        self.library.clear()
        self._take_errors()
        self._take_ledger()
        self._take_messages("inbound queue", self.world.input_queue, bodies=self.said)
        self._take_messages("output queue", self.world.output_queue, bodies=self.documents)
        self._take_objects()

    def _take_errors(self) -> None:
        for error in self.errors:
            self.codes.add(error.code)
            # As a careless caller would log it: with everything that it holds and comes from.
            chain = "".join(traceback.format_exception(error))
            self.said.append(("error", f"{vars(error)} {error!r} {chain}"))
        self.errors.clear()

    def _take_ledger(self) -> None:
        pages = (
            self.world.client("dynamodb").get_paginator("scan").paginate(TableName=self.world.table)
        )
        for item in (item for page in pages for item in page["Items"]):
            text = json.dumps(item, ensure_ascii=False, sort_keys=True)
            if self._is_news(text):
                self.codes.add(item.get("code", {}).get("S", ""))
                self.said.append(("ledger", text))

    def _take_messages(self, where: str, url: str, bodies: list[tuple[str, str]]) -> None:
        for message in self.world.taken(url):
            bodies.append((where, message.pop("Body")))
            del message["ReceiptHandle"]
            self.said.append((where, json.dumps(message, default=str)))

    def _take_objects(self) -> None:
        s3, bucket = self.world.client("s3"), self.world.bucket
        for version in s3.list_object_versions(Bucket=bucket).get("Versions", []):
            if self._is_news(version["VersionId"]):
                which = {"Key": version["Key"], "VersionId": version["VersionId"]}
                found = s3.get_object(Bucket=bucket, **which)
                head = [version["Key"], found["ContentType"], found["Metadata"]]
                self.said.append(("object's head", json.dumps(head)))
                content = found["Body"].read().decode("utf-8", "replace")
                self.documents.append(("document", content))

    def _is_news(self, text: str) -> bool:
        news = text not in self._known
        self._known.add(text)
        return news


def _record(record: logging.LogRecord) -> str:
    """A line of any logger, its traceback and whatever else was given to it."""
    return f"{logging.Formatter().format(record)} {vars(record)}"


def found(
    birds: Sequence[Canary], said: Sequence[tuple[str, str]], documents: Sequence[tuple[str, str]]
) -> list[str]:
    """What got out, and where: "place: the field that it is of"."""
    secrets = [bird for bird in birds if bird.kind == "secret"]
    sown = [f"{where}: {path}" for where, text in (*said, *documents) for path in sung(text)]
    return sown + [
        f"{place}: {bird.path}"
        for searched, heard in ((birds, said), (secrets, documents))
        for place in dict.fromkeys(place for place, _ in heard)
        for bird in sightings(
            searched, [level for where, text in heard if where == place for level in levels(text)]
        )
    ]


def levels(text: str) -> tuple[str, str]:
    """The text, and what it says where it is JSON in JSON, as an answer's body is."""
    return text, re.sub(r'\\([\\"])', r"\1", text)


@dataclass
class Trial:
    """One world in which things go wrong, one order after the other."""

    world: World
    ear: Ear
    birds: list[Canary]
    last_pk: int = 1000
    leaks: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)
    """Where anything was said at all."""

    @contextmanager
    def trouble(self, name: str, *codes: str) -> Iterator[int]:
        """A fresh pk for one thing that goes wrong; `codes` are those that must have come of it."""
        self.ear.codes.clear()
        yield self.new_pk()
        self.world.heal()
        self.ear.listen()
        assert self.ear.codes >= set(codes), f"{name}: {self.ear.codes}"
        self.leaks += [
            f"{name}: {one}" for one in found(self.birds, self.ear.said, self.ear.documents)
        ]
        raised = [text for place, text in self.ear.said if place.startswith("raised")]
        assert raised == [], name
        self.places |= {place for place, text in self.ear.said + self.ear.documents if text}
        self.ear.said.clear()
        self.ear.documents.clear()

    # ------------------------------------------------------------------ what can be done

    def new_pk(self) -> int:
        """One that no order had before."""
        self.last_pk += 1
        return self.last_pk

    def order(self, pk: int, **changes: Any) -> int:
        """An order of the shop's, with `changes`; nested ones by `billing_address__tax_no`."""
        order, items, discounts = peopled(pk)
        items = changes.pop("items", items)
        for name, value in changes.items():
            *way, last = name.split("__")
            node: Any = order
            for step in way:
                node = node[int(step)] if step.isdecimal() else node[step]
            node[last] = value
        self.world.omnitron.shop.put(order, items=items, discounts=discounts)
        return pk

    def body(self, pk: object, event: object = "order.updated", **changes: Any) -> bytes:
        """A webhook's body that holds the whole order."""
        order, items, _ = peopled(1000)
        envelope = {
            "event": {"type": event, "uuid": f"uuid-{self.last_pk}"},
            "payload": {**order, "pk": pk, "number": f"T{pk}", "items": items},
            "new_field": canary("webhook.new_field"),
        }
        envelope["event"]["new_field"] = canary("webhook.event.new_field")
        return json.dumps(envelope | changes, ensure_ascii=False).encode()

    def announce(self, pk: object, **changes: Any) -> int:
        """Posts it, signed; the status, 500 where the function failed."""
        return self.post(self.body(pk, **changes))

    def post(self, body: bytes, **headers: str) -> int:
        """Posts a body, signed unless `signature` says otherwise."""
        signed = whisperer.headers("order.updated", body, SECRET)
        if "signature" in headers:
            signed["X-Whisperer-Signature"] = headers["signature"]
        signed["Authorization"] = f"Basic {SPOKEN_OF}"
        signed["X-New-Header"] = canary("webhook.header")
        status = 500
        event: dict[str, Any] = {"isBase64Encoded": False}
        if not body.isascii():
            body, event = base64.b64encode(body), {"isBase64Encoded": True}
        with self.ear.attending("webhook"):
            answer = self.world.post(body, signed, **event)
            self.ear.said.append(("answer", json.dumps(answer)))
            status = answer["statusCode"]
        return status

    def work(self, pk: int, tries: int = 1) -> None:
        """Lets the worker have a message."""
        with self.ear.attending("deliver"):
            answer = deliver.handler({"Records": [self.world.record(pk, tries=tries)]}, context())
            self.ear.said.append(("answer", json.dumps(answer)))

    def by_number(self, number: str) -> None:
        """Lets the worker have a message that names the number only."""
        with self.ear.attending("deliver"):
            deliver.handler({"Records": [self.world.record(None, number=number)]}, context())

    def fail(self, service: str, event: str, error: BaseException) -> None:
        """Raises `error` at a botocore event of the adapter's own client."""

        def act(**_: Any) -> None:
            raise error

        retries = service not in ("s3",)
        self.world.on(service, f"{event}", act, retries=retries)


@pytest.fixture
def make_trial(
    make_world: Callable[..., World],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Trial]:
    """Makes a world and an ear in it."""
    caplog.set_level("INFO")  # Lambda's own for functions that log in JSON

    def make(*args: Any, **more: Any) -> Trial:
        world = make_world(*args, **{"OMNITRON_RATE": "1000", **more})
        ear = Ear(world, capfd, caplog)
        began = AdapterError.__init__

        def noted(error: AdapterError, *given: Any, **named: Any) -> None:
            began(error, *given, **named)
            ear.errors.append(error)

        monkeypatch.setattr(AdapterError, "__init__", noted)
        return Trial(world, ear, birds_of(world))

    return make


def birds_of(world: World | None = None) -> list[Canary]:
    """What must not be heard: an order's, and the deployment's own secrets."""
    birds = canaries(*peopled(1000))
    birds += [Canary(key, "personal", PERSON[key]) for key in sorted(NOT_SEARCHED_FOR)]
    birds.append(Canary("webhook secret", "secret", SECRET))
    if world:
        birds.append(Canary("omnitron token", "secret", world.omnitron.token))
    return birds


# ----------------------------------------------------------------------- the way in


def test_whoever_knocks_nothing_is_repeated(make_trial: Callable[..., Trial]) -> None:
    t: Trial = make_trial()
    with t.trouble("accepted") as pk:
        assert t.announce(pk) == 202
    for signature in ("", "sha256=zz", SPOKEN_OF, f"sha256={SECRET}"):
        with t.trouble(f"signature {signature!r}", "UNVERIFIED") as pk:
            assert t.post(t.body(pk), signature=signature) == 401
    for name, body in {
        "not JSON": t.body(1)[:-7],
        "another shape": json.dumps([SPOKEN_OF]).encode(),
        "event is a person": t.body(1, event={"type": SPOKEN_OF, "uuid": 1}),
        "uuid is a person": json.dumps(
            {"event": {"type": "order.updated", "uuid": SPOKEN_OF}, "payload": {"pk": 1}}
        ).encode(),
        "pk is a person": t.body(SPOKEN_OF),
        "pk is an address": t.body(peopled(1)[0]["billing_address"]),
        "bytes": b"\xff" + t.body(1),
    }.items():
        with t.trouble(name, "MALFORMED"):
            assert t.post(body) == 400
    with t.trouble("event type is a person"):
        assert t.announce(1, event=SPOKEN_OF) == 200
    with t.trouble("oversized", "MALFORMED") as pk:
        assert t.post(t.body(pk) + b" " * 1024 * 1024) == 413
    with t.trouble("the queue quotes", "QUEUE_DOWN") as pk:
        t.fail("sqs", "before-call.sqs", refusal(500, "InternalError"))
        assert t.announce(pk) == 503
    with t.trouble("a foreign message") as pk:
        record = {**t.world.record(pk), "body": t.body(pk).decode()}
        with t.ear.attending("deliver"):
            deliver.handler({"Records": [record]}, context())
    with t.trouble("no secret", "MISCONFIGURED") as pk:
        t.world.client("ssm").delete_parameter(Name=f"/{STACK}/webhook-secrets/primary")
        t.world.restart()
        assert t.announce(pk) == 503
    with t.trouble("Parameter Store quotes", "UNAVAILABLE") as pk:
        t.world.restart()
        t.fail("ssm", "before-call.ssm", refusal(500, "InternalError"))
        assert t.announce(pk) == 503
    assert t.leaks == []


def refusal(status: int, code: str, operation: str = "PutObject") -> ClientError:
    """AWS refuses, and quotes who was in the request."""
    error = {"Code": code, "Message": f"{SPOKEN_OF}: {PERSON['last_name']}"}
    return ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": status}}, operation)


# -------------------------------------------------------------------------- the shop


def test_whatever_the_shop_answers_nothing_is_repeated(make_trial: Callable[..., Trial]) -> None:
    t: Trial = make_trial(("ubl-order", "csv-flat"), OMNITRON_TIMEOUT="0.3")
    faults: list[dict[str, Any]] = [
        {"body": "html"}, {"body": "truncated"}, {"status": 429, "retry_after": 1},
        {"status": 500}, {"status": 404}, {"status": 403}, {"status": 400},
    ]  # fmt: skip
    for where in ("detail", "items", "discounts", "patch"):
        with t.trouble(f"{where} fails", "OMNITRON_UNAVAILABLE", "OMNITRON_REFUSES"):
            for fault in faults:
                t.world.heal()
                t.world.omnitron.traffic.fail(where, **fault)
                t.work(t.order(t.new_pk()))
    for fault in ({"body": "truncated"}, {"ignore_filters": True}):
        with t.trouble(f"list {fault}") as pk:
            t.order(pk)
            t.world.omnitron.traffic.fail("list", **fault)
            t.by_number(f"T{pk}")
    with t.trouble("items of other orders", "SHOP_IGNORES_FILTER") as pk:
        t.order(pk)
        t.world.omnitron.traffic.fail("items", ignore_filters=True)
        t.work(pk)
    with t.trouble("slow", "OMNITRON_UNAVAILABLE") as pk:
        t.order(pk)
        t.world.omnitron.traffic.fail("items", latency=0.5)
        t.work(pk)
    with t.trouble("webhooks that the shop gave up") as pk:
        hook = t.world.omnitron.hooks.add("order.updated", "https://a.example/w", secret_key=SECRET)
        said = json.loads(t.body(t.order(pk)))["payload"]
        for payload in (said, said | {"pk": SPOKEN_OF}, {}):
            t.world.omnitron.hooks.lose(hook["id"], **payload)
        bad = {"webhook": hook, "delivered": False, "created_date": SPOKEN_OF}
        t.world.omnitron.hooks.undelivered.append(bad)
        with t.ear.attending("reconcile"):
            assert reconcile.handler({}, context())["unheard"] == 0
    with t.trouble("token refused", "OMNITRON_REFUSES") as pk:
        t.order(pk)
        t.world.omnitron.tokens.clear()
        t.work(pk)
        t.world.omnitron.tokens.add(t.world.omnitron.token)
    with t.trouble("unknown, then parked and rejected", "ORDER_NOT_FOUND") as pk:
        for tries in range(1, 6):
            t.work(pk, tries)
    with t.trouble("two of a number", "AMBIGUOUS_CODE") as pk:
        t.order(pk, number="twice")
        t.order(t.new_pk(), number="twice")
        t.by_number("twice")
    with t.trouble("another's pk", "PK_IS_NOT_OMNITRONS") as pk:
        t.order(pk)
        with t.ear.attending("deliver"):
            record = t.world.record(pk, number="T1")
            deliver.handler({"Records": [record]}, context())
    with t.trouble("down", "OMNITRON_UNAVAILABLE") as pk:
        t.world.omnitron.stop()
        t.work(pk)
        t.world.omnitron.start()
    assert t.leaks == []


def test_a_shop_that_quotes_the_order_where_it_should_not(
    make_trial: Callable[..., Trial],
) -> None:
    order, items, _ = peopled(1)
    whole = json.dumps([order, items], ensure_ascii=False).encode()
    answers = [
        *(Answer(status, whole) for status in (302, 400, 401, 403, 404, 409, 429, 500, 503)),
        Answer(200, whole[:-9]),
        Answer(200, b"{" + whole + b"}"),
        Answer(200, whole, "text/html"),
        Answer(200, f"<p>{SPOKEN_OF}</p>".encode()),
        Answer(200, json.dumps({**order, "pk": SPOKEN_OF}).encode()),
        Answer(200, whole, headers={"Content-Encoding": "gzip"}),
        Answer(429, b"", headers={"Retry-After": SPOKEN_OF}),
        Answer(301, b"", headers={"Location": f"http://{SPOKEN_OF}:x/"}),
    ]
    says: list[Answer] = []
    with served(lambda _: says[-1]) as url:
        t: Trial = make_trial(OMNITRON_URL=url)
        with t.trouble("quoted", "OMNITRON_REFUSES", "OMNITRON_UNAVAILABLE", "INVALID_VALUE"):
            for answer in answers:
                says.append(answer)
                t.work(t.new_pk())
                t.by_number(f"T{t.last_pk}")
    assert t.leaks == []


# ------------------------------------------------------------------- rejected orders

REJECTED: list[tuple[str, dict[str, Any]]] = [
    ("TOTALS_MISMATCH", {"amount": "17.40"}),
    ("CURRENCY_MIXED", {"items": {"price_currency": "usd"}}),
    ("NEGATIVE_AMOUNT", {"shipping_amount": "-8.50"}),
    ("BAD_QUANTITY", {"items": {"attributes": {"quantity": SPOKEN_OF}}}),
    ("UNKNOWN_TAX_RATE", {"items": {"tax_rate": "17.00"}}),
    ("LINE_MISMATCH", {"items": {"price": "7.905"}}),
    ("PAYMENT_MISMATCH", {"transaction_set__0__amount": "3.00"}),
    ("NO_LINES", {"items": []}),
    ("BAD_TAX_NUMBER", {"billing_address__tax_no": "4540536921"}),
    ("BAD_TAX_NUMBER", {"billing_address__tax_no": SPOKEN_OF}),
    ("MISSING_VALUE", {"currency": None}),
    ("MISSING_VALUE", {"items": {"price": None}}),
    ("TOO_LONG", {"notes": PERSON["notes"] * 500}),
    ("TOO_LONG", {"number": SPOKEN_OF * 9}),
    ("ILLEGAL_CHARACTER", {"billing_address__line": f"{PERSON['line']}\x0b"}),
    ("ILLEGAL_CHARACTER", {"billing_address__first_name": f"{PERSON['first_name']}\x7f"}),
    ("INVALID_VALUE", {"customer": PERSON["first_name"]}),
    ("INVALID_VALUE", {"billing_address": [PERSON]}),
    ("INVALID_VALUE", {"billing_address__mapping": PERSON["line"]}),
    ("INVALID_VALUE", {"transaction_set__0__amount": PERSON["phone_number"]}),
    ("INVALID_VALUE", {"items": {"pk": SPOKEN_OF}}),
    ("INVALID_VALUE", {"items": {"product": SPOKEN_OF}}),
    *(
        ("INVALID_VALUE", {name: SPOKEN_OF})
        for name in ("amount", "currency", "date_placed", "is_send", "has_gift_box", "channel",
                     "mapping", "installment_count", "billing_address__e_bill_taxpayer")
    ),
]  # fmt: skip


def test_whyever_an_order_is_rejected_nobody_is_named(make_trial: Callable[..., Trial]) -> None:
    def pay(tables: dict[str, Any]) -> None:
        for route in tables["route"]:
            route["money"] = {"payments": "settled"}

    t: Trial = make_trial(("ubl-order", "csv-flat"), change=pay)
    for code, changes in REJECTED:
        with t.trouble(f"{code} {list(changes)}", code) as pk:
            if isinstance(changes.get("items"), dict):
                changes = {"items": [peopled(pk)[1][0] | changes["items"]]}
            t.order(pk, **changes)
            t.work(pk)
    assert t.leaks == []


UNMAPPABLE: dict[str, tuple[str, str]] = {
    "long": ("TOO_LONG", 'value = "{order.buyer.name}"\nwidth = 3'),
    "alien": ("UNENCODABLE", 'value = "{order.gift.note}"'),
    "unknown": ("UNKNOWN_LOOKUP", "value = \"{lookup('t', order.bill_to.line)}\""),
    "codeless": ("MISSING_CODE", 'value = "{order.bill_to.district.code}"'),
    "ambiguous": ("AMBIGUOUS_CODE", 'value = "{order.ship_to.code}"'),
    "missing": ("MISSING_VALUE", 'value = "{order.tracking_number}"'),
    "control": ("ILLEGAL_CHARACTER", 'value = "{order.notes}"'),
    "delimiter": ("ILLEGAL_CHARACTER", 'value = "{order.bill_to.line}"'),
    "formula": ("ILLEGAL_CHARACTER", 'value = "={order.buyer.name}"'),
    "sums": ("TOTALS_MISMATCH", 'value = "{order.buyer.tax_no}"'),
    "words": ("TOTALS_MISMATCH", 'value = "{order.buyer.name}"'),
    "schema": ("SCHEMA_INVALID", "<a><b>{buyer.email}</b></a>"),
}
"""Profiles that no order fits: the code they reject it with, and a column or an XML document."""


def strict_profile(folder: Path, code: str, text: str) -> None:
    """Writes a profile into a folder of its own."""
    folder.mkdir(parents=True)
    lines = ['layout = "flat"', 'encoding = "iso-8859-9"', 'delimiter = "|"', 'quoting = "none"']
    lines += ["[lookup.t]", 'x = "1"', "[[column]]", 'name = "A"', text]
    if code == "TOTALS_MISMATCH":
        lines += ["[[check]]", 'sum = ["*: A"]', 'order = "totals.payable"']
    if code == "SCHEMA_INVALID":
        lines = ['document = "a.xml"', 'schema = "a.xsd"']
        (folder / "a.xml").write_text(text, "utf-8")
        (folder / "a.xsd").write_text(
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a">'
            '<xs:complexType><xs:sequence><xs:element name="b" type="xs:decimal"/></xs:sequence>'
            "</xs:complexType></xs:element></xs:schema>",
            "utf-8",
        )
    (folder / "profile.toml").write_text("\n".join(lines), "utf-8")


def test_whatever_a_profile_can_t_express_is_not_quoted(
    make_trial: Callable[..., Trial], tmp_path: Path
) -> None:
    for name, (code, text) in UNMAPPABLE.items():
        strict_profile(tmp_path / "profiles" / name, code, text)
    t: Trial = make_trial(tuple(UNMAPPABLE))
    with t.trouble("every kind") as pk:
        t.order(
            pk, notes=f"{PERSON['notes']}\x7f", gift_box_note=f"→ {PERSON['gift_box_note']}",
            billing_address__line="a|b" + SPOKEN_OF,
        )  # fmt: skip
        t.work(pk)
        codes = {route: entry.code for route, entry in t.world.entries(pk).items()}
        assert codes == {name: code for name, (code, _) in UNMAPPABLE.items()}
    assert t.leaks == []


def test_no_document_of_any_bundled_profile_holds_a_secret(
    make_trial: Callable[..., Trial],
) -> None:
    names = sorted(file.parent.name for file in PROFILES.glob("*/profile.toml"))
    gone = {name: load_profile(PROFILES / name).cancels for name in names}
    orders = tuple(name for name in names if not gone[name])
    cancelling = [name for name in names if gone[name]]

    def with_cancellations(tables: dict[str, Any]) -> None:
        tables["route"] += [
            {"name": name, "profile": name, "destination": "s3", "on": "cancelled",
             "of": tables["route"][place]["name"], "items": gone[name] == "items"}
            for place, name in enumerate(cancelling)
        ]  # fmt: skip

    t: Trial = make_trial(orders, change=with_cancellations)
    with t.trouble("every profile") as pk:
        t.order(pk)
        t.work(pk)
        code = {"pk": 1, "integration_type": "external_company", "code": "1-R-2-7",
                "created_date": "2026-03-03T00:00:00Z"}  # fmt: skip
        t.order(pk, status="100", mapping=[code])
        t.work(pk)
        t.ear.listen()
        assert len(t.ear.documents) == len(names), t.ear.codes
    assert t.leaks == []


# ------------------------------------------------------------------- the destination


@pytest.mark.parametrize("destination", ["s3", "sqs"])
def test_whatever_the_destination_answers_nothing_is_repeated(
    make_trial: Callable[..., Trial], destination: str
) -> None:
    t: Trial = make_trial(destination=destination)
    put = {"s3": "s3.PutObject", "sqs": "sqs.SendMessage"}[destination]

    def fail(error: BaseException, when: str = "before-call") -> None:
        def act(**_: Any) -> None:
            raise error

        t.world.on(destination, f"{when}.{put}", act, retries=False)

    with t.trouble("delivered, and the same again") as pk:
        t.order(pk)
        for _ in range(3):
            t.work(pk)
        t.ear.listen()
        [(_, document)] = t.ear.documents
        assert SPOKEN_OF in document, "people belong in documents"
    assert t.places >= {"log", "logging", "stdout", "answer", "ledger"}
    with t.trouble(f"{destination} refuses", "DESTINATION_REFUSED", "DESTINATION_UNCERTAIN"):
        for status, code in (
            (403, "AccessDenied"), (503, "SlowDown"), (500, "InternalError"), (409, "Conflict"),
            (412, "PreconditionFailed"), (404, "NoSuchBucket"), (301, "PermanentRedirect"),
        ):  # fmt: skip
            t.world.heal()
            fail(refusal(status, code))
            pk = t.order(t.new_pk())
            t.work(pk)
            assert t.world.entries(pk)
    with t.trouble(f"{destination} unreachable", "DESTINATION_UNAVAILABLE") as pk:
        t.order(pk)
        fail(EndpointConnectionError(endpoint_url=SPOKEN_OF))
        t.work(pk)
    with t.trouble("answer lost, then taken over", "DESTINATION_UNCERTAIN") as pk:
        t.order(pk)
        fail(ReadTimeoutError(endpoint_url=SPOKEN_OF), "after-call")
        t.work(pk)
        t.world.heal()
        t.work(pk)
    with t.trouble("parked") as pk:
        t.order(pk)
        fail(refusal(503, "SlowDown"))
        for tries in range(1, 6):
            t.work(pk, tries)
    for changes, code in (
        ({"notes": SPOKEN_OF}, "ORDER_CHANGED"), ({"status": "100"}, "CANCELLED_AFTER_DELIVERY"),
    ):  # fmt: skip
        with t.trouble(code, code) as pk:
            t.order(pk)
            t.work(pk)
            t.world.omnitron.shop.change(pk, **changes)
            t.work(pk)
    for changes, state in (
        ({"status": "500"}, "missed"), ({"status": "350"}, "settled"),
        ({"status": "100"}, "settled"), ({"is_send": True}, "settled"),
    ):  # fmt: skip
        with t.trouble(f"{state} {changes}") as pk:
            t.order(pk, **changes)
            t.work(pk)
            assert t.world.entry(pk).state == state
    assert t.leaks == []


def test_somebody_s_object_under_our_key_is_not_quoted(make_trial: Callable[..., Trial]) -> None:
    t: Trial = make_trial()
    with t.trouble("key taken", "KEY_TAKEN") as pk:
        t.order(pk)
        key = f"documents/ubl/T{pk}-{pk}.xml"
        t.world.client("s3").put_object(
            Bucket=t.world.bucket, Key=key, Body=b"theirs", Metadata={"document-id": "theirs"}
        )
        t.work(pk)
    assert t.leaks == []


# -------------------------------------------------------- the operator, and the unforeseen


def unforeseen() -> BaseException:
    """What nobody foresaw, in the words of a library that quotes its input, and its cause's."""
    secrets = [bird.value for bird in canaries(*peopled(1)) if bird.kind == "secret"]
    error = RuntimeError(SPOKEN_OF, secrets)
    error.__cause__ = LookupError(f"{PERSON['last_name']} {secrets}")
    return error


def test_what_nobody_foresaw_is_not_quoted(make_trial: Callable[..., Trial]) -> None:
    t: Trial = make_trial()
    for service, event in (
        ("s3", "before-call.s3.PutObject"), ("s3", "after-call.s3.PutObject"),
        ("dynamodb", "before-call.dynamodb.PutItem"), ("dynamodb", "after-call.dynamodb.PutItem"),
    ):  # fmt: skip
        with t.trouble(f"unforeseen at {event}") as pk:
            t.order(pk)

            def act(**_: Any) -> None:
                raise unforeseen()

            t.world.on(service, event, act, retries=service != "s3")
            t.work(pk)
            assert t.world.log.getvalue().count("RuntimeError") == 1
    with t.trouble("unforeseen while the shop is read") as pk:
        t.order(pk)
        sound = t.world.omnitron.shop.order(pk)
        nested: Any = SPOKEN_OF
        for _ in range(5000):
            nested = [nested]
        t.world.omnitron.shop.put({**sound, "mapping": nested})
        t.work(pk)
    assert t.leaks == []


def test_what_an_operator_must_mend_is_said_without_anybody_s_data(
    make_trial: Callable[..., Trial],
) -> None:
    t: Trial = make_trial()
    with t.trouble("the ledger refuses", "LEDGER_REFUSED") as pk:
        t.order(pk)
        t.fail("dynamodb", "before-call.dynamodb", refusal(400, "AccessDeniedException"))
        t.work(pk)
    with t.trouble("the ledger is down", "LEDGER_UNAVAILABLE") as pk:
        t.order(pk)
        t.fail("dynamodb", "before-call.dynamodb", refusal(500, "InternalServerError"))
        t.work(pk)
    with t.trouble("the ledger holds something else", "LEDGER_UNREADABLE") as pk:
        t.order(pk)
        item = {"order": {"S": str(pk)}, "route": {"S": "ubl"}, "state": {"S": "new"}}
        t.world.client("dynamodb").put_item(TableName=t.world.table, Item=item)
        t.work(pk)
    with t.trouble("no token", "MISCONFIGURED") as pk:
        t.order(pk)
        t.world.client("ssm").delete_parameter(Name=f"/{STACK}/omnitron-token")
        t.world.restart()
        t.work(pk)
    with t.trouble("no profile", "MISCONFIGURED") as pk:
        t.order(pk)
        (t.world.folder / "ubl-order").unlink()
        t.world.restart()
        t.work(pk)
    with t.trouble("broken routes", "MISCONFIGURED") as pk:
        (t.world.folder / "routes.toml").write_text("nonsense = 1", "utf-8")
        t.world.restart()
        t.work(pk)
        assert t.announce(pk) == 503
    assert t.leaks == []


# ---------------------------------------------------------------------------- inline


def test_inline_the_answer_names_nobody(make_trial: Callable[..., Trial]) -> None:
    t: Trial = make_trial(PROCESSING_MODE="inline", OMNITRON_TIMEOUT="0.5")
    for name, changes, status in (
        ("delivered", {}, 200), ("rejected", {"amount": "17.40"}, 200),
        ("invalid", {"currency": SPOKEN_OF}, 200), ("not yet", {"status": "350"}, 202),
    ):  # fmt: skip
        with t.trouble(name) as pk:
            t.order(pk, **changes)
            assert t.announce(pk) == status
    for fault in ({"body": "html"}, {"body": "truncated"}, {"status": 500}, {"latency": 1.0}):
        with t.trouble(f"shop {fault}") as pk:
            t.order(pk)
            t.world.omnitron.traffic.fail("detail", **fault)
            assert t.announce(pk) == 202
    with t.trouble("S3 refuses", "DESTINATION_REFUSED") as pk:
        t.order(pk)
        t.fail("s3", "before-call.s3.PutObject", refusal(403, "AccessDenied"))
        t.announce(pk)
    assert t.leaks == []


def test_inline_what_nobody_foresaw_is_not_quoted(make_trial: Callable[..., Trial]) -> None:
    t: Trial = make_trial(PROCESSING_MODE="inline")
    with t.trouble("unforeseen") as pk:
        t.order(pk)
        t.fail("s3", "before-call.s3.PutObject", unforeseen())
        assert t.announce(pk) in (202, 503)
    assert t.leaks == []


# ----------------------------------------------------------------------- the console


def test_what_the_console_says_of_orders_names_nobody(operate: Callable[..., Operated]) -> None:
    operated = operate()
    for pk, changes in ((1, {}), (2, {"amount": "17.40"}), (3, {"currency": SPOKEN_OF})):
        order, items, discounts = peopled(pk)
        operated.world.omnitron.shop.put({**order, **changes}, items=items, discounts=discounts)
        operated.world.work(pk)
    operated.bury(2)
    why = ("--reason", "a reason of the operator's")
    said = []
    for words in (
        ("status",), ("status", "1"), ("status", "T2"), ("status", "3"), ("redrive", "--dlq"),
        ("redrive", "--order", "2"), ("resend", "1", *why), ("settle", "2", *why), ("status", "2"),
        ("erase", "3"), ("status", "77"), ("settle", "T77", *why),
    ):  # fmt: skip
        for more in ((), ("--json",)):
            result = operated.run(*words, *more)
            said.append(("console", result.output + str(result.exception)))
    assert any("TOTALS_MISMATCH" in text for _, text in said)
    assert found(birds_of(operated.world), said, []) == []


def test_what_is_watched_names_nobody(
    operate: Callable[..., Operated], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a log group holds what somebody else has written about a person."""
    operated = operate()
    for pk, changes in ((1, {}), (2, {"amount": "17.40"}), (3, {"currency": SPOKEN_OF})):
        order, items, discounts = peopled(pk)
        operated.world.omnitron.shop.put({**order, **changes}, items=items, discounts=discounts)
        operated.world.announce(pk)
        operated.world.work(pk)
    theirs = {"level": "ERROR", "message": SPOKEN_OF, "code": PERSON["last_name"]}
    operated.publish(json.dumps(theirs))
    calls: list[None] = []

    def look(**_: Any) -> None:
        calls.append(None)
        if len(calls) > len(FUNCTIONS):
            raise KeyboardInterrupt

    answer_new_clients(monkeypatch, "logs.FilterLogEvents", look)
    said = []
    for words in (("watch",), ("watch", "--json")):
        calls.clear()
        result = operated.run(*words)
        assert (result.exit_code, result.output.count("TOTALS_MISMATCH")) == (0, 1)
        said.append(("console", result.output))
    assert found(birds_of(operated.world), said, []) == []


# ------------------------------------------------------------------ somebody turns it up


def test_at_debug_level_libraries_say_no_more(
    make_trial: Callable[..., Trial], caplog: pytest.LogCaptureFixture
) -> None:
    """Lambda's ApplicationLogLevel is the root logger's: botocore would log secrets and documents,
    httpcore the token."""
    caplog.set_level("DEBUG")
    t: Trial = make_trial(POWERTOOLS_LOG_LEVEL="DEBUG")
    with t.trouble("delivered") as pk:
        t.order(pk)
        assert t.announce(pk) == 202
        t.work(pk)
    with t.trouble("rejected", "TOTALS_MISMATCH") as pk:
        t.work(t.order(pk, amount="17.40"))
    with t.trouble("refused", "DESTINATION_REFUSED") as pk:
        t.order(pk)
        t.fail("s3", "before-call.s3.PutObject", refusal(403, "AccessDenied"))
        t.work(pk)
    assert t.leaks == []


# ------------------------------------------------------------------ the local stack


@pytest.mark.stack
def test_the_deployed_functions_keep_it_to_themselves(stack: Stack) -> None:
    """What `Journey` searches after a good order, after bad ones and strangers' webhooks too."""
    orders: dict[int, str] = {}
    for changes, state in (
        ({}, "delivered"), ({"amount": "17.40"}, "rejected"), ({"currency": SPOKEN_OF}, "rejected"),
        ({"status": "350"}, "settled"), ({}, "delivered"),
    ):  # fmt: skip
        pk = stack.new_order()
        order, items, discounts = peopled(pk)
        stack.omnitron.shop.put({**order, **changes}, items=items, discounts=discounts)
        orders[pk] = state
    stack.omnitron.traffic.fail("items", body="truncated", times=1)
    stack.omnitron.traffic.fail("discounts", body="html", times=1)
    said: list[tuple[str, str]] = []
    for pk in orders:
        said += [("answer", answer.text) for answer in knock(stack, pk)]
    stack.wait(lambda: all(states(stack, pk) == {state} for pk, state in orders.items()))
    said += [("ledger", str(entry)) for pk in orders for entry in stack.ledger(pk)]
    said += [("log", line) for line in stack.local.logs(stack.deployment.stack)]
    said.append(("ministack", stack.local.ministack.log))
    documents = [
        ("document", content.decode()) for pk in orders for content in stack.documents(pk).values()
    ]
    birds = [*birds_of(), Canary("token", "secret", stack.omnitron.token)]
    birds.append(Canary("webhook secret", "secret", stack.deployment.webhook_secret))
    assert len(documents) == 4
    assert any("TOTALS_MISMATCH" in text for place, text in said if place == "log")
    assert found(birds, said, documents) == []


def states(stack: Stack, pk: int) -> set[str]:
    """The order's states in the ledger; a delivered one counts once it is acknowledged."""
    told = stack.ledger(pk)
    return {e.state if e.acknowledged or e.state != "delivered" else "unacknowledged" for e in told}


def knock(stack: Stack, pk: int) -> list[httpx.Response]:
    """A webhook with the whole order: signed by a stranger, cut short, and as it should be."""
    order, *_ = peopled(pk)
    event = {"type": "order.updated", "uuid": f"leaks-{pk}"}
    body = json.dumps({"event": event, "payload": {**order, "number": f"T{pk}"}}).encode()
    answers = []
    for content, secret, status in (
        (body, "a stranger's", 401), (body[:-9], stack.deployment.webhook_secret, 400),
        (body, stack.deployment.webhook_secret, 202),
    ):  # fmt: skip
        headers = whisperer.headers("order.updated", content, secret)
        answers.append(
            httpx.post(
                stack.deployment.webhook_url, content=content, headers=headers, trust_env=False
            )
        )
        assert answers[-1].status_code == status
    return answers


# ------------------------------------------------------------------ the search can fail


def test_the_search_finds_what_is_planted_in_each_place(
    make_trial: Callable[..., Trial], capfd: pytest.CaptureFixture[str]
) -> None:
    t: Trial = make_trial()
    person, [secret, *_] = SPOKEN_OF, [b.value for b in t.birds if b.kind == "secret"]
    s3, sqs, dynamodb = (t.world.client(name) for name in ("s3", "sqs", "dynamodb"))
    with pytest.raises(AssertionError, match="MISSING"), t.trouble("code", "MISSING"):
        pass

    def planted(what: str) -> list[str]:
        t.ear.listen()
        seen = found(t.birds, t.ear.said, t.ear.documents)
        t.ear.said.clear()
        t.ear.documents.clear()
        return sorted({one.partition(": ")[0] for one in seen})

    assert planted("nothing") == []
    deliver.logger.info("order", buyer=person)
    assert planted("log") == ["log", "logging"]
    webhook.logger.warning(f"refused: {secret}")
    assert planted("log") == ["log", "logging"]
    logging.getLogger("httpx").warning("GET %s", person)
    assert planted("a library's log") == ["logging"]
    print(json.dumps({"_aws": {}, "Delivered": [1.0], "buyer": PERSON["last_name"]}))
    assert planted("metric") == ["stdout"]
    print(canary("webhook.header"))
    assert planted("a header") == ["stdout"]
    print(secret, file=sys.stderr)
    assert planted("stderr") == ["stderr"]
    with t.ear.attending("webhook"):
        raise unforeseen()
    assert planted("raised") == ["raised by webhook"]
    error = AdapterError("The buyer is wrong.")
    error.__cause__ = ValueError(PERSON["phone_number"])
    assert planted("error's cause") == ["error"]
    AdapterError(person)
    assert planted("error") == ["error"]
    t.ear.said.append(("answer", json.dumps({"body": json.dumps({"message": PERSON["line"]})})))
    assert planted("answer") == ["answer"]
    item = {"order": {"S": "1"}, "route": {"S": "ubl"}, "found": {"S": PERSON["tax_no"]}}
    dynamodb.put_item(TableName=t.world.table, Item=item)
    assert planted("ledger") == ["ledger"]
    dynamodb.delete_item(TableName=t.world.table, Key={k: item[k] for k in ("order", "route")})
    ids = {"MessageGroupId": "1", "MessageDeduplicationId": "1"}
    sqs.send_message(QueueUrl=t.world.input_queue, MessageBody=person, **ids)
    assert planted("message") == ["inbound queue"]
    attribute = {"a": {"DataType": "String", "StringValue": PERSON["first_name"]}}
    sqs.send_message(
        QueueUrl=t.world.output_queue, MessageBody=secret, MessageAttributes=attribute, **ids
    )
    assert planted("output") == ["output queue"]
    s3.put_object(Bucket=t.world.bucket, Key="a", Body=b"", Metadata={"buyer": person})
    assert planted("metadata") == ["object's head"]
    s3.put_object(Bucket=t.world.bucket, Key=secret.replace("/", ""), Body=secret.encode())
    assert "document" in planted("document")
    s3.put_object(Bucket=t.world.bucket, Key="b", Body=person.encode())
    assert planted("people belong in documents") == []
    nobody_s = next(iter(SOWN)).encode()
    s3.put_object(Bucket=t.world.bucket, Key="c", Body=b"<a>" + nobody_s + b"</a>")
    assert planted("what no ERP may know") == ["document"]
    coded = base64.b64encode(b"\xfe " + nobody_s).decode()
    sqs.send_message(
        QueueUrl=t.world.output_queue, MessageBody=coded,
        MessageGroupId="1", MessageDeduplicationId="2",
    )  # fmt: skip
    assert planted("in base64") == ["output queue"]


def test_what_is_searched_for_is_there() -> None:
    """The source holds it all, and each value is told apart from what an adapter says anyway."""
    birds = birds_of()
    source = json.dumps(peopled(1000), ensure_ascii=False)
    assert {bird.value for bird in birds} > set(PERSON.values()) - {None}
    assert len([bird for bird in birds if bird.kind == "secret"]) > 14
    assert len({SOWN[song] for song in SOWN if song in source}) > 200
    for bird in birds:
        assert bird.sings_in(source) or bird.path == "webhook secret" or "/" in bird.path
    harmless = ["documents/ubl/T1001-1001.xml", "erp_adapter.destination:275", "0123456789" * 3]
    assert sightings(birds, harmless) == []
