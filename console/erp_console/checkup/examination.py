"""All checks, one after the other; what hinders one does not keep the others from being made."""

from collections.abc import Callable, Iterator
from typing import Final

from botocore.exceptions import ClientError
from erp_adapter.errors import AdapterError

from erp_console.aws_access import is_forbidden
from erp_console.checkup import (
    alarms,
    bucket,
    front_door,
    functions,
    ledger_table,
    omnitron,
    parameters,
    pickup,
    profiles,
    queues,
    webhooks,
)
from erp_console.checkup.finding import Finding, fault, ok, warning
from erp_console.checkup.site import Site
from erp_console.terminal import Failed, Hindered

CHECKS: Final[tuple[tuple[str, Callable[[Site], Iterator[Finding]]], ...]] = (
    ("profiles", profiles.check), ("parameters", parameters.check), ("omnitron", omnitron.check),
    ("hooks", webhooks.check), ("cancellations", omnitron.cancellations),
    ("webhook", front_door.check), ("queues", queues.check),
    ("functions", functions.check), ("ledger", ledger_table.check), ("bucket", bucket.check),
    ("pickup", pickup.check),
    ("alarms", alarms.check),
)  # fmt: skip


def examine(site: Site) -> Iterator[Finding]:
    """Every line."""
    if site.deployed:
        yield ok("stack", f"{site.stack} is deployed.")
    else:
        yield warning(
            "stack", f"{site.stack} is not deployed yet: only what it needs beforehand is checked.",
            "When there is no fault: sam deploy, then `erp-adapter subscribe`.",
        )  # fmt: skip
    said: set[str] = set()
    for name, check in CHECKS:
        for finding in _guarded(name, check, site):
            # One cause, such as a shop that is down, hinders several checks in the same words.
            if finding.level == "ok" or finding.said not in said:
                yield finding
            said.add(finding.said)


def _guarded(
    name: str, check: Callable[[Site], Iterator[Finding]], site: Site
) -> Iterator[Finding]:
    try:
        yield from check(site)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "no code")
        if is_forbidden(error):
            yield warning(
                name, f"Not all of it was checked: you may not do {error.operation_name}.",
                "See docs/runbook.md, “Whose permissions”.",
            )  # fmt: skip
        else:
            yield fault(name, f"AWS refused {error.operation_name} ({code}).", "Deploy anew.")
    except AdapterError as error:
        yield fault(name, error.message, "See the line `profiles`.")
    except (Failed, Hindered) as error:
        yield fault(name, str(error), "Mend this first, then run doctor again.")
