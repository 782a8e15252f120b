"""From a folder to a checked profile: every step collects problems, the end raises them all."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from erp_adapter.order.model import Order
from erp_adapter.profile.checks import SumCheck, read_checks
from erp_adapter.profile.csv_reading import read_csv
from erp_adapter.profile.files import is_inside, read_source, read_tables
from erp_adapter.profile.format_tables import read_formats
from erp_adapter.profile.formats import Unknown
from erp_adapter.profile.json_reading import read_json
from erp_adapter.profile.leaves import Leaves, Text
from erp_adapter.profile.manifest import Manifest, read_manifest
from erp_adapter.profile.nodes import Node, Scope
from erp_adapter.profile.problems import InvalidProfile, Problems
from erp_adapter.profile.settings import read_settings
from erp_adapter.profile.shapes import Body, skeleton_of
from erp_adapter.profile.tables import Table
from erp_adapter.profile.types import record
from erp_adapter.profile.xml_reading import read_xml

_SAFE: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A profile without problems, ready to be compiled."""

    name: str
    manifest: Manifest
    body: Body
    file_name: Text
    checks: tuple[SumCheck, ...]


def read_profile(
    folder: Path, settings: Mapping[str, object], unknown: Unknown | None = None
) -> Checked:
    """The checked profile. Raises InvalidProfile with everything that is wrong."""
    problems = Problems()
    top = read_tables(folder, problems)
    checked = _checked(folder, top, settings, problems, unknown) if top is not None else None
    if checked is None or problems.found:
        raise InvalidProfile(folder.name, problems.found)
    return checked


def _checked(
    folder: Path,
    top: Table,
    given: Mapping[str, object],
    problems: Problems,
    unknown: Unknown | None,
) -> Checked | None:
    top, manifest = read_manifest(top)
    if manifest is None:
        return None
    settings, settings_type = read_settings(top.table("settings"), given, problems)
    formats = read_formats(top, settings, manifest.measure, unknown)
    leaves = Leaves(formats, problems, manifest)
    order = record(Order)
    scope = Scope(order, {"order": order, "settings": settings_type})
    body = _body(folder, top, manifest, scope, leaves)
    file_name = _file_name(top, manifest, scope, leaves)
    if body is None:
        return None
    checks = read_checks(top, skeleton_of(body), scope, leaves)
    return Checked(
        name=folder.name, manifest=manifest, body=body, file_name=file_name, checks=checks
    )


def _body(
    folder: Path, top: Table, manifest: Manifest, scope: Scope, leaves: Leaves
) -> Body | None:
    if manifest.kind == "csv":
        return read_csv(top, scope, leaves)
    if manifest.schema is not None:
        _check_schema(folder, top, manifest.schema)
    source = read_source(folder, manifest.document, top.problems)
    if source is None:
        return None
    read = read_xml if manifest.kind == "xml" else read_json
    return read(source, scope, leaves, top.problems)


def _check_schema(folder: Path, top: Table, name: str) -> None:
    if not is_inside(folder, name):
        top.report("A profile's files lie in its own folder.", "schema")
    elif not (folder / name).is_file():
        top.report(f"There is no file {name}.", "schema")


def _file_name(top: Table, manifest: Manifest, scope: Scope, leaves: Leaves) -> Text:
    text = leaves.text(manifest.file_name, top.value_place("file_name"), scope)
    if not any(_is_pk(node) for node in text.nodes):
        top.report("file_name needs {pk}: order numbers repeat across channels.", "file_name")
    unsafe = {c for part in text.parts if isinstance(part, str) for c in part} - _SAFE
    if unsafe:
        top.report("file_name has letters, digits, point, dash and _ only.", "file_name")
    return text


def _is_pk(node: Node) -> bool:
    return node.op == "field" and node.value == "pk" and node.children[0].type.owner == "Order"
