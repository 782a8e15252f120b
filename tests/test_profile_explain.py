"""Where each value of a document comes from, for who previews it."""

from pathlib import Path

import pytest
from erp_adapter.errors import Unmappable
from erp_adapter.profile import Explained, load_profile
from orders import code_document
from profile_files import balanced, write_csv, write_json, write_xml

PROFILES = Path(__file__).parent.parent / "layers" / "profiles"


def shown(explained: list[Explained]) -> list[tuple[str, str, str]]:
    return [(e.element, e.template, e.value) for e in explained]


def test_an_xml_document(tmp_path: Path) -> None:
    body = (
        '<B a="{currency}">No {number}</B><C o:optional="yes">{notes}</C>'
        '<L o:each="lines">{sku}: {money(sum([net, order.totals.tax]))}</L>'
    )
    explained = load_profile(write_xml(tmp_path, body)).explain(balanced())
    assert shown(explained) == [
        ("A/B/@a", "{currency}", "TRY"),
        ("A/B", "No {number}", "No T-1001"),
        ("A/L", "{sku}: {money(sum([net, order.totals.tax]))}", "CRP-100-SYH-M: 104.98"),
    ]
    number, line = explained[1], explained[2]
    assert [(f.path, f.source, f.ubl) for f in number.fields] == [("number", "number", "cbc:ID")]
    assert [f.path for f in line.fields] == ["sku", "net", "order.totals.tax"]
    assert line.fields[0].source == "item.product.sku"
    assert (number.place.file, number.place.line) == ("order.xml", 1)


def test_a_json_document(tmp_path: Path) -> None:
    body = """{"a": "{totals.payable}", "b?": "{notes}", "c": ["{join('+', lines[*].sku)}"]}"""
    explained = load_profile(write_json(tmp_path, body)).explain(balanced())
    assert shown(explained) == [
        ("document.a", "{totals.payable}", "129.90"),
        ("document.c[]", "{join('+', lines[*].sku)}", "CRP-100-SYH-M"),
    ]
    assert [f.path for f in explained[1].fields] == ["lines", "lines[].sku"]


def test_a_csv_document(tmp_path: Path) -> None:
    folder = write_csv(
        tmp_path, 'name = "NO"\nvalue = "{order.number}"', 'name = "G"\nvalue = "{money(gross)}"',
        'name = "N"\nvalue = "{order.notes}"\noptional = true\nwidth = 5\noverflow = "wrap"',
        'name = "N2"\nwidth = 5',
    )  # fmt: skip
    explained = load_profile(folder).explain(balanced(notes="bir iki"))
    assert shown(explained) == [
        ("NO", "{order.number}", "T-1001"),
        ("G", "{money(gross)}", "100.00"), ("N", "{order.notes}", "bir iki"),
        ("G", "{money(gross)}", "29.90"), ("N", "{order.notes}", "bir iki"),
    ]  # fmt: skip


def test_formats_are_explained(tmp_path: Path) -> None:
    body = (
        "<B>{date(placed_at, 'short')}</B><C>{money(totals.net)}</C>"
        '<L o:each="lines" no="{line_number()}"><P>{price(unit_price)}</P>'
        "<U>{lookup('unit', unit)}</U><S>{sku}</S></L>"
    )
    toml = (
        '[format]\ndecimal = ","\n[format.date]\nshort = "%d.%m.%y"\n'
        "[format.line_number]\ndefault = { start = 10, step = 10, width = 6 }\n"
        '[lookup.unit]\nC62 = "ADET"\n'
    )
    explained = load_profile(write_xml(tmp_path, body, toml)).explain(balanced())
    assert [(e.element, e.formats) for e in explained] == [
        ("A/B", ("%d.%m.%y in Europe/Istanbul",)),
        ("A/C", ("the currency's decimals after ','",)),
        ("A/L/@no", ("from 10 in steps of 10, 6 wide",)),
        ("A/L/P", ("2 to 6 decimals after ',', rounded",)),
        ("A/L/U", ("[lookup.unit]",)),
        ("A/L/S", ()),
    ]


def test_an_order_that_fails_fails_here_too(tmp_path: Path) -> None:
    with pytest.raises(Unmappable):
        load_profile(write_xml(tmp_path, "<B>{notes}</B>")).explain(balanced())
    column = 'name = "B"\nvalue = "{order.notes}"'
    folder = write_csv(tmp_path, column, toml='layout = "flat"\nencoding = "windows-1254"')
    with pytest.raises(Unmappable, match="B has"):
        load_profile(folder).explain(balanced(notes="₺"))


@pytest.mark.parametrize("name", sorted(f.parent.name for f in PROFILES.glob("*/profile.toml")))
def test_every_bundled_profile_can_be_explained(name: str) -> None:
    profile = load_profile(PROFILES / name)
    explained = profile.explain(balanced(mapping=[code_document("1-R-2-7")]))
    # An account is its customer's, whatever he orders; Nebim cancels by its own number.
    whose = {"logo-arps": "C-501", "nebim-cancellation": "1-R-2-7"}.get(name, "T-1001")
    assert any(whose in value.value for value in explained)
    assert all(value.element and value.template for value in explained)
    assert profile.title
    assert profile.kind in ("xml", "json", "csv")


def test_a_trace_tells_what_decides_and_the_items_around(tmp_path: Path) -> None:
    body = '<L o:each="lines" o:as="line" o:if="discount lt 1"><B>{line.sku}</B></L>'
    order = balanced()
    trace = load_profile(write_xml(tmp_path, body)).trace(order)
    assert [(e.role, e.template) for e in trace.told] == [
        ("each", "lines"), ("if", "discount lt 1"), ("value", "{line.sku}")
    ]  # fmt: skip
    assert trace.values == [trace.told[2]]
    line = trace.told[2]
    assert [(f.base, f.path) for f in line.fields] == [("line", "line.sku")]
    assert line.scope[""] is line.scope["line"] is order.lines[0]
    assert line.scope["order"] is trace.told[0].scope[""] is order
    assert [e.value for e in trace.file_name] == ["T-1001-1001"]


def test_a_csv_trace_says_where_each_cell_stands(tmp_path: Path) -> None:
    folder = write_csv(
        tmp_path, 'name = "NO"\nvalue = "{order.number}"\nfirst_row_only = true',
        'name = "N"\nvalue = "{name || kind}"\nwidth = 6\noverflow = "truncate"',
        toml='layout = "first-row"',
    )  # fmt: skip
    profile, order = load_profile(folder), balanced()
    text, trace = profile.render(order).content.decode(), profile.trace(order)
    cells = [cell for line in trace.lines for cell in line]
    assert [text[c.start : c.start + len(c.text)] for c in cells] == [c.text for c in cells]
    assert [cell.text for cell in cells] == ["T-1001", "Pamukl", "", "Shippi"]
    told = [trace.told[cell.told] for cell in cells if cell.told is not None]
    assert [(e.element, e.most) for e in told] == [("NO", None), ("N", 6), ("NO", None), ("N", 6)]


def test_constants_of_a_json_document_are_told(tmp_path: Path) -> None:
    trace = load_profile(write_json(tmp_path, '{"a": [7, "{number}", null]}')).trace(balanced())
    assert shown(trace.values) == [
        ("document.a[]", "7", "7"), ("document.a[]", "{number}", "T-1001"),
        ("document.a[]", "null", "null"),
    ]  # fmt: skip


def test_codes_that_a_lookup_does_not_know_can_be_collected(tmp_path: Path) -> None:
    body = "<B>{lookup('unit', lines[0].unit)}</B><C>{lookup('kind', rows[1].kind)}</C>"
    toml = '[lookup.unit]\nKGM = "KG"\n[lookup.kind]\n"*" = "x"\nitem = "b"\n'
    folder, told = write_xml(tmp_path, body, toml), list[tuple[str, str]]()
    lenient = load_profile(folder, unknown=lambda *code: told.append(code))
    lenient.render(balanced())
    assert set(told) == {("unit", "C62")}
    with pytest.raises(Unmappable, match="does not know"):
        load_profile(folder).render(balanced())
