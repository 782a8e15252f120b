"""What became of each order on each route: DynamoDB, conditional writes by version.

Partition key `order` (the pk; `number:…` while it is unknown), sort key `route`. Nothing that
prevents a second document ever expires, so there is no TTL. Items stay below 1 KB and hold no
personal data: identifiers, digests, times, codes.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

from botocore.exceptions import BotoCoreError, ClientError

from erp_adapter.errors import Misconfigured, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

State = Literal["claimed", "delivered", "waiting", "rejected", "missed", "settled"]

NO_ROUTE: Final = "-"
"""The sort key of what concerns an order before its routes are known."""

MAX_ITEM: Final = 1000
"""Bytes of an item, names included: 1 KB is one write unit."""

_MOST_KEYS: Final = 100
"""Keys of one BatchGetItem. Source: DynamoDB API reference."""

_MOST_OPERANDS: Final = 100
"""What one IN takes. Source: DynamoDB developer guide, "Condition and filter expressions"."""

_CURSOR: Final = {"order": {"S": "reconcile"}, "route": {"S": "cursor"}}
"""The key of an item that is no order's: where reconcile walks on."""
_HOLD: Final = "hold"
"""The partition of the other items that are none: one for each route that is held."""
_MOST_GAP: Final = 1000
"""Pks that it holds of each kind; of more, the lowest."""

_MOST_BYTES: Final = {
    "code": 32, "status": 32, "reason": 40, "path": 120, "expected": 60, "found": 60,
    "message": 400, "number": 128, "profile_version": 16, "by": 64,
}  # fmt: skip
_SHORTENED_FIRST: Final = ("message", "by", "found", "expected", "path", "number")
"""What is shortened further when an item would be too large; the log has it whole."""

_SUMMED: Final = (
    "order", "route", "version", "state", "reason", "code", "number", "announced_at", "updated_at",
)  # fmt: skip

_PERMANENT: Final = {
    "AccessDeniedException", "ResourceNotFoundException", "ValidationException",
    "UnrecognizedClientException",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One order on one route. Times are seconds since the epoch.

    `status` is the order's in the shop when last looked at. `claim` is new for every attempt and
    tells one claim's writer from another's; `lease_until` is when others may take it over; `reason`
    says why a state is what it is; `code`, `path`, `message`, `expected`, `found` are the
    rejection's, or what happened after the delivery, with the names of what has changed as `path`;
    `parts` of the content are what they are known by (`order.differing`); `items` are those that
    the document leaves out, cancelled before it, or that a cancellation's documents name
    (`delivery.named_items`); `revision` counts the documents (2: it was sent again), `revising` is
    what a revision's claim on a delivered entry writes (`delivery.revision`); `picked_up_at` is
    when the ERP was seen to have deleted the last one; `by` is who settled or resent it by hand,
    `resent_for` names the reasons (digests, a blank between them, the newest last; under a claim
    that one's resend has not ended); `tries` is how often it was tried until this was written: of
    what is parked in all, else of its last notification and only from the second on.
    """

    order: str
    route: str
    version: int
    state: State
    reason: str | None = None
    number: str | None = None
    status: str | None = None
    content_id: str | None = None
    parts: str | None = None
    items: str | None = None
    revising: str | None = None
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
    revision: int = 1
    by: str | None = None
    resent_for: str | None = None
    source: str | None = None
    tries: int | None = None
    announced_at: int | None = None
    fetched_at: int | None = None
    claimed_at: int | None = None
    written_at: int | None = None
    picked_up_at: int | None = None
    acknowledged_at: int | None = None
    updated_at: int = 0


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a walk of the shop's list goes on: the page (None: the list's end), the pks of the gap
    that the walks before have found, and those that waited for their cancellation; `undelivered` is
    the page of the webhooks that got lost (None: their list's end)."""

    page: int | None = None
    gap: frozenset[int] = frozenset()
    cancelling: frozenset[int] = frozenset()
    undelivered: int | None = None

    def then(self, page: int | None, gap: Collection[int]) -> "Cursor":
        """The cursor after a run that ended before `page` and found `gap`. A list that takes
        several runs is known by all of them together."""
        whole = self.page is None and page is None
        return replace(self, page=page, gap=frozenset(gap if whole else self.gap.union(gap)))


FROM_THE_END: Final = Cursor()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Nothing is written on this route until somebody resumes it: since when (seconds since the
    epoch), by whom, why."""

    route: str
    since: int
    by: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """For logs and the console."""
        return {name: getattr(self, name) for name in self.__slots__}


_FIELDS: Final = {field.name for field in fields(Entry)}
_STATES: Final = get_args(State)


class Contended(Exception):
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
        answer = _call(
            self._dynamodb.get_item,
            TableName=self._table,
            Key={"order": {"S": order}, "route": {"S": route}},
            ConsistentRead=True,
        )
        return _entry(answer.get("Item"))

    def of_order(self, order: str) -> list[Entry]:
        """Every route's entry of one order. Raises Unavailable or Misconfigured."""
        answer = _call(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="#order = :order",
            ExpressionAttributeNames={"#order": "order"},
            ExpressionAttributeValues={":order": {"S": order}},
            ConsistentRead=True,
        )
        return [entry for item in answer["Items"] if (entry := _entry(item))]

    def of_orders(
        self, orders: Sequence[str], routes: Sequence[str]
    ) -> dict[str, dict[str, Entry]]:
        """The entries of many orders on these routes, and beside them: by order, by route."""
        keys = [
            {"order": {"S": order}, "route": {"S": route}}
            for order in dict.fromkeys(orders)
            for route in (*routes, NO_ROUTE)
        ]
        found: dict[str, dict[str, Entry]] = {}
        while keys:
            asked, keys = keys[:_MOST_KEYS], keys[_MOST_KEYS:]
            answer = _call(
                self._dynamodb.batch_get_item,
                RequestItems={self._table: {"Keys": asked, "ConsistentRead": True}},
            )
            for item in answer["Responses"].get(self._table, []):
                if entry := _entry(item):
                    found.setdefault(entry.order, {})[entry.route] = entry
            # DynamoDB answers with what fits into 16 MB and hands the other keys back.
            left = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
            if len(left) == len(asked):
                raise Unavailable("The ledger is throttled.", code="LEDGER_UNAVAILABLE")
            keys += left
        return found

    def scan(self, numbers: Collection[str] = ()) -> Iterator[Entry]:
        """Every entry, an order's one after the other; with `numbers`, those that hold one of these
        order numbers. Reads the whole table, page by page: for people, not for deliveries.

        Raises Unavailable or Misconfigured.
        """
        wanted = {_cut(number, _MOST_BYTES["number"]) for number in numbers}
        asked = _filter(wanted)
        while True:
            answer = _call(self._dynamodb.scan, TableName=self._table, ConsistentRead=True, **asked)
            for item in answer["Items"]:
                entry = _entry(item)
                if entry and (not wanted or entry.number in wanted):
                    yield entry
            if not answer.get("LastEvaluatedKey"):
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def undone(self, part: int = 0, parts: int = 1) -> tuple[list[Entry], int]:
        """Of one part of the table: every entry that is not `delivered`, or whose next revision is
        held or rejected, with what a summary needs of it (`_SUMMED`) and no more; and how many
        others there are. For people, as `scan`.

        The table leaves out the others, which are nearly all, so that a summary of a large ledger
        costs reading it and little else. Raises Unavailable or Misconfigured.
        """
        names = {f"#{name}": name for name in _SUMMED}
        asked: dict[str, Any] = {
            "FilterExpression": "#state <> :delivered OR #reason IN (:held, :rejected)",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {
                ":delivered": {"S": "delivered"}, ":held": {"S": "held"},
                ":rejected": {"S": "revision-rejected"},
            },
            "ProjectionExpression": ", ".join(names),
        }  # fmt: skip
        if parts > 1:
            asked |= {"Segment": part, "TotalSegments": parts}
        found, delivered = list[Entry](), 0
        while True:
            answer = _call(self._dynamodb.scan, TableName=self._table, ConsistentRead=True, **asked)
            delivered += answer["ScannedCount"] - answer["Count"]
            found += _orders(answer["Items"])
            if not answer.get("LastEvaluatedKey"):
                return found, delivered
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def undone_at_once(self) -> tuple[list[Entry], int]:
        """The same of the whole table, in PartiQL: where nothing is paged, as on the local stack,
        which sorts the table for each page of a scan. Raises Unavailable or Misconfigured."""
        chosen = ", ".join(f'"{name}"' for name in _SUMMED)
        undone = f"""SELECT {chosen} FROM "{self._table}" WHERE "state" <> 'delivered' OR "reason" = 'held' OR "reason" = 'revision-rejected'"""  # noqa: E501, S608 - names of our own
        items = _call(self._dynamodb.execute_statement, Statement=undone)["Items"]
        table = _call(self._dynamodb.describe_table, TableName=self._table)["Table"]
        return _orders(items), table["ItemCount"] - len(items)

    def cursor(self) -> Cursor:
        """Where the last walk of the shop's list ended."""
        item = _call(self._dynamodb.get_item, TableName=self._table, Key=_CURSOR).get("Item", {})
        page, undelivered = (
            int(item[name]["N"]) if name in item else None for name in ("page", "undelivered")
        )
        gap, cancelling = (
            frozenset(map(int, item.get(name, {}).get("NS", ()))) for name in ("gap", "cancelling")
        )
        return Cursor(page, gap, cancelling, undelivered)

    def set_cursor(self, cursor: Cursor) -> None:
        """Remembers where to walk on."""
        item: dict[str, Any] = dict(_CURSOR)
        for name, page in (("page", cursor.page), ("undelivered", cursor.undelivered)):
            if page:
                item[name] = {"N": str(page)}
        for name, pks in (("gap", cursor.gap), ("cancelling", cursor.cancelling)):
            if pks:  # DynamoDB knows no empty set
                item[name] = {"NS": [str(pk) for pk in sorted(pks)[:_MOST_GAP]]}
        _call(self._dynamodb.put_item, TableName=self._table, Item=item)

    def holds(self) -> dict[str, Hold]:
        """The routes that are held, by name. Raises Unavailable or Misconfigured."""
        answer = _call(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="#order = :order",
            ExpressionAttributeNames={"#order": "order"},
            ExpressionAttributeValues={":order": {"S": _HOLD}},
            ConsistentRead=True,
        )
        return {hold.route: hold for hold in map(_hold, answer["Items"])}

    def hold(self, hold: Hold) -> None:
        """Holds a route; one that is held already stays as it is."""
        with suppress(Contended):
            _call(
                self._dynamodb.put_item,
                TableName=self._table,
                Item=_key_of_hold(hold.route)
                | {"since": {"N": str(hold.since)}}
                | {"by": {"S": hold.by}, "reason": {"S": hold.reason}},
                ConditionExpression="attribute_not_exists(#order)",
                ExpressionAttributeNames={"#order": "order"},
            )

    def end_hold(self, route: str) -> None:
        """Ends the hold of a route, if there is one."""
        _call(self._dynamodb.delete_item, TableName=self._table, Key=_key_of_hold(route))

    def put(self, entry: Entry, *, replacing: Entry | None) -> Entry:
        """Writes `entry` as the next version of `replacing` (None: there must be no entry yet).

        Gives back what the table now holds: texts may be shorter, so that the item stays below
        1 KB. Raises Contended with the current entry where somebody else was first, Unavailable or
        Misconfigured where the table does not answer. A write that had landed already, and whose
        answer was lost so that the SDK repeated it, meets itself: that is the success it was.
        """
        entry = as_kept(replace(entry, version=(replacing.version if replacing else 0) + 1))
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
            _call(
                self._dynamodb.put_item,
                TableName=self._table,
                Item=_item(entry),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **condition,
            )
        except Contended as lost:
            if lost.current != entry:
                raise
        return entry


def _call(operation: Callable[..., Any], **parameters: Any) -> Mapping[str, Any]:
    try:
        return cast(Mapping[str, Any], operation(**parameters))
    except ClientError as error:
        answer: Mapping[str, Any] = error.response
    except BotoCoreError:
        answer = {}
    # Raised here, so that no error of the SDK's, which holds the answer, is its context.
    code = answer.get("Error", {}).get("Code", "")
    if code == "ConditionalCheckFailedException":
        raise Contended(_entry(answer.get("Item")))
    if code in _PERMANENT:
        raise Misconfigured(
            f"The ledger table refused a call ({code}): check name and permissions.",
            code="LEDGER_REFUSED",
        )
    raise Unavailable("The ledger did not answer.", code="LEDGER_UNAVAILABLE")


def _orders(items: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """The items that are orders': what is no order's has no version."""
    return [entry for item in items if "version" in item and (entry := _entry(item))]


def _key_of_hold(route: str) -> dict[str, Any]:
    return {"order": {"S": _HOLD}, "route": {"S": route}}


def _hold(item: Mapping[str, Any]) -> Hold:
    return Hold(
        route=item["route"]["S"], since=int(item["since"]["N"]), by=item["by"]["S"],
        reason=item["reason"]["S"],
    )  # fmt: skip


def _filter(numbers: Collection[str]) -> dict[str, Any]:
    """What a scan asks the table to leave out; what is no order's has no version."""
    names, values = {"#version": "version"}, {}
    condition = "attribute_exists(#version)"
    if 0 < len(numbers) <= _MOST_OPERANDS:
        values = {f":n{place}": {"S": number} for place, number in enumerate(sorted(numbers))}
        names["#number"] = "number"
        condition += f" AND #number IN ({', '.join(values)})"
    asked: dict[str, Any] = {"FilterExpression": condition, "ExpressionAttributeNames": names}
    return asked | ({"ExpressionAttributeValues": values} if values else {})


def as_kept(entry: Entry) -> Entry:
    """The entry as the table will hold it: no empty texts, none too long, all below `MAX_ITEM`."""
    values = _values(entry)
    for name, most in _MOST_BYTES.items():
        values[name] = _cut(values[name], most)
    for name in _SHORTENED_FIRST:
        excess = _size(values) - MAX_ITEM
        if excess > 0:
            values[name] = _cut(values[name], max(len(values[name].encode()) - excess, 0))
    if values["items"] and _size(values) > MAX_ITEM:
        values["items"] = "?"  # named_items.UNKNOWN: never a part of them
    return Entry(**{name: value for name, value in values.items() if value != ""})


def _cut(text: str | None, most: int) -> str:
    """`text` in at most so many bytes, no letter cut in two."""
    return (text or "").encode("utf-8", "ignore")[:most].decode("utf-8", "ignore")


def _size(values: Mapping[str, Any]) -> int:
    """The item's bytes: names and texts in UTF-8, two digits of a number in one, and one more.
    Source: DynamoDB developer guide, "Item sizes and formats"."""
    total = 0
    for name, value in values.items():
        if isinstance(value, str):
            total += len(name) + len(value.encode())
        elif value is not None:
            total += len(name) + len(str(int(value))) // 2 + 2
    return total


def _values(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Entry.__slots__}


def _item(entry: Entry) -> dict[str, Any]:
    return {n: _attribute(value) for n, value in _values(entry).items() if value is not None}


def _attribute(value: str | int | bool) -> dict[str, str | bool]:
    """A value as DynamoDB takes it: an entry has texts, whole numbers and one flag."""
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def _entry(item: Mapping[str, Any] | None) -> Entry | None:
    if not item:
        return None
    values: dict[str, Any] = {}
    for name in _FIELDS & item.keys():
        ((kind, value),) = item[name].items()
        values[name] = int(Decimal(value)) if kind == "N" else value
    if "version" not in values or values.get("state") not in _STATES:
        raise Misconfigured(
            "The ledger holds an item that this version cannot read: it is a newer deployment's, "
            "or was edited by hand. Deploy the newer one, or restore the item.",
            code="LEDGER_UNREADABLE",
        )
    return Entry(**values)
