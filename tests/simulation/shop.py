"""A shop on Omnitron: orders with a history, replicas that lag, and an API that answers over httpx.

What is read is the shop as it was up to `lag` seconds ago, each read another replica's. What is
written (PATCH) goes to the primary. Paths: Akinon API reference, Omnitron > Integration > Order.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx
from orders import (
    discount_page,
    dumped,
    item_document,
    items_page,
    order_document,
    product_document,
)
from orders import transaction_document as transaction

from simulation import pending
from simulation.fates import Fate
from simulation.kernel import EPOCH

if TYPE_CHECKING:
    from simulation.scene import Scene

URL = "https://shop.example.com"
PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An order as it was from a moment on. `cents` is its amount, `row_cents` what its first item
    costs: the two differ where the shop itself has them wrong. It has `rows` items, the others free
    of charge, of which some are `cancelled`; that of those `asked` for waits (pending.py)."""

    at: float
    status: str = "350"
    cents: int = 10000
    row_cents: int = 10000
    notes: str | None = None
    is_send: bool = False
    code: str | None = None
    rows: int = 1
    cancelled: tuple[int, ...] = ()
    asked: tuple[int, ...] = ()
    placed_at: str = "2026-03-02T21:30:00.000001Z"


@dataclass
class Shop:
    """The primary database. `announce` is called with the pk of every change; without `echo` not of
    what others than people wrote."""

    clock: Callable[[], float]
    token: str = "jeton-1"
    old_tokens: tuple[str, ...] = ()
    history: dict[int, list[State]] = field(default_factory=dict)
    announce: Callable[[int, str], None] = lambda pk, event: None
    echo: bool = True

    def now(self, pk: int) -> State:
        """The order as it truly is."""
        return self.history[pk][-1]

    def seen(self, pk: int, at: float) -> State | None:
        """The order as a replica that is at `at` has it."""
        known = [state for state in self.history.get(pk, []) if state.at <= at]
        return known[-1] if known else None

    def change(self, pk: int, *, event: str = "order.updated", **changes: Any) -> None:
        """A new state of an order, announced."""
        history = self.history.setdefault(pk, [])
        fields = {name: getattr(history[-1], name) for name in State.__slots__} if history else {}
        history.append(State(**(fields | changes | {"at": self.clock()})))
        if self.echo or not changes.keys() <= {"is_send", "code"}:
            self.announce(pk, event if len(history) > 1 else "order.created")


def number_of(pk: int) -> str:
    """The number of the order."""
    return f"T-{pk}"


def money(cents: int) -> str:
    """As the API writes amounts."""
    return f"{cents // 100}.{cents % 100:02d}"


@lru_cache
def detail(pk: int, state: State) -> bytes:
    """The detailed document."""
    mapping = [] if state.code is None else [
        {"pk": 1, "integration_type": "external_company", "code": state.code,
         "created_date": "2026-03-02T21:30:00Z"}
    ]  # fmt: skip
    return order_document(
        pk=pk, number=number_of(pk), status=state.status, is_send=state.is_send,
        amount=money(state.cents), notes=state.notes, mapping=mapping,
        date_placed=state.placed_at, shipping_amount="0.00", net_shipping_amount=0,
        cancel_status="waiting" if pending.WHOLE in state.asked else None,
        transaction_set=[transaction(amount=money(state.cents), order={"pk": pk})],
    )  # fmt: skip


@lru_cache
def items(pk: int, state: State | None) -> bytes:
    """The page of its items."""
    if state is None:
        return items_page([])
    prices = [money(state.row_cents), *["0.00"] * (state.rows - 1)]
    return items_page(
        [
            item_document(
                pk=item, order=pk, price=price, retail_price=price,
                status="100" if item - pk * 10 in state.cancelled else "400",
                cancel_status="waiting" if item - pk * 10 in state.asked else None,
                product=product_document(sku=f"S{item}"),
            )
            for item, price in zip(items_of(pk, state), prices, strict=True)
        ]
    )  # fmt: skip


def items_of(pk: int, state: State) -> list[int]:
    """Their pks."""
    return [pk * 10 + place for place in range(state.rows)]


class Transport(httpx.BaseTransport):
    """The API, for one process's httpx client."""

    def __init__(self, scene: "Scene") -> None:
        self._scene = scene

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answers after its time, as its fate will have it."""
        scene, kernel = self._scene, self._scene.kernel
        kind, subject = _named(request)
        fate = scene.fates.of(f"omnitron.{kind}", subject)
        process = kernel.current.process if kernel.current else None
        tell, patience = scene.story.call, request.extensions["timeout"]["read"]
        scene.asked(process)
        self._wait(fate.before, patience, request)
        match fate.fault:
            case "crash before" if process:
                tell(fate, "the process dies before the call")
                kernel.kill(process)
            case "unreachable":
                tell(fate, "cannot be reached")
                raise httpx.ConnectError("refused", request=request)
            case "request lost":
                tell(fate, "times out")
                self._wait(patience, patience, request)
            case "late":
                tell(fate, "times out; it takes effect later")
                kernel.later(fate.dice[0] * 20, lambda: self._answer(request, kind, fate) and None)
                self._wait(patience, patience, request)
            case "throttled":
                tell(fate, "answers 429")
                return httpx.Response(429, headers={"Retry-After": str(int(fate.dice[0] * 40))})
            case "error":
                tell(fate, "answers 503")
                return httpx.Response(503)
            case "foreign":
                tell(fate, "a proxy answers")
                return httpx.Response(200, content=b"<html>Bad gateway</html>")
            case "stall":
                tell(fate, "the worker stalls")
                kernel.sleep(5 + fate.dice[0] * 30)
        answer = self._answer(request, kind, fate)
        match fate.fault:
            case "crash after" if process:
                tell(fate, "takes effect, and the process dies")
                kernel.kill(process)
            case "answer lost":
                tell(fate, "takes effect, its answer is lost")
                if fate.dice[0] < 0.5:
                    raise httpx.RemoteProtocolError("closed", request=request)
                self._wait(patience, patience, request)
            case "error after effect":
                tell(fate, "takes effect, and answers 502")
                return httpx.Response(502)
            case "truncated":
                tell(fate, "the answer is cut")
                half = answer.content[: len(answer.content) // 2]
                if fate.dice[0] < 0.5:
                    return httpx.Response(answer.status_code, content=half)
                return httpx.Response(answer.status_code, stream=_Cut(half, request))
        self._wait(fate.after, patience, request)
        tell(fate, "" if answer.status_code < 300 else f"answers {answer.status_code}")
        return answer

    def _wait(self, seconds: float, patience: float, request: httpx.Request) -> None:
        self._scene.kernel.sleep(min(seconds, patience))
        if seconds >= patience:
            raise httpx.ReadTimeout("timed out", request=request)

    def _answer(self, request: httpx.Request, kind: str, fate: Fate) -> httpx.Response:
        scene, shop = self._scene, self._scene.shop
        token = request.headers["Authorization"].removeprefix("Token ")
        if token != shop.token and token not in shop.old_tokens:
            return httpx.Response(401)
        at = shop.clock() - scene.plan.lag * fate.dice[1]
        query = request.url.params
        match kind:
            case "detail":
                pk = int(request.url.path.split("/")[-3])
                state = shop.seen(pk, at)
                return httpx.Response(200, content=detail(pk, state)) if state else _missing()
            case "items":
                pk = int(query["order"])
                return httpx.Response(200, content=items(pk, shop.seen(pk, at)))
            case "discounts":
                return httpx.Response(200, content=discount_page([]))
            case "list":
                return self._list(query, at)
            case "webhooks":
                return _page(scene.undelivered.rows(at), query)
        pk = int(request.url.path.rstrip("/").split("/")[-1])
        assert json.loads(request.content) == {"is_send": True}
        scene.acknowledging(pk)
        if not shop.now(pk).is_send:
            shop.change(pk, is_send=True)
        return httpx.Response(200, content=dumped({"pk": pk, "is_send": True}))

    def _list(self, query: httpx.QueryParams, at: float) -> httpx.Response:
        shop, plan = self._scene.shop, self._scene.plan
        rows, asked = [], query.get("cancel_status")
        if pending.is_refused(plan, asked):
            return httpx.Response(400)
        for pk in sorted(shop.history, reverse=plan.seed % 2 == 1):
            state = shop.seen(pk, at)
            if asked and not pending.is_listed(plan, state, asked):
                continue
            if state is None or query.get("number", number_of(pk)) != number_of(pk):
                continue
            if query.get("is_send", str(state.is_send)) != str(state.is_send):
                continue
            row = {"pk": pk, "number": number_of(pk), "status": state.status,
                   "is_send": state.is_send, "date_placed": state.placed_at,
                   **pending.said(plan, state)}  # fmt: skip
            if plan.seed % 3:
                row["modified_date"] = datetime.fromtimestamp(EPOCH + state.at, UTC).isoformat()
            rows.append(row)
        return _page(rows, query)


def _page(rows: list[Any], query: httpx.QueryParams) -> httpx.Response:
    size, page = int(query.get("limit", "10")), int(query.get("page", "1"))
    part = rows[(page - 1) * size : page * size]
    if page > 1 and not part:
        return _missing()
    more = URL if page * size < len(rows) else None
    return httpx.Response(200, content=items_page(part, count=len(rows), next=more))


class _Cut(httpx.SyncByteStream):
    """An answer whose connection ends in the middle."""

    def __init__(self, half: bytes, request: httpx.Request) -> None:
        self._half = half
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        yield self._half
        raise httpx.RemoteProtocolError("peer closed connection", request=self._request)


def _named(request: httpx.Request) -> tuple[str, str]:
    path = request.url.path
    if request.method == "PATCH":
        return "acknowledge", path.rstrip("/").split("/")[-1]
    if "orders_integration" in path:
        return "detail", path.split("/")[-3]
    if "discount_items" in path:
        return "discounts", request.url.params["order"]
    if "order_item" in path:
        return "items", request.url.params["order"]
    if "hook_events" in path:
        return "webhooks", "undelivered"
    return "list", request.url.params.get("number", "unsent")


def _missing() -> httpx.Response:
    return httpx.Response(404, json={"detail": "Not found."})
