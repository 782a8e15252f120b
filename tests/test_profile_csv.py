"""CSV documents: layouts, dialects, widths, guards, control totals."""

import csv
import io
import re
from pathlib import Path

import pytest
from erp_adapter.errors import Unmappable
from erp_adapter.notification import key_part
from erp_adapter.profile import load_profile
from orders import discount_document, item_document, product_document
from profile_files import balanced, lines, render, write_csv

NO = 'name = "NO"\nvalue = "{order.number}"'
SKU = 'name = "SKU"\nvalue = "{sku || kind}"'
ITEM = 'name = "SKU"\nvalue = "{sku}"'
NAME = 'name = "NAME"\nvalue = "{name}"'
GROSS = 'name = "GROSS"\nvalue = "{money(gross)}"'
NOTES = 'name = "NOTES"\nvalue = "{order.notes}"'
OPTIONAL = NOTES + "\noptional = true"
FLAT = 'layout = "flat"\n'
LINES = FLAT + 'rows = "lines"\n'


def one_cell(folder: Path, text: str, toml: str = "", column: str = "") -> str:
    """What the notes of an order become, as the first of two cells."""
    write_csv(folder, f"{NOTES}\n{column}", NO, toml=f"{LINES}header = false\n{toml}")
    (line,) = render(folder, balanced(notes=text)).content.decode().split("\r\n")[:-1]
    return line.removesuffix(";T-1001").removesuffix(',"T-1001"')


def test_flat_repeats_the_order_on_every_row(tmp_path: Path) -> None:
    write_csv(tmp_path, NO, SKU, GROSS)
    assert lines(tmp_path) == [
        "NO;SKU;GROSS", "T-1001;CRP-100-SYH-M;100.00", "T-1001;shipping;29.90",
    ]  # fmt: skip


def test_rows_may_be_the_lines_only(tmp_path: Path) -> None:
    write_csv(tmp_path, NO, ITEM, toml=LINES)
    assert lines(tmp_path) == ["NO;SKU", "T-1001;CRP-100-SYH-M"]


def test_first_row_leaves_the_order_out_below(tmp_path: Path) -> None:
    write_csv(tmp_path, f"{NO}\nfirst_row_only = true", SKU, toml='layout = "first-row"')
    assert lines(tmp_path) == ["NO;SKU", "T-1001;CRP-100-SYH-M", ";shipping"]


RECORDS = """layout = "records"
delimiter = "|"
[[record]]
[[record.column]]
value = "H"
[[record.column]]
value = "{number}"
[[record]]
each = "lines"
as = "line"
[[record.column]]
value = "L"
[[record.column]]
name = "AMOUNT"
value = "{money(sum([gross, discount]))}"
[[record.record]]
each = "discounts"
if = "amount gt 0"
[[record.record.column]]
value = "D"
[[record.record.column]]
value = "{line.sku}"
[[record.record.column]]
name = "AMOUNT"
value = "{money(amount)}"
[[record]]
if = "notes"
[[record.column]]
value = "N"
[[record.column]]
value = "{notes}"
[[trailer.column]]
value = "T"
[[trailer.column]]
value = "{control.orders}"
[[trailer.column]]
value = "{control.records}"
[[trailer.column]]
value = "{control.lines}"
[[trailer.column]]
value = "{qty(control.quantity)}"
[[trailer.column]]
name = "TOTAL"
value = "{money(control.payable)}"
[[check]]
total = "trailer: TOTAL"
order = "totals.payable"
[[check]]
sum = ["L: AMOUNT", "-D: AMOUNT"]
order = "totals.lines_gross"
"""
DISCOUNTED = balanced(
    item_document(pk=1, price="60.00", product=product_document(sku="A")),
    item_document(pk=2, price="0.00", product=product_document(sku="B")),
    discounts=(discount_document(amount="10.00"),),
    amount="79.90",
    transaction_set=[],
    payondeliverytransaction_set=[{"pk": 1, "amount": "79.90"}],
    notes="Not",
)


def test_records_follow_one_another_with_control_totals(tmp_path: Path) -> None:
    (tmp_path / "profile.toml").write_text(RECORDS, "utf-8")
    assert lines(tmp_path, DISCOUNTED) == [
        "H|T-1001", "L|60.00", "D|A|10.00", "L|0.00", "N|Not", "T|1|5|2|2|79.90",
    ]  # fmt: skip


def test_the_trailer_counts_every_order_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "profile.toml").write_text(RECORDS, "utf-8")
    document = load_profile(tmp_path).render_all([DISCOUNTED, balanced()])
    assert document.decode().splitlines() == [
        "H|T-1001", "L|60.00", "D|A|10.00", "L|0.00", "N|Not", "H|T-1001", "L|100.00",
        "T|2|7|3|3|209.80",
    ]  # fmt: skip


def test_many_orders_have_one_header_line(tmp_path: Path) -> None:
    profile = load_profile(write_csv(tmp_path, NO, GROSS))
    assert profile.render_all([balanced(), balanced()]).decode().splitlines() == [
        "NO;GROSS", "T-1001;100.00", "T-1001;29.90", "T-1001;100.00", "T-1001;29.90",
    ]  # fmt: skip


FIXED = """layout = "fixed"
newline = "lf"
[[record]]
[[record.column]]
value = "H"
width = 2
[[record.column]]
value = "{number}"
width = 10
[[record.column]]
name = "TOTAL"
value = "{money(totals.payable)}"
width = 9
align = "right"
fill = "0"
[[record]]
each = "rows"
[[record.column]]
value = "L"
width = 2
[[record.column]]
value = "{sku}"
width = 15
optional = true
[[record.column]]
name = "GROSS"
value = "{money(gross)}"
width = 9
align = "right"
[[check]]
total = "TOTAL"
sum = ["L: GROSS"]
"""


def test_fixed_widths(tmp_path: Path) -> None:
    (tmp_path / "profile.toml").write_text(FIXED, "utf-8")
    assert render(tmp_path).content.decode() == (
        f"H T-1001    000129.90\nL {'CRP-100-SYH-M':15}{'100.00':>9}\nL {'':15}{'29.90':>9}\n"
    )


def test_fixed_widths_are_read_back(tmp_path: Path) -> None:
    broken = FIXED.replace("{money(totals.payable)}", "{money(totals.net)}")
    (tmp_path / "profile.toml").write_text(broken, "utf-8")
    with pytest.raises(Unmappable) as raised:
        render(tmp_path)
    assert raised.value.code == "TOTALS_MISMATCH"


def test_discounts_as_rows(tmp_path: Path) -> None:
    check = '[[check]]\nsum = ["*: GROSS"]\norder = "totals.payable"\n'
    kind = 'name = "KIND"\nvalue = "{no}-{kind}"'
    write_csv(tmp_path, kind, GROSS, toml=f"{FLAT}discount_rows = true\n{check}")
    assert lines(tmp_path, DISCOUNTED) == [
        "KIND;GROSS", "1-item;60.00", "2-discount;-10.00", "3-item;0.00", "4-shipping;29.90",
    ]  # fmt: skip


@pytest.mark.parametrize("delimiter", [";", ",", "\\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    write_csv(tmp_path, NO, ITEM, toml=f'{LINES}delimiter = "{delimiter}"')
    character = "\t" if delimiter == "\\t" else delimiter
    assert lines(tmp_path) == [f"NO{character}SKU", f"T-1001{character}CRP-100-SYH-M"]


def test_a_decimal_comma(tmp_path: Path) -> None:
    write_csv(tmp_path, NO, GROSS, toml=f'{LINES}[format]\ndecimal = ","\n')
    assert lines(tmp_path)[1] == "T-1001;100,00"


@pytest.mark.parametrize(
    ("encoding", "start"),
    [("utf-8", b"NO;\xc5\x9eEH\xc4\xb0R"), ("utf-8-sig", b"\xef\xbb\xbfNO;\xc5\x9eEH\xc4\xb0R"),
     ("windows-1254", b"NO;\xdeEH\xddR"), ("iso-8859-9", b"NO;\xdeEH\xddR")],
)  # fmt: skip
def test_encodings(tmp_path: Path, encoding: str, start: bytes) -> None:
    city = 'name = "ŞEHİR"\nvalue = "{order.ship_to.city.name}"'
    write_csv(tmp_path, NO, city, toml=f'{LINES}encoding = "{encoding}"')
    document = render(tmp_path)
    assert document.content.startswith(start + b"\r\n")
    assert document.content.count(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
    charset = encoding.removesuffix("-sig")
    assert document.content_type == f"text/csv; charset={charset}"
    assert document.content.decode(encoding).endswith(";İstanbul\r\n")


def test_newlines(tmp_path: Path) -> None:
    write_csv(tmp_path, NO, ITEM, toml=f'{LINES}newline = "lf"')
    assert render(tmp_path).content == b"NO;SKU\nT-1001;CRP-100-SYH-M\n"


@pytest.mark.parametrize(
    ("text", "toml", "cell"),
    [
        ("düz", "", "düz"),
        ("A;B", "", '"A;B"'),
        ('A "x"', "", '"A ""x"""'),
        ("A, B", "", "A, B"),
        ("0012", "", "0012"),
        ("bir\r\niki\tüç", "", "bir iki üç"),
        ("bir\r\niki", 'line_breaks = "keep"', '"bir\r\niki"'),
        ("düz", 'quoting = "all"\ndelimiter = ","', '"düz"'),
        ('A "x"', 'quoting = "none"', 'A "x"'),
        ("A;B", 'quoting = "none"\ndelimiter_in_text = "space"', "A B"),
        ("=1+1", 'formula_guard = "quote"', "'=1+1"),
        ("=1+1", 'formula_guard = "off"', "=1+1"),
        ("@x", 'formula_guard = "quote"', "'@x"),
        ("-5,00", "", "-5,00"),
        ("+90 (555) 000 00 00", "", "+90 (555) 000 00 00"),
        ("+90 (555) 000 00 00", 'formula_guard = "quote"', "+90 (555) 000 00 00"),
    ],
)
def test_one_cell(tmp_path: Path, text: str, toml: str, cell: str) -> None:
    if "keep" in toml:
        write_csv(tmp_path, NOTES, NO, toml=f"{LINES}header = false\n{toml}")
        content = render(tmp_path, balanced(notes=text)).content.decode()
        assert content == f"{cell};T-1001\r\n"
    else:
        assert one_cell(tmp_path, text, toml) == cell


@pytest.mark.parametrize(
    ("text", "toml"),
    [
        ("=HYPERLINK(1)", ""),
        ("@SUM(A1)", ""),
        ("+cmd|' /C calc'!A0", ""),
        ("-cmd|' /C calc'!A0", ""),
        ("A;B", 'quoting = "none"'),
    ],
)
def test_a_cell_that_is_refused(tmp_path: Path, text: str, toml: str) -> None:
    with pytest.raises(Unmappable) as raised:
        one_cell(tmp_path, text, toml)
    assert raised.value.code == "ILLEGAL_CHARACTER"
    assert raised.value.path == f"{tmp_path.name}, profile.toml, line 7, NOTES" or toml
    assert text not in str(raised.value.as_dict())


def test_numbers_are_never_guarded(tmp_path: Path) -> None:
    negative = 'name = "N"\nvalue = "{money(negate(gross))}"'
    write_csv(tmp_path, negative, NO, toml=f'{LINES}formula_guard = "quote"')
    assert lines(tmp_path)[1] == "-100.00;T-1001"


@pytest.mark.parametrize(
    ("toml", "row"),
    [("", ";T-1001"), ('null = "NULL"', "NULL;T-1001"),
     ('quoting = "all"', ';"T-1001"'), ('quoting = "all"\nnull = "NULL"', 'NULL;"T-1001"')],
)  # fmt: skip
def test_null_differs_from_an_empty_text(tmp_path: Path, toml: str, row: str) -> None:
    write_csv(tmp_path, OPTIONAL, NO, toml=f"{LINES}{toml}")
    assert lines(tmp_path)[1] == row


def test_a_null_rejects_the_order(tmp_path: Path) -> None:
    write_csv(tmp_path, NO, NOTES)
    with pytest.raises(Unmappable) as raised:
        render(tmp_path)
    assert raised.value.code == "MISSING_VALUE"
    assert raised.value.path == f"{tmp_path.name}, profile.toml, line 7, NOTES"


@pytest.mark.parametrize(
    ("unit", "text", "width", "fits"),
    [
        ("characters", "🎂ş", 2, True),
        ("utf-16", "🎂ş", 3, True),
        ("utf-16", "🎂ş", 2, False),
        ("bytes", "🎂ş", 6, True),
        ("bytes", "🎂ş", 5, False),
    ],
)
def test_what_a_width_counts(tmp_path: Path, unit: str, text: str, width: int, fits: bool) -> None:
    toml, column = f'width_in = "{unit}"', f"width = {width}"
    if fits:
        assert one_cell(tmp_path, text, toml, column) == text
        return
    with pytest.raises(Unmappable) as raised:
        one_cell(tmp_path, text, toml, column)
    assert (raised.value.code, raised.value.expected) == ("TOO_LONG", f"at most {width}")


@pytest.mark.parametrize(
    ("unit", "width", "cell"),
    [("characters", 4, "Doğu"), ("utf-16", 5, "Doğu"), ("bytes", 6, "Doğu"), ("bytes", 3, "Do")],
)
def test_truncation(tmp_path: Path, unit: str, width: int, cell: str) -> None:
    column = f'width = {width}\noverflow = "truncate"'
    assert one_cell(tmp_path, "Doğu 🎂 gün", f'width_in = "{unit}"', column) == cell


def test_a_replacement_counts_as_what_it_becomes(tmp_path: Path) -> None:
    toml = 'encoding = "windows-1254"\nunencodable = "replace"\n[replace]\n"₺" = "TL"\n"*" = ""'
    write_csv(tmp_path, f"{NOTES}\nwidth = 5", NO, toml=f"{LINES}header = false\n{toml}")
    assert lines(tmp_path, balanced(notes="₺100🎂"), "windows-1254") == ["TL100;T-1001"]
    with pytest.raises(Unmappable) as raised:
        render(tmp_path, balanced(notes="₺1000"))
    assert raised.value.code == "TOO_LONG"


def test_what_is_neither_encodable_nor_replaced(tmp_path: Path) -> None:
    toml = 'encoding = "windows-1254"\nunencodable = "replace"\n[replace]\n"₺" = "TL"'
    write_csv(tmp_path, NO, NOTES, toml=f"{LINES}{toml}")
    with pytest.raises(Unmappable) as raised:
        render(tmp_path, balanced(notes="100🎂"))
    assert (raised.value.code, raised.value.found) == ("UNENCODABLE", "U+1F382")
    assert raised.value.path.endswith("NOTES")


WRAP = ('width = 10\noverflow = "wrap"', 'name = "N2"\nwidth = 10\noverflow = "wrap"')


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("kısa", ["kısa", "", ""]),
        ("bir iki üç dört", ["bir iki üç", "dört", ""]),
        ("birikiüçdörtbeş altı", ["birikiüçdö", "rtbeş altı", ""]),
        ("bir iki üç dört beş altı yedi", ["bir iki üç", "dört beş", "altı yedi"]),
        (None, ["", "", ""]),
    ],
)
def test_wrapping_into_the_next_columns(tmp_path: Path, text: str | None, cells: list[str]) -> None:
    first = f"{OPTIONAL}\n{WRAP[0]}"
    write_csv(tmp_path, first, WRAP[1], 'name = "N3"\nwidth = 10', NO, toml=LINES)
    assert lines(tmp_path, balanced(notes=text))[1].split(";") == [*cells, "T-1001"]


def test_what_does_not_fit_the_last_column(tmp_path: Path) -> None:
    text = "bir iki üç dört beş altı yedi sekiz"
    columns = f"{NOTES}\n{WRAP[0]}", WRAP[1], 'name = "N3"\nwidth = 10'
    write_csv(tmp_path, *columns, NO, toml=LINES)
    with pytest.raises(Unmappable) as raised:
        render(tmp_path, balanced(notes=text))
    assert (raised.value.code, raised.value.found) == ("TOO_LONG", "15")
    write_csv(tmp_path, *columns[:2], f'{columns[2]}\noverflow = "truncate"', NO, toml=LINES)
    assert lines(tmp_path, balanced(notes=text))[1].split(";")[2] == "altı yedi"


def test_line_numbers(tmp_path: Path) -> None:
    numbers = "[format.line_number]\ndefault = { start = 10, step = 10, width = 4 }\n"
    write_csv(tmp_path, NO, 'name = "N"\nvalue = "{line_number()}"', toml=FLAT + numbers)
    assert [line.split(";")[1] for line in lines(tmp_path)] == ["N", "0010", "0020"]


@pytest.mark.parametrize(
    ("toml", "name"),
    [
        ("", "T-1001-1001.csv"),
        ('extension = ".txt"', "T-1001-1001.txt"),
        ("file_name = \"SIP_{pk}_{date(placed_at, 'day')}\"", "SIP_1001_20260303.csv"),
    ],
)
def test_file_names(tmp_path: Path, toml: str, name: str) -> None:
    date = '[format.date]\nday = "%Y%m%d"\n'
    write_csv(tmp_path, NO, toml=f"{FLAT}{toml}\n{date}")
    assert render(tmp_path).name == name


@pytest.mark.parametrize("number", ["T/1001", "..", "ş 1", "a" * 101, "x\ny"])
def test_a_number_that_is_no_file_name(tmp_path: Path, number: str) -> None:
    found = render(write_csv(tmp_path, NO), balanced(number=number)).name
    assert found == f"{key_part(number)}-1001.csv"
    assert re.fullmatch(r"[A-Za-z0-9._-]+", found)


def test_the_standard_library_reads_every_dialect_back(tmp_path: Path) -> None:
    text = "a;b,c|d\te \"f\" 'g' \\ h"
    for delimiter in (";", ",", "|"):
        for quoting in ("minimal", "all"):
            toml = f'{LINES}delimiter = "{delimiter}"\nquoting = "{quoting}"\n'
            write_csv(tmp_path, NO, NOTES, NAME, toml=toml)
            content = render(tmp_path, balanced(notes=text)).content.decode()
            rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter))
            assert rows[1] == ["T-1001", text.replace("\t", " "), "Pamuklu Çorap"]


def test_a_single_column_has_no_empty_lines(tmp_path: Path) -> None:
    write_csv(tmp_path, OPTIONAL, toml=LINES)
    assert lines(tmp_path) == ["NOTES", '""']
