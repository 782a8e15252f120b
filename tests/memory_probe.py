"""Run as a program: the memory of a process that meets the worst that a stranger, or a shop gone
mad, can send. Prints the largest resident size so far, in MB, after each of them. Linux only."""

import json
import re
import sys
from pathlib import Path

import httpx


def told(what: str) -> None:
    """One line: what was met, and the process's own peak (getrusage's is the parent's, too)."""
    status = Path("/proc/self/status").read_text("ascii")
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", status)
    print(json.dumps([what, round(int(peak) / 1024, 1)]), flush=True)


def webhook_function() -> None:
    """Bodies: 6 MB, 6 MB of base64, a hundred thousand levels deep, the digits of 1e999999."""
    from receiver import gateway_event, receiving

    with receiving() as receiver:
        receiver.secrets = {"primary": "birinci-sir-4471"}

        def post(body: bytes, *, encoded: bool = False) -> int:
            proved = receiver.sender.prove("birinci-sir-4471", body, receiver.now)
            status: int = receiver.post(gateway_event(body, proved, encoded=encoded))["statusCode"]
            return status

        told("webhook, started")
        assert post(b'{"a": "' + b"x" * (6 * 1024 * 1024 - 9) + b'"}') == 413
        assert post(b"x" * (9 * 512 * 1024), encoded=True) == 413
        told("webhook, 6 MB")
        for deep in (b"[" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000):
            assert post(deep) == 400
        told("webhook, depth 100,000")
        assert post(b'{"event": {"type": "order.created"}, "a": ' + b"9" * 1_000_000 + b"}") == 400
        told("webhook, a million digits")


def worker(url: str) -> None:
    """Answers of the shop at `url`: a gzip bomb, depth, digits."""
    import time

    import boto3
    import deliver  # noqa: F401 - what the worker has in memory, beside its clients and a profile
    from erp_adapter.errors import AdapterError
    from erp_adapter.omnitron import Omnitron, open_client
    from erp_adapter.order import Shop, read_order
    from erp_adapter.profile import load_profile

    session = boto3.session.Session(region_name="eu-central-1")
    kept = [session.client(name) for name in ("ssm", "sqs", "s3", "dynamodb")]  # type: ignore[call-overload]
    kept.append(load_profile(Path("layers/profiles/ubl-order"), settings={}))
    with open_client(url, 10) as http:
        shop = Omnitron(
            http=http, token=lambda *_, **__: "t", prefix="", timeout=10, clock=time.time
        )
        told("worker, started")
        for what in httpx.get(f"{url}/names", trust_env=False).json():
            try:
                read_order(shop.detail(int(what)), [b"[]"], [b"[]"], Shop(url=url))
            except AdapterError as refused:
                told(f"worker, {what}: {refused.code}")
            else:
                told(f"worker, {what}: taken")


if __name__ == "__main__":
    worker(sys.argv[1]) if len(sys.argv) > 1 else webhook_function()
