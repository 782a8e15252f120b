"""One cell of a CSV line: from a text to what stands between two delimiters.

Texts that start like a formula are dangerous where a person opens the file (OWASP, CSV injection),
and an apostrophe in front of them is wrong for a machine. So the default refuses them, and lets
`+` and `-` pass where they start a number or a phone number. Numbers are never touched.
"""

import re
from collections.abc import Callable
from typing import Final

from erp_adapter.profile.characters import UNUSUAL, check_legal, spaced
from erp_adapter.profile.csv_tree import Column, Dialect
from erp_adapter.profile.faults import Fault
from erp_adapter.profile.texts import Measure, longest_start, wrap

Cell = Callable[[str], str]
_NUMBER_OR_PHONE: Final = re.compile(r"[+-][\d\s().,/-]*\Z")
_FORMULA: Final = "=+-@\t\r\n\x00"


class Cells:
    """Makes the cell functions of one document."""

    def __init__(
        self, dialect: Dialect, measure: Measure, replace: Callable[[str], str] | None
    ) -> None:
        self.dialect, self.measure, self.replace = dialect, measure, replace
        special = re.escape(f'"{"" if dialect.fixed else dialect.delimiter}')
        self.odd = re.compile(f"[{special}{UNUSUAL}]|^[=+@ -]| $").search

    def cell(self, column: Column) -> Cell:
        """The function of a column that stands alone."""
        width, finish = column.width, self._finish(column)
        numeric = column.numeric

        def cell(text: str) -> str:
            clean = self._clean(text, numeric)
            if width is not None and self.measure(clean) > width:
                clean = self._shortened(clean, column, width)
            return finish(clean)

        return self._quick(cell) if width is None else cell

    def _quick(self, cell: Cell) -> Cell:
        """The same cells, of the usual texts without a second look: nothing in them is special."""
        dialect, odd = self.dialect, self.odd
        changes = dialect.fixed or dialect.quoting == "all" or dialect.delimiter.isalnum()
        if changes or self.replace is not None:
            return cell

        def quick(text: str) -> str:
            if text.isalnum() or (text and odd(text) is None):
                return text
            return cell(text)

        return quick

    def wrapped(self, columns: list[Column]) -> Callable[[str | None], list[str]]:
        """The function of a column that wraps into those after it; null is null in all."""
        finishers = [self._finish(column) for column in columns]

        def cells(text: str | None) -> list[str]:
            pieces = [] if text is None else self._pieces(self._clean(text, False), columns)
            written = [finish(p) for finish, p in zip(finishers, pieces, strict=False)]
            return written + [self.null(column) for column in columns[len(written) :]]

        return cells

    def null(self, column: Column) -> str:
        """What stands where there is nothing: never quoted, so that it differs from ""."""
        return self._padded(self.dialect.null, column)

    def _clean(self, text: str, numeric: bool) -> str:
        if self.replace is not None:
            text = self.replace(text)
        if self.odd(text) is None:
            return text
        if not self.dialect.keep_breaks or self.dialect.fixed:
            text = spaced(text)
        check_legal(text)
        return text if numeric else self._guarded(text)

    def _guarded(self, text: str) -> str:
        guard = self.dialect.formula_guard
        if guard == "off" or not text or text[0] not in _FORMULA:
            return text
        if text[0] in "+-" and _NUMBER_OR_PHONE.match(text):
            return text
        if guard == "quote":
            return f"'{text}"
        raise Fault(
            "ILLEGAL_CHARACTER",
            f"starts with U+{ord(text[0]):04X} and would be a formula in a spreadsheet. Correct it "
            'in the shop, or set formula_guard in profile.toml ("off" where no person opens it).',
            expected="no formula", found=f"U+{ord(text[0]):04X}",
        )  # fmt: skip

    def _shortened(self, text: str, column: Column, width: int) -> str:
        if column.overflow == "truncate":
            return longest_start(text, width, self.measure).rstrip()
        raise too_long(self.measure(text), width)

    def _pieces(self, text: str, columns: list[Column]) -> list[str]:
        pieces: list[str] = []
        text = " ".join(text.split())
        for column in columns:
            width = column.width or len(text)
            last = column.overflow != "wrap"
            if not text:
                break
            if last or self.measure(text) <= width:
                fits = self.measure(text) <= width
                pieces.append(text if fits else self._shortened(text, column, width))
                break
            pieces.append(wrap(text, width, self.measure)[0])
            text = text[len(pieces[-1]) :].lstrip()
        return pieces

    def _finish(self, column: Column) -> Cell:
        if self.dialect.fixed:
            return lambda text: self._padded(text, column)
        if self.dialect.quoting == "all":
            return lambda text: f'"{_doubled(text)}"'
        return self._quoted if self.dialect.quoting == "minimal" else self._bare

    def _quoted(self, text: str) -> str:
        # Space at an end is quoted too: many readers strip it.
        special = self.odd(text)
        if special is None or (special[0] in "=+-@" and not self.odd(text, 1)):
            return text
        return f'"{_doubled(text)}"'

    def _bare(self, text: str) -> str:
        if self.dialect.delimiter not in text:
            return text
        if self.dialect.delimiter_in_text == "space":
            return text.replace(self.dialect.delimiter, " ")
        raise Fault(
            "ILLEGAL_CHARACTER",
            "holds the delimiter, and this document quotes nothing. Correct it in the shop, or "
            'set quoting or delimiter_in_text = "space" in profile.toml.',
            expected="no delimiter",
        )

    def _padded(self, text: str, column: Column) -> str:
        if not self.dialect.fixed or column.width is None:
            return text
        missing = column.fill * (column.width - self.measure(text))
        return missing + text if column.align == "right" else text + missing


def too_long(length: int, width: int) -> Fault:
    """The fault of a text that is wider than its place."""
    return Fault(
        "TOO_LONG",
        f"is {length} long, and the ERP takes {width}. Shorten it in the shop, or set overflow = "
        '"truncate" in the profile.',
        expected=f"at most {width}", found=str(length),
    )  # fmt: skip


def _doubled(text: str) -> str:
    return text.replace('"', '""')
