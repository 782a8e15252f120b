"""Who may ask: only the page whose address holds the token, on this machine, under its own name.

The token stands in the path, so that every address of the page carries it and none has to add it.
The Host header is checked because another site's name may be made to point at 127.0.0.1 (DNS
rebinding); Origin because any page may send a form here. There are no CORS headers: nobody else's
script may read an answer.
"""

from secrets import compare_digest
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES: Final = 8 * 1024 * 1024
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_CLOSED: Final = "default-src 'none'; frame-ancestors 'none'"


class Guard:
    """Passes on what has the token and comes from this page; answers the rest itself."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self.app, self.token = app, token
        self.hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        refused = self._refused(scope)
        app = refused if refused is not None else self.app

        async def closed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("Content-Security-Policy", _CLOSED)
            await send(message)

        await app(scope, receive, closed)

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self.hosts:
            return PlainTextResponse("This is not the workbench's address.", 421)
        token = scope["path"].split("/")[1]
        if not compare_digest(token.encode(), self.token.encode()):
            return PlainTextResponse("Open the whole address that the workbench printed.", 404)
        if scope["method"] not in ("GET", "POST"):
            return PlainTextResponse("GET or POST.", 405)
        if scope["method"] == "POST":
            return _refused_post(headers, host)
        return None


def _refused_post(headers: Headers, host: str) -> PlainTextResponse | None:
    if headers.get("origin") != f"http://{host}":
        return PlainTextResponse("Only the workbench's own page may ask this.", 403)
    if headers.get("content-type") != "application/json":
        return PlainTextResponse("JSON only.", 415)
    length = headers.get("content-length", "")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return PlainTextResponse(f"At most {MOST_BYTES} bytes, and their number.", 413)
    return None
