"""SQS FIFO queues: order and lock by group, deduplication by time, visibility, dead letters.

Source: SQS developer guide, "FIFO queue delivery logic", "Exactly-once processing", "Dead-letter
queues"; API reference, DeleteMessage (a FIFO receipt is void once its visibility is over).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from simulation.calls import Service, answered, succeeded

FIFO_WINDOW: Final = 300.0
"""Seconds in which a deduplication id is known, from the send that was taken."""


@dataclass(eq=False)
class Message:
    """A message on a queue; `visible_at` is when it can be received (again)."""

    id: str
    group: str
    deduplication: str
    body: str
    attributes: dict[str, str]
    sent_at: float
    visible_at: float
    receives: int = 0
    receipt: str | None = None


@dataclass
class Queue:
    """A FIFO queue as it is; `dead` takes what was received `most_receives` times."""

    url: str
    clock: Callable[[], float]
    delay: float = 0.0
    visibility: float = 30.0
    dead: "Queue | None" = None
    most_receives: int = 0
    messages: list[Message] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)
    accepted: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)
    changed: Callable[[], None] = lambda: None
    _sent: int = 0

    def send(
        self, group: str, deduplication: str, body: str, attributes: dict[str, str] | None = None
    ) -> str:
        """Takes the message, or recognises it; its id."""
        now = self.clock()
        known = self.accepted.get((group, deduplication))
        if known and now - known[0] < FIFO_WINDOW:
            return known[1]
        self._sent += 1
        message = Message(
            id=f"{self.name}-{self._sent}", group=group,
            deduplication=deduplication, body=body, attributes=attributes or {}, sent_at=now,
            visible_at=now + self.delay,
        )  # fmt: skip
        self.accepted[group, deduplication] = (now, message.id)
        self.messages.append(message)
        self.taken.append(message)
        self.changed()
        return message.id

    @property
    def name(self) -> str:
        """The last part of its address."""
        return self.url.rsplit("/", 1)[-1]

    def receive(self, most: int, visibility: float | None = None) -> list[Message]:
        """The next messages in order; a group with one in flight is locked."""
        self._bury()
        now = self.clock()
        received = self._ready(now)[:most]
        for message in received:
            message.receives += 1
            message.receipt = f"{message.id}/{message.receives}"
            message.visible_at = now + (self.visibility if visibility is None else visibility)
        return [replace(message) for message in received]  # as it was when it was received

    def delete(self, receipt: str) -> bool:
        """Whether the receipt still counts."""
        message = self._in_flight(receipt)
        if message is None:
            return False
        self.messages.remove(message)
        self.changed()
        return True

    def change_visibility(self, receipt: str, seconds: float) -> bool:
        """Whether the receipt still counts."""
        message = self._in_flight(receipt)
        if message is None:
            return False
        message.visible_at = self.clock() + seconds
        self.changed()
        return True

    def next_at(self) -> float | None:
        """When there is something to receive; None while nothing is here at all."""
        now = self.clock()
        moments = sorted({max(message.visible_at, now) for message in self.messages})
        return next((moment for moment in moments if self._ready(moment)), None)

    def depth(self) -> dict[str, str]:
        """The numbers that SQS calls approximate."""
        now = self.clock()
        hidden = [message for message in self.messages if message.visible_at > now]
        in_flight = sum(message.receipt is not None for message in hidden)
        return {
            "ApproximateNumberOfMessages": str(len(self.messages) - len(hidden)),
            "ApproximateNumberOfMessagesNotVisible": str(in_flight),
            "ApproximateNumberOfMessagesDelayed": str(len(hidden) - in_flight),
        }

    def _ready(self, now: float) -> list[Message]:
        locked = {m.group for m in self.messages if m.receipt and m.visible_at > now}
        ready: list[Message] = []
        for message in self.messages:
            if message.visible_at > now:
                locked.add(message.group)  # what is delayed holds back what came after it
            elif message.group not in locked:
                ready.append(message)
        return ready

    def _in_flight(self, receipt: str) -> Message | None:
        for message in self.messages:
            if message.receipt == receipt and message.visible_at > self.clock():
                return message
        return None

    def _bury(self) -> None:
        if self.dead is None:
            return
        for message in [m for m in self.messages if m.receives >= self.most_receives]:
            if message.visible_at <= self.clock():
                self.messages.remove(message)
                message.receives, message.receipt = 0, None
                message.visible_at = self.clock()
                self.dead.messages.append(message)
                self.dead.changed()


class SQS(Service):
    """boto3.client("sqs")."""

    name = "sqs"

    def send_message(self, **parameters: Any) -> dict[str, Any]:
        """SendMessage."""
        queue = self.scene.queues[parameters["QueueUrl"]]
        group, deduplication = parameters["MessageGroupId"], parameters["MessageDeduplicationId"]
        attributes = {
            name: value["StringValue"]
            for name, value in parameters.get("MessageAttributes", {}).items()
        }

        def send() -> dict[str, Any]:
            before = queue._sent
            found = queue.send(group, deduplication, parameters["MessageBody"], attributes)
            if queue._sent != before:
                self.scene.sent(queue, queue.messages[-1])
            return succeeded(MessageId=found)

        lease = self.scene.lease_of(attributes.get("document_id", ""))
        return self.call("SendMessage", f"{queue.name}/{group}", parameters, send, in_time=lease)

    def receive_message(self, **parameters: Any) -> dict[str, Any]:
        """ReceiveMessage."""
        queue = self.scene.queues[parameters["QueueUrl"]]

        def receive() -> dict[str, Any]:
            most = parameters["MaxNumberOfMessages"]
            found = queue.receive(most, parameters["VisibilityTimeout"])
            return succeeded(
                Messages=[
                    {"MessageId": m.id, "ReceiptHandle": m.receipt, "Body": m.body} for m in found
                ]
            )

        return self.call("ReceiveMessage", queue.name, parameters, receive)

    def delete_message(self, **parameters: Any) -> dict[str, Any]:
        """DeleteMessage: a FIFO receipt that is void is refused."""
        queue = self.scene.queues[parameters["QueueUrl"]]
        receipt = parameters["ReceiptHandle"]

        def delete() -> dict[str, Any]:
            if not queue.delete(receipt):
                raise answered("InvalidParameterValue", 400, "DeleteMessage")
            return succeeded()

        return self.call("DeleteMessage", receipt.rsplit("/", 1)[0], parameters, delete)

    def get_queue_attributes(self, **parameters: Any) -> dict[str, Any]:
        """GetQueueAttributes: how many messages there are."""
        queue = self.scene.queues[parameters["QueueUrl"]]

        def get() -> dict[str, Any]:
            return succeeded(Attributes=queue.depth())

        return self.call("GetQueueAttributes", queue.name, parameters, get)

    def change_message_visibility(self, **parameters: Any) -> dict[str, Any]:
        """ChangeMessageVisibility."""
        queue = self.scene.queues[parameters["QueueUrl"]]
        receipt = parameters["ReceiptHandle"]

        def change() -> dict[str, Any]:
            if not queue.change_visibility(receipt, parameters["VisibilityTimeout"]):
                raise answered("InvalidParameterValue", 400, "ChangeMessageVisibility")
            return succeeded()

        subject = receipt.rsplit("/", 1)[0]
        return self.call("ChangeMessageVisibility", subject, parameters, change)
