"""The JSON Schema of routes.toml: what an editor knows is what the loader knows."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from erp_adapter.errors import Misconfigured
from erp_adapter.routes import load_routes
from erp_adapter.routes_schema import routes_schema
from jsonschema import Draft7Validator
from senders import SENDERS, Sender

PROFILES = Path(__file__).parent.parent / "layers" / "profiles"
FILE = PROFILES / "routes.schema.json"
SHIPPED = PROFILES / "routes.toml"
Change = Callable[[dict[str, Any]], object]


def shipped() -> dict[str, Any]:
    """The shipped file as an editor's schema sees it: dates are texts."""
    values = tomllib.loads(SHIPPED.read_text("utf-8"))
    document: dict[str, Any] = json.loads(json.dumps(values, default=str))
    return document


def accepts(document: dict[str, Any]) -> bool:
    return bool(Draft7Validator(routes_schema()).is_valid(document))


def test_the_file_is_what_the_keys_say(request: pytest.FixtureRequest) -> None:
    text = json.dumps(routes_schema(), indent=2) + "\n"
    if request.config.getoption("--update-golden"):
        FILE.write_text(text, "utf-8")
    assert FILE.read_text("utf-8") == text


def test_the_shipped_file_fits() -> None:
    Draft7Validator.check_schema(routes_schema())
    Draft7Validator(routes_schema()).validate(shipped())


def test_every_money_policy_fits() -> None:
    document = shipped()
    document["route"][0]["money"] = {
        "payments": "by-channel", "shipping_tax_rate": 10, "tax_rates": [7, 20], "tolerance": 0.01,
        "merge_lines": False,
    }  # fmt: skip
    assert accepts(document)


def test_a_route_of_cancellations_fits() -> None:
    document = shipped()
    table = {"name": "x", "profile": "csv-cancellation", "destination": "s3", "on": "cancelled"}
    document["route"].append(table)
    assert not accepts(document)
    table["of"] = "ubl"
    assert accepts(document)
    document["route"][-1] = table | {"statuses": [400]}
    assert not accepts(document)


def test_several_profiles_fit() -> None:
    document = shipped()
    del document["route"][0]["profile"]
    document["route"][0]["profiles"] = ["csv-flat", "ubl-order"]
    assert accepts(document)


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.name)
def test_every_way_of_proving_fits(sender: Sender) -> None:
    assert accepts(shipped() | {"webhook": sender.table | {"sources": ["192.0.2.0/24"]}})


WRONG: dict[str, Change] = {
    "a top key": lambda d: d.update(rout=[]),
    "a scheme": lambda d: d.update(webhook={"scheme": "none"}),
    "a scheme without its header": lambda d: d.update(webhook={"scheme": "token"}),
    "another scheme's key": lambda d: d.update(webhook={"header": "x-a"}),
    "a header": lambda d: d.update(webhook={"scheme": "hmac", "header": "x a"}),
    "a tolerance of nothing": lambda d: d.update(
        webhook={"scheme": "hmac", "header": "x", "tolerance": 5}
    ),
    "no sources": lambda d: d.update(webhook={"sources": []}),
    "a shop key": lambda d: d["shop"].update(quantity="adet"),
    "a shop word": lambda d: d["shop"].update(price_basis="piece"),
    "an event key": lambda d: d["event"][0].update(typ="x"),
    "an event without a place": lambda d: [d["event"][0].pop(key) for key in ("pk", "number")],
    "a route key": lambda d: d["route"][0].update(chanels=["web"]),
    "a route word": lambda d: d["route"][0].update(destination="ftp"),
    "a pick-up nobody sees": lambda d: d["route"][0].update(
        destination="sqs", acknowledge="after-pickup"
    ),
    "a route's name": lambda d: d["route"][0].update(name="ş"),
    "a missing key": lambda d: d["route"][0].pop("start_from"),
    "profile and profiles": lambda d: d["route"][0].update(profiles=["csv-flat"]),
    "of without on": lambda d: d["route"][0].update(of="csv"),
    "no channels": lambda d: d["route"][0].update(channels=[]),
    "a status in words": lambda d: d["route"][0].update(statuses=["approved"]),
    "a money key": lambda d: d["route"][0].update(money={"intrest": "inside"}),
    "a money word": lambda d: d["route"][0].update(money={"interest": "within"}),
    "a tolerance": lambda d: d["route"][0].update(money={"tolerance": 0.06}),
    "a rate": lambda d: d["route"][0].update(money={"tax_rates": [101]}),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_what_the_loader_refuses_the_editor_marks(change: Change) -> None:
    document = shipped()
    change(document)
    assert not accepts(document)


def test_the_editor_finds_the_schemas() -> None:
    files = {SHIPPED: "#:schema ./routes.schema.json"}
    files |= dict.fromkeys(PROFILES.glob("*/profile.toml"), "#:schema ../profile.schema.json")
    assert len(files) > 9
    for file, first in files.items():
        assert file.read_text("utf-8").splitlines()[0] == first, file
        assert (file.parent / first.removeprefix("#:schema ")).is_file()


def test_the_loader_takes_what_an_editor_took(tmp_path: Path) -> None:
    assert load_routes(SHIPPED, shop_url="https://shop.example.com").routes
    wrong = tmp_path / "routes.toml"
    wrong.write_text(SHIPPED.read_text("utf-8").replace('destination = "s3"', "destination = 3"))
    with pytest.raises(Misconfigured):
        load_routes(wrong, shop_url="https://shop.example.com")
