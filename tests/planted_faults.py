"""What can be wrong with a deployment, planted and mended again: each with the line that doctor
must say. Faults of one area exclude each other; of two areas they don't."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erp_adapter.ledger import Hold
from erp_console.shop_access import LOGIN
from examined import EVENTS, Examined
from world import SECRET, STACK

Planting = Callable[[Examined], Iterator[None]]
ROUTES = Path("layers", "profiles", "routes.toml")
NAME = 'name = "csv"'


@dataclass(frozen=True)
class Planted:
    """A fault: how it is planted, and the beginnings of all lines that say it."""

    area: str
    name: str
    plant: Callable[[Examined], AbstractContextManager[None]]
    said: tuple[str, ...]


FAULTS: list[Planted] = []


def planted(area: str, *said: str) -> Callable[[Planting], Planting]:
    """Adds a fault to FAULTS."""

    def add(plant: Planting) -> Planting:
        FAULTS.append(Planted(area, plant.__name__, contextmanager(plant), said))
        return plant

    return add


def traffic(said: str, where: str, **effects: Any) -> None:
    """A fault of the shop's answers."""

    def plant(at: Examined) -> Iterator[None]:
        at.world.omnitron.traffic.fail(where, **effects)
        yield
        at.world.omnitron.traffic.heal()

    plant.__name__ = f"{where} {effects}"
    planted("shop", said)(plant)


# ------------------------------------------------------------------------ parameters


@contextmanager
def parameter(at: Examined, name: str, value: str | None, kind: str = "SecureString") -> Any:
    """The parameter with another value, or without it."""
    ssm, full = at.client("ssm"), f"/{STACK}/{name}"
    known = ssm.get_parameters(Names=[full], WithDecryption=True)["Parameters"]
    if known:
        ssm.delete_parameter(Name=full)
    if value is not None:
        ssm.put_parameter(Name=full, Value=value, Type=kind)
    yield
    if value is not None:
        ssm.delete_parameter(Name=full)
    if known:
        ssm.put_parameter(Name=full, Value=known[0]["Value"], Type="SecureString")


def parameters(area: str, name: str, value: str | None, *said: str, kind: str = "") -> None:
    """A fault of a parameter."""

    def plant(at: Examined) -> Iterator[None]:
        given = at.world.omnitron.token if value == "ITS" else value
        with parameter(at, name, given, kind or "SecureString"):
            yield

    plant.__name__ = f"{name} {said}"
    planted(area, *said)(plant)


TOKEN_GONE = f"The parameter /{STACK}/omnitron-token is missing"
REFUSED = "fault omnitron: Omnitron refuses the token (401"
HOOKS_REFUSED = "fault hooks: Omnitron refuses the token (401"
parameters(
    "shop", "omnitron-token", None, f"fault token: {TOKEN_GONE}", f"fault omnitron: {TOKEN_GONE}"
)  # fmt: skip
parameters(
    "shop", "omnitron-token", "Token abc",
    f"fault token: /{STACK}/omnitron-token holds a blank", REFUSED, HOOKS_REFUSED,
)  # fmt: skip
parameters("shop", "omnitron-token", "of-another-shop", REFUSED, HOOKS_REFUSED)
parameters("shop", "omnitron-token", "ITS", "warning token: ", kind="String")


def login(*said: str, user: str | None = None, password: str | None = None) -> None:
    """A stack that logs in; OWN is the shop's own."""

    def plant(at: Examined) -> Iterator[None]:
        own = at.world.omnitron
        at.configure(OMNITRON_LOGIN="password")
        name = own.user if user == "OWN" else user
        word = own.password if password == "OWN" else password
        with parameter(at, LOGIN[0], name), parameter(at, LOGIN[1], word):
            yield
        at.configure()

    plant.__name__ = f"login {user} {password}"
    planted("shop", *said)(plant)


MISSING = [f"The parameter /{STACK}/{name} is missing" for name in LOGIN]
login(user="OWN", password="OWN")
login(f"fault token: {MISSING[0]}", f"fault token: {MISSING[1]}", f"fault omnitron: {MISSING[0]}")
login("fault omnitron: Omnitron refuses the user or the password", user="OWN", password="old")
NEXT = "webhook-secrets/next"
parameters("secrets", NEXT, "short", f"warning webhook-secrets: /{STACK}/{NEXT} has 5 characters")
parameters("secrets", NEXT, "x" * 200, f"fault webhook-secrets: /{STACK}/{NEXT} has 200 characters")
parameters("secrets", NEXT, "y" * 32, "warning webhook-secrets: ", kind="String")
parameters(
    "shop", "webhook-secrets/primary", None,
    f"fault webhook-secrets: /{STACK}/webhook-secrets/ holds no secret",
    "fault hooks: The hook for order.created is signed with a secret that is not live",
    "fault hooks: The hook for order.updated is signed with a secret that is not live",
)  # fmt: skip

# ----------------------------------------------------------------------------- the shop

traffic("fault omnitron: Omnitron has nothing at orders/ (404)", "list", status=404, times=1)
traffic("fault omnitron: Omnitron refuses the token (403", "list", status=403)
traffic("fault omnitron: Omnitron is in trouble (503", "list", status=503)
traffic("fault omnitron: Omnitron's answer at orders/ is not JSON", "list", body="html")
traffic("fault omnitron-filters: The shop's lists ignore the filter is_send, number.",
        "list", ignore_filters=True)  # fmt: skip
traffic("fault omnitron-filters: The shop's lists ignore the filter order (of items).",
        "items", ignore_filters=True)  # fmt: skip
traffic("fault omnitron-filters: The shop's lists ignore the filter order (of discounts).",
        "discounts", ignore_filters=True)  # fmt: skip
traffic("fault omnitron-filters: Omnitron refuses the token (403", "items", status=403)
traffic("warning omnitron-clock: The shop's clock is ", "list", skew=120)
traffic("warning omnitron-clock: The shop's clock is ", "list", skew=-600)
traffic("fault hooks: Omnitron has nothing at whisperer/hooks/ (404)", "hooks", status=404)


@planted("shop", "fault omnitron: The shop can't be reached")
def the_shop_is_down(at: Examined) -> Iterator[None]:
    at.world.omnitron.stop()
    yield
    at.world.omnitron.start()


@planted("shop", "fault omnitron: OmnitronUrl is still the example's", "fault hooks: ")
def the_address_is_the_example_s(at: Examined) -> Iterator[None]:
    at.configure(OMNITRON_URL="https://omnitron.example.com")
    yield
    at.configure()


@planted("shop", "warning omnitron-speed: ")
def the_shop_is_slow(at: Examined) -> Iterator[None]:
    at.configure(OMNITRON_TIMEOUT="0.2")
    at.world.omnitron.traffic.fail("list", latency=0.15, times=1)
    yield
    at.world.omnitron.traffic.heal()
    at.configure()


# ----------------------------------------------------------------------------- its hooks


def hook(said: str, **fields: Any) -> None:
    """A hook with other fields."""

    def plant(at: Examined) -> Iterator[None]:
        before = dict(at.hooks.rows[1])
        given = {k: v.replace("URL", at.webhook_url) if isinstance(v, str) else v
                 for k, v in fields.items()}  # fmt: skip
        at.hooks.rows[1] |= given
        yield
        at.hooks.rows[1] = before

    plant.__name__ = f"hook {fields}"
    planted("shop", said)(plant)


hook("fault hooks: The hook for order.created is not active", is_active=False)
hook("fault hooks: order.created is not registered for", target_url="URL/")
hook("fault hooks: order.created is not registered for", target_url="https://old.example/webhook")
hook("fault hooks: The hook for order.created has no secret", secret_key=None)
hook("fault hooks: The hook for order.created is signed with a secret", secret_key="z" * 20)
hook("warning hooks: The hook for order.created is retried without any wait",
     retry_countdown_config={"choice": "fixed", "kwargs": {"seconds": 0}})  # fmt: skip


@planted("shop", "fault hooks: order.created is not reg", "fault hooks: order.updated is not reg")
def no_hooks_at_all(at: Examined) -> Iterator[None]:
    rows, at.hooks.rows = at.hooks.rows, {}
    yield
    at.hooks.rows = rows


@planted("shop", "warning hooks: cancellation_plan.created is sent here")
def a_hook_that_nobody_wants(at: Examined) -> Iterator[None]:
    row = at.hooks.add("cancellation_plan.created", at.webhook_url, secret_key=SECRET)
    yield
    del at.hooks.rows[row["id"]]


@planted("shop", "warning hooks: order.updated is registered 2 times")
def a_hook_of_another_user_too(at: Examined) -> Iterator[None]:
    row = at.hooks.add("order.updated", at.webhook_url, secret_key=SECRET)
    yield
    del at.hooks.rows[row["id"]]


@planted("shop", "fault hooks: routes.toml accepts order.created, which this shop does not offer")
def an_event_that_the_shop_lacks(at: Examined) -> Iterator[None]:
    at.hooks.registry.remove(EVENTS[0])
    yield
    at.hooks.registry.append(EVENTS[0])


@planted("shop", "warning undelivered: Omnitron could not deliver 3 events")
def undelivered_events(at: Examined) -> Iterator[None]:
    at.hooks.lose(1, times=3)
    yield
    at.hooks.undelivered.clear()


# ------------------------------------------------------------------------ the front door


def door(status: int, said: str) -> None:
    """What the webhook's address answers."""

    def plant(at: Examined) -> Iterator[None]:
        at.door.status = status
        yield
        at.door.status = None

    plant.__name__ = f"door {status}"
    planted("door", said)(plant)


door(401, "fault webhook: The webhook function does not know the secret")
door(503, "fault webhook: The webhook function is not ready")
door(404, "fault webhook: There is no API")
door(500, "fault webhook: The webhook's address answers 500")


@planted("shop", "fault webhook: http://127.0.0.1:1/webhook can't be reached",
         "fault hooks: order.created is not", "fault hooks: order.updated is not")  # fmt: skip
def nobody_is_at_the_door(at: Examined) -> Iterator[None]:
    at.outputs["WebhookUrl"] = "http://127.0.0.1:1/webhook"
    yield
    at.outputs["WebhookUrl"] = at.webhook_url


# ----------------------------------------------------------------------------- the bucket


@planted("bucket", "fault bucket-versioning: Versioning of documents is Suspended")
def versions_are_not_kept(at: Examined) -> Iterator[None]:
    def turn(status: str) -> None:
        at.client("s3").put_bucket_versioning(
            Bucket=at.world.bucket, VersioningConfiguration={"Status": status}
        )

    turn("Suspended")
    yield
    turn("Enabled")


def lifecycle(*said: str, prefix: str = "", **rule: Any) -> None:
    """A rule of the bucket."""

    def plant(at: Examined) -> Iterator[None]:
        at.lifecycle(prefix, **rule)
        yield
        at.lifecycle(NoncurrentVersionExpiration={"NoncurrentDays": 90})

    plant.__name__ = f"lifecycle {prefix} {rule}"
    planted("bucket", *said)(plant)


DELETES = "fault bucket-lifecycle: The rule more of documents deletes documents"
lifecycle(DELETES, Expiration={"Days": 30})
lifecycle(DELETES, prefix="documents/ubl/", Expiration={"Days": 30})
lifecycle("fault bucket-lifecycle: The rule more of documents removes delete markers",
          prefix="doc", Expiration={"ExpiredObjectDeleteMarker": True})  # fmt: skip
lifecycle(prefix="somebody-else/", Expiration={"Days": 30})


@planted("bucket", "warning bucket-lifecycle: Old versions in documents are kept for ever")
def old_versions_stay(at: Examined) -> Iterator[None]:
    at.client("s3").delete_bucket_lifecycle(Bucket=at.world.bucket)
    yield
    at.lifecycle(NoncurrentVersionExpiration={"NoncurrentDays": 90})


@planted("bucket", "fault bucket-access: ")
def the_bucket_may_be_opened(at: Examined) -> Iterator[None]:
    s3, bucket = at.client("s3"), at.world.bucket
    before = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    s3.delete_public_access_block(Bucket=bucket)
    yield
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=before)


def output(area: str, name: str, value: str, *said: str) -> None:
    """A part of the stack that is gone."""

    def plant(at: Examined) -> Iterator[None]:
        before, at.outputs[name] = at.outputs[name], value
        yield
        at.outputs[name] = before

    plant.__name__ = f"{name} is gone"
    planted(area, *said)(plant)


output("bucket", "BucketName", "gone", "fault bucket: The bucket gone is gone")

# ----------------------------------------------------------------------------- the queues


def inbound(said: str, **attributes: str) -> None:
    """The inbound queue with other attributes."""

    def plant(at: Examined) -> Iterator[None]:
        sqs, url = at.client("sqs"), at.outputs["InputQueueUrl"]
        known = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        dead = at.arn(at.outputs["DeadLetterQueueUrl"])
        at.inbound(**{name: value.replace("DEAD", dead) for name, value in attributes.items()})
        yield
        at.inbound(**{name: known[name] for name in attributes})

    plant.__name__ = f"inbound {attributes}"
    planted("inbound", said)(plant)


inbound("fault inbound-queue: Its visibility (20 s) is shorter", VisibilityTimeout="20")
inbound("warning inbound-queue: Its visibility (100 s) is less", VisibilityTimeout="100")
inbound("fault inbound-queue: Its visibility (300 s) is more than", VisibilityTimeout="300")
inbound(
    "fault inbound-queue: A notification is dead after 3 receives",
    RedrivePolicy=json.dumps({"deadLetterTargetArn": "DEAD", "maxReceiveCount": 3}),
)
inbound("fault inbound-queue: It has no dead-letter queue", RedrivePolicy="")
inbound("fault inbound-queue: It tells duplicates by content", ContentBasedDeduplication="true")
output("inbound", "DeadLetterQueueUrl", "http://sqs.eu-central-1.amazonaws.com/1/gone.fifo",
       "fault queues: The dead-letter queue is gone")  # fmt: skip


@planted("inbound", "fault inbound-queue: Its dead letters go to a queue of somebody else's")
def dead_letters_go_elsewhere(at: Examined) -> Iterator[None]:
    before = at.outputs["DeadLetterQueueUrl"]
    at.outputs["DeadLetterQueueUrl"] = at.operated.new_dlq("other.fifo")
    yield
    at.outputs["DeadLetterQueueUrl"] = before


@planted("inbound", "fault dead-letters: 2 notifications are dead letters")
def there_are_dead_letters(at: Examined) -> Iterator[None]:
    at.operated.bury(1, 2)
    yield
    at.client("sqs").purge_queue(QueueUrl=at.outputs["DeadLetterQueueUrl"])


# ----------------------------------------------------------------------------- functions


def source(said: str, **changes: Any) -> None:
    """The event source, changed."""

    def plant(at: Examined) -> Iterator[None]:
        before = dict(at.source)
        at.source |= changes
        yield
        at.source.clear()
        at.source |= before

    plant.__name__ = f"source {changes}"
    planted("source", said)(plant)


source("fault event-source: The queue's event source is Disabled", State="Disabled")
source("fault event-source: It does not report single failures", FunctionResponseTypes=[])
source("warning event-source: It has no MaximumConcurrency", ScalingConfig={})
source("fault event-source: Nothing takes notifications off", EventSourceArn="arn:aws:sqs:x:1:y")


def function(said: str, name: str = "deliver", timeout: int = 30, **changes: str) -> None:
    """A function, changed."""

    def plant(at: Examined) -> Iterator[None]:
        at.configure(name, timeout, **changes)
        yield
        at.configure(name)

    plant.__name__ = f"function {name} {timeout} {changes}"
    planted("functions", said)(plant)


function("fault functions: The function deliver may run for 60 s", timeout=60)
function("fault functions: The function reconcile asks a local stack", "reconcile",
         AWS_ENDPOINT_URL="http://127.0.0.1:1")  # fmt: skip
output("functions", "WebhookFunctionName", "gone", "fault functions: The function webhook is gone")


@planted("functions", "fault functions: The function webhook is switched off")
def a_function_is_switched_off(at: Examined) -> Iterator[None]:
    at.concurrency["webhook"] = 0
    yield
    at.concurrency.clear()


@planted("functions", "fault schedule: Reconcile's schedule is switched off")
def the_schedule_is_off(at: Examined) -> Iterator[None]:
    at.client("events").disable_rule(Name="schedule")
    yield
    at.client("events").enable_rule(Name="schedule")


@planted("functions", "fault schedule: Reconcile has no schedule")
def there_is_no_schedule(at: Examined) -> Iterator[None]:
    events = at.client("events")
    [target] = events.list_targets_by_rule(Rule="schedule")["Targets"]
    events.remove_targets(Rule="schedule", Ids=["1"])
    yield
    events.put_targets(Rule="schedule", Targets=[target])


# ----------------------------------------------------------------------------- the pick-up


@planted("pickup", "warning pickup: documents does not tell EventBridge what the ERP deletes")
def the_bucket_tells_nothing(at: Examined) -> Iterator[None]:
    at.told.clear()
    yield
    at.told["EventBridgeConfiguration"] = {}


@planted("pickup", "warning pickup: No enabled rule of EventBridge calls the function pickup")
def the_rule_is_off(at: Examined) -> Iterator[None]:
    at.client("events").disable_rule(Name="deletions")
    yield
    at.client("events").enable_rule(Name="deletions")


@planted("pickup", "warning pickup: The rule of the function pickup is about another bucket")
def the_rule_is_of_another_bucket(at: Examined) -> Iterator[None]:
    at.deletions(bucket="another")
    yield
    at.deletions()


@planted("pickup", "warning pickup: The rule of the function pickup is about another bucket")
def the_rule_is_of_another_folder(at: Examined) -> Iterator[None]:
    at.deletions(prefix="elsewhere/")
    yield
    at.deletions()


@planted("pickup", "fault pickup: Omnitron is told of route csv's orders once the ERP has deleted",
         "fault pickup: No enabled rule of EventBridge calls the function pickup. R")  # fmt: skip
def who_waits_for_what_nobody_does(at: Examined) -> Iterator[None]:
    before = ROUTES.read_text("utf-8")
    ROUTES.write_text(before.replace(NAME, f'{NAME}\nacknowledge = "after-pickup"'), "utf-8")
    at.configure(PICKUP_MINUTES="0")
    at.client("events").disable_rule(Name="deletions")
    yield
    at.client("events").enable_rule(Name="deletions")
    at.configure()
    ROUTES.write_text(before, "utf-8")


# ----------------------------------------------------------------------------- the ledger


@planted("ledger", "fault ledger: Entries of ledger expire")
def entries_expire(at: Examined) -> Iterator[None]:
    def turn(on: bool) -> None:
        at.client("dynamodb").update_time_to_live(
            TableName=at.world.table,
            TimeToLiveSpecification={"Enabled": on, "AttributeName": "updated_at"},
        )

    turn(True)
    yield
    turn(False)


@planted("ledger", "warning ledger: ledger has no point-in-time backups")
def no_backups(at: Examined) -> Iterator[None]:
    def turn(on: bool) -> None:
        at.client("dynamodb").update_continuous_backups(
            TableName=at.world.table,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on},
        )

    turn(False)
    yield
    turn(True)


@planted("ledger", "warning holds: Nothing is written: route ubl is held since")
def a_forgotten_hold(at: Examined) -> Iterator[None]:
    at.world.ledger.hold(Hold(route="ubl", since=1, by="somebody", reason="stock-taking"))
    yield
    at.world.ledger.end_hold("ubl")


output("ledger", "LedgerTableName", "gone", "fault ledger: The table gone is gone")

# ----------------------------------------------------------------------------- the alarms


def alarm(said: str, **changes: Any) -> None:
    """The alarm, changed."""

    def plant(at: Examined) -> Iterator[None]:
        at.alarm(**changes)
        yield
        at.alarm()

    plant.__name__ = f"alarm {changes}"
    planted("alarms", said)(plant)


alarm("fault alarms: The alarm world-MissedAlarm-1 is muted", ActionsEnabled=False)
alarm("warning alarm-targets: Nobody hears 1 of 1 alarms", AlarmActions=[])
alarm("fault alarm-targets: The topic arn:aws:sns:eu-central-1:123456789012:gone is gone",
      AlarmActions=["arn:aws:sns:eu-central-1:123456789012:gone"])  # fmt: skip


@planted("alarms", "warning alarms: The alarm world-MissedAlarm-1 rings")
def an_alarm_rings(at: Examined) -> Iterator[None]:
    def turn(state: str) -> None:
        at.client("cloudwatch").set_alarm_state(
            AlarmName=f"{STACK}-MissedAlarm-1", StateValue=state, StateReason="test"
        )

    turn("ALARM")
    yield
    turn("OK")


@planted("alarms", "fault alarms: world has no alarms")
def there_are_no_alarms(at: Examined) -> Iterator[None]:
    at.client("cloudwatch").delete_alarms(AlarmNames=[f"{STACK}-MissedAlarm-1"])
    yield
    at.alarm()


@planted("alarms", "fault alarm-targets: Nobody has subscribed to arn:")
def nobody_listens(at: Examined) -> Iterator[None]:
    at.client("sns").unsubscribe(SubscriptionArn=at.subscription)
    yield
    at.subscribe()


# -------------------------------------------------------------------- routes and profiles


def routes(*said: str, old: str, new: str) -> None:
    """routes.toml with another text."""

    def plant(at: Examined) -> Iterator[None]:
        before = ROUTES.read_text("utf-8")
        assert old in before, before
        ROUTES.write_text(before.replace(old, new), "utf-8")
        yield
        ROUTES.write_text(before, "utf-8")

    plant.__name__ = f"routes {new}"
    planted("shop", *said)(plant)


BROKEN = "fault hooks: routes.toml"
CANCELLING = """
[[route]]
name = "csv-cancelled"
on = "cancelled"
of = "csv"
profile = "csv-cancellation"
destination = "s3"
"""
routes(
    "fault profiles: ", "fault profiles: ", BROKEN,
    old=NAME, new='nama = "csv"',
)  # fmt: skip
routes("fault profiles: ", "fault hooks: ", old=NAME, new="name = ")
routes("fault profiles: ", old='profile = "csv-flat"', new='profile = "csv-flet"')
routes("warning routes: Route csv sends nothing placed before 2099",
       old="start_from = 1970", new="start_from = 2099")  # fmt: skip
routes("warning channels: No route takes orders of the channel ",
       old=NAME, new=f'{NAME}\nchannels = ["another"]')  # fmt: skip


@planted(
    "shop", "fault omnitron-filters: The shop's lists ignore the filter is_send, number.",
    "warning omnitron-cancellations: The shop's list ignores the filter cancel_status.",
)  # fmt: skip
def the_shop_does_not_tell_cancellations_apart(at: Examined) -> Iterator[None]:
    before = ROUTES.read_text("utf-8")
    ROUTES.write_text(f"{before}{CANCELLING}", "utf-8")
    at.world.omnitron.traffic.fail("list", ignore_filters=True)
    yield
    at.world.omnitron.traffic.heal()
    ROUTES.write_text(before, "utf-8")
