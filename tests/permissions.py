"""What each function asks of AWS, and what template.yaml allows it.

Every world (tests/world.py) watches its handlers: whatever a function calls in any test must be
allowed by its role, under the conditions of that world. IAM itself is no part of moto or of the
local stack, so this is where a missing permission shows before AWS says it.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final

from template import RESOURCES

_ROLES: Final = {
    "webhook": "WebhookRole", "deliver": "DeliverRole", "reconcile": "ReconcileRole",
    "pickup": "PickupRole",
}  # fmt: skip
_OTHER_NAMES: Final = {"s3:HeadObject": "s3:GetObject", "s3:ListObjectsV2": "s3:ListBucket"}
"""Operations that IAM knows by another name (service authorization reference)."""
_VALUES: Final = {
    "AWS::Partition": "aws", "AWS::Region": "here", "AWS::AccountId": "us",
    "DocumentPrefix": "documents", "KmsKeyArn": "key",
}  # fmt: skip

Allowed = tuple[str, str]
"""An action, and a resource, in which `*` is any text. The template's own are called by their names
in it, such as InboundQueue."""


@dataclass
class Trace:
    """The calls of one world's functions: (function, action, resource)."""

    resources: Mapping[str, str]
    stack: str
    function: str | None = None
    made: set[tuple[str, str, str]] = field(default_factory=set)
    denied: set[tuple[str, str, str]] = field(default_factory=set)

    def watched(self, function: str, handler: Callable[..., Any]) -> Callable[..., Any]:
        """The handler, whose calls are this function's."""

        def handle(*given: Any) -> Any:
            with self._at_work(function):
                return handler(*given)

        return handle

    @contextmanager
    def _at_work(self, function: str) -> Iterator[None]:
        before, self.function = self.function, function
        try:
            yield
        finally:
            self.function = before

    def note(self, params: Mapping[str, Any], service: str, operation: str) -> None:
        """A call that one of the functions makes."""
        if self.function is None:
            return
        action = f"{service}:{operation}"
        action = _OTHER_NAMES.get(action, action)
        call = (self.function, action, self._resource(service, params))
        self.made.add(call)
        if not any(permits(each, *call[1:]) for each in policy(self.function, conditions())):
            self.denied.add(call)

    def _resource(self, service: str, params: Mapping[str, Any]) -> str:
        match service:
            case "s3":
                return f"DocumentsBucket/{params['Key']}".rstrip("/")
            case "dynamodb":
                [table] = params.get("RequestItems", {params.get("TableName"): None})
                return self._logical(table)
            case "sqs":
                return self._logical(params["QueueUrl"])
            case "ssm":
                named = str(params.get("Name") or params.get("Path"))
                return f"arn:aws:ssm:here:us:parameter{named.replace(self.stack, 'AWS::StackName')}"
        raise AssertionError(f"no function calls {service}")

    def _logical(self, physical: object) -> str:
        [name] = [logical for logical, value in self.resources.items() if value == physical]
        return name


def conditions(**more: bool) -> dict[str, bool]:
    """The template's conditions in this process's environment."""
    return {
        "Inline": os.environ.get("PROCESSING_MODE") == "inline",
        "LogsIn": os.environ.get("OMNITRON_LOGIN") == "password",
        "HasKmsKey": False,
    } | more


def permits(allowed: Allowed, action: str, resource: str) -> bool:
    """Whether this permission is for that call."""
    return allowed[0] == action and fnmatchcase(resource, allowed[1])


def policy(function: str, conditions: Mapping[str, bool]) -> set[Allowed]:
    """What the function's role allows, its managed policies included."""
    role = RESOURCES[_ROLES[function]]["Properties"]
    documents = [each["PolicyDocument"] for each in role["Policies"]]
    attached = _chosen(role.get("ManagedPolicyArns", []), conditions) or []
    documents += [RESOURCES[each["Ref"]]["Properties"]["PolicyDocument"] for each in attached]
    return {
        (action, _text(resource))
        for document in documents
        for statement in _listed(document["Statement"], conditions)
        if statement["Effect"] == "Allow"
        for action in _listed(statement["Action"], conditions)
        for resource in _listed(statement["Resource"], conditions)
    }


def _listed(value: Any, conditions: Mapping[str, bool]) -> list[Any]:
    chosen = _chosen(value, conditions)
    every = chosen if isinstance(chosen, list) else [chosen]
    found = [_chosen(each, conditions) for each in every]
    return [each for each in found if each is not None]


def _chosen(value: Any, conditions: Mapping[str, bool]) -> Any:
    if isinstance(value, dict) and "Fn::If" in value:
        condition, yes, no = value["Fn::If"]
        return _chosen(yes if conditions[condition] else no, conditions)
    return None if value == {"Ref": "AWS::NoValue"} else value


def _text(resource: Any) -> str:
    match resource:
        case {"Fn::GetAtt": [name, "Arn"]}:
            return str(name)
        case {"Fn::Sub": text}:
            found = re.sub(r"\$\{(\w+)\.Arn\}", r"\1", text)
            return re.sub(r"\$\{([\w:]+)\}", lambda each: _VALUES.get(each[1], each[1]), found)
        case {"Ref": name}:
            return _VALUES[name]
    raise AssertionError(f"{resource} names no single resource")
