"""What takes long to make and is the same for every test is made once in a process, where the code
under test makes it for each run of a command and for each execution environment."""

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import botocore.loaders
import botocore.session
import erp_adapter.profile
import moto.core.models
import pytest
import typer.testing
from erp_adapter.profile import Profile
from template import ROOT

PROFILES = ROOT / "layers" / "profiles"


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """boto3's service models, which each session would read anew; TLS's authorities, for each HTTP
    client; typer's command line, for each command that is run; the project's own profiles. And moto
    prepares no answers for the library requests, by which nothing here calls AWS: 1,300 of them
    with each mock."""
    models = botocore.loaders.create_loader()
    with ExitStack() as patches:
        for module, name, shared in (
            (botocore.session, "create_loader", lambda *_: models),
            (ssl, "create_default_context", cache(ssl.create_default_context)),
            (typer.testing, "_get_command", cache(typer.main.get_command)),
            (erp_adapter.profile, "load_profile", load_profile),
            (moto.core.models, "RESPONSES_METHODS", ()),
        ):
            patches.enter_context(patch.object(module, name, shared))
        yield


def load_profile(
    folder: Path, *, settings: Mapping[str, object] | None = None, unknown: Any = None
) -> Profile:
    """In the place of erp_adapter.profile's for who asks for it while tests run."""
    folder = folder.resolve()
    if folder.parent != PROFILES or unknown is not None:
        return Profile(folder, settings or {}, unknown)
    return _compiled(folder, json.dumps(dict(settings or {}), sort_keys=True))


@cache
def _compiled(folder: Path, settings: str) -> Profile:
    return Profile(folder, json.loads(settings))
