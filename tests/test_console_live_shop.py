"""An example out of a deployment's shop: read with its own address and token, and only read."""

import json
import shutil
from pathlib import Path

import pytest
from erp_console.canaries import canaries, sightings
from erp_console.checkout import profile_folder
from erp_console.cli import app
from stack import Stack
from typer.testing import CliRunner

pytestmark = pytest.mark.stack
runner = CliRunner()


def arguments(stack: Stack, pk: int, profile: Path) -> list[str]:
    deployment = stack.deployment
    where = ["--local", deployment.aws_endpoint_url, "--stack", deployment.stack]
    return ["example", str(pk), "--profile", str(profile), "--json", *where]


def test_an_order_of_the_shop_becomes_an_example(stack: Stack, tmp_path: Path) -> None:
    own = shutil.copytree(profile_folder("csv-flat"), tmp_path / "my-erp")
    pk = stack.new_order()
    stack.omnitron.traffic.reset()
    done = runner.invoke(app, arguments(stack, pk, own))
    assert done.exit_code == 0, done.output
    files = [Path(file) for file in json.loads(done.stdout)["files"]]
    assert {file.name.split(".")[1] for file in files} >= {"order", "items", "discounts"}
    birds = canaries(stack.omnitron.shop.order(pk))
    assert birds
    assert sightings(birds, [file.read_text("utf-8") for file in files]) == []
    assert set(stack.omnitron.traffic.calls) == {"detail", "items", "discounts"}
    assert not stack.omnitron.shop.order(pk)["is_send"]
    assert stack.omnitron.token not in done.output


def test_an_order_that_the_shop_does_not_know(stack: Stack, tmp_path: Path) -> None:
    own = shutil.copytree(profile_folder("csv-flat"), tmp_path / "my-erp")
    done = runner.invoke(app, arguments(stack, 999_999, own))
    assert done.exit_code == 1
    assert "no order with this pk" in done.stderr
