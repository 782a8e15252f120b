"""Writes docs/reference.md: commands, the decision table, metrics, alarms and codes, from what
defines them.

`make reference` runs it; the suite says when its result is stale.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from erp_adapter.delivery.decision import TABLE, Decision
from erp_adapter.metrics import METRICS, NAMESPACE
from erp_console.cli import app
from samcli.yamlhelper import yaml_parse

ROOT = Path(__file__).parent.parent
HEAD = """# Reference

Made by `make reference` from the commands, the decision table, the template, the metrics' list and
the runbook.
"""
EXIT_CODES = """## Commands

Exit codes: 0 done; 1 it was tried and went wrong, or something was found; 2 it could not be tried
(a file, a name, a port, a build, credentials); 3 the order was rejected.
"""

DECISIONS = """## The decision table

What is done with an order on a route. The first row that is so decides. *Take over* is a
conditional write and a look whether the document landed: yes, and what became of the order since
is noted; no, and the rows are gone through anew. What is decided beside this table is in
[decisions.md](decisions.md#the-delivery-protocol).

| ledger for this route | the order | then |
|---|---|---|"""


def reference() -> str:
    """The whole page."""
    return "\n".join([HEAD, EXIT_CODES, *commands(), *decisions(), *metrics(), *alarms(), *codes()])


def commands() -> Iterator[str]:
    """Each command with its arguments and options, by name."""
    group: Any = typer.main.get_command(app)
    for name, command in sorted(group.commands.items()):
        told, _, example = command.help.partition("\n\nExample: ")
        rejects = hasattr(sys.modules[command.callback.__module__], "REJECTED")
        yield f"### {name}\n\n{_joined(told)}\n"
        if example:
            yield f"```\n{_joined(example)}\n```\n"
        yield f"Exit codes: 0, 1, 2{', 3' if rejects else ''}.\n"
        rows = [row for each in command.params if (row := _parameter(each))]
        if rows:
            yield "| argument or option | meaning |\n|---|---|\n" + "\n".join(rows) + "\n"


def _parameter(each: Any) -> str | None:
    if each.name == "help" or each.hidden:
        return None
    names = each.name.upper() if each.param_type_name == "argument" else ", ".join(each.opts)
    notes = ["required"] if each.required else []
    if each.default not in (None, False) and not callable(each.default):
        notes.append(f"default {getattr(each.default, 'value', each.default)}")
    if each.envvar:
        notes.append(f"or the variable {each.envvar}")
    meaning = _joined(each.help or "") + (f" ({'; '.join(notes)})" if notes else "")
    return f"| `{names}` | {_cell(meaning)} |"


def decisions() -> Iterator[str]:
    """The decision table's rows, in the sequence in which they are asked."""
    yield DECISIONS
    for row in TABLE:
        yield f"| {_cell(row.ledger)} | {_cell(row.order)} | {_then(row.decision)} |"
    yield ""


def _then(decision: Decision) -> str:
    why = ", ".join(filter(None, (decision.code, decision.reason)))
    return f"{decision.action}: {why}" if why else str(decision.action)


def metrics() -> Iterator[str]:
    """The adapter's own metrics, and which alarm watches one."""
    watched: dict[str, list[str]] = {}
    for name, own in _alarms():
        if own["Namespace"] == NAMESPACE:
            watched.setdefault(own["MetricName"], []).append(_link(name))
    yield f"## Metrics\n\nNamespace `{NAMESPACE}`, one dimension: `stack`.\n"
    yield "| metric | unit | counts | alarms |\n|---|---|---|---|"
    for name, metric in METRICS.items():
        seen = ", ".join(watched.get(name, []))
        yield f"| `{name}` | {metric.unit} | {_cell(metric.meaning)} | {seen} |"
    yield ""


def alarms() -> Iterator[str]:
    """Each alarm's definition in words."""
    yield "## Alarms\n"
    yield "| alarm | rings when | for | without data |\n|---|---|---|---|"
    signs = {"GreaterThanOrEqualToThreshold": "≥", "LessThanThreshold": "<"}
    for name, own in _alarms():
        many, threshold = _value(own["EvaluationPeriods"]), _value(own["Threshold"])
        sign = signs[own["ComparisonOperator"]]
        watched = f"{own['Statistic']} of `{own['Namespace']}` `{own['MetricName']}`"
        length = f"{many} × {own['Period'] // 60} min"
        missing = own["TreatMissingData"]
        yield f"| {_link(name)} | {watched} {sign} {threshold} | {length} | {missing} |"
    yield ""


def _value(value: Any) -> str:
    """A number of the template's, or the parameter that it is."""
    match value:
        case {"Ref": parameter} | {"Fn::FindInMap": [_, {"Ref": parameter}, _]}:
            return f"`{parameter}`"
    return str(value)


def codes() -> Iterator[str]:
    """Each code with the first sentence of its section, by chapter."""
    runbook = (ROOT / "docs" / "runbook.md").read_text("utf-8")
    for chapter in re.split(r"^## ", runbook, flags=re.MULTILINE):
        heading, _, text = chapter.partition("\n")
        found = re.findall(r"^### ([A-Z_]+)\n\n(.+?\.)(?: |\n)", text, re.MULTILINE)
        if heading.startswith("Codes ") and found:
            yield f"## {heading}\n\n| code | meaning |\n|---|---|"
            for code, sentence in found:
                yield f"| {_link(code)} | {_cell(sentence)} |"
            yield ""


def _alarms() -> list[tuple[str, dict[str, Any]]]:
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    return [
        (name, resource["Properties"])
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]


def _link(section: str) -> str:
    return f"[{section}](runbook.md#{section.lower()})"


def _joined(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    (ROOT / "docs" / "reference.md").write_text(reference(), "utf-8")
