"""Profiles: one ERP's document, made of a balanced order, checked before and after.

A profile is a folder that holds the ERP's own sample document with expressions for its values.
docs/profiles.md is the guide for those who write one. Pure but for reading the folder: values in,
values out, safe to share between threads.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from erp_adapter.profile.document import Document
from erp_adapter.profile.explain import Explained, Trace
from erp_adapter.profile.formats import Unknown
from erp_adapter.profile.problems import InvalidProfile, Problem
from erp_adapter.profile.profile import Profile

__all__ = [
    "Document",
    "Explained",
    "InvalidProfile",
    "Problem",
    "Profile",
    "Trace",
    "Unknown",
    "load_profile",
]

_NO_SETTINGS: Mapping[str, object] = MappingProxyType({})


def load_profile(
    folder: Path, *, settings: Mapping[str, object] = _NO_SETTINGS, unknown: Unknown | None = None
) -> Profile:
    """The profile in `folder`, with a route's settings over its own.

    `unknown` is told every code that a lookup does not know, for who collects them: then such an
    order is not rejected, and its document is none to be sent.

    Raises InvalidProfile (a Misconfigured) with every problem: file, line, column and remedy.
    """
    return Profile(folder, settings, unknown)
