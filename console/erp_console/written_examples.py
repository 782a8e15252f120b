"""The examples of a profile: orders as files, and the documents that they must give."""

from pathlib import Path

from erp_adapter.balance import MoneyPolicy
from erp_adapter.order import Order, Shop, read_order
from erp_adapter.profile import Profile

from erp_console import mapping
from erp_console.anonymous import anonymised
from erp_console.order_files import SHOP_URL, Source, write_bytes
from erp_console.terminal import Hindered


def balanced(source: Source, cancels: str | None) -> Order:
    """The order of three answers, as a profile that cancels this reads it, under the default
    policies. Raises Rejected."""
    shop = Shop(url=SHOP_URL)
    order = read_order(source.order, source.items, source.discounts, shop)
    return mapping.balanced(order, MoneyPolicy(), cancels)


def write_example(folder: Path, name: str, source: Source, profile: Profile) -> list[Path]:
    """Puts the anonymised order into a profile's examples. Raises Rejected, Hindered, Failed.

    The order must give a document: an example that is rejected says nothing.
    """
    example = anonymised(source)
    profile.render(balanced(example, profile.cancels))
    examples = folder / "examples"
    parts = {"order": example.order, "items": example.items[0], "discounts": example.discounts[0]}
    files = {examples / f"{name}.{part}.json": content for part, content in parts.items()}
    there = [file.name for file in files if file.exists()]
    if there:
        raise Hindered(f"{', '.join(there)} is there already: choose another --name.")
    examples.mkdir(exist_ok=True)
    for file, content in files.items():
        write_bytes(file, content.rstrip() + b"\n")
    return list(files)


def expected_file(folder: Path, name: str, suffix: str) -> Path:
    """Where the document stands that an example must give."""
    return folder / "examples" / f"{name}.expected{suffix}"
