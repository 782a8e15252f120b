"""What an order costs when everything is warm, stage by stage, against reading its JSON alone.

`python bench/stages.py [--memory N]`: one process, CPU time, medians of interleaved rounds. The
order is Akinon's documented sample with its item 1 to 1,000 times over, so that both sides have all
the fields that nobody reads. `--memory N` delivers N orders through these stages instead and says
what the process holds on to.
"""

import argparse
import gc
import hmac
import json
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from erp_adapter.balance import MoneyPolicy, balance
from erp_adapter.order import Shop, content_id, read_order
from erp_adapter.profile import load_profile
from erp_adapter.profile.readback import compare
from erp_adapter.verification import Proof, verify
from orders_of import ROOT, documented
from rounds import cpu, interleaved

ROUNDS: Final = 15
LINES: Final = (1, 10, 100, 1000)
_SECONDS: Final = 0.02
_SHOP: Final = Shop(url="https://shop.example.com")
_POLICY: Final = MoneyPolicy(payments="none")
_SECRET: Final = "a secret of thirty-two letters.."
_PATH: Final = ("verify", "parse + validate", "balance", "mapping")

profile = load_profile(ROOT / "layers" / "profiles" / "ubl-order")


def main() -> None:
    """Prints a table for each length, or the memory."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory", type=int, default=0)
    orders = parser.parse_args().memory
    gc.freeze()  # as the worker does
    if orders:
        _memory(orders)
        return
    print(f"ubl-order, {ROUNDS} interleaved rounds, medians of CPU; x: of json.loads")
    whole: dict[int, float] = {}
    for lines in LINES:
        stages = _stages(*documented(lines))
        timers = {name: cpu(stage) for name, stage in stages.items()}
        found = interleaved(timers, ROUNDS, _SECONDS)
        print(f"\n{lines} lines{'us':>24} {'x':>6}  spread")
        for name, times in found.items():
            print(_line(name, times, found["json.loads"]))
        path = [sum(parts) for parts in zip(*(found[name] for name in _PATH), strict=True)]
        print(_line("verify … mapping", path, found["json.loads"]))
        rest = ("read back", "xsd")
        every = [sum(p) for p in zip(*(found[n] for n in (*_PATH, *rest)), strict=True)]
        whole[lines] = statistics.median(every)
    print(
        f"\nCPU per line, read-back and XSD included, at 1,000 lines / at 100: "
        f"{whole[1000] / 10 / whole[100]:.2f}; an order of 1,000 lines / of 100: "
        f"{whole[1000] / whole[100]:.1f}"
    )


def _stages(detail: bytes, items: bytes, discounts: bytes) -> dict[str, Callable[[], Any]]:
    order = read_order(detail, (items,), (discounts,), _SHOP)
    balanced = balance(order, _POLICY)
    document = profile.render(balanced)
    back = profile._read_back
    digest = hmac.new(_SECRET.encode(), detail, "sha256").hexdigest()
    headers = {"x-whisperer-signature": f"sha256={digest}"}
    return {
        "json.loads": lambda: [json.loads(each) for each in (detail, items, discounts)],
        "verify": lambda: verify(Proof(), headers, detail, {"primary": _SECRET}, 0.0),
        "parse + validate": lambda: read_order(detail, (items,), (discounts,), _SHOP),
        "content id": lambda: content_id(order),
        "balance": lambda: balance(order, _POLICY),
        "mapping": lambda: profile._writing.content([balanced]),
        "read back": lambda: _read_back(back, document.content, balanced),
        "xsd": lambda: back.validate(document.content),
    }


def _read_back(back: Any, content: bytes, order: Any) -> None:
    """What ReadBack.check does, less the schema."""
    reader = back.reader(content)
    for check, figure in zip(back.checks, back.figures, strict=True):
        compare(check, reader, figure(order))


def _line(name: str, times: list[float], loads: list[float]) -> str:
    ratios = sorted(one / other for one, other in zip(times, loads, strict=True))
    low, _, high = statistics.quantiles(ratios, n=4)
    middle = statistics.median(times)
    return f"{name:20} {middle:10.1f} {statistics.median(ratios):6.2f}  {low:.2f}-{high:.2f}"


def _memory(orders: int) -> None:
    answers = [documented(lines) for lines in (1, 3, 10)]
    began = 0
    for count in range(orders + 1):
        detail, items, discounts = answers[count % 3]
        number = f'"number": "N{count}"'.encode()
        detail = detail.replace(b'"number": "', number[:-1] + b"-", 1)
        order = read_order(detail, (items,), (discounts,), _SHOP)
        content_id(order)
        profile.render(balance(order, _POLICY))
        if count in (orders // 10, orders // 2, orders):
            held = _held()
            began = began or held
            print(f"{count:7} orders: {held / 1024:.1f} MB, {(held - began) / 1024:+.1f}")


def _held() -> int:
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmRSS:")[1].split()[0])


if __name__ == "__main__":
    main()
