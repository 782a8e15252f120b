"""The alarms: there, switched on, and somebody hears them."""

from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from erp_console.checkup.finding import Finding, fault, ok, warning
from erp_console.checkup.site import Site

_TOPIC: Final = "Set AlarmTopicArn in samconfig.toml to an SNS topic and deploy."


def check(site: Site) -> Iterator[Finding]:
    """The stack's alarms, then each topic that they go to."""
    if not site.deployed:
        return
    pages = (
        site.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmNamePrefix=f"{site.stack}-")
    )
    alarms: list[dict[str, Any]] = [alarm for page in pages for alarm in page["MetricAlarms"]]
    if not alarms:
        yield fault("alarms", f"{site.stack} has no alarms.", "Deploy the template anew.")
        return
    off = sorted(alarm["AlarmName"] for alarm in alarms if not alarm["ActionsEnabled"])
    for name in off:
        yield fault(
            "alarms", f"The alarm {name} is muted.",
            f"aws cloudwatch enable-alarm-actions --alarm-names {name}",
        )  # fmt: skip
    for alarm in alarms:
        if alarm["StateValue"] == "ALARM":
            yield warning(
                "alarms", f"The alarm {alarm['AlarmName']} rings.",
                alarm.get("AlarmDescription") or "See docs/runbook.md.",
            )  # fmt: skip
    if not off:
        yield ok("alarms", f"{len(alarms)} alarms are watching.")
    yield from _targets(site, alarms)


def _targets(site: Site, alarms: list[dict[str, Any]]) -> Iterator[Finding]:
    topics = sorted({action for alarm in alarms for action in alarm["AlarmActions"]})
    silent = sum(not alarm["AlarmActions"] for alarm in alarms)
    if silent and site.aws.is_local:
        yield ok("alarm-targets", "A local stack has nobody to tell.")
    elif silent:
        yield warning("alarm-targets", f"Nobody hears {silent} of {len(alarms)} alarms.", _TOPIC)
    heard = [list(_of_topic(site, topic)) for topic in topics if ":sns:" in topic]
    yield from (trouble for troubles in heard for trouble in troubles)
    if topics and not silent and not any(heard):
        yield ok("alarm-targets", f"They go to {', '.join(topics)}, and somebody listens.")


def _of_topic(site: Site, topic: str) -> Iterator[Finding]:
    try:
        answer = site.client("sns").list_subscriptions_by_topic(TopicArn=topic)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in ("NotFound", "NotFoundException"):
            raise
        yield fault("alarm-targets", f"The topic {topic} is gone.", _TOPIC)
        return
    live = [each for each in answer["Subscriptions"] if each["SubscriptionArn"].startswith("arn:")]
    if not live:
        yield fault(
            "alarm-targets", f"Nobody has subscribed to {topic}, or nobody has confirmed it.",
            f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint "
            "ADDRESS, and confirm the mail.",
        )  # fmt: skip
