"""What version of a profile made a document: a digest of the profile's own files and settings."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_LEFT_OUT: Final = ("examples", "__pycache__")


def version_of(folder: Path, settings: Mapping[str, object]) -> str:
    """SHA-256, the same on every machine: names, contents with LF line ends, settings in order.

    Examples and the README are for people; hidden files are an editor's or the system's.
    """
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*"), key=lambda file: file.relative_to(folder).as_posix()):
        name = file.relative_to(folder)
        hidden = any(part.startswith(".") or part in _LEFT_OUT for part in name.parts)
        if hidden or name.name.upper().startswith("README") or not file.is_file():
            continue
        content = file.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name.as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    digest.update(json.dumps(dict(settings), sort_keys=True, default=str).encode())
    return digest.hexdigest()
