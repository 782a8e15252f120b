"""Every error of the adapter, ordered by who must act.

AdapterError
├── Refused            the sender: answered 4xx, never queued
│   ├── Unverified     401  missing, wrong, old or garbled proof
│   └── Malformed      400  verified, yet not a notification we know (413 when too large)
├── Rejected           a person: recorded in the ledger with code, path, expected, found
│   ├── OrderNotFound  the shop has no such order, also after a few tries
│   ├── InvalidOrder   the shop's answer breaks a rule of the canonical order
│   ├── Unbalanced     the money does not add up
│   └── Unmappable     the profile cannot express this order
├── Misconfigured      the operator: profile, route, secret, permission, a shop that ignores filters
└── Unavailable        the world: retry with jitter, honour Retry-After, then park
    ├── OmnitronUnavailable
    └── DestinationUnavailable

No message, path, expected or found holds personal data or a secret: only field names, rules,
figures, codes and lengths.
"""

from typing import Any


class AdapterError(Exception):
    """An error with a stable code and one plain sentence: the field, the rule, the remedy."""

    default_code = "ADAPTER_ERROR"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code


class Refused(AdapterError):
    """The sender must act; answered with `status`, never queued."""

    status = 400
    default_code = "REFUSED"


class Unverified(Refused):
    """Missing, wrong, old or garbled proof. The answer carries no detail."""

    status = 401
    default_code = "UNVERIFIED"


class Malformed(Refused):
    """Verified, yet not a notification we know."""

    default_code = "MALFORMED"

    def __init__(self, message: str, *, code: str | None = None, status: int = 400) -> None:
        super().__init__(message, code=code)
        self.status = status


class Rejected(AdapterError):
    """A person must act; recorded in the ledger.

    `path` names the field in the source (or the profile's file, line and element), `expected` and
    `found` are figures, codes or lengths, never names or free text.
    """

    default_code = "REJECTED"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        path: str | None = None,
        expected: str | None = None,
        found: str | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.path = path
        self.expected = expected
        self.found = found

    def as_dict(self) -> dict[str, Any]:
        """The rejection as `preview --json` and the ledger show it."""
        return {
            "code": self.code,
            "path": self.path,
            "message": self.message,
            "expected": self.expected,
            "found": self.found,
        }


class OrderNotFound(Rejected):
    """Omnitron knows no such order, also after a few tries (a webhook can overtake the shop)."""

    default_code = "ORDER_NOT_FOUND"


class InvalidOrder(Rejected):
    """The shop's answer breaks a rule of the canonical order; `path` is the field's."""

    default_code = "INVALID_VALUE"


class Unbalanced(Rejected):
    """The money does not add up: both sides, the difference and what might explain it."""

    default_code = "TOTALS_MISMATCH"


class Unmappable(Rejected):
    """The profile cannot express this order: `path` is profile, file, line and element."""

    default_code = "MISSING_VALUE"


class Misconfigured(AdapterError):
    """The operator must act: profile, route, secret, permission, or a shop that ignores filters."""

    default_code = "MISCONFIGURED"


class Unavailable(AdapterError):
    """The world must recover; `retry_after` is in seconds where the other side named it."""

    default_code = "UNAVAILABLE"

    def __init__(
        self, message: str, *, code: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class OmnitronUnavailable(Unavailable):
    """Omnitron did not answer, or not as it should: time-out, 429, 5xx, cut or foreign body."""

    default_code = "OMNITRON_UNAVAILABLE"


class DestinationUnavailable(Unavailable):
    """S3 or SQS did not take the document, or nobody knows whether it did."""

    default_code = "DESTINATION_UNAVAILABLE"
