"""`[webhook]` of routes.toml: how a sender proves who it is."""

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any, Final

from erp_adapter.errors import Misconfigured
from erp_adapter.route_keys import MAX_TOLERANCE_SECONDS, SCHEMES, WEBHOOK_KEYS, check_table
from erp_adapter.verification import Network, Proof

HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
PRINTED: Final = re.compile(r"[!-~]([ -~]{0,38}[ -~])?\Z")
USER: Final = re.compile(r"[!-9;-~]{1,100}\Z")
_FORMS: Final = {
    "header": (HEADER, "the name of a header"),
    "prefix": (PRINTED, "at most 40 printable ASCII characters"),
    "timestamp": (PRINTED, "at most 40 printable ASCII characters"),
    "user": (USER, "at most 100 printable ASCII characters, without a colon"),
}


def read_webhook(table: Mapping[str, Any], where: str) -> Proof:
    """The table; empty: dj-whisperer's way. Raises Misconfigured, with `where` in its sentence."""
    check_table(table, WEBHOOK_KEYS, where)
    scheme = table.get("scheme", "whisperer")
    for key in table:
        if key not in ("scheme", "sources", *SCHEMES[scheme]):
            raise Misconfigured(f"{where} {key} is not for the scheme {scheme}: remove it.")
    for key in SCHEMES[scheme][:1]:
        if key not in table:
            raise Misconfigured(f"{where} needs {key} for the scheme {scheme}.")
    for key, (form, said) in _FORMS.items():
        if key in table and not form.match(table[key]):
            raise Misconfigured(f"{where} {key} must be {said}.")
    _check_moment(table, where)
    values = dict(table)
    if "header" in table:
        values["header"] = table["header"].lower()
    if "sources" in table:
        values["sources"] = _sources(table["sources"], f"{where} sources")
    return Proof(**values)


def _check_moment(table: Mapping[str, Any], where: str) -> None:
    """A moment in the header is one of its parts, as the signature is: both need their names."""
    if "timestamp" not in table:
        if "tolerance" in table:
            raise Misconfigured(f'{where} tolerance is for a timestamp: name it, such as "t=".')
        return
    if "," in table["timestamp"] or "prefix" not in table or "," in table["prefix"]:
        raise Misconfigured(f'{where} timestamp needs a prefix beside it, such as "v1=".')
    if table["timestamp"].startswith(table["prefix"]) or table["prefix"].startswith(
        table["timestamp"]
    ):
        raise Misconfigured(f"{where} timestamp and prefix must not begin alike.")
    if not 1 <= table.get("tolerance", 1) <= MAX_TOLERANCE_SECONDS:
        raise Misconfigured(
            f"{where} tolerance is from 1 to {MAX_TOLERANCE_SECONDS} seconds: change it."
        )


def _sources(given: list[Any], where: str) -> tuple[Network, ...]:
    if not given:
        raise Misconfigured(f"{where} is empty: name some, or leave it out for all.")
    try:
        # As a text: ip_network takes numbers too.
        return tuple(ip_network(str(each)) for each in given)
    except ValueError:
        raise Misconfigured(
            f'{where} must be addresses or networks, such as "192.0.2.7" or "192.0.2.0/24".'
        ) from None
