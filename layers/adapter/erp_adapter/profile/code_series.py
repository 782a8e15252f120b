"""Commas between the elements of a JSON array or object whose number only the order knows."""

from erp_adapter.profile.code import Code


class Series:
    """One array or object under construction: a comma stands before all elements but the first.

    As long as nothing is conditional, that is known while compiling. Once an element may be left
    out, a variable of the compiled code holds the comma of the next one, or nothing yet.
    """

    def __init__(self, code: Code, indent: int, depth: int) -> None:
        self.code, self.indent, self.depth = code, indent, depth
        self.started = False
        self.comma: str | None = None

    def next(self) -> None:
        """Before an element that is written here for sure."""
        if self.started:
            self.code.write(",")
        elif self.comma:
            self.code.write_value(self.comma)
        self.started = True
        self._new_line(self.depth + 1)

    def may(self) -> None:
        """Before a block that may not run: from here on it depends on the order."""
        self.code.flush()
        if not self.started and not self.comma:
            self.comma = self.code.assign("''")

    def inside(self) -> "Series":
        """The same series as the block sees it; `left` ends the block."""
        series = Series(self.code, self.indent, self.depth)
        series.started, series.comma = self.started, self.comma
        return series

    def left(self, inside: "Series") -> None:
        """At the end of the block: whoever comes next needs a comma if this one was written."""
        self.code.flush()
        if inside.started and not self.started:
            self.code.line(f"{self.comma} = ','")

    def end(self, closing: str) -> None:
        """The closing bracket, on a line of its own unless there is nothing inside."""
        if self.started:
            self._new_line(self.depth)
        elif self.comma and self.indent:
            self.code.flush()
            with self.code.block(f"if {self.comma}:"):
                self._new_line(self.depth)
                self.code.flush()
        self.code.write(closing)

    def _new_line(self, depth: int) -> None:
        if self.indent:
            self.code.write("\n" + " " * self.indent * depth)
