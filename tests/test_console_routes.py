"""The local stack's routes.toml: the project's own, opened for every order."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

from erp_adapter.routes import load_routes
from erp_console.local_routes import local_routes, to_toml

OWN = """
[shop]
quantity_key = "adet"
[[event]]
type = "order.created"
pk = "payload.pk"
[[route]]
name = "ubl"
profile = "ubl-order"
destination = "sqs"
start_from = 2026-01-01
statuses = [400]
settings = { firm = "012", "odd key" = "Iğdır \\"1\\"", rates = { low = 1 } }
[[route]]
name = "flat"
profile = "csv-flat"
destination = "s3"
start_from = 2026-01-01T00:00:00Z
"""


def test_the_projects_own_routes_open_for_every_order(tmp_path: Path) -> None:
    own = tmp_path / "routes.toml"
    own.write_text(OWN)
    tables = local_routes(own)
    assert [r["name"] for r in tables["route"]] == ["ubl", "flat"]
    assert [r["destination"] for r in tables["route"]] == ["sqs", "s3"]
    assert all(r["start_from"] == datetime(1970, 1, 1, tzinfo=UTC) for r in tables["route"])
    assert tables["shop"] == {"quantity_key": "adet"}
    assert len(tables["event"]) == 1


def test_profiles_choose_routes_and_keep_their_settings(tmp_path: Path) -> None:
    own = tmp_path / "routes.toml"
    own.write_text(OWN)
    tables = local_routes(own, ["new-erp", "ubl-order"], "s3")
    new, ubl = tables["route"]
    assert (new["name"], new["profile"], new["destination"]) == ("new-erp", "new-erp", "s3")
    assert (ubl["name"], ubl["destination"], ubl["statuses"]) == ("ubl", "s3", [400])
    assert ubl["settings"]["firm"] == "012"


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    own = tmp_path / "routes.toml"
    own.write_text(OWN)
    tables = local_routes(own, ["ubl-order"])
    assert tomllib.loads(to_toml(tables)) == tables
    odd = {"a": {"b": [True, 1.5, date(2026, 1, 2), "\x7f\n"]}, "c": [{"d e": {}}]}
    assert tomllib.loads(to_toml(odd)) == odd


def test_the_adapter_takes_it(tmp_path: Path) -> None:
    written = tmp_path / "routes.toml"
    written.write_text(to_toml(local_routes(tmp_path / "none.toml", ["ubl-order"])), "utf-8")
    routes = load_routes(written, shop_url="http://127.0.0.1:1")
    assert [route.profile for route in routes.routes] == ["ubl-order"]
    assert {event.type for event in routes.events} == {"order.created", "order.updated"}
