"""`erp-adapter test-profile`: the examples of a profile, byte for byte."""

import json as json_module
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from erp_console.terminal import FAILED, Hindered, told

if TYPE_CHECKING:
    from pathlib import Path

    from erp_adapter.profile import Profile

    from erp_console.profile_examples import Example

Result = Literal["same", "different", "missing", "rejected", "orphan"]
_MARKS: Final = {"same": "green"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one example; `updated` tells that its document was written anew."""

    example: str
    result: Result
    updated: bool = False
    message: str = ""


def compare_examples(
    name: Annotated[str, typer.Argument(help="A profile's name, or its folder.")],
    update: Annotated[
        bool, typer.Option("--update", help="Write the expected documents anew, then compare.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Compares the documents of a profile's examples with the expected ones, byte for byte.

    Exit 0: all the same; 1: one is not, with the difference; 2: nothing could be compared.

    Example: erp-adapter test-profile csv-flat
    """
    from erp_console.mapping import problems_told

    with told(), problems_told():
        outcomes = _outcomes(name, update, quiet=json)
    if json:
        found = {"profile": name, "examples": [asdict(outcome) for outcome in outcomes]}
        typer.echo(json_module.dumps(found, ensure_ascii=False))
    if any(outcome.result != "same" for outcome in outcomes):
        raise typer.Exit(FAILED)


def _outcomes(name: str, update: bool, *, quiet: bool) -> list[Outcome]:
    from erp_adapter.profile import load_profile

    from erp_console.checkout import profile_folder
    from erp_console.profile_examples import examples_of, orphans_of

    folder = profile_folder(name)
    profile, examples = load_profile(folder), examples_of(folder)
    if not examples:
        raise Hindered(f"{folder} has no examples: put a NAME.order.json into examples/.")
    outcomes = []
    for example in examples:
        outcomes.append(_tried(profile, example, update, quiet))
    for file in orphans_of(folder):
        message = f"{file.name} has no order beside it: nothing compares it."
        outcomes.append(Outcome(example=file.name, result="orphan", message=message))
        _say(outcomes[-1], quiet)
    if not quiet:
        _sum_up(folder, outcomes)
    return outcomes


def _tried(profile: "Profile", example: "Example", update: bool, quiet: bool) -> Outcome:
    from erp_adapter.errors import Rejected

    try:
        document = example.document(profile)
    except Rejected as rejection:
        message = f"{rejection.code}: {rejection.message}"
        outcome = Outcome(example=example.name, result="rejected", message=message)
        _say(outcome, quiet)
        return outcome
    file = example.expected(document)
    before = _kept(file)
    if update and before != document.content:
        from erp_console.order_files import write_bytes

        write_bytes(file, document.content)
    outcome = _compared(example.name, document.content, _kept(file), before)
    _say(outcome, quiet)
    if outcome.result == "different" and not quiet:
        from erp_console.differences import show_difference

        show_difference(_kept(file) or b"", document.content, profile.encoding, file.name)
    return outcome


def _compared(name: str, content: bytes, kept: bytes | None, before: bytes | None) -> Outcome:
    if kept is None:
        message = "There is no expected document yet: look at it, then --update."
        return Outcome(example=name, result="missing", message=message)
    result: Result = "same" if content == kept else "different"
    return Outcome(example=name, result=result, updated=kept != before)


def _kept(file: "Path") -> bytes | None:
    from erp_console.order_files import read_bytes

    return read_bytes(file) if file.is_file() else None


def _say(outcome: Outcome, quiet: bool) -> None:
    if quiet:
        return
    from rich.console import Console
    from rich.text import Text

    style = _MARKS.get(outcome.result, "red")
    said = Text.assemble((f"{outcome.result:9}", style), " ", outcome.example)
    if outcome.updated:
        said.append("  (written anew)", "yellow")
    if outcome.message:
        said.append(f"  {outcome.message}")
    Console(highlight=False).print(said, soft_wrap=True)


def _sum_up(folder: "Path", outcomes: Sequence[Outcome]) -> None:
    same = sum(outcome.result == "same" for outcome in outcomes)
    typer.echo(f"{same} of {len(outcomes)} examples of {folder.name} are the same.")
