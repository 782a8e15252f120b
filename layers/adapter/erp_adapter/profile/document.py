"""What a profile makes of an order: the bytes that the ERP imports."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One order's document; `version` identifies what made it, `sha256` is of `content`."""

    name: str
    content_type: str
    content: bytes
    sha256: str
    profile: str
    version: str
