"""An order's JSON to the same XML, by the adapter and by what others would use.

`python bench/peers.py` (`make bench` installs the peers): 10 lines, the same bytes in, the
same canonical XML out, CPU of one order, medians of interleaved rounds. "whole" begins at the
bytes: ours also validates every field and balances the money, which none of the others does.
"alone" is the mapping of what has been read. jsonata runs in a Node process of its own.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import jinja2
from erp_adapter.balance import MoneyPolicy, balance
from erp_adapter.order import Order, Shop, read_order
from erp_adapter.profile import load_profile
from lxml import etree
from orders_of import ROOT, documented
from rounds import Timer, cpu, interleaved

SOURCES: Final = ROOT / "bench" / "peers"
"""What each of them makes the document with."""
INSTALLED: Final = ROOT / ".local" / "bench"
ROUNDS: Final = 15
LINES: Final = 10
_SECONDS: Final = 0.03
_SHOP: Final = Shop(url="https://shop.example.com")
_POLICY: Final = MoneyPolicy(payments="none")
_ADDRESS: Final = (("first", "first_name"), ("last", "last_name"), ("line", "line"))

Parsed = tuple[Any, Any]
Text = str | bytes
_PROFILE: Final = load_profile(SOURCES / "plain")


@dataclass(frozen=True)
class Side:
    """How one reads the shop's bytes, and makes the document of what was read."""

    read: Callable[[bytes, bytes], Any]
    write: Callable[[Any], Text]

    def make(self, order: bytes, items: bytes) -> Text:
        """All the way."""
        return self.write(self.read(order, items))


def parsed(order: bytes, items: bytes) -> Parsed:
    """What all others begin with."""
    return json.loads(order), json.loads(items)["results"]


def balanced(order: bytes, items: bytes) -> Order:
    """What the adapter begins with: every field validated, the money balanced."""
    return balance(read_order(order, (items,), (b'{"results": []}',), _SHOP), _POLICY)


def jinja() -> Callable[[Parsed], Text]:
    """A compiled template with autoescape."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(SOURCES), autoescape=True)
    template = environment.get_template("order.j2")

    def write(given: Parsed) -> str:
        order, items = given
        return template.render(order=order, items=items, placed=order["date_placed"][:10])

    return write


def built(library: Any) -> Callable[[Parsed], Text]:
    """Elements, one by one: xml.etree or lxml."""

    def write(given: Parsed) -> bytes:
        found, rows = given
        root = library.Element("order", currency=found["currency"].upper())
        for tag, text in _header(found):
            library.SubElement(root, tag).text = text
        for tag, fields in _groups(found):
            group = library.SubElement(root, tag)
            for name, text in fields:
                library.SubElement(group, name).text = text
        for no, item in enumerate(rows, 1):
            line = library.SubElement(root, "line", no=str(no))
            for name, text in _line(item):
                library.SubElement(line, name).text = text
        done: bytes = library.tostring(root, encoding="UTF-8", xml_declaration=True)
        return done

    return write


def by_hand(given: Parsed) -> str:
    """f-strings over the parsed JSON: no types, no checks."""
    found, rows = given

    def tags(fields: Any) -> str:
        return "".join([f"<{name}>{escape(text)}</{name}>" for name, text in fields])

    groups = "".join([f"<{tag}>{tags(fields)}</{tag}>" for tag, fields in _groups(found)])
    lines = [f'<line no="{no}">{tags(_line(item))}</line>' for no, item in enumerate(rows, 1)]
    return (
        f'<order currency="{found["currency"].upper()}">{tags(_header(found))}{groups}'
        f"{''.join(lines)}</order>"
    )


def _header(found: Any) -> Any:
    return (
        ("number", found["number"]), ("placed", found["date_placed"][:10]),
        ("status", found["status"]), ("amount", found["amount"]),
    )  # fmt: skip


def _groups(found: Any) -> Any:
    customer = found["customer"]
    names = (("first", "first_name"), ("last", "last_name"), ("email", "email"))
    yield "buyer", [(tag, customer[name]) for tag, name in names]
    for tag, name in (("billing", "billing_address"), ("shipping", "shipping_address")):
        a = found[name]
        fields = [(each, a[key]) for each, key in _ADDRESS]
        fields += [("township", a["township"]["name"]), ("city", a["city"]["name"])]
        yield tag, [*fields, ("phone", a["phone_number"])]


def _line(item: Any) -> Any:
    return (
        ("sku", item["product"]["sku"]), ("name", item["product"]["name"]), ("unit", "C62"),
        ("currency", item["price_currency"].upper()), ("quantity", "1"),
        ("price", item["price"]), ("rate", item["tax_rate"]),
    )  # fmt: skip


def saxon() -> Callable[[tuple[bytes, bytes]], Text]:
    """XSLT 3: json-to-xml and a stylesheet, compiled once."""
    sys.path.insert(0, str(INSTALLED / "peers"))
    import saxonche

    processor = saxonche.PySaxonProcessor(license=False)
    sheet = processor.new_xslt30_processor().compile_stylesheet(
        stylesheet_file=str(SOURCES / "order.xsl")
    )

    def write(given: tuple[bytes, bytes]) -> str:
        order, items = given
        sheet.set_parameter("order", processor.make_string_value(order.decode()))
        sheet.set_parameter("items", processor.make_string_value(items.decode()))
        done: str = sheet.call_template_returning_string()
        return done

    return write


@contextmanager
def node(order: bytes, items: bytes) -> Iterator[tuple[str, Callable[[str, int], float]]]:
    """jsonata: its document, and what measures so many rounds; no document where it is not here."""
    if not shutil.which("node") or not (INSTALLED / "node" / "node_modules" / "jsonata").is_dir():
        print("no row for jsonata: node, or what npm installs, is not here")
        yield "", lambda kind, rounds: 1.0
        return
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("order.json", "items.json")]
        for file, content in zip(files, (order, items), strict=True):
            file.write_bytes(content)
        command = ["node", str(SOURCES / "order.mjs"), str(INSTALLED / "node"), *map(str, files)]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdin
        assert process.stdout
        asking, answering = process.stdin, process.stdout

        def measure(kind: str, rounds: int) -> float:
            asking.write(f"{kind} {rounds}\n")
            asking.flush()
            return float(answering.readline()) / 1e6

        try:
            yield json.loads(answering.readline()), measure
        finally:
            process.terminate()
            process.wait()


def main() -> None:
    """Checks that all say the same, then prints a row for each."""
    order, items, _ = documented(LINES)
    sides = {
        "this adapter": Side(balanced, lambda given: _PROFILE._writing.content([given])),
        "with read-back": Side(balanced, lambda given: _PROFILE.render(given).content),
        "f-strings by hand": Side(parsed, by_hand),
        "lxml elements": Side(parsed, built(etree)),
        "xml.etree elements": Side(parsed, built(ElementTree)),
        "Jinja2": Side(parsed, jinja()),
        "XSLT 3 (saxonche)": Side(lambda *given: given, saxon()),
    }
    with node(order, items) as (document, measure):
        written = {name: side.make(order, items) for name, side in sides.items()}
        written |= {"Node jsonata": document} if document else {}
        wanted = ElementTree.canonicalize(written["this adapter"], strip_text=True)
        for name, found in written.items():
            if ElementTree.canonicalize(found, strip_text=True) != wanted:
                raise SystemExit(f"{name} writes something else: nothing to compare.")
        measure("whole", 2000)  # its compiler has seen the code as often as it needs
        for kind in ("whole", "alone"):
            timers = {name: _timer(side, kind, order, items) for name, side in sides.items()}
            timers |= {"Node jsonata": partial(measure, kind)} if document else {}
            if kind == "whole":
                timers["json.loads alone"] = _timer(Side(parsed, lambda _: ""), kind, order, items)
            _print(kind, interleaved(timers, ROUNDS, _SECONDS))


def _timer(side: Side, kind: str, order: bytes, items: bytes) -> Timer:
    if kind == "whole":
        return cpu(partial(side.make, order, items))
    return cpu(partial(side.write, side.read(order, items)))


def _print(kind: str, found: dict[str, list[float]]) -> None:
    own = found["this adapter"]
    print(
        f"{kind}: {LINES} lines, {ROUNDS} interleaved rounds, medians of CPU; x: of the adapter's"
    )
    for name, times in found.items():
        ratios = [one / other for one, other in zip(times, own, strict=True)]
        low, _, high = statistics.quantiles(ratios, n=4)
        middle = statistics.median(times)
        print(
            f"{name:20} {middle:9.0f} us {1e6 / middle:8.0f} orders/s "
            f"{statistics.median(ratios):6.2f}  {low:.2f}-{high:.2f}"
        )


if __name__ == "__main__":
    main()
