"""From the shop's item rows to the lines of the document: cancelled, bundles, merging."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from operator import attrgetter

from erp_adapter.balance.amounts import ZERO, rounded, unit_of
from erp_adapter.balance.checks import amount_of, check_quantity, rate_of, unit_price_of
from erp_adapter.balance.policy import MoneyPolicy
from erp_adapter.errors import InvalidOrder
from erp_adapter.order.identity import is_cancelled
from erp_adapter.order.model import Discount, Line, Order


@dataclass(slots=True, kw_only=True)
class Draft:
    """A line while its figures are worked out: `items` - its shares of discounts = `gross`."""

    line: Line
    ids: tuple[int, ...]
    quantity: Decimal
    unit_price: Decimal
    rate: Decimal
    own_discount: Decimal
    interest: Decimal
    cancelled: bool
    items: Decimal
    gross: Decimal
    shares: list[Discount] = field(default_factory=list)

    def take(self, discount: Discount, share: Decimal) -> None:
        """Take this share of the discount; who was no part of it keeps no trace of it."""
        if share:
            self.gross -= share
            self.shares.append(
                Discount(
                    name=discount.name, code=discount.code, kind=discount.kind,
                    promotion=discount.promotion, amount=share, line_ids=self.ids,
                )
            )  # fmt: skip


def draft_lines(order: Order, policy: MoneyPolicy) -> list[Draft]:
    """The lines that count in the identity, by first item pk, equal unit rows merged.

    Cancelled ones are among them (and marked) only where the order's amount still holds them.
    """
    ordered = sorted(order.lines, key=attrgetter("ids"))
    lines = without_relatives(ordered, policy.bundles)
    if all(is_cancelled(line) for line in lines):
        raise InvalidOrder(
            "No line is left: the order has no items, or all are cancelled. Nothing to send; "
            "cancel the order in the shop.",
            code="NO_LINES", path="items", expected="1 or more", found="0",
        )  # fmt: skip
    if policy.cancelled == "amount-is-reduced":
        lines = [line for line in lines if not is_cancelled(line)]
    drafts = [_draft(line, order, policy) for line in lines]
    return _merged(drafts, order, policy) if policy.merge_lines else drafts


def without_relatives(lines: Iterable[Line], bundles: str) -> list[Line]:
    """The lines that carry money: all, or only the bundles, or only their components."""
    lines = list(lines)
    if bundles == "parents":
        known = {pk for line in lines for pk in line.ids}
        return [line for line in lines if line.parent not in known]
    if bundles == "children":
        parents = {line.parent for line in lines}
        return [line for line in lines if parents.isdisjoint(line.ids)]
    return lines


def _draft(line: Line, order: Order, policy: MoneyPolicy) -> Draft:
    check_quantity(line)
    unit_price, own = unit_price_of(line, order), line.own_discount
    if policy.discounts != "discount_items":
        own = amount_of(own, order, f"item[{line.ids[0]}].discount_amount")
    items = rounded(line.quantity * unit_price, unit_of(order.currency))
    return Draft(
        line=line, ids=line.ids, quantity=line.quantity, unit_price=unit_price,
        rate=rate_of(line.tax_rate, policy, f"item[{line.ids[0]}].tax_rate"),
        own_discount=own, interest=line.interest, cancelled=is_cancelled(line),
        items=items, gross=items,
    )  # fmt: skip


_alike = attrgetter(
    "sku", "base_code", "code", "codes", "barcode", "name", "color", "size", "unit", "parent",
    "currency", "list_price",
)  # fmt: skip


def _merged(drafts: Sequence[Draft], order: Order, policy: MoneyPolicy) -> list[Draft]:
    """Unit rows that differ in nothing but their pk (and status) become one line."""
    named = _discounts_by_item(order) if policy.discounts != "items" else {}
    parents = {draft.line.parent for draft in drafts}
    groups: dict[object, list[Draft]] = {}
    for draft in drafts:
        # A bundle stays apart, so that its components keep pointing at it. So does a row whose
        # product had to be rounded: twice 3.345 is not twice 3.35.
        whole = draft.quantity * draft.unit_price == draft.items
        apart = None if whole and parents.isdisjoint(draft.ids) else draft.ids
        basis = draft.own_discount / draft.quantity if policy.discounts != "discount_items" else 0
        key = (
            _alike(draft.line), draft.unit_price, draft.rate, draft.cancelled, basis, apart,
            named.get(draft.ids[0]),
        )  # fmt: skip
        groups.setdefault(key, []).append(draft)
    return [_joined(group) for group in groups.values()]


def _joined(group: Sequence[Draft]) -> Draft:
    if len(group) == 1:
        return group[0]
    return replace(
        group[0],
        ids=tuple(pk for draft in group for pk in draft.ids),
        quantity=sum_of(draft.quantity for draft in group),
        items=sum_of(draft.items for draft in group),
        gross=sum_of(draft.gross for draft in group),
        own_discount=sum_of(draft.own_discount for draft in group),
        interest=sum_of(draft.interest for draft in group),
    )


def _discounts_by_item(order: Order) -> Mapping[int, tuple[int, ...]]:
    """Which discounts name an item: only rows with the same ones may become one line."""
    named: dict[int, tuple[int, ...]] = {}
    for position, discount in enumerate(order.discounts):
        for pk in set(discount.line_ids):
            named[pk] = (*named.get(pk, ()), position)
    return named


def sum_of(values: Iterable[Decimal]) -> Decimal:
    """The sum, as a Decimal also when there is nothing to sum."""
    return sum(values, ZERO)
