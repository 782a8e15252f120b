"""One order through one draft: everything the page shows of it, as one JSON value.

Holds personal data: only for the page of who has started the workbench.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from erp_adapter.errors import AdapterError, Rejected
from erp_adapter.order import Order
from erp_adapter.profile import InvalidProfile, Problem

from erp_console.mapping import Mapping, mapping_at
from erp_console.order_files import SHOP_URL, Source
from erp_console.workbench.constants import constants_of
from erp_console.workbench.fields import OrderFields
from erp_console.workbench.money import statement
from erp_console.workbench.shown_document import shown_document

Shown = dict[str, Any]
_PLACE: Final = re.compile(r"[^,]*, (?P<file>\S+), line (?P<line>\d+), (?P<element>.*)\Z")


@dataclass(frozen=True)
class View:
    """A draft's copy, the file of its routes, and one order's three answers."""

    folder: Path
    routes: Path
    source: Source

    def shown(self) -> Shown:
        """Problems, or the order, and the document or why there is none."""
        try:
            mapping = self._mapping()
        except InvalidProfile as invalid:
            return {"problems": [asdict(problem) for problem in invalid.problems]}
        except AdapterError as error:
            return {"problems": [asdict(Problem("profile.toml", 1, 1, error.message))]}
        return {"problems": [], **self._of(mapping)}

    def document(self) -> tuple[str, bytes]:
        """The kind and the bytes of the document. Raises AdapterError."""
        mapping = self._mapping()
        order = mapping.balanced(mapping.read(self.source))
        return mapping.profile.kind, mapping.document(order).content

    def _mapping(self) -> Mapping:
        return mapping_at(self.folder, SHOP_URL, self.routes)

    def _of(self, mapping: Mapping) -> Shown:
        try:
            order = mapping.read(self.source)
        except AdapterError as error:
            return {"rejection": _rejection(error)}
        read = order
        try:
            order = mapping.balanced(order)
            fields = OrderFields(order)
            shown = {"document": shown_document(mapping, order, fields)}
        except AdapterError as error:
            fields, shown = OrderFields(order), {"rejection": _rejection(error)}
        return {
            "notes": list(_notes(mapping, read)),
            "order": [asdict(row) for row in fields.rows],
            "money": statement(read, mapping.money, order.totals),
            "constants": constants_of(self.folder, mapping.route.settings if mapping.route else {}),
            **shown,
        }


def _notes(mapping: Mapping, order: Order) -> Iterator[str]:
    """What would keep this order from being sent though it has a document."""
    try:
        mapping.check_status(order)
    except Rejected as rejection:
        yield rejection.message
    yield from mapping.remarks(order)


def _rejection(error: AdapterError) -> Shown:
    found: Shown = {"code": error.code, "message": error.message}
    path = error.path if isinstance(error, Rejected) else None
    place = _PLACE.match(path or "")
    if place is not None:
        return found | place.groupdict() | {"line": int(place["line"])}
    return found | ({"path": path} if path else {})
