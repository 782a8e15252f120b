"""Routes that somebody holds: perhaps longer than was meant."""

from collections.abc import Iterator

from erp_adapter.ledger import Ledger

from erp_console.checkup.finding import Finding, ok, warning
from erp_console.checkup.site import Site
from erp_console.status_words import held_since


def check(site: Site) -> Iterator[Finding]:
    """A line for each; of a route that is no more, too."""
    holds = Ledger(site.client("dynamodb"), site.outputs["LedgerTableName"]).holds()
    for name, hold in holds.items():
        yield warning(
            "holds", f"Nothing is written: {held_since(hold)}",
            f"When the ERP is back: erp-adapter resume {name}.",
        )  # fmt: skip
    if not holds:
        yield ok("holds", "No route is held.")
