"""Profiles while they are edited: the page's texts in a copy of the folder, until they are saved.

The copy is what `load_profile` reads, so a draft is checked exactly as a saved profile is.
"""

import hashlib
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from erp_adapter.profile.files import FILE, declared_encoding, is_inside, read_source
from erp_adapter.profile.problems import Problems

from erp_console.order_files import read_bytes, write_bytes
from erp_console.terminal import Failed, Hindered

Texts = Mapping[str, str]


@dataclass(frozen=True)
class File:
    """One file of a profile that can be edited; `version` is a digest of its bytes on disk."""

    name: str
    text: str
    version: str


class Draft:
    """One profile's folder, and the copy of it in `work` that the page's texts go into."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.folder, self.copy = folder, work / folder.name
        self.routes = folder.parent / "routes.toml"
        if not self.copy.exists():
            left_out = shutil.ignore_patterns("examples", "__pycache__", ".*")
            shutil.copytree(folder, self.copy, ignore=left_out)

    def files(self) -> list[File]:
        """What can be edited: profile.toml, and the document where it is a file of its own."""
        names = [FILE, *filter(None, [_document(read_bytes(self.folder / FILE))])]
        return [self._file(name) for name in names]

    def _file(self, name: str) -> File:
        problems = Problems()
        source = read_source(self.folder, name, problems)
        if source is None:
            raise Hindered(f"{self.folder.name}: {problems.found[0]}")
        return File(name, source.text, _digest(read_bytes(self.folder / name)))

    def put(self, texts: Texts) -> Path:
        """The copy's folder, with these texts in it. Raises Hindered."""
        for name, text in texts.items():
            self._check(name)
            write_bytes(self.copy / name, _encoded(text))
        return self.copy

    def save(self, texts: Texts, versions: Texts) -> list[File]:
        """Writes what differs into the profile's own folder, all or nothing as far as that goes.

        Raises Failed where a file was changed by somebody else since the page has read it.
        """
        for name in texts:
            self._check(name)
            if _digest(read_bytes(self.folder / name)) != versions.get(name):
                raise Failed(
                    f"{name} was changed on disk since this page has read it. Copy your text, "
                    "reload the page and put it in again."
                )
        for name, text in texts.items():
            before = read_bytes(self.folder / name)
            content = _encoded(text)
            if b"\r\n" in before:
                content = content.replace(b"\n", b"\r\n")
            if content != before:
                write_bytes(self.folder / name, content)
        return self.files()

    def _check(self, name: str) -> None:
        if not (is_inside(self.folder, name) and (self.folder / name).is_file()):
            raise Hindered(f"{self.folder.name} has no file {name}: reload the page.")


def _document(manifest: bytes) -> str | None:
    try:
        found = tomllib.loads(manifest.decode("utf-8-sig")).get("document")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return None
    return found if isinstance(found, str) else None


def _encoded(text: str) -> bytes:
    """As the file says of itself; without a byte order mark. Raises Hindered."""
    encoding = declared_encoding(text[:200].encode("ascii", "replace")).removesuffix("-sig")
    try:
        return text.encode(encoding)
    except LookupError:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Hindered(
            f"The file's encoding {encoding} lacks the character U+{ord(text[error.start]):04X}: "
            'write encoding="utf-8" into its first line.'
        ) from None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
