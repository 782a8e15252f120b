"""A fake Omnitron for this machine: login, orders, items, discounts, lists, `is_send`.

Paths are the documented ones (Akinon's API reference, Omnitron > Integration > Order), below any
API prefix. `/_fake/...` is for tests: faults, orders, lag, counters. Only 127.0.0.1 is served.
"""

import os
import secrets
import socket
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlsplit

from erp_console import fake_control, fake_routes, shop_json
from erp_console.fake_routes import Answer, Request
from erp_console.fake_shop import FakeShop
from erp_console.faults import Fault, Traffic
from erp_console.terminal import Hindered

HOST: Final = "127.0.0.1"
_MAX_BODY: Final = 64 * 1024 * 1024
_HTML: Final = b"<!DOCTYPE html><html><body><h1>Bad Gateway</h1></body></html>"


class PortTaken(Hindered):
    """Another program listens on the port."""


class FakeOmnitron:
    """A shop behind HTTP, in threads of this process. `stop` is a shop that is down."""

    def __init__(self, shop: FakeShop, *, port: int = 0, token: str | None = None) -> None:
        self.shop = shop
        self.traffic = Traffic()
        self.token = token or secrets.token_hex(20)
        self.user, self.password = "erp-adapter", secrets.token_hex(12)
        self.tokens = {self.token}
        self._port = port
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """Where it answers, without a path; the port stays the same over stop and start."""
        return f"http://{HOST}:{self._port}"

    def start(self) -> "FakeOmnitron":
        """Begins to listen. Raises PortTaken."""
        try:
            self._server = _Server(self, self._port)
        except OSError:
            raise PortTaken(f"Port {self._port} of {HOST} is taken by another program.") from None
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

    def answer(self, request: Request) -> tuple[Answer, Fault]:
        """The answer to a call and what is to go wrong with it."""
        if request.path.startswith("/_fake/"):
            return fake_control.answer(request, self.shop, self.traffic), Fault()
        found = fake_routes.find(request.method, request.path)
        if found is None:
            return fake_routes.not_found(), Fault()
        kind, names = found
        fault = self.traffic.enter(kind, f"{request.method} {request.path}")
        try:
            time.sleep(fault.latency)
            return self._answer(kind, dict(names), request, fault), fault
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
            request = Request(request.method, request.path, request.url, kept, request.body)
        if fault.body == "html":
            return Answer(200, _HTML, "text/html; charset=utf-8")
        return fake_routes.answer(kind, names, request, self.shop)

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


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    # On Windows the option would let two programs listen on one port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, omnitron: FakeOmnitron, port: int) -> None:
        self.omnitron = omnitron
        self._open: set[socket.socket] = set()
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer's own asks the name service for this machine's name: seconds, on some.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that hang up, or were cut off by `close_all`, are not worth a traceback."""

    def close_all(self) -> None:
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet
    timeout = 120

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the console shows what matters."""

    def _serve(self) -> None:
        omnitron = cast(_Server, self.server).omnitron
        parts = urlsplit(self.path)
        scheme, _, token = (self.headers.get("Authorization") or "").partition(" ")
        length = min(int(self.headers.get("Content-Length") or 0), _MAX_BODY)
        request = Request(
            self.command,
            parts.path,
            omnitron.url + parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            self.rfile.read(length),
            token.strip() if scheme == "Token" else None,
        )
        answer, fault = omnitron.answer(request)
        self._send(answer, cut=fault.body == "truncated")

    def _send(self, answer: Answer, *, cut: bool) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)
        self.close_connection = self.close_connection or cut

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve
