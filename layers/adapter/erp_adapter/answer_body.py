"""The body of an answer of Omnitron, bounded in size and in time, whatever is compressed in it.

httpx would decompress a part at once, and several encodings one in another: 64 KB of the wire can
be 64 GB. Only gzip is asked for (`ENCODING`), once, and it is unpacked in small steps.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final, cast

import httpx

from erp_adapter.errors import OmnitronUnavailable

MAX_BODY: Final = 4 * 1024 * 1024
"""Bytes of one answer after decompression; the documented order has 17 thousand."""
ENCODING: Final = "gzip"
_STEP: Final = 64 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS


def read_body(answer: httpx.Response, late: Callable[[], bool]) -> bytes:
    """The whole body. Raises OmnitronUnavailable where it is too large, late, cut or garbled."""
    parts: list[bytes] = []
    size = 0
    for part in _unpacked(answer):
        size += len(part)
        if size > MAX_BODY:
            raise OmnitronUnavailable(f"Omnitron's answer is larger than {MAX_BODY} bytes.")
        parts.append(part)
        if late():
            raise OmnitronUnavailable("Omnitron's answer took too long to arrive.")
    return b"".join(parts)


def _unpacked(answer: httpx.Response) -> Iterator[bytes]:
    # Not iter_raw: a transport that gives the whole body has it read already.
    raw = cast(Iterable[bytes], answer.stream)
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        yield from raw
    elif encoding == ENCODING:
        yield from _inflated(raw)
    else:
        raise OmnitronUnavailable("Omnitron's answer has an encoding that was not asked for.")


def _inflated(raw: Iterable[bytes]) -> Iterator[bytes]:
    unzip = zlib.decompressobj(_GZIP)
    fault = False
    for part in raw:
        while part and not unzip.eof:
            try:
                step = unzip.decompress(part, _STEP)
            except zlib.error:
                fault = True
                break
            yield step
            part = unzip.unconsumed_tail
        if fault:
            break
    if fault or not unzip.eof:
        raise OmnitronUnavailable("Omnitron's answer is cut or is no gzip.")
