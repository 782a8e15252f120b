"""The bytes of documents, which the bucket keeps as versions after the ERP has deleted them."""

import hashlib
from collections.abc import Iterator

from botocore.exceptions import ClientError
from erp_adapter.ledger import Entry
from erp_adapter.profile import Document

from erp_console.deployed import Deployed


def kept_document(deployed: Deployed, entry: Entry) -> Document | None:
    """The document of the ledger's entry, byte for byte; None where no version of it is kept."""
    s3, key = deployed.aws.client("s3"), entry.document or ""
    for version in _versions(deployed, key):
        try:
            answer = s3.get_object(Bucket=deployed.bucket, Key=key, VersionId=version)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in ("NoSuchKey", "NoSuchVersion"):
                raise
            continue  # its time was over just now
        metadata, content = answer["Metadata"], answer["Body"].read()
        if metadata.get("sha256") == entry.sha256 == hashlib.sha256(content).hexdigest():
            return Document(
                name=key.rpartition("/")[2], content_type=answer["ContentType"], content=content,
                sha256=str(entry.sha256), profile=metadata.get("profile", ""),
                version=metadata.get("profile-version", ""),
            )  # fmt: skip
    return None


def _versions(deployed: Deployed, key: str) -> Iterator[str]:
    pages = deployed.aws.client("s3").get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=deployed.bucket, Prefix=key):
        for version in page.get("Versions", []):
            if version["Key"] == key:
                yield version["VersionId"]


def next_place(entry: Entry) -> str:
    """The key of the entry's next revision: NAME-PK.xml, then NAME-PK.r2.xml."""
    stem, pk, ending = (entry.document or "").rpartition(f"-{entry.order}")
    if entry.revision > 1:
        ending = ending.removeprefix(f".r{entry.revision}")
    return f"{stem}{pk}.r{entry.revision + 1}{ending}"
