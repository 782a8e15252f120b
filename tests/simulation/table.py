"""DynamoDB as far as the ledger needs it: conditional puts of items with two keys.

An expression that is not known here is an error of the simulation, not an answer.
Source: DynamoDB API reference, PutItem (ReturnValuesOnConditionCheckFailure), Query, BatchGetItem.
"""

from typing import Any, Final

from boto3.dynamodb.types import TypeDeserializer

from simulation.calls import Service, answered, succeeded

Item = dict[str, Any]

_CURSOR: Final = ("reconcile", "cursor")
"""Losing it costs a walk from the start."""
_EVERY_ORDER: Final = "attribute_exists(#version)"
_UNDONE: Final = "#state <> :delivered OR #reason IN (:held, :rejected)"


class Table:
    """The table as it is: items by order and route, in DynamoDB's own notation."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}

    def plain(self, order: str, route: str) -> dict[str, Any]:
        """The item as plain values; empty where there is none."""
        return plain(self.items.get((order, route), {}))


class DynamoDB(Service):
    """boto3.client("dynamodb")."""

    name = "dynamodb"

    def get_item(self, **parameters: Any) -> dict[str, Any]:
        """GetItem."""
        key = _key(parameters["Key"])
        items = self.scene.table.items
        consistent = parameters.get("ConsistentRead") or key == _CURSOR
        assert consistent, "an inconsistent read may see the past"

        def get() -> dict[str, Any]:
            return succeeded(Item=dict(items[key])) if key in items else succeeded()

        return self.call("GetItem", "/".join(key), parameters, get)

    def query(self, **parameters: Any) -> dict[str, Any]:
        """Query of one partition."""
        assert parameters["KeyConditionExpression"] == "#order = :order"
        assert parameters.get("ConsistentRead"), "an inconsistent read may see the past"
        order = parameters["ExpressionAttributeValues"][":order"]["S"]

        def query() -> dict[str, Any]:
            found = [dict(i) for k, i in self.scene.table.items.items() if k[0] == order]
            found.sort(key=lambda item: item["route"]["S"])
            return succeeded(Items=found, Count=len(found))

        return self.call("Query", order, parameters, query)

    def scan(self, **parameters: Any) -> dict[str, Any]:
        """Scan of the orders' items, side by side; or of those that are not done, with what is no
        order's."""
        asked = parameters["FilterExpression"]
        assert asked in (_EVERY_ORDER, _UNDONE)
        assert parameters.get("ConsistentRead"), "an inconsistent read may see the past"

        def scan() -> dict[str, Any]:
            items = self.scene.table.items
            found = [dict(items[key]) for key in sorted(items)]
            kept = [item for item in found if _is_kept(item, asked)]
            return succeeded(Items=kept, Count=len(kept), ScannedCount=len(found))

        return self.call("Scan", "ledger", parameters, scan)

    def batch_get_item(self, **parameters: Any) -> dict[str, Any]:
        """BatchGetItem of one table."""
        [(name, asked)] = parameters["RequestItems"].items()
        keys = [_key(key) for key in asked["Keys"]]
        assert asked["ConsistentRead"], "an inconsistent read may see the past"
        assert 1 <= len(keys) <= 100
        assert len(set(keys)) == len(keys)

        def get() -> dict[str, Any]:
            found = [dict(self.scene.table.items[k]) for k in keys if k in self.scene.table.items]
            return succeeded(Responses={name: found}, UnprocessedKeys={})

        return self.call("BatchGetItem", f"{len(keys)} items", parameters, get)

    def put_item(self, **parameters: Any) -> dict[str, Any]:
        """PutItem under one of the ledger's two conditions, or none."""
        item = parameters["Item"]
        key = _key(item)
        holds = _condition(parameters)

        def put() -> dict[str, Any]:
            there = self.scene.table.items.get(key)
            if not holds(there):
                more = {}
                if there and parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
                    more = {"Item": dict(there)}
                raise answered("ConditionalCheckFailedException", 400, "PutItem", **more)
            self.scene.table.items[key] = dict(item)
            if "version" in item:
                self.scene.written(key, there)
            elif key == _CURSOR:
                self.scene.remembered.noted(plain(item))
            return succeeded()

        return self.call("PutItem", "/".join(key), parameters, put)

    def delete_item(self, **parameters: Any) -> dict[str, Any]:
        """DeleteItem, whatever is there."""
        key = _key(parameters["Key"])

        def delete() -> dict[str, Any]:
            self.scene.table.items.pop(key, None)
            return succeeded()

        return self.call("DeleteItem", "/".join(key), parameters, delete)


def _is_kept(item: Item, asked: str) -> bool:
    if asked == _EVERY_ORDER:
        return "version" in item
    told = ({"S": "held"}, {"S": "revision-rejected"})
    return item.get("state") != {"S": "delivered"} or item.get("reason") in told


def plain(item: Item) -> dict[str, Any]:
    """The item as plain values."""
    read = TypeDeserializer().deserialize
    return {name: read(value) for name, value in item.items()}


def _key(item: Item) -> tuple[str, str]:
    return item["order"]["S"], item["route"]["S"]


def _condition(parameters: dict[str, Any]) -> Any:
    expression = parameters.get("ConditionExpression")
    names = parameters.get("ExpressionAttributeNames", {})
    if expression is None:
        return lambda there: True
    if expression == "attribute_not_exists(#order)":
        assert names == {"#order": "order"}
        return lambda there: there is None
    assert expression == "#version = :version", expression
    assert names == {"#version": "version"}
    wanted = parameters["ExpressionAttributeValues"][":version"]
    return lambda there: there is not None and there.get("version") == wanted
