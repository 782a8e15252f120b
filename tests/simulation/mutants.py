"""Planted bugs: each breaks one piece of the protocol, and the simulation must notice.

A mutant is a patch of production code for the time of a run, or a deployment that must not be.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final
from unittest.mock import patch

import deliver
import webhook
from erp_adapter import destination, queue, secrets
from erp_adapter.delivery import Delivery, attempt, story, way
from erp_adapter.delivery.attempt import Attempt
from erp_adapter.delivery.decision import Action, Decision, status_code
from erp_adapter.destination import S3Destination, SqsDestination
from erp_adapter.errors import Unavailable
from erp_adapter.ledger import Entry
from erp_adapter.notification import Notification
from erp_adapter.settings import Settings
from erp_console import resendable, resending

from simulation import (
    planted_at_pickup,
    planted_at_revisions,
    planted_in_cancellations,
    planted_in_operation,
    planted_in_sequence,
    planted_in_undelivered,
    table,
)
from simulation.backfill import backfill
from simulation.cancelling import cancelling
from simulation.hold import hold
from simulation.pending import pending
from simulation.pickup import pickup
from simulation.plan import Plan
from simulation.revise import revise, revise_with_others
from simulation.scene import Scene
from simulation.seeds import More, plan_of
from simulation.sequence import sequence
from simulation.undelivered import undelivered

Patch = tuple[Any, str, Any]


@dataclass(frozen=True)
class Mutant:
    """A planted bug; `more` is what the plans must have for it to show."""

    name: str
    patches: tuple[Patch, ...] = ()
    change: dict[str, Any] = field(default_factory=dict)
    more: tuple[More, ...] = ()

    @property
    def hint(self) -> int:
        """A seed that is known to notice it, where a short search begins."""
        return NOTICED_BY.get(self.name, 0)

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Within the block production has the bug."""
        with ExitStack() as stack:
            for owner, name, value in self.patches:
                stack.enter_context(patch.object(owner, name, value, create=name == "all"))
            yield

    def plan(self, seed: int) -> Plan:
        """The seed's plan as a deployment with this bug would have it."""
        return replace(plan_of(seed, self.more), **self.change)


def _acknowledging_first() -> Patch:
    original = way.Way.go

    def go(self: Any) -> Any:
        if status_code(self.order.status) in (400, 450) and not self.order.is_send:
            self.omnitron.acknowledge(self.order.pk)
        return original(self)

    return way.Way, "go", go


def _key_with_a_time_stamp() -> tuple[Patch, Patch]:
    place_of, find, stamps = S3Destination.place, S3Destination.find, count()

    def place(self: Any, route: str, document: Any) -> str:
        return f"{place_of(self, route, document)}.{next(stamps)}"

    def find_anew(self: Any, place: str, document_id: str) -> bool:
        return find(self, f"{place.rsplit('.', 1)[0]}.{next(stamps)}", document_id)

    return (S3Destination, "place", place), (S3Destination, "find", find_anew)


def _deduplication_by_order(sqs: Any, url: str, notification: Notification) -> None:
    same = notification.order.replace(":", "-")
    try:
        sqs.send_message(
            QueueUrl=url, MessageBody=notification.to_json(),
            MessageGroupId=notification.order, MessageDeduplicationId=same,
        )  # fmt: skip
    except (queue.ClientError, queue.BotoCoreError):
        raise Unavailable("The inbound queue did not take it.") from None


def _careless_enqueue(sqs: Any, url: str, notification: Notification) -> None:
    with suppress(Unavailable):
        queue.enqueue(sqs, url, notification)


def _client_with_retries() -> Patch:
    original = Scene.client
    return Scene, "client", lambda self, service, retries=True: original(self, service)


def _blind_to_delete_markers() -> Patch:
    original, seen = S3Destination._look, destination._Seen

    def look(self: Any, place: str, document_id: str) -> Any:
        found = original(self, place, document_id)
        return seen.NOTHING if found is seen.DELETED else found

    return S3Destination, "_look", look


def _entries_that_expire() -> Patch:
    original = Scene.written

    def written(self: Scene, key: tuple[str, str], before: Any) -> None:
        original(self, key, before)
        item = self.table.items[key]

        def expire() -> None:
            if self.table.items.get(key) is item:
                del self.table.items[key]

        self.kernel.later(400, expire)

    return Scene, "written", written


def _claims_without_condition() -> Patch:
    original = table._condition

    def condition(parameters: Any) -> Any:
        if parameters["Item"].get("state") == {"S": "claimed"}:
            return lambda there: True
        return original(parameters)

    return table, "_condition", condition


def _final_before_put() -> Patch:
    original = Attempt._put

    def put(self: Any, claimed: Entry, *rest: Any) -> Entry:
        final = replace(claimed, state="delivered", claim=None, lease_until=None)
        return original(self, self.tools.ledger.put(final, replacing=claimed), *rest)

    return Attempt, "_put", put


def _no_lease() -> Patch:
    original = attempt.decide

    def decide(*given: Any, **named: Any) -> Decision:
        decision = original(*given, **named)
        if decision.action is Action.COME_BACK:
            return Decision(Action.TAKE_OVER)
        return decision

    return attempt, "decide", decide


def _never_missed() -> Patch:
    original = attempt.decide

    def decide(*given: Any, **named: Any) -> Decision:
        decision = original(*given, **named)
        if decision.action is Action.MISS:
            return Decision(Action.SETTLE, "not-yet")
        return decision

    return attempt, "decide", decide


def _another_call(change: Callable[[str, dict[str, Any]], None]) -> Patch:
    original = destination._call

    def call(service: str, operation: Any, **parameters: Any) -> None:
        change(service, parameters)
        original(service, operation, **parameters)

    return destination, "_call", call


def _unconditional(service: str, parameters: dict[str, Any]) -> None:
    parameters.pop("IfNoneMatch", None)


def _new_deduplication_ids() -> Patch:
    ids = count()

    def change(service: str, parameters: dict[str, Any]) -> None:
        if service == "SQS":
            parameters["MessageDeduplicationId"] += f"-{next(ids)}"

    return _another_call(change)


def _conflict_is_success() -> Patch:
    original = destination._call

    def call(service: str, operation: Any, **parameters: Any) -> None:
        def once(**given: Any) -> None:
            try:
                operation(**given)
            except destination.ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != 409:
                    raise

        original(service, once, **parameters)

    return destination, "_call", call


def _never_ours() -> Patch:
    original = way.Way._read_until_written

    def deliver_as_if(self: Any, route: Any, entry: Any, ours: bool) -> Entry:
        return original(self, route, entry, False)

    return way.Way, "_read_until_written", deliver_as_if


def _parks_without_a_word() -> Patch:
    return Delivery, "_park", lambda self, notification, outcome: replace(outcome, parked=True)


def _parks_without_a_reason() -> Patch:
    original = story.write_beside

    def write(ledger: Any, entry: Entry) -> Entry:
        return original(ledger, replace(entry, reason=None))

    return story, "write_beside", write


def _nothing_noted() -> Patch:
    original = Attempt.note

    def landed(self: Any, taken: Entry) -> Entry:
        return taken if taken.state == "claimed" else original(self, taken)

    return Attempt, "note", landed


def _is_send_speaks_for_every_route() -> Patch:
    original = Attempt._take_over

    def take_over(self: Any, entry: Entry) -> Entry:
        counted = replace(self.route, acknowledge="after-write")
        return original(replace(self, route=counted), entry)

    return Attempt, "_take_over", take_over


def _unseen_is_durable(entry: Entry | None) -> bool:
    return entry is not None and entry.state in ("claimed", "delivered")


def _second_reading_from_the_start() -> Patch:
    original = Attempt.run

    def run(self: Any, entry: Entry | None) -> Entry:
        try:
            return original(self, entry)
        except attempt.ReadAgain as again:
            again.entry = entry
            raise

    return Attempt, "run", run


def _a_reading_that_failed_counts() -> Patch:
    original = way.Way._read_again

    def read_again(self: Any) -> None:
        self.began = self.tools.clock()
        original(self)

    return way.Way, "_read_again", read_again


def _one_key_for_every_content(self: Any, route: str, document: Any) -> str:
    return str(self._overflow.place(route, document))


class _Nothing(Exception):
    """Is never raised."""


MUTANTS = (
    Mutant("acknowledges before the put", (_acknowledging_first(),)),
    Mutant("a key with a time stamp", _key_with_a_time_stamp()),
    Mutant(
        "deduplication by order",
        ((webhook, "enqueue", _deduplication_by_order),),
    ),
    Mutant(
        "answers 202 whether or not the queue has it", ((webhook, "enqueue", _careless_enqueue),)
    ),
    Mutant("the client repeats the put", (_client_with_retries(),)),
    Mutant("no look after a dead claim", ((S3Destination, "find", lambda *_: False),)),
    Mutant("blind to delete markers", (_blind_to_delete_markers(),)),
    Mutant("settles on a lagging status: no delay", change={"delay": 0.0, "lag": 4.5}),
    Mutant("ledger entries expire", (_entries_that_expire(),)),
    Mutant("claims without a condition", (_claims_without_condition(),)),
    Mutant("delivered, says the ledger before the put", (_final_before_put(),)),
    Mutant("gives the claim back after an uncertain put", ((attempt, "Uncertain", _Nothing),)),
    Mutant("412 is delivered, whosesoever", ((S3Destination, "_settle", lambda *_: None),)),
    Mutant("409 is delivered", (_conflict_is_success(),)),
    Mutant("a put without a condition", (_another_call(_unconditional),)),
    Mutant("ignores a live claim", (_no_lease(),)),
    Mutant("a lease of three seconds", ((Settings, "lease", 3),)),
    Mutant("what comes too late is not yet due", (_never_missed(),)),
    Mutant("is_send with the first document", ((way, "all", any),)),
    Mutant(
        "partial failures under a wrong key",
        ((deliver, "failures", lambda records: {"batchItemFailure": []}),),
    ),
    Mutant("a new deduplication id for each message", (_new_deduplication_ids(),)),
    Mutant("a late repetition does not say so", ((destination, "SURELY_KNOWN", float("inf")),)),
    Mutant("is_send is always others'", (_never_ours(),)),
    Mutant("parks without a word", (_parks_without_a_word(),)),
    Mutant("parks without a reason", (_parks_without_a_reason(),)),
    Mutant("nothing is noted after a take-over", (_nothing_noted(),)),
    Mutant(
        "an older reading undoes a newer one",
        ((Attempt, "must_be_newer_than", lambda self, entry: None),),
    ),
    Mutant("is_send speaks for every route", (_is_send_speaks_for_every_route(),)),
    Mutant("what nobody saw is durable", ((way, "_is_durable", _unseen_is_durable),)),
    Mutant("a second reading forgets the take-over", (_second_reading_from_the_start(),)),
    Mutant("a reading that failed counts", (_a_reading_that_failed_counts(),)),
    Mutant(
        "a resend remembers its own reason only",
        ((resending, "claiming_for", lambda entry, reason: resendable._named(reason)),),
    ),
    Mutant("large documents of one key", ((SqsDestination, "place", _one_key_for_every_content),)),
    Mutant(
        "an order goes without its customer",
        (planted_in_sequence.without_its_customer(),),
        more=(sequence,),
    ),
    Mutant(
        "a claimed customer counts as durable",
        (planted_in_sequence.claimed_is_durable(),),
        more=(sequence,),
    ),
    Mutant(
        "what is resent has no sequence",
        (planted_in_sequence.resent_in_any_sequence(),),
        more=(sequence,),
    ),
    Mutant(
        "acknowledges after-pickup at the write",
        (planted_at_pickup.at_the_write(),),
        more=(pickup,),
    ),
    Mutant(
        "takes an event's word without looking",
        (planted_at_pickup.takes_its_word(),),
        more=(pickup,),
    ),
    Mutant(
        "a lost event is never made up for", (planted_at_pickup.lost_for_ever(),), more=(pickup,)
    ),
    Mutant(
        "what is sent again was picked up before",
        (planted_at_pickup.picked_up_before_it_was_sent(),),
        more=(pickup,),
    ),
    Mutant(
        "a take-over ignores a hold",
        (planted_in_operation.taken_over_whatever_is_held(),),
        more=(hold,),
    ),
    Mutant(
        "resume forgets what another route acknowledged",
        (planted_in_operation.forgets_what_another_route_acknowledged(),),
        more=(hold,),
    ),
    Mutant("hold does not wait", (planted_in_operation.hold_does_not_wait(),), more=(hold,)),
    Mutant(
        "an old answer about holds is believed",
        (planted_in_operation.an_old_answer_is_believed(),),
        more=(hold,),
    ),
    Mutant(
        "a page of a backfill is done before it is asked for",
        (planted_in_operation.a_page_is_done_before_it_is_asked_for(),),
        more=(backfill,),
    ),
    Mutant(
        "a parked backfill is too old",
        (planted_in_operation.parked_is_not_asked_for(),),
        more=(backfill,),
    ),
    Mutant(
        "an item is cancelled twice",
        (planted_in_cancellations.an_item_twice(),),
        more=(cancelling,),
    ),
    Mutant(
        "cancels what the document left out",
        (planted_in_cancellations.what_the_document_left_out(),),
        more=(cancelling,),
    ),
    Mutant(
        "other items under the same id",
        (planted_in_cancellations.another_set_under_the_same_id(),),
        more=(cancelling,),
    ),
    Mutant(
        "what a dead claim did not name is forgotten",
        planted_in_cancellations.one_step_a_notification(),
        more=(cancelling,),
    ),
    Mutant(
        "a claimed cancellation counts as handed over",
        (planted_in_cancellations.claimed_is_handed_over(),),
        more=(cancelling,),
    ),
    Mutant(
        "a revision's claim forgets the first",
        (planted_at_revisions.forgets_the_first(),),
        more=(revise,),
    ),
    Mutant(
        "A, B, A are revisions 1, 2, 1",
        planted_at_revisions.one_number_for_a_content_that_comes_back(),
        more=(revise,),
    ),
    Mutant(
        "an older reading revises a newer content",
        (planted_at_revisions.older_revises_newer(),),
        more=(revise,),
    ),
    Mutant(
        "no look after a revision's dead claim",
        (planted_at_revisions.no_look_after_a_dead_claim(),),
        more=(revise,),
    ),
    Mutant(
        "a revision overtakes a resend",
        (planted_at_revisions.ignores_a_resend_under_way(),),
        more=(revise,),
    ),
    Mutant(
        "an order's revision waits for its customer's",
        (planted_at_revisions.waits_for_its_customer_s(),),
        more=(sequence, revise_with_others),
    ),
    Mutant(
        "a revision forgets what it lacks",
        (planted_at_revisions.forgets_what_it_lacks(),),
        more=(cancelling, revise_with_others),
    ),
    Mutant(
        "what waits for its cancellation is sent",
        (planted_in_cancellations.what_waits_for_its_cancellation_is_sent(),),
        more=(cancelling, pending),
    ),
    Mutant(
        "a list that ignores the filter is believed",
        (planted_in_cancellations.a_list_that_ignores_the_filter_is_believed(),),
        more=(cancelling, pending),
    ),
    Mutant(
        "who leaves the list of cancellations is forgotten",
        (planted_in_cancellations.who_leaves_the_list_is_forgotten(),),
        more=(cancelling, pending),
    ),
    Mutant(
        "what the shop could not deliver is not asked for",
        (planted_in_undelivered.nobody_asks(),),
        more=(undelivered,),
    ),
    Mutant(
        "the shop's clock is taken for ours",
        (planted_in_undelivered.one_clock(),),
        more=(undelivered,),
    ),
    Mutant(
        "a reading that found nothing new is not dated",
        (planted_in_undelivered.nothing_new_is_not_dated(),),
        more=(undelivered,),
    ),
    Mutant("verifies nothing", ((webhook, "verify", lambda *_: None),)),
    Mutant("a removed secret lives on", ((secrets, "CACHE_SECONDS", float("inf")),)),
)

NOTICED_BY: Final = {
    "a take-over ignores a hold": 51,
    "resume forgets what another route acknowledged": 353,
    "hold does not wait": 80,
    "an old answer about holds is believed": 34,
    "a page of a backfill is done before it is asked for": 20,
    "a parked backfill is too old": 35,
    "an item is cancelled twice": 34,
    "other items under the same id": 2386,
    "what a dead claim did not name is forgotten": 688,
    "cancels what the document left out": 94,
    "a claimed cancellation counts as handed over": 17,
    "an order goes without its customer": 237,
    "a claimed customer counts as durable": 22,
    "what is resent has no sequence": 36,
    "acknowledges after-pickup at the write": 1,
    "takes an event's word without looking": 7,
    "a lost event is never made up for": 13,
    "what is sent again was picked up before": 2,
    "a revision's claim forgets the first": 1,
    "A, B, A are revisions 1, 2, 1": 10,
    "an older reading revises a newer content": 472,
    "no look after a revision's dead claim": 70,
    "a revision overtakes a resend": 82,
    "an order's revision waits for its customer's": 117,
    "a revision forgets what it lacks": 54,
    "what waits for its cancellation is sent": 355,
    "a list that ignores the filter is believed": 127,
    "who leaves the list of cancellations is forgotten": 345,
    "what the shop could not deliver is not asked for": 138,
    "the shop's clock is taken for ours": 273,
    "a reading that found nothing new is not dated": 9,
    "a key with a time stamp": 6,
    "answers 202 whether or not the queue has it": 45,
    "the client repeats the put": 155,
    "no look after a dead claim": 8,
    "blind to delete markers": 8,
    "settles on a lagging status: no delay": 13,
    "gives the claim back after an uncertain put": 22,
    "412 is delivered, whosesoever": 4,
    "409 is delivered": 27,
    "a put without a condition": 4,
    "ignores a live claim": 55,
    "a lease of three seconds": 55,
    "what comes too late is not yet due": 12,
    "is_send with the first document": 8,
    "partial failures under a wrong key": 1,
    "a new deduplication id for each message": 22,
    "a late repetition does not say so": 66,
    "is_send is always others'": 70,
    "parks without a word": 1,
    "parks without a reason": 1,
    "nothing is noted after a take-over": 42,
    "an older reading undoes a newer one": 11,
    "is_send speaks for every route": 203,
    "what nobody saw is durable": 224,
    "a second reading forgets the take-over": 325,
    "a reading that failed counts": 11,
    "a resend remembers its own reason only": 437,
    "large documents of one key": 384,
    "verifies nothing": 1,
    "a removed secret lives on": 1,
}
"""The first seed that notices the planted bug, where it is not 0. It is found anew by `make
simulate`, and may be another one after a change of the code."""
