"""Pages of rows, as Django REST framework's page numbers make them."""

from typing import Any, Final
from urllib.parse import urlencode

from erp_console.fake_request import Answer, Request, not_found

_DEFAULT_LIMIT: Final = 10  # documented: Search Order, parameter limit
_MAX_LIMIT: Final = 100


def page(rows: list[dict[str, Any]], request: Request) -> Answer:
    """The page that the call asks for; 404 for one that is not there."""
    try:
        number = int(request.query.get("page", 1))
        limit = min(max(int(request.query.get("limit", _DEFAULT_LIMIT)), 1), _MAX_LIMIT)
    except ValueError:
        return not_found("Invalid page.")
    pages = max(-(-len(rows) // limit), 1)
    if not 1 <= number <= pages:
        return not_found("Invalid page.")

    def address(page: int) -> str | None:
        query = urlencode({**request.query, "page": page})
        return f"{request.url}?{query}" if 1 <= page <= pages else None

    document: dict[str, Any] = {
        "count": len(rows),
        "next": address(number + 1),
        "previous": address(number - 1),
        "results": rows[(number - 1) * limit : number * limit],
    }
    return Answer.json(document)
