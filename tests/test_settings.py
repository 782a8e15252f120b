"""What the environment may say, and where the profiles are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from erp_adapter import settings as module
from erp_adapter.errors import Misconfigured
from erp_adapter.settings import LEASE_MARGIN, Settings, read_settings

ROOT = Path(__file__).parents[1]
NEEDED = {"STACK_NAME": "magaza", "INPUT_QUEUE_URL": "https://sqs.example.com/1/inbound.fifo"}
FULL = NEEDED | {
    "OMNITRON_URL": "https://omnitron.example.com/",
    "API_PREFIX": "/api/i1/",
    "OMNITRON_LOGIN": "password",
    "PROCESSING_MODE": "inline",
    "OUTPUT_QUEUE_URL": "https://sqs.example.com/1/documents.fifo",
    "BUCKET": "magaza-documents",
    "DOCUMENT_PREFIX": "/to/erp/",
    "LEDGER_TABLE": "magaza-ledger",
    "OMNITRON_TIMEOUT": "2.5",
    "FUNCTION_TIMEOUT": "20",
    "RETRY_SECONDS": "0",
    "INBOUND_DELAY": "0",
    "OMNITRON_RATE": "10",
    "MAXIMUM_CONCURRENCY": "3",
    "RECONCILE_MINUTES": "2",
    "PICKUP_MINUTES": "90",
}


def test_the_environment_is_read() -> None:
    assert read_settings(FULL) == Settings(
        stack="magaza",
        omnitron_url="https://omnitron.example.com",
        api_prefix="/api/i1",
        omnitron_login="password",
        mode="inline",
        input_queue_url="https://sqs.example.com/1/inbound.fifo",
        output_queue_url="https://sqs.example.com/1/documents.fifo",
        bucket="magaza-documents",
        document_prefix="to/erp",
        ledger_table="magaza-ledger",
        omnitron_timeout=2.5,
        function_timeout=20,
        retry_seconds=0,
        inbound_delay=0,
        omnitron_rate=10,
        concurrency=3,
        reconcile_seconds=120,
        pickup_seconds=5400,
        alarm_topic="",
    )


def test_the_shop_s_rate_is_shared_out() -> None:
    """Whatever runs at once, all shares together are the rate."""
    found = read_settings(FULL)
    workers = found.delivery_rate * found.concurrency
    assert workers + found.reconcile_rate == pytest.approx(10)
    assert found.reconcile_limit == pytest.approx(workers * 120 / 4, abs=1)


def test_what_a_webhook_does_not_need_has_defaults() -> None:
    found = read_settings(NEEDED)
    assert (found.mode, found.api_prefix, found.document_prefix) == (
        "queued", "/api/v1", "documents",
    )  # fmt: skip
    assert (found.omnitron_timeout, found.function_timeout, found.retry_seconds) == (5, 30, 5)
    assert (found.omnitron_url, found.bucket, found.ledger_table) == ("", "", "")


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(name: str, value: str | None) -> None:
    environment = {k: v for k, v in (FULL | {name: value}).items() if v is not None}
    with pytest.raises(Misconfigured, match=f"variable {name} is missing"):
        read_settings(environment)


@pytest.mark.parametrize("name", [name for name in FULL if name not in NEEDED])
def test_an_empty_variable_is_one_that_is_not_set(name: str) -> None:
    without = {k: v for k, v in FULL.items() if k != name}
    assert read_settings(FULL | {name: ""}) == read_settings(without)
    assert read_settings(FULL) != read_settings(without)


@pytest.mark.parametrize("name", ["OMNITRON_TIMEOUT", "FUNCTION_TIMEOUT", "RETRY_SECONDS"])
@pytest.mark.parametrize("value", ["ten", "5s", "-1", "nan", "inf", "1e999", "0x5", "5,0", " "])
def test_a_bad_number_is_named_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=f"^{name} must be a number"):
        read_settings(FULL | {name: value})


@pytest.mark.parametrize("name", ["OMNITRON_TIMEOUT", "FUNCTION_TIMEOUT"])
@pytest.mark.parametrize("value", ["0", "0.0", "-0"])
def test_no_time_is_no_time_out(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=f"^{name} must be a number, 0.001 or more"):
        read_settings(FULL | {name: value})


def test_a_broken_second_is_a_whole_one_to_a_claim() -> None:
    assert read_settings(FULL | {"FUNCTION_TIMEOUT": "19.2"}).function_timeout == 20


@pytest.mark.parametrize("value", ["Queued", "both", "inline "])
def test_a_mode_that_does_not_exist_is_named(value: str) -> None:
    with pytest.raises(Misconfigured, match="PROCESSING_MODE must be queued or inline"):
        read_settings(FULL | {"PROCESSING_MODE": value})


@pytest.mark.parametrize(
    ("given", "prefix"), [("api/v1", "/api/v1"), ("/api/v1", "/api/v1"), ("/", ""), ("/a/", "/a")]
)
def test_the_api_prefix_starts_with_a_slash_and_ends_without(given: str, prefix: str) -> None:
    assert read_settings(FULL | {"API_PREFIX": given}).api_prefix == prefix


def test_a_claim_outlives_its_function() -> None:
    assert read_settings(FULL).lease == 20 + LEASE_MARGIN
    assert LEASE_MARGIN > 0


def test_the_environment_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    module.settings.cache_clear()
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    try:
        first = module.settings()
        monkeypatch.setenv("STACK_NAME", "other")
        assert module.settings() is first
        assert first.stack == "magaza"
    finally:
        module.settings.cache_clear()


def test_a_missing_variable_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    module.settings.cache_clear()
    try:
        monkeypatch.delenv("STACK_NAME", raising=False)
        with pytest.raises(Misconfigured):
            module.settings()
        for name, value in NEEDED.items():
            monkeypatch.setenv(name, value)
        assert module.settings().stack == "magaza"
    finally:
        module.settings.cache_clear()


# ------------------------------------------------------------------ the profiles' folder

PROGRAM = "from erp_adapter.settings import profiles_folder; print(profiles_folder())"


def ask(*path: Path, site: bool = False) -> subprocess.CompletedProcess[str]:
    """Runs the question in a process with this path, as Lambda would; `site`: as a checkout."""
    switches = [] if site else ["-S"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))}
    return subprocess.run(
        [sys.executable, *switches, "-c", PROGRAM],
        capture_output=True, text=True, env=environment, check=False, cwd=ROOT / "tests",
    )  # fmt: skip


def folder(parent: Path, *, routes: bool = True) -> Path:
    (parent / "profiles").mkdir(parents=True)
    if routes:
        (parent / "profiles" / "routes.toml").write_text("", "utf-8")
    return parent / "profiles"


def test_an_editable_install_has_its_profiles_in_the_checkout() -> None:
    assert Path(ask(site=True).stdout.strip()) == ROOT / "layers" / "profiles"


def test_a_layer_has_its_profiles_where_it_is_mounted(tmp_path: Path) -> None:
    mounted = folder(tmp_path / "opt" / "python")
    answer = ask(tmp_path, mounted.parent, ROOT / "layers" / "adapter")
    assert Path(answer.stdout.strip()) == mounted


def test_the_folder_with_the_routes_is_meant(tmp_path: Path) -> None:
    """A namespace package has all the folders of its name, such as one that a function brings."""
    folder(tmp_path / "task", routes=False)
    mounted = folder(tmp_path / "opt")
    answer = ask(tmp_path / "task", tmp_path / "opt", ROOT / "layers" / "adapter")
    assert Path(answer.stdout.strip()) == mounted


def test_profiles_without_routes_are_still_found(tmp_path: Path) -> None:
    mounted = folder(tmp_path, routes=False)
    answer = ask(tmp_path, ROOT / "layers" / "adapter")
    assert Path(answer.stdout.strip()) == mounted


def test_a_missing_layer_is_named() -> None:
    answer = ask(ROOT / "layers" / "adapter")
    assert answer.returncode == 1
    assert "Misconfigured: The layer `profiles` is missing" in answer.stderr
