"""The webhook's address: a signed event of a type that nobody wants goes in, and is let be."""

from collections.abc import Iterator
from typing import Final

import httpx

from erp_console import whisperer
from erp_console.checkup.finding import Finding, fault, ok
from erp_console.checkup.site import Site

_EVENT: Final = "erp-adapter.doctor"
_MEANT: Final = {
    401: ("The webhook function does not know the secret that Parameter Store holds.",
          "A new secret counts after five minutes: try again then. Else look at its log."),
    403: ("The API answers 403 itself: something stands before it.",
          "Take away what stands before the API (a firewall, a resource policy)."),
    404: ("There is no API at the webhook's address.", "Deploy, then `erp-adapter subscribe`."),
    429: ("The API is throttled.", "Raise ThrottleRate and ThrottleBurst and deploy."),
    503: ("The webhook function is not ready: no secret, or Parameter Store refuses it.",
          "See the line `webhook-secrets`, and the function's log."),
}  # fmt: skip


def check(site: Site) -> Iterator[Finding]:
    """API, function, secret and signature in one call. One live secret that is known will do: the
    function learns of another within five minutes."""
    if not site.deployed or not site.secrets:
        return
    if not site.signs or site.proof.sources:
        yield ok("webhook", "Not tried: [webhook] wants a proof that only its sender has.")
        return
    url, status = site.webhook_url, 0
    try:
        for secret in site.secrets.values():
            status = whisperer.post(url, secret, whisperer.Announcement(event=_EVENT)).status_code
            if status != 401:
                break
    except (httpx.HTTPError, ValueError) as error:
        yield fault(
            "webhook", f"{url} can't be reached ({type(error).__name__}).",
            "Is this machine online? Else deploy anew, then `erp-adapter subscribe`.",
        )  # fmt: skip
        return
    if status < 300:
        yield ok("webhook", f"{url} takes what is signed.")
        return
    said, remedy = _MEANT.get(
        status, (f"The webhook's address answers {status}.", "Look at the webhook function's log.")
    )
    yield fault("webhook", said, remedy)
