"""The ledger's table: who was first, what a lost answer means, how large an item may be."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from typing import Any

import pytest
from aws import Answer, answered, asked, client, lost
from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from erp_adapter.errors import AdapterError, Misconfigured, Unavailable
from erp_adapter.ledger import (
    FROM_THE_END,
    NO_ROUTE,
    Contended,
    Cursor,
    Entry,
    Hold,
    Ledger,
    State,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws
from template import RESOURCES

TABLE = "ledger"
URL = "https://dynamodb.example.com"
NOW = 1_772_487_000
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

CLAIM = Entry(
    order="27", route="logo", version=0, state="claimed", number="SİPARİŞ 7", content_id=DIGEST,
    claim="0f" * 16, lease_until=NOW + 40, document="documents/logo/A1-27.xml", sha256=DIGEST,
    profile="ubl-order", profile_version=DIGEST[:16], source="webhook", announced_at=NOW - 5,
    fetched_at=NOW, claimed_at=NOW, updated_at=NOW,
)  # fmt: skip


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """An empty table, as template.yaml makes it."""
    declared = RESOURCES["LedgerTable"]["Properties"]
    with mock_aws():
        client("dynamodb").create_table(
            TableName=TABLE,
            **{k: declared[k] for k in ("AttributeDefinitions", "KeySchema", "BillingMode")},
        )
        yield Ledger(client("dynamodb"), TABLE)


@pytest.fixture
def down() -> Ledger:
    """A table of which each answer is laid out."""
    return Ledger(client("dynamodb"), TABLE)


def failure(code: str, status: int = 400, **more: Any) -> Answer:
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    return Answer(status, json.dumps({"__type": kind, "message": "gizli-ayrinti"} | more).encode())


def contended(ledger: Ledger, entry: Entry, replacing: Entry | None) -> Entry | None:
    """Whose entry stands in the way of this one."""
    with pytest.raises(Contended) as caught:
        ledger.put(entry, replacing=replacing)
    return caught.value.current


def stored(order: str, route: str) -> dict[str, dict[str, Any]]:
    """The item as the table holds it."""
    key = {"order": {"S": order}, "route": {"S": route}}
    answer = client("dynamodb").get_item(TableName=TABLE, Key=key)
    item: dict[str, dict[str, Any]] = answer["Item"]
    return item


# ------------------------------------------------------------------ there and back


def test_an_entry_comes_back_as_it_went(ledger: Ledger) -> None:
    full = replace(
        CLAIM, state="rejected", reason="r", status="400", acknowledged=True,
        code="TOTALS_MISMATCH",
        path="amount", message="Tutar tutmuyor.", expected="16.40", found="16.41",
        revision=2, by="operator", resent_for="0a1b2c3d", parts="iL-N9Y", items="1f.1", tries=3,
        revising="a b c",
        written_at=NOW + 1, picked_up_at=NOW + 2, acknowledged_at=NOW + 3,
    )  # fmt: skip
    assert all(getattr(full, field.name) not in (None, "") for field in fields(Entry))
    put = ledger.put(full, replacing=None)
    assert put == replace(full, version=1)
    got = ledger.get("27", "logo")
    assert got == put
    # A Decimal equals an int, and json.dumps cannot write it.
    assert {f.name: type(getattr(got, f.name)) for f in fields(Entry)} == {
        f.name: type(getattr(full, f.name)) for f in fields(Entry)
    }


def test_the_smallest_entry_comes_back(ledger: Ledger) -> None:
    put = ledger.put(Entry(order="27", route="-", version=0, state="waiting"), replacing=None)
    assert put == Entry(order="27", route="-", version=1, state="waiting")
    assert ledger.get("27", "-") == put
    assert stored("27", "-").keys() == {
        "order", "route", "version", "state", "acknowledged", "revision", "updated_at"
    }  # fmt: skip


def test_what_was_never_written_is_none(ledger: Ledger) -> None:
    ledger.put(CLAIM, replacing=None)
    assert ledger.get("27", "netsis") is None
    assert ledger.get("28", "logo") is None
    assert ledger.of_order("28") == []


def test_an_order_has_an_entry_for_each_route(ledger: Ledger) -> None:
    logo = ledger.put(CLAIM, replacing=None)
    netsis = ledger.put(replace(CLAIM, route="netsis"), replacing=None)
    ledger.put(replace(CLAIM, order="271"), replacing=None)
    ledger.put(replace(CLAIM, order="number:27"), replacing=None)
    assert sorted(ledger.of_order("27"), key=lambda entry: entry.route) == [logo, netsis]


def test_a_scan_gives_every_entry_and_not_reconcile_s_cursor(ledger: Ledger) -> None:
    ledger.set_cursor(Cursor(3))
    written = [
        ledger.put(replace(CLAIM, order=str(pk), route=route), replacing=None)
        for pk in range(1, 4) for route in ("logo", "netsis")
    ]  # fmt: skip
    assert list(ledger.scan()) == written


@pytest.mark.parametrize("others", [0, 150])
def test_a_scan_for_numbers(ledger: Ledger, others: int) -> None:
    long = "Ş" * 128  # the ledger keeps half of it
    for pk, number in ((1, "A-1"), (2, "A-2"), (3, None), (4, long)):
        ledger.put(replace(CLAIM, order=str(pk), number=number), replacing=None)
    wanted = ["A-1", long, *(f"X-{other}" for other in range(others))]
    assert [entry.order for entry in ledger.scan(wanted)] == ["1", "4"]


def test_a_scan_reads_on_where_a_page_ended(down: Ledger) -> None:
    key = {"order": {"S": "27"}, "route": {"S": "logo"}}
    entry = {**key, "version": {"N": "1"}, "state": {"S": "waiting"}}
    pages = [{"Items": [], "LastEvaluatedKey": key}, {"Items": [entry]}]
    answers = [Answer(200, json.dumps(page).encode()) for page in pages]
    with answered(client("dynamodb"), *answers) as seen:
        assert [found.order for found in down.scan()] == ["27"]
    first, second = (json.loads(request.body) for request in seen)
    assert (first.get("ExclusiveStartKey"), second["ExclusiveStartKey"]) == (None, key)
    assert first["ConsistentRead"]


@pytest.mark.parametrize(
    ("numbers", "asked_for"), [(0, False), (1, True), (100, True), (101, False)]
)
def test_the_table_looks_for_as_many_numbers_as_it_takes(
    down: Ledger, numbers: int, asked_for: bool
) -> None:
    """Of more than one IN takes, this side looks for itself."""
    with answered(client("dynamodb"), Answer(200, b'{"Items": []}')) as seen:
        assert list(down.scan([f"A-{number}" for number in range(numbers)])) == []
    [asked] = [json.loads(request.body) for request in seen]
    assert (" IN " in asked["FilterExpression"]) is asked_for
    assert len(asked.get("ExpressionAttributeValues", {})) == (numbers if asked_for else 0)


def test_what_is_not_delivered_is_read_with_what_a_summary_says_of_it(ledger: Ledger) -> None:
    ledger.set_cursor(Cursor(3))
    told = Entry(
        order="27", route="logo", version=0, state="rejected", reason="resolved", number="A1",
        code="TOTALS_MISMATCH", announced_at=NOW, updated_at=NOW + 1,
    )  # fmt: skip
    ledger.put(replace(told, message="nobody sums this up", content_id=DIGEST), replacing=None)
    for route in ("netsis", "mikro"):
        ledger.put(replace(CLAIM, route=route, state="delivered"), replacing=None)
    assert ledger.undone() == ([replace(told, version=1)], 2)
    held = replace(told, route="sap", state="delivered", reason="held", code=None)
    rejected = replace(told, route="canias", state="delivered", reason="revision-rejected")
    for entry in (held, rejected):
        ledger.put(entry, replacing=None)
    found, delivered = ledger.undone()
    assert {entry.route: entry for entry in found} == {
        "logo": replace(told, version=1), "sap": replace(held, version=1),
        "canias": replace(rejected, version=1),
    }  # fmt: skip
    assert delivered == 2


@pytest.mark.parametrize("parts", [2, 4])
def test_the_parts_of_the_table_are_the_table(ledger: Ledger, parts: int) -> None:
    for pk in range(40):
        state: State = "delivered" if pk % 4 else "waiting"
        ledger.put(replace(CLAIM, order=str(pk), state=state), replacing=None)
    read = [ledger.undone(part, parts) for part in range(parts)]
    assert sorted(int(entry.order) for found, _ in read for entry in found) == [*range(0, 40, 4)]
    assert sum(delivered for _, delivered in read) == 30


def test_a_summary_reads_on_where_a_page_ended(down: Ledger) -> None:
    key = {"order": {"S": "27"}, "route": {"S": "logo"}}
    entry = {**key, "version": {"N": "1"}, "state": {"S": "waiting"}}
    pages = [
        {"Items": [entry], "Count": 1, "ScannedCount": 4, "LastEvaluatedKey": key},
        {"Items": [entry, entry], "Count": 2, "ScannedCount": 7},
    ]
    answers = [Answer(200, json.dumps(page).encode()) for page in pages]
    with answered(client("dynamodb"), *answers) as seen:
        found, delivered = down.undone()
    assert (len(found), delivered) == (3, 8)
    first, second = (json.loads(request.body) for request in seen)
    assert (first.get("ExclusiveStartKey"), second["ExclusiveStartKey"]) == (None, key)
    assert first["ConsistentRead"]
    assert "Segment" not in first  # one part is the whole: DynamoDB refuses half of the pair


def test_a_summary_by_one_statement_counts_what_is_left(down: Ledger) -> None:
    """What the statement itself finds, test_console_operate_stack.py asks the local stack."""
    key = {"order": {"S": "27"}, "route": {"S": "logo"}}
    entry = {**key, "version": {"N": "1"}, "state": {"S": "waiting"}}
    cursor = {"order": {"S": "reconcile"}, "route": {"S": "cursor"}}
    pages = [{"Items": [entry, cursor]}, {"Table": {"TableName": TABLE, "ItemCount": 7}}]
    answers = [Answer(200, json.dumps(page).encode()) for page in pages]
    with answered(client("dynamodb"), *answers) as seen:
        found, delivered = down.undone_at_once()
    assert ([each.order for each in found], delivered) == (["27"], 5)
    assert json.loads(seen[1].body) == {"TableName": TABLE}


def test_reads_are_consistent(down: Ledger) -> None:
    """A stale read would not see the claim of a second ago."""
    answers = [Answer(200, body) for body in (b"{}", b'{"Items": []}', b'{"Responses": {}}')]
    with answered(client("dynamodb"), *answers) as seen:
        down.get("27", "logo")
        down.of_order("27")
        down.of_orders(["27"], ["logo"])
    one, all_routes, many = (json.loads(request.body) for request in seen)
    for request in (one, all_routes, many["RequestItems"][TABLE]):
        assert request["ConsistentRead"] is True


def test_what_a_newer_version_adds_is_left_alone(ledger: Ledger) -> None:
    put = ledger.put(CLAIM, replacing=None)
    item = stored("27", "logo") | {"mood": {"S": "good"}}
    client("dynamodb").put_item(TableName=TABLE, Item=item)
    assert ledger.get("27", "logo") == put


@pytest.mark.parametrize(
    "change",
    [{"state": {"S": "sleeping"}}, {"state": {"N": "1"}}, {"state": None}, {"version": None}],
)
def test_an_item_of_another_shape_is_misconfigured(ledger: Ledger, change: dict[str, Any]) -> None:
    ledger.put(CLAIM, replacing=None)
    item = {k: v for k, v in (stored("27", "logo") | change).items() if v}
    client("dynamodb").put_item(TableName=TABLE, Item=item)
    for read in (
        lambda: ledger.get("27", "logo"),
        lambda: ledger.of_order("27"),
        lambda: ledger.put(CLAIM, replacing=None),
    ):
        with pytest.raises(Misconfigured) as caught:
            read()
        assert caught.value.code == "LEDGER_UNREADABLE"


# ------------------------------------------------------------------ reconcile's cursor


@pytest.mark.parametrize(
    "cursor",
    [
        FROM_THE_END,
        Cursor(3),
        Cursor(None, frozenset({7, 12})),
        Cursor(4, frozenset({9})),
        Cursor(2, undelivered=7),
    ],
)
def test_a_cursor_comes_back_as_it_went(ledger: Ledger, cursor: Cursor) -> None:
    assert ledger.cursor() == FROM_THE_END
    ledger.set_cursor(Cursor(99, frozenset({1})))
    ledger.set_cursor(cursor)
    assert ledger.cursor() == cursor


def test_of_a_large_gap_the_lowest_pks_are_kept(ledger: Ledger) -> None:
    ledger.set_cursor(Cursor(2, frozenset(range(5_000, 0, -1))))
    assert ledger.cursor() == Cursor(2, frozenset(range(1, 1_001)))


def test_a_list_that_takes_several_runs_is_known_by_all_of_them_together() -> None:
    """What a walk did not find in its pages may stand in those of the runs before or after it."""
    one_run = Cursor(None, frozenset({1})).then(None, [2])
    assert one_run == Cursor(None, frozenset({2}))
    begun = Cursor(None, frozenset({1})).then(5, [2])
    assert begun == Cursor(5, frozenset({1, 2}))
    assert begun.then(3, [3]) == Cursor(3, frozenset({1, 2, 3}))
    assert begun.then(None, [3]) == Cursor(None, frozenset({1, 2, 3}))


# ------------------------------------------------------------------ routes that are held

HOLD = Hold(route="logo", since=NOW, by="ayse", reason="stock count")


def test_a_route_is_held_until_it_is_resumed(ledger: Ledger) -> None:
    assert ledger.holds() == {}
    other = replace(HOLD, route="netsis", since=NOW + 1)
    ledger.hold(HOLD)
    ledger.hold(other)
    ledger.hold(replace(HOLD, by="another", since=NOW + 2))
    assert ledger.holds() == {"logo": HOLD, "netsis": other}
    ledger.end_hold("logo")
    ledger.end_hold("logo")
    assert ledger.holds() == {"netsis": other}


def test_a_hold_that_deployed_tables_have_stays_one(ledger: Ledger) -> None:
    ledger.hold(HOLD)
    assert stored("hold", "logo") == {
        "order": {"S": "hold"}, "route": {"S": "logo"}, "since": {"N": str(NOW)},
        "by": {"S": "ayse"}, "reason": {"S": "stock count"},
    }  # fmt: skip


def test_holds_are_read_consistently(down: Ledger) -> None:
    with answered(client("dynamodb"), Answer(200, b'{"Items": []}')) as seen:
        assert down.holds() == {}
    assert [json.loads(request.body)["ConsistentRead"] for request in seen] == [True]


def test_a_hold_is_told_field_by_field() -> None:
    told = {"route": "logo", "since": NOW, "by": "ayse", "reason": "stock count"}
    assert HOLD.as_dict() == told


# ------------------------------------------------------------------ who was first


def test_only_the_first_claim_is_written(ledger: Ledger) -> None:
    first = ledger.put(CLAIM, replacing=None)
    second = replace(CLAIM, claim="1e" * 16)
    assert contended(ledger, second, None) == first
    assert ledger.get("27", "logo") == first


def test_each_write_replaces_the_version_it_names(ledger: Ledger) -> None:
    first = ledger.put(CLAIM, replacing=None)
    second = ledger.put(replace(first, state="delivered"), replacing=first)
    third = ledger.put(replace(second, acknowledged=True), replacing=second)
    assert [first.version, second.version, third.version] == [1, 2, 3]
    assert ledger.get("27", "logo") == third


def test_a_write_of_what_has_moved_on_is_contended(ledger: Ledger) -> None:
    first = ledger.put(CLAIM, replacing=None)
    taken = ledger.put(replace(first, claim="1e" * 16), replacing=first)
    assert contended(ledger, replace(first, state="delivered"), first) == taken
    assert contended(ledger, CLAIM, None) == taken
    assert ledger.get("27", "logo") == taken


def test_a_write_of_what_has_gone_is_contended(ledger: Ledger) -> None:
    first = ledger.put(CLAIM, replacing=None)
    key = {"order": {"S": "27"}, "route": {"S": "logo"}}
    client("dynamodb").delete_item(TableName=TABLE, Key=key)
    assert contended(ledger, replace(first, state="delivered"), first) is None
    assert ledger.get("27", "logo") is None


def test_the_version_that_a_caller_made_up_counts_for_nothing(ledger: Ledger) -> None:
    assert ledger.put(replace(CLAIM, version=99), replacing=None).version == 1


def test_of_many_claims_at_once_one_wins(ledger: Ledger) -> None:
    def claim(number: int) -> Entry | None:
        try:
            return ledger.put(replace(CLAIM, claim=f"{number:032}"), replacing=None)
        except Contended:
            return None

    with ThreadPoolExecutor(8) as pool:
        won = [entry for entry in pool.map(claim, range(16)) if entry]
    assert won == [ledger.get("27", "logo")]


def test_a_happy_write_is_one_call(ledger: Ledger) -> None:
    with asked(client("dynamodb")) as calls:
        first = ledger.put(CLAIM, replacing=None)
        ledger.put(replace(first, state="delivered"), replacing=first)
        contended(ledger, CLAIM, None)
    assert calls == ["PutItem"] * 3


# ------------------------------------------------------------------ lost answers


def test_a_write_that_the_sdk_repeats_after_a_lost_answer_succeeds(ledger: Ledger) -> None:
    patient = client("dynamodb", attempts=2)
    with asked(patient) as calls, lost(patient, ReadTimeoutError(endpoint_url=URL)):
        put = Ledger(patient, TABLE).put(CLAIM, replacing=None)
    assert calls == ["PutItem", "PutItem"]
    assert ledger.get("27", "logo") == put == replace(CLAIM, version=1)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"claim": None},
        {"reason": "", "message": ""},
        {"message": "Ş" * 2000, "path": "ğ" * 500},
        {"number": "İ" * 128, "message": "x" * 500},
        {"revision": 7, "acknowledged": True},
        {"state": "rejected", "found": "\ud800 half an emoji"},
    ],
)
def test_a_repeated_write_meets_itself(ledger: Ledger, changes: dict[str, Any]) -> None:
    entry = replace(CLAIM, **changes)
    first = ledger.put(entry, replacing=None)
    assert ledger.put(entry, replacing=None) == first == ledger.get("27", "logo")
    second = ledger.put(replace(entry, state="delivered"), replacing=first)
    assert ledger.put(replace(entry, state="delivered"), replacing=first) == second


@pytest.mark.parametrize(
    "change",
    [
        {"claim": "1e" * 16}, {"lease_until": NOW + 41}, {"state": "waiting"}, {"number": None},
        {"acknowledged": True}, {"message": "x"}, {"updated_at": NOW + 1},
    ],
)  # fmt: skip
def test_another_ones_write_is_not_our_own(ledger: Ledger, change: dict[str, Any]) -> None:
    first = ledger.put(CLAIM, replacing=None)
    assert contended(ledger, replace(CLAIM, **change), None) == first


def test_a_repeated_write_that_was_overtaken_is_contended(ledger: Ledger) -> None:
    first = ledger.put(CLAIM, replacing=None)
    taken = ledger.put(replace(first, claim="1e" * 16), replacing=first)
    assert contended(ledger, CLAIM, None) == taken


def test_a_lost_answer_without_a_repetition_is_unavailable(ledger: Ledger) -> None:
    with (
        lost(client("dynamodb"), ReadTimeoutError(endpoint_url=URL)),
        pytest.raises(Unavailable),
    ):
        ledger.put(CLAIM, replacing=None)
    assert ledger.get("27", "logo") == replace(CLAIM, version=1)


def test_an_answer_without_the_item_is_contended_all_the_same(down: Ledger) -> None:
    with answered(client("dynamodb"), failure("ConditionalCheckFailedException")):
        assert contended(down, CLAIM, None) is None


# ------------------------------------------------------------------ no answer

WORLD = [
    failure("ProvisionedThroughputExceededException"),
    failure("ThrottlingException"),
    failure("RequestLimitExceeded"),
    failure("InternalServerError", 500),
    Answer(503, b"<html>"),
    ConnectTimeoutError(endpoint_url=URL),
    ReadTimeoutError(endpoint_url=URL),
    EndpointConnectionError(endpoint_url=URL),
    NoCredentialsError(),
]
OPERATOR = [
    failure("AccessDeniedException"),
    failure("ResourceNotFoundException"),
    failure("ValidationException"),
    failure("UnrecognizedClientException"),
]


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [(answer, Unavailable, "LEDGER_UNAVAILABLE") for answer in WORLD]
    + [(answer, Misconfigured, "LEDGER_REFUSED") for answer in OPERATOR],
    ids=repr,
)
def test_no_answer_says_who_must_act(
    down: Ledger, answer: Answer | Exception, kind: type[AdapterError], code: str
) -> None:
    for call in (
        lambda: down.get("27", "logo"),
        lambda: down.of_order("27"),
        lambda: down.put(CLAIM, replacing=None),
        lambda: down.put(CLAIM, replacing=CLAIM),
    ):
        with answered(client("dynamodb"), answer), pytest.raises(kind) as caught:
            call()
        assert caught.value.code == code
        assert "gizli-ayrinti" not in str(caught.value)
        assert caught.value.__context__ is None


# ------------------------------------------------------------------ how large

LONGEST = replace(
    CLAIM, order="9" * 18, route="r" * 40, version=10**6, state="delivered",
    document=f"documents/{'r' * 40}/{'n' * 100}-{'9' * 18}.xml", profile="p" * 40,
    profile_version="v" * 64, number="Ş" * 128, reason="Ğ" * 400, code="C" * 400, path="ı" * 400,
    message="Ö" * 2000, expected="ç" * 400, found="İ" * 400, revision=10**6,
    by="ö" * 200, written_at=NOW, acknowledged=True, acknowledged_at=NOW, source="reconcile",
)  # fmt: skip
RESENT = replace(
    LONGEST, path=None, reason=None, picked_up_at=NOW, parts="iL" * 41,
    resent_for=" ".join(["0a1b2c3d"] * 4),
)  # fmt: skip
"""What was delivered has no reason, and names what has changed as far as there is room."""
REVISED = replace(RESENT, code=None, expected=None, found=None, by=None, revising="r" * 104)
"""What a revision's claim replaces it will not say any more; the number comes back with the end."""


def size(item: dict[str, dict[str, Any]]) -> int:
    """An item's size as DynamoDB counts it (developer guide, "Item sizes and formats")."""
    total = 0
    for name, typed in item.items():
        ((kind, value),) = typed.items()
        digits = str(value).strip("0")
        own = {"S": len(str(value).encode()), "N": (len(digits) + 1) // 2 + 1, "BOOL": 1}[kind]
        total += len(name) + own
    return total


@pytest.mark.parametrize("longest", [LONGEST, RESENT, REVISED])
def test_the_longest_entry_is_below_a_kilobyte(ledger: Ledger, longest: Entry) -> None:
    put = ledger.put(longest, replacing=None)
    assert size(stored("9" * 18, "r" * 40)) < 1024
    assert ledger.get("9" * 18, "r" * 40) == put
    # What the protocol lives on is whole.
    for name in (
        "order", "route", "claim", "lease_until", "content_id", "document", "sha256", "resent_for",
        "parts", "revising",
    ):  # fmt: skip
        assert getattr(put, name) == getattr(longest, name)
    # What a person reads begins as it should, and no letter is cut in two.
    for name in ("code", "reason", "path", *(("number",) if longest.revising is None else ())):
        text, whole = getattr(put, name) or "", getattr(longest, name) or ""
        assert whole.startswith(text)
        assert len(text) >= min(20, len(whole))


@pytest.mark.parametrize(
    "longest",
    [
        LONGEST,
        replace(LONGEST, message=None),
        replace(LONGEST, number=None, resent_for=RESENT.resent_for),
        RESENT,
    ],
)
def test_an_order_known_by_number_only_is_below_a_kilobyte(ledger: Ledger, longest: Entry) -> None:
    order = f"number:{'n' * 100}"
    ledger.put(replace(longest, order=order), replacing=None)
    assert size(stored(order, "r" * 40)) < 1024


def test_items_for_which_there_is_no_room_are_unknown(ledger: Ledger) -> None:
    """Half of a list would be another list."""
    assert ledger.put(replace(CLAIM, items="1f." * 200), replacing=None).items == "?"
    assert len(items := "1f." * 60) < 200
    assert ledger.put(replace(CLAIM, route="netsis", items=items), replacing=None).items == items


def test_a_usual_entry_keeps_every_word(ledger: Ledger) -> None:
    sentence = (
        "The lines less discounts plus charges sum up to 105.00, the order's amount is 100.00, "
        "the difference 5.00. The difference of 5.00 equals installment_interest_amount: "
        'set money.interest = "outside".'
    )
    rejected = Entry(
        order="180466", route="logo", version=0, state="rejected", number="bf7b66149236455",
        content_id=DIGEST, code="TOTALS_MISMATCH", path="amount", message=sentence,
        expected="100.00", found="105.00", source="webhook", announced_at=NOW, fetched_at=NOW,
        updated_at=NOW,
    )  # fmt: skip
    assert ledger.put(rejected, replacing=None) == replace(rejected, version=1)
    changed = replace(
        CLAIM, order="180466", route="netsis", state="delivered", claim=None, lease_until=None,
        acknowledged=True, acknowledged_at=NOW, written_at=NOW, code="ORDER_CHANGED",
        expected=DIGEST[:12], found=DIGEST[12:24],
        message="The order was changed in the shop after the ERP got its document: book the "
        "change in the ERP by hand.",
    )  # fmt: skip
    assert ledger.put(changed, replacing=None) == replace(changed, version=1)


TEXT = st.none() | st.text(max_size=600)


@settings(deadline=None, max_examples=60)
@given(
    texts=st.fixed_dictionaries(
        dict.fromkeys(("reason", "code", "path", "message", "expected", "found"), TEXT)
        | {"number": st.none() | st.text(max_size=128)}
    ),
    base=st.sampled_from([CLAIM, LONGEST]),
)
def test_any_texts_fit_and_meet_themselves(texts: dict[str, Any], base: Entry) -> None:
    with mock_aws():
        declared = RESOURCES["LedgerTable"]["Properties"]
        client("dynamodb").create_table(
            TableName=TABLE,
            **{k: declared[k] for k in ("AttributeDefinitions", "KeySchema", "BillingMode")},
        )
        ledger, entry = Ledger(client("dynamodb"), TABLE), replace(base, **texts)
        put = ledger.put(entry, replacing=None)
        assert ledger.put(entry, replacing=None) == put == ledger.get(base.order, base.route)
        assert size(stored(base.order, base.route)) < 1024


# ------------------------------------------------------------- what deployed tables hold


def test_words_that_deployed_tables_hold_stay_as_they_are(ledger: Ledger) -> None:
    ledger.set_cursor(Cursor(3))
    [item] = client("dynamodb").scan(TableName=TABLE)["Items"]
    assert item == {"order": {"S": "reconcile"}, "route": {"S": "cursor"}, "page": {"N": "3"}}
    assert NO_ROUTE == "-"
    for state in ("claimed", "delivered", "waiting", "rejected", "missed", "settled"):
        kept = ledger.put(replace(CLAIM, route=state, state=state), replacing=None)
        assert ledger.get("27", state) == kept
    first = Entry(order="28", route="logo", version=0, state="waiting")
    ledger.put(first, replacing=None)
    assert client("dynamodb").get_item(
        TableName=TABLE, Key={"order": {"S": "28"}, "route": {"S": "logo"}}
    )["Item"] == {
        "order": {"S": "28"}, "route": {"S": "logo"}, "version": {"N": "1"},
        "state": {"S": "waiting"}, "acknowledged": {"BOOL": False}, "revision": {"N": "1"},
        "updated_at": {"N": "0"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("code", 32), ("status", 32), ("reason", 40), ("path", 120), ("expected", 60),
        ("found", 60), ("message", 400), ("number", 128), ("profile_version", 16), ("by", 64),
    ],
)  # fmt: skip
def test_a_text_has_its_longest(ledger: Ledger, name: str, most: int) -> None:
    bare = Entry(order="27", route="logo", version=0, state="waiting")
    kept = ledger.put(replace(bare, **{name: "x" * (most + 1)}), replacing=None)
    assert getattr(kept, name) == "x" * most


def test_the_entries_of_many_orders_are_read_a_hundred_keys_at_a_time(ledger: Ledger) -> None:
    orders = [str(pk) for pk in range(60)]
    for order in orders:
        ledger.put(replace(CLAIM, order=order), replacing=None)
    ledger.put(replace(CLAIM, order="7", route=NO_ROUTE), replacing=None)
    found = ledger.of_orders([*orders, "7", "unknown"], ["logo"])
    assert set(found) == set(orders)
    assert set(found["7"]) == {"logo", NO_ROUTE}
    assert set(found["8"]) == {"logo"}


def test_a_throttled_table_is_unavailable_and_a_short_answer_is_asked_on(down: Ledger) -> None:
    key = {"order": {"S": "27"}, "route": {"S": "logo"}}
    other = {"order": {"S": "27"}, "route": {"S": NO_ROUTE}}
    nothing = {"Responses": {TABLE: []}, "UnprocessedKeys": {TABLE: {"Keys": [key, other]}}}
    with (
        answered(client("dynamodb"), Answer(200, json.dumps(nothing).encode())),
        pytest.raises(Unavailable, match="throttled") as caught,
    ):
        down.of_orders(["27"], ["logo"])
    assert caught.value.code == "LEDGER_UNAVAILABLE"
    half = {"Responses": {TABLE: []}, "UnprocessedKeys": {TABLE: {"Keys": [other]}}}
    whole = {"Responses": {TABLE: []}, "UnprocessedKeys": {}}
    answers = [Answer(200, json.dumps(each).encode()) for each in (half, whole)]
    with answered(client("dynamodb"), *answers) as sent:
        assert down.of_orders(["27"], ["logo"]) == {}
    assert len(sent) == 2
