"""Invented texts that look like the real ones: as long, of the same kinds of characters.

What is invented depends on how many values of its kind came before, never on the value itself:
nobody can try all tax numbers until one gives what stands in an example.
"""

import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count
from typing import Final

from erp_adapter.balance.tax_number import is_tckn, is_vkn

_KINDS: Final = (
    "aeou", "AEOU", "bcdfghjklmnprstvyz", "BCDFGHJKLMNPRSTVYZ", "çğş", "ÇĞŞ", "öü", "ÖÜ", "âêîôû",
    "áàéèóòúùñ", "ÁÀÉÈÓÒÚÙÑ", "0123456789", "🎁🎂🎈🎉🎊", "😀😁😃😄😊", "❤☀☎✂✈",
)  # fmt: skip
"""A character becomes another one of its own row: as wide in every encoding, as hard to write."""
_ASTRAL: Final = "🎁🎂🎈🎉🎊"
_EMOJI: Final = re.compile("[\U0001f300-\U0001f3fa\U0001f400-\U0001faff]")
_OTHER_LETTERS: Final = {"i": "e", "I": "E", "q": "k", "w": "v", "x": "z", "Q": "K", "W": "V",
                         "X": "Z"}  # fmt: skip
_COUNTRY: Final = re.compile(r"(\+|00)90")
_SHORT_DOMAIN: Final = 9
_TRIES: Final = 50
_How = Callable[[str, int], str]
_Check = Callable[[str], bool]


class Invention:
    """The same value becomes the same invention, another value another one."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], str] = {}

    def text(self, value: str) -> str:
        """A name, a street, a note."""
        return self._invent("text", value, _redrawn)

    def code(self, value: str) -> str:
        """A number of an order, an account or a payment: its digits change, its letters stay."""
        return self._invent("code", value, _redigited)

    def email(self, value: str) -> str:
        """An address at a reserved domain (RFC 2606, RFC 6761)."""
        return self._invent("email", value, _email)

    def phone(self, value: str) -> str:
        """A number of zeros, written in the same way."""
        return self._invent("phone", value, _phone)

    def tax_number(self, value: str) -> str:
        """A valid VKN or TCKN for a valid one; other digits for what is neither."""
        return self._invent("tax", value, _tax_number)

    def _invent(self, kind: str, value: str, how: _How) -> str:
        key = kind, value
        if key not in self._found:
            taken = {new for (other, _), new in self._found.items() if other == kind}
            start = len(taken) + 1
            drawn = (how(value, seed) for seed in range(start, start + _TRIES))
            fresh = (new for new in drawn if new not in taken and new != value)
            self._found[key] = next(fresh, how(value, start))
        return self._found[key]


def _draws(seed: int) -> Iterator[int]:
    for block in count():
        yield from sha256(f"{seed}/{block}".encode()).digest()


def _redrawn(value: str, seed: int) -> str:
    draws = _draws(seed)
    return "".join(_other(character, next(draws)) for character in value)


def _other(character: str, draw: int) -> str:
    row = next((kind for kind in _KINDS if character in kind), "")
    if not row and _EMOJI.match(character):
        row = _ASTRAL
    others = row.replace(character, "")
    if others:
        return others[draw % len(others)]
    return _OTHER_LETTERS.get(character, _neighbour(character))


def _neighbour(character: str) -> str:
    """A letter of another script: the next one in its alphabet, if that is one of its case."""
    if character.isascii() or not character.isalpha() or character in "ıİ":
        return character
    other = chr(ord(character) ^ 1)
    fits = other.isalpha() and other.isupper() == character.isupper()
    return other if fits and len(other.encode()) == len(character.encode()) else character


def _redigited(value: str, seed: int) -> str:
    draws = _draws(seed)
    return re.sub(r"[0-9]", lambda found: _other(found[0], next(draws)), value)


def _email(value: str, seed: int) -> str:
    local, at, domain = value.partition("@")
    if not at:
        return _redrawn(value, seed)
    ending = ".example" if len(domain) >= _SHORT_DOMAIN else ".test"
    host = _redrawn("m" * max(1, len(domain) - len(ending)), seed)
    return f"{_redrawn(local, seed)}@{host}{ending}"


def _phone(value: str, seed: int) -> str:
    country = _COUNTRY.match(value)
    start = country.end() if country else 0
    digits = sum(character.isdecimal() for character in value[start:])
    numbers = iter(str(seed).zfill(digits)[-digits:] if digits else "")
    rest = "".join(next(numbers) if c.isdecimal() else c for c in value[start:])
    return value[:start] + rest


def _tax_number(value: str, seed: int) -> str:
    bare = "".join(value.split())
    if is_vkn(bare):
        new = _completed(f"{seed:09d}", 1, is_vkn)
    elif is_tckn(bare):
        new = _completed(f"1{seed:08d}", 2, is_tckn)
    else:
        return _redigited(value, seed)
    digits = iter(new)
    return "".join(character if character.isspace() else next(digits) for character in value)


def _completed(start: str, missing: int, is_valid: _Check) -> str:
    endings = (f"{start}{number:0{missing}d}" for number in range(10**missing))
    return next(number for number in endings if is_valid(number))
