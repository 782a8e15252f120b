"""The page on a port of 127.0.0.1."""

import socket
from dataclasses import dataclass
from secrets import token_urlsafe

import uvicorn

from erp_console.terminal import Hindered
from erp_console.workbench.bench import Bench
from erp_console.workbench.server import workbench_app


@dataclass(frozen=True)
class Page:
    """A page that is about to be served."""

    url: str
    server: uvicorn.Server
    socket: socket.socket


def listening(bench: Bench, port: int) -> Page:
    """Takes the port; 0 is any free one. Raises Hindered."""
    own = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        own.bind(("127.0.0.1", port))
        own.listen()  # before its address is known: a browser may be quicker than the server
    except OSError as error:
        own.close()
        raise Hindered(f"Port {port} can't be had: {error.strerror}. Try --port 0.") from None
    number, token = own.getsockname()[1], token_urlsafe(24)
    config = uvicorn.Config(
        workbench_app(bench, token, number), access_log=False, log_level="critical",
        lifespan="off", ws="none", server_header=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    return Page(f"http://127.0.0.1:{number}/{token}/", uvicorn.Server(config), own)


def serve(page: Page) -> None:
    """Serves it until the process is asked to stop."""
    page.server.run(sockets=[page.socket])
