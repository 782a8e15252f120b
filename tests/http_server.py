"""A server of the tests' own on 127.0.0.1, in threads of this process."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from erp_console.fake_request import Answer, Request
from erp_console.fake_server import HOST, Server


@contextmanager
def served(
    answer: Callable[[Request], Answer], *, certificate: Path | None = None
) -> Iterator[str]:
    """Answers within the block; gives its address, https with a certificate."""
    server = Server(answer, 0)
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"{'https' if certificate else 'http'}://{HOST}:{server.server_port}"
    finally:
        server.close_all()
