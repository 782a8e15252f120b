"""What is uploaded is the build, the same bytes for the same files; nothing else is deployed."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from erp_console.artifacts import NoBuild, upload, zipped


class Bucket:
    """Remembers what was put."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, **given: Any) -> None:
        self.objects[given["Key"]] = given["Body"]


def build(folder: Path) -> Path:
    (folder / "WebhookFunction").mkdir(parents=True)
    (folder / "WebhookFunction" / "webhook.py").write_text("handler = None")
    (folder / "ProfilesLayer" / "python").mkdir(parents=True)
    (folder / "ProfilesLayer" / "python" / "routes.toml").write_text("old")
    template = folder / "template.yaml"
    template.write_text(
        "Resources:\n  A:\n    Properties:\n      CodeUri: WebhookFunction\n"
        "  B:\n    Properties:\n      ContentUri: ProfilesLayer\n      Other: CodeUri\n"
    )
    return template


def test_every_folder_is_uploaded_and_named(tmp_path: Path) -> None:
    bucket = Bucket()
    replaced = {"ProfilesLayer/python/routes.toml": b"new"}
    text = upload(build(tmp_path), bucket, "b", replaced)
    code, layer = bucket.objects
    assert f"      CodeUri: s3://b/{code}\n" in text
    assert f"      ContentUri: s3://b/{layer}\n      Other: CodeUri\n" in text
    with zipfile.ZipFile(io.BytesIO(bucket.objects[layer])) as archive:
        assert archive.namelist() == ["python/routes.toml"]
        assert archive.read("python/routes.toml") == b"new"


def test_the_same_files_are_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name in ("one", "two"):
        folder = build(tmp_path / name).parent
        contents.append(zipped(folder, {}))
    assert contents[0] == contents[1]
    (tmp_path / "two" / "WebhookFunction" / "webhook.py").write_text("handler = 1")
    assert zipped(tmp_path / "two", {}) != contents[0]


def test_without_a_build_the_remedy_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoBuild, match="make build-local"):
        upload(tmp_path / "template.yaml", Bucket(), "b", {})
    template = build(tmp_path)
    (tmp_path / "WebhookFunction" / "webhook.py").unlink()
    (tmp_path / "WebhookFunction").rmdir()
    with pytest.raises(NoBuild, match="WebhookFunction is missing"):
        upload(template, Bucket(), "b", {})
    template.write_text("Resources: {}")
    with pytest.raises(NoBuild, match="names no folder"):
        upload(template, Bucket(), "b", {})
