"""The files of a profile's folder: read with LF line ends, never from outside of it."""

import tomllib
from pathlib import Path
from typing import Final

from erp_adapter.profile.problems import Place, Problems, Source
from erp_adapter.profile.tables import Table
from erp_adapter.profile.toml_places import TomlPlaces

FILE: Final = "profile.toml"
MAX_FILE: Final = 1024 * 1024
"""Bytes of one of a profile's files; the largest of the bundled ones has 15 kB."""


def read_source(folder: Path, name: str, problems: Problems) -> Source | None:
    """A file of the profile with LF line ends, whatever the checkout made of them."""
    place = Place(name)
    if not is_inside(folder, name):
        problems.add(place, "A profile's files lie in its own folder.")
        return None
    try:
        content = (folder / name).read_bytes()
    except OSError:
        there = sorted(file.name for file in folder.glob("*") if file.is_file())
        problems.add(place, f"There is no file {name}; here are: {', '.join(there) or 'none'}.")
        return None
    if len(content) > MAX_FILE:
        problems.add(place, f"The file is larger than {MAX_FILE} bytes.")
        return None
    return _decoded(name, content.replace(b"\r\n", b"\n"), problems)


def is_inside(folder: Path, name: str) -> bool:
    """Whether a name means a file below the folder, whatever it looks like."""
    return folder.resolve() in (folder / name).resolve().parents


def _decoded(name: str, content: bytes, problems: Problems) -> Source | None:
    declared = declared_encoding(content)
    try:
        return Source(name, content.decode(declared))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.add(Place(name, line), f"This is not {declared}: save the file as UTF-8.")
    except LookupError:
        problems.add(Place(name), f"The encoding {declared!r} is unknown: save the file as UTF-8.")
    return None


def declared_encoding(content: bytes) -> str:
    """UTF-8, unless an XML declaration says otherwise: vendors' samples have their own.

    "utf-8-sig" is UTF-8 with or without a byte order mark.
    """
    start = content[:200]
    if start.startswith(b"<?xml") and b"encoding=" in start:
        quoted = start.split(b"encoding=", 1)[1]
        return quoted[1:].split(quoted[:1], 1)[0].decode("ascii", "replace")
    return "utf-8-sig"


def read_tables(folder: Path, problems: Problems, name: str = FILE) -> Table | None:
    """profile.toml (or another) with the places of its keys; None where it is no TOML."""
    source = read_source(folder, name, problems)
    if source is None:
        return None
    try:
        values = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        problems.add(_toml_place(source, str(error)), f"This is not TOML: {_sentence(error)}.")
        return None
    except RecursionError:
        problems.add(Place(name), "Tables and lists are nested too deep.")
        return None
    return Table(values, (), TomlPlaces(source), problems)


def _toml_place(source: Source, message: str) -> Place:
    words = message.rstrip(")").replace(",", "").split()
    if "line" in words and "column" in words:
        line, column = words[words.index("line") + 1], words[words.index("column") + 1]
        return Place(source.file, int(line), int(column))
    return source.place(max(0, len(source.text) - 1))


def _sentence(error: tomllib.TOMLDecodeError) -> str:
    return str(error).split(" (at ")[0]
