"""What can be wrong with a profile is said when it is loaded: file, line, column, remedy."""

import shutil
from pathlib import Path

import pytest
from erp_adapter.errors import Misconfigured
from erp_adapter.profile import InvalidProfile, Problem, load_profile

PROFILES = Path(__file__).parent.parent / "layers" / "profiles"

XML_FAULTS = [
    # What stands in the document, what stands there instead, and what must be said.
    ("{number}", "{numbr}", "Order has no field numbr. Did you mean number?"),
    ("{number}", "{order.numbr}", "Order has no field numbr. Did you mean number?"),
    ("{buyer.name}", "{buyer.taxno}", "Party has no field taxno. Did you mean tax_no?"),
    ("{buyer.name}", "{number.x}", "This is a text; it has no field x."),
    ("{date(placed_at)}", "{dte(placed_at)}", "There is no function dte(). Did you mean date?"),
    ("{date(placed_at)}", "{date(number)}", "date() takes a date and time here, not a text."),
    ("{date(placed_at)}", "{date()}", "date() is used as date(moment[, 'format'])."),
    ("{date(placed_at)}", "{date(placed_at, 'shrt')}", "Did you mean short?"),
    ("{date(placed_at)}", "{date(placed_at, number)}", "format must be written out here."),
    ("{date(placed_at)}", "{placed_at}", "needs a format: date(), time() or datetime()."),
    ("{money(totals.payable)}", "{totals.payable}", "A number needs a format: money()"),
    ("{money(totals.payable)}", "{money(number)}", "money() takes a number here, not a text."),
    ("{money(totals.payable)}", "{text(totals.payable)}", "has no format: use money"),
    ("{number}", "{gift.wanted}", "true or false has no one text"),
    ("{number}", "{lines}", "A list is no text"),
    ("{number}", "{buyer}", "A group of fields is no text"),
    ("{number}", "{lines.sku}", "This is a list; it has no field sku."),
    ("{number}", "{number[0]}", "[ ] needs a list; this is a text."),
    ("{number}", "{number[*]}", "[ ] needs a list; this is a text."),
    ("{number}", "{*}", "* needs a list in front of it"),
    ("{number}", "{number ==}", "The expression ends too early."),
    ("{number}", "{number)}", "can't stand here"),
    ("{number}", "{}", "The expression is empty."),
    ("{number}", "{number", "A { without its }"),
    ("{number}", "number}", "A } without its {"),
    ("{number}", "{number || 5}", "One is a text, the other a number"),
    ("{number}", "{lookup('unt', number)}", "no table [lookup.unt]. Did you mean unit?"),
    ("{number}", "{settings.compny}", "[settings] has no field compny. Did you mean company?"),
    ("{number}", "{line_number()}", "counts the items of an each; here is none."),
    ("{number}", "{pad(number, 0)}", "A width is from 1"),
    ("{number}", "{pad(number, 5, 'ab')}", "fills with one character"),
    ("{number}", "{pad(number, 5, '0', 'lft')}", "Did you mean left?"),
    ("{number}", "{slice(number, 'a')}", "slice() takes a number here, not a text."),
    ("{number}", "{slice(number, 0.5)}", "start must be a whole number."),
    ("{number}", "{join(', ', lines[*].quantity)}", "list of which each is a text"),
    ("{number}", "{&amp;number}", "& has no use here"),
    ("{number}", "{`abc`}", "Between backticks stands JSON"),
    ('o:if="buyer.tax_no"', 'o:if="totals.discount"', "A number is no condition"),
    ('o:if="buyer.tax_no"', 'o:if="not totals.discount"', "A number is no condition"),
    ('o:if="buyer.tax_no"', 'o:if="placed_at"', "A condition is true or false"),
    ('o:if="buyer.tax_no"', "o:if=\"buyer.kind == 'compny'\"", "Did you mean company?"),
    ('o:if="buyer.tax_no"', 'o:if="number == 5"', "This compares a text with a number"),
    ('o:if="buyer.tax_no"', "o:if=\"number lt 'x'\"", "Only numbers have an order"),
    ('o:each="lines"', 'o:each="line"', "Order has no field line. Did you mean lines?"),
    ('o:each="lines"', 'o:each="number"', "each needs a list, such as lines"),
    ('o:each="lines"', "o:each=\"lines[?sku == ordr.number]\"", "Did you mean order?"),
    ('o:as="row"', 'o:as="sku"', "sku has a meaning here already"),
    ('o:as="row"', 'o:as="order"', "order has a meaning here already"),
    ('o:as="row"', 'o:as="a b"', "letters, digits and _ only"),
    ('o:each="lines" o:as="row"', 'o:as="row"', "here is no each"),
    ("{sku}", "{number}", "Did you mean order.number?"),
    ("{sku}", "{skuu}", "Line has no field skuu. Did you mean sku?"),
    ("{sku}", "{row.skuu}", "Line has no field skuu. Did you mean sku?"),
    ('o:max="40"', 'o:max="-1"', "o:max is a whole number from 1."),
    ('o:max="40"', 'o:max="40" o:overflow="cut"', "o:overflow is reject or truncate."),
    ('o:max="40"', 'o:max="40" o:overflow="wrap"', "o:each=\"wrap(…)\""),
    ('o:max="40"', 'o:overflow="truncate"', "o:overflow needs o:max."),
    ('o:max="40"', 'o:mx="40"', "There is no o:mx. Did you mean max?"),
    ('o:max="40"', 'o:optional="no"', 'o:optional is "yes" or the "@name" of an attribute'),
    ('o:max="40"', 'o:optional="@dovz"', 'not "@dovz"'),
    ("<NO>", "<o:grup/><NO>", "There is no element o:grup; only o:group."),
    ("<NO>", "<o:group>x</o:group><NO>", "A group holds elements; this text would be lost."),
    ("<NO>", "text<NO>", "An element holds either a text or elements, not both."),
    ("<NO>", "<?php x?><NO>", "Remove the processing instruction <?php …?>."),
    ("<NO>", "<X o:max='5'><Y/></X><NO>", "o:max is for an element that holds a text."),
    ("</NO>", "</N0>", "This is not well-formed XML: mismatched tag."),
    ("<NO>", "<y:NO>", "This is not well-formed XML: unbound prefix."),
    ("<NO>", "<NO>&bad;", "This is not well-formed XML: undefined entity."),
]  # fmt: skip

TOML_FAULTS = [
    ('encoding = "utf-8"', 'encodng = "utf-8"', "has no key encodng. Did you mean"),
    ('encoding = "utf-8"', 'encoding = "latin-5"', "encoding is one of:"),
    ('encoding = "utf-8"', "encoding = 5", "encoding must be a text in quotes."),
    ('delimiter = ";"', 'delimiter = "."', "delimiter is one of:"),
    ('delimiter = ";"', 'delimiter = ","', "is the decimal sign of [format] as well"),
    ('header = true', 'header = "yes"', "header must be true or false."),
    ('rows = "rows"', 'rows = "row"', "Order has no field row. Did you mean rows?"),
    ('rows = "rows"', 'rows = "lines"', 'discount_rows needs rows = "rows".'),
    ('encoding = "utf-8"', 'unencodable = "reference"', "no character references"),
    ('encoding = "utf-8"', 'delimiter_in_text = "space"', 'for quoting = "none"'),
    ('encoding = "utf-8"', 'schema = "x.xsd"', "schema has no meaning for CSV."),
    ('encoding = "utf-8"', 'file_name = "{number}"', "file_name needs {pk}"),
    ('encoding = "utf-8"', 'file_name = "{pk}/x"', "letters, digits, point, dash"),
    ('encoding = "utf-8"', 'extension = "csv"', "An extension is a point, then"),
    ('decimal = ","', 'decimal = ";"', "decimal is one of:"),
    ('decimal = ","', 'zone = "Europe/Istambul"', "There is no time zone"),
    ("money = 2", "mony = 2", "has no key mony. Did you mean money?"),
    ("money = 2", "money = 20", "money is a number of decimals"),
    ("money = 2", "money = [4, 2]", "money is a number of decimals"),
    ('short = "%d.%m.%y"', 'short = "%d.%B.%y"', "%B is not the same on every"),
    ('short = "%d.%m.%y"', "short = 5", "short must be a pattern such as"),
    ("step = 10", "step = 0", "step is from 1 to"),
    ("step = 10", "stp = 10", "has no key stp. Did you mean step?"),
    ('true = "1"', "true = 1", "true must be a text in quotes."),
    ('C62 = "AD"', "C62 = 5", "must all be texts, or all numbers"),
    ('item = "I"', 'itm = "I"', "has the key 'itm'"),
    ('company = ""', "company = 2026-01-01", "A setting is a text, a number"),
    ('name = "NO"', 'nme = "NO"', "has no key nme. Did you mean name?"),
    ('name = "NO"', 'width = 0', "width is from 1"),
    ('name = "NO"', 'name = "NO"\nfill = "0"', 'fill is for layout = "fixed".'),
    ('name = "NO"', 'name = "NO"\noverflow = "truncate"', "needs a width."),
    ('name = "NO"', 'name = "NO"\nfirst_row_only = true', 'layout = "first-row"'),
    ('value = "{order.number}"', 'value = "{order.numbr}"', "Did you mean number?"),
    ('value = "{order.number}"', "", "A column needs a value"),
    ('total = "TOTAL"', 'total = "TOTL"', "The document has no TOTL."),
    ('sum = ["*: GROSS"]', 'sum = ["*: GROS"]', "The document has no GROS"),
    ('sum = ["*: GROSS"]', "sum = [5]", "sum is a list of texts"),
    ('sum = ["*: GROSS"]', 'within = "1"', 'from "0" to "0.05"'),
    ('sum = ["*: GROSS"]', 'order = "number"', "order is a figure of the order"),
]  # fmt: skip

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<SIPARIS xmlns:o="urn:erp-adapter:profile">
  <!-- The vendor's sample. -->
  <NO>{number}</NO>
  <TARIH>{date(placed_at)}</TARIH>
  <TUTAR doviz="{currency}">{money(totals.payable)}</TUTAR>
  <UNVAN o:max="40">{buyer.name}</UNVAN>
  <VERGI_NO o:if="buyer.tax_no">{buyer.tax_no}</VERGI_NO>
  <SATIR o:each="lines" o:as="row" sira="{line_number()}">
    <STOK>{sku}</STOK>
  </SATIR>
</SIPARIS>
"""
MANIFEST = """document = "order.xml"
[format.date]
short = "%d.%m.%y"
[settings]
company = "01"
[lookup.unit]
C62 = "AD"
"""
CSV = """layout = "flat"
discount_rows = true
delimiter = ";"
encoding = "utf-8"
header = true
rows = "rows"
[format]
decimal = ","
places = { money = 2 }
[format.date]
short = "%d.%m.%y"
[format.boolean]
default = { true = "1", false = "0" }
[format.line_number]
default = { step = 10 }
[settings]
company = ""
[lookup.unit]
C62 = "AD"
"*" = "AD"
[lookup.kind]
item = "I"
"*" = "X"
[[column]]
name = "NO"
value = "{order.number}"
[[column]]
name = "KIND"
value = "{lookup('kind', kind)}"
[[column]]
name = "UNIT"
value = "{lookup('unit', unit)}"
[[column]]
name = "GROSS"
value = "{money(gross)}"
[[column]]
name = "TOTAL"
value = "{money(order.totals.payable)}"
[[check]]
total = "TOTAL"
sum = ["*: GROSS"]
"""


def problems(folder: Path, **settings: object) -> tuple[Problem, ...]:
    with pytest.raises(InvalidProfile) as raised:
        load_profile(folder, settings=settings)
    return raised.value.problems


def write(folder: Path, manifest: str, **files: str) -> Path:
    (folder / "profile.toml").write_text(manifest, "utf-8")
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, "utf-8")
    return folder


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_faultless_ones(tmp_path: Path) -> None:
    load_profile(write(tmp_path, MANIFEST, order_xml=DOCUMENT))
    load_profile(write(tmp_path, CSV))


@pytest.mark.parametrize(("before", "after", "sentence"), XML_FAULTS)
def test_a_fault_in_the_document(tmp_path: Path, before: str, after: str, sentence: str) -> None:
    planted = DOCUMENT.replace(before, after, 1)
    assert planted != DOCUMENT
    found = problems(write(tmp_path, MANIFEST, order_xml=planted))
    said = [problem for problem in found if sentence in problem.message]
    assert said, found
    assert {problem.file for problem in said} == {"order.xml"}
    assert said[0].line == line_of(DOCUMENT, before)
    columns = planted.splitlines()[said[0].line - 1]
    assert 1 <= said[0].column <= len(columns) + 1


@pytest.mark.parametrize(("before", "after", "sentence"), TOML_FAULTS)
def test_a_fault_in_the_toml(tmp_path: Path, before: str, after: str, sentence: str) -> None:
    planted = CSV.replace(before, after, 1)
    assert planted != CSV
    found = problems(write(tmp_path, planted))
    said = [problem for problem in found if sentence in problem.message]
    assert said, found
    assert {problem.file for problem in said} == {"profile.toml"}
    expected = line_of(CSV, before) + after.count("\n")
    if "needs a" in sentence or "must all be" in sentence:
        # What is missing is said where its table begins.
        expected = CSV[: CSV.rindex("\n[", 0, CSV.index(before)) + 1].count("\n") + 1
    assert said[0].line == expected, said


def test_columns_are_exact(tmp_path: Path) -> None:
    body = DOCUMENT.replace("{buyer.name}", "Sn. {upper(buyer.nme)} {buyer.nam}")
    first, second = problems(write(tmp_path, MANIFEST, order_xml=body))
    line = body.splitlines()[first.line - 1]
    assert line[first.column - 1 :].startswith("nme)")
    assert line[second.column - 1 :].startswith("nam}")


def test_columns_are_exact_in_toml(tmp_path: Path) -> None:
    planted = CSV.replace("{order.number}", "A-{order.nmber and order.pk}")
    (first, *_) = problems(write(tmp_path, planted))
    assert planted.splitlines()[first.line - 1][first.column - 1 :].startswith("nmber and")


def test_columns_after_rewritten_operators(tmp_path: Path) -> None:
    body = DOCUMENT.replace('o:if="buyer.tax_no"', 'o:if="totals.net gt 0.50 and not buyer.x"')
    (only,) = problems(write(tmp_path, MANIFEST, order_xml=body))
    assert body.splitlines()[only.line - 1][only.column - 1 :].startswith('x">')


def test_all_faults_at_once(tmp_path: Path) -> None:
    body = DOCUMENT.replace("{number}", "{numbr}").replace("{sku}", "{skuu}")
    manifest = MANIFEST.replace("[format.date]", 'tittle = "x"\n[format.date]')
    found = problems(write(tmp_path, manifest, order_xml=body))
    assert [(problem.file, problem.line) for problem in found] == [
        ("order.xml", 4), ("order.xml", 10), ("profile.toml", 2),
    ]  # fmt: skip


def test_the_message_lists_them_all(tmp_path: Path) -> None:
    body = DOCUMENT.replace("{number}", "{numbr}").replace("{sku}", "{skuu}")
    with pytest.raises(Misconfigured) as raised:
        load_profile(write(tmp_path, MANIFEST, order_xml=body))
    assert "order.xml:4:8: Order has no field numbr. Did you mean number?" in str(raised.value)
    assert "order.xml:10:12: Line has no field skuu. Did you mean sku?" in str(raised.value)


def test_one_mistake_is_said_once(tmp_path: Path) -> None:
    body = DOCUMENT.replace("{money(totals.payable)}", "{money(max([totals.payble, totals.net]))}")
    (only,) = problems(write(tmp_path, MANIFEST, order_xml=body))
    assert only.message == "Totals has no field payble. Did you mean payable?"


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        ("", 'Say document = "order.xml" (or .json), or layout = "flat" for CSV.'),
        ('document = "order.xml"\nlayout = "flat"', "Either document (XML, JSON) or layout (CSV)"),
        ('document = "order.txt"', "The document is an .xml or a .json file."),
        ('document = "other.xml"', "There is no file other.xml; here are: order.xml, profile.toml"),
        ('document = "../order.xml"', "A profile's files lie in its own folder."),
        ('document = "order.xml"\nschema = "x.xsd"', "There is no file x.xsd."),
        ('document = "order.xml"\nschema = "../x.xsd"', "A profile's files lie in its own folder."),
        ("document = order", "This is not TOML:"),
        ('document = "a"\ndocument = "b"', "This is not TOML:"),
        ('layout = "flat"', "Here are no columns: add the first [[column]]."),
        ('layout = "records"', 'layout = "records" needs at least one [[record]].'),
        ('layout = "flt"', "layout is one of: flat"),
        ('layout = "fixed"\n[[column]]\nvalue = "x"', "This column needs a width."),
        ('layout = "fixed"\nquoting = "all"', 'quoting has no meaning where layout = "fixed".'),
        ('layout = "flat"\n[replace]\n"₺" = "TL"', '[replace] needs unencodable = "replace".'),
        ('layout = "flat"\n[[column]]\nname = "日"\nvalue = "\\u0000"', "The character U+0000"),
        (
            'layout = "flat"\nencoding = "windows-1254"\n[[column]]\nname = "日"\nvalue = "x"',
            "The character U+65E5 can't be written in windows-1254.",
        ),
        (
            'layout = "flat"\nencoding = "windows-1254"\nunencodable = "replace"\n'
            '[replace]\n"₺" = "₽"',
            "windows-1254 does not have this replacement either.",
        ),
    ],
)
def test_a_fault_of_the_whole(tmp_path: Path, manifest: str, sentence: str) -> None:
    found = problems(write(tmp_path, manifest, order_xml=DOCUMENT))
    assert any(sentence in problem.message for problem in found), found


@pytest.mark.parametrize(
    ("before", "after", "sentence", "column"),
    [
        ('"{number}"', '"{numbr}"', "Did you mean number?", 10),
        ('"@each": "lines"', '"@each": "line"', "Did you mean lines?", 17),
        ('"@each": "lines"', '"@eech": "lines"', "There is no @eech. Did you mean @each?", 7),
        ('"@max": 5', '"@max": "5"', "@max is a whole number from 1.", None),
        ('"@max": 5', '"@overflow": "truncate"', "@overflow needs @max.", None),
        ("1.5,", "1.5", "This is not JSON: Here should stand , or }.", None),
        ("1.5,", "01.5,", "This is not JSON: Here should stand , or }.", None),
        ("1.5,", "{pk},", "This is not JSON: Here should stand a name in quotes.", None),
        ("1.5,", "pk,", "texts and {expressions} need quotes.", None),
        ('"B":', '"A":', "A stands here twice.", None),
    ],
)
def test_a_fault_in_json(
    tmp_path: Path, before: str, after: str, sentence: str, column: int | None
) -> None:
    body = """{
  "A": "{number}",
  "B": 1.5,
  "C": [
    { "@each": "lines", "D": "{sku}" }
  ],
  "E": { "@value": "{number}", "@max": 5 }
}
"""
    planted = body.replace(before, after, 1)
    found = problems(write(tmp_path, 'document = "order.json"', order_json=planted))
    said = [problem for problem in found if sentence in problem.message]
    assert said, found
    assert said[0].file == "order.json"
    assert abs(said[0].line - line_of(body, before)) <= 1
    if column is not None:
        assert said[0].column == column


def nested(depth: int, opening: str, closing: str, inside: str) -> str:
    return opening * depth + inside + closing * depth


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (f"<A>{nested(31, '<B>', '</B>', 'x')}</A>", "Elements are nested more than 30 deep."),
        (f"<A>{{{nested(31, '(!', ')', 'number')} && number}}</A>", "nested more than 30 deep"),
        (f"<A>{{{nested(900, '(', ')', 'number')}}}</A>", "nested more than 30 deep"),
        (f"<A>{{{'a' * 2001}}}</A>", "The expression is longer than 2000 characters."),
        (f"<A>{'<B>{number}</B>' * 5001}</A>", "A profile has at most 5000 texts."),
        (
            '<A xmlns:o="urn:erp-adapter:profile">'
            + nested(9, '<o:group each="order.lines">', "</o:group>", "<B/>")
            + "</A>",
            "each is nested more than 8 deep.",
        ),
    ],
)
def test_limits(tmp_path: Path, body: str, sentence: str) -> None:
    found = problems(
        write(tmp_path, 'document = "order.xml"', order_xml=body.replace("&", "&amp;"))
    )
    assert any(sentence in problem.message for problem in found), found


def test_what_is_nested_to_the_limit_still_compiles(tmp_path: Path) -> None:
    inner = nested(8, '<B o:each="order.lines" o:if="order.number">', "</B>", "<C>{sku}</C>")
    body = nested(20, '<D o:if="number">', "</D>", inner)
    body = f'<A xmlns:o="urn:erp-adapter:profile">{body}</A>'
    load_profile(write(tmp_path, 'document = "order.xml"', order_xml=body))
    deep = nested(27, "number || (", ")", "number")
    load_profile(write(tmp_path, 'document = "order.xml"', order_xml=f"<A>{{{deep}}}</A>"))


@pytest.mark.parametrize("name", ["<日>x</日>", '<A 日="x"/>'])
def test_a_name_that_the_encoding_lacks(tmp_path: Path, name: str) -> None:
    manifest = 'document = "order.xml"\nencoding = "iso-8859-9"'
    (only, *_) = problems(write(tmp_path, manifest, order_xml=name))
    assert only.message == "The character U+65E5 can't be written in iso-8859-9."


def test_a_document_type_with_entities(tmp_path: Path) -> None:
    body = DOCUMENT.replace(
        "<SIPARIS", '<!DOCTYPE SIPARIS [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n<SIPARIS', 1
    )
    found = problems(write(tmp_path, MANIFEST, order_xml=body))
    assert found[0].message == "A profile has no DTD and no entities: remove <!DOCTYPE …>."
    assert (found[0].file, found[0].line) == ("order.xml", 2)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1254"])
def test_a_file_in_another_encoding(tmp_path: Path, encoding: str) -> None:
    write(tmp_path, MANIFEST, order_xml=DOCUMENT)
    (tmp_path / "order.xml").write_bytes(DOCUMENT.replace("NO", "İŞ").encode(encoding))
    (only,) = problems(tmp_path)
    assert "save the file as UTF-8" in only.message


def test_a_vendors_own_encoding_is_read(tmp_path: Path) -> None:
    body = (
        DOCUMENT.replace('"UTF-8"', '"ISO-8859-9"')
        .replace("<NO>", "<İŞ>")
        .replace("</NO>", "</İŞ>")
    )
    write(tmp_path, MANIFEST)
    (tmp_path / "order.xml").write_bytes(body.encode("iso-8859-9"))
    load_profile(tmp_path)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"compny": "x"}, "The profile has no setting compny. Did you mean company?"),
        ({"company": 5}, "company must be a text, as in profile.toml."),
    ],
)
def test_a_fault_of_the_route(tmp_path: Path, settings: dict[str, object], sentence: str) -> None:
    (only,) = problems(write(tmp_path, MANIFEST, order_xml=DOCUMENT), **settings)
    assert (only.file, only.message) == ("[route.settings]", sentence)


def test_no_folder(tmp_path: Path) -> None:
    (only,) = problems(tmp_path / "absent")
    assert only.message == "There is no file profile.toml; here are: none."


@pytest.mark.parametrize("name", sorted(p.parent.name for p in PROFILES.glob("*/profile.toml")))
def test_the_bundled_profiles_have_none(name: str, tmp_path: Path) -> None:
    copy = tmp_path / name
    shutil.copytree(PROFILES / name, copy)
    load_profile(copy)
