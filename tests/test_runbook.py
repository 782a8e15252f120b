"""docs/runbook.md knows every code and every alarm, and each of its sections' commands works."""

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import boto3
import pytest
from aws_cli import aws
from erp_adapter.ledger import NO_ROUTE, Entry
from operated import Operated, answer_every_invocation
from stack import ROOT
from world import STACK

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text("utf-8")
CODE = re.compile(r"[A-Z]{2,}(_[A-Z]+)+|[A-Z]{7,}")
NO_CODES = re.compile(
    # Environment variables, AWS's words, the XSD library's names of errors.
    r"AWS_\w+|SCHEMAV_\w+|ALL_OLD|ADAPTER_ERROR|OMNITRON_(LOGIN|RATE|TIMEOUT|URL)|STACK_NAME"
    r"|FUNCTION_TIMEOUT|\w+_(ARN|PREFIX|URL|TABLE|DELAY|SECONDS|MODE|MINUTES|CONCURRENCY)"
)
CONSOLE_CODES = {"STATUS_NOT_SENDABLE"}


def sections() -> dict[str, str]:
    """Each section of the third level, by its heading."""
    parts = re.split(r"^#{2,3} (.+)$", RUNBOOK, flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {name: text for name, text in found.items() if f"\n### {name}\n" in RUNBOOK}


def chapter(heading: str) -> list[str]:
    """The sections of a chapter."""
    [_, rest] = RUNBOOK.split(f"\n## {heading}\n")
    return re.findall(r"^### (.+)$", rest.split("\n## ")[0], re.MULTILINE)


def codes_in_use() -> set[str]:
    """Every text of the adapter that looks like a code, except those that are known to be none: so
    a new code is missed here before it is missed by an operator."""
    found = set()
    for file in (ROOT / "layers" / "adapter").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Constant(value=str(text)) if CODE.fullmatch(text):
                    found.add(text)
    return {code for code in found if not NO_CODES.fullmatch(code)} | CONSOLE_CODES


CODES = {name for name in sections() if CODE.fullmatch(name)}
ALARMS = [name for name in sections() if name.endswith("Alarm")]


def test_every_code_has_a_section_and_every_section_a_code() -> None:
    assert codes_in_use() == CODES


def test_the_codes_of_the_design_are_there() -> None:
    """../shared/design.md's list, which callers may rely on."""
    names = """
        TOTALS_MISMATCH TAX_MISMATCH LINE_MISMATCH PAYMENT_MISMATCH CURRENCY_MIXED NEGATIVE_AMOUNT
        BAD_QUANTITY UNKNOWN_TAX_RATE NO_LINES MISSING_CODE AMBIGUOUS_CODE MISSING_VALUE
        INVALID_VALUE TOO_LONG ILLEGAL_CHARACTER UNENCODABLE BAD_TAX_NUMBER UNKNOWN_LOOKUP
        SCHEMA_INVALID ORDER_NOT_FOUND ORDER_CHANGED CANCELLED_AFTER_DELIVERY STATUS_NOT_SENDABLE
    """
    assert set(names.split()) <= CODES


@pytest.mark.parametrize("name", sections())
def test_a_section_says_what_it_means_how_to_see_it_and_what_to_do(name: str) -> None:
    before, *blocks = re.split(r"^```$", sections()[name], flags=re.MULTILINE)
    assert len(before.strip()) > 20, "what it means"
    assert len(blocks) == 2, "one block of commands"
    after_delivery = name in ("ChangedAfterDeliveryAlarm", "CancelledAfterDeliveryAlarm")
    linked = after_delivery or name in ("ParkedAlarm", "DeadLetterAlarm")
    assert blocks[1].strip() or linked, "what to do"


def test_links_within_the_runbook_lead_somewhere() -> None:
    headings = re.findall(r"^#{1,3} (.+)$", RUNBOOK, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", each).lower().replace(" ", "-") for each in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", RUNBOOK)) <= anchors


# ------------------------------------------------------------------ the commands


def commands(name: str) -> Iterator[list[str]]:
    """The commands of a section's block."""
    block = re.split(r"^```$", sections()[name], flags=re.MULTILINE)[1]
    for line in block.strip().splitlines():
        yield shlex.split(line)


class Operator:
    """Runs what the runbook says, on a world that has what it speaks of."""

    def __init__(self, operated: Operated) -> None:
        self.operated = operated

    def run(self, command: list[str], number: str) -> str:
        """What it says. `aws` is botocore with the command line's own words."""
        words = {
            "NUMBER": number, "STACK": STACK, "INBOUND_QUEUE_URL": self.operated.world.input_queue,
            "OUTPUT_QUEUE_URL": self.operated.world.output_queue,
            "BUCKET": self.operated.world.bucket,
        }  # fmt: skip
        pattern = rf"(?<![A-Z_])({'|'.join(words)})(?![A-Z_])"
        told = [re.sub(pattern, lambda found: words[found[0]], part) for part in command]
        if told[0] == "aws":
            return str(aws(self.operated.world.client, *told[1:]))
        assert told[0] == "erp-adapter"
        result = self.operated.run(*told[1:])
        assert result.exit_code == 0, (command, result.output)
        return str(result.output)


@pytest.fixture
def operator(operated: Operated, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """A world with log groups, and a reconcile function that can be invoked."""
    world = operated.world
    answer_every_invocation(monkeypatch)
    # A hundred commands: what a session has read of AWS's models is read once.
    monkeypatch.setattr(boto3, "Session", cache(boto3.session.Session))
    logs = world.client("logs")
    world.post(b"{}", {"x-whisperer-signature": "sha256=0"})
    for function in ("webhook", "deliver", "reconcile", "pickup"):
        group = f"/aws/lambda/{STACK}-{function}"
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName="one")
        lines = world.log.getvalue().splitlines() or ["{}"]
        events = [{"timestamp": 1, "message": line} for line in lines]
        logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=events)
    return Operator(operated)


def test_the_commands_of_every_alarm_work(operator: Operator) -> None:
    world = operator.operated.world
    pk = world.new_order(1, amount="16.41")
    number = str(world.omnitron.shop.order(pk)["number"])
    world.work(pk)
    assert len(ALARMS) >= 8
    for name in ALARMS:
        for command in commands(name):
            assert operator.run(command, number), name


def test_the_commands_of_every_code_work_and_show_it(operator: Operator) -> None:
    ledger = operator.operated.world.ledger
    rejected = set(chapter("Codes of rejected orders"))
    after = set(chapter("Codes after the delivery"))
    for pk, code in enumerate(sorted(CODES), start=1000):
        number = f"N{pk}"
        entry = Entry(
            order=str(pk), route="ubl", version=0, state="rejected", number=number, code=code,
            message="A sentence.", announced_at=pk, updated_at=pk,
        )  # fmt: skip
        if code in after:
            entry = replace(entry, state="delivered", written_at=pk)
        elif code not in rejected:
            entry = replace(entry, route=NO_ROUTE, state="waiting", reason=code, code=None)
        ledger.put(entry, replacing=None)
        for command in commands(code):
            said = operator.run(command, number)
            if command[0] == "erp-adapter":
                assert number in said, (code, command)
            if command[1] == "status":
                assert code in said, (code, command)
