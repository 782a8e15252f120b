"""What a command has done, or would do: a row for each order and route, and the counts."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import typer

from erp_console.terminal import FAILED, note

_MOST_LINES: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One order on one route. `outcome` is counted; with `trouble` the command ends with 1."""

    order: str
    outcome: str
    number: str | None = None
    route: str | None = None
    document: str | None = None
    said: str | None = None
    trouble: bool = False

    def line(self) -> str:
        """For a reader."""
        number = f"({self.number})" if self.number else None
        parts = [self.order, number, self.route, self.outcome, self.document, self.said]
        return "  ".join(part for part in parts if part)


def present(
    rows: Sequence[Row], *, as_json: bool, dry_run: bool, **more: Any
) -> None:  # fmt: skip
    """Shows them and their counts; ends the command with 1 where there was trouble."""
    counts = Counter(row.outcome for row in rows)
    if as_json:
        shown = [{k: v for k, v in asdict(row).items() if v is not None} for row in rows]
        said: Mapping[str, Any] = {"dry_run": dry_run, "counts": dict(counts), "orders": shown}
        typer.echo(json.dumps({**said, **more}, ensure_ascii=False))
    else:
        _show(rows, counts, dry_run)
    if any(row.trouble for row in rows):
        raise typer.Exit(FAILED)


def _show(rows: Sequence[Row], counts: Counter[str], dry_run: bool) -> None:
    quiet = [row for row in rows if not row.trouble]
    for row in quiet[:_MOST_LINES]:
        typer.echo(row.line())
    if len(quiet) > _MOST_LINES:
        typer.echo(f"… and {len(quiet) - _MOST_LINES} more (--json has all)")
    for row in rows:
        if row.trouble:
            typer.echo(row.line())
    summary = ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())
    note(f"{summary or 'Nothing to do'}.{' Nothing was changed: --dry-run.' if dry_run else ''}")
