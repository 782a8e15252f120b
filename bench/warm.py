"""CPU of a warm invocation: the webhook function, the worker by batch size, the naive handler.

`python bench/warm.py`: each a process of its own as in bench/cold.py, the first invocations left
out, medians of CPU (user + system) of ours alone: AWS and the shop are other processes. These are
the figures that bench/cost.py counts with.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import cold
from local import Place, deployed

BATCHES: Final = 12
_CODE: Final = (
    cold.CONTEXT
    + """
import json, sys, time
import {module}
for line in sys.stdin:
    event = json.loads(line)
    began, wall = time.process_time(), time.perf_counter()
    answer = {module}.handler(event, Context())
    spent = time.process_time() - began
    print(json.dumps([answer, spent, time.perf_counter() - wall]), file=sys.stderr, flush=True)
"""
)


def main() -> None:
    """Prints a row for each."""
    with tempfile.TemporaryDirectory() as folder, deployed() as place:
        cases, environment = cold.cases(Path(folder), place), cold.environment(place)
        print(f"{BATCHES} invocations after two that are left out; medians and the middle half")
        for name, module, size in (
            ("webhook", "webhook", 1), ("deliver", "deliver", 1), ("deliver", "deliver", 10),
            ("naive", "app", 1), ("naive", "app", 10),
        ):  # fmt: skip
            case = cases[f"{name} + first"]
            events = [_event(name, size, place) for _ in range(BATCHES + 2)]
            cpu, wall = _run(module, case.path, events, environment)
            low, _, high = statistics.quantiles(cpu, n=4)
            print(
                f"{name:8} x{size:<3} {statistics.median(cpu) / size:6.2f} ms CPU an order "
                f"({low / size:.2f}-{high / size:.2f}), {statistics.median(wall):6.1f} ms in all"
            )


def _event(name: str, size: int, place: Place) -> dict[str, Any]:
    kind = "webhook" if name == "webhook" else "deliver"
    events = [cold.event(kind, place) for _ in range(size)]
    if kind == "webhook":
        return events[0]
    return {"Records": [record for event in events for record in event["Records"]]}


def _run(
    module: str, path: tuple[Path, ...], events: list[Any], environment: dict[str, str]
) -> tuple[list[float], list[float]]:
    joined = os.pathsep.join(str(each) for each in path)
    done = subprocess.run(
        [sys.executable, "-S", "-c", _CODE.format(module=module)], check=True, text=True,
        env=environment | {"PYTHONPATH": joined}, capture_output=True, cwd=path[0],
        input="".join(json.dumps(event) + "\n" for event in events),
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("[")]
    for answer, _, _ in answers:
        if answer.get("batchItemFailures", []) or answer.get("statusCode", 202) != 202:
            raise SystemExit(f"{module} failed: {answer}\n{done.stdout[-2000:]}")
    return [cpu * 1000 for _, cpu, _ in answers[2:]], [wall * 1000 for _, _, wall in answers[2:]]


if __name__ == "__main__":
    main()
