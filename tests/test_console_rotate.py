"""`erp-adapter rotate-secret`: a new secret beside the old one, their last uses, the removal."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from erp_adapter import deployment
from erp_console import rotating, whisperer
from erp_console.cli import app
from erp_console.rotating import QUIET, Live, check_removal
from erp_console.secret_use import last_use
from erp_console.terminal import Failed, Hindered
from operated import Operated
from stack import Stack
from typer.testing import CliRunner, Result
from world import SECRET, STACK

GROUP = f"/aws/lambda/{STACK}-webhook"


class Rotated:
    """A deployment, its webhook function and the log that CloudWatch has of it."""

    def __init__(self, operated: Operated) -> None:
        self.operated, self.world = operated, operated.world
        self.logs = self.world.client("logs")
        self.logs.create_log_group(logGroupName=GROUP)
        self.logs.create_log_stream(logGroupName=GROUP, logStreamName="s")

    def post(self, secret: str, *, ago: timedelta = timedelta()) -> int:
        """A webhook, so long ago as far as the log says; its answer's status."""
        body = whisperer.Announcement(pk=1001).body()
        answer = self.world.post(body, whisperer.headers("order.updated", body, secret))
        lines = self.world.log.getvalue().splitlines()
        self.world.log.seek(0)
        self.world.log.truncate()
        moment = int((time.time() - ago.total_seconds()) * 1000)
        self.logs.put_log_events(
            logGroupName=GROUP, logStreamName="s",
            logEvents=[{"timestamp": moment, "message": line} for line in ["START", *lines]],
        )  # fmt: skip
        return int(answer["statusCode"])

    def stored(self) -> dict[str, str]:
        """What Parameter Store holds, by name."""
        ssm = self.world.client("ssm")
        found = ssm.get_parameters_by_path(Path=f"/{STACK}/webhook-secrets", WithDecryption=True)
        return {p["Name"].rpartition("/")[2]: p["Value"] for p in found["Parameters"]}

    def said(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        return self.operated.said("rotate-secret", *arguments, code=code)

    def piped(self, value: str, *, code: int) -> Result:
        command = ["rotate-secret", "--given", "--json", "--stack", STACK]
        result = CliRunner().invoke(app, command, input=value)
        assert result.exit_code == code, result.output
        return result

    def refused(self, *arguments: str, code: int) -> str:
        result = self.operated.run("rotate-secret", *arguments)
        assert result.exit_code == code, result.output
        assert result.stdout == ""
        return result.stderr


@pytest.fixture
def rotated(operated: Operated) -> Rotated:
    return Rotated(operated)


def test_a_rotation_from_its_beginning_to_its_end(rotated: Rotated) -> None:
    assert rotated.post(SECRET, ago=timedelta(minutes=20)) == 202
    assert rotated.said("--dry-run")["made"] is None
    assert "is the only secret" in rotated.refused("--remove", "primary", "--force", code=2)
    assert rotated.stored() == {"primary": SECRET}

    result = rotated.operated.run("rotate-secret")
    [(name, new)] = [each for each in rotated.stored().items() if each[0] != "primary"]
    assert result.stdout == f"{new}\n"
    assert len(new) == 64
    assert "primary: live since" in result.stderr
    assert SECRET not in result.stderr
    assert new not in result.stderr
    assert "has the sender the new one?" in rotated.refused("--remove", "primary", code=1)

    deployment.secrets.cache_clear()
    assert rotated.post(new) == 202
    primary, other = rotated.said()["secrets"]
    assert (primary["name"], other["name"]) == ("primary", name)
    assert primary["last_used"] < other["last_used"]
    assert rotated.said("--remove", "primary", "--dry-run")["removed"] is None
    assert set(rotated.stored()) == {"primary", name}
    assert rotated.said("--remove", "primary")["removed"] == "primary"
    assert rotated.stored() == {name: new}
    deployment.secrets.cache_clear()
    assert (rotated.post(SECRET), rotated.post(new)) == (401, 202)


def test_what_is_in_use_is_removed_by_force_only(rotated: Rotated) -> None:
    rotated.post(SECRET)
    made = rotated.said()
    deployment.secrets.cache_clear()
    rotated.post(made["secret"])
    assert "primary is in use: last" in rotated.refused("--remove", "primary", code=1)
    assert "gone already" in rotated.refused("--remove", "primry", "--force", code=2)
    assert rotated.said("--remove", "primary", "--force")["removed"] == "primary"
    assert set(rotated.stored()) == {made["made"]}


def test_what_a_sender_has_made_comes_by_a_pipe_and_is_not_shown(rotated: Rotated) -> None:
    for value in ("", "short", "x" * 4097):
        assert "16 to 4096" in rotated.piped(value, code=2).stderr
    made = json.loads(rotated.piped("whsec_" * 6 + "\n", code=0).stdout)
    assert "secret" not in made
    assert rotated.stored()[made["made"]] == "whsec_" * 6
    # Nor does a second run make a third.
    assert "remove the old one" in rotated.piped("another-of-sixteen", code=2).stderr
    assert len(rotated.stored()) == 2


def test_the_first_secret_is_made_under_the_stack_s_own_key(
    rotated: Rotated, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = rotated.world.client("kms").create_key()["KeyMetadata"]["Arn"]
    monkeypatch.setattr(rotating, "parameters_of", lambda *_: {"KmsKeyArn": key})
    rotated.world.client("ssm").delete_parameter(Name=f"/{STACK}/webhook-secrets/primary")
    made = rotated.said()
    assert rotated.stored() == {made["made"]: made["secret"]}
    described = rotated.world.client("ssm").describe_parameters()["Parameters"]
    keys = {p["Name"].rpartition("/")[2]: p.get("KeyId") for p in described}
    assert keys[made["made"]] == key


NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def live(name: str, ago: timedelta | None) -> Live:
    return Live(
        name=name, since=NOW - timedelta(days=9), last_used=None if ago is None else NOW - ago
    )


@pytest.mark.parametrize(
    ("secrets", "trouble", "says"),
    [
        ([live("old", None)], Hindered, "is the only secret"),
        ([live("new", None)], Hindered, "no live secret old; there are: new"),
        ([], Hindered, "no live secret old; there are: none"),
        ([live("old", None), live("new", None)], Failed, "No webhook has come with another secret"),
        (
            [live("old", QUIET / 2), live("new", timedelta())],
            Failed,
            "old is in use: last 11:52:30",
        ),
    ],
)
def test_what_is_not_removed(secrets: list[Live], trouble: type[Exception], says: str) -> None:
    with pytest.raises(trouble, match=says):
        check_removal(secrets, "old", NOW)


@pytest.mark.parametrize("used", [None, QUIET, timedelta(days=1)])
def test_what_is_quiet_may_go(used: timedelta | None) -> None:
    check_removal([live("old", used), live("new", timedelta(days=2))], "old", NOW)


def test_a_use_of_long_ago_is_found_and_another_secret_s_is_not(rotated: Rotated) -> None:
    rotated.post(SECRET, ago=timedelta(days=3))
    aws, now = rotated.operated.deployed.aws, datetime.now(UTC)
    found = last_use(aws, STACK, "primary", now)
    assert found is not None
    assert timedelta(days=2, hours=23) < now - found < timedelta(days=3, hours=1)
    assert last_use(aws, STACK, "other", now) is None
    assert last_use(aws, "another-stack", "primary", now) is None


@pytest.mark.stack
def test_a_rotation_on_the_local_stack(deployed: Any) -> None:
    stack: Stack = deployed(LogRetentionDays="3")
    deployment_ = stack.deployment
    where = ["--local", deployment_.aws_endpoint_url, "--stack", deployment_.stack]

    def said(*arguments: str) -> dict[str, Any]:
        done = CliRunner().invoke(app, ["rotate-secret", *arguments, "--json", *where])
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    assert stack.announce(stack.new_order()).status_code == 202
    stack.wait(lambda: bool(said("--dry-run")["secrets"][0]["last_used"]))
    made = said()["made"]
    primary, new = said()["secrets"]
    assert (primary["name"], new["name"]) == ("primary", made)
    assert (bool(primary["last_used"]), new["last_used"]) == (True, None)
    assert said("--remove", "primary", "--force")["removed"] == "primary"
    assert [each["name"] for each in said("--dry-run")["secrets"]] == [made]
