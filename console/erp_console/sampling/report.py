"""What new-profile guessed, what it left as it was, and what a person should look at."""

import re
from collections.abc import Iterator
from typing import Any, Final

from erp_adapter.order import Order
from rich.console import Console
from rich.table import Table
from rich.text import Text

from erp_console.sampling.formats import Formats
from erp_console.sampling.manifest import repeated, used_spots
from erp_console.sampling.tree import Sample, Spot

_DATE: Final = re.compile(r"\d{2,4}[./-]\d{1,2}[./-]\d{2,4}.*|(19|20)\d{6}")
_MONEY: Final = re.compile(r"-?\d+[.,]\d{2,4}-?")
_LONG: Final = re.compile(r"[1-9]\d{5,}")


def described(sample: Sample, formats: Formats, order: Order) -> dict[str, Any]:
    """All of it, for --json."""
    spots = [spot for spot in used_spots(sample) if spot.value or not spot.constant]
    return {
        "kind": sample.kind,
        "encoding": sample.encoding,
        "newline": "crlf" if sample.newline == "\r\n" else "lf",
        "repeats": [
            {"place": branch.place, "each": branch.each} for branch in repeated(sample.root)
        ],
        "guessed": [_guessed(spot, formats) for spot in spots if not spot.constant],
        "constant": [{"place": spot.place, "value": spot.value} for spot in spots if spot.constant],
        "look_at": [*sample.notes, *_doubts(spots, order)],
    }


def _guessed(spot: Spot, formats: Formats) -> dict[str, Any]:
    found: dict[str, Any] = {
        "place": spot.place,
        "value": spot.value,
        "expression": formats.expression(spot),
        "also": list(spot.others),
    }
    if spot.guess and spot.guess.note:
        found["note"] = spot.guess.note
    return found


def _doubts(spots: list[Spot], order: Order) -> Iterator[str]:
    for spot in spots:
        if spot.constant:
            yield from _constant_doubts(spot)
        elif spot.guess and spot.guess.path.endswith("customer.code"):
            yield "settings.guest_customer: the account of customers whom the ERP does not know."
        elif spot.table:
            yield f"[lookup.{spot.table}]: the codes of this order only; add what else may come."
    if not order.buyer.tax_no:
        yield "The order has no tax number: try one of a company too."
    if not order.discounts:
        yield "The order has no discount: see that one finds its place."


def _constant_doubts(spot: Spot) -> Iterator[str]:
    for pattern, what in (
        (_DATE, "a date"),
        (_MONEY, "an amount"),
        (_LONG, "a number of something"),
    ):
        if pattern.fullmatch(spot.value):
            yield (
                f"{spot.place} looks like {what} but equals nothing of the order: it is the same "
                "in every document now."
            )
            return


def show(console: Console, described: dict[str, Any]) -> None:
    """The same as tables."""
    newline, encoding = described["newline"].upper(), described["encoding"]
    console.print(f"{described['kind'].upper()}, {encoding}, {newline}", markup=False)
    for repeats in described["repeats"]:
        console.print(f"repeats  {repeats['place']}  for each of {repeats['each']}", markup=False)
    for title, key in (("Guessed", "guessed"), ("Left as it was", "constant")):
        if described[key]:
            console.print(_table(title, described[key], described["repeats"]))
    if described["look_at"]:
        console.print("\nLook at", style="bold")
    for sentence in described["look_at"]:
        console.print(f"- {sentence}", markup=False)


def _short(place: str, repeats: list[dict[str, Any]]) -> str:
    """A place without its root, and without what lies above what repeats."""
    for branch in repeats:
        if branch["place"] and place.startswith(branch["place"]):
            above = branch["place"].rpartition("/")[0]
            return place.removeprefix(above).strip("/")
    return place.strip("/").split("/", 1)[-1]


def _table(title: str, rows: list[dict[str, Any]], repeats: list[dict[str, Any]]) -> Table:
    table = Table(title=title, title_justify="left", box=None)
    columns = ["place", "value"] + ["expression", "or else"] * (title == "Guessed")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        cells = [_short(row["place"], repeats), row["value"]]
        if "expression" in row:
            cells += [row["expression"], "; ".join(filter(None, [*row["also"], row.get("note")]))]
        table.add_row(*(Text(cell) for cell in cells))
    return table
