"""Validation against the XML schema that a profile names; each schema is compiled once a process.

lxml is imported only here, and only when there is something to validate. Its messages quote the
values they complain about, so they are not passed on: the rule and the element are.
"""

from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from erp_adapter.errors import Misconfigured
from erp_adapter.profile.faults import Fault

if TYPE_CHECKING:
    from lxml import etree

_RULES: Final = {
    "SCHEMAV_ELEMENT_CONTENT": "is not expected here, or something before it is missing",
    "SCHEMAV_CVC_MINLENGTH_VALID": "is too short",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "is too long",
    "SCHEMAV_CVC_LENGTH_VALID": "has the wrong length",
    "SCHEMAV_CVC_PATTERN_VALID": "does not have the form that the schema wants",
    "SCHEMAV_CVC_ENUMERATION_VALID": "is not one of the schema's values",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "lacks an attribute that the schema wants",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "has an attribute that the schema does not know",
}
_LOADING: Final = Lock()


class Schema:
    """A compiled schema that may be used by several threads."""

    def __init__(self, file: Path) -> None:
        from lxml import etree

        parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
        try:
            self._schema = etree.XMLSchema(etree.parse(str(file), parser))
        except (etree.XMLSchemaParseError, etree.XMLSyntaxError, OSError) as error:
            raise Misconfigured(f"{file.name} is no XML schema: {error}") from None
        # Its error log is one for all threads.
        self._validating = Lock()

    def validate(self, content: bytes) -> None:
        """Raises Fault (SCHEMA_INVALID) naming the first element that breaks the schema."""
        from lxml import etree

        parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
        document = etree.fromstring(content, parser)
        with self._validating:
            if self._schema.validate(document):
                return
            log: Any = self._schema.error_log
            error = log[0]
        element, line = _element(document, error.path), error.line
        rule = _RULES.get(error.type_name, f"breaks the rule {error.type_name}")
        raise Fault(
            "SCHEMA_INVALID",
            f"line {line} of the document: {element} {rule}. Correct the profile, or the value in "
            "the shop.",
            expected=error.type_name, found=f"{element}, line {line}",
        )  # fmt: skip


@cache
def _schema(file: Path) -> Schema:
    return Schema(file)


def schema(file: Path) -> Schema:
    """The compiled schema of a file, the same object for all threads."""
    with _LOADING:
        return _schema(file)


def _element(document: "etree._Element", path: str | None) -> str:
    # libxml2 writes the prefixes of the document, wherever they are declared.
    names_of = {p: uri for e in document.iter() for p, uri in e.nsmap.items() if p}
    found: Any = document.xpath(path, namespaces=names_of) if path else []
    element: etree._Element | None = found[0] if found else document
    names = []
    while element is not None:
        prefix = f"{element.prefix}:" if element.prefix else ""
        names.append(prefix + str(element.tag).rpartition("}")[2])
        element = element.getparent()
    return "/".join(reversed(names))
