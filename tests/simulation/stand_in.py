"""A profile of the simulation's own: what an order says in a line."""

from dataclasses import dataclass
from hashlib import sha256

from erp_adapter.errors import Unmappable
from erp_adapter.order import Order
from erp_adapter.profile import Document


@dataclass(frozen=True)
class StandIn:
    """A profile that writes number, pk, what is to be paid, and the items' pks (notes and revision,
    where it tells more), and refuses orders of a note."""

    name: str
    version: str
    refuses: str | None = None
    tells_more: bool = False

    def render(self, order: Order) -> Document:
        """The document of a balanced order."""
        assert order.totals is not None
        if self.refuses is not None and order.notes == self.refuses:
            raise Unmappable("It does not fit.", code="TOO_LONG", path="notes")
        items = ",".join(str(pk) for line in order.lines for pk in line.ids)
        more = f"|{order.notes or ''}|{order.revision}" if self.tells_more else ""
        said = (order.number, str(order.pk), str(order.totals.payable), self.version)
        content = f"{'|'.join(said)}{more} {items}".encode()
        # A later release names its files otherwise: what was claimed before keeps its place.
        return Document(
            name=f"{order.number}-{order.pk}.{'txt' if self.version == '0' else 'dat'}",
            content_type="text/plain", content=content, sha256=sha256(content).hexdigest(),
            profile=self.name, version=self.version,
        )  # fmt: skip
