"""What can't be served is said in one sentence, before anything is started."""

import json
import socket
from pathlib import Path

import pytest
from erp_console.cli import app
from erp_console.fake_omnitron import FakeOmnitron
from erp_console.fake_shop import FakeShop
from typer.testing import CliRunner

runner = CliRunner()


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ERP_ADAPTER_OMNITRON_TOKEN", raising=False)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that was never built."""
    (tmp_path / "template.yaml").write_text("")
    (tmp_path / "events" / "orders").mkdir(parents=True)
    (tmp_path / "events" / "orders" / "5.order.json").write_text('{"pk": 5, "is_send": true}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def built(checkout: Path) -> None:
    folder = checkout / ".aws-sam" / "local" / "ProfilesLayer" / "python" / "profiles"
    (folder / "ubl-order").mkdir(parents=True)
    (folder / "ubl-order" / "profile.toml").write_text("")
    (checkout / ".aws-sam" / "local" / "template.yaml").write_text("Resources: {}")


def test_a_missing_build(checkout: Path) -> None:
    for command in ("serve", "run"):
        result = runner.invoke(app, [command])
        assert result.exit_code == 2
        assert "run `make build-local` first." in result.stderr


def test_a_profile_that_was_not_built(checkout: Path) -> None:
    built(checkout)
    result = runner.invoke(app, ["serve", "--profile", "ubl-ordr"])
    assert result.exit_code == 2
    assert "The build holds no profile ubl-ordr. Did you mean ubl-order?" in result.stderr


def test_a_folder_without_orders(checkout: Path) -> None:
    result = runner.invoke(app, ["serve", "--orders", str(checkout)])
    assert result.exit_code == 2
    assert "holds no PK.order.json" in result.stderr


def test_a_taken_port(checkout: Path) -> None:
    built(checkout)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = runner.invoke(app, ["serve", "--port", port, "--profile", "ubl-order"])
        again = runner.invoke(app, ["fake-omnitron", "--port", port])
    for one in (result, again):
        assert one.exit_code == 2
        assert f"Port {port} of 127.0.0.1 is taken" in one.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--omnitron-url", "http://shop.example.com", "--omnitron-token", "t"], "https://HOST"),
        (["--omnitron-url", "https://shop.example.com/api", "--omnitron-token", "t"], "https://"),
        (["--omnitron-url", "https://shop.example.com"], "needs --omnitron-token"),
    ],
)
def test_a_real_omnitron_needs_its_address_and_token(
    checkout: Path, options: list[str], sentence: str
) -> None:
    result = runner.invoke(app, ["serve", *options])
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_what_is_served_as_new_is_said(checkout: Path) -> None:
    own = runner.invoke(app, ["serve", "--orders", "events/orders"])
    assert "Orders that an ERP has already" in own.stderr
    sample = runner.invoke(app, ["serve"])
    assert "The sample order is served as not sent" in sample.stderr


def test_send_posts_what_whisperer_would(checkout: Path) -> None:
    with FakeOmnitron(FakeShop()) as anybody:
        options = ["--url", f"{anybody.url}/webhook", "--secret", "s", "--order", "27"]
        result = runner.invoke(app, ["send", *options, "--json"])
    assert result.exit_code == 1, "404 is not taken"
    assert json.loads(result.stdout)["status"] == 404


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--url", "http://127.0.0.1:1/webhook", "--secret", "s"], 2),
        (["--url", "nowhere", "--secret", "s", "--order", "27"], 2),
        (["--url", "http://127.0.0.1:1/webhook", "--secret", "s", "--number", "N"], 1),
    ],
)
def test_send_says_what_is_wrong(options: list[str], code: int) -> None:
    result = runner.invoke(app, ["send", *options])
    assert result.exit_code == code
    assert result.stderr.startswith("erp-adapter: ")
