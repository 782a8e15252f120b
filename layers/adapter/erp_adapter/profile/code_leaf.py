"""Compiles leaves: their values, what happens where one is null, and their widths."""

from collections.abc import Callable
from dataclasses import dataclass

from erp_adapter.profile.code import Code
from erp_adapter.profile.code_expression import Expressions
from erp_adapter.profile.dates import MomentFormat
from erp_adapter.profile.formats import Lookup
from erp_adapter.profile.leaves import Text
from erp_adapter.profile.nodes import Node
from erp_adapter.profile.preparation import Escape
from erp_adapter.profile.spots import Spot, Spots, code_of


@dataclass(frozen=True, slots=True)
class Value:
    """A leaf's text under construction: constants, and atoms with their expressions."""

    spot: int
    pieces: tuple[str | tuple[str, Node], ...]
    expressions: Expressions

    @property
    def nullable(self) -> list[tuple[str, Node]]:
        """The parts that may be null."""
        dynamic = [piece for piece in self.pieces if not isinstance(piece, str)]
        return [(atom, node) for atom, node in dynamic if node.type.nullable]


class LeafCode:
    """Writes the code of leaves.

    `checked` makes functions that also check characters: then the code is the slow one, which
    says at every step where it is.
    """

    def __init__(
        self, code: Code, spots: Spots, checked: Callable[[Escape], Escape] | None
    ) -> None:
        self.code, self.spots, self.checked = code, spots, checked

    @property
    def located(self) -> bool:
        """Whether the code says where it is."""
        return self.checked is not None

    def begin(self, spot: Spot) -> int:
        """The number of a new place where the order can fail."""
        number = self.spots.add(spot)
        if self.located:
            self.code.line(f"at[0] = {number}")
        return number

    def constant(self, spot: Spot) -> None:
        """Tells what the profile itself writes."""
        number = self.begin(spot)
        if self.located:
            self.code.line(f"at.append(({number}, {spot.source!r}, (None, {{}})))")

    def decide(self, spot: Spot, ex: Expressions) -> None:
        """Begins the place of a list or a condition, which decides what is written."""
        number = self.begin(spot)
        if self.located:
            self.code.line(f"at.append(({number}, '', (None, {_scope(ex)})))")

    def value(self, text: Text, ex: Expressions, element: str) -> Value:
        """Computes a leaf's parts."""
        spot = self.begin(Spot(text.place, element, text.source, tuple(text.nodes)))
        return Value(spot, tuple(self._piece(part, ex) for part in text.parts), ex)

    def _piece(self, part: str | Node, ex: Expressions) -> str | tuple[str, Node]:
        if isinstance(part, str):
            return part
        if part.op == "literal" and isinstance(part.value, str):
            return part.value  # a setting
        return self._once(part, ex), part

    def _once(self, node: Node, ex: Expressions) -> str:
        atom = ex.value(node)
        is_path = node.type.nullable and not atom.isidentifier()
        return self.code.assign(atom) if is_path else atom

    def present(self, value: Value) -> str:
        """A condition that is true where no part is null."""
        return " and ".join(f"{atom} is not None" for atom, _ in value.nullable)

    def require(self, value: Value) -> None:
        """Rejects the order where a part is null."""
        for atom, node in value.nullable:
            with self.code.block(f"if {atom} is None:"):
                code, several = code_of(node), self._several(node, value.expressions)
                self.code.line(f"missing({value.spot}, {code is not None}, {several or 0})")

    def otherwise_ambiguous(self, value: Value) -> None:
        """After the block of a leaf that is there: several codes are no missing code."""
        for _, node in value.nullable:
            base = code_of(node)
            if base is not None and _has_plural(base):
                with self.code.block("else:"):
                    several = self._several(node, value.expressions)
                    self.code.line(f"ambiguous({value.spot}, {several})")
                return

    def _several(self, node: Node, ex: Expressions) -> str | None:
        base = code_of(node)
        if base is None or not _has_plural(base):
            return None
        owner = ex.value(base.children[0])
        codes = f"len({owner}.{base.value}s)"
        return f"0 if {owner} is None else {codes}" if base.children[0].type.nullable else codes

    def write(self, value: Value, escape: str, most: int | None, overflow: str) -> None:
        """Appends the text, escaped; `most` is its width."""
        self.tell(value, most)
        if most is not None:
            atom = self.fitted(value, most, overflow)
            self.code.write_value(self._escaped(escape, atom))
        else:
            for piece in value.pieces:
                if isinstance(piece, str):
                    self.code.write(self.code.namespace[escape](piece))
                else:
                    atom, node = piece
                    self.code.write_value(
                        atom if self._is_plain(node) else self._escaped(escape, atom)
                    )
        if self.located:
            self.code.flush()

    def tell(self, value: Value, most: int | None = None) -> None:
        """Slow code also tells what it writes, for who asks where a value comes from."""
        if self.located:
            more = f"({most}, {_scope(value.expressions)})"
            self.code.line(f"at.append(({value.spot}, {self.joined(value)}, {more}))")

    def _escaped(self, escape: str, atom: str) -> str:
        call = f"{escape}({atom})"
        if self.located or "special" not in self.code.namespace:
            return call
        text = f"{atom} if special({atom}) is None else {call}"
        # What is the order's own is the same for every line. Should it fail where no leaf needs it,
        # the slow code finds nothing wrong and its text counts.
        return self.code.once(text) if atom.startswith("order.") else text

    def _is_plain(self, node: Node) -> bool:
        """Whether what is written can hold nothing that is escaped: figures, and what the profile
        itself says (an entry of a table, a date)."""
        if node.type.form in ("figure", "whole"):
            return True
        special = self.code.namespace.get("special")
        if special is None or not isinstance(node.value, Lookup | MomentFormat):
            return False
        texts = node.value.texts
        return all(isinstance(text, str) and special(text) is None for text in texts)

    def fitted(self, value: Value, most: int, overflow: str) -> str:
        """The atom of the whole text, at most `most` wide."""
        text = self.code.assign(f"prepare({self.joined(value)})")
        with self.code.block(f"if measure({text}) > {most}:"):
            self.code.line(f"{text} = fit({value.spot}, {text}, {most}, {overflow == 'truncate'})")
        return text

    def joined(self, value: Value) -> str:
        """An expression of the whole text; parts must not be null here."""
        if len(value.pieces) == 1 and not isinstance(value.pieces[0], str):
            atom, node = value.pieces[0]
            return f"str({atom})" if node.type.form == "whole" else atom
        parts = [
            repr(piece) if isinstance(piece, str) else f"str({piece[0]})" for piece in value.pieces
        ]
        return " + ".join(parts) or "''"


def _scope(ex: Expressions) -> str:
    names = {"": ex.current, **ex.names}
    return f"{{{', '.join(f'{name!r}: {variable}' for name, variable in names.items())}}}"


def _has_plural(code: Node) -> bool:
    return f"{code.value}s" in (code.children[0].type.fields or {})
