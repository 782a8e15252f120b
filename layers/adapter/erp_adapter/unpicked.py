"""What still lies in the bucket: nobody has picked it up. Listed, because a list of a thousand
documents is one call, and the ledger would have to be read whole.

Source: Amazon S3 API reference, ListObjectsV2 (1000 keys a page, in the order of their bytes).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from erp_adapter.errors import Misconfigured, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MOST_PAGES: Final = 20
"""Pages of one look. What an ERP that copies instead of deleting has left there ends nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpicked:
    """A look into the folders of some routes. `written`: when each document was, in seconds since
    the epoch, by key; `ends`: each folder and the last key that was listed of it (None: all)."""

    written: dict[str, float]
    ends: dict[str, str | None]
    at: float

    @property
    def whole(self) -> bool:
        """Whether everything was listed."""
        return all(end is None for end in self.ends.values())

    def gone(self, key: str) -> bool:
        """Whether the document is surely not there (any more). One that was put since is not there
        either: who is told so looks himself."""
        if key in self.written:
            return False
        return any(
            key.startswith(folder) and (end is None or key <= end)
            for folder, end in self.ends.items()
        )

    def measured(self, late: float) -> dict[str, int]:
        """The data points by metric; who has been there for `late` seconds counts."""
        ages = [self.at - written for written in self.written.values()]
        return {
            "Unpicked": sum(age >= late for age in ages),
            "OldestUnpicked": round(max([0.0, *ages])),
        }


def look(
    s3: "S3Client", bucket: str, folders: Iterable[str], *,
    clock: Callable[[], float], deadline: float,
) -> Unpicked:  # fmt: skip
    """Lists the folders, each with a slash at its end, until `deadline` (on `clock`) or the last
    page that a look may ask for. Raises Unavailable, Misconfigured."""
    written, ends, left = dict[str, float](), dict[str, str | None](), MOST_PAGES
    for folder in folders:
        after: str | None = ""
        while after is not None and left and clock() <= deadline:
            left -= 1
            page = _page(s3, Bucket=bucket, Prefix=folder, StartAfter=after)
            found = page.get("Contents", [])
            written |= {each["Key"]: each["LastModified"].timestamp() for each in found}
            after = found[-1]["Key"] if found and page["IsTruncated"] else None
        ends[folder] = after
    return Unpicked(written=written, ends=ends, at=clock())


def _page(s3: "S3Client", **asked: Any) -> Any:
    try:
        return s3.list_objects_v2(**asked)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code = error.response.get("Error", {}).get("Code", "")
    except BotoCoreError:
        status, code = 0, ""
    # Raised here, so that no error of the SDK's is its context.
    if 400 <= status < 500 and status not in (408, 429):
        raise Misconfigured(
            f"S3 does not list the documents ({code}): check bucket and permissions.",
            code="DESTINATION_REFUSED",
        )
    raise Unavailable("S3 does not list the documents.", code="DESTINATION_UNAVAILABLE")
