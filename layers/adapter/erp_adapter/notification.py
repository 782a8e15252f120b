"""The verified webhook: its uuid, event type, and the order's pk or number. No I/O.

`event.uuid` is inside the signed bytes and stable over the sender's retries (PyPI dj-whisperer), so
a replay ends at the ledger, where it is harmless (docs/routes.md says what remains of it).

A key that stands twice in the JSON counts with its last value, as in the sender's own store
(PostgreSQL jsonb). What it says is a hint only: the order is always read anew from the shop.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, cast, get_args

import jmespath

from erp_adapter.errors import Malformed
from erp_adapter.routes import EventRule

_UUID = re.compile(r"[A-Za-z0-9-]{8,64}\Z")
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,100}\Z")
_QUEUE_ID = re.compile(r"[!-~]{1,128}\Z")
"""What SQS takes as group and deduplication id (API reference, SendMessage)."""
_MAX_NUMBER: Final = 128  # Akinon's own limit of an order number
_MAX_PK_DIGITS: Final = 18
_DIGITS = re.compile(r"[0-9]{1,18}\Z")

Source = Literal["webhook", "reconcile", "redrive", "resend", "pickup", "backfill"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """That something happened to an order: which one, and who says so.

    `uuid` is its deduplication id on the queue: the webhook's own, `run-id:pk` of a reconcile.
    `announced_at` is when it reached the adapter, in seconds since the epoch. The source "backfill"
    is a person, who asks for the order though it may have been placed before `start_from`.
    """

    uuid: str
    event: str
    pk: int | None
    number: str | None
    announced_at: int
    source: Source = "webhook"

    @property
    def order(self) -> str:
        """The order's group on the queue, and its key in the ledger while its pk is unknown.

        A pk and a number of one order are two groups, and what a webhook calls pk may be another
        system's (OMS has ids of its own): nothing that must hold may rest on the group alone.
        """
        return str(self.pk) if self.pk is not None else f"number:{key_part(self.number or '')}"

    def to_json(self) -> str:
        """The message as it lies on the inbound queue: identifiers only, no order data."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(fields, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Notification":
        """Reads `to_json` back. Raises Malformed for anything else."""
        try:
            notification = cls(**json.loads(text))
        except (TypeError, ValueError, RecursionError):
            notification = None
        if notification is None or not _is_sound(notification):
            raise Malformed("The queued message is not a notification of this adapter.")
        return notification


@dataclass(frozen=True, slots=True)
class Ignored:
    """A verified webhook that asks for nothing; `reason` is said to the sender."""

    reason: str


def _is_sound(given: Notification) -> bool:
    """Whether every field is of its type and within its bounds: queues hold what people put there,
    and a pk that is a text would be a second ledger item of the same order."""
    return (
        isinstance(given.uuid, str)
        and _QUEUE_ID.match(given.uuid) is not None
        and isinstance(given.event, str)
        and (given.pk is None or _is_pk(given.pk))
        and (given.number is None or _is_number(given.number))
        and not (given.pk is None and given.number is None)
        and type(given.announced_at) is int
        and given.source in get_args(Source)
    )


def key_part(text: str) -> str:
    """`text` where it is plain enough for keys and message groups, else a digest of it."""
    if _PLAIN.match(text):
        return text
    return "sha256-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def read_notification(
    body: bytes, rules: Sequence[EventRule], announced_at: int
) -> Notification | Ignored:
    """Reads verified bytes by the event rules of routes.toml.

    Raises Malformed where the bytes are not JSON, not an event, or name no order.
    """
    return notification_of(_json(body), rules, announced_at)


def notification_of(
    document: dict[str, Any], rules: Sequence[EventRule], announced_at: int
) -> Notification | Ignored:
    """The same of a body that is parsed. Raises Malformed."""
    event = document.get("event")
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise Malformed("event.type is missing: send the whisperer envelope {event, payload}.")
    rule = next((rule for rule in rules if rule.type == event["type"]), None)
    if rule is None:
        return Ignored("This event type is not in routes.toml; nothing to do.")
    uuid = event.get("uuid")
    if not isinstance(uuid, str) or not _UUID.match(uuid):
        raise Malformed("event.uuid must be 8 to 64 letters, digits or dashes.")
    pk = _pk(_find(rule.pk, document))
    number = _number(_find(rule.number, document))
    if pk is None and number is None:
        raise Malformed(
            "Neither the order's pk nor its number is where routes.toml looks for it "
            f"(event {rule.type})."
        )
    return Notification(uuid=uuid, event=rule.type, pk=pk, number=number, announced_at=announced_at)


def _json(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        document = None
    # Not raised where the parser's error would be its context: that one holds the body.
    if not isinstance(document, dict):
        raise Malformed("The body is not a JSON object.")
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


@cache
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)


def _find(expression: str | None, document: dict[str, Any]) -> object:
    try:
        return cast(object, _compiled(expression).search(document)) if expression else None
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        # jmespath's own errors are ValueErrors; its functions let Python's through: ceil of 1e999.
        pass
    raise Malformed("What routes.toml asks of pk or number does not fit this body's types.")


def _pk(value: object) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and _DIGITS.match(value):
        value = int(value)
    if _is_pk(value):
        return cast(int, value)
    raise Malformed("The order's pk must be a whole number from 1 on, of at most 18 digits.")


def _number(value: object) -> str | None:
    if value is None or value == "":
        return None
    # Akinon's docs call it an integer, its samples are texts.
    if type(value) is int and 0 <= value < 10**_MAX_NUMBER:
        value = str(value)
    if _is_number(value):
        return cast(str, value)
    raise Malformed("The order's number must be a printable text of at most 128 characters.")


def _is_pk(value: object) -> bool:
    return type(value) is int and 0 < value < 10**_MAX_PK_DIGITS


def _is_number(value: object) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= _MAX_NUMBER
        and value.isprintable()
        and not value.isspace()
    )
