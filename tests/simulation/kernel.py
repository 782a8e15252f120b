"""Virtual time, and tasks of which one runs at a time.

Synchronous production code becomes interruptible by greenlets: a call of a simulated service
sleeps on the virtual clock, and whoever is next on the clock runs meanwhile. Nothing here is
random: who is next follows from the times alone.
"""

import heapq
from collections.abc import Callable
from itertools import count
from types import SimpleNamespace
from typing import Any, Final

import greenlet

EPOCH: Final = 1_790_000_000.0
"""What time.time() says when the simulation begins."""


class Killed(BaseException):
    """The process of this task ended here: nothing of it runs any more."""


class Process:
    """An execution environment: its tasks die together, its clock is off by `skew` seconds."""

    def __init__(self, name: str, skew: float = 0.0) -> None:
        self.name = name
        self.skew = skew
        self.alive = True
        self.tasks: list[Task] = []
        self.memory: dict[Any, Any] = {}


class Task:
    """One line of control; `failure` is what it ended with, if not with a result."""

    def __init__(self, name: str, work: Callable[[], Any], process: Process | None) -> None:
        self.name = name
        self.process = process
        self.done = False
        self.result: Any = None
        self.failure: BaseException | None = None
        self.thread: greenlet.greenlet | None = None
        self.waiting: list[Task] = []
        self._work = work

    @property
    def dead(self) -> bool:
        """Whether its process has ended."""
        return self.process is not None and not self.process.alive

    def body(self) -> None:
        """Runs the work to its end, whatever that is."""
        try:
            self.result = self._work()
        except (Exception, Killed) as failure:  # noqa: BLE001 - whoever waits for it gets it
            self.failure = failure
        self.done = True


class Kernel:
    """The clock, and who waits for which moment of it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.steps = 0
        self.current: Task | None = None
        self.after_step: Callable[[], None] = lambda: None
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._hub: greenlet.greenlet | None = None
        self._dying: list[Process] = []

    # ------------------------------------------------------------- for everybody

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Lets `act`, which must not wait, happen in `seconds`."""
        self.at(self.now + seconds, act)

    def at(self, moment: float, act: Callable[[], None]) -> None:
        """Lets `act`, which must not wait, happen at this very moment."""
        heapq.heappush(self._agenda, (moment, next(self._order), act))

    def spawn(self, name: str, work: Callable[[], Any], process: Process | None = None) -> Task:
        """A new task that begins now."""
        task = Task(name, work, process)
        if process is not None:
            process.tasks.append(task)
        self.later(0.0, lambda: self._resume(task))
        return task

    def kill(self, process: Process) -> None:
        """Ends a process at this very point."""
        if process.alive:
            process.alive = False
            self._dying.append(process)
        if self.current is not None and self.current.process is process:
            raise Killed

    # ------------------------------------------------------------- for tasks only

    def sleep(self, seconds: float) -> None:
        """Lets others run for `seconds`."""
        task = self._own()
        self.later(seconds, lambda: self._resume(task))
        self._give_way(task)

    def wait(self, other: Task, at_most: float | None = None) -> bool:
        """Waits until the other task is done; False where that took longer than `at_most`."""
        task = self._own()
        if not other.done:
            other.waiting.append(task)
            if at_most is not None:
                self.later(at_most, lambda: self._give_up(task, other))
            self._give_way(task)
        return other.done

    def park(self) -> None:
        """Waits until somebody calls `wake`."""
        self._give_way(self._own())

    def wake(self, task: Task) -> None:
        """Ends a `park`."""
        self.later(0.0, lambda: self._resume(task))

    # ---------------------------------------------------------------- the loop

    def run(self, until: Callable[[], bool] = lambda: False, *, horizon: float) -> bool:
        """Goes on until `until`, or nothing is left to do before `horizon`; whether it was the
        former. `until` is looked at between steps."""
        self._hub = greenlet.getcurrent()
        while not until():
            if not self._agenda or self._agenda[0][0] > horizon:
                return False
            self.now, _, act = heapq.heappop(self._agenda)
            act()
            self.steps += 1
            while self._dying:
                self._bury(self._dying.pop(0))
            self.after_step()
        return True

    def pass_time(self, seconds: float) -> None:
        """Goes on for so long, whether or not there is anything to do."""
        horizon = self.now + seconds
        self.run(horizon=horizon)
        self.now = horizon

    # --------------------------------------------------------------------- own

    def _own(self) -> Task:
        task = self.current
        assert task is not None, "only a task can wait"
        if task.dead:
            raise Killed
        return task

    def _give_way(self, task: Task) -> None:
        assert self._hub is not None
        self._hub.switch()
        if task.dead:
            raise Killed

    def _give_up(self, task: Task, other: Task) -> None:
        if task in other.waiting:
            other.waiting.remove(task)
            self._resume(task)

    def _resume(self, task: Task) -> None:
        if task.done or task.dead:
            return
        if task.thread is None:
            task.thread = greenlet.greenlet(task.body)
        self.current = task
        task.thread.switch()
        self._left(task)

    def _left(self, task: Task) -> None:
        self.current = None
        if task.done:
            for waiter in task.waiting:
                self.wake(waiter)
            task.waiting.clear()

    def _bury(self, process: Process) -> None:
        """Unwinds every task of the process. A simulated service does nothing for the dead."""
        for task in process.tasks:
            if not task.done and task.thread is not None:
                self.current = task
                task.thread.throw(Killed)
                self._left(task)
            if not task.done:
                task.done, task.failure = True, Killed()
                self._left(task)
        process.memory.clear()


class Lock:
    """threading.Lock for tasks of the simulation."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._held = False
        self._waiting: list[Task] = []

    def __enter__(self) -> None:
        task = self._kernel.current
        assert task is not None
        while self._held:
            self._waiting.append(task)
            self._kernel.park()
        self._held = True

    def __exit__(self, *_: object) -> None:
        self._held = False
        if self._waiting:
            self._kernel.wake(self._waiting.pop(0))


class Executor:
    """ThreadPoolExecutor, as far as the batch uses it."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._tasks: list[Task] = []

    def __enter__(self) -> "Executor":
        return self

    def __exit__(self, *_: object) -> None:
        for task in self._tasks:
            self._kernel.wait(task)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future":
        """Begins the work."""
        own = self._kernel.current
        assert own is not None
        name = f"{own.name}.{len(self._tasks) + 1}"
        self._tasks.append(
            self._kernel.spawn(name, lambda: function(*arguments), process=own.process)
        )
        return Future(self._kernel, self._tasks[-1])


class OneByOne:
    """An executor whose work is done when its result is asked for: the calls of an order's fetch
    come one after the other, and the shop may change between any two of them."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What will do the work."""
        return SimpleNamespace(result=lambda: function(*arguments), exception=lambda: None)


class Future:
    """What became of the work."""

    def __init__(self, kernel: Kernel, task: Task) -> None:
        self._kernel = kernel
        self._task = task

    def exception(self) -> BaseException | None:
        """Waits."""
        self._kernel.wait(self._task)
        return self._task.failure

    def result(self) -> Any:
        """Waits."""
        if failure := self.exception():
            raise failure
        return self._task.result
