"""Profiles and balanced orders for tests, made in a few lines each."""

from pathlib import Path
from typing import Any

from erp_adapter.balance import MoneyPolicy, balance
from erp_adapter.order import Order, Shop, read_order
from erp_adapter.profile import Document, load_profile
from orders import discount_page, item_document, items_page, order_document

SHOP = Shop(url="https://shop.example.com")
XML = '<A xmlns:o="urn:erp-adapter:profile">{}</A>'


def balanced(
    *items: dict[str, Any], discounts: tuple[dict[str, Any], ...] = (), **changes: Any
) -> Order:
    """The order of `orders`, with changes, balanced under the default policy."""
    rows = list(items) or [item_document()]
    order = read_order(
        order_document(**changes), [items_page(rows)], [discount_page(list(discounts))], SHOP
    )
    return balance(order, MoneyPolicy())


def write_xml(folder: Path, body: str, toml: str = "") -> Path:
    """A profile of one XML document, whose root A holds `body`."""
    folder.mkdir(exist_ok=True)
    (folder / "profile.toml").write_text(f'document = "order.xml"\nindent = 0\n{toml}', "utf-8")
    (folder / "order.xml").write_text(XML.format(body), "utf-8")
    return folder


def write_json(folder: Path, body: str, toml: str = "") -> Path:
    """A profile of one JSON document."""
    folder.mkdir(exist_ok=True)
    (folder / "profile.toml").write_text(f'document = "order.json"\nindent = 0\n{toml}', "utf-8")
    (folder / "order.json").write_text(body, "utf-8")
    return folder


def write_csv(folder: Path, *columns: str, toml: str = 'layout = "flat"') -> Path:
    """A profile of one CSV file; a column is the inside of its table."""
    folder.mkdir(exist_ok=True)
    tables = "".join(f"[[column]]\n{column}\n" for column in columns)
    (folder / "profile.toml").write_text(f"{toml}\n{tables}", "utf-8")
    return folder


def render(folder: Path, order: Order | None = None, **settings: object) -> Document:
    """The document that a profile makes of an order."""
    return load_profile(folder, settings=settings).render(order or balanced())


def xml(folder: Path, body: str, order: Order | None = None, toml: str = "") -> str:
    """What `body` becomes, without declaration and root."""
    document = render(write_xml(folder, body, toml), order).content.decode()
    return document.split("\n", 1)[1].strip().removeprefix("<A>").removesuffix("</A>").strip()


def leaf(folder: Path, expression: str, order: Order | None = None, toml: str = "") -> str:
    """The text of one expression."""
    text = xml(folder, f"<B>{{{expression}}}</B>", order, toml)
    return text.removeprefix("<B>").removesuffix("</B>")


def lines(folder: Path, order: Order | None = None, encoding: str = "utf-8") -> list[str]:
    """The lines of a CSV profile's file."""
    return render(folder, order).content.decode(encoding).splitlines()
