"""Runs ministack, and ends it when the process that started it ends: stdin closes then.

Started as a file of its own, in a folder of its own that goes with it; it imports nothing of this
project.
"""

import atexit
import hashlib
import os
import runpy
import shutil
import signal
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    atexit.register(shutil.rmtree, os.environ["TMPDIR"], ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)


def _unpack_layers_once() -> None:
    """ministack unpacks the layers for each worker anew, which takes a cold start longer than all
    else in it. On Lambda a layer is read only: here the workers share it."""
    unpack, unpacking = zipfile.ZipFile.extractall, threading.Lock()
    shared: dict[str, Path] = {}

    def extractall(archive: zipfile.ZipFile, path: Any = None, *more: Any, **named: Any) -> None:
        folder = Path(path or ".")
        if not folder.name.startswith("layer_") or not archive.filename:
            unpack(archive, path, *more, **named)
            return
        packed = Path(archive.filename)
        digest = hashlib.sha256(packed.read_bytes()).hexdigest()
        with unpacking:
            if digest not in shared:
                unpack(archive, f"layer-{digest}")
                shared[digest] = Path(f"layer-{digest}").absolute()
        folder.rmdir()
        folder.symlink_to(shared[digest], target_is_directory=True)
        packed.unlink()  # a worker's own copy, which nobody opens again

    zipfile.ZipFile.extractall = extractall  # type: ignore[assignment, method-assign]


if __name__ == "__main__":
    if os.name != "nt":  # where links take a right that not everybody has
        _unpack_layers_once()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__")
