"""`init`: from a shop's address to files and secrets that can be deployed."""

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from erp_console.cli import app
from operated import Operated
from typer.testing import CliRunner, Result
from world import ROOT, STACK

PROFILES = Path("layers", "profiles")


@pytest.fixture
def fresh(operated: Operated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operated:
    """A checkout as it comes, and an account with no secret in it."""
    here = tmp_path / "fresh"
    (here / PROFILES).mkdir(parents=True)
    for name in ("samconfig.toml", "template.yaml", str(PROFILES / "routes.toml")):
        shutil.copy(ROOT / name, here / name)
    (here / PROFILES / "csv-flat").symlink_to(ROOT / PROFILES / "csv-flat")
    monkeypatch.chdir(here)
    ssm = operated.world.client("ssm")
    for name in ("omnitron-token", "webhook-secrets/primary"):
        ssm.delete_parameter(Name=f"/{STACK}/{name}")
    return operated


def init(operated: Operated, *more: str, **given: str | None) -> Result:
    """The command with every option; None leaves one out."""
    omnitron = operated.world.omnitron
    usual: dict[str, str | None] = {
        "shop-url": omnitron.url, "erp": "csv-flat", "destination": "sqs",
        "start-from": "2010-01-01", "token": omnitron.token, "region": "eu-central-1",
        "stack": STACK,
    }  # fmt: skip
    options = [
        part
        for name, value in (usual | {k.replace("_", "-"): v for k, v in given.items()}).items()
        if value is not None
        for part in (f"--{name}", value)
    ]
    return CliRunner().invoke(app, ["init", *options, *more])


def test_files_secrets_and_what_would_follow(fresh: Operated) -> None:
    for pk, changes in ((1, {}), (2, {"status": "300"}), (3, {"is_send": True})):
        fresh.world.new_order(pk, **changes)
    before = Path("samconfig.toml").read_text("utf-8")
    dry: dict[str, Any] = json.loads(init(fresh, "--dry-run", "--json").stdout)
    assert Path("samconfig.toml").read_text("utf-8") == before
    assert fresh.world.client("ssm").describe_parameters()["Parameters"] == []
    result = init(fresh, "--json")
    assert result.exit_code == 0, result.output
    assert fresh.world.omnitron.token not in result.output
    report = json.loads(result.stdout)
    assert report["first_reconcile"] == dry["first_reconcile"]
    first = report["first_reconcile"]
    assert (first["waiting_in_shop"], first["would_be_sent"]) == (2, 1)
    assert first["oldest"].startswith("20")
    assert report["creates"]["Serverless Function"] == 4
    config = tomllib.loads(Path("samconfig.toml").read_text("utf-8"))
    own = config["dev"]["deploy"]["parameters"]
    assert (own["stack_name"], own["region"]) == (STACK, "eu-central-1")
    assert f"OmnitronUrl={fresh.world.omnitron.url}" in own["parameter_overrides"]
    assert "ApiPrefix=/api/v1" in own["parameter_overrides"]
    assert config["prod"] == tomllib.loads(before)["prod"]
    routes = tomllib.loads((PROFILES / "routes.toml").read_text("utf-8"))
    assert [route["profile"] for route in routes["route"]] == ["csv-flat"]
    assert len(routes["event"]) == 2
    ssm = fresh.world.client("ssm")
    token = ssm.get_parameter(Name=f"/{STACK}/omnitron-token", WithDecryption=True)["Parameter"]
    assert (token["Value"], token["Type"]) == (fresh.world.omnitron.token, "SecureString")
    secret = ssm.get_parameter(Name=f"/{STACK}/webhook-secrets/primary", WithDecryption=True)
    again = json.loads(init(fresh, "--json").stdout)
    assert again["parameters"] == [f"/{STACK}/omnitron-token"]
    kept = ssm.get_parameter(Name=f"/{STACK}/webhook-secrets/primary", WithDecryption=True)
    assert kept["Parameter"]["Value"] == secret["Parameter"]["Value"]
    assert len(secret["Parameter"]["Value"]) == 64


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("shop_url", "https://a.example/path", "--shop-url must be https://HOST"),
        ("erp", "csv-flet", "Did you mean csv-flat?"),
        ("destination", "ftp", "Invalid value"),
        ("start_from", "yesterday", "--start-from must be a date"),
        ("token", "Token abc", "give the bare token"),
        ("shop_url", None, "--shop-url is missing"),
        ("config_env", "staging", "has no table [staging.deploy.parameters]"),
    ],
)
def test_what_is_wrong_or_missing_is_said(
    fresh: Operated, option: str, value: str | None, sentence: str
) -> None:
    result = init(fresh, **{option: value})
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert fresh.world.client("ssm").describe_parameters()["Parameters"] == []


def test_a_shop_that_refuses_leaves_everything_as_it_was(fresh: Operated) -> None:
    before = Path("samconfig.toml").read_text("utf-8")
    result = init(fresh, token="of-another-shop")
    assert result.exit_code == 1
    assert "refuses the token" in result.stderr
    assert Path("samconfig.toml").read_text("utf-8") == before
