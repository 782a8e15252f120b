"""A fake Omnitron for this machine: login, orders, items, discounts, lists, `is_send`, hooks.

Paths are the documented ones (Akinon's API reference, Omnitron > Integration > Order), below any
API prefix. `/_fake/...` is for tests: faults, orders, lag, counters. Only 127.0.0.1 is served.
"""

import secrets
import threading
import time
from dataclasses import replace
from types import TracebackType
from typing import Final

from erp_console import fake_control, fake_routes, shop_json
from erp_console.fake_hooks import FakeHooks
from erp_console.fake_request import Answer, Request, not_found
from erp_console.fake_server import HOST, Server
from erp_console.fake_shop import FakeShop
from erp_console.faults import Fault, Traffic
from erp_console.terminal import Hindered

_HTML: Final = b"<!DOCTYPE html><html><body><h1>Bad Gateway</h1></body></html>"


class PortTaken(Hindered):
    """Another program listens on the port."""


class FakeOmnitron:
    """A shop behind HTTP, in threads of this process. `stop` is a shop that is down."""

    def __init__(self, shop: FakeShop, *, port: int = 0, token: str | None = None) -> None:
        self.shop = shop
        self.hooks = FakeHooks()
        self.traffic = Traffic()
        self.token = token or secrets.token_hex(20)
        self.user, self.password = "erp-adapter", secrets.token_hex(12)
        self.tokens = {self.token}
        self._port = port
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Where it answers, without a path; the port stays the same over stop and start."""
        return f"http://{HOST}:{self._port}"

    def start(self) -> "FakeOmnitron":
        """Begins to listen. Raises PortTaken."""
        try:
            self._server = Server(self.answer, self._port)
        except OSError:
            raise PortTaken(f"Port {self._port} of {HOST} is taken: choose another.") from None
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Refuses connections from now on and cuts those that are open."""
        if self._server:
            self._server.close_all()
            self._server = None

    def __enter__(self) -> "FakeOmnitron":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def answer(self, request: Request) -> Answer:
        """The answer to a call, with what is to go wrong with it."""
        if request.path.startswith("/_fake/"):
            return fake_control.answer(request, self.shop, self.traffic)
        found = fake_routes.find(request.method, request.path)
        if found is None:
            return not_found()
        kind, names = found
        fault = self.traffic.enter(kind, f"{request.method} {request.path}")
        try:
            time.sleep(fault.latency)
            answer = self._answer(kind, dict(names), request, fault)
            return replace(answer, cut=fault.body == "truncated", skew=fault.skew)
        finally:
            self.traffic.leave()

    def _answer(self, kind: str, names: dict[str, str], request: Request, fault: Fault) -> Answer:
        if fault.status:
            return _failure(fault)
        if kind == "login":
            return self._login(request)
        if request.token not in self.tokens:
            return Answer.json({"detail": "Invalid token.", "code": "authentication_failed"}, 401)
        if fault.ignore_filters:
            kept = {k: v for k, v in request.query.items() if k in ("page", "limit")}
            request = replace(request, query=kept)
        if fault.body == "html":
            return Answer(200, _HTML, "text/html; charset=utf-8")
        return fake_routes.answer(kind, names, request, self.shop, self.hooks)

    def _login(self, request: Request) -> Answer:
        try:
            given = shop_json.load(request.body)
            known = (given["username"], given["password"]) == (self.user, self.password)
        except (ValueError, KeyError, TypeError):
            known = False
        if not known:
            problem = {"non_field_errors": ["Unable to log in."], "code": "authorization"}
            return Answer.json(problem, 400)
        key = secrets.token_hex(20)
        self.tokens.add(key)
        return Answer.json({"key": key})


def _failure(fault: Fault) -> Answer:
    status = fault.status or 500
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if status >= 500:
        return Answer(status, _HTML, "text/html; charset=utf-8", headers)
    body = shop_json.dump({"detail": "Request was throttled." if status == 429 else "Refused."})
    return Answer(status, body, headers=headers)
