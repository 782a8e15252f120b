"""The bucket: versioned, closed, and without a rule that would take away what proves a delivery."""

from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from erp_console.checkup.finding import Finding, fault, ok, warning
from erp_console.checkup.site import Site

_DEPLOY: Final = "Deploy the template anew: it sets the bucket right."


def check(site: Site) -> Iterator[Finding]:
    """Versioning, lifecycle, public access."""
    if not site.deployed:
        return
    s3, bucket = site.client("s3"), site.outputs["BucketName"]
    try:
        status = s3.get_bucket_versioning(Bucket=bucket).get("Status", "off")
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "NoSuchBucket":
            raise
        yield fault("bucket", f"The bucket {bucket} is gone.", "Restore it, or deploy anew.")
        return
    if status == "Enabled":
        yield ok("bucket-versioning", f"{bucket} keeps versions.")
    else:
        yield fault(
            "bucket-versioning", f"Versioning of {bucket} is {status}: what the ERP has deleted "
            "looks as if it had never been put, and may be sent twice.",
            f"aws s3api put-bucket-versioning --bucket {bucket} "
            "--versioning-configuration Status=Enabled",
        )  # fmt: skip
    yield from _lifecycle(site, s3, bucket)
    yield from _public(s3, bucket)


def _lifecycle(site: Site, s3: Any, bucket: str) -> Iterator[Finding]:
    prefix = site.environment.get("DOCUMENT_PREFIX", "")
    try:
        rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "NoSuchLifecycleConfiguration":
            raise
        rules = []
    rules = [rule for rule in rules if rule["Status"] == "Enabled" and _covers(rule, prefix)]
    troubles = [rule for rule in rules if "Expiration" in rule]
    for rule in troubles:
        yield fault(
            "bucket-lifecycle", f"The rule {rule.get('ID', 'without a name')} of {bucket} "
            f"{_harm(rule['Expiration'])}.",
            f"Delete the rule. {_DEPLOY}",
        )  # fmt: skip
    # A local stack does not last long enough to care, and keeps no such rule.
    if not site.aws.is_local and not any("NoncurrentVersionExpiration" in r for r in rules):
        yield warning(
            "bucket-lifecycle", f"Old versions in {bucket} are kept for ever.", _DEPLOY
        )  # fmt: skip
    elif not troubles:
        yield ok("bucket-lifecycle", "No rule removes documents or delete markers.")


def _covers(rule: dict[str, Any], prefix: str) -> bool:
    """Whether the rule can touch a document."""
    which = rule.get("Filter", {})
    only = which.get("Prefix") or which.get("And", {}).get("Prefix") or rule.get("Prefix") or ""
    return str(only).startswith(prefix) or prefix.startswith(str(only).rstrip("/"))


def _harm(expiration: dict[str, Any]) -> str:
    if expiration.get("ExpiredObjectDeleteMarker"):
        return "removes delete markers: an imported document looks like one that was never put"
    return "deletes documents that the ERP may not have taken, and later their delete markers"


def _public(s3: Any, bucket: str) -> Iterator[Finding]:
    try:
        found = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "NoSuchPublicAccessBlockConfiguration":
            raise
        found = {}
    if not (found and all(found.values())):
        yield fault(
            "bucket-access", f"{bucket} could be opened to the public: it holds people's orders.",
            _DEPLOY,
        )  # fmt: skip
    else:
        yield ok("bucket-access", f"{bucket} is closed to the public.")
