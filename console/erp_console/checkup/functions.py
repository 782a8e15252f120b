"""The functions: able to run, fed by the queue, called by the schedule."""

from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from erp_console.checkup.finding import Finding, fault, ok, warning
from erp_console.checkup.site import Site

_MOST_SECONDS: Final = 30
_NAMES: Final = {
    "webhook": "WebhookFunctionName", "deliver": "DeliverFunctionName",
    "reconcile": "ReconcileFunctionName", "pickup": "PickupFunctionName",
}  # fmt: skip
_DEPLOY: Final = "Deploy the template anew."


def check(site: Site) -> Iterator[Finding]:
    """Each function, then the queue's event source, then the schedule."""
    if not site.deployed:
        return
    troubles = [
        trouble for name, output in _NAMES.items() for trouble in _function(site, name, output)
    ]
    yield from troubles or [ok("functions", "All four can run.")]
    yield from _event_source(site)
    yield from _schedule(site)


def _function(site: Site, name: str, output: str) -> Iterator[Finding]:
    lambdas = site.client("lambda")
    function = site.outputs.get(output, "")
    try:
        found = lambdas.get_function_configuration(FunctionName=function)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
            raise
        yield fault("functions", f"The function {name} is gone.", _DEPLOY)
        return
    state, update = found.get("State", "Active"), found.get("LastUpdateStatus", "Successful")
    if state not in ("Active", "Inactive") or update == "Failed":
        yield fault("functions", f"The function {name} can't run ({state}, {update}).", _DEPLOY)
    variables = found.get("Environment", {}).get("Variables", {})
    if variables.get("AWS_ENDPOINT_URL") and not site.aws.is_local:
        yield fault(
            "functions", f"The function {name} asks a local stack instead of AWS.",
            "Leave AwsEndpointUrl out and deploy.",
        )  # fmt: skip
    if name == "deliver" and found["Timeout"] > _MOST_SECONDS:
        yield fault(
            "functions", f"The function deliver may run for {found['Timeout']} s: a crash's retry "
            "comes when FIFO has forgotten the first message.",
            f"Set FunctionTimeoutSeconds to {_MOST_SECONDS} at most and deploy.",
        )  # fmt: skip
    reserved = lambdas.get_function_concurrency(FunctionName=function)
    if reserved.get("ReservedConcurrentExecutions") == 0:
        yield fault(
            "functions", f"The function {name} is switched off (reserved concurrency 0).",
            f"aws lambda delete-function-concurrency --function-name {function}",
        )  # fmt: skip


def _event_source(site: Site) -> Iterator[Finding]:
    function = site.outputs.get("DeliverFunctionName", "")
    answer = site.client("lambda").list_event_source_mappings(FunctionName=function)
    inbound = site.outputs["InputQueueUrl"].rpartition("/")[2]
    found = [
        each
        for each in answer["EventSourceMappings"]
        if each.get("EventSourceArn", "").endswith(f":{inbound}")
    ]
    if not found:
        yield fault("event-source", "Nothing takes notifications off the inbound queue.", _DEPLOY)
        return
    troubles = list(_of_source(found[0]))
    yield from troubles or [ok("event-source", "The queue feeds the function deliver.")]


def _of_source(source: dict[str, Any]) -> Iterator[Finding]:
    state = source.get("State", "Enabled")
    if state not in ("Enabled", "Enabling", "Creating", "Updating"):
        yield fault(
            "event-source", f"The queue's event source is {state}: orders wait on the queue.",
            f"aws lambda update-event-source-mapping --uuid {source['UUID']} --enabled",
        )  # fmt: skip
    if "ReportBatchItemFailures" not in (source.get("FunctionResponseTypes") or ()):
        yield fault(
            "event-source", "It does not report single failures: what failed would be deleted.",
            _DEPLOY,
        )  # fmt: skip
    if not source.get("ScalingConfig", {}).get("MaximumConcurrency"):
        yield warning(
            "event-source", "It has no MaximumConcurrency: the shop may get more calls than "
            "OmnitronRate.",
            _DEPLOY,
        )  # fmt: skip


def _schedule(site: Site) -> Iterator[Finding]:
    function = site.outputs.get("ReconcileFunctionName", "")
    try:
        arn = site.client("lambda").get_function_configuration(FunctionName=function)["FunctionArn"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
            raise
        return  # said already
    events = site.client("events")
    names = events.list_rule_names_by_target(TargetArn=arn)["RuleNames"]
    rules = [events.describe_rule(Name=name) for name in names]
    on = [rule for rule in rules if rule.get("State") == "ENABLED"]
    if on:
        yield ok("schedule", f"Reconcile runs by itself: {on[0].get('ScheduleExpression')}.")
    elif rules:
        yield fault(
            "schedule", "Reconcile's schedule is switched off: lost webhooks stay lost.",
            f"aws events enable-rule --name {rules[0]['Name']}",
        )  # fmt: skip
    else:
        yield fault("schedule", "Reconcile has no schedule: lost webhooks stay lost.", _DEPLOY)
