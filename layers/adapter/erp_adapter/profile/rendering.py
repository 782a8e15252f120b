"""Runs a profile's compiled code for one order, and says where it failed if it did.

Two functions are compiled from the same document. The fast one does nothing but write. Where an
order fails, the second one, compiled only then, runs once more and knows at every step where it is.
"""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

from erp_adapter.profile.cells import too_long
from erp_adapter.profile.characters import ILLEGAL, Replacer, check_characters, spaced
from erp_adapter.profile.code import Code
from erp_adapter.profile.code_leaf import LeafCode
from erp_adapter.profile.faults import Fault
from erp_adapter.profile.manifest import Manifest
from erp_adapter.profile.spots import Spots
from erp_adapter.profile.texts import longest_start

Writer = Callable[[Code, LeafCode], None]
"""Writes the code of a document, or of a part of it."""
Escape = Callable[[str], str]
_SPECIAL: Final = re.compile('[&<>"\\\\\x00-\x1f\x7f-\x9f\\u2028\\u2029]')
"""What any of the escapes changes, or a preparation: everything else passes as it is."""


class Rendering:
    """One compiled function: an order (or a control record) in, its text out."""

    def __init__(
        self, profile: str, manifest: Manifest, write: Writer, escapes: Mapping[str, Escape],
        parameter: str = "order",
    ) -> None:  # fmt: skip
        self.manifest, self.write, self.parameter = manifest, write, parameter
        self.profile, self.escapes = profile, dict(escapes)
        self.prepare = _preparing(manifest)
        self.fast, _ = self._compiled(located=False)

    @cached_property
    def located(self) -> tuple[Callable[..., list[str]], Spots]:
        """The slow function with the places it can fail at."""
        return self._compiled(located=True)

    def parts(self, subject: Any) -> list[str]:
        """The text in parts. Raises Unmappable."""
        try:
            parts = self.fast(subject, [0])
        except Fault:
            return self._failed(subject)
        return parts

    def check(self, subject: Any, text: str) -> bytes:
        """The text's bytes. Raises Unmappable where a character can't be written."""
        if ILLEGAL.search(text):
            self._failed(subject)
        try:
            return self._encoded(text)
        except UnicodeEncodeError:
            self._failed(subject)
            raise

    def _encoded(self, text: str) -> bytes:
        if self.manifest.newline != "\n" and self.manifest.kind != "csv":
            text = text.replace("\n", self.manifest.newline)
        return text.encode(self.manifest.bare_encoding, self.manifest.errors)

    def _failed(self, subject: Any) -> list[str]:
        """Runs again to find the place; returns only if nothing fails the second time."""
        function, spots = self.located
        at = [0]
        try:
            return function(subject, at)
        except Fault as fault:
            raise spots.rejection(at[0], fault) from None

    def _compiled(self, *, located: bool) -> tuple[Callable[..., list[str]], Spots]:
        code, spots = Code(), Spots(self.profile)
        names: dict[str, Any] = {**self.escapes, "measure": self.manifest.measure}
        names["prepare"] = self.prepare
        code.namespace.update(names)
        code.namespace.update(missing=spots.missing, ambiguous=spots.ambiguous, fit=self._fit)
        self.write(code, LeafCode(code, spots, self._checked if located else None))
        if located:
            code.namespace.update({n: self._checked(e) for n, e in self.escapes.items()})
        first = ["parts = []", "write = parts.append"]
        return code.compiled(f"{self.parameter}, at", first=first, last="return parts"), spots

    def _fit(self, _: int, text: str, width: int, truncate: bool) -> str:
        measure = self.manifest.measure
        if truncate:
            return longest_start(text, width, measure).rstrip()
        raise too_long(measure(text), width)

    def _checked(self, escape: Escape) -> Escape:
        reference = self.manifest.unencodable == "reference"
        encoding = "utf-8" if reference else self.manifest.bare_encoding

        def checked(text: str) -> str:
            escaped = escape(text)
            check_characters(escaped, encoding)
            return escaped

        return checked


def prepared(escapes: Mapping[str, Escape], manifest: Manifest) -> dict[str, Escape]:
    """The escapes of a document, after what its profile wants done with every text."""
    prepare, replaces = _preparing(manifest), manifest.unencodable == "replace"
    return {name: _prepared(escape, prepare, replaces=replaces) for name, escape in escapes.items()}


def _preparing(manifest: Manifest) -> Escape:
    """What the profile wants done with every text before anything else; harmless when repeated."""
    replace = Replacer(manifest.bare_encoding, manifest.replace)
    if manifest.unencodable != "replace":
        return _same if manifest.keep_breaks else spaced
    if manifest.keep_breaks:
        return replace
    return lambda text: spaced(replace(text))


def _same(text: str) -> str:
    return text


def _prepared(escape: Escape, prepare: Escape, *, replaces: bool) -> Escape:
    """The escape of a prepared text; most texts need neither, and one search tells."""
    special = _SPECIAL.search

    def prepared(text: str) -> str:
        if special(text) is None and not (replaces and not text.isascii()):
            return text
        return escape(prepare(text))

    return prepared
