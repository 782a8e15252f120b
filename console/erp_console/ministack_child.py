"""Runs ministack, and ends it when the process that started it ends: stdin closes then.

Started as a file of its own, in a folder of its own that goes with it; it imports nothing of this
project.
"""

import atexit
import os
import runpy
import shutil
import signal
import sys
import threading


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    atexit.register(shutil.rmtree, os.environ["TMPDIR"], ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__")
