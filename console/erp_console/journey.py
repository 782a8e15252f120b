"""One order's way through a deployed stack, watched from outside: webhook, documents, is_send."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

import httpx
from erp_adapter.errors import AdapterError
from erp_adapter.ledger import Entry, Ledger

from erp_console import whisperer
from erp_console.canaries import Canary, canaries, sightings
from erp_console.fake_omnitron import FakeOmnitron
from erp_console.local_stack import Deployment, LocalStack
from erp_console.steps import Steps
from erp_console.terminal import Failed

_WAIT_SECONDS: Final = 30.0
_STUCK: Final = {"rejected", "settled", "missed", "waiting"}


class JourneyFailed(Failed):
    """The order did not get through; the message says where it stopped."""


class Journey:
    """The way of one order."""

    def __init__(
        self, local: LocalStack, deployment: Deployment, omnitron: FakeOmnitron, order: int
    ) -> None:
        self._local = local
        self._deployment = deployment
        self._omnitron = omnitron
        self._order = order
        self._ledger = Ledger(local.client("dynamodb"), deployment.table)
        self.documents: dict[str, bytes] = {}

    def travel(self, steps: Steps, routes: Sequence[str]) -> None:
        """Announces the order and follows it to its end. Raises JourneyFailed."""
        with steps.step("Omnitron announces the order with a signed webhook") as said:
            said.append(f"({self._announce()})")
        with steps.step(f"{len(routes)} documents lie in S3"):
            self._until(lambda: self._collect(routes), "the documents")
        with steps.step("Omnitron knows it (is_send is true)"):
            self._until(self._acknowledged, "is_send")
        with steps.step("No secret of the source got out") as said:
            said.append(self._search())

    def show(self, steps: Steps) -> None:
        """Prints the documents."""
        for address, text in self.told().items():
            language = "xml" if address.endswith(".xml") else "text"
            steps.show(address, text, language)
        steps.say("")

    def told(self) -> dict[str, str]:
        """The documents by their addresses."""
        return {
            f"s3://{self._deployment.bucket}/{key}": content.decode("utf-8", "replace")
            for key, content in self.documents.items()
        }

    def _announce(self) -> str:
        announcement = whisperer.Announcement(pk=self._order, event="order.created")
        deployment = self._deployment
        try:
            answer = whisperer.post(deployment.webhook_url, deployment.webhook_secret, announcement)
        except httpx.HTTPError as error:
            raise JourneyFailed(f"The webhook got no answer ({type(error).__name__}).") from None
        if not answer.is_success:
            raise JourneyFailed(f"The webhook was answered {answer.status_code}: {answer.text}")
        return str(answer.status_code)

    def _collect(self, routes: Sequence[str]) -> bool:
        s3, bucket = self._local.client("s3"), self._deployment.bucket
        for listed in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            key = listed["Key"]
            if key not in self.documents:
                self.documents[key] = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return all(any(f"/{route}/" in key for key in self.documents) for route in routes)

    def _acknowledged(self) -> bool:
        told = bool(self._omnitron.shop.order(self._order)["is_send"])
        return told and all(entry.acknowledged for entry in self._entries())

    def _entries(self) -> list[Entry]:
        try:
            return self._ledger.of_order(str(self._order))
        except AdapterError as error:
            raise JourneyFailed(error.message) from None

    def _until(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        while not done():
            for entry in self._entries():
                if entry.state in _STUCK:
                    why = entry.message or entry.reason or "no reason given"
                    code = f" {entry.code}" if entry.code else ""
                    raise JourneyFailed(f"Route {entry.route}: {entry.state}{code}: {why}")
            if time.monotonic() > deadline:
                raise JourneyFailed(f"Waited {_WAIT_SECONDS:.0f} seconds for {what} in vain.")
            time.sleep(0.05)

    def _search(self) -> str:
        """What the source held, and where none of it was found. Raises JourneyFailed."""
        shop = self._omnitron.shop
        birds = canaries(shop.order(self._order), shop.rows("items", {"order": str(self._order)}))
        secrets = [bird for bird in birds if bird.kind == "secret"]
        documents = [content.decode("utf-8", "replace") for content in self.documents.values()]
        ledger = [str(asdict(entry)) for entry in self._entries()]
        messages = self._messages()
        logs = [*self._local.logs(self._deployment.stack), *self._local.ministack.log.splitlines()]
        seen = sightings(secrets, documents) + sightings(birds, [*ledger, *messages, *logs])
        if seen:
            raise JourneyFailed(f"These got out: {', '.join(_places(seen))}")
        return (
            f"({len(secrets)} secrets and {len(birds) - len(secrets)} personal values held; none "
            f"of the secrets in {len(documents)} documents, none of either in {len(ledger)} ledger "
            f"items, {len(messages)} waiting messages, {len(logs)} log lines)"
        )

    def _messages(self) -> list[str]:
        found: list[str] = []
        deployment = self._deployment
        for url in (deployment.input_queue_url, deployment.dlq_url, deployment.output_queue_url):
            answer: dict[str, Any] = self._local.client("sqs").receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0
            )
            found += [message["Body"] for message in answer.get("Messages", [])]
        return found


def _places(seen: Sequence[Canary]) -> list[str]:
    return sorted({bird.path for bird in seen})
