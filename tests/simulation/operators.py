"""The operator's commands as they are deployed: redrive, resend, settle by hand.

Each runs in a process of its own machine, which may die at any call; then the same command is run
again, as its own words tell people to.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
from botocore.exceptions import BotoCoreError, ClientError
from erp_adapter.errors import AdapterError
from erp_adapter.ledger import Ledger
from erp_adapter.omnitron import Omnitron
from erp_adapter.pace import Pace
from erp_console.named_orders import Named
from erp_console.redriving import Choice, redrive_dead_letters, redrive_orders
from erp_console.resending import Resending
from erp_console.settling import settle_order
from orders import discount_page

from simulation.actors import NAMES
from simulation.kernel import EPOCH, Process
from simulation.plan import Event
from simulation.shop import PREFIX, URL, Transport, detail, items

if TYPE_CHECKING:
    from simulation.scene import Scene

LATER = 90.0
"""Seconds after which people run a command again: a resend's claim is over by then."""
AGAIN = frozenset({"busy", "uncertain", "held"})
"""Outcomes that ask for it."""


class _Aws:
    """erp_console.aws_access.Aws."""

    def __init__(self, scene: "Scene") -> None:
        self._scene = scene

    def client(self, service: str, *, retries: bool = True) -> Any:
        """A client: four attempts, or one."""
        return self._scene.client(service, retries=retries)

    def caller(self) -> str:
        """Who it is."""
        return "operator"


class Deployed:
    """erp_console.deployed.Deployed, of the scene."""

    def __init__(self, scene: "Scene") -> None:
        self.aws = _Aws(scene)
        self.bucket = "documents"
        self.input_queue_url, self.dlq_url = scene.inbound.url, scene.dead.url
        self.output_queue_url = scene.output.url
        self.shop = _ShopInHand(scene)
        self.ledger = Ledger(self.aws.client("dynamodb"), "ledger")
        self.sqs = self.aws.client("sqs")
        self.caller = self.aws.caller()
        self.settings = scene.settings
        self.routes_toml = scene.routes
        self.routes = scene.routes.routes


class _ShopInHand:
    """erp_console.live_shop.LiveShop: the order as it is."""

    url = URL

    def __init__(self, scene: "Scene") -> None:
        self._scene = scene

    def order(self, pk: int) -> Any:
        """Its three answers."""
        state = self._scene.shop.now(pk)
        return SimpleNamespace(
            order=detail(pk, state), items=[items(pk, state)], discounts=[discount_page([])]
        )

    @contextmanager
    def asked(self) -> Iterator[Omnitron]:
        """The adapter's own client, as LiveShop has it."""
        scene, own = self._scene, self._scene.settings
        yield Omnitron(
            http=httpx.Client(base_url=URL, transport=Transport(scene), trust_env=False),
            token=lambda _, **__: scene.shop.token, prefix=PREFIX, timeout=10.0,
            clock=lambda: EPOCH + scene.kernel.now,
            pace=Pace(own.reconcile_rate, lambda: scene.kernel.now, scene.kernel.sleep),
        )  # fmt: skip


class Operator:
    """Who runs commands, each until it has come to its end. `open` is what has not yet."""

    def __init__(self, scene: "Scene") -> None:
        self.scene = scene
        self.open: dict[str, Callable[[Any], bool]] = {}
        self._resent_for: set[tuple[str, str, str]] = set()
        self.given_up: set[tuple[str, str, str]] = set()
        self.by_hand: set[int] = set()

    @property
    def resent(self) -> Counter[tuple[str, str]]:
        """How often a document of an order on a route was resent, each time for a reason."""
        return Counter((order, route) for _, order, route in self._resent_for)

    def act(self, event: Event) -> None:
        """Begins the command of an event."""
        match event.kind:
            case "redrive":
                self.begin("redrive the dead letters", self._dead_letters)
            case "redrive orders":
                self.begin("redrive what waits", self._waiting)
            case "resend":
                self.begin(
                    f"resend {event.pk} for {event.at:.1f}", lambda d: self._resend(d, event)
                )
            case "settle":
                self.begin(f"settle {event.pk}", lambda d: self._settle(d, event.pk))
            case "hold" if event.value < len(self.scene.routes.routes):
                name = NAMES[event.value]
                self.begin(f"hold {name}", lambda d: self.scene.holding.hold(d, name))
            case "resume" if event.value < len(self.scene.routes.routes):
                name = NAMES[event.value]
                self.open.pop(f"hold {name}", None)
                self.begin(f"resume {name}", lambda d: self.scene.holding.resume(d, name))
            case "backfill":
                by_number = bool(event.value)
                self.begin(
                    f"backfill at {event.at:.1f}",
                    lambda d: self.scene.backfilling.run(d, by_number=by_number),
                )

    def begin(self, name: str, command: Callable[[Any], bool]) -> None:
        """Runs a command; what is killed or refused stays open."""
        self.open[name] = command
        self.run_open()

    def run_open(self) -> None:
        """Runs every open command again."""
        for name, command in list(self.open.items()):
            process = Process(f"operator-{self.scene.fresh('operator')}")
            process.memory["settings"] = self.scene.settings
            self.scene.kernel.spawn(
                name, lambda name=name, command=command: self._run(name, command), process
            )  # type: ignore[misc]

    def _run(self, name: str, command: Callable[[Any], bool]) -> None:
        self.scene.story.tell(f"{name} begins")
        try:
            done = command(Deployed(self.scene))
        except (AdapterError, BotoCoreError, ClientError) as error:
            self.scene.story.tell(f"{name}: {type(error).__name__}")
            return
        except Exception as fault:  # raised again: a command has no reason to raise
            self.scene.promises.unforeseen(fault)
            raise
        self.scene.story.tell(f"{name}: {'done' if done else 'not yet'}")
        if done:
            self.open.pop(name, None)

    def _dead_letters(self, deployed: Any) -> bool:
        _, left = redrive_dead_letters(deployed, dry=False)
        return left == 0

    def _waiting(self, deployed: Any) -> bool:
        now = EPOCH + self.scene.kernel.now
        redrive_orders(deployed, Choice(states=("waiting",), now=now), dry=False)
        return True

    def _resend(self, deployed: Any, event: Event) -> bool:
        resending = Resending(
            deployed=deployed, reason=(reason := f"lost at {event.at:.1f}"),
            clock=lambda: EPOCH + self.scene.kernel.now,
        )  # fmt: skip
        again = False
        for row in resending.resend_all(
            (str(event.pk), route.name) for route in deployed.routes_toml.every
        ):
            self.scene.story.tell(f"resend {event.pk} on {row.route}: {row.outcome} {row.said}")
            again |= row.outcome in AGAIN
            if row.outcome == "not kept":
                self.given_up.add((reason, str(event.pk), row.route or ""))
            if row.outcome in ("resent", "already resent"):
                self._resent_for.add((reason, str(event.pk), row.route or ""))
        return not again

    def _settle(self, deployed: Any, pk: int) -> bool:
        named = Named(order=str(pk), entries=tuple(deployed.ledger.of_order(str(pk))))
        rows = settle_order(
            deployed, named, "typed in by hand", routes=(), dry=False
        )  # fmt: skip
        self.scene.story.tell(f"settle {pk}: {[(row.route, row.outcome) for row in rows]}")
        self.by_hand.add(pk)
        return not any(row.trouble for row in rows)
