"""The next document of a delivered order: where it lies, how it is called, and its writer's claim.

A changed order makes one (`revising`), and a person who sends the same content again does
(erp_console.resending). Both claim the entry, which stays `delivered`, and number the documents
here: 1 is the first delivery's.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from erp_adapter.errors import Unavailable
from erp_adapter.ledger import Contended, Entry, Ledger

if TYPE_CHECKING:
    from erp_adapter.profile import Document

_MOST_TURNS: Final = 3


def next_id(entry: Entry) -> str:
    """The document id of the entry's next revision."""
    return f"{entry.order}/{entry.route}/{entry.revision + 1}"


def next_place(entry: Entry) -> str:
    """The key of the entry's next revision: NAME-PK.xml, then NAME-PK.r2.xml.

    What is too large for a message lies in a folder that is named by its content's digest.
    """
    stem, pk, ending = (entry.document or "").rpartition(f"-{entry.order}")
    if entry.revision > 1:
        ending = ending.removeprefix(f".r{entry.revision}")
    if entry.sha256 and entry.revising:
        _, sha256, _ = _read(entry.revising)
        stem = stem.replace(f"/{entry.sha256[:16]}/", f"/{sha256[:16]}/")
    return f"{stem}{pk}.r{entry.revision + 1}{ending}"


def claiming(content_id: str, document: "Document") -> str:
    """An entry's `revising`: what it will say once the document of its claim is durable."""
    return " ".join((_short(content_id), _short(document.sha256), document.version[:16]))


def claimed_content(entry: Entry) -> str | None:
    """The content id for which a revision's claim is on the entry; None under a resend's."""
    return _read(entry.revising)[0] if entry.revising else None


def finish(
    ledger: Ledger, claimed: Entry, clock: Callable[[], float], **changed: str | None
) -> Entry:
    """The final write, over whatever was noted on the entry meanwhile; `changed` is what else the
    entry says of a changed content (`profile`, `parts`, `items`). Raises Unavailable, and Contended
    where another has the claim."""
    current = claimed
    for _ in range(_MOST_TURNS):
        done = _finished(current, int(clock()), changed)
        try:
            return ledger.put(done, replacing=current)
        except Contended as moved:
            if moved.current is None or moved.current.claim != claimed.claim:
                raise
            current = moved.current
    raise Unavailable("The ledger's entry does not hold still.")


def _finished(entry: Entry, now: int, changed: Mapping[str, str | None]) -> Entry:
    done = replace(
        entry, claim=None, lease_until=None, revising=None, revision=entry.revision + 1,
        document=next_place(entry), written_at=now, picked_up_at=None, updated_at=now,
    )  # fmt: skip
    if not entry.revising:
        return done
    content_id, sha256, version = _read(entry.revising)
    # What was noted of the content before has come to its end.
    return replace(
        done, content_id=content_id, sha256=sha256, profile_version=version, code=None, path=None,
        reason=None, message=None, expected=None, found=None, by=None, **changed,  # type: ignore[arg-type]
    )  # fmt: skip


def given_back(entry: Entry) -> Entry:
    """The entry without its claim, whose document is not there and will not come."""
    free = replace(entry, claim=None, lease_until=None, revising=None)
    if entry.revising:
        return free
    ended = " ".join(ended_for(entry)) or None
    return replace(free, resent_for=ended, by=None, message=None)


def ended_for(entry: Entry) -> list[str]:
    """The reasons for which the document has been resent, as `resent_for` names them; the newest of
    one that is claimed for a resend has not."""
    reasons = (entry.resent_for or "").split()
    return reasons[:-1] if entry.claim and not entry.revising else reasons


def _short(digest: str) -> str:
    return urlsafe_b64encode(bytes.fromhex(digest)).decode().rstrip("=")


def _read(revising: str) -> tuple[str, str, str]:
    content_id, sha256, version = revising.split(" ")
    return (
        urlsafe_b64decode(content_id + "=").hex(), urlsafe_b64decode(sha256 + "=").hex(), version
    )  # fmt: skip
