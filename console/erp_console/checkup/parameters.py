"""The parameters: there, readable, encrypted, long enough, and fit for a header."""

from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from erp_console.checkup.finding import Finding, fault, ok, warning
from erp_console.checkup.site import Site
from erp_console.hooks import MOST_SECRET
from erp_console.rotating import SHORTEST
from erp_console.shop_access import LOGIN, TOKEN, WEBHOOK_SECRETS, logs_in, webhook_parameters_of

_KEY_TROUBLE: Final = {"InvalidKeyId", "AccessDeniedException", "KMSInvalidStateException"}


def check(site: Site) -> Iterator[Finding]:
    """Omnitron's token, or user and password; then the webhook's secrets."""
    for name in LOGIN if logs_in(site.environment) else (TOKEN,):
        yield from _of_omnitron(site, name)
    yield from _secrets(site)


def _of_omnitron(site: Site, which: str) -> Iterator[Finding]:
    name = f"/{site.stack}/{which}"
    put = f"aws ssm put-parameter --overwrite --type SecureString --name {name} --value file://FILE"
    try:
        found = site.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code == "ParameterNotFound":
            yield fault("token", f"The parameter {name} is missing.", f"Put it there: {put}")
        elif code in _KEY_TROUBLE:
            yield fault(
                "token", f"{name} can't be read or decrypted ({code}).",
                "Encrypt it with a key that you and the functions may use, or have them permitted.",
            )  # fmt: skip
        else:
            raise
        return
    trouble = _of_value(found["Value"], is_token=which == TOKEN)
    if trouble:
        yield fault("token", f"{name} {trouble}.", f"Put it there, bare: {put}")
    elif found["Type"] != "SecureString":
        yield warning("token", f"{name} is not encrypted.", f"Put it anew: {put}")
    else:
        yield ok("token", f"{name} is there, encrypted, and can be read.")


def _of_value(value: str, *, is_token: bool) -> str | None:
    value = value.strip()
    if not value:
        return "is empty"
    if is_token and not (value.isascii() and value.isprintable()):
        return "holds characters that no header can carry"
    if is_token and " " in value:
        return "holds a blank: it is more than the token"
    return None


def _secrets(site: Site) -> Iterator[Finding]:
    folder = f"/{site.stack}/{WEBHOOK_SECRETS}/"
    try:
        found = webhook_parameters_of(site.aws, site.stack)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code not in _KEY_TROUBLE:
            raise
        yield fault(
            "webhook-secrets", f"{folder} can't be read or decrypted ({code}).",
            "Encrypt them with a key that you and the functions may use, or have them permitted.",
        )  # fmt: skip
        return
    live = [parameter for parameter in found if parameter["Value"].strip()]
    if not live:
        yield fault(
            "webhook-secrets", f"{folder} holds no secret: every webhook is refused (503).",
            "Put one there: `erp-adapter rotate-secret`, then `erp-adapter subscribe`.",
        )  # fmt: skip
        return
    troubles = [trouble for parameter in live for trouble in _of_secret(parameter)]
    yield from troubles
    if not troubles:
        names = ", ".join(sorted(each["Name"].rpartition("/")[2] for each in live))
        yield ok("webhook-secrets", f"{len(live)} live ({names}), encrypted, long enough.")


def _of_secret(parameter: dict[str, Any]) -> Iterator[Finding]:
    name, length = parameter["Name"], len(parameter["Value"].strip())
    rotate = "Rotate it: docs/runbook.md, “Rotate the webhook's secret”."
    if length < SHORTEST:
        yield warning(
            "webhook-secrets", f"{name} has {length} characters; {SHORTEST} are the least.", rotate
        )
    if length > MOST_SECRET:
        yield fault(
            "webhook-secrets", f"{name} has {length} characters; Omnitron keeps {MOST_SECRET}.",
            rotate,
        )  # fmt: skip
    if parameter["Type"] != "SecureString":
        yield warning("webhook-secrets", f"{name} is not encrypted.", rotate)
