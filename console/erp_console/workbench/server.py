"""The page and its questions over HTTP. No request is logged: addresses hold the token, bodies
hold orders."""

from collections.abc import Callable
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Final, TypeVar

from erp_adapter.errors import AdapterError
from erp_adapter.unforeseen import described
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from erp_console.terminal import Failed, Hindered
from erp_console.workbench.bench import (
    Answer,
    Asked,
    AskedLast,
    AskedMany,
    AskedOrder,
    AskedProfile,
    AskedSample,
    AskedSave,
    AskedView,
    Bench,
)
from erp_console.workbench.guard import Guard

STATIC: Final = Path(__file__).with_name("static")
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; "
    # The editor draws its marks as pictures within its own style.
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
A = TypeVar("A", bound=Asked)


def workbench_app(bench: Bench, token: str, port: int) -> ASGIApp:
    """The application, below /TOKEN/ only."""
    questions = [
        _post("profile", AskedProfile, bench.profile),
        _post("view", AskedView, bench.view),
        _post("many", AskedMany, bench.many),
        _post("sample", AskedSample, bench.sample),
        _post("fetch", AskedOrder, bench.fetch),
        _post("fetch_last", AskedLast, bench.fetch_last),
        _post("save", AskedSave, bench.save),
        Route("/api/start", lambda _: JSONResponse(bench.start())),
    ]
    routes = [*questions, Route("/", _page), Mount("/static", StaticFiles(directory=STATIC))]
    return Guard(Starlette(routes=[Mount(f"/{token}", routes=routes)]), token, port)


def _page(_: Request) -> HTMLResponse:
    nonce = token_urlsafe(16)
    page = (STATIC / "index.html").read_text("utf-8").replace("{nonce}", nonce)
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY.format(nonce=nonce)})


def _post(name: str, kind: type[A], answer: Callable[[A], Answer]) -> Route:
    """One question. What went wrong is said in a sentence; what nobody foresaw by its kind only."""

    async def asked(request: Request) -> JSONResponse:
        try:
            question = kind.model_validate_json(await request.body())
            return JSONResponse(await run_in_threadpool(answer, question))
        except ValidationError:
            return _fault("This is no question of the page: reload it.", 400)
        except (Hindered, Failed) as error:
            return _fault(str(error), 409)
        except AdapterError as error:
            return _fault(error.message, 409)
        except Exception as error:  # noqa: BLE001  its own words may quote the order
            return _fault("The workbench failed; report this.", 500, **described(error))

    return Route(f"/api/{name}", asked, methods=["POST"])


def _fault(sentence: str, status: int, **more: Any) -> JSONResponse:
    return JSONResponse({"error": sentence, **more}, status)
