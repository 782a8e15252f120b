"""The bytes of documents, which the bucket keeps as versions after the ERP has deleted them."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import ClientError
from erp_adapter.ledger import Entry
from erp_adapter.profile import Document

from erp_console.deployed import Deployed
from erp_console.terminal import Failed

_MOST_DELETED: Final = 1000
"""Objects of one DeleteObjects (API reference)."""


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


_CONTENT: Final = "[0-9a-f]{16}/"
_ASIDE: Final = re.compile(f"(.*/)({_CONTENT})([^/]*)")
"""A document that was too large for a message lies in a folder named by its content's digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A version or a delete marker; `current` is what a reader of its key meets."""

    key: str
    version: str
    current: bool
    marker: bool


def every_version(deployed: Deployed, entry: Entry) -> Iterator[Kept]:
    """All versions and delete markers of the entry's document, of each of its revisions and, where
    it went aside because it was too large for a message, of each of its contents."""
    if not entry.document:
        return
    stem, pk, ending = entry.document.rpartition(f"-{entry.order}")
    if not pk:  # a profile whose file names do without the pk
        stem, ending = entry.document, ""
    aside = _ASIDE.fullmatch(stem)
    folder, content, name = aside.groups() if aside else (stem + pk, "", "")
    of_it = re.compile(
        re.escape(folder)
        + (f"{_CONTENT}{re.escape(name + pk)}" if content else "")
        + r"(\.r[0-9]+)?"
        + re.escape(re.sub(r"^\.r[0-9]+", "", ending))
    )
    pages = deployed.aws.client("s3").get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=deployed.bucket, Prefix=folder):
        for name, marker in (("Versions", False), ("DeleteMarkers", True)):
            for each in page.get(name, []):
                if of_it.fullmatch(each["Key"]):
                    yield Kept(
                        key=each["Key"], version=each["VersionId"], current=each["IsLatest"],
                        marker=marker,
                    )  # fmt: skip


def erase_kept(deployed: Deployed, kept: Sequence[Kept]) -> None:
    """Deletes them for good. Raises Failed where S3 keeps one.

    Delete markers go last and what they hide first: at no moment does a reader of the key meet an
    older version, which an ERP would import once more.
    """
    s3 = deployed.aws.client("s3")
    for marker, current in ((False, False), (False, True), (True, False), (True, True)):
        these = [e for e in kept if (e.marker, e.current) == (marker, current)]
        for start in range(0, len(these), _MOST_DELETED):
            named = [
                {"Key": each.key, "VersionId": each.version}
                for each in these[start : start + _MOST_DELETED]
            ]
            answer = s3.delete_objects(
                Bucket=deployed.bucket, Delete={"Objects": named, "Quiet": True}
            )
            if answer.get("Errors"):
                raise Failed(
                    f"S3 keeps {len(answer['Errors'])} versions ({answer['Errors'][0]['Code']}): "
                    "the bucket's policy lets only the stack's EraserArn delete them. Run the same "
                    "command again as that role."
                )
