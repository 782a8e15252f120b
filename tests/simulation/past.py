"""Stories of bugs that the simulation has found in production code, each told by its faults' names.

`bug` plants it again: the story must tell of it then (`says`), and must hold as the code is now.
"""

from dataclasses import dataclass
from typing import Any, Final

from erp_adapter import destination
from erp_adapter.delivery import way
from erp_adapter.ledger import NO_ROUTE, Entry
from erp_adapter.pickup import PickUp
from erp_console.named_orders import Named
from erp_console.redriving import Choice

from simulation.mutants import MUTANTS, Mutant
from simulation.plan import Event, Plan
from simulation.planted_at_pickup import forgets_who_died_after_telling


@dataclass(frozen=True)
class Past:
    """A bug that was, and its story."""

    bug: Mutant
    says: str
    plan: Plan


_READ_AGAIN: Final = way.Way._read_again


def _knowing_no_more(run: Any) -> None:
    known = run.known
    _READ_AGAIN(run)
    run.known = known


def _planted(name: str) -> Mutant:
    [mutant] = [each for each in MUTANTS if each.name == name]
    return mutant


def _newer_than_every_write(named: Named) -> tuple[Entry, ...]:
    newest = max((entry.updated_at for entry in named.routes), default=-1)
    return tuple(e for e in named.entries if e.route != NO_ROUTE or e.updated_at >= newest)


_NOBODYS_CLAIM: Final = (Choice, "_is_broken_off", lambda self, entry: False)
CREATED: Final = Event(at=1.0, kind="create", pk=1001, value=400)

PAST: Final = (
    # A batch that holds a crashed delivery's retry and the news of a cancellation noted nothing.
    Past(
        _planted("nothing is noted after a take-over"),
        "is noted None, not CANCELLED_AFTER_DELIVERY",
        Plan(
            seed=187, timeout=10, visibility=240.0, rate=40.0,
            events=(CREATED, Event(at=266.0, kind="cancel", pk=1001)),
            forced={
                "dynamodb.PutItem 1001/alfa #2": "crash before",
                "dynamodb.Query 1001 #1": "crash before",
            },
        ),
    ),
    # Another route's is_send was taken as the proof that a copy, which does not count, was sent.
    Past(
        _planted("is_send speaks for every route"),
        "is delivered, its document is not",
        Plan(
            seed=155, destinations=("sqs", "sqs"), counts=(True, False), events=(CREATED,),
            forced={"sqs.SendMessage output.fifo/1001 #2": "request lost"},
        ),
    ),
    # A cancelled order whose message nobody had seen was acknowledged.
    Past(
        _planted("what nobody saw is durable"),
        "is acknowledged without its document",
        Plan(
            seed=91, destinations=("sqs",),
            events=(CREATED, Event(at=100.0, kind="cancel", pk=1001)),
            forced={"sqs.SendMessage output.fifo/1001 #1": "crash before"},
        ),
    ),
    # Taken over, found out of balance, read again, it met its own claim: claimed for ever.
    Past(
        _planted("a second reading forgets the take-over"),
        "has no end: claimed",
        Plan(
            seed=664, destinations=("s3", "sqs"), counts=(True, True), eager=1.0,
            events=(CREATED, Event(at=100.0, kind="spoil", pk=1001)),
            forced={"sqs.SendMessage output.fifo/1001 #1": "crash before"},
        ),
    ),
    # Repeated after 299 seconds, it arrived after 335, and did not call itself a repetition.
    Past(
        Mutant("a repetition is late after 300 s", ((destination, "SURELY_KNOWN", 300),)),
        "again, and it does not say so",
        Plan(
            seed=1, destinations=("sqs",), visibility=240.0, events=(CREATED,),
            forced={
                "sqs.SendMessage output.fifo/1001 #1": "crash after",
                "source.Receive inbound #2": "held",
                "sqs.SendMessage output.fifo/1001 #2": "late",
            },
        ),
    ),
    # The slower of two workers, who had read before the cancellation, took its note back.
    Past(
        _planted("an older reading undoes a newer one"),
        "was noted CANCELLED_AFTER_DELIVERY, and is None",
        Plan(
            seed=166, destinations=("sqs",), concurrency=4, retry_seconds=1.0, by_number=0.5,
            events=(CREATED, Event(at=33.64872318116213, kind="cancel", pk=1001, value=206847)),
            forced={"dynamodb.Query 1001 #1": "stall"},
        ),
    ),
    # A second reading that failed made the first one pass for new on the next route.
    Past(
        _planted("a reading that failed counts"),
        "was noted ORDER_CHANGED, and is None",
        Plan(
            seed=6059, mode="inline", destinations=("sqs", "sqs"), counts=(True, True),
            by_number=0.5, retry_seconds=1.0,
            events=(Event(at=1.0, kind="create", pk=1001, value=350),
                    Event(at=21.882210397768432, kind="approve", pk=1001),
                    Event(at=36.793100482393655, kind="change", pk=1001, value=529671)),
            forced={"dynamodb.Query 1001 #1": "stall"},
        ),
    ),
    # A resend was made once more: another reason's had been made between its two runs.
    Past(
        _planted("a resend remembers its own reason only"),
        "was to be resent 2 times",
        Plan(
            seed=5547,
            events=(CREATED, Event(at=895.5, kind="resend", pk=1001),
                    Event(at=1000.0, kind="resend", pk=1001)),
            forced={"s3.PutObject documents/alfa/T-1001-1001.r2.txt #1": "late",
                    "dynamodb.GetItem 1001/alfa #2": "crash before"},
        ),
    ),
    # What was parked was taken for superseded by a resend, which had read nothing; and no redrive
    # saw the claim that was left, then.
    Past(
        Mutant(
            "a resend supersedes what is parked",
            ((Named, "current", property(_newer_than_every_write)), _NOBODYS_CLAIM),
        ),
        "has no end: claimed",
        Plan(
            seed=5221, destinations=("s3", "sqs"), counts=(True, False), echo=False,
            events=(CREATED, Event(at=900.0, kind="resend", pk=1001)),
            forced={
                "sqs.SendMessage output.fifo/1001 #1": "request lost",
                "omnitron.detail 1001 #2": "error",
                "omnitron.detail 1001 #3": "error",
                "omnitron.detail 1001 #4": "error",
            },
        ),
    ),
    # The next message named the old document with the new one's digest.
    Past(
        _planted("large documents of one key"),
        "names a document that is not there",
        Plan(
            seed=3, destinations=("sqs",), large=True,
            events=(CREATED, Event(at=47.7, kind="change", pk=1001, value=459728)),
            forced={"sqs.SendMessage output.fifo/1001 #1": "throttled",
                    "sqs.ChangeMessageVisibility inbound.fifo-1 #1": "request lost",
                    "sqs.ChangeMessageVisibility inbound.fifo-1 #2": "request lost",
                    "sqs.ChangeMessageVisibility inbound.fifo-1 #3": "request lost"},
        ),
    ),
    # Who had told the shop died before he wrote down that the document was picked up: whoever took
    # over did not look, and the ledger never said that the shop knew.
    Past(
        Mutant("forgets who died after telling", (forgets_who_died_after_telling(),)),
        "is delivered on alfa and not acknowledged",
        Plan(
            seed=29175, destinations=("s3", "s3"), counts=(True, False), eager=1.0, timeout=10,
            retry_seconds=1.0, by_number=0.5, rate=40.0, reconcile=120.0, after_pickup=True,
            events=(Event(at=18.922929681173446, kind="create", pk=1002, value=400),
                    Event(at=369.51977710599743, kind="change", pk=1002, value=329488),
                    Event(at=375.7002126909062, kind="note", pk=1002)),
            forced={"dynamodb.PutItem 1002/alfa #1": "stall",
                    "s3.ListObjectsV2 documents/alfa/ #1": "crash in flight",
                    "s3.PutObject documents/beta/T-1002-1002.txt #1": "crash in flight",
                    "event.Deleted documents/beta/T-1002-1002.txt #1": "slow",
                    "s3.HeadObject documents/alfa/T-1002-1002.txt #2": "error",
                    "omnitron.acknowledge 1002 #1": "crash after",
                    "dynamodb.PutItem 1002/alfa #5": "stall",
                    "dynamodb.PutItem 1002/beta #5": "crash before",
                    "omnitron.items 1002 #9": "error after effect"},
        ),
    ),
    # A final write lost its race; before the next, a resend made the other route wait again, whose
    # pick-up was then nobody's news: the ledger never said that the shop knew.
    Past(
        Mutant("a pick-up is news of its own route only",
               ((PickUp, "_is_known", lambda _, entry: bool(entry.acknowledged)),)),
        "is delivered on beta and not acknowledged",
        Plan(
            seed=16173, destinations=("s3", "s3"), counts=(True, True), eager=0.5,
            visibility=60.0, concurrency=4, retry_seconds=1.0, by_number=0.5, echo=False,
            reconcile=300.0, in_sequence=True, after_pickup=True, revises=True,
            events=(CREATED, Event(at=24.66401846022451, kind="note", pk=1001, value=867992),
                    Event(at=48.32730482176207, kind="change", pk=1001, value=266156),
                    Event(at=50.37685867977162, kind="note", pk=1001, value=840712),
                    Event(at=84.97678245380999, kind="hold", value=1),
                    Event(at=91.45364282149848, kind="change", pk=1001, value=371741),
                    Event(at=140.3898102359295, kind="change", pk=1001, value=894173),
                    Event(at=153.73984615150212, kind="prepare", pk=1001, value=45864),
                    Event(at=216.58925832516545, kind="resend", pk=1001, value=906030),
                    Event(at=463.96870625403744, kind="resume", value=1),
                    Event(at=560.4231498683602, kind="resend", pk=1001)),
            forced={"s3.PutObject documents/alfa/T-1001-1001.r2.txt #1": "late",
                    "s3.HeadObject documents/alfa/T-1001-1001.r2.txt #1": "late",
                    "dynamodb.Query hold #6": "stall",
                    "webhook.Announce 1001/8 #1": "resweep",
                    "omnitron.detail 1001 #15": "stall"},
        ),
    ),
    # A hand-over that SQS had kept back since before the order was parked died with its claim; what
    # stood beside the routes was older then, and people's redrive saw nothing that waited.
    Past(
        Mutant("nobody's claim is being delivered",
               (_NOBODYS_CLAIM,)),
        "order 1001 on beta has no end: claimed",
        Plan(
            seed=787, destinations=("s3", "s3"), counts=(True, True), timeout=10, visibility=240.0,
            retry_seconds=1.0, reconcile=300.0, in_sequence=True,
            old=(1001, 2001, 2002, 2003, 2004),
            events=(CREATED, Event(at=1.0, kind="create", pk=2001, value=400),
                    Event(at=1.0, kind="create", pk=2002, value=400),
                    Event(at=53.29020867849542, kind="prepare", pk=1001, value=288412),
                    Event(at=77.57149739595843, kind="change", pk=1001, value=102655),
                    Event(at=716.4873802007129, kind="backfill")),
            forced={"sqs.SendMessage inbound.fifo/1001 #1": "request lost",
                    "dynamodb.PutItem 2001/alfa #1": "crash before",
                    "dynamodb.PutItem 1001/beta #2": "crash before",
                    "dynamodb.GetItem 1001/- #1": "crash before",
                    "sqs.GetQueueAttributes inbound.fifo #2": "answer lost",
                    "sqs.GetQueueAttributes inbound.fifo #3": "unreachable",
                    "sqs.GetQueueAttributes inbound.fifo #4": "answer lost",
                    "s3.PutObject documents/beta/T-1001-1001.txt #1": "unreachable",
                    "dynamodb.PutItem 1001/beta #8": "crash before",
                    "s3.PutObject documents/alfa/T-2001-2001.txt #1": "request lost",
                    "source.Receive inbound #20": "held",
                    "s3.PutObject documents/beta/T-1001-1001.txt #2": "request lost"},
        ),
    ),
    # Read again, the order had a code of the ERP's, from another route's document: it was taken for
    # one that others had sent, and the shop was told before the document was there.
    Past(
        Mutant("a second reading knows no other route's document",
               ((way.Way, "_read_again", _knowing_no_more),)),
        "is acknowledged without its document on alfa",
        Plan(
            seed=21117, destinations=("s3", "s3"), counts=(True, True), eager=1.0,
            visibility=240.0, concurrency=4, retry_seconds=1.0, rate=5.0,
            events=(Event(at=0.0, kind="hold"),
                    Event(at=31.391742070192482, kind="create", pk=1001, value=350),
                    Event(at=53.143332358194975, kind="create", pk=1002, value=350),
                    Event(at=55.188200509733896, kind="create", pk=1003, value=400),
                    Event(at=55.66832109582049, kind="approve", pk=1002)),
        ),
    ),
)  # fmt: skip
