"""Webhooks through the whole local stack: from the post to the document.

`python bench/webhooks.py [--orders 1000] [--side 2]`: signed webhooks of as many orders, so many at
a time, to the built template on ministack; the seconds from each post to its document's last
modification in S3 (whole seconds there, so the time at which it was first seen listed counts). The
stack, its functions and this process share the machine: compare runs, not machines.
"""

import argparse
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx
from erp_console import whisperer
from local import Place, deployed

_TRIES: Final = 18


def main() -> None:
    """Prints errors, the percentiles and the rate."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--side", type=int, default=2)
    given = parser.parse_args()
    with deployed(parameters={"OmnitronRate": "1000", "MaximumConcurrency": "2"}) as place:
        pks = range(100_000, 100_000 + given.orders)
        for pk in pks:
            place.new_order(pk)
        _run(place, pks, given.side)


def _run(place: Place, pks: range, side: int) -> None:
    posted: dict[int, float] = {}
    statuses: list[int] = []
    late: list[int] = []
    answered: list[float] = []
    done = threading.Event()
    seen: dict[int, float] = {}
    watcher = threading.Thread(target=_watch, args=(place, seen, done), daemon=True)
    watcher.start()
    made = place.deployment

    def post(pk: int) -> None:
        announcement = whisperer.Announcement(pk=pk)
        posted[pk] = time.time()
        for _ in range(_TRIES):
            try:
                answer = whisperer.post(made.webhook_url, made.webhook_secret, announcement)
            except httpx.TimeoutException:
                late.append(pk)  # the sender sends it again, under the same uuid
            else:
                answered.append(time.time() - posted[pk])
                statuses.append(answer.status_code)
                return

    began = time.time()
    with ThreadPoolExecutor(side) as executor:
        list(executor.map(post, pks))
    deadline = time.time() + 300
    while len(seen) < len(pks) and time.time() < deadline:
        time.sleep(0.05)
    done.set()
    watcher.join()
    waited = sorted(seen[pk] - posted[pk] for pk in pks if pk in seen)
    errors = sum(status != 202 for status in statuses) + len(pks) - len(waited)
    errors += len(pks) - len(statuses)
    cuts = statistics.quantiles(waited, n=100)
    answers = statistics.quantiles(answered, n=100)
    print(
        f"{len(pks)} webhooks, {side} at a time: {errors} errors, {len(late)} posts repeated after "
        f"{whisperer.TIMEOUT:.0f} s; answered p50 "
        f"{answers[49] * 1000:.0f} ms, p95 {answers[94] * 1000:.0f} ms; document p50 "
        f"{cuts[49]:.2f} s, p95 {cuts[94]:.2f} s; all in {max(seen.values()) - began:.1f} s"
    )


def _watch(place: Place, seen: dict[int, float], done: threading.Event) -> None:
    s3: Any = place.stack.client("s3")
    while not done.is_set():
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=place.deployment.bucket):
            now = time.time()
            for each in page.get("Contents", []):
                pk = int(each["Key"].rpartition("-")[2].partition(".")[0])
                seen.setdefault(pk, now)
        done.wait(0.5)


if __name__ == "__main__":
    main()
