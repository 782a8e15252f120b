"""The balanced order: lines, charges, rows and totals, once every figure is known."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from erp_adapter.balance.amounts import ONE, ZERO, unit_of
from erp_adapter.balance.lines import Draft
from erp_adapter.balance.payments import settled_sum
from erp_adapter.balance.policy import MoneyPolicy
from erp_adapter.balance.tax import Taxed, price_net, split
from erp_adapter.order.model import Charge, Line, Order, Payment, RateTotal, Row, Totals


@dataclass(frozen=True, slots=True)
class Parts:
    """What the document is made of: remaining lines, rated charges, remaining payments."""

    drafts: Sequence[Draft]
    charges: Sequence[Charge]
    payments: tuple[Payment, ...]
    rounding: Decimal


def assemble(order: Order, policy: MoneyPolicy, parts: Parts) -> Order:
    """The order with every computed field; lines first, then charges, in all sums and rows."""
    unit = unit_of(order.currency)
    taxed: list[Taxed] = [(draft.rate, draft.gross) for draft in parts.drafts]
    taxed += [(charge.rate or ZERO, charge.gross) for charge in parts.charges]
    nets = split(taxed, unit, policy.vat_rounding)
    lines = tuple(
        _line(draft, no, net, unit)
        for no, (draft, net) in enumerate(zip(parts.drafts, nets, strict=False), start=1)
    )
    charges = tuple(
        replace(charge, net=net, tax=charge.gross - net)
        for charge, net in zip(parts.charges, nets[len(lines) :], strict=True)
    )
    return replace(
        order,
        lines=lines,
        charges=charges,
        payments=parts.payments,
        rows=tuple(_rows(lines, charges, ZERO.quantize(unit))),
        totals=_Sums(unit, parts, lines, nets).totals(tuple(_by_rate(taxed, nets))),
    )


def _line(draft: Draft, no: int, net: Decimal, unit: Decimal) -> Line:
    unit_net, discount_net = price_net(draft, net, unit)
    return replace(
        draft.line, no=no, ids=draft.ids, quantity=draft.quantity, unit_price=draft.unit_price,
        own_discount=draft.own_discount, interest=draft.interest, tax_rate=draft.rate,
        discounts=tuple(draft.shares), discount=draft.items - draft.gross, gross=draft.gross,
        net=net, tax=draft.gross - net, unit_net=unit_net, discount_net=discount_net,
    )  # fmt: skip


def _rows(lines: Sequence[Line], charges: Sequence[Charge], none: Decimal) -> Iterator[Row]:
    for line in lines:
        yield Row(
            no=line.no, kind="item", sku=line.sku, code=line.code, barcode=line.barcode,
            name=line.name, quantity=line.quantity, unit=line.unit, unit_price=line.unit_price,
            unit_net=line.unit_net, discount=line.discount or none, gross=line.gross,
            net=line.net, tax=line.tax, tax_rate=line.tax_rate,
        )  # fmt: skip
    for no, charge in enumerate(charges, start=len(lines) + 1):
        yield Row(
            no=no, kind=charge.kind, sku=charge.code, code=charge.code, name=charge.name,
            quantity=ONE, unit_price=charge.gross, unit_net=charge.net, discount=none,
            gross=charge.gross, net=charge.net, tax=charge.tax, tax_rate=charge.rate,
        )  # fmt: skip


def _by_rate(taxed: Sequence[Taxed], nets: Sequence[Decimal]) -> Iterator[RateTotal]:
    groups: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for (rate, gross), net in zip(taxed, nets, strict=True):
        group_gross, group_net = groups.get(rate, (ZERO, ZERO))
        groups[rate] = group_gross + gross, group_net + net
    for rate, (gross, net) in sorted(groups.items()):
        yield RateTotal(rate=rate, gross=gross, net=net, tax=gross - net)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums in the currency's places, also of nothing: 0.00."""

    unit: Decimal
    parts: Parts
    lines: Sequence[Line]
    nets: Sequence[Decimal]

    def of(self, values: Iterable[Decimal | None]) -> Decimal:
        return sum((value for value in values if value), ZERO.quantize(self.unit))

    def charged(self, *kinds: str) -> Decimal:
        return self.of(charge.gross for charge in self.parts.charges if charge.kind in kinds)

    def totals(self, by_rate: tuple[RateTotal, ...]) -> Totals:
        drafts, lines = self.parts.drafts, self.lines
        items, lines_gross = self.of(d.items for d in drafts), self.of(d.gross for d in drafts)
        charges, net = self.of(c.gross for c in self.parts.charges), self.of(self.nets)
        gross, rounding = lines_gross + charges, self.of([self.parts.rounding])
        return Totals(
            items=items, discount=items - lines_gross, lines_gross=lines_gross,
            lines_net=self.of(line.net for line in lines),
            discount_net=self.of(line.discount_net for line in lines),
            charges=charges, charges_net=self.of(self.nets[len(lines) :]),
            shipping=self.charged("shipping", "shipping_interest"),
            interest=self.charged("interest"),
            net=net, tax=gross - net, rounding=rounding, payable=gross + rounding,
            paid=max(settled_sum(self.parts.payments), self.of([])), by_rate=by_rate,
            line_count=len(lines), quantity=sum((line.quantity for line in lines), ZERO),
        )  # fmt: skip
