"""`on_change = "revise"`: a changed order's next document, once a content, whatever happens."""

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from emitted import Emitted
from erp_adapter.delivery.revision import claiming, next_place
from erp_adapter.ledger import Entry
from erp_console.resending import LEASE, Resending
from operated import Operated
from stack import ROOT
from world import Killed, World

PK = 1001
FIRST = f"documents/ubl/T{PK}-{PK}.xml"


def key(revision: int) -> str:
    return FIRST if revision == 1 else FIRST.replace(".xml", f".r{revision}.xml")


def revising(tables: dict[str, Any]) -> None:
    """Every route revises."""
    for route in tables["route"]:
        route["on_change"] = "revise"


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """ubl-order to S3; the sample order is delivered, and the ERP has imported it."""
    world = make_world(change=revising)
    world.new_order(PK, notes="A")
    assert world.work(PK) == []
    world.import_all()
    return world


def change(world: World, **fields: Any) -> None:
    world.omnitron.shop.change(PK, **fields)


def deliver(world: World, **fields: Any) -> None:
    """The order changes, and the worker hears of it."""
    change(world, **fields)
    assert world.work(PK) == []


def lease_over(world: World) -> None:
    entry = world.entry(PK)
    assert entry.claim
    world.ledger.put(replace(entry, lease_until=int(time.time()) - 1), replacing=entry)


def puts(world: World) -> list[str]:
    """The keys of the order's documents, as often as one was put."""
    return [each for each in world.puts() if f"-{PK}." in each]


def revised(world: World, revision: int, *notes: str) -> None:
    """The ledger is at this revision, and each has one document, the last these notes."""
    entry = world.entry(PK)
    assert (entry.state, entry.revision, entry.document) == ("delivered", revision, key(revision))
    assert (entry.claim, entry.lease_until, entry.revising) == (None, None, None)
    assert entry.code is None
    assert puts(world) == sorted(key(number) for number in range(1, revision + 1))
    kept = world.client("s3").list_object_versions(Bucket=world.bucket, Prefix=key(revision))
    [version] = kept["Versions"]
    stored = world.client("s3").get_object(
        Bucket=world.bucket, Key=key(revision), VersionId=version["VersionId"]
    )
    assert stored["Metadata"]["document-id"] == f"{PK}/ubl/{revision}"
    assert stored["Metadata"]["sha256"] == entry.sha256
    text = stored["Body"].read().decode()
    for note in notes:
        assert f"<cbc:Note>{note}</cbc:Note>" in text
    assert world.is_send(PK)


# ------------------------------------------------------------------ once a content


def test_a_changed_order_gets_one_document_of_the_next_revision(world: World) -> None:
    before = world.entry(PK)
    change(world, notes="B")
    for _ in range(3):
        assert world.work(PK) == []
    revised(world, 2, "B")
    entry = world.entry(PK)
    assert entry.version == before.version + 2, "two ledger writes: claim and final"
    assert (entry.content_id == before.content_id, entry.sha256 == before.sha256) == (False, False)
    assert (entry.claimed_at, entry.acknowledged) == (before.claimed_at, True)
    assert world.omnitron.traffic.calls["patch"] == 1


def test_what_is_changed_back_is_a_revision_of_its_own(world: World) -> None:
    first = world.entry(PK)
    for revision, note in ((2, "B"), (3, "A"), (4, "B")):
        deliver(world, notes=note)
        revised(world, revision, note)
    deliver(world, notes="A")
    entry = world.entry(PK)
    assert (entry.content_id, entry.sha256, entry.parts) == (
        first.content_id, first.sha256, first.parts,
    )  # fmt: skip


def test_what_was_changed_back_before_anybody_looked_is_no_revision(world: World) -> None:
    change(world, notes="B")
    deliver(world, notes="A")
    assert world.entry(PK).revision == 1


@pytest.mark.parametrize("status", ["400", "450", "500", "550"])
def test_it_is_sent_however_far_the_order_is(world: World, status: str) -> None:
    deliver(world, notes="B", status=status)
    revised(world, 2, "B")


@pytest.mark.parametrize(
    "waits", [{"status": "350"}, {"status": "50"}, {"status": "neu"}, {"cancel_status": "waiting"}]
)
def test_a_change_that_is_not_to_be_sent_yet_is_recorded_until_it_is(
    world: World, waits: dict[str, Any]
) -> None:
    deliver(world, notes="B", **waits)
    assert world.work(PK) == []
    entry = world.entry(PK)
    assert (entry.revision, entry.code, entry.path) == (1, "ORDER_CHANGED", "notes")
    assert "waits" in str(entry.message)
    assert world.puts() == [FIRST]
    deliver(world, status="400", cancel_status=None)
    revised(world, 2, "B")


def test_a_changed_order_that_is_cancelled_is_recorded_and_no_revision(world: World) -> None:
    deliver(world, notes="B", status="100")
    assert (world.entry(PK).code, world.entry(PK).revision) == ("CANCELLED_AFTER_DELIVERY", 1)
    assert world.puts() == [FIRST]


def test_statuses_and_a_new_profile_are_no_revision(world: World) -> None:
    path = world.folder / "ubl-order"
    assert path.is_symlink()
    deliver(world, status="500", tracking_number="9")
    routes = (world.folder / "routes.toml").read_text("utf-8")
    (world.folder / "routes.toml").write_text(routes.replace("ubl-order", "csv-flat"), "utf-8")
    world.restart()
    assert world.work(PK) == []
    assert (world.entry(PK).revision, world.entry(PK).profile) == (1, "ubl-order")
    deliver(world, notes="B")
    assert (world.entry(PK).revision, world.entry(PK).profile) == (2, "csv-flat")
    assert world.puts() == [key(2), FIRST], "the name stays that of the first"


def test_every_route_revises_on_its_own(make_world: Callable[..., World]) -> None:
    def one(tables: dict[str, Any]) -> None:
        tables["route"][0]["on_change"] = "revise"

    world = make_world(("ubl-order", "csv-flat"), change=one)
    world.new_order(PK)
    world.work(PK)
    deliver(world, notes="B")
    entries = world.entries(PK)
    assert (entries["ubl"].revision, entries["ubl"].code) == (2, None)
    assert (entries["csv"].revision, entries["csv"].code) == (1, "ORDER_CHANGED")


def numbered(world: World) -> None:
    """The profile writes the revision's number before the note, as the guide shows it."""
    folder = world.folder / "ubl-order"
    original = folder.resolve()
    folder.unlink()
    shutil.copytree(original, folder)
    text = (folder / "order.xml").read_text("utf-8")
    note = '<cbc:Note o:optional="yes">{notes}</cbc:Note>'
    assert note in text
    guide = (ROOT / "docs" / "profiles.md").read_text("utf-8")
    [number] = re.findall(
        r'<DEGISIKLIK_NO( o:if="revision gt 1">{revision}</)DEGISIKLIK_NO>', guide
    )
    [kind] = re.findall(r"<ISLEM>({revision gt 1 and .*})</ISLEM>", guide)
    numbers = f"<cbc:Note{number}cbc:Note><cbc:Note>{kind}</cbc:Note>"
    (folder / "order.xml").write_text(text.replace(note, numbers + note), "utf-8")
    world.restart()


def test_a_profile_can_write_the_revision_s_number(make_world: Callable[..., World]) -> None:
    world = make_world(change=revising)
    numbered(world)
    world.new_order(PK, notes="A")
    world.work(PK)
    assert "<cbc:Note>INS<" in newest(world)
    assert "<cbc:Note>1<" not in newest(world)
    for revision, note in ((2, "B"), (3, "A")):
        deliver(world, notes=note)
        revised(world, revision, str(revision), "UPD", note)


def test_a_queue_s_revision_is_resent_byte_for_byte(operate: Callable[..., Operated]) -> None:
    """Also where its own number is in it, which is not the number of the resend."""
    operated = operate(destination="sqs", change=revising)
    world = operated.world
    numbered(world)
    world.new_order(PK, notes="A")
    world.work(PK)
    deliver(world, notes="B")
    sha256 = world.entry(PK).sha256
    for reason in ("lost", "lost again"):
        assert resending(operated, reason) == "resent"
    sent = [
        {k: v["StringValue"] for k, v in each["MessageAttributes"].items()}
        for each in world.taken(world.output_queue)
    ]
    assert [each["document_id"] for each in sent] == [f"{PK}/ubl/{n}" for n in (1, 2, 3, 4)]
    assert [each["sha256"] == sha256 for each in sent] == [False, True, True, True]


# ------------------------------------------------------------------ what fails


def killed_in_turn(world: World, moment: int) -> int:
    """The worker dies at the n-th beginning or end of a call to AWS; how many there were."""
    seen = 0

    def note(**_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen - 1 == moment:
            raise Killed

    for service, retries in (("s3", False), ("dynamodb", True)):
        for when in ("before-call", "after-call"):
            world.on(service, f"{when}.{service}", note, retries=retries)
    world.work(PK)
    world.heal()
    return seen


@pytest.mark.parametrize("imported", [False, True])
@pytest.mark.parametrize("since", ["B", "A", "C", "cancelled"])
def test_killed_anywhere_it_makes_one_document_a_content(
    world: World, since: str, imported: bool
) -> None:
    """Also where the ERP takes the document, or the order changes again, before the next try."""
    for moment in range(100):
        deliver(world, notes=f"A{moment}", status="400")
        before = world.entry(PK).revision
        change(world, notes=f"B{moment}")
        calls = killed_in_turn(world, moment)
        if imported:
            world.import_all()
        change(
            world, **{"status": "100"} if since == "cancelled" else {"notes": f"{since}{moment}"}
        )
        if world.entry(PK).claim:
            assert world.work(PK) == [str(PK)], "the claim is live"
            lease_over(world)
        assert world.work(PK) == []
        entry = world.entry(PK)
        assert (entry.claim, entry.revising) == (None, None)
        assert world.puts() == sorted(key(number) for number in range(1, entry.revision + 1))
        if since == "cancelled":
            assert entry.code == "CANCELLED_AFTER_DELIVERY"
        else:
            assert entry.code is None
            assert f"<cbc:Note>{since}{moment}<" in newest(world)
        most = {"B": (1,), "A": (0, 2), "C": (1, 2), "cancelled": (0, 1)}[since]
        assert entry.revision - before in most
        if calls <= moment:
            assert moment > 5
            return
    pytest.fail("it makes no end")


def newest(world: World) -> str:
    """The text of the newest revision, whether or not the ERP has taken it."""
    place = str(world.entry(PK).document)
    [version] = world.client("s3").list_object_versions(Bucket=world.bucket, Prefix=place)[
        "Versions"
    ]
    stored = world.client("s3").get_object(
        Bucket=world.bucket, Key=place, VersionId=version["VersionId"]
    )
    text: str = stored["Body"].read().decode()
    return text


def test_a_put_that_certainly_failed_leaves_the_entry_as_it_was(world: World) -> None:
    before = world.entry(PK)
    change(world, notes="B")

    def refuse(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="s3")

    world.on("s3", "before-call.s3.PutObject", refuse, retries=False)
    assert world.work(PK) == [str(PK)]
    assert replace(world.entry(PK), version=before.version) == before
    world.heal()
    assert world.work(PK) == []
    revised(world, 2, "B")


def test_a_lost_answer_keeps_the_claim_and_is_looked_up(world: World) -> None:
    change(world, notes="B")

    def lose(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="s3")

    world.on("s3", "after-call.s3.PutObject", lose, retries=False)
    assert world.work(PK) == [str(PK)]
    entry = world.entry(PK)
    assert (entry.state, entry.revision, entry.document) == ("delivered", 1, FIRST)
    world.heal()
    world.import_all()
    lease_over(world)
    assert world.work(PK) == []
    revised(world, 2, "B")


def test_somebody_else_s_object_at_its_key_is_the_operator_s(world: World) -> None:
    world.client("s3").put_object(Bucket=world.bucket, Key=key(2), Body=b"theirs")
    change(world, notes="B")
    assert world.work(PK) == []
    assert (world.entry(PK, "-").state, world.entry(PK, "-").reason) == ("waiting", "KEY_TAKEN")
    entry = world.entry(PK)
    assert (entry.state, entry.revision, entry.claim) == ("delivered", 1, None)


def test_a_rejected_revision_is_said_once_and_what_was_delivered_stays(
    make_world: Callable[..., World], emitted: Emitted
) -> None:
    world = make_world(change=revising)
    world.new_order(PK)
    world.work(PK)
    first = world.entry(PK)
    change(world, amount="16.41")
    emitted.points()
    for expected in ({"Rejected": [1]}, {}):
        world.batch(world.record(PK, sent=time.time() + 60))
        assert emitted.points() == expected
    entry = world.entry(PK)
    assert (entry.state, entry.revision, entry.document) == ("delivered", 1, FIRST)
    assert (entry.code, entry.expected, entry.found) == ("TOTALS_MISMATCH", "16.41", "16.40")
    assert (entry.content_id, entry.sha256) == (first.content_id, first.sha256)
    [line] = world.lines("rejected")
    assert (line["order"], line["code"]) == (str(PK), "TOTALS_MISMATCH")
    change(world, amount="16.42")
    world.batch(world.record(PK, sent=time.time() + 60))
    assert emitted.points() == {"Rejected": [1]}, "another one"
    deliver(world, amount="16.40")
    assert (world.entry(PK).code, world.entry(PK).revision) == (None, 1)
    deliver(world, notes="B")
    revised(world, 2, "B")


def test_a_torn_reading_of_a_changed_order_is_read_once_more(world: World) -> None:
    change(world, amount="99.00", notes="B")
    original = world.omnitron.shop.rows

    def settle_meanwhile(kind: str, query: Any) -> Any:
        rows = original(kind, query)
        if kind == "discounts":
            change(world, amount="16.40")
        return rows

    world.omnitron.shop.rows = settle_meanwhile  # type: ignore[method-assign]
    assert world.work(PK) == []
    revised(world, 2, "B")


# ------------------------------------------------------------------ who else is at work


def test_an_older_reading_revises_no_newer_content(world: World) -> None:
    """Between the slow worker's reading and its look at the ledger, another has revised."""
    change(world, notes="B")
    meanwhile: list[str] = []

    def overtaken(**_: Any) -> None:
        if not meanwhile:
            meanwhile.append("C")
            deliver(world, notes="C")

    world.on("dynamodb", "before-call.dynamodb", overtaken)
    assert world.work(PK) == []
    revised(world, 2, "C")


def test_an_order_that_changed_before_its_dead_claim_was_found_is_revised_at_once(
    make_world: Callable[..., World],
) -> None:
    world = make_world(change=revising)
    world.new_order(PK)

    def die(**_: Any) -> None:
        raise Killed

    world.on("s3", "after-call.s3.PutObject", die, retries=False)
    assert world.work(PK) == [str(PK)]
    world.heal()
    change(world, notes="B")
    lease_over(world)
    assert world.work(PK) == []
    revised(world, 2, "B")
    assert world.entry(PK).acknowledged


def resending(operated: Operated, reason: str = "the ERP lost it", later: float = 0.0) -> str:
    run = Resending(
        deployed=operated.deployed, reason=reason, clock=lambda: time.time() + later
    )  # fmt: skip
    return run.resend(str(PK), "ubl").outcome


@pytest.fixture
def operated(operate: Callable[..., Operated]) -> Operated:
    """A delivered order on a route that revises, and an operator."""
    operated = operate(change=revising)
    operated.world.new_order(PK, notes="A")
    assert operated.world.work(PK) == []
    return operated


def test_a_resend_and_a_revision_take_turns_in_one_row_of_numbers(operated: Operated) -> None:
    world = operated.world
    assert resending(operated) == "resent"
    deliver(world, notes="B")
    revised(world, 3, "B")
    assert world.entry(PK).by is None, "the resend is over"
    assert resending(operated) == "already resent"
    assert resending(operated, "and again") == "resent"
    revised(world, 4, "B")
    assert world.entry(PK).content_id == world.entry(PK).content_id
    assert world.work(PK) == []
    assert world.entry(PK).revision == 4


@pytest.mark.parametrize("landed", [False, True])
def test_a_resend_that_died_is_ended_by_the_revision_that_comes(
    operated: Operated, landed: bool
) -> None:
    world = operated.world
    change(world, notes="B")
    killed, _ = operated.watched(kill_at=moment_of_the_put(operated, after=landed))
    with pytest.raises(Killed):
        Resending(deployed=killed, reason="the ERP lost it").resend(str(PK), "ubl")
    assert world.work(PK) == [str(PK)], "its claim is live"
    lease_over(world)
    assert world.work(PK) == []
    revised(world, 3 if landed else 2, "B")
    again = resending(operated, later=2 * LEASE)
    assert again == ("already resent" if landed else "resent")
    revised(world, 3, "B")


def moment_of_the_put(operated: Operated, *, after: bool) -> int:
    """The how-manieth moment of a resend it is, found with an order of its own."""
    operated.world.new_order(7)
    operated.world.work(7)
    deployed, seen = operated.watched()
    Resending(deployed=deployed, reason="x").resend("7", "ubl")
    return seen.index(f"{'after' if after else 'before'}-call.s3.PutObject")


@pytest.mark.parametrize("live", [True, False])
def test_a_resend_waits_for_a_revision_s_claim(operated: Operated, live: bool) -> None:
    world = operated.world
    change(world, notes="B")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("erp_adapter.delivery.revision.finish", _die)
        assert world.work(PK) == [str(PK)]
    if not live:
        lease_over(world)
    status = operated.said("status", str(PK))["orders"][0]["routes"][0]["next"]
    assert ("written now" if live else "broken off") in status
    assert resending(operated) == "busy"
    assert operated.said("erase", f"pk:{PK}", code=1)["counts"] == {"busy": 1}
    assert operated.said("settle", str(PK), "--reason", "typed in")["counts"] == {"delivered": 1}
    if live:
        lease_over(world)
    assert world.work(PK) == []
    revised(world, 2, "B")
    assert resending(operated) == "resent"


def _die(*_: Any, **__: Any) -> Entry:
    raise Killed


def test_status_says_what_a_revision_is(operated: Operated) -> None:
    deliver(operated.world, notes="B")
    [route] = operated.said("status", str(PK))["orders"][0]["routes"]
    assert "changed, and revision 2 was sent" in route["next"]
    deliver(operated.world, amount="16.41")
    [route] = operated.said("status", str(PK))["orders"][0]["routes"]
    assert "its next revision is rejected. TOTALS_MISMATCH" in route["next"]
    assert operated.said("status", "--ledger-only")["rejected"] == {"TOTALS_MISMATCH": 1}
    [row] = operated.said("status", "--rejected")["rejected"]
    assert (row["order"], row["code"]) == (str(PK), "TOTALS_MISMATCH")
    assert "its next revision is rejected" in row["why"]
    redriven = operated.said("redrive", "--state", "rejected", "--dry-run")
    assert redriven["counts"] == {"would be redriven": 1}
    deliver(operated.world, amount="16.40")
    assert operated.said("status", "--rejected")["rejected"] == []


def test_a_held_route_gets_no_revision_before_it_is_resumed(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = operated.world
    monkeypatch.setattr("erp_console.holding._let_everybody_know", lambda *_: None)
    assert operated.run("hold", "ubl", "--reason", "stock-taking").exit_code == 0
    world.restart()
    change(world, notes="B")
    for _ in range(2):
        assert world.work(PK) == []
    entry = world.entry(PK)
    assert (entry.state, entry.reason, entry.code) == ("delivered", "held", "ORDER_CHANGED")
    assert (entry.revision, entry.version, entry.claim) == (1, 3, None)
    assert "held" in operated.said("status", str(PK))["orders"][0]["routes"][0]["next"]
    assert operated.said("status", "--ledger-only")["states"] == {"delivered": 1}
    assert operated.run("resume", "ubl").exit_code == 0
    world.restart()
    assert operated.work_off() == 1
    revised(world, 2, "B")
    assert world.entry(PK).reason is None


def test_a_hold_that_is_seen_after_the_claim_takes_it_back(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, seen = operated.world, list[str]()

    def held(attempt: Any) -> bool:
        seen.append(attempt.route.name)
        return len(seen) > 1

    change(world, notes="B")
    with monkeypatch.context() as patch:
        patch.setattr("erp_adapter.delivery.attempt.Attempt.held", held)
        assert world.work(PK) == []
    entry = world.entry(PK)
    assert (entry.reason, entry.claim, entry.revising, entry.revision) == ("held", None, None, 1)
    assert puts(world) == [FIRST]
    assert world.work(PK) == []
    revised(world, 2, "B")


# ------------------------------------------------------------------ SQS


@pytest.fixture
def queued(make_world: Callable[..., World]) -> World:
    """The same with the output queue as the destination."""
    world = make_world(destination="sqs", change=revising)
    world.new_order(PK, notes="A")
    assert world.work(PK) == []
    return world


def messages(world: World) -> list[tuple[str, str, bool]]:
    """Document id, note and whether it calls itself a possible duplicate, of each message."""
    found = []
    for message in world.received(world.output_queue):
        attributes = {k: v["StringValue"] for k, v in message["MessageAttributes"].items()}
        note = message["Body"].partition("<cbc:Note>")[2].partition("<")[0]
        found.append((attributes["document_id"], note, "possible_duplicate" in attributes))
    return found


def test_a_revision_is_a_message_of_its_own(queued: World) -> None:
    change(queued, notes="B")
    for _ in range(2):
        assert queued.work(PK) == []
    assert messages(queued) == [(f"{PK}/ubl/1", "A", False), (f"{PK}/ubl/2", "B", False)]


@pytest.mark.parametrize("when", ["before-call", "after-call"])
@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ({"notes": "B"}, [("2", "B")]), ({"notes": "C"}, [("2", "B"), ("3", "C")]),
        ({"notes": "A"}, [("2", "B"), ("3", "A")]), ({"status": "100"}, [("2", "B")]),
        ({"status": "350"}, [("2", "B")]),
    ],
)  # fmt: skip
def test_a_message_that_may_have_been_sent_has_used_its_number(
    queued: World, since: dict[str, Any], expected: list[tuple[str, str]], when: str
) -> None:
    change(queued, notes="B")

    def die(**_: Any) -> None:
        raise Killed

    queued.on("sqs", f"{when}.sqs.SendMessage", die, retries=False)
    assert queued.work(PK) == [str(PK)]
    queued.heal()
    change(queued, **since)
    lease_over(queued)
    assert queued.work(PK) == []
    entry = queued.entry(PK)
    assert entry.revision == 1 + len(expected)
    assert entry.code == ("CANCELLED_AFTER_DELIVERY" if since.get("status") == "100" else None)
    # Only the same content is sent again; else nobody knows, and the next number says more.
    repeated = since in ({"notes": "B"}, {"status": "350"})
    wanted = [(f"{PK}/ubl/{number}", note) for number, note in expected]
    if when == "before-call" and not repeated:
        wanted = wanted[1:]
    sent = messages(queued)
    assert [each[:2] for each in sent[1:]] == wanted
    assert sent[1:] == [] or sent[1][2] == (repeated and when == "before-call")


def test_a_resend_on_a_queue_that_died_has_used_its_number(queued: World) -> None:
    entry = queued.entry(PK)
    queued.ledger.put(
        replace(entry, claim="x", lease_until=1, by="ayse", message="lost", resent_for="0a1b2c3d"),
        replacing=entry,
    )
    change(queued, notes="B")
    assert queued.work(PK) == []
    entry = queued.entry(PK)
    assert (entry.claim, entry.revision, entry.by, entry.code) == (None, 3, None, None)
    assert messages(queued)[1:] == [(f"{PK}/ubl/3", "B", False)]
    assert entry.resent_for == "0a1b2c3d", "what it would have sent is of no use any more"


# ------------------------------------------------------------------ the claim


def test_the_claim_names_the_next_document_and_its_content(world: World) -> None:
    entry = world.entry(PK)
    digest, other = str(entry.sha256), "0123456789abcdef" * 4
    from erp_adapter.profile import Document

    document = Document(
        name="", content_type="", content=b"", sha256=other, profile="", version="v" * 20
    )  # fmt: skip
    claimed = replace(entry, revising=claiming(digest, document))
    assert next_place(claimed) == key(2)
    aside = replace(claimed, document=f"documents/ubl/{digest[:16]}/T{PK}-{PK}.xml")
    assert next_place(aside) == f"documents/ubl/{other[:16]}/T{PK}-{PK}.r2.xml"
    assert len(str(claimed.revising)) == 104
