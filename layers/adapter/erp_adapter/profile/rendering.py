"""Runs a profile's compiled code for one order, and says where it failed if it did.

Two functions are compiled from the same document. The fast one does nothing but write. Where an
order fails, the second one, compiled only then, runs once more and knows at every step where it is.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from erp_adapter.profile.cells import too_long
from erp_adapter.profile.characters import check_characters
from erp_adapter.profile.code import Code
from erp_adapter.profile.code_leaf import LeafCode
from erp_adapter.profile.explain import Trace
from erp_adapter.profile.faults import Fault
from erp_adapter.profile.manifest import Manifest
from erp_adapter.profile.preparation import Escape, Preparation
from erp_adapter.profile.spots import Spots
from erp_adapter.profile.texts import longest_start

Writer = Callable[[Code, LeafCode], None]
"""Writes the code of a document, or of a part of it."""


class Rendering:
    """One compiled function: an order (or a control record) in, its text out."""

    def __init__(
        self, profile: str, manifest: Manifest, write: Writer, escapes: Mapping[str, Escape],
        *, parameter: str = "order", prepares: bool = False,
    ) -> None:  # fmt: skip
        self.profile, self.manifest, self.write = profile, manifest, write
        self.escapes, self.parameter = dict(escapes), parameter
        self.preparation = Preparation(manifest) if prepares else None
        if self.preparation is not None:
            self.escapes = self.preparation.before(escapes)
        self.fast, _ = self._compiled(located=False)

    @cached_property
    def located(self) -> tuple[Callable[..., list[str]], Spots]:
        """The slow function with the places it can fail at."""
        return self._compiled(located=True)

    def parts(self, subject: Any) -> list[str]:
        """The text in parts. Raises Unmappable."""
        try:
            return self.fast(subject, [0])
        except Fault:
            # Returns only if nothing fails the second time.
            return self._slowly(subject, [0])

    def check(self, subject: Any, text: str) -> bytes:
        """The text's bytes. Raises Unmappable where a character can't be written."""
        try:
            return self._encoded(text)
        except UnicodeEncodeError:
            self._slowly(subject, [0])
            raise

    def _encoded(self, text: str) -> bytes:
        if self.manifest.newline != "\n" and self.manifest.kind != "csv":
            text = text.replace("\n", self.manifest.newline)
        return text.encode(self.manifest.bare_encoding, self.manifest.errors)

    def trace(self, subject: Any) -> Trace:
        """Every value of the document with where it comes from. Raises Unmappable."""
        told: list[Any] = [0]
        self._slowly(subject, told)
        return self.located[1].trace(told[1:])

    def _slowly(self, subject: Any, at: list[Any]) -> list[str]:
        """Runs the function that says in `at[0]` where it is, and behind that what it writes."""
        function, spots = self.located
        try:
            return function(subject, at)
        except Fault as fault:
            raise spots.rejection(at[0], fault) from None

    def _compiled(self, *, located: bool) -> tuple[Callable[..., list[str]], Spots]:
        code, spots = Code(), Spots(self.profile)
        code.namespace.update(
            self.escapes, measure=self.manifest.measure, fit=self._fit, missing=spots.missing,
            ambiguous=spots.ambiguous,
        )  # fmt: skip
        if self.preparation is not None:
            code.namespace.update(prepare=self.preparation, special=self.preparation.special)
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
