"""JSON documents: repeated and left-out values, numbers, escapes."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from erp_adapter.errors import Unmappable
from erp_adapter.order import Order
from orders import discount_document, item_document, product_document
from profile_files import balanced, render, write_json

TWO = balanced(
    item_document(pk=1, price="60.00", product=product_document(sku="A")),
    item_document(pk=2, price="40.00", product=product_document(sku="B", name="İki")),
)
CHECKED = (
    '[[check]]\nsum = ["L[]: Q * P", "C"]\norder = "totals.payable"\n'
    '[[check]]\ntotal = "T.S"\norder = "totals.payable"\n'
)


def made(folder: Path, body: str, order: Order | None = None, toml: str = "") -> Any:
    content = render(write_json(folder, body, toml), order).content
    return json.loads(content, parse_float=Decimal)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"{number}"', "T-1001"),
        ('"No {number}"', "No T-1001"),
        ('"{pk}"', 1001),
        ('"{totals.payable}"', Decimal("129.90")),
        ('"{money(totals.payable)}"', Decimal("129.90")),
        ('"{text(money(totals.payable))}"', "129.90"),
        ('"{money(totals.payable)} TL"', "129.90 TL"),
        ('"{gift.wanted}"', False),
        ('"x"', "x"),
        ("5", 5),
        ("-1.50", Decimal("-1.50")),
        ("true", True),
        ("null", None),
        ("{}", {}),
        ("[]", []),
        ('["a", 1, "{pk}"]', ["a", 1, 1001]),
        ('{"@@id": "{pk}", "b?": "{notes}"}', {"@id": 1001}),
        ('{"@if": "notes", "b": 1}', "nothing"),
        ('{"@value": "{number}", "@max": 3, "@overflow": "truncate"}', "T-1"),
        ('{"@if": "not notes", "@value": "{number}"}', "T-1001"),
        ('[{"@each": "lines", "s": "{sku}"}]', [{"s": "A"}, {"s": "B"}]),
        ('[{"@each": "lines", "@value": "{sku}"}, "C"]', ["A", "B", "C"]),
        ('[{"@each": "lines[?sku == \'A\']", "@value": "{line_number()}"}]', ["1"]),
        ("[{\"@each\": \"lines\", \"@if\": \"sku == 'B'\", \"n\": \"{line_number()}\"}]",
         [{"n": "1"}]),
        ('[{"@each": "lines", "@as": "l", "@group": ["{sku}", {"@if": "l.name == \'İki\'", '
         '"n": "{name}"}]}]', ["A", "B", {"n": "İki"}]),
        ('[{"@if": "notes", "a": 1}, {"@if": "notes", "a": 2}]', []),
        ('[{"@if": "notes", "a": 1}, {"@if": "not notes", "a": 2}, 3]', [{"a": 2}, 3]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("indent", [0, 2])
def test_a_value(tmp_path: Path, value: str, expected: object, indent: int) -> None:
    # Before, between and after others: the commas are what goes wrong.
    write_json(tmp_path, f'{{"a?": "{{notes}}", "v": {value}, "z": 1}}')
    manifest = tmp_path / "profile.toml"
    manifest.write_text(f'document = "order.json"\nindent = {indent}\n', "utf-8")
    document = json.loads(render(tmp_path, TWO).content, parse_float=Decimal)
    assert document.get("v", "nothing") == expected
    assert list(document)[-1] == "z"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ('"a?": "{notes}", "b?": "{notes}"', {}),
        ('"a?": "{notes}", "b?": "{number}"', {"b": "T-1001"}),
        ('"a?": "{number}", "b?": "{notes}", "c?": "{number}"', {"a": "T-1001", "c": "T-1001"}),
        ('"a?": ["{notes || number}"]', {"a": ["T-1001"]}),
        ('"a?": [{"@each": "wrap(notes, 5)", "@value": "{@}"}], "b": 1', {"b": 1}),
        ('"a?": {"x?": "{notes}"}, "b?": {"x?": "{number}"}', {"b": {"x": "T-1001"}}),
        ('"a?": {"x?": "{notes}"}, "b": {"x?": "{notes}"}', {"b": {}}),
        ('"a": {"@if": "notes", "x": 1}, "b": {"@if": "number", "x": 1}', {"b": {"x": 1}}),
        ('"a": {"@if": "number", "x": {"y?": "{notes}"}}', {"a": {"x": {}}}),
    ],
)
@pytest.mark.parametrize("indent", [0, 2])
def test_members_that_may_be_missing(
    tmp_path: Path, members: str, expected: object, indent: int
) -> None:
    write_json(tmp_path, f"{{{members}}}")
    (tmp_path / "profile.toml").write_text(f'document = "order.json"\nindent = {indent}', "utf-8")
    assert json.loads(render(tmp_path).content) == expected


def test_the_layout_of_the_text(tmp_path: Path) -> None:
    body = '{"A": 1, "B": [{"@each": "lines", "s": "{sku}"}], "C": [], "D": {}}'
    write_json(tmp_path, body)
    (tmp_path / "profile.toml").write_text('document = "order.json"', "utf-8")
    assert render(tmp_path, TWO).content.decode() == (
        '{\n  "A": 1,\n  "B": [\n    {\n      "s": "A"\n    },\n    {\n      "s": "B"\n    }\n'
        '  ],\n  "C": [],\n  "D": {}\n}\n'
    )


@pytest.mark.parametrize("text", ['"', "\\", "é ₺ 🎂", "{}", "%s", "</script>", "a/b"])
def test_a_reader_gets_the_texts_back(tmp_path: Path, text: str) -> None:
    order = balanced(notes=text)
    assert made(tmp_path, '{"a": "{notes}"}', order) == {"a": text}


def test_what_an_encoding_lacks_is_escaped(tmp_path: Path) -> None:
    order = balanced(notes="ş₺🎂")
    body, toml = '{"a": "{notes}"}', 'encoding = "windows-1254"'
    content = render(write_json(tmp_path, body, toml), order).content
    assert content == b'{"a": "\xfe\\u20ba\\ud83c\\udf82"}\n'
    assert json.loads(content.decode("windows-1254")) == {"a": "ş₺🎂"}


def test_a_decimal_comma_is_a_text(tmp_path: Path) -> None:
    toml = '[format]\ndecimal = ","\n'
    assert made(tmp_path, '{"a": "{money(amount)}"}', toml=toml) == {"a": "129,90"}


def test_big_numbers_stay_exact(tmp_path: Path) -> None:
    amount = "12345678901234.56"
    order = balanced(
        item_document(price=amount), amount=amount, shipping_amount="0.00",
        transaction_set=[], payondeliverytransaction_set=[{"pk": 1, "amount": amount}],
    )  # fmt: skip
    body = '{"a": "{totals.payable}", "b": "{money(totals.payable)}"}'
    found = made(tmp_path, body, order)
    assert found == {"a": Decimal(amount), "b": Decimal(amount)}


def test_a_null_rejects_the_order(tmp_path: Path) -> None:
    with pytest.raises(Unmappable) as raised:
        made(tmp_path, '{\n"a": {\n"b": ["{notes}"]}}')
    assert raised.value.code == "MISSING_VALUE"
    assert raised.value.path == f"{tmp_path.name}, order.json, line 3, document.a.b[]"


def test_a_text_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(Unmappable) as raised:
        made(tmp_path, '{"a": {"@value": "{number}", "@max": 5}}')
    assert (raised.value.code, raised.value.found) == ("TOO_LONG", "6")


def test_sums_are_checked(tmp_path: Path) -> None:
    body = (
        '{"L": [{"@each": "lines", "Q": "{quantity}", "P": "{unit_price}"}], '
        '"C": "{charges[0].gross}", "T": {"S": "{totals.payable}"}}'
    )
    made(tmp_path, body, toml=CHECKED)
    discounted = balanced(
        item_document(price="100.00"), discounts=(discount_document(amount="5.00"),),
        amount="124.90", transaction_set=[],
        payondeliverytransaction_set=[{"pk": 1, "amount": "124.90"}],
    )  # fmt: skip
    with pytest.raises(Unmappable) as raised:
        made(tmp_path, body, discounted, CHECKED)
    assert raised.value.code == "TOTALS_MISMATCH"
    assert (raised.value.expected, raised.value.found) == ("129.90", "124.90")
