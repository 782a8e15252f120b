"""The local stack's process: ministack, AWS on one machine, on 127.0.0.1 only."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from erp_console.fake_omnitron import PortTaken
from erp_console.terminal import Failed

if TYPE_CHECKING:
    from boto3 import Session

HOST: Final = "127.0.0.1"
REGION: Final = "us-east-1"
_ANYBODY: Final = "local"  # ministack knows no users
_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 5.0
_HERE: Final = Path(__file__).parent
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "COMSPEC", "PATHEXT", "WINDIR")
"""What ministack inherits of our environment: functions inherit all of it in turn, and nobody's
secrets belong there."""


class LocalStackFailed(Failed):
    """The local stack does not start, or does not take the deployment; the message says why."""


class Ministack:
    """ministack, with a folder of its own below `.local`, removed when it stops."""

    def __init__(self, checkout: Path, port: int = 0) -> None:
        self._checkout = checkout
        self.port = port
        self.folder = checkout / ".local"
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: dict[str, Any] = {}

    @property
    def url(self) -> str:
        """The endpoint of every AWS service."""
        return f"http://{HOST}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def process_id(self) -> int:
        """Its process. Raises LocalStackFailed where there is none."""
        if self._process is None:
            raise LocalStackFailed("ministack is not running.")
        return self._process.pid

    @property
    def log(self) -> str:
        """What it and the functions have written so far."""
        file = self.folder / "ministack.log"
        return file.read_text("utf-8", "replace") if file.is_file() else ""

    def start(self) -> None:
        """Starts it and waits until it answers. Raises PortTaken or LocalStackFailed."""
        self.port = _free_port(self.port)
        local = self._checkout / ".local"
        local.mkdir(exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="stack-", dir=local))
        with (self.folder / "ministack.log").open("wb") as log:
            self._process = process = subprocess.Popen(
                [sys.executable, "-P", str(_HERE / "ministack_child.py")],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self._environment(),
                # Ctrl-C is for the console; it stops ministack itself.
                start_new_session=os.name != "nt",
            )
        try:
            self._wait(process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends it and removes its folder with the functions' copies in it."""
        process, self._process = self._process, None
        if process is None:
            return
        if os.name != "nt":
            # At once, and the functions' processes with it, which are of its session: its own end
            # takes more than five seconds, and all that it tidies up goes with its folder.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _remove(self.folder)

    def client(self, service: str) -> Any:
        """A boto3 client of this stack, whatever profile or proxy this machine has."""
        from botocore.config import Config

        if service not in self._clients:
            self._clients[service] = anybody().client(
                service,  # type: ignore[call-overload]
                endpoint_url=self.url,
                config=Config(proxies={}, s3={"addressing_style": "path"}),
            )
        return self._clients[service]

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        import httpx

        deadline = time.monotonic() + _START_SECONDS
        with httpx.Client(trust_env=False, timeout=2) as http:
            while process.poll() is None and time.monotonic() < deadline:
                try:
                    if http.get(f"{self.url}/_ministack/health").is_success:
                        return
                except httpx.TransportError:
                    time.sleep(0.05)
        if "already in use" in self.log:
            raise PortTaken(f"Port {self.port} of {HOST} is taken: choose another.")
        raise LocalStackFailed(f"ministack does not start. Its last lines:\n{self.log[-2000:]}")

    def _environment(self) -> dict[str, str]:
        folder = str(self.folder)
        return {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            "HOME": folder,
            "TMPDIR": folder,
            "TEMP": folder,
            "TMP": folder,
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",
            "MINISTACK_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": _ANYBODY,
            "AWS_SECRET_ACCESS_KEY": _ANYBODY,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.url,
            "PYTHONPATH": str(_HERE / "lambda_site"),
            "PYTHONUTF8": "1",
            "ERP_ADAPTER_CHECKOUT": str(self._checkout),
        }


def anybody() -> "Session":
    """A boto3 session for a local stack, whatever profile this machine has."""
    import boto3
    import botocore.session

    session = botocore.session.Session({"profile": (None, None, None, None)})
    return boto3.Session(
        aws_access_key_id=_ANYBODY,
        aws_secret_access_key=_ANYBODY,
        region_name=REGION,
        botocore_session=session,
    )


def _free_port(port: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise PortTaken(f"Port {port} of {HOST} is taken: choose another.") from None
        return int(probe.getsockname()[1])


def _remove(folder: Path) -> None:
    # A function's last breath may still hold a file open, or write one.
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
