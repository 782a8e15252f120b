"""The address of a shop's Omnitron, as the command line takes it."""

import re

from erp_console.terminal import Hindered

_URL = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?\Z|http://(127\.0\.0\.1|localhost)(:\d+)?\Z")


def shop_address(given: str, option: str) -> str:
    """The address without a slash at its end. Raises Hindered, naming the option."""
    url = given.rstrip("/")
    if not _URL.match(url):
        raise Hindered(f"{option} must be https://HOST, without a path; http: this machine.")
    return url
