"""AWS Lambda: execution environments, time-outs, and the event source that empties the queue.

Source: AWS Lambda developer guide, "Using Lambda with Amazon SQS" and "Handling errors for an SQS
event source".
"""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from simulation.kernel import EPOCH, Process, Task
from simulation.queues import Message, Queue

if TYPE_CHECKING:
    from simulation.scene import Scene

Handler = Callable[[dict[str, Any], Any], Any]

BATCH = 10


class Function:
    """A function and its environments; one invocation at a time in each."""

    def __init__(
        self, scene: "Scene", name: str, handler: Handler, timeout: float,
        may_raise: type[Exception] | tuple[()] = (),
    ) -> None:  # fmt: skip
        self.scene = scene
        self.name = name
        self._handler = handler
        self._may_raise = may_raise
        self._timeout = timeout
        self._idle: list[Process] = []
        self._made = 0

    def invoke(self, event: Mapping[str, Any]) -> Task:
        """Begins an invocation; its task holds the answer in the end, or the failure."""
        kernel, process = self.scene.kernel, self._environment()
        end = kernel.now + self._timeout
        context = SimpleNamespace(
            get_remaining_time_in_millis=lambda: max(end - kernel.now, 0.0) * 1000,
            aws_request_id=self.scene.fresh(f"{self.name}-request"),
        )

        def work() -> Any:
            try:
                answer = self._handler(dict(event), context)
            except Exception as fault:  # raised again: most handlers have no reason to raise
                if not isinstance(fault, self._may_raise):
                    self.scene.promises.unforeseen(fault)
                raise
            self._idle.append(process)
            return answer

        task = kernel.spawn(process.name, work, process)

        def time_out() -> None:
            if not task.done:
                self.scene.story.tell(f"{process.name} is ended by its time-out")
                kernel.kill(process)

        kernel.later(self._timeout, time_out)
        return task

    def recycle(self) -> None:
        """Ends every idle environment: the next invocation starts cold."""
        for process in self._idle:
            self.scene.kernel.kill(process)
        self._idle.clear()

    def _environment(self) -> Process:
        if self._idle:
            return self._idle.pop()
        self._made += 1
        name = f"{self.name}-{self._made}"
        dice = self.scene.fates.dice(f"environment {name}")
        process = Process(name, skew=(dice[0] * 2 - 1) * self.scene.plan.skew)
        self.scene.deployed_into(process)
        return process


class EventSource:
    """Lambda's poller of the inbound queue: at least once, `concurrency` batches at a time."""

    def __init__(self, queue: Queue, function: Function, concurrency: int) -> None:
        self.queue = queue
        self.function = function
        self.busy = 0
        self._concurrency = concurrency
        self._wake_at = float("inf")
        queue.changed = self.pump

    def pump(self) -> None:
        """Begins to poll as soon as there is something to receive."""
        kernel = self.function.scene.kernel
        at = self.queue.next_at()
        if at is None or self.busy >= self._concurrency:
            return
        if at <= kernel.now:
            self.busy += 1
            kernel.spawn(f"poller-{self.busy}", self._poll)
        elif not kernel.now < self._wake_at <= at:
            self._wake_at = at
            kernel.at(at, self.pump)

    def _poll(self) -> None:
        scene = self.function.scene
        fate = scene.fates.of("source.Receive", "inbound")
        scene.kernel.sleep(fate.before)
        if fate.fault == "request lost":
            scene.kernel.sleep(1)
            messages = []
        else:
            messages = self.queue.receive(BATCH)
        if messages and fate.fault == "answer lost":
            scene.story.tell("the poller dies with what it received")
        elif messages:
            if fate.fault == "held":
                scene.story.tell("the poller holds what it received")
                scene.kernel.sleep(fate.dice[0] * 1.5 * self.queue.visibility)
            self._hand_over(messages)
        self.busy -= 1
        self.pump()

    def _hand_over(self, messages: list[Message]) -> None:
        scene = self.function.scene
        names = ", ".join(f"{m.id} (try {m.receives}, order {m.group})" for m in messages)
        scene.story.tell(f"the poller hands over {names}")
        task = self.function.invoke(event_of(messages))
        scene.kernel.wait(task)
        if task.failure is not None:
            return
        kept = failed_of(task.result, [message.id for message in messages])
        for message in messages:
            if message.id in kept:
                continue
            fate = scene.fates.of("source.Delete", message.id)
            scene.kernel.sleep(fate.before)
            if fate.fault != "request lost":
                self.queue.delete(message.receipt or "")


def event_of(messages: list[Message]) -> dict[str, Any]:
    """The event as Lambda hands it to the function."""
    return {
        "Records": [
            {
                "messageId": message.id, "receiptHandle": message.receipt, "body": message.body,
                "attributes": {
                    "ApproximateReceiveCount": str(message.receives),
                    "SentTimestamp": str(int((EPOCH + message.sent_at) * 1000)),
                    "MessageGroupId": message.group,
                    "MessageDeduplicationId": message.deduplication,
                },
                "messageAttributes": {}, "eventSource": "aws:sqs",
            }
            for message in messages
        ]
    }  # fmt: skip


def failed_of(answer: Any, ids: list[str]) -> set[str]:
    """The records that stay, by the function's answer. What is no list of failures under the right
    key is a complete success; a failure that names no record is a complete failure."""
    failures = answer.get("batchItemFailures") if isinstance(answer, Mapping) else None
    if not failures:
        return set()
    named = [failure.get("itemIdentifier") for failure in failures]
    return set(named) if set(named) <= set(ids) else set(ids)
