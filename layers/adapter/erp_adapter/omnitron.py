"""Omnitron's API, as far as an order needs it: read it whole, and say that the ERP has it.

Paths and fields: Akinon API reference, Omnitron > Integration > Order ("Orders ID Detail
Integration", "Get Order Item Detail", "Order Discount Items", "Get Order Detail by Order Number",
"Update Order and Order Item"). Pages are asked for by number: the address in an answer's `next` is
never followed. Nothing of an answer's body stands in an error.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from erp_adapter.answer_body import ENCODING, read_body
from erp_adapter.errors import Misconfigured, OmnitronUnavailable, OrderNotFound, Rejected
from erp_adapter.login import TokenSource
from erp_adapter.omnitron_answers import (
    ListedOrder,
    UndeliveredEvent,
    events_of,
    head_of,
    hits_of,
    key_of,
    listing_of,
)
from erp_adapter.pace import Pace

PAGE_SIZE: Final = 100
"""The largest `limit` that Akinon documents."""
EVENTS_PAGE: Final = 20
"""Rows of undelivered events: each holds a whole body, and a page must fit `MAX_BODY`."""
MOST_PAGES: Final = 50
MOST_BYTES: Final = 16 * 1024 * 1024
"""All pages of one list together; a row of the documented kind has 3 thousand at most."""
SHORTEST_WAIT: Final = 0.1
"""Seconds; less than this left of a time budget is none."""


_OPENERS: Final = (b"{", b"[")
_CLOSERS: Final = (b"}", b"]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Omnitron:
    """One shop. `http` keeps its connections; `timeout` is the longest wait for one answer.

    `pace` says when a call may begin; `deadline`, on `clock`, when nothing more may be waited for.
    """

    http: httpx.Client
    token: TokenSource
    prefix: str
    timeout: float
    clock: Callable[[], float]
    pace: Pace | None = None
    deadline: float | None = None

    def until(self, deadline: float | None) -> "Omnitron":
        """The same shop, asked until `deadline` only."""
        return replace(self, deadline=deadline)

    def detail(self, pk: int) -> bytes:
        """The detailed integration document. Raises OrderNotFound, OmnitronUnavailable, …"""
        return self._call("GET", f"orders_integration/{pk}/detailed_integration/", about_order=True)

    def items(self, pk: int) -> list[bytes]:
        """Every page of the order's items."""
        return self._pages("order_item/detailed_integration/", pk)

    def discounts(self, pk: int) -> list[bytes]:
        """Every page of the order's discount items."""
        return self._pages("discount_items/detailed_integration/", pk)

    def find(self, number: str) -> int:
        """The pk of the one order with this number.

        Raises OrderNotFound, Rejected (several have it), Misconfigured (the shop ignores the
        filter and answers with other orders).
        """
        answer = self._call("GET", "orders/", {"number": number, "limit": str(PAGE_SIZE)})
        hits = hits_of(answer)
        if any(hit.number != number for hit in hits):
            raise Misconfigured(
                "Asked for one number, the shop answered with other orders: its list ignores "
                "the filter `number`. Have webhooks carry the pk (routes.toml, [[event]] pk).",
                code="SHOP_IGNORES_FILTER",
            )
        pks = {hit.pk for hit in hits}
        if not pks:
            raise OrderNotFound("The shop has no order with this number.", path="number")
        if len(pks) > 1:
            raise Rejected(
                f"{len(pks)} orders of the shop have this number: the webhook must say the pk. "
                "Name its place in routes.toml ([[event]] pk).",
                code="AMBIGUOUS_CODE", path="number", expected="1 order", found=f"{len(pks)}",
            )  # fmt: skip
        return pks.pop()

    def acknowledge(self, pk: int) -> None:
        """Says that the ERP has the order: PATCH `is_send`, only that field."""
        self._call("PATCH", f"orders/{pk}/", json={"is_send": True}, about_order=True)

    def waiting(self, page: int) -> tuple[int, list[ListedOrder]]:
        """How many orders say that no ERP has them, and a page of them ("Orders Waiting to Send to
        ERP"). A page that does not exist (any more) is empty.

        Other filters are ours to apply: a list may ignore what it does not know.
        """
        return self._listed({"is_send": "False"}, page)

    def cancelling(self, status: str, page: int) -> tuple[int, list[ListedOrder]]:
        """The same of the orders with this `cancel_status` ("Cancellation and Refund Pending
        Orders": waiting)."""
        return self._listed({"cancel_status": status}, page)

    def _listed(self, filters: Mapping[str, str], page: int) -> tuple[int, list[ListedOrder]]:
        query = {**filters, "limit": str(PAGE_SIZE), "page": str(page)}
        try:
            answer = self._call("GET", "orders/", query, about_order=True)
        except OrderNotFound:
            return 0, []
        return listing_of(answer)

    def undelivered(self) -> int | None:
        """How many webhooks the shop's sender could not deliver (dj-whisperer, `hook_events/`);
        None where this shop does not say."""
        query = {"delivered": "false", "limit": "1"}
        try:
            return head_of(self._call("GET", "whisperer/hook_events/", query)).count
        except (Misconfigured, OmnitronUnavailable):
            return None

    def undelivered_events(self, page: int) -> list[UndeliveredEvent]:
        """A page of them, those of the known shape. Raises OmnitronUnavailable, Misconfigured."""
        query = {"delivered": "false", "limit": str(EVENTS_PAGE), "page": str(page)}
        return events_of(self._call("GET", "whisperer/hook_events/", query))

    def _pages(self, path: str, pk: int) -> list[bytes]:
        pages: list[bytes] = []
        for number in range(1, MOST_PAGES + 1):
            query = {"order": str(pk), "limit": str(PAGE_SIZE)}
            if number > 1:
                query["page"] = str(number)
            pages.append(self._call("GET", path, query))
            if sum(map(len, pages)) > MOST_BYTES:
                raise OmnitronUnavailable(
                    f"Omnitron's answers at {path} are larger than {MOST_BYTES} bytes together."
                )
            head = head_of(pages[-1])
            if (head.count or 0) > PAGE_SIZE * MOST_PAGES:
                break
            if not head.next:
                return pages
        raise Misconfigured(
            f"The shop has more than {PAGE_SIZE * MOST_PAGES} rows at {path} for one order: it "
            "ignores the filter `order`. Check the path.",
            code="SHOP_IGNORES_FILTER",
        )

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        json: Any = None,
        about_order: bool = False,
    ) -> bytes:
        url = f"{self.prefix}/{path}"
        token = self.token(self._log_in)
        status, headers, body = self._send(method, url, query, json, token)
        if status == 401:
            fresh = self.token(self._log_in, refused=token)
            if fresh != token:
                status, headers, body = self._send(method, url, query, json, fresh)
        if status < 300:
            return body
        wait = _retry_after(headers.get("Retry-After"), self.clock())
        raise _refusal(status, wait, path, about_order=about_order)

    def _log_in(self, user: str, password: str) -> str:
        """The key that Omnitron gives for them ("Getting Started" of its integration guide)."""
        url, login = f"{self.prefix}/auth/login/", {"username": user, "password": password}
        status, headers, body = self._send("POST", url, None, login, None)
        if status in (400, 401, 403):
            raise Misconfigured(
                f"Omnitron refuses the login ({status}): check the parameters omnitron-user and "
                "omnitron-password.",
                code="OMNITRON_REFUSES",
            )
        if status >= 300:
            wait = _retry_after(headers.get("Retry-After"), self.clock())
            raise _refusal(status, wait, "auth/login/", about_order=False)
        return key_of(body)

    def _send(
        self, method: str, url: str, query: Mapping[str, str] | None, body: Any, token: str | None
    ) -> tuple[int, httpx.Headers, bytes]:
        """One exchange: its status, headers and, where it succeeded, its whole body."""
        seconds = self._turn()
        end = self.clock() + seconds
        headers = {"Accept": "application/json", "Accept-Encoding": ENCODING}
        if token is not None:
            headers["Authorization"] = f"Token {token}"
        fault: str
        try:
            with self.http.stream(
                method, url, params=query, json=body, headers=headers, timeout=seconds
            ) as answer:
                if answer.status_code >= 300:
                    return answer.status_code, answer.headers, b""
                return answer.status_code, answer.headers, self._body(answer, end)
        except httpx.TimeoutException:
            fault = f"Omnitron did not answer within {seconds:.1f} s."
        except httpx.TransportError as error:
            fault = f"The connection to Omnitron failed ({type(error).__name__})."
        except UnicodeEncodeError:
            raise Misconfigured("The token holds what no header can: put it anew.") from None
        raise OmnitronUnavailable(fault)

    def _turn(self) -> float:
        """Waits for this call's turn; the seconds that it may take."""
        turn = self.pace is None or self.pace.wait(self.deadline)
        left = self.timeout if self.deadline is None else self.deadline - self.clock()
        if not turn or left < SHORTEST_WAIT:
            raise OmnitronUnavailable("There is no time left to ask Omnitron.", code="OUT_OF_TIME")
        return min(self.timeout, left)

    def _body(self, answer: httpx.Response, end: float) -> bytes:
        """The body, as far as it can be the shop's word."""
        body = read_body(answer, lambda: self.clock() > end)
        if answer.request.method != "GET":
            return body
        if not body.lstrip().startswith(_OPENERS) or not body.rstrip().endswith(_CLOSERS):
            # A proxy's web page, or half an answer: not the shop's word on anything.
            raise OmnitronUnavailable("Omnitron's answer is not JSON, or not all of it.")
        return body


def open_client(base_url: str, timeout: float) -> httpx.Client:
    """The one HTTP client of an execution environment. TLS is verified, redirects are off."""
    # A line a call, with the address in it: noise that Lambda would keep.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.Client(
        base_url=base_url,
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_connections=32, max_keepalive_connections=16),
        headers={"User-Agent": "erp-adapter"},
    )


def _refusal(
    status: int, wait: float | None, path: str, *, about_order: bool
) -> OrderNotFound | Misconfigured | OmnitronUnavailable:
    if status == 404 and about_order:
        return OrderNotFound("The shop has no order with this pk.", path="pk")
    if status in (408, 425, 429) or status >= 500:
        return OmnitronUnavailable(f"Omnitron answered {status}.", retry_after=wait)
    if status in (401, 403):
        return Misconfigured(
            f"Omnitron refuses the token ({status}): check the parameter omnitron-token (or "
            "omnitron-user and omnitron-password) and what its user may do.",
            code="OMNITRON_REFUSES",
        )
    return Misconfigured(
        f"Omnitron answered {status} at {path.split('/', maxsplit=1)[0]}: check OmnitronUrl and "
        "ApiPrefix.",
        code="OMNITRON_REFUSES",
    )


def _retry_after(value: str | None, now: float) -> float | None:
    """Seconds, from a number of seconds or an HTTP date (RFC 9110, section 10.2.3)."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(moment.timestamp() - now, 0.0) if moment.tzinfo else None
