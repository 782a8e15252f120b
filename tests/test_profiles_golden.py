"""Every example of every bundled profile, byte for byte: an order in, the expected document out."""

from pathlib import Path

import pytest
from erp_adapter.balance import MoneyPolicy, balance
from erp_adapter.order import Order, Shop, read_order
from erp_adapter.profile import Document, load_profile

PROFILES = Path(__file__).parent.parent / "layers" / "profiles"
EXAMPLES = sorted(PROFILES.glob("*/examples/*.order.json"))
SHOP = Shop(url="https://shop.example.com")


def example_order(file: Path) -> Order:
    """The balanced order of NAME.order.json and what lies beside it."""
    name = file.name.removesuffix(".order.json")
    items = (file.with_name(f"{name}.items.json").read_bytes(),)
    discounts = (file.with_name(f"{name}.discounts.json").read_bytes(),)
    return balance(read_order(file.read_bytes(), items, discounts, SHOP), MoneyPolicy())


def render(file: Path) -> Document:
    return load_profile(file.parent.parent).render(example_order(file))


def example_id(file: Path) -> str:
    return f"{file.parent.parent.name}-{file.name.removesuffix('.order.json')}"


@pytest.mark.parametrize("file", EXAMPLES, ids=example_id)
def test_golden(file: Path, request: pytest.FixtureRequest) -> None:
    document = render(file)
    name = file.name.removesuffix(".order.json")
    expected = file.with_name(f"{name}.expected{Path(document.name).suffix}")
    if request.config.getoption("--update-golden"):
        expected.write_bytes(document.content)
    assert document.content == expected.read_bytes()


def test_every_profile_has_examples() -> None:
    folders = {file.parent for file in PROFILES.glob("*/profile.toml")}
    assert folders == {file.parent.parent for file in EXAMPLES}


def test_no_expected_document_without_its_order() -> None:
    expected = PROFILES.glob("*/examples/*.expected.*")
    orders = {file.name.split(".expected.")[0] for file in expected}
    assert orders <= {file.name.removesuffix(".order.json") for file in EXAMPLES}
