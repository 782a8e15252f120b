"""One world from its plan: the services, the adapter's functions, and who acts on them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import deliver
import pickup
import reconcile
import webhook
from erp_adapter.balance import money_policy
from erp_adapter.errors import AdapterError
from erp_adapter.order import Shop as ShopSettings
from erp_adapter.routes import EventRule, Route, Routes
from erp_adapter.settings import LEASE_MARGIN, read_settings

from simulation import cancelling, pending, sequence
from simulation import shop as shops
from simulation.actors import NAMES, Erp, People, Sender
from simulation.backfill import Backfilling
from simulation.bucket import S3, Bucket
from simulation.endings import Endings
from simulation.fates import Fates
from simulation.hold import Holding
from simulation.installed import installed
from simulation.kernel import Kernel, Process, Task
from simulation.lambdas import EventSource, Function
from simulation.operators import LATER, Operator
from simulation.parameters import SSM
from simulation.pickup import Deletions
from simulation.plan import Event, Plan
from simulation.promises import Promises, Violation
from simulation.queues import SQS, Message, Queue
from simulation.stand_in import StandIn
from simulation.story import Story
from simulation.table import DynamoDB, Table
from simulation.undelivered import Undelivered

RECONCILE_TIMEOUT: Final = 110
PICKUP_TIMEOUT: Final = 30
"""template.yaml's."""
_SERVICES: Final = {"s3": S3, "sqs": SQS, "dynamodb": DynamoDB, "ssm": SSM}
_INBOUND, _OUTPUT, _DEAD = (f"https://sqs/{name}.fifo" for name in ("inbound", "output", "dead"))
_EVENTS: Final = (
    tuple(
        EventRule(type=kind, pk="payload.pk", number="payload.number")
        for kind in ("order.created", "order.updated")
    )
    + pending.RULES
)


class Scene:
    """The world of a plan. `run` lets it happen and raises the first Violation."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.kernel = Kernel()
        self.story = Story(lambda: self.kernel.now)
        self.fates = Fates(
            plan.seed, plan.chances, lambda: self.kernel.now, plan.outages,
            without=plan.without, forced=plan.forced,
        )  # fmt: skip
        self.cancellations = cancelling.Cancellations(self)
        self.remembered = pending.Remembered(self)
        self.undelivered = Undelivered(self)
        self.promises = Promises(self)
        self.endings = Endings(self, self.promises)
        self.release = 0
        self.elsewhere: set[int] = set()
        self.signing_secret = "sir-0"
        self.parameters = {
            "/sim/omnitron-token": "jeton-1", "/sim/webhook-secrets/first": self.signing_secret,
        }  # fmt: skip
        self._claimed_at: dict[tuple[str, str], float] = {}
        self._fresh: Counter[str] = Counter()
        self.bucket, self.table = Bucket(), Table()
        self.dead = self._queue(_DEAD)
        self.inbound = self._queue(
            _INBOUND, delay=plan.delay, visibility=plan.visibility, dead=self.dead,
            most_receives=plan.most_receives,
        )  # fmt: skip
        self.output = self._queue(_OUTPUT)
        self.queues = {queue.url: queue for queue in (self.inbound, self.output, self.dead)}
        self.sender, self.erp, self.people = Sender(self), Erp(self), People(self)
        self.operator = Operator(self)
        self.holding, self.backfilling = Holding(self), Backfilling(self)
        self.shop = shops.Shop(
            lambda: self.kernel.now, announce=self.sender.announce, echo=plan.echo
        )
        self.webhook = Function(self, "webhook", webhook.handler, plan.timeout)
        self.deliver = Function(self, "deliver", deliver.handler, plan.timeout)
        self.reconcile = Function(self, "reconcile", reconcile.handler, RECONCILE_TIMEOUT)
        self.pickup = Function(
            self, "pickup", pickup.handler, PICKUP_TIMEOUT, may_raise=AdapterError
        )
        self.deletions = Deletions(self)
        self.walking = Task("", lambda: None, None)
        self.walking.done = True
        self.source = EventSource(self.inbound, self.deliver, plan.concurrency)
        self.kernel.after_step = self.promises.check

    def _queue(self, url: str, **settings: Any) -> Queue:
        return Queue(url=url, clock=lambda: self.kernel.now, **settings)

    # ---------------------------------------------------------------- the course

    def run(self) -> "Scene":
        """Everything that is planned, then rest and what is done about what is left, then the last
        look."""
        with installed(self):
            self._happen()
            if self.plan.remedy == "redrive":
                for _ in range(3):
                    self.operator.act(Event(at=self.kernel.now, kind="redrive"))
                    self.operator.act(Event(at=self.kernel.now, kind="redrive orders"))
                    self.kernel.pass_time(LATER)
                    self._come_to_rest()
                self.endings.nothing_acknowledged_is_lost()
            if self.plan.after_pickup:
                self.story.tell("* the ERP takes what lies there")
                self.erp.take_all()
            for seconds in (0, 300, 4000, 90000):
                self.kernel.pass_time(seconds)
                self.walk()
                self._come_to_rest()
            self.endings.nothing_is_lost()
        return self

    def run_alone(self) -> "Scene":
        """Everything that is planned, then rest: nobody and nothing helps but the platform."""
        with installed(self):
            self._happen()
        return self

    def _happen(self) -> None:
        for event in self.plan.events:
            self.kernel.later(event.at, lambda event=event: self.people.act(event))  # type: ignore[misc]
        if self.plan.reconcile:
            self.kernel.later(self.plan.reconcile, self._on_schedule)
        self.kernel.pass_time(self.plan.length)
        self.story.tell("* faults stop")
        self.fates.quiet = True
        self._come_to_rest()
        for name in sorted(self.holding.ever):  # people look what is held, and end it
            self.operator.act(Event(at=self.kernel.now, kind="resume", value=NAMES.index(name)))
        for _ in range(3):
            self.kernel.pass_time(LATER)
            self.operator.run_open()
        self._come_to_rest()
        if wrong := self.holding.forgotten():
            self.promises.broke(wrong)
            self.promises.check()

    def walk(self) -> None:
        """The schedule's next reconcile."""
        self.walking = self.reconcile.invoke({})

    def _on_schedule(self) -> None:
        self.walk()
        if self.kernel.now + self.plan.reconcile < self.plan.length:
            self.kernel.later(self.plan.reconcile, self._on_schedule)

    def _come_to_rest(self) -> None:
        if not self.kernel.run(self._rests, horizon=self.kernel.now + 86400) and not self._rests():
            raise Violation(f"a day without faults, and there is no rest: {self.inbound.messages}")

    def _rests(self) -> bool:
        busy = self.sender.busy or self.source.busy or self.deletions.busy
        busy = busy or not self.walking.done
        return not (self.inbound.messages or busy)

    # ----------------------------------------------------------- what parts ask

    def client(self, service: str, *, retries: bool = True) -> Any:
        """deployment.client."""
        return _SERVICES[service](self, 3 if retries else 1)

    def deployed_into(self, process: Process) -> None:
        """What a new execution environment finds: the newest release."""
        release = str(self.release)
        process.memory.update(
            settings=self.settings,
            routes=self.routes,
            profile_of=lambda route: self.profile_of(route.profile, release),
        )

    @property
    def settings(self) -> Any:
        """deployment.settings."""
        plan = self.plan
        return _settings(
            plan.mode, plan.timeout, plan.retry_seconds, plan.concurrency, plan.delay, plan.rate
        )

    def profile_of(self, name: str, release: str) -> StandIn:
        """A profile as it was released."""
        first = self.plan.in_sequence and name == f"profile-{sequence.FIRST}"
        unfit = sequence.UNFIT if first else None
        return StandIn(name, release, unfit, tells_more=self.plan.revises)

    @property
    def routes(self) -> Routes:
        """routes.toml."""
        plan = self.plan
        return _routes(
            plan.destinations,
            plan.counts,
            plan.in_sequence,
            plan.after_pickup,
            plan.cancelled_to,
            plan.revises,
        )

    def fresh(self, kind: str) -> str:
        """A name that nobody has."""
        self._fresh[kind] += 1
        return f"{kind}-{self._fresh[kind]}"

    def random(self, kind: str) -> float:
        """A number from 0 to 1."""
        return self.fates.dice(self.fresh(kind))[0]

    def lease_of(self, document_id: str) -> Callable[[], float]:
        """Seconds in which a request for this document may still arrive, its sender gone: the
        assumption that the protocol states, with room for clocks that differ."""

        order, route, *_ = (*document_id.split("/"), "", "")

        def left() -> float:
            claimed_at = self._claimed_at.get((order, route))
            if claimed_at is None:
                return 5.0
            lease = self.plan.timeout + LEASE_MARGIN
            return claimed_at + lease - 3 * self.plan.skew - 1 - self.kernel.now

        return left

    # ---------------------------------------------------- what services report

    def put(self, key: str) -> None:
        """The adapter has written a version."""
        self.promises.put(key)
        self.erp.notice(key)

    def sent(self, queue: Queue, message: Message) -> None:
        """A message was taken, for the first time in five minutes."""
        if queue is self.output:
            self.promises.sent(message)

    def written(self, key: tuple[str, str], before: dict[str, Any] | None) -> None:
        """A ledger item was written."""
        item = self.table.items[key]
        if item["state"]["S"] == "claimed" or "revising" in item:
            self._claimed_at[key] = self.kernel.now
        self.promises.written(key, before)

    def acknowledging(self, pk: int) -> None:
        """The adapter says that the ERP has the order."""
        self.promises.acknowledged(pk)

    def asked(self, process: Process | None) -> None:
        """The adapter calls the shop."""
        if process is not None:
            self.promises.asked(process)

    def logged(self, level: str, message: str, fields: dict[str, Any]) -> None:
        """A handler logs."""
        self.promises.logged(message, fields)
        if level != "info" or message == "order":
            self.story.tell(f"{message} {fields}")


@cache
def _settings(
    mode: str, timeout: int, retry_seconds: float, concurrency: int, delay: float, rate: float
) -> Any:
    return read_settings(
        {
            "STACK_NAME": "sim", "OMNITRON_URL": shops.URL, "API_PREFIX": shops.PREFIX,
            "PROCESSING_MODE": mode, "INPUT_QUEUE_URL": _INBOUND, "OUTPUT_QUEUE_URL": _OUTPUT,
            "BUCKET": "documents", "LEDGER_TABLE": "ledger", "FUNCTION_TIMEOUT": str(timeout),
            "RETRY_SECONDS": str(retry_seconds), "MAXIMUM_CONCURRENCY": str(concurrency),
            "INBOUND_DELAY": str(delay), "OMNITRON_RATE": str(rate),
        }
    )  # fmt: skip


@cache
def _routes(
    destinations: tuple[Any, ...], counts: tuple[bool, ...], in_sequence: bool, after_pickup: bool,
    gone_to: Any, revises: bool,
) -> Routes:  # fmt: skip
    routes = tuple(
        Route(
            name=name, profile=f"profile-{name}", destination=destination,
            acknowledge=_acknowledge(destination, counted, after_pickup),
            start_from=datetime(2026, 1, 1, tzinfo=UTC), money=money_policy({}, name),
            after=sequence.FIRST if in_sequence and name == sequence.SECOND else None,
            on_change="revise" if revises else "record",
        )
        for name, destination, counted in zip(NAMES, destinations, counts, strict=False)
    )  # fmt: skip
    gone = replace(
        routes[0], name=cancelling.GONE, profile=f"profile-{cancelling.GONE}", destination=gone_to,
        acknowledge="never", on="cancelled", of=cancelling.OF, items=not revises,
    )  # fmt: skip
    return Routes(
        shop=ShopSettings(url=shops.URL), events=_EVENTS, routes=routes,
        cancelling=(gone,) if gone_to else (),
    )  # fmt: skip


def _acknowledge(destination: str, counted: bool, after_pickup: bool) -> Any:
    if after_pickup and counted and destination == "s3":
        return "after-pickup"
    return "after-write" if counted else "never"
