"""A deployment's beginning: its files, its secrets, and what would follow."""

import re
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from erp_adapter.omnitron_answers import ListedOrder
from erp_adapter.reconcile import judge
from erp_adapter.routes import Routes, load_routes
from pydantic import ValidationError

from erp_console.aws_access import Aws
from erp_console.beginning_files import routes_text, samconfig_text
from erp_console.checkout import checkout, profile_folder
from erp_console.deployed import stack_of
from erp_console.rotating import fresh_value
from erp_console.shop_access import TOKEN, WEBHOOK_SECRETS, webhook_secrets_of
from erp_console.shop_address import shop_address
from erp_console.shop_api import Access, ShopApi
from erp_console.target import Target
from erp_console.terminal import Hindered

_PREFIX = re.compile(r"(/[A-Za-z0-9._-]+)+\Z")
_RESOURCE = re.compile(r"^  \w+:\n    Type: AWS::(\w+)::(\w+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a person wants, checked."""

    aws: Aws
    stack: str
    region: str | None
    config_env: str
    shop_url: str
    api_prefix: str
    profile: str
    destination: str
    start_from: datetime | date
    token: str = field(repr=False)


def checked(
    target: Target, *, config_env: str, shop_url: str, api_prefix: str, erp: str,
    destination: str, start_from: str, token: str,
) -> Plan:  # fmt: skip
    """The plan. Raises Hindered, naming the option."""
    url = shop_address(shop_url, "--shop-url")
    if not _PREFIX.match(api_prefix):
        raise Hindered("--api-prefix must begin with a slash and not end with one: /api/v1.")
    if destination not in ("s3", "sqs"):
        raise Hindered("--destination must be s3 or sqs.")
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise Hindered("--token holds what no header can carry: give the bare token.")
    return Plan(
        aws=Aws.of(target), stack=stack_of(target), region=target.region, config_env=config_env,
        shop_url=url, api_prefix=api_prefix, profile=profile_folder(erp).name,
        destination=destination, start_from=_moment(start_from), token=token,
    )  # fmt: skip


def _moment(text: str) -> datetime | date:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    raise Hindered("--start-from must be a date such as 2026-01-31, or 2026-01-31T18:00+03:00.")


def begin(plan: Plan, *, dry: bool) -> dict[str, Any]:
    """Writes and puts it all, or with `dry` only says it. Raises Failed (the shop), Hindered."""
    here = checkout()
    samconfig, routes = here / "samconfig.toml", here / "layers" / "profiles" / "routes.toml"
    texts = {
        samconfig: samconfig_text(
            samconfig, env=plan.config_env, stack=plan.stack, region=plan.region,
            overrides={"OmnitronUrl": plan.shop_url, "ApiPrefix": plan.api_prefix},
        ),
        routes: routes_text(
            routes, profile=plan.profile, destination=plan.destination, start_from=plan.start_from
        ),
    }  # fmt: skip
    # The shop is asked first: nothing is written for an address that does not answer.
    waiting = _waiting(plan)
    named = _secrets(plan)
    if not dry:
        for file, text in texts.items():
            file.write_text(text, "utf-8", newline="\n")
        for name, value in named.items():
            plan.aws.client("ssm").put_parameter(
                Name=f"/{plan.stack}/{name}", Value=value, Type="SecureString", Overwrite=True
            )
    found = _first_reconcile(plan, waiting, texts[routes])
    return {
        "stack": plan.stack,
        "files": [file.relative_to(here).as_posix() for file in texts],
        "parameters": [f"/{plan.stack}/{name}" for name in named],
        "first_reconcile": found,
        "creates": _creates(),
    }


def _secrets(plan: Plan) -> dict[str, str]:
    """The token, and a webhook secret of our own where there is none yet."""
    found = {TOKEN: plan.token}
    if not webhook_secrets_of(plan.aws, plan.stack):
        found[f"{WEBHOOK_SECRETS}/primary"] = fresh_value()
    return found


def _waiting(plan: Plan) -> tuple[int, list[Any]]:
    """How many orders wait in the shop, and their rows."""
    access = Access(url=plan.shop_url, prefix=plan.api_prefix, token=plan.token)
    with closing(ShopApi(access)) as shop:
        pages = list(shop.pages("orders/", {"is_send": "False"}))
    return pages[-1].count, [row for page in pages for row in page.rows]


def _first_reconcile(plan: Plan, waiting: tuple[int, list[Any]], text: str) -> dict[str, Any]:
    """What reconcile would bring in with an empty ledger and these routes."""
    count, rows = waiting
    routes, now = _routes(text, plan.shop_url), time.time()
    sent, oldest = 0, None
    for row in rows:
        try:
            listed = ListedOrder.model_validate(row)
        except ValidationError:
            continue
        if judge(listed, {}, routes, now).enqueue:
            sent += 1
            if listed.date_placed:
                placed = listed.date_placed.isoformat()
                oldest = min(oldest or placed, placed)
    looked = len(rows)
    return {
        "waiting_in_shop": count, "looked_at": looked, "would_be_sent": sent, "oldest": oldest
    }  # fmt: skip


def _routes(text: str, shop_url: str) -> Routes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "routes.toml")
        file.write_text(text, "utf-8")
        return load_routes(file, shop_url=shop_url)


def _creates() -> dict[str, int]:
    """The template's resources, by kind, the most first."""
    template = checkout() / "template.yaml"
    text = template.read_text("utf-8") if template.is_file() else ""
    kinds = Counter(f"{service} {kind}" for service, kind in _RESOURCE.findall(text))
    return dict(kinds.most_common())
