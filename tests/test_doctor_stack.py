"""`subscribe` and `doctor` against a running local stack, as a person gives them."""

import json
from typing import Any

import pytest
from erp_console.cli import app
from stack import Stack
from typer.testing import CliRunner

pytestmark = pytest.mark.stack


def said(stack: Stack, command: str, code: int = 0) -> dict[str, Any]:
    """The JSON of a command."""
    deployment = stack.deployment
    where = ["--local", deployment.aws_endpoint_url, "--stack", deployment.stack]
    result = CliRunner().invoke(app, [command, "--json", *where])
    assert result.exit_code == code, result.output
    assert deployment.webhook_secret not in result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_local_stack_without_hooks_and_with(stack: Stack) -> None:
    faults = [each for each in said(stack, "doctor", 1)["findings"] if each["level"] != "ok"]
    assert [(each["check"], each["level"]) for each in faults] == [("hooks", "fault")] * 2, faults
    assert {each["outcome"] for each in said(stack, "subscribe")["events"]} == {"registered"}
    findings = said(stack, "doctor")["findings"]
    assert [each for each in findings if each["level"] != "ok"] == []
    assert len(findings) >= 20
    assert len(said(stack, "unsubscribe")["events"]) == 2
