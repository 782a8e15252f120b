"""Every example of every bundled profile, byte for byte: an order in, the expected document out."""

import json
from pathlib import Path

import pytest
from erp_adapter.order import Order
from erp_adapter.profile import Document, load_profile
from erp_console.order_files import source_of
from erp_console.written_examples import balanced

PROFILES = Path(__file__).parent.parent / "layers" / "profiles"
EXAMPLES = sorted(PROFILES.glob("*/examples/*.order.json"))


def example_order(file: Path, cancels: str | None = None) -> Order:
    """The balanced order of NAME.order.json and what lies beside it, or what is cancelled of it."""
    return balanced(source_of(file), cancels)


def render(file: Path) -> Document:
    profile = load_profile(file.parent.parent)
    return profile.render(example_order(file, profile.cancels))


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


def test_examples_of_cancellations_are_cancelled_orders() -> None:
    """Whole ones, and parts of others where the profile can name them."""
    for folder in sorted({file.parent.parent for file in EXAMPLES}):
        cancels = load_profile(folder).cancels
        if cancels is None:
            continue
        orders = [json.loads(f.read_bytes()) for f in folder.glob("examples/*.order.json")]
        assert {order["status"] for order in orders} <= {"100", "400"}
        found = {"items" if order["status"] == "400" else "order" for order in orders}
        assert found == ({"items", "order"} if cancels == "items" else {"order"}), folder.name


def test_no_expected_document_without_its_order() -> None:
    expected = PROFILES.glob("*/examples/*.expected.*")
    orders = {file.name.split(".expected.")[0] for file in expected}
    assert orders <= {file.name.removesuffix(".order.json") for file in EXAMPLES}
