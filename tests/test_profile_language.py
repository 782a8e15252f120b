"""The expression language: what it means, and that compiled it means what JMESPath means."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jmespath
import jmespath.visitor
import pytest
from erp_adapter.errors import Unmappable
from erp_adapter.order.model import Line, Order
from erp_adapter.profile.check import Checker
from erp_adapter.profile.code import Code
from erp_adapter.profile.code_expression import Expressions
from erp_adapter.profile.formats import Formats
from erp_adapter.profile.nodes import Scope
from erp_adapter.profile.syntax import parse
from erp_adapter.profile.types import record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from orders import (
    address_document,
    code_document,
    company_document,
    discount_document,
    item_document,
    product_document,
)
from profile_files import balanced, leaf, xml

TOML = """
[format]
places = { money = 2 }
[format.money]
sap = { sign = "after" }
comma = { decimal = "," }
[format.price]
four = { places = 4 }
[format.qty]
one = { places = 1, round = true }
[format.date]
short = "%d.%m.%y"
year = "%Y%%%j"
[format.datetime]
utc = { pattern = "%Y-%m-%d %H:%M:%S%z.%f", zone = "UTC" }
[format.boolean]
yesno = { true = "E", false = "H" }
[format.line_number]
tens = { start = 10, step = 10, width = 6 }
[lookup.unit]
C62 = "ADET"
[lookup.rate]
20 = "A"
"8.5" = "B"
"*" = "Z"
[lookup.flag]
true = "1"
false = "0"
[lookup.number]
C62 = 5
[settings]
company = "01"
empty = ""
figure = 1.10
count = 3
flag = true
names = ["a", "b"]
"""
ORDER = balanced(
    item_document(pk=1, price="10.00", product=product_document(sku="A", name="Ay")),
    item_document(pk=2, price="20.00", product=product_document(sku="B", name=None)),
    item_document(pk=3, price="5.00", tax_rate="10.00", product=product_document(sku="C")),
    discounts=(discount_document(amount="3.50"),),
    amount="61.40",
    transaction_set=[],
    payondeliverytransaction_set=[{"pk": 5, "amount": "61.40"}],
    billing_address=company_document(),
    notes="iki satır ıspanak",
)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("number", "T-1001"),
        ("order.number", "T-1001"),
        ("pk", "1001"),
        ("upper(notes)", "İKİ SATIR ISPANAK"),
        ("lower('İSTANBUL ISPARTA')", "istanbul ısparta"),
        ("ascii('Şişli ğüöçıİ ₺5 “é”')", "Sisli guociI TL5 &quot;e&quot;".replace("&quot;", '"')),
        ("digits(bill_to.phone)", "00000000000"),
        ("slice(notes, 0, 3)", "iki"),
        ("slice(notes, 4)", "satır ıspanak"),
        ("replace(notes, 'iki', 'üç')", "üç satır ıspanak"),
        ("pad(number, 8)", "T-1001  "),
        ("pad(pk, 8, '0', 'left')", "00001001"),
        ("join('+', lines[*].sku)", "A+B+C"),
        ("join(' ', [notes, gift.note, number])", "iki satır ıspanak T-1001"),
        ("wrap(notes, 10)[0]", "iki satır"),
        ("wrap(notes, 10)[-1]", "ıspanak"),
        ("lookup('unit', lines[0].unit)", "ADET"),
        ("lookup('rate', lines[0].tax_rate)", "A"),
        ("lookup('rate', `8.5`)", "B"),
        ("lookup('rate', 3)", "Z"),
        ("lookup('flag', gift.wanted)", "0"),
        ("lookup('number', lines[0].unit)", "5"),
        ("text(gift.wanted)", "false"),
        ("text(gift.wanted, 'yesno')", "H"),
        ("text(pk)", "1001"),
        ("length(lines)", "3"),
        ("length(notes)", "17"),
        ("money(totals.payable)", "61.40"),
        ("money(negate(totals.payable))", "-61.40"),
        ("money(negate(totals.payable), 'sap')", "61.40-"),
        ("money(totals.payable, 'comma')", "61,40"),
        ("money(max(lines[*].gross))", "18.00"),
        ("money(min(lines[*].gross))", "4.50"),
        ("money(sum(lines[*].gross))", "31.50"),
        ("money(sum([totals.net, totals.tax]))", "61.40"),
        ("price(lines[0].unit_net)", "8.333333"),
        ("price(lines[0].unit_net, 'four')", "8.3333"),
        ("price(lines[0].unit_price)", "10.00"),
        ("qty(lines[0].quantity)", "1"),
        ("qty(`2.45`, 'one')", "2.5"),
        ("qty(`2.50`)", "2.5"),
        ("percent(lines[0].tax_rate)", "20"),
        ("number(`1200.0`)", "1200"),
        ("date(placed_at)", "2026-03-03"),
        ("date(placed_at, 'short')", "03.03.26"),
        ("date(placed_at, 'year')", "2026%062"),
        ("time(placed_at)", "00:30:00"),
        ("datetime(placed_at)", "2026-03-03T00:30:00"),
        ("datetime(placed_at, 'utc')", "2026-03-02 21:30:00+0000.000001"),
        ("not_null(gift.note, code, number)", "T-1001"),
        ("gift.note || 'yok'", "yok"),
        ("lines[?sku == 'B'] | [0].sku", "B"),
        ("lines[?quantity gt 0 and not (sku == 'A')].sku | [0]", "B"),
        ("join(',', lines[?gross ge 18].sku)", "B"),
        ("join(',', lines[?gross le 4.5 or starts_with(sku, 'A')].sku)", "A,C"),
        ("join(',', lines[?contains(['A', 'C'], sku)].sku)", "A,C"),
        ("join(',', lines[?order.number == 'T-1001'].sku)", "A,B,C"),
        ("join(',', lines[?settings.company == '01'].sku)", "A,B,C"),
        ("join(',', lines[].discounts[].name)", "Bahar,Bahar,Bahar"),
        ("join(',', lines[1:].sku)", "B,C"),
        ("join(',', lines[::-1].sku)", "C,B,A"),
        ("lines[0].[sku, name] | join('/', @)", "A/Ay"),
        (" {a: number, b: notes}.a", "T-1001"),
        ("buyer.kind == 'company' and buyer.tax_no", "4540536920"),
        (r"'it\'s'", "it's"),
        ("settings.company", "01"),
        ("money(settings.figure)", "1.10"),
        ("settings.count", "3"),
        ("join('', settings.names)", "ab"),
    ],
)  # fmt: skip
def test_an_expression(tmp_path: Path, expression: str, text: str) -> None:
    written = expression.replace("&", "&amp;").replace("<", "&lt;")
    assert leaf(tmp_path, written, ORDER, TOML) == text


def test_literal_braces(tmp_path: Path) -> None:
    assert xml(tmp_path, "<B>{{{number}}}</B>") == "<B>{T-1001}</B>"


def test_braces_and_quotes_inside_an_expression(tmp_path: Path) -> None:
    assert leaf(tmp_path, "replace(number, '}', '{')") == "T-1001"


def test_a_dot_binds_more_than_not(tmp_path: Path) -> None:
    body = '<B o:if="not buyer.tax_no">person</B><C o:if="!(buyer.tax_no)">person</C>'
    assert xml(tmp_path, body) == "<B>person</B><C>person</C>"
    assert xml(tmp_path, body, ORDER) == "<A/>"


@pytest.mark.parametrize(
    ("expression", "code", "element"),
    [
        ("gift.note", "MISSING_VALUE", "A/B"),
        ("upper(gift.note)", "MISSING_VALUE", "A/B"),
        ("settings.empty", "MISSING_VALUE", "A/B"),
        ("code", "MISSING_CODE", "A/B"),
        ("code || settings.empty", "MISSING_CODE", "A/B"),
        ("ship_to.code", "AMBIGUOUS_CODE", "A/B"),
        ("lookup('unit', number)", "UNKNOWN_LOOKUP", "A/B"),
        ("money(`1.005`)", "INVALID_VALUE", "A/B"),
        ("ascii('日本')", "UNENCODABLE", "A/B"),
    ],
)
def test_an_order_that_fails(tmp_path: Path, expression: str, code: str, element: str) -> None:
    codes = [code_document("X"), code_document("Y", pk=2)]
    order = balanced(
        item_document(price="100.00"), shipping_address=address_document(mapping=codes)
    )
    with pytest.raises(Unmappable) as raised:
        leaf(tmp_path, expression, order, TOML)
    assert raised.value.code == code
    assert raised.value.path == f"{tmp_path.name}, order.xml, line 1, {element}"
    assert raised.value.message.startswith(element)


# --- The differential test: the jmespath package's own interpreter is the reference. ---


class Item(dict[str, Any]):
    """A record as jmespath sees it; `order` and `settings` are found everywhere, as promised."""

    root: "Item"

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else dict.get(self.root, name, default)


def reference(value: Any, root: Item | None = None) -> Any:
    if is_dataclass(value):
        item = Item()
        item.root = root if root is not None else item
        for field in fields(value):
            item[field.name] = reference(getattr(value, field.name), item.root)
        return item
    if isinstance(value, tuple):
        return [reference(inner, root) for inner in value]
    return value


class Functions:
    """The test's own reading of the functions."""

    def call_function(self, name: str, arguments: list[Any]) -> Any:
        if name == "not_null":
            return next((value for value in arguments if value is not None), None)
        if any(argument is None for argument in arguments):
            return None
        function: Callable[..., Any] = getattr(self, f"f_{name}")
        return function(*arguments)

    def f_upper(self, text: str) -> str:
        return "".join({"i": "İ", "ı": "I"}.get(c, c.upper()) for c in text)

    def f_slice(self, text: str, start: int, stop: int) -> str | None:
        return text[start:stop] or None

    def f_replace(self, text: str, old: str, new: str) -> str | None:
        return (new.join(text.split(old)) if old else text) or None

    def f_join(self, separator: str, texts: list[str | None]) -> str | None:
        return separator.join(filter(None, texts)) or None

    def f_length(self, value: Any) -> int:
        return len(value)

    def f_contains(self, value: Any, text: str) -> bool:
        return value.count(text) > 0

    def f_starts_with(self, text: str, start: str) -> bool:
        return text[: len(start)] == start

    def f_negate(self, number: Decimal) -> Decimal:
        return 0 - number

    def f_sum(self, numbers: list[Any]) -> Decimal:
        return sum(filter(None, numbers), Decimal(0))

    def f_max(self, numbers: list[Any]) -> Any:
        return sorted(n for n in numbers if n is not None)[-1] if any_there(numbers) else None

    def f_min(self, numbers: list[Any]) -> Any:
        return sorted(n for n in numbers if n is not None)[0] if any_there(numbers) else None


def any_there(numbers: list[Any]) -> bool:
    return any(number is not None for number in numbers)


FORMATS = Formats({}, {}, {}, {}, {}, {})
ORDER_TYPE = record(Order)
NAMES = {"order": ORDER_TYPE}
PATHS = {
    "order": {
        "text": ["number", "notes", "code", "currency", "buyer.name", "buyer.tax_no",
                 "bill_to.city.name", "gift.note", "carrier.code",
                 "order.number", "lines[0].sku", "lines[7].sku", "payments[0].reference",
                 "lines[-1].name", "lines[0].discounts[0].name"],
        "number": ["pk", "amount", "totals.payable", "totals.discount", "totals.line_count",
                   "lines[0].quantity", "lines[1].gross", "charges[0].net", "charges[3].net"],
        "boolean": ["is_send", "gift.wanted", "buyer.einvoice"],
        "texts": ["lines[*].sku", "lines[*].name", "payments[].kind", "codes",
                  "lines[].discounts[].name", "lines[*].codes[]", "rows[1:].name",
                  "rows[?kind == 'item'].sku", "lines[*].discounts[*].name[]"],
        "numbers": ["lines[*].gross", "rows[*].tax_rate", "payments[*].installments",
                    "totals.by_rate[*].net", "lines[:2].unit_net"],
    },
    "line": {
        "text": ["sku", "name", "color", "barcode", "code", "unit", "order.number",
                 "order.buyer.name", "discounts[0].name", "order.lines[0].sku"],
        "number": ["no", "quantity", "gross", "net", "list_price", "order.totals.payable"],
        "boolean": ["order.is_send", "order.gift.wanted"],
        "texts": ["discounts[*].name", "codes", "order.lines[*].sku", "order.codes"],
        "numbers": ["discounts[*].amount", "order.lines[*].gross", "ids"],
    },
}  # fmt: skip
ITEM_CONDITIONS = [
    "sku == 'A'", "gross > `10`", "name", "!(barcode)", "order.number == 'T-1001'",
    "tax_rate <= `10` || sku != 'B'", "starts_with(sku, 'A') && order.notes", "discounts",
]  # fmt: skip


def expressions(scope: str) -> st.SearchStrategy[str]:
    """Expressions of every type, built of one another."""
    paths = PATHS[scope]
    literal = st.sampled_from(["'A'", "'T-1001'", "''", "'ıi'"])
    whole = st.integers(-3, 300).map(lambda n: f"`{n}`")
    lists = "lines" if scope == "order" else "order.lines"
    filtered = st.sampled_from(ITEM_CONDITIONS).map(lambda c: f"{lists}[?{c}].sku")

    def deeper(inner: st.SearchStrategy[dict[str, str]]) -> st.SearchStrategy[dict[str, str]]:
        return st.builds(
            _combined, inner, inner, st.integers(0, 30), st.integers(0, 5), st.integers(0, 9)
        )

    leaves = st.fixed_dictionaries({
        "text": st.one_of(st.sampled_from(paths["text"]), literal),
        "number": st.one_of(st.sampled_from(paths["number"]), whole),
        "boolean": st.sampled_from(paths["boolean"]),
        "texts": st.one_of(st.sampled_from(paths["texts"]), filtered),
        "numbers": st.sampled_from(paths["numbers"]),
    })  # fmt: skip
    kinds = st.sampled_from(["text", "number", "boolean", "texts", "numbers"])
    return st.builds(
        lambda made, kind: made[kind], st.recursive(leaves, deeper, max_leaves=8), kinds
    )


def _combined(a: dict[str, str], b: dict[str, str], way: int, start: int, stop: int) -> Any:
    texts = [
        f"upper({a['text']})", f"slice({a['text']}, `{start}`, `{stop}`)",
        f"replace({a['text']}, {b['text']}, 'x')", f"join('-', {a['texts']})",
        f"({a['text']} || {b['text']})", f"({a['text']} && {b['text']})",
        f"not_null({a['text']}, {b['text']})", f"({a['texts']} | [0])", f"({a['texts']} | [-1])",
        f"{{a: {a['text']}, b: {b['number']}}}.a",
    ]  # fmt: skip
    numbers = [
        f"negate({a['number']})", f"length({a['texts']})", f"length({a['text']})",
        f"sum({a['numbers']})", f"max({a['numbers']})", f"min({a['numbers']})",
        f"({a['number']} || {b['number']})", f"sum([{a['number']}, {b['number']}])",
    ]  # fmt: skip
    booleans = [
        f"({a['number']} < {b['number']})", f"({a['number']} >= {b['number']})",
        f"({a['text']} == {b['text']})", f"({a['text']} != {b['text']})", f"!({a['boolean']})",
        f"!({a['text']})", f"({a['texts']} && {b['boolean']})",
        f"({a['boolean']} || {b['boolean']})",
        f"contains({a['texts']}, {b['text']})", f"contains({a['text']}, {b['text']})",
        f"starts_with({a['text']}, {b['text']})",
    ]  # fmt: skip
    lists = [
        f"{a['texts']}", f"[{a['text']}, {b['text']}]", f"({a['texts']} || {b['texts']})",
        f"({a['texts']} | [?length(@) > `3`])", f"({a['texts']})[{start}:{stop}]",
        f"[{a['text']}, {b['text']}][]", f"({a['texts']} | [::-1])",
    ]  # fmt: skip
    figures = [a["numbers"], f"[{a['number']}, {b['number']}]",
               f"({a['numbers']} | [?@ > `10`])"]  # fmt: skip
    return {
        "text": texts[way % len(texts)], "number": numbers[way % len(numbers)],
        "boolean": booleans[way % len(booleans)], "texts": lists[way % len(lists)],
        "numbers": figures[way % len(figures)],
    }  # fmt: skip


def compiled(expression: str, current: type[Any]) -> Callable[[Any, Order], Any]:
    found: list[str] = []
    scope = Scope(record(current), NAMES)
    checker = Checker(FORMATS, scope, lambda offset, message, place=None: found.append(message))
    node = checker.check(parse(expression))
    assert not found, (expression, found)
    code = Code()
    atom = Expressions(code, "item", {"order": "order"}).value(node)
    return code.compiled("item, order", first=[], last=f"return {atom}")


def same(value: Any) -> Any:
    """What is false is not told apart: only conditions ask, and they treat it alike."""
    if value is None or value is False or value == "" or value in ([], ()):
        return None
    return [same(inner) for inner in value] if isinstance(value, list | tuple) else value


OPTIONS = jmespath.Options(custom_functions=Functions())
ROOT = reference(ORDER)
ROOT["order"] = ROOT


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(expressions("order"))
def test_compiled_means_what_jmespath_means(expression: str) -> None:
    expected = jmespath.compile(expression).search(ROOT, options=OPTIONS)
    assert same(compiled(expression, Order)(ORDER, ORDER)) == same(expected), expression


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(expressions("line"), st.integers(0, 2))
def test_compiled_means_what_jmespath_means_inside_each(expression: str, index: int) -> None:
    expected = jmespath.compile(expression).search(ROOT["lines"][index], options=OPTIONS)
    found = compiled(expression, Line)(ORDER.lines[index], ORDER)
    assert same(found) == same(expected), expression


def test_no_text_of_a_profile_is_code(tmp_path: Path) -> None:
    attack = '\'); raise SystemExit #{{x}}\\N{{BULLET}}\\" """'
    body = f"<B>{attack}</B><C>{{replace(number, 'T', '\\');exit() {{}}')}}</C>"
    text = xml(tmp_path, body, toml=f"[settings]\nx = '''{attack}'''\n")
    assert attack.replace("{{", "{").replace("}}", "}") in text
    assert leaf(tmp_path, "settings.x", toml=f"[settings]\nx = '''{attack}'''\n") == attack


def test_summer_time_is_that_of_its_year(tmp_path: Path) -> None:
    # Turkey left winter time in 2016: UTC+3 all year since, UTC+2 in the winters before.
    for moment, text in (
        (datetime(2016, 1, 15, 22, 30, tzinfo=UTC), "2016-01-16T00:30:00"),
        (datetime(2017, 1, 30, 21, 30, tzinfo=UTC), "2017-01-31T00:30:00"),
        (datetime(2025, 12, 31, 21, 0, tzinfo=UTC), "2026-01-01T00:00:00"),
    ):
        order = balanced(date_placed=moment.isoformat())
        assert leaf(tmp_path, "datetime(placed_at)", order) == text
