"""The production modules with the simulation's world in place of boto3, httpx, time and threads.

What is replaced is what a process is given from outside: clients, clock, randomness, executor,
environment. The handlers and everything behind them run as they are; what production keeps once in
an execution environment is kept once in a simulated process.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

import deliver
import httpx
import pickup
import reconcile
import webhook
from erp_adapter import cancellations, deployment, destination, omnitron, routes, secrets
from erp_adapter import reconcile as walks
from erp_adapter.delivery import holds, telling
from erp_adapter.routes import Webhooks
from erp_adapter.verification import Proof
from erp_console import (
    backfilling,
    feeding,
    holding,
    redriving,
    rendered_again,
    resending,
    settling,
)

from simulation.kernel import EPOCH, Executor, Lock, OneByOne, Process
from simulation.shop import Transport

if TYPE_CHECKING:
    from simulation.scene import Scene

PAGE_SIZE: Final = 2
"""Rows of a page, so that a handful of orders is a walk of several pages."""


@contextmanager
def installed(scene: "Scene") -> Iterator[None]:
    """Within the block the production code lives in this scene."""
    clock, recorder = _clock(scene), _Recorder(scene)
    with ExitStack() as stack:

        def replace(module: Any, **values: Any) -> None:
            for name, value in values.items():
                stack.enter_context(patch.object(module, name, value))

        for handler in (deliver, webhook, reconcile):
            replace(handler, time=clock, logger=recorder)
            replace(handler, emit=lambda *_: None)
        replace(pickup, logger=recorder, emit=lambda *_: None)
        replace(
            routes,
            load_waiting=lambda _: {
                each.name
                for each in process_of(scene).memory["routes"].routes
                if each.waits_for_pickup
            },
        )
        replace(telling, time=clock, emit=lambda *_: None)
        if scene.plan.large:
            replace(destination, MAX_MESSAGE=1)
        for module in (omnitron, walks, cancellations, backfilling):
            replace(module, PAGE_SIZE=PAGE_SIZE)
        for command in (redriving, settling, holding, feeding, backfilling):
            replace(command, time=clock)
        for command in (holding, backfilling):
            replace(command, watched=lambda items, *_: items)
        replace(backfilling, uuid=_ids(scene))
        replace(redriving, uuid=_ids(scene), watched=lambda items, *_: items, note=lambda _: None)
        replace(resending, uuid=_ids(scene))
        replace(
            rendered_again, load_routes=lambda *_, **__: scene.routes, profiles_root=Path,
            profile_folder=lambda name: name,
            load_profile=lambda name, settings: scene.profile_of(name, str(scene.release)),
        )  # fmt: skip
        replace(
            deliver, ThreadPoolExecutor=lambda _: Executor(scene.kernel),
            random=SimpleNamespace(random=lambda: scene.random("jitter")),
        )  # fmt: skip
        for module in (secrets, holds):
            replace(module, threading=SimpleNamespace(Lock=lambda: Lock(scene.kernel)))
        replace(omnitron, open_client=lambda url, timeout: _http(scene, url))
        for name in ("secrets", "delivery", "pickup"):
            function = getattr(deployment, name).__wrapped__
            replace(deployment, **{name: _once_a_process(scene, function)})
        replace(
            deployment, time=clock, client=_once_a_process(scene, scene.client),
            uuid=_ids(scene),
            settings=lambda: process_of(scene).memory["settings"],
            webhooks=lambda: Webhooks(
                proof=Proof(), events=process_of(scene).memory["routes"].events
            ),
            routes=lambda: process_of(scene).memory["routes"],
            profiles_folder=Path,
            _profiles=lambda: process_of(scene).memory["profile_of"], _executor=OneByOne,
        )  # fmt: skip
        yield


def process_of(scene: "Scene") -> Process:
    """The process that runs now."""
    task = scene.kernel.current
    assert task is not None
    assert task.process is not None
    return task.process


def _ids(scene: "Scene") -> Any:
    return SimpleNamespace(uuid4=lambda: SimpleNamespace(hex=scene.fresh("id")))


def _once_a_process(scene: "Scene", function: Callable[..., Any]) -> Callable[..., Any]:
    def kept(*arguments: Any, **named: Any) -> Any:
        memory = process_of(scene).memory
        key = (function, arguments, tuple(named.items()))
        if key not in memory:
            memory[key] = function(*arguments, **named)
        return memory[key]

    return kept


def _clock(scene: "Scene") -> Any:
    def now() -> float:
        return scene.kernel.now + process_of(scene).skew

    return SimpleNamespace(
        time=lambda: EPOCH + now(), monotonic=now, sleep=lambda seconds: scene.kernel.sleep(seconds)
    )


def _http(scene: "Scene", url: str) -> httpx.Client:
    return httpx.Client(base_url=url, transport=Transport(scene), trust_env=False)


class _Recorder:
    """The logger: what it is told is part of the story."""

    def __init__(self, scene: "Scene") -> None:
        self._scene = scene

    def info(self, message: str, **fields: Any) -> None:
        self._scene.logged("info", message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        self._scene.logged("warning", message, fields)

    def error(self, message: str, **fields: Any) -> None:
        self._scene.logged("error", message, fields)
