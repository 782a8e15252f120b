"""The operator's commands, against a whole adapter in this process: what they show, what they
change, and what is left when they are killed anywhere."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from erp_console.cli import app
from erp_console.deployed import Deployed
from erp_console.named_orders import Named, find
from erp_console.reconcile import sentences, walk
from erp_console.redriving import redrive_dead_letters
from erp_console.resending import LEASE, Resending
from erp_console.settling import settle_order
from operated import Operated, answer_invocations
from typer.testing import CliRunner
from world import Killed, World

REASON = "restored from the backup of 23 November"


def from_now(**ago: float) -> str:
    return (datetime.now() - timedelta(**ago)).isoformat()  # noqa: DTZ005 - a person's own zone


def deliver(world: World, *pks: int, **changes: Any) -> None:
    for pk in pks:
        world.new_order(pk, **changes)
    assert world.work(*pks) == []


# ------------------------------------------------------------------ which deployment


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--stack", "nowhere"], "There is no stack nowhere"),
        (["--stack", "other"], "no output 'LedgerTableName'"),
        (["--profile", "nobody"], "no such AWS profile"),
        (["--local", "http://10.0.0.1:4566"], "--local must be"),
        (["--local", "http://127.0.0.1:1", "--region", "eu-central-1"], "leave them out"),
    ],
)
@pytest.mark.usefixtures("operated")
def test_what_cannot_be_found_is_said(arguments: list[str], sentence: str) -> None:
    result = CliRunner().invoke(app, ["status", *arguments])
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.output


def test_without_credentials_region_or_anybody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "PROFILE", "REGION", "DEFAULT_REGION"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "nowhere")
    for arguments, sentence in (
        (["--region", "eu-central-1"], "no AWS credentials"),
        ([], "In which region"),
        (["--local", "http://127.0.0.1:1"], "Nothing answers there"),
    ):
        result = CliRunner().invoke(app, ["reconcile", *arguments])
        assert (result.exit_code, sentence in result.stderr) == (2, True), result.output


# ------------------------------------------------------------------------ reconcile


def test_reconcile_asks_the_deployed_function(operated: Operated) -> None:
    operated.world.new_order(1)
    events = answer_invocations(operated.deployed)
    dry = walk(operated.deployed, dry_run=True)
    assert (dry["gap"], dry["enqueued"], operated.queued()) == (1, 0, [])
    said = "\n".join(sentences(dry, dry_run=True))
    assert "1 waiting" in said
    assert "Nothing was enqueued" in said
    report = walk(operated.deployed, dry_run=False)
    assert (report["enqueued"], report["finished"]) == (1, True)
    assert [each["pk"] for each in operated.queued()] == [1]
    assert events == [{"dry_run": True}, {"dry_run": False}]


# -------------------------------------------------------------------------- status


def test_status_says_what_became_of_an_order(operated: Operated) -> None:
    deliver(operated.world, 1)
    for name in ("1", "pk:1", "T1", "number:T1"):
        [order] = operated.said("status", name)["orders"]
        [route] = order["routes"]
        assert (order["order"], order["number"], route["state"]) == ("1", "T1", "delivered")
    entry = operated.world.entry(1)
    assert route["document"] == f"s3://documents/{entry.document}"
    assert route["sha256"] == entry.sha256
    assert route["next"].startswith("Done")
    assert [what for _, what in route["time_line"]] == [
        "announced by webhook", "fetched", "claimed", "written", "acknowledged", "last change",
    ]  # fmt: skip
    shown = operated.run("status", "1").stdout
    assert "ubl-order" in shown
    assert "route ubl: delivered" in shown


def test_status_says_a_rejection_in_a_sentence(operated: Operated) -> None:
    deliver(operated.world, 1, amount="16.41")
    [order] = operated.said("status", "1")["orders"]
    assert "expected 16.4" in order["routes"][0]["next"]
    assert order["routes"][0]["next"].startswith("TOTALS_MISMATCH")


def test_status_of_an_order_that_nobody_knows(operated: Operated) -> None:
    for name in ("77", "pk:77", "T77"):
        result = operated.run("status", name)
        assert (result.exit_code, "knows no order" in result.stderr) == (1, True)


def test_status_counts_what_still_holds(operated: Operated) -> None:
    world = operated.world
    deliver(world, 1, 2)
    deliver(world, 3, amount="16.41")
    world.omnitron.traffic.fail("detail", status=500)
    world.new_order(4)
    world.work(4, tries=4)
    world.heal()
    found = operated.said("status")
    assert found["states"] == {"delivered": 2, "rejected": 1, "waiting": 1}
    assert found["rejected"] == {"TOTALS_MISMATCH": 1}
    assert found["waiting"] == {"OMNITRON_UNAVAILABLE": 1}
    assert found["oldest_waiting"]["order"] == "4"
    time.sleep(1.1)
    assert world.announce(4)["statusCode"] == 202
    operated.work_off()
    assert operated.said("status")["states"] == {"delivered": 3, "rejected": 1}
    [order] = operated.said("status", "4")["orders"]
    assert [each["superseded"] for each in order["routes"]] == [True, False]


# ------------------------------------------------------------------------- redrive


def test_dead_letters_come_back_and_are_delivered(operated: Operated) -> None:
    for pk in (1, 2, 3):
        operated.world.new_order(pk)
    operated.bury(1, 2, 3)
    assert operated.said("redrive", "--dlq", "--dry-run")["left"] == 3
    assert "About 3 dead letters" in operated.run("redrive", "--dlq", "--dry-run").stderr
    assert operated.queued() == []
    assert operated.said("redrive", "--dlq")["counts"] == {"redriven": 3}
    assert operated.said("redrive", "--dlq")["counts"] == {}
    assert operated.work_off() == 3
    assert len(operated.world.puts()) == 3


def test_what_is_no_notification_stays_where_it_is(operated: Operated) -> None:
    operated.world.new_order(1)
    operated.bury(1)
    operated.world.client("sqs").send_message(
        QueueUrl=operated.deployed.dlq_url, MessageBody="{}", MessageGroupId="x",
        MessageDeduplicationId="x",
    )  # fmt: skip
    found = operated.said("redrive", "--dlq", code=1)
    assert found["counts"] == {"redriven": 1, "foreign": 1}
    assert found["left"] == 1
    assert [each["pk"] for each in operated.queued()] == [1]


def test_a_redrive_killed_anywhere_loses_nothing_and_doubles_no_document(
    operated: Operated,
) -> None:
    deployed, seen = operated.watched()
    operated.bury(1, 2)
    redrive_dead_letters(deployed, dry=False, wait=0)
    assert len(seen) > 12
    operated.queued()
    dlqs, pks = [], []
    for moment in range(len(seen)):
        dlqs.append(operated.new_dlq(f"dead-{moment}.fifo"))
        pks += [operated.world.new_order(100 + 2 * moment + each) for each in (0, 1)]
        operated.bury(*pks[-2:], dlq=dlqs[-1])
        killed, _ = operated.watched(kill_at=moment)
        with pytest.raises(Killed):
            redrive_dead_letters(
                replace(killed, dlq_url=dlqs[-1]), dry=False, held=1, wait=0
            )  # fmt: skip
    time.sleep(1.1)
    for dlq in dlqs:
        again = replace(operated.deployed, dlq_url=dlq)
        assert redrive_dead_letters(again, dry=False, held=1, wait=0)[1] == 0
    operated.work_off()
    keys = operated.world.puts()
    assert len(keys) == len(set(keys)) == len(pks)
    assert all(operated.world.is_send(pk) for pk in pks)


def test_a_redrive_of_many_killed_midway(operated: Operated) -> None:
    pks = range(1, 101)
    for pk in pks:
        operated.world.new_order(pk)
    operated.bury(*pks)
    killed, _ = operated.watched(kill_at=201)
    with pytest.raises(Killed):
        redrive_dead_letters(killed, dry=False, held=1, wait=0)
    time.sleep(1.1)
    assert 0 < operated.said("redrive", "--dlq")["counts"]["redriven"] < 100
    assert operated.work_off() >= 100
    assert len(operated.world.puts()) == 100
    assert operated.said("redrive", "--dlq", "--dry-run")["left"] == 0


def test_rejected_and_waiting_orders_by_code_state_name_and_time(operated: Operated) -> None:
    world = operated.world
    deliver(world, 1, 2, amount="16.41")
    deliver(world, 3)
    for call in ("detail", "list"):
        world.omnitron.traffic.fail(call, status=500)
    world.new_order(4)
    world.batch(world.record(4, tries=4), world.record(number="T5", tries=4))
    world.heal()

    def redriven(*arguments: str) -> list[str]:
        found = operated.said("redrive", *arguments)
        assert [each["pk"] or each["number"] for each in operated.queued()] == [
            int(row["order"]) if row["order"].isdecimal() else row["number"]
            for row in found["orders"] if row["outcome"] == "redriven"
        ]  # fmt: skip
        return sorted(row["order"] for row in found["orders"] if row["outcome"] == "redriven")

    assert redriven("--state", "rejected") == ["1", "2"]
    assert redriven("--state", "waiting") == ["4", "number:T5"]
    assert redriven("--code", "OMNITRON_UNAVAILABLE") == ["4", "number:T5"]
    assert redriven("--since", from_now(hours=1), "--until", from_now(hours=-1)) == [
        "1", "2", "4", "number:T5",
    ]  # fmt: skip
    assert redriven("--since", from_now(hours=2), "--until", from_now(hours=1)) == []
    assert redriven("--order", "T1", "--order", "4", "--order", "3") == ["1", "4"]
    assert redriven("--order", "pk:900") == ["900"]
    entry = world.entry(1)
    world.ledger.put(replace(entry, state="missed"), replacing=entry)
    assert redriven("--state", "rejected") == ["2"]
    assert redriven("--order", "1") == ["1"]
    assert redriven("--state", "rejected", "--dry-run") == []
    entry, now = world.entry(3), int(time.time())
    live = world.ledger.put(
        replace(entry, state="claimed", claim="another's", lease_until=now + 60), replacing=entry
    )
    assert redriven("--state", "waiting") == ["4", "number:T5"]
    world.ledger.put(replace(live, lease_until=now - 1), replacing=live)
    assert redriven("--state", "waiting") == ["3", "4", "number:T5"]


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["--dlq", "--order", "1"], ["--since", "2026-01-01"],
        ["--since", "yesterday", "--until", "2026-01-01"],
        ["--since", "2026-01-02", "--until", "2026-01-01"],
    ],
)  # fmt: skip
def test_a_redrive_that_does_not_say_what(operated: Operated, arguments: list[str]) -> None:
    assert operated.run("redrive", *arguments).exit_code == 2


# -------------------------------------------------------------------------- resend


def test_the_same_bytes_under_a_new_revision(operated: Operated) -> None:
    world = operated.world
    deliver(world, 1)
    [(key, content)] = world.documents().items()
    before = world.entry(1)
    world.import_all()
    dry = operated.said("resend", "T1", "--reason", REASON, "--dry-run")
    assert dry["counts"] == {"would be resent": 1}
    assert world.puts() == [key]
    new = "documents/ubl/T1-1.r2.xml"
    assert operated.said("resend", "T1", "--reason", REASON)["orders"][0]["document"] == new
    assert world.documents() == {new: content}
    head = world.client("s3").head_object(Bucket="documents", Key=new)
    assert head["Metadata"]["document-id"] == "1/ubl/2"
    assert head["ContentType"] == "application/xml; charset=utf-8"
    after = world.entry(1)
    assert (after.state, after.revision, after.document) == ("delivered", 2, new)
    assert (after.source, after.message, after.claim) == ("resend", REASON, None)
    assert after.by
    assert (after.sha256, after.content_id) == (before.sha256, before.content_id)
    assert world.work(1) == []
    assert world.entry(1).message == REASON
    assert len(world.puts()) == 2
    [route] = operated.said("status", "1")["orders"][0]["routes"]
    assert f"revision 2): “{REASON}”. Done" in route["next"]
    assert "written again" in [what for _, what in route["time_line"]]


def test_one_reason_resends_once_another_again(operated: Operated) -> None:
    world = operated.world
    deliver(world, 1)
    for reason, count in ((REASON, 2), (REASON, 2), ("lost once more", 3)):
        operated.said("resend", "1", "--reason", reason)
        world.import_all()
        assert len(world.puts()) == count
    assert world.puts()[1:] == ["documents/ubl/T1-1.r3.xml", "documents/ubl/T1-1.xml"]
    assert world.entry(1).revision == 3


def test_a_night_s_documents_exactly_those_once_each(operated: Operated) -> None:
    world = operated.world
    deliver(world, *range(1, 31))
    now = int(time.time())
    for pk in range(1, 31):
        entry = world.entry(pk)
        moved = replace(entry, written_at=now - 3600 * (1 if 11 <= pk <= 20 else 9))
        world.ledger.put(moved, replacing=entry)
    world.import_all()
    range_ = ("--since", from_now(hours=2), "--until", from_now(minutes=5))
    for count in (10, 0, 0):
        found = operated.said("resend", *range_, "--reason", REASON)
        assert found["counts"] == ({"resent": count} if count else {})
    assert sorted(world.documents()) == sorted(
        f"documents/ubl/T{pk}-{pk}.r2.xml" for pk in range(11, 21)
    )
    assert len(world.puts()) == 40


def test_a_range_that_does_not_say_which_erp(operate: Callable[..., Operated]) -> None:
    operated = operate(profiles=("ubl-order", "csv-flat"))
    deliver(operated.world, 1)
    result = operated.run("resend", "1", "--reason", REASON)
    assert result.exit_code == 2
    assert "csv and ubl" in result.stderr
    found = operated.said("resend", "1", "--route", "csv", "--reason", REASON)
    assert found["orders"][0]["document"] == "documents/csv/T1-1.r2.csv"
    assert len(operated.world.puts()) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["1", "--since", "2026-01-01", "--until", "2026-01-02"], ["--since", "2026-01-01"],
        ["--since", "2026-01-01", "--until", "2999-01-01"], ["1", "--reason", "  "],
    ],
)  # fmt: skip
def test_a_resend_that_is_not_clear(operated: Operated, arguments: list[str]) -> None:
    assert operated.run("resend", "--reason", REASON, *arguments).exit_code == 2


def test_what_cannot_be_resent_is_said(operated: Operated) -> None:
    world = operated.world
    deliver(world, 1)
    deliver(world, 2, amount="16.41")
    versions = world.client("s3").list_object_versions(Bucket="documents")["Versions"]
    for each in versions:
        world.client("s3").delete_object(
            Bucket="documents", Key=each["Key"], VersionId=each["VersionId"]
        )
    found = operated.said("resend", "1", "2", "--reason", REASON, code=1)
    said = {row["order"]: (row["outcome"], row["said"]) for row in found["orders"]}
    assert said["1"][0] == "not kept"
    assert "DocumentVersionDays" in said["1"][1]
    assert said["2"][0] == "not delivered"


def test_what_went_to_sqs_is_made_again_if_its_bytes_are_the_same(
    operate: Callable[..., Operated],
) -> None:
    operated = operate(destination="sqs")
    world = operated.world
    deliver(world, 1)
    deliver(world, 2)
    world.omnitron.shop.change(2, number="T2-b")
    found = operated.said("resend", "1", "2", "--reason", REASON, code=1)
    said = {row["order"]: row for row in found["orders"]}
    assert said["1"]["outcome"] == "resent"
    assert said["2"]["outcome"] == "not kept"
    assert "the order of today" in said["2"]["said"]
    assert operated.said("resend", "1", "--reason", REASON)["counts"] == {"already resent": 1}
    messages = sent(world)
    assert [(id_, again) for id_, _, again in messages] == [
        ("1/ubl/1", False), ("1/ubl/2", False), ("2/ubl/1", False),
    ]  # fmt: skip
    assert messages[0][1] == messages[1][1]
    assert world.entry(1).revision == 2


def sent(world: World) -> list[tuple[str, str, bool]]:
    """The output queue's messages, which the ERP takes: document id, body, and whether it may be a
    repetition."""
    found = []
    while messages := world.received(world.output_queue):
        for message in messages:
            said = message["MessageAttributes"]
            again = "possible_duplicate" in said
            found.append((said["document_id"]["StringValue"], message["Body"], again))
            world.client("sqs").delete_message(
                QueueUrl=world.output_queue, ReceiptHandle=message["ReceiptHandle"]
            )
    return sorted(found)


def test_a_resend_to_sqs_killed_anywhere_is_one_message(operate: Callable[..., Operated]) -> None:
    """Within FIFO's five minutes; what was begun before says that it may be a repetition."""
    operated = operate(destination="sqs")
    deliver(operated.world, 1)
    deployed, seen = operated.watched()
    Resending(deployed=deployed, reason=REASON).resend("1", "ubl")
    put = seen.index("before-call.sqs.SendMessage")
    sent(operated.world)
    for moment in range(len(seen)):
        pk = 100 + moment
        deliver(operated.world, pk)
        killed, calls = operated.watched(kill_at=moment)
        with pytest.raises(Killed):
            Resending(deployed=killed, reason=REASON).resend(str(pk), "ubl")
        claimed = "after-call.dynamodb.PutItem" in calls
        assert resend_later(operated.deployed, pk) in ("resent", "already resent")
        assert operated.world.entry(pk).revision == 2
        messages = [(id_, again) for id_, _, again in sent(operated.world)]
        assert messages == [
            (f"{pk}/ubl/1", False), (f"{pk}/ubl/2", claimed and moment <= put),
        ]  # fmt: skip


def test_a_second_operator_comes_back_later(operated: Operated) -> None:
    deliver(operated.world, 1)
    entry = operated.world.entry(1)
    live = replace(entry, claim="c", lease_until=int(time.time()) + 30, by="user/ayse")
    operated.world.ledger.put(live, replacing=entry)
    found = operated.said("resend", "1", "--reason", REASON, code=1)
    assert found["counts"] == {"busy": 1}
    assert "user/ayse" in found["orders"][0]["said"]
    [order] = operated.said("status", "1")["orders"]
    assert "is resending it now" in order["routes"][0]["next"]


def resend_later(deployed: Deployed, pk: int, reason: str = REASON) -> str:
    """Another operator's try, when every claim's lease is over."""
    run = Resending(deployed=deployed, reason=reason, clock=lambda: time.time() + 2 * LEASE)
    return run.resend(str(pk), "ubl").outcome


@pytest.mark.parametrize("imported", [False, True])
def test_a_resend_killed_anywhere_makes_one_document(operated: Operated, imported: bool) -> None:
    """Also where the ERP takes the document between the kill and the next try."""
    world = operated.world
    deliver(world, 1)
    deployed, seen = operated.watched()
    Resending(deployed=deployed, reason=REASON).resend("1", "ubl")
    assert len(seen) > 12
    for moment in range(len(seen)):
        pk = 100 + moment
        deliver(world, pk)
        killed, _ = operated.watched(kill_at=moment)
        with pytest.raises(Killed):
            Resending(deployed=killed, reason=REASON).resend(str(pk), "ubl")
        if imported:
            world.import_all()
        world.omnitron.shop.change(pk, notes="değişti")  # the story writes in between
        assert world.work(pk) == []
        assert resend_later(operated.deployed, pk) in ("resent", "already resent")
        assert resend_later(operated.deployed, pk) == "already resent"
        entry = world.entry(pk)
        assert (entry.revision, entry.claim, entry.message) == (2, None, REASON)
        assert entry.code == "ORDER_CHANGED"
        assert [key for key in world.puts() if f"-{pk}." in key] == [
            f"documents/ubl/T{pk}-{pk}.r2.xml", f"documents/ubl/T{pk}-{pk}.xml",
        ]  # fmt: skip


def test_what_was_begun_for_another_reason_is_ended_first(operated: Operated) -> None:
    deliver(operated.world, 1)
    deployed, seen = operated.watched()
    deliver(operated.world, 2)
    Resending(deployed=deployed, reason="first").resend("2", "ubl")
    put = seen.index("after-call.s3.PutObject")
    killed, _ = operated.watched(kill_at=put)
    with pytest.raises(Killed):
        Resending(deployed=killed, reason="first").resend("1", "ubl")
    assert resend_later(operated.deployed, 1, "second") == "resent"
    assert [key for key in operated.world.puts() if "-1." in key] == [
        f"documents/ubl/T1-1{end}" for end in (".r2.xml", ".r3.xml", ".xml")
    ]
    assert operated.world.entry(1).revision == 3
    # Who was told to run the first command again finds it done.
    assert resend_later(operated.deployed, 1, "first") == "already resent"
    assert resend_later(operated.deployed, 1, "second") == "already resent"


def test_a_reason_that_begins_as_another_is_another(operated: Operated) -> None:
    deliver(operated.world, 1)
    for reason in (REASON, f"{REASON} once more"):
        assert resend_later(operated.deployed, 1, reason) == "resent"


def test_a_delivery_in_between_loses_nothing(operated: Operated) -> None:
    """The shop's change is noted while the resend is between its claim and its final write."""
    world = operated.world
    deliver(world, 1)
    deployed, _ = operated.watched()

    def meanwhile(**_: Any) -> None:
        world.omnitron.shop.change(1, notes="değişti")
        assert world.work(1) == []

    deployed.aws.client("s3", retries=False).meta.events.register(
        "before-call.s3.PutObject", meanwhile
    )
    Resending(deployed=deployed, reason=REASON).resend("1", "ubl")
    entry = world.entry(1)
    assert (entry.revision, entry.code, entry.message) == (2, "ORDER_CHANGED", REASON)
    row = operated.said("resend", "1", "--reason", "and once more")["orders"][0]
    assert "book the change" in row["said"]


# -------------------------------------------------------------------------- settle


def test_what_was_typed_in_is_closed_and_acknowledged(operated: Operated) -> None:
    world = operated.world
    deliver(world, 1, amount="16.41")
    why = ("--reason", "typed in by hand")
    assert operated.said("settle", "T1", *why, "--dry-run")["counts"] == {"would be settled": 1}
    assert operated.queued() == []
    assert operated.said("settle", "T1", *why)["counts"] == {"settled": 1}
    assert operated.work_off() == 1
    entry = world.entry(1)
    assert (entry.state, entry.reason, entry.message) == ("settled", "by-hand", "typed in by hand")
    assert entry.by
    assert entry.code is None
    assert world.is_send(1)
    assert world.puts() == []
    assert operated.said("settle", "T1", *why)["counts"] == {"settled before": 1}
    assert "never sent" in operated.said("status", "1")["orders"][0]["routes"][0]["next"]


def test_what_cannot_even_be_read_is_acknowledged_once_it_was_typed_in(
    operate: Callable[..., Operated],
) -> None:
    operated = operate(profiles=("ubl-order", "csv-flat"))
    world = operated.world
    deliver(world, 1, currency="lira")
    assert world.entry(1, "-").code == "INVALID_VALUE"
    why = ("--reason", "typed in by hand")
    operated.said("settle", "pk:1", *why, "--route", "ubl")
    assert operated.work_off() == 1
    assert not world.is_send(1), "the other ERP does not have it"
    operated.said("settle", "pk:1", *why)
    assert operated.work_off() == 1
    assert world.is_send(1)
    assert world.entry(1, "-").reason == "resolved"


def test_a_route_that_has_delivered_stays(operate: Callable[..., Operated]) -> None:
    operated = operate(profiles=("ubl-order", "csv-flat"))
    world = operated.world
    deliver(world, 1)
    entry = world.entry(1, "csv")
    world.ledger.put(replace(entry, state="missed"), replacing=entry)
    found = operated.said("settle", "1", "--reason", "typed in")
    assert found["counts"] == {"delivered": 1, "settled": 1}
    assert world.entry(1, "ubl").state == "delivered"
    assert world.entry(1, "csv").reason == "by-hand"


def test_nothing_is_settled_while_a_delivery_has_a_claim(
    operate: Callable[..., Operated],
) -> None:
    operated = operate(profiles=("ubl-order", "csv-flat"))
    world = operated.world
    deliver(world, 1, amount="16.41")
    entry = world.entry(1, "csv")
    claimed = replace(entry, state="claimed", claim="c", lease_until=int(time.time()) + 30)
    world.ledger.put(claimed, replacing=entry)
    assert operated.said("settle", "1", "--reason", "typed in", code=1)["counts"] == {"busy": 1}
    assert world.entry(1, "ubl").state == "rejected"
    assert operated.queued() == []


def test_an_order_that_the_ledger_does_not_know_by_its_pk(operated: Operated) -> None:
    operated.world.new_order(5)
    assert operated.run("settle", "5", "--reason", "typed in").exit_code == 1
    assert operated.said("settle", "pk:5", "--reason", "typed in")["counts"] == {"settled": 1}
    operated.work_off()
    assert operated.world.is_send(5)
    assert operated.world.puts() == []


def test_a_number_of_two_orders_is_asked_back(operated: Operated) -> None:
    deliver(operated.world, 1, 2, number="AYNI", amount="16.41")
    result = operated.run("settle", "AYNI", "--reason", "typed in")
    assert result.exit_code == 2
    assert "pk:1, pk:2" in result.stderr
    assert len(operated.said("status", "AYNI")["orders"]) == 2
    assert operated.run("settle", "1", "--route", "ublx", "--reason", "typed").exit_code == 2


def test_a_settle_killed_anywhere_ends_the_same(operated: Operated) -> None:
    world = operated.world

    def settle(deployed: Deployed, pk: int) -> None:
        [named] = find(deployed.ledger, [str(pk)])
        assert isinstance(named, Named)
        settle_order(deployed, named, "typed in", routes=(), dry=False)

    deliver(world, 1, amount="16.41")
    deployed, seen = operated.watched()
    settle(deployed, 1)
    assert len(seen) >= 8
    for moment in range(len(seen)):
        pk = 100 + moment
        deliver(world, pk, amount="16.41")
        killed, _ = operated.watched(kill_at=moment)
        with pytest.raises(Killed):
            settle(killed, pk)
        settle(operated.deployed, pk)
        operated.work_off()
        assert (world.entry(pk).reason, world.is_send(pk)) == ("by-hand", True)
    assert world.puts() == []


def test_no_secret_is_said(operated: Operated) -> None:
    deliver(operated.world, 1)
    said = "".join(
        operated.run(*arguments).output
        for arguments in (
            ("status",), ("status", "1"), ("resend", "1", "--reason", REASON),
            ("settle", "1", "--reason", "typed"), ("redrive", "--dlq"),
        )
    )  # fmt: skip
    assert operated.world.omnitron.token not in said
    assert "kanca-sirri" not in said


# ------------------------------------------------------------------------- preview


def test_the_document_of_an_order_of_the_shop(operated: Operated) -> None:
    """By its number or its pk, byte for byte what the stack makes of it; only read."""
    world = operated.world
    world.new_order(1, number="2002")
    world.new_order(2, number="1")
    before = operated.world.omnitron.traffic.calls["patch"]
    documents = {
        name: operated.run("preview", "--profile", "ubl-order", "--order", name).stdout_bytes
        for name in ("2002", "number:2002", "pk:1", "1", "number:1", "2")
    }
    assert documents["2002"] == documents["number:2002"] == documents["pk:1"]
    assert documents["1"] == documents["number:1"] == documents["2"], "a number comes before a pk"
    assert world.work(1) == []
    assert world.documents()["documents/ubl/2002-1.xml"] == documents["2002"]
    assert world.omnitron.traffic.calls["patch"] == before + 1, "the worker's"
