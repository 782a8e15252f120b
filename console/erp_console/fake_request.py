"""A call to the fake Omnitron, and its answer: values, no sockets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from erp_console import shop_json


@dataclass(frozen=True)
class Request:
    """One call; `url` is its address without the query."""

    method: str
    path: str
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    token: str | None = None


@dataclass(frozen=True)
class Answer:
    """Status, body and headers; `cut` sends half of the body and hangs up, `skew` is how many
    seconds its Date is ahead."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    skew: float = 0.0

    @classmethod
    def json(cls, document: object, status: int = 200) -> "Answer":
        """A JSON answer."""
        return cls(status, shop_json.dump(document))


def not_found(detail: str = "Not found.") -> Answer:
    """404 as Django REST framework says it."""
    return Answer.json({"detail": detail}, 404)
