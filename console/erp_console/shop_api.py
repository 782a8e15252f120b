"""A deployment's shop as the console asks it: by its own address, prefix and token.

The adapter's own client (erp_adapter.omnitron) knows what an order needs; hooks, registries and a
look at how the shop answers are for people, and here.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from erp_adapter.omnitron import open_client

from erp_console.terminal import Failed

_SECONDS: Final = 10.0
_PAGE: Final = 100
_MOST_PAGES: Final = 50


@dataclass(frozen=True, kw_only=True)
class Access:
    """Where the shop is and what it takes to be let in."""

    url: str
    prefix: str
    token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer: `found` is its JSON, None where it is none; `seconds` is how long it took."""

    status: int
    found: Any
    headers: Mapping[str, str]
    seconds: float

    @property
    def rows(self) -> list[Any]:
        """The rows of a page, or of a bare list."""
        rows = self.found.get("results") if isinstance(self.found, dict) else self.found
        return rows if isinstance(rows, list) else []

    @property
    def count(self) -> int:
        """How many rows there are on all pages."""
        count = self.found.get("count") if isinstance(self.found, dict) else None
        return count if isinstance(count, int) else len(self.rows)


class NotReached(Failed):
    """There was no answer at all."""


class ShopApi:
    """Calls below the prefix. No redirects; TLS is verified."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._http = open_client(access.url, _SECONDS)

    def close(self) -> None:
        """Ends its connections."""
        self._http.close()

    def ask(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        body: Any = None,
        prefix: str | None = None,
    ) -> Reply:
        """One call. Raises NotReached; whatever was answered is an answer."""
        began = time.monotonic()
        url = f"{self.access.prefix if prefix is None else prefix}/{path}"
        headers = {"Accept": "application/json"}
        if self.access.token:
            headers["Authorization"] = f"Token {self.access.token}"
        try:
            answer = self._http.request(method, url, params=query, json=body, headers=headers)
        except httpx.TimeoutException:
            trouble = f"The shop did not answer within {_SECONDS:.0f} s"
        except (httpx.LocalProtocolError, httpx.InvalidURL, UnicodeEncodeError) as error:
            trouble = f"The shop can't be asked so ({type(error).__name__}): check the token"
        except (httpx.TransportError, httpx.DecodingError) as error:
            trouble = f"The shop can't be reached ({_cause(error)})"
        else:
            seconds = time.monotonic() - began
            return Reply(
                status=answer.status_code, found=_json(answer), headers=answer.headers,
                seconds=seconds,
            )  # fmt: skip
        raise NotReached(f"{trouble}: check OmnitronUrl, and whether {self.access.url} is up.")

    def pages(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Reply]:
        """The pages of a list. Raises NotReached, and Failed where there is no list."""
        for number in range(1, _MOST_PAGES + 1):
            asked = {**(query or {}), "limit": str(_PAGE), "page": str(number)}
            reply = self.ask(path, asked)
            if reply.status != 200 or reply.found is None:
                raise Failed(refused(reply, path))
            yield reply
            if not (isinstance(reply.found, dict) and reply.found.get("next")):
                return


def log_in(url: str, prefix: str, user: str, password: str) -> str | None:
    """The key that Omnitron gives; None where it refuses. Raises NotReached."""
    body = {"username": user, "password": password}
    with closing(ShopApi(Access(url=url, prefix=prefix, token=""))) as shop:
        reply = shop.ask("auth/login/", method="POST", body=body)
    key = reply.found.get("key") if isinstance(reply.found, dict) else None
    return key if isinstance(key, str) and key else None


def refused(reply: Reply, path: str) -> str:
    """A sentence for an answer that isn't what was asked for; nothing of its body."""
    if reply.status in (401, 403):
        return (
            f"Omnitron refuses the token ({reply.status} at {path}): put the right one into the "
            "parameter omnitron-token, and let its user do this."
        )
    if reply.status == 404:
        return f"Omnitron has nothing at {path} (404): check ApiPrefix."
    if reply.status >= 500:
        return f"Omnitron is in trouble ({reply.status} at {path}): try again later."
    if reply.status < 300:
        return f"Omnitron's answer at {path} is not JSON: check OmnitronUrl, a proxy may answer."
    return f"Omnitron does not take it ({reply.status} at {path}): check ApiPrefix."


def _json(answer: httpx.Response) -> Any:
    try:
        return json.loads(answer.content)
    except ValueError:
        return None


def _cause(error: httpx.RequestError) -> str:
    """The kind of trouble; a certificate's is said, because nobody guesses it."""
    return "its certificate is not valid" if "CERTIFICATE" in str(error) else type(error).__name__
