"""The sockets of the fake Omnitron: 127.0.0.1 only, keep-alive, a thread a connection."""

import os
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlsplit

from erp_console.fake_request import Answer, Request

HOST: Final = "127.0.0.1"
_MAX_BODY: Final = 64 * 1024 * 1024


class Server(ThreadingHTTPServer):
    """Answers calls; raises OSError where the port is taken."""

    daemon_threads = True
    request_queue_size = 256
    # On Windows the option would let two programs listen on one port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, answer: Callable[[Request], Answer], port: int) -> None:
        self.answer = answer
        self._open: set[socket.socket] = set()
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        """Binds without asking the name service for this machine's name: seconds, on some."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remembers the connection."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forgets the connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that hang up, or were cut off by `close_all`, are not worth a traceback."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def close_all(self) -> None:
        """Stops listening and cuts every connection."""
        ending = threading.Thread(target=self.shutdown)
        ending.start()
        with suppress(OSError):  # a call, so that the server looks up from its waiting
            socket.create_connection((HOST, self.server_port), timeout=1).close()
        ending.join()
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
        server = cast(Server, self.server)
        parts = urlsplit(self.path)
        scheme, _, token = (self.headers.get("Authorization") or "").partition(" ")
        length = min(int(self.headers.get("Content-Length") or 0), _MAX_BODY)
        request = Request(
            self.command,
            parts.path,
            f"http://{HOST}:{server.server_port}{parts.path}",
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            self.rfile.read(length),
            token.strip() if scheme == "Token" else None,
        )
        self._send(server.answer(request))

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        self.send_header("Date", self.date_time_string(time.time() + answer.skew))
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if answer.cut else answer.body)
        self.close_connection = self.close_connection or answer.cut

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve
