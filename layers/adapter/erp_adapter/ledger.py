"""What became of each order on each route: DynamoDB, conditional writes by version.

Partition key `order` (the pk; `number:…` while it is unknown), sort key `route`. Nothing that
prevents a second document ever expires, so there is no TTL. Items stay below 1 KB and hold no
personal data: identifiers, digests, times, codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from erp_adapter.errors import Misconfigured, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

State = Literal["claimed", "delivered", "waiting", "rejected", "missed", "settled"]

NO_ROUTE: Final = "-"
"""The sort key of what concerns an order before its routes are known."""

_MAX_MESSAGE: Final = 300
_PERMANENT: Final = {"AccessDeniedException", "ResourceNotFoundException", "ValidationException"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One order on one route. Times are seconds since the epoch.

    `claim` names the claim's writer, `lease_until` when others may take it over; `reason` says
    why a state is what it is; `code`, `path`, `message`, `expected`, `found` are the rejection's,
    or what happened to the order after its delivery.
    """

    order: str
    route: str
    version: int
    state: State
    reason: str | None = None
    number: str | None = None
    content_id: str | None = None
    claim: str | None = None
    lease_until: int | None = None
    document: str | None = None
    sha256: str | None = None
    profile: str | None = None
    profile_version: str | None = None
    acknowledged: bool = False
    code: str | None = None
    path: str | None = None
    message: str | None = None
    expected: str | None = None
    found: str | None = None
    tries: int = 0
    source: str | None = None
    announced_at: int | None = None
    fetched_at: int | None = None
    claimed_at: int | None = None
    written_at: int | None = None
    acknowledged_at: int | None = None
    updated_at: int = 0


class Contended(Exception):  # noqa: N818 - not an error: somebody else was first
    """Another writer was first; `current` is what the ledger holds now."""

    def __init__(self, current: Entry | None) -> None:
        super().__init__("the ledger moved on")
        self.current = current


class Ledger:
    """The table. Every write names the version that it replaces."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def get(self, order: str, route: str) -> Entry | None:
        """The entry, read consistently. Raises Unavailable or Misconfigured."""
        with _translated():
            answer = self._dynamodb.get_item(
                TableName=self._table,
                Key={"order": {"S": order}, "route": {"S": route}},
                ConsistentRead=True,
            )
        return _entry(answer.get("Item"))

    def of_order(self, order: str) -> list[Entry]:
        """Every route's entry of one order. Raises Unavailable or Misconfigured."""
        with _translated():
            answer = self._dynamodb.query(
                TableName=self._table,
                KeyConditionExpression="#order = :order",
                ExpressionAttributeNames={"#order": "order"},
                ExpressionAttributeValues={":order": {"S": order}},
                ConsistentRead=True,
            )
        return [entry for item in answer["Items"] if (entry := _entry(item))]

    def put(self, entry: Entry, *, replacing: Entry | None) -> Entry:
        """Writes `entry` as the next version of `replacing` (None: there must be no entry yet).

        Raises Contended with the current entry where somebody else was first, Unavailable or
        Misconfigured where the table does not answer. A repetition by the SDK of a write that
        had landed already is seen by its claim and counts as the success that it was.
        """
        entry = replace(entry, version=(replacing.version if replacing else 0) + 1)
        condition: dict[str, Any] = {
            "ConditionExpression": "attribute_not_exists(#order)",
            "ExpressionAttributeNames": {"#order": "order"},
        }
        if replacing is not None:
            condition = {
                "ConditionExpression": "#version = :version",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":version": {"N": str(replacing.version)}},
            }
        try:
            with _translated():
                self._dynamodb.put_item(
                    TableName=self._table,
                    Item=_item(entry),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **condition,
                )
        except Contended as lost:
            if lost.current != entry:
                raise
        return entry


class _translated:  # noqa: N801 - reads as a statement
    """Turns the SDK's errors into the adapter's."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ClientError):
            code = error.response.get("Error", {}).get("Code", "")
            if code == "ConditionalCheckFailedException":
                raise Contended(_entry(error.response.get("Item"))) from None
            if code in _PERMANENT:
                raise Misconfigured(
                    f"The ledger table refused a call ({code}): check name and permissions.",
                    code="LEDGER_REFUSED",
                ) from None
            raise Unavailable("The ledger did not answer.", code="LEDGER_UNAVAILABLE") from None
        if isinstance(error, BotoCoreError):
            raise Unavailable("The ledger did not answer.", code="LEDGER_UNAVAILABLE") from None


def _item(entry: Entry) -> dict[str, Any]:
    serialize = TypeSerializer().serialize
    values = {f.name: getattr(entry, f.name) for f in fields(entry)}
    values["message"] = (entry.message or "")[:_MAX_MESSAGE] or None
    return {name: serialize(value) for name, value in values.items() if value not in (None, "")}


def _entry(item: Mapping[str, Any] | None) -> Entry | None:
    if not item:
        return None
    deserialize = TypeDeserializer().deserialize
    known = {f.name for f in fields(Entry)}
    values = {name: deserialize(value) for name, value in item.items() if name in known}
    numbers = ("version", "tries", "lease_until", "updated_at")
    for name, value in values.items():
        if name in numbers or name.endswith("_at"):
            values[name] = int(value)
    return Entry(**values)
