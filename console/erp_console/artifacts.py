"""The built template and its folders, uploaded as `sam deploy` would, in a fraction of its time."""

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from erp_console.terminal import Hindered

_URI = re.compile(r"^( +(?:CodeUri|ContentUri): *)(\S+) *$", re.MULTILINE)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_CACHE: dict[tuple[Path, int], bytes] = {}


class NoBuild(Hindered):
    """There is no built template where one should be."""


def upload(template: Path, s3: Any, bucket: str, replaced: Mapping[str, bytes]) -> str:
    """Uploads every folder that the built template names; the template with their addresses.

    `replaced` gives files of a folder other bytes: "ProfilesLayer/python/profiles/routes.toml".
    Raises NoBuild.
    """
    try:
        text = template.read_text("utf-8")
    except OSError:
        raise NoBuild(f"There is no build at {template}: run `make build-local` first.") from None

    def address(match: re.Match[str]) -> str:
        folder = template.parent / match[2]
        if not folder.is_dir():
            raise NoBuild(f"{folder} is missing: run `make build-local` again.")
        mine = {
            name.partition("/")[2]: content
            for name, content in replaced.items()
            if name.partition("/")[0] == match[2]
        }
        content = zipped(folder, mine)
        key = f"{match[2]}/{hashlib.sha256(content).hexdigest()}.zip"
        s3.put_object(Bucket=bucket, Key=key, Body=content)
        return f"{match[1]}s3://{bucket}/{key}"

    changed, count = _URI.subn(address, text)
    if count == 0:
        raise NoBuild(f"{template} names no folder: it is not what `make build-local` writes.")
    return changed


def zipped(folder: Path, replaced: Mapping[str, bytes]) -> bytes:
    """The folder as a zip, the same bytes for the same files; remembered while nothing changes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    state = hash(tuple((p, p.stat().st_mtime_ns, p.stat().st_size) for p in files))
    state ^= hash(tuple(sorted(replaced.items())))
    if (folder, state) not in _CACHE:
        _CACHE[folder, state] = _zip(folder, files, replaced)
    return _CACHE[folder, state]


def _zip(folder: Path, files: list[Path], replaced: Mapping[str, bytes]) -> bytes:
    contents = {path.relative_to(folder).as_posix(): path for path in files}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in sorted({*contents, *replaced}):
            content = replaced[name] if name in replaced else contents[name].read_bytes()
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content, compresslevel=1)
    return buffer.getvalue()
