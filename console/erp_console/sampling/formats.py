"""The [format] tables that the guesses need, and the expressions that name them."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from erp_adapter.profile import dates

from erp_console.sampling.tree import MOMENTS, NUMBERS, Form, Guess, Spot
from erp_console.sampling.ways import default_places

GUEST: Final = "customer.code"
_SEVERAL: Final = 2
_SIGNS: Final = {".": "dotted", "/": "slashed", "-": "dashed"}


class Formats:
    """Which form of each kind is the default, and the names of the others."""

    def __init__(self, spots: Iterable[Spot], currency: str) -> None:
        self.currency = currency
        spots = list(spots)
        guesses = [spot.guess for spot in spots if spot.guess]
        self.guest = any(guess.path.endswith(GUEST) for guess in guesses)
        forms = [guess.form for guess in guesses if guess.form]
        signs = Counter(form.decimal for form in forms if form.decimal)
        self.decimal = signs.most_common(1)[0][0] if signs else "."
        self.chosen = {id(spot): self._whole(form) for spot, form in _one_for_all(spots)}
        counts = Counter(self.chosen.values())
        self.defaults: dict[str, Form] = {}
        self.names: dict[Form, str] = {}
        for form, _ in counts.most_common():
            if form.kind not in self.defaults:
                self.defaults[form.kind] = form
            else:
                self.names[form] = self._name(form)

    def expression(self, spot: Spot) -> str:
        """The template of a spot: a text with one expression in braces."""
        inner = ""
        if spot.guess:
            inner = self._inner(spot.guess, self.chosen.get(id(spot)))
        if spot.table:
            code = f"lookup('{spot.table}', {spot.key})"
            inner = f"{inner} || {code}" if inner else code
        before, after = spot.guess.around if spot.guess else ("", "")
        return f"{escaped(before)}{{{inner}}}{escaped(after)}"

    def _inner(self, guess: Guess, form: Form | None) -> str:
        path = f"{guess.path} || settings.guest_customer" if self._is_guest(guess) else guess.path
        if not guess.function:
            return path
        arguments = [path] if path else []
        name = self.names.get(form) if form else None
        if name:
            arguments.append(f"'{name}'")
        return f"{guess.function}({', '.join(arguments)})"

    def _is_guest(self, guess: Guess) -> bool:
        return guess.path.removeprefix("order.") == GUEST and not guess.function

    def _whole(self, form: Form) -> Form:
        if form.kind not in NUMBERS:
            return form
        return replace(form, decimal=form.decimal or self.decimal, sign=form.sign or "before")

    def _name(self, form: Form) -> str:
        base = self._moment_name(form) if form.kind in MOMENTS else f"places_{form.least}"
        taken = {name for other, name in self.names.items() if other.kind == form.kind}
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        return name

    def _moment_name(self, form: Form) -> str:
        found = re.search(r"%[dmYy]([./-])", form.pattern)
        name = _SIGNS[found[1]] if found else "compact"
        return f"{name}_utc" if form.zone else name

    def tables(self) -> str:
        """[format] of profile.toml; empty where the defaults do."""
        top = [f'decimal = "{self.decimal}"'] if self.decimal != "." else []
        places = [
            f"{kind} = {_range(form)}" for kind, form in self.defaults.items()
            if kind in NUMBERS and (form.least, form.most) != default_places(kind, self.currency)  # type: ignore[arg-type]
        ]  # fmt: skip
        if places:
            top.append(f"places = {{ {', '.join(places)} }}")
        blocks = ["\n".join(["[format]", *top])] if top else []
        for kind in self.defaults:
            entries = self._entries(kind)
            if entries:
                blocks.append("\n".join([f"[format.{kind}]", *entries]))
        return "\n\n".join(blocks)

    def _entries(self, kind: str) -> list[str]:
        default = self.defaults[kind]
        named = [(name, form) for form, name in self.names.items() if form.kind == kind]
        entries = [f"{name} = {self._entry(form)}" for name, form in named]
        if self._is_plain(default):
            return entries
        return [f"default = {self._entry(default)}", *entries]

    def _is_plain(self, form: Form) -> bool:
        if form.kind in NUMBERS:
            return form.decimal == self.decimal and form.sign == "before"
        if form.kind in MOMENTS:
            return form.pattern == dates.DEFAULTS[form.kind] and not form.zone
        return (form.least, form.most, form.pattern) == (1, 1, "0")

    def _entry(self, form: Form) -> str:
        if form.kind in NUMBERS:
            return (
                f'{{ places = {_range(form)}, decimal = "{form.decimal}", sign = "{form.sign}" }}'
            )
        if form.kind in MOMENTS:
            pattern = json.dumps(form.pattern)
            zone = json.dumps(form.zone)
            return f"{{ pattern = {pattern}, zone = {zone} }}" if form.zone else pattern
        return f"{{ start = {form.least}, step = {form.most}, width = {form.pattern} }}"


def _one_for_all(spots: Iterable[Spot]) -> Iterator[tuple[Spot, Form]]:
    """For each spot its form: the plainest that fits all spots of its kind, if there is one."""
    kinds: dict[str, list[Spot]] = {}
    for spot in spots:
        if spot.guess and spot.guess.form:
            kinds.setdefault(spot.guess.form.kind, []).append(spot)
    for kind, same in kinds.items():
        bare = [[replace(f, decimal="") for f in spot.forms] for spot in same]
        shared = [f for f in bare[0] if all(f in forms for forms in bare)]
        signs = {f.decimal for spot in same for f in spot.forms if f.decimal}
        for spot in same:
            own = spot.guess.form if spot.guess else None
            if kind in NUMBERS and shared and len(signs) < _SEVERAL:
                yield spot, replace(shared[0], decimal=next(iter(signs), ""))
            elif own:
                yield spot, own


def escaped(text: str) -> str:
    """A constant as the language writes it: braces twice."""
    return text.replace("{", "{{").replace("}", "}}")


def _range(form: Form) -> str:
    return str(form.least) if form.least == form.most else f"[{form.least}, {form.most}]"
