"""What a profile wants done with every text before it is escaped: replacements, one line, no
control characters."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from erp_adapter.profile.characters import UNUSUAL, Replacer, check_legal, spaced
from erp_adapter.profile.manifest import Manifest

Escape = Callable[[str], str]
_SPECIAL: Final = '&<>"\\\\' + UNUSUAL
"""What any of the escapes or preparations changes or refuses: all other texts pass as they are."""
_FOREIGN: Final = "\\x80-\\U0010ffff"


class Preparation:
    """The preparation of one profile's texts; harmless when repeated.

    `special` finds nothing in a text that needs neither preparation nor escape. Compiled code asks
    it in place, since most texts are of that kind.
    """

    def __init__(self, manifest: Manifest) -> None:
        replaces = manifest.unencodable == "replace"
        self.special = re.compile(f"[{_SPECIAL}{_FOREIGN if replaces else ''}]").search
        self._replace = Replacer(manifest.bare_encoding, manifest.replace) if replaces else None
        self._keep_breaks = manifest.keep_breaks

    def __call__(self, text: str) -> str:
        """The prepared text. Raises Fault for what no document may hold."""
        if self._replace is not None:
            text = self._replace(text)
        if not self._keep_breaks:
            text = spaced(text)
        check_legal(text)
        return text

    def before(self, escapes: Mapping[str, Escape]) -> dict[str, Escape]:
        """The same escapes of texts that were not prepared yet."""
        return {name: self._before(escape) for name, escape in escapes.items()}

    def _before(self, escape: Escape) -> Escape:
        return lambda text: escape(self(text))
