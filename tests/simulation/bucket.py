"""S3 as far as documents need it: a versioned bucket with conditional puts.

Source: Amazon S3 user guide, "Conditional writes" and "Working with delete markers".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

from simulation.calls import Service, answered, succeeded
from simulation.kernel import EPOCH

PAGE: Final = 2
"""Keys of a page, so that a handful of documents is several."""
BUSY_SECONDS: Final = 0.05
"""So close to another write of the key, a conditional put is answered 409 and not 412."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a key; `body` is None for a delete marker."""

    body: bytes | None
    metadata: dict[str, str]
    at: float


@dataclass
class Bucket:
    """The bucket as it is."""

    keys: dict[str, list[Version]] = field(default_factory=dict)

    def current(self, key: str) -> Version | None:
        """The newest version, a delete marker included."""
        versions = self.keys.get(key)
        return versions[-1] if versions else None

    def write(self, key: str, version: Version) -> None:
        """Adds a version."""
        self.keys.setdefault(key, []).append(version)

    def documents(self) -> dict[str, list[tuple[str, Version]]]:
        """Every document that was ever put, by document id."""
        found: dict[str, list[tuple[str, Version]]] = {}
        for key, versions in self.keys.items():
            for version in versions:
                if version.body is not None and "document-id" in version.metadata:
                    found.setdefault(version.metadata["document-id"], []).append((key, version))
        return found

    def listed(self) -> list[str]:
        """The keys that a listing shows."""
        return [key for key, versions in self.keys.items() if versions[-1].body is not None]


class S3(Service):
    """boto3.client("s3")."""

    name = "s3"

    def put_object(self, **parameters: Any) -> dict[str, Any]:
        """PutObject, with or without `If-None-Match: *`."""
        key = parameters["Key"]
        bucket, kernel = self.scene.bucket, self.scene.kernel

        def put() -> dict[str, Any]:
            there = bucket.current(key)
            if parameters.get("IfNoneMatch") == "*" and there is not None:
                if kernel.now - there.at < BUSY_SECONDS:
                    raise answered("ConditionalRequestConflict", 409, "PutObject")
                if there.body is not None:
                    raise answered("PreconditionFailed", 412, "PutObject")
            metadata = parameters.get("Metadata", {})
            bucket.write(key, Version(parameters["Body"], metadata, kernel.now))
            self.scene.put(key)
            return succeeded(ETag="x")

        lease = self.scene.lease_of(parameters.get("Metadata", {}).get("document-id", ""))
        return self.call("PutObject", key, parameters, put, in_time=lease)

    def get_object(self, **parameters: Any) -> dict[str, Any]:
        """GetObject of one version."""
        key, number = parameters["Key"], int(parameters["VersionId"])

        def get() -> dict[str, Any]:
            version = self.scene.bucket.keys[key][number]
            assert version.body is not None
            return succeeded(
                Body=BytesIO(version.body),
                Metadata=dict(version.metadata),
                ContentType="text/plain",
            )

        return self.call("GetObject", key, parameters, get)

    def get_paginator(self, operation: str) -> "_Pages":
        """Pages of one."""
        assert operation == "list_object_versions"
        return _Pages(self)

    def list_object_versions(self, **parameters: Any) -> dict[str, Any]:
        """ListObjectVersions: the newest first, delete markers apart."""

        def found() -> dict[str, Any]:
            versions = [
                {"Key": key, "VersionId": str(number)}
                for key, all_of_it in sorted(self.scene.bucket.keys.items())
                if key.startswith(parameters["Prefix"])
                for number, version in reversed(list(enumerate(all_of_it)))
                if version.body is not None
            ]
            return succeeded(Versions=versions)

        return self.call("ListObjectVersions", parameters["Prefix"], parameters, found)

    def list_objects_v2(self, **parameters: Any) -> dict[str, Any]:
        """ListObjectsV2: what lies there, in the order of keys."""

        def found() -> dict[str, Any]:
            keys = [
                key
                for key in sorted(self.scene.bucket.listed())
                if key.startswith(parameters["Prefix"]) and key > parameters["StartAfter"]
            ]
            contents = [
                {"Key": key, "LastModified": datetime.fromtimestamp(EPOCH + version.at, UTC)}
                for key in keys[:PAGE]
                if (version := self.scene.bucket.current(key))
            ]
            return succeeded(Contents=contents, IsTruncated=len(keys) > PAGE)

        return self.call("ListObjectsV2", parameters["Prefix"], parameters, found)

    def head_object(self, **parameters: Any) -> dict[str, Any]:
        """HeadObject."""
        key = parameters["Key"]

        def head() -> dict[str, Any]:
            there = self.scene.bucket.current(key)
            if there is None:
                raise answered("404", 404, "HeadObject")
            if there.body is None:
                raise answered("404", 404, "HeadObject", {"x-amz-delete-marker": "true"})
            return succeeded(Metadata=dict(there.metadata), ContentLength=len(there.body))

        return self.call("HeadObject", key, parameters, head)


class _Pages:
    def __init__(self, s3: S3) -> None:
        self._s3 = s3

    def paginate(self, **parameters: Any) -> Iterator[dict[str, Any]]:
        yield self._s3.list_object_versions(**parameters)
