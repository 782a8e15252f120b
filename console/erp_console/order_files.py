"""Omnitron's three answers about an order, as files on this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from erp_console.terminal import Hindered

SHOP_URL: Final = "https://shop.example.com"
"""The shop that a file on this machine is of, unless --shop-url says so: it is part of the uuid."""
SUFFIX: Final = ".order.json"


@dataclass(frozen=True)
class Source:
    """The three answers of Omnitron that make up one order."""

    order: bytes
    items: tuple[bytes, ...]
    discounts: tuple[bytes, ...]


def source_of(order: Path, items: Path | None = None, discounts: Path | None = None) -> Source:
    """An order's file, with what lies beside it unless it is given. Raises Hindered."""
    name = order.name.removesuffix(".json").removesuffix(".order")
    return Source(
        read_bytes(order),
        _beside(items, order.with_name(f"{name}.items.json")),
        _beside(discounts, order.with_name(f"{name}.discounts.json")),
    )


def order_files(folder: Path) -> list[Path]:
    """The orders of a folder, by name."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def some_order_files(folder: Path) -> list[Path]:
    """The same. Raises Hindered where there is none."""
    files = order_files(folder)
    if not files:
        raise Hindered(f"{folder} holds no order: no file is called NAME{SUFFIX}.")
    return files


def _beside(given: Path | None, sibling: Path) -> tuple[bytes, ...]:
    if given:
        return (read_bytes(given),)
    return (read_bytes(sibling),) if sibling.is_file() else ()


def read_bytes(file: Path) -> bytes:
    """A file's content. Raises Hindered."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise Hindered(f"{file} does not exist. Check the path.") from None
    except OSError as error:
        raise Hindered(f"{file} can't be read ({error.strerror}): check it.") from None


def write_bytes(file: Path, content: bytes) -> None:
    """Writes a file. Raises Hindered."""
    try:
        file.write_bytes(content)
    except OSError as error:
        raise Hindered(f"{file} can't be written ({error.strerror}): name another.") from None
