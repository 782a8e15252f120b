"""What can be wrong with one order while its document is made.

Functions of the language raise a `Fault` and know nothing of the profile; `Profile.render` adds
where it happened and raises Unmappable. No fault carries a value of the order: a rejection is
stored and shown, a value may be a person's.
"""


class Fault(ValueError):
    """One of design.md's codes, a sentence, and figures or lengths."""

    def __init__(
        self, code: str, message: str, *, expected: str | None = None, found: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.expected = expected
        self.found = found
