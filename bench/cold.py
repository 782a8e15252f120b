"""Cold starts of the built functions, against clients made with bytecode and the naive handler.

`python bench/cold.py [--rounds N]`: every case is a process of its own without site-packages but
those that it names, in turns, writing no bytecode (Lambda's folders are read-only). Figures are
what comes on top of the bare interpreter, without its teardown: CPU (user + system), which is what
a busy machine changes least, and wall time; medians of the rounds. AWS and the shop are processes
of their own. boto3 stands in a folder of its own, as in Lambda's runtime: this environment also
holds awscrt and pyOpenSSL, which botocore would import and Lambda does not have.
"""

import argparse
import compileall
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from local import BUILD, ROOT, Place, deployed

NAIVE: Final = ROOT / "bench" / "naive"
LIBRARIES: Final = ROOT / ".local" / "bench" / "naive"
"""What `make bench` installs of requirements/naive.txt: without bytecode, as SAM's builder does."""
_RUNTIME: Final = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six.py")
_FUNCTIONS: Final = ("webhook", "deliver", "reconcile", "pickup")

_MEASURED: Final = """
import json, os, sys, time
began = float(sys.argv[1])
{code}

print(file=sys.stderr)
print(json.dumps({{
    "cpu": time.process_time(), "wall": time.monotonic() - began,
    "peak": int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024,
}}), file=sys.stderr)
sys.stderr.flush()
os._exit(0)
"""
CONTEXT: Final = """
class Context:
    aws_request_id = "bench"
    function_name = memory_limit_in_mb = invoked_function_arn = "bench"
    def get_remaining_time_in_millis(self):
        return 30000
"""
"""Lambda's, as far as the handlers and Powertools ask it."""
_FIRST: Final = (
    CONTEXT
    + """
answer = {module}.handler(json.loads(sys.argv[2]), Context())
assert {check}, answer
"""
)
_DELIVERED: Final = 'answer == {"batchItemFailures": []}'


@dataclass
class Case:
    """A process: its code, where its modules are, its event (made anew for each round)."""

    code: str
    path: tuple[Path, ...]
    event: str | None = None
    found: list[dict[str, float]] = field(default_factory=list)

    def over(self, bare: "Case", figure: str) -> float:
        """The median of a figure; of times, less the bare interpreter's."""
        own = statistics.median(each[figure] for each in self.found)
        if figure == "peak":
            return own
        return own - statistics.median(each[figure] for each in bare.found)


def main() -> None:
    """Prints each case, the goals' ratios, and the sizes of what is deployed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, deployed() as place:
        measured, variables = cases(Path(folder), place), environment(place)
        for _ in range(rounds):
            for case in measured.values():
                case.found.append(_run(case, variables, place))
        _print(measured)
        _print_sizes()


def cases(folder: Path, place: Place) -> dict[str, Case]:
    """Every case, by name; copies of what is run without bytecode, or with it, go into `folder`."""
    runtime, bare = folder / "runtime", folder / "source"
    runtime.mkdir()
    for name in _RUNTIME:
        source = LIBRARIES / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, runtime / name)
    compileall.compile_dir(runtime, quiet=2, workers=1)
    shutil.copytree(BUILD, bare, ignore=shutil.ignore_patterns("__pycache__"))
    # One route as the naive handler has one, of the deployed adapter and of what runs here.
    profiles = place.profiles_layer(folder)

    def layers(build: Path, function: str) -> tuple[Path, ...]:
        code = build / f"{function.capitalize()}Function"
        return code, build / "AdapterLayer" / "python", profiles, runtime

    found = {"bare interpreter": Case("", ())}
    for service in ("sqs", "s3"):
        found[f"client {service}"] = Case(f"import boto3; boto3.client('{service}')", (runtime,))
    for name in _FUNCTIONS:
        found[name] = Case(f"import {name}", layers(BUILD, name))
        found[f"{name}, no bytecode"] = Case(f"import {name}", layers(bare, name))
    checks = {
        "webhook": 'answer["statusCode"] == 202', "deliver": _DELIVERED,
        "reconcile": '"error" not in answer',
    }  # fmt: skip
    for name, check in checks.items():
        first = _FIRST.format(module=name, check=check)
        found[f"{name} + first"] = Case(f"import {name}\n{first}", layers(BUILD, name), name)
    first = _FIRST.format(module="app", check=_DELIVERED)
    found["naive"] = Case("import app", (NAIVE, LIBRARIES))
    found["naive + first"] = Case(f"import app\n{first}", (NAIVE, LIBRARIES), "deliver")
    return found


def environment(place: Place) -> dict[str, str]:
    """The function's, and nothing of this machine's but the way to its interpreter."""
    place.stack.client("dynamodb").create_table(
        TableName="naive", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )  # fmt: skip
    # A queue that nobody empties: the deployed worker would be at work beside what is measured.
    queue = place.stack.client("sqs").create_queue(
        QueueName="bench.fifo", Attributes={"FifoQueue": "true"}
    )
    return place.environment() | {
        "INPUT_QUEUE_URL": queue["QueueUrl"], "IDEMPOTENCY_TABLE": "naive",
        "AWS_LAMBDA_FUNCTION_NAME": "bench", "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0", "POWERTOOLS_LOG_LEVEL": "INFO", "PATH": os.environ["PATH"],
    }  # fmt: skip


def _run(case: Case, variables: dict[str, str], place: Place) -> dict[str, float]:
    code = _MEASURED.format(code=case.code)
    given = json.dumps(event(case.event, place)) if case.event else ""
    path = os.pathsep.join(str(each) for each in case.path)
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(time.monotonic()), given],
        env=variables | {"PYTHONPATH": path}, capture_output=True, text=True, check=False,
        cwd=case.path[0] if case.path else None,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{case.code}\n{done.stderr}\n{done.stdout}")
    found: dict[str, float] = json.loads(done.stderr.splitlines()[-1])
    return found


_pks: Iterator[int] = iter(range(7_000, 1_000_000))


def event(kind: str, place: Place) -> dict[str, Any]:
    """An event of an order, or a webhook, that was not there before."""
    if kind == "reconcile":
        return {"dry_run": True}
    pk = next(_pks)
    if kind == "webhook":
        from erp_console import whisperer

        body = whisperer.Announcement(pk=pk).body()
        headers = whisperer.headers("order.updated", body, place.deployment.webhook_secret)
        return {"headers": headers, "body": body.decode(), "requestContext": {}}
    place.new_order(pk)
    message = {
        "uuid": uuid.uuid4().hex, "event": "order.updated", "pk": pk, "number": None,
        "announced_at": 1, "source": "webhook",
    }  # fmt: skip
    return {"Records": [{"messageId": str(pk), "body": json.dumps(message)}]}


def _print(cases: dict[str, Case]) -> None:
    bare = cases["bare interpreter"]
    print(f"{len(bare.found)} interleaved rounds, medians, on top of the bare interpreter")
    print(f"{'case':24} {'cpu ms':>7} {'spread':>11} {'wall ms':>8} {'peak MB':>8}")
    for name, case in cases.items():
        low, _, high = statistics.quantiles([each["cpu"] * 1000 for each in case.found], n=4)
        cpu, wall = (case.over(bare, figure) * 1000 for figure in ("cpu", "wall"))
        peak = case.over(bare, "peak")
        print(f"{name:24} {cpu:7.0f} {low:5.0f}-{high:<5.0f} {wall:8.0f} {peak:8.0f}")
    print(f"\n{'ratio':44} {'cpu':>6} {'spread':>11} {'wall':>6}")
    for own, other, *figure in _RATIOS:
        kind = figure[0] if figure else "cpu"
        a, b = cases[own], cases[other]
        less = 0.0 if kind == "peak" else statistics.median(e[kind] for e in bare.found)
        each = [(x[kind] - less) / (y[kind] - less) for x, y in zip(a.found, b.found, strict=True)]
        low, _, high = statistics.quantiles(each, n=4)
        ratio = a.over(bare, kind) / b.over(bare, kind)
        wall = "" if figure else f"{a.over(bare, 'wall') / b.over(bare, 'wall'):6.2f}"
        what = "peak memory, " if figure else ""
        print(f"{f'{what}{own} / {other}':44} {ratio:6.2f} {low:5.2f}-{high:<5.2f} {wall}")


_RATIOS: Final = (
    *((name, f"{name}, no bytecode") for name in _FUNCTIONS),
    ("webhook", "client sqs"), ("webhook + first", "client sqs"),
    ("deliver", "client s3"), ("deliver + first", "naive + first"),
    ("deliver + first", "naive + first", "peak"),
)  # fmt: skip


def _print_sizes() -> None:
    functions = [BUILD / f"{name.capitalize()}Function" for name in _FUNCTIONS]
    own = sum(map(_zipped, ([each] for each in functions)), 0)
    layers = [_zipped([BUILD / name]) for name in ("AdapterLayer", "ProfilesLayer")]
    naive = _zipped([NAIVE, LIBRARIES])
    total = own + sum(layers)
    print(
        f"\nzip (deflate 6): functions {own / 1e6:.2f} MB, adapter layer {layers[0] / 1e6:.2f} MB, "
        f"profiles layer {layers[1] / 1e6:.2f} MB; naive {naive / 1e6:.2f} MB; "
        f"ratio {total / naive:.2f}"
    )


def _zipped(folders: list[Path]) -> int:
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for folder in folders:
                for path in sorted(folder.rglob("*")):
                    if path.is_file():
                        archive.write(path, path.relative_to(folder))
        return file.tell()


if __name__ == "__main__":
    main()
