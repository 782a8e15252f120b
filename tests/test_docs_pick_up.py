"""docs/pick-up.md's programs, to the letter: killed at each of their steps, every document is
imported once; and what they do with the bucket is what ErpReader allows."""

import ast
import hashlib
import json
import re
import shlex
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from aws_cli import aws
from stack import ROOT
from test_template import allowed
from world import REGION, World

GUIDE = (ROOT / "docs" / "pick-up.md").read_text("utf-8")
PROGRAMS = dict(
    re.findall(r"^`([\w.]+)`\n\n```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
)


class Cut(BaseException):
    """The power went off."""


class _Ticking(ast.NodeTransformer):
    """Calls `tick` before every statement."""

    def visit(self, node: ast.AST) -> Any:
        visited = self.generic_visit(node)
        if not isinstance(node, ast.stmt):
            return visited
        return [ast.Expr(ast.Call(ast.Name("tick", ast.Load()), [], [])), visited]


class Erp:
    """A server with an inbox, and what its ERP has imported."""

    def __init__(self, folder: Path, program: str, **values: str) -> None:
        self.folder = folder
        self.imported: list[bytes] = []
        for name, value in values.items():
            program = program.replace(name, value)
        for name in ("inbox", "taken", "seen"):
            (folder / name).mkdir(parents=True)
            program = program.replace(rf'r"C:\erp\{name}"', repr(str(folder / name)))
        tree = _Ticking().visit(
            ast.parse(program.replace("WaitTimeSeconds=20", "WaitTimeSeconds=0"))
        )
        self._code = compile(ast.fix_missing_locations(tree), "it", "exec")

    def run(self, cut_at: int | None = None) -> int:
        """The program, cut off before one of its steps; how many steps it came to."""
        steps = 0

        def tick() -> None:
            nonlocal steps
            steps += 1
            if steps - 1 == cut_at:
                raise Cut

        with suppress(Cut):
            exec(self._code, {"tick": tick})
        return steps

    def import_all(self) -> None:
        """What the ERP finds, it imports and deletes."""
        for file in sorted((self.folder / "inbox").glob("*.xml")):
            self.imported.append(file.read_bytes())
            file.unlink()


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The AWS profile of the server."""
    config = tmp_path / "config"
    keys = "aws_access_key_id = testing\naws_secret_access_key = testing\n"
    config.write_text(f"[profile erp]\nregion = {REGION}\n{keys}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))


@pytest.fixture
def kept_clients(profile: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session's clients are made once: hundreds of runs."""

    @cache
    def session(profile_name: str | None = None) -> Any:
        made = boto3.session.Session(profile_name=profile_name)
        monkeypatch.setattr(made, "client", cache(made.client))
        return made

    monkeypatch.setattr(boto3, "Session", session)


def words(world: World) -> dict[str, str]:
    """What a reader puts in place of the guide's words."""
    return {'"BUCKET"': repr(world.bucket), "ROUTE": "ubl"}


def all_cuts(make: Callable[[Path], Erp], again: Callable[[], Any], tmp_path: Path) -> list[Erp]:
    """A server for each step at which the power may go off, each with its documents taken whole."""
    ends = []
    for cut_at in range(1000):
        erp = make(tmp_path / str(cut_at))
        came_to = erp.run(cut_at)
        for _ in range(2):
            erp.import_all()
            erp.run()
        erp.import_all()
        erp.run()
        ends.append(erp)
        again()
        if came_to <= cut_at:
            return ends
    raise AssertionError("it never came to its end")


@pytest.mark.usefixtures("kept_clients")
def test_a_document_is_imported_once_wherever_the_power_goes_off(
    world: World, tmp_path: Path
) -> None:
    for pk in (1, 2):
        world.work(world.new_order(pk))
    documents = world.documents()
    s3 = world.client("s3")

    def refill() -> None:
        assert world.documents() == {}, "all were imported"
        for key, content in documents.items():
            s3.put_object(Bucket=world.bucket, Key=key, Body=content)

    ends = all_cuts(
        lambda folder: Erp(folder, PROGRAMS["pick_up.py"], **words(world)), refill, tmp_path
    )
    assert len(ends) > 20
    assert all(sorted(erp.imported) == sorted(documents.values()) for erp in ends)
    assert all(not list((erp.folder / "taken").iterdir()) for erp in ends)


@pytest.mark.usefixtures("profile")
def test_what_the_erp_has_not_imported_stays_and_what_it_has_never_comes_back(
    world: World, tmp_path: Path
) -> None:
    for pk in (1, 2):
        world.work(world.new_order(pk))
    erp = Erp(tmp_path / "erp", PROGRAMS["pick_up.py"], **words(world))
    erp.run()
    first = sorted((erp.folder / "inbox").glob("*.xml"))[0]
    first.unlink()
    erp.run()
    assert len(world.documents()) == 1
    world.restart()
    assert world.work(1, 2) == []
    assert len(world.puts()) == 2, "the adapter knows the deleted one by its trace"


@pytest.mark.usefixtures("kept_clients")
def test_a_message_is_imported_once_wherever_the_power_goes_off(
    make_world: Callable[..., World], tmp_path: Path
) -> None:
    world = make_world(destination="sqs")
    sqs, queue = world.client("sqs"), world.output_queue
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "0"})
    pks = iter(range(1, 10_000))

    def refill() -> None:
        assert world.received(queue) == []
        for _ in range(2):
            assert world.work(world.new_order(next(pks))) == []

    refill()
    ends = all_cuts(
        lambda folder: Erp(folder, PROGRAMS["take.py"], OUTPUT_QUEUE_URL=queue), refill, tmp_path
    )
    assert len(ends) > 20
    assert all(len(erp.imported) == len(set(erp.imported)) == 2 for erp in ends)


@pytest.mark.usefixtures("profile")
def test_what_is_no_utf_8_keeps_its_bytes(make_world: Callable[..., World], tmp_path: Path) -> None:
    world = make_world(("csv-tr-excel",), destination="sqs")
    world.work(world.new_order(1))
    [message] = world.received(world.output_queue)
    assert message["MessageAttributes"]["content_encoding"]["StringValue"] == "base64"
    erp = Erp(tmp_path / "erp", PROGRAMS["take.py"], OUTPUT_QUEUE_URL=world.output_queue)
    erp.run()
    erp.import_all()
    digests = [hashlib.sha256(content).hexdigest() for content in erp.imported]
    assert digests == [message["MessageAttributes"]["sha256"]["StringValue"]]


@pytest.mark.usefixtures("profile")
def test_what_is_too_large_for_a_message_is_fetched(
    make_world: Callable[..., World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_adapter.destination.MAX_MESSAGE", 1)
    world = make_world(destination="sqs")
    world.work(world.new_order(1))
    erp = Erp(tmp_path / "erp", PROGRAMS["take.py"], OUTPUT_QUEUE_URL=world.output_queue)
    erp.run()
    erp.import_all()
    assert erp.imported == list(world.documents().values())


@pytest.mark.usefixtures("profile")
def test_what_is_not_what_was_sent_stays_on_the_queue(
    make_world: Callable[..., World], tmp_path: Path
) -> None:
    world = make_world(destination="sqs")
    world.work(world.new_order(1))
    program = PROGRAMS["take.py"].replace('!= said["sha256"]', '== said["sha256"]')
    erp = Erp(tmp_path / "erp", program, OUTPUT_QUEUE_URL=world.output_queue)
    with pytest.raises(SystemExit, match="1/ubl/1 is not what was sent"):
        erp.run()
    erp.import_all()
    assert erp.imported == []


def test_the_policy_allows_what_the_programs_do() -> None:
    actions = {action for action, _ in allowed("ErpReader")}
    asked = {"list_objects_v2": "s3:ListBucket"}
    calls = re.findall(r"(s3|sqs)\.(\w+)\(|get_paginator\(\"(\w+)\"", "".join(PROGRAMS.values()))
    names = {(service or "s3", call or page) for service, call, page in calls} - {
        ("s3", "get_paginator")
    }
    for service, call in names:
        action = asked.get(call) or f"{service}:{call.title().replace('_', '')}"
        assert action in actions


def test_the_administrator_s_commands_work(world: World) -> None:
    iam = world.client("iam")
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    made = iam.create_policy(PolicyName="reader", PolicyDocument=json.dumps(policy))
    arn = made["Policy"]["Arn"]
    commands = re.findall(r"^(aws iam .+)$", GUIDE, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        aws(world.client, *shlex.split(command.replace("ERP_READER_ARN", arn))[1:])
    attached = iam.list_attached_user_policies(UserName="erp-server")["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [arn]
