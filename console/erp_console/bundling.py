"""What a support bundle holds, and what stays out of it.

The ledger and the settings hold no customer by design (docs/data-flow.md). What a person of the
merchant's has typed or is called stays out here.
"""

import json
import platform
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from erp_adapter.errors import AdapterError
from erp_adapter.ledger import Entry, Ledger

from erp_console.checkup.examination import examine
from erp_console.checkup.site import ROUTES, Site
from erp_console.deployed import parameters_of
from erp_console.working import watched

_PACKAGES: Final = ("erp-adapter", "boto3", "botocore", "httpx", "pydantic")
_FILES: Final = ("profile.toml", "order.xml", "order.json")
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def write_bundle(file: Path, site: Site, hours: int, now: datetime) -> list[str]:
    """Writes the zip; the names of what it holds. Raises OSError."""
    since = now.timestamp() - 3600 * hours
    parts = dict(_parts(site, since, now))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text)
    return list(parts)


def _parts(site: Site, since: float, now: datetime) -> Iterator[tuple[str, str]]:
    about = {
        "stack": site.stack, "made_at": now.isoformat(timespec="seconds"),
        "python": platform.python_version(), "system": platform.system(),
        "packages": {name: version(name) for name in _PACKAGES},
    }  # fmt: skip
    yield "about.json", _json(about)
    yield "stack.json", _json(
        {
            "outputs": site.outputs, "parameters": parameters_of(site.aws, site.stack),
            "environment": site.environment,
        }
    )  # fmt: skip
    yield "doctor.json", _json([asdict(finding) for finding in examine(site)])
    yield from _profiles(site)
    ledger = Ledger(site.client("dynamodb"), site.outputs["LedgerTableName"])
    entries = watched(ledger.scan(), "The ledger's orders")
    yield "outcomes.json", _json([_outcome(e) for e in entries if e.updated_at >= since])


def _profiles(site: Site) -> Iterator[tuple[str, str]]:
    """routes.toml, and its profiles without their examples: those may be real orders."""
    try:
        names = sorted({route.profile for route in site.routes.every})
    except AdapterError:
        names = []
    chosen = [site.folder / ROUTES, *(site.folder / n / file for n in names for file in _FILES)]
    for path in chosen:
        if path.is_file():
            name = path.relative_to(site.folder).as_posix()
            yield f"profiles/{name}", path.read_text("utf-8", "replace")


def _outcome(entry: Entry) -> dict[str, Any]:
    left_out = {"by", "claim"} | ({"message"} if entry.by else set())
    return {k: v for k, v in asdict(entry).items() if v is not None and k not in left_out}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
