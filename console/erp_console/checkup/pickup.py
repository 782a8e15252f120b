"""Whether the adapter hears of it when the ERP takes a document, and who waits for that."""

import json
from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from erp_console.checkup.finding import Finding, fault, ok, warning
from erp_console.checkup.site import Site

_DEPLOY: Final = "Deploy the template anew."


def check(site: Site) -> Iterator[Finding]:
    """What routes.toml and PickupMinutes say together; then the way of the bucket's events."""
    waiting = [route.name for route in site.routes.routes if route.waits_for_pickup]
    if waiting and float(site.environment.get("PICKUP_MINUTES", "60")) == 0:
        yield fault(
            "pickup", f"Omnitron is told of route {waiting[0]}'s orders once the ERP has deleted "
            "their documents, and PickupMinutes = 0 says that it deletes none.",
            'Set PickupMinutes, or write acknowledge = "after-write", and deploy.',
        )  # fmt: skip
    if not site.deployed:
        return
    troubles = list(_way(site))
    for trouble in troubles:
        if waiting:
            said = f"{trouble} Route {waiting[0]} waits for it: Omnitron is told late, by reconcile"
            yield fault("pickup", f"{said}.", _DEPLOY)
        else:
            yield warning("pickup", f"{trouble} `status` does not know when.", _DEPLOY)
    if not troubles:
        yield ok("pickup", "What the ERP deletes is told to the function pickup.")


def _way(site: Site) -> Iterator[str]:
    """What is wrong between the bucket and the function."""
    bucket, s3 = site.outputs["BucketName"], site.client("s3")
    try:
        told = s3.get_bucket_notification_configuration(Bucket=bucket)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "NoSuchBucket":
            raise
        return  # said already
    if "EventBridgeConfiguration" not in told:
        yield f"{bucket} does not tell EventBridge what the ERP deletes."
        return
    function = site.outputs.get("PickupFunctionName", "")
    try:
        found = site.client("lambda").get_function_configuration(FunctionName=function)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
            raise
        return  # said already
    events = site.client("events")
    names = events.list_rule_names_by_target(TargetArn=found["FunctionArn"])["RuleNames"]
    rules = [events.describe_rule(Name=name) for name in names]
    if not any(rule.get("State") == "ENABLED" for rule in rules):
        yield "No enabled rule of EventBridge calls the function pickup."
    elif not any(_is_of(rule, bucket, site.environment) for rule in rules):
        yield "The rule of the function pickup is about another bucket or folder."


def _is_of(rule: dict[str, Any], bucket: str, environment: Any) -> bool:
    """Whether the rule, enabled, takes the events of this deployment's documents."""
    try:
        detail = json.loads(rule.get("EventPattern") or "{}")["detail"]
        beginnings = [each["prefix"] for each in detail["object"]["key"]]
        named = bucket in detail["bucket"]["name"]
    except (KeyError, TypeError, ValueError):
        return False
    of_it = f"{environment.get('DOCUMENT_PREFIX', 'documents')}/"
    return rule.get("State") == "ENABLED" and named and any(map(of_it.startswith, beginnings))
