"""Writes the folder of a new profile, and tries it before anybody relies on it."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from erp_adapter.errors import Rejected
from erp_adapter.order import Order
from erp_adapter.profile import InvalidProfile, Profile, load_profile
from erp_adapter.profile.files import FILE

from erp_console.order_files import Source, read_bytes, write_bytes
from erp_console.sampling.formats import Formats
from erp_console.sampling.json_sample import write_json
from erp_console.sampling.manifest import used_spots, write_manifest
from erp_console.sampling.tree import Sample
from erp_console.sampling.xml_sample import write_xml
from erp_console.terminal import Failed, Hindered
from erp_console.written_examples import balanced, expected_file, write_example

EXAMPLE: Final = "first"
_SCHEMA: Final = "profile.schema.json"


@dataclass(frozen=True)
class Made:
    """A new profile: where it is, and its files."""

    folder: Path
    files: list[Path]
    formats: Formats


def write_profile(folder: Path, sample: Sample, order: Order, source: Source) -> Made:
    """A profile of a filled sample, tried on the order. Raises Rejected, Hindered, Failed.

    It is made in a folder of its own first: what does not work leaves nothing behind.
    """
    if folder.exists():
        raise Hindered(f"{folder} is there already: choose another name, or remove it.")
    formats = Formats(used_spots(sample), order.currency)
    work = Path(mkdtemp(prefix="erp-adapter-"))
    try:
        trial = work / folder.name
        trial.mkdir()
        profile = _tried(trial, sample, order, formats)
        write_example(trial, EXAMPLE, source, profile)
        _expect(trial, profile)
        folder.parent.mkdir(parents=True, exist_ok=True)
        _name_schema(trial / FILE, folder.parent)
        shutil.copytree(trial, folder)
    finally:
        shutil.rmtree(work)
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return Made(folder, files, formats)


def _name_schema(file: Path, profiles: Path) -> None:
    """Editors complete a profile.toml that names its schema."""
    if (profiles / _SCHEMA).is_file():
        write_bytes(file, f"#:schema ../{_SCHEMA}\n".encode() + read_bytes(file))


def _tried(folder: Path, sample: Sample, order: Order, formats: Formats) -> Profile:
    if sample.kind != "csv":
        document = write_xml if sample.kind == "xml" else write_json
        text = document(sample, formats)
        write_bytes(folder / f"order.{sample.kind}", text.encode())
    try:
        return _loaded(folder, sample, order, formats, checked=True)
    except InvalidProfile:
        pass
    except Rejected as rejection:
        if rejection.code != "TOTALS_MISMATCH":
            raise
    sample.note("The document's own lines do not add up to its total: add a [[check]] yourself.")
    try:
        return _loaded(folder, sample, order, formats, checked=False)
    except InvalidProfile as error:
        raise Failed(f"Of this sample no profile can be made as it is. {error}") from None


def _loaded(
    folder: Path, sample: Sample, order: Order, formats: Formats, *, checked: bool
) -> Profile:
    manifest = write_manifest(folder.name, sample, formats, checked=checked)
    write_bytes(folder / FILE, manifest.encode())
    profile = load_profile(folder)
    profile.render(order)
    return profile


def _expect(folder: Path, profile: Profile) -> None:
    examples = folder / "examples"
    parts = [(examples / f"{EXAMPLE}.{p}.json").read_bytes() for p in ("items", "discounts")]
    order = (examples / f"{EXAMPLE}.order.json").read_bytes()
    example = Source(order, (parts[0],), (parts[1],))
    document = profile.render(balanced(example, profile.cancels))
    suffix = Path(document.name).suffix
    write_bytes(expected_file(folder, EXAMPLE, suffix), document.content)
