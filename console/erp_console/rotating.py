"""The stack's webhook secrets, one beside the other: made, looked at, removed.

A new one counts at a function from its first request on that no older one fits, but no sooner than
`REFRESH_SECONDS` after it last looked; a removed one is forgotten after `CACHE_SECONDS`.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError
from erp_adapter.secrets import CACHE_SECONDS, REFRESH_SECONDS

from erp_console.deployed import Deployed, parameters_of
from erp_console.secret_use import LOOKED_BACK, last_use
from erp_console.shop_access import WEBHOOK_SECRETS, webhook_parameters_of
from erp_console.terminal import Failed, Hindered

QUIET: Final = timedelta(minutes=15)
"""A secret that was used within this time is in use: senders repeat what was not taken."""
_MARGIN: Final = 10
SHORTEST: Final = 16
"""Characters of a secret below which it could be guessed."""
_LONGEST: Final = 4096  # of a standard parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A live secret: since when, and when a request last fitted it (None: not in a week)."""

    name: str
    since: datetime
    last_used: datetime | None


def live_secrets(deployed: Deployed, now: datetime) -> list[Live]:
    """Every live secret, the oldest first. Their values are not asked for."""
    aws, stack = deployed.aws, deployed.stack
    found = [
        (str(parameter["Name"]).rpartition("/")[2], parameter["LastModifiedDate"])
        for parameter in webhook_parameters_of(aws, stack, decrypted=False)
    ]
    return [
        Live(name=name, since=since, last_used=last_use(aws, stack, name, now))
        for name, since in found
    ]


def usable_from(now: datetime) -> datetime:
    """When a secret that is put now counts everywhere."""
    return now + timedelta(seconds=REFRESH_SECONDS + _MARGIN)


def fresh_value() -> str:
    """A secret of our own: 256 bits, in letters that every header and every form takes."""
    return secrets.token_hex(32)


def check_value(value: str) -> None:
    """Raises Hindered where nobody should use it as a secret."""
    if not SHORTEST <= len(value) <= _LONGEST or value != value.strip():
        raise Hindered(
            f"A secret must have {SHORTEST} to {_LONGEST} characters and no space at its ends."
        )


def make(deployed: Deployed, value: str, now: datetime) -> str:
    """Puts the secret beside the others, under the stack's own key if it has one; its name."""
    name = f"{now:%Y-%m-%d-%H%M%S}"
    key = parameters_of(deployed.aws, deployed.stack).get("KmsKeyArn")
    more: dict[str, Any] = {"KeyId": key} if key else {}
    deployed.aws.client("ssm").put_parameter(
        Name=f"{_path(deployed)}/{name}", Value=value, Type="SecureString", **more
    )
    return name


def check_removal(live: Sequence[Live], name: str, now: datetime) -> None:
    """Raises Hindered where it can't be removed at all, Failed where webhooks would be lost."""
    chosen = [each for each in live if each.name == name]
    others = [each for each in live if each.name != name]
    if not chosen:
        names = ", ".join(each.name for each in live) or "none"
        raise Hindered(f"There is no live secret {name}; there are: {names}.")
    if not others:
        raise Hindered(
            f"{name} is the only secret: without any, every webhook is answered 503. "
            "Add another first."
        )
    if not any(each.last_used for each in others):
        raise Failed(
            f"No webhook has come with another secret than {name} in {LOOKED_BACK.days} days: has "
            "the sender the new one? --force removes it all the same."
        )
    used = chosen[0].last_used
    if used and now - used < QUIET:
        raise Failed(
            f"{name} is in use: last {used:%H:%M:%S} UTC. Wait until it has not been for "
            f"{QUIET.seconds // 60} minutes; --force removes it all the same."
        )


def remove(deployed: Deployed, name: str) -> None:
    """Removes it. Raises Hindered where it is gone already."""
    try:
        deployed.aws.client("ssm").delete_parameter(Name=f"{_path(deployed)}/{name}")
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ParameterNotFound":
            raise
        raise Hindered(f"The secret {name} is gone already: see which there are.") from None


def forgotten_after() -> int:
    """Minutes after which no function takes a removed secret any more."""
    return CACHE_SECONDS // 60


def _path(deployed: Deployed) -> str:
    return f"/{deployed.stack}/{WEBHOOK_SECRETS}"
