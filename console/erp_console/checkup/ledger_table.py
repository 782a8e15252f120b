"""The ledger: there, and nothing that lets entries expire."""

from collections.abc import Iterator
from typing import Final

from botocore.exceptions import ClientError

from erp_console.checkup import holds
from erp_console.checkup.finding import Finding, fault, ok, warning
from erp_console.checkup.site import Site

_KEYS: Final = ["order", "route"]


def check(site: Site) -> Iterator[Finding]:
    """The table's state, keys, expiry and backups; then what it says of holds."""
    if not site.deployed:
        return
    dynamodb, name = site.client("dynamodb"), site.outputs["LedgerTableName"]
    try:
        table = dynamodb.describe_table(TableName=name)["Table"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
            raise
        yield fault(
            "ledger", f"The table {name} is gone: every order could be sent again.",
            "Restore it from its point-in-time backup before anything else.",
        )  # fmt: skip
        return
    keys = [each["AttributeName"] for each in table["KeySchema"]]
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    if table["TableStatus"] not in ("ACTIVE", "UPDATING") or keys != _KEYS:
        yield fault(
            "ledger", f"The table {name} is {table['TableStatus']}, its keys are {keys}.",
            "Deploy the template anew.",
        )  # fmt: skip
    elif expiry.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"):
        yield fault(
            "ledger", f"Entries of {name} expire: orders would be sent a second time.",
            f"aws dynamodb update-time-to-live --table-name {name} --time-to-live-specification "
            f"Enabled=false,AttributeName={expiry.get('AttributeName')}",
        )  # fmt: skip
    elif recovery != "ENABLED" and not site.aws.is_local:
        yield warning(
            "ledger", f"{name} has no point-in-time backups.", "Deploy the template anew."
        )  # fmt: skip
    else:
        kept = "is not backed up (a local stack)" if site.aws.is_local else "is backed up"
        yield ok("ledger", f"{name} is there, keeps its entries, and {kept}.")
    yield from holds.check(site)
