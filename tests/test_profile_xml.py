"""XML documents: controls, nulls, widths, escapes, and what a reader gets back."""

import threading
from pathlib import Path
from xml.etree import ElementTree

import pytest
from erp_adapter.errors import Misconfigured, Unmappable
from erp_adapter.profile import load_profile
from orders import address_document, item_document, order_document, product_document
from profile_files import balanced, render, write_xml, xml

TWO = balanced(
    item_document(pk=1, price="60.00", product=product_document(sku="A")),
    item_document(pk=2, price="40.00", product=product_document(sku="B")),
)
NOTES = "Bir iki üç dört beş altı yedi sekiz"


def test_constants_stay_as_they_are(tmp_path: Path) -> None:
    assert xml(tmp_path, '<B c="1">x &amp; y</B><D/>') == '<B c="1">x &amp; y</B><D/>'


def test_comments_are_for_authors(tmp_path: Path) -> None:
    assert xml(tmp_path, "<B><!-- from the vendor -->{number}</B>") == "<B>T-1001</B>"


def test_text_around_an_expression(tmp_path: Path) -> None:
    assert xml(tmp_path, "<B>\n  No: {number}/{pk}\n</B>") == "<B>No: T-1001/1001</B>"


def test_each_repeats_with_its_item_as_context(tmp_path: Path) -> None:
    body = '<L o:each="lines" n="{line_number()}">{sku}-{order.number}</L>'
    assert xml(tmp_path, body, TWO) == '<L n="1">A-T-1001</L><L n="2">B-T-1001</L>'


def test_if_is_asked_for_every_item_and_numbers_stay_without_gaps(tmp_path: Path) -> None:
    body = '<L o:each="lines" o:if="sku != \'A\'" n="{line_number()}">{sku}</L>'
    assert xml(tmp_path, body, TWO) == '<L n="1">B</L>'


def test_each_over_texts_repeats_a_parent(tmp_path: Path) -> None:
    body = '<T o:each="wrap(notes, 12)"><L>{@}</L></T>'
    parts = xml(tmp_path, body, balanced(notes=NOTES))
    assert parts == (
        "<T><L>Bir iki üç</L></T><T><L>dört beş</L></T><T><L>altı yedi</L></T><T><L>sekiz</L></T>"
    )


def test_each_over_nothing_writes_nothing(tmp_path: Path) -> None:
    assert xml(tmp_path, '<B>x</B><L o:each="wrap(notes, 12)">{@}</L>') == "<B>x</B>"


def test_an_outer_item_has_a_name(tmp_path: Path) -> None:
    body = '<L o:each="lines" o:as="line"><P o:each="order.lines"><S>{line.sku}{sku}</S></P></L>'
    assert xml(tmp_path, body, TWO) == (
        "<L><P><S>AA</S></P><P><S>AB</S></P></L><L><P><S>BA</S></P><P><S>BB</S></P></L>"
    )


def test_a_group_is_not_written_itself(tmp_path: Path) -> None:
    body = (
        '<o:group each="lines" as="line"><T><S>{sku}</S></T>'
        "<o:group if=\"sku == 'B'\"><X/></o:group></o:group>"
    )
    assert xml(tmp_path, body, TWO) == "<T><S>A</S></T><T><S>B</S></T><X/>"


def test_optional_leaves_out_what_is_null(tmp_path: Path) -> None:
    body = '<B>x</B><C o:optional="yes">{notes}</C>'
    assert xml(tmp_path, body) == "<B>x</B>"
    assert xml(tmp_path, body, balanced(notes="N")) == "<B>x</B><C>N</C>"


def test_an_optional_element_without_children_goes_with_them(tmp_path: Path) -> None:
    inner = '<C o:optional="yes">{notes}</C><D o:optional="yes">{code}</D>'
    assert xml(tmp_path, f'<X>x</X><B o:optional="yes" a="{{number}}">{inner}</B>') == "<X>x</X>"
    assert xml(tmp_path, f'<X>x</X><B a="{{number}}">{inner}</B>') == '<X>x</X><B a="T-1001"/>'
    written = xml(tmp_path, f'<B o:optional="yes" a="{{pk}}">{inner}</B>', balanced(notes="N"))
    assert written == '<B a="1001"><C>N</C></B>'


def test_an_optional_attribute(tmp_path: Path) -> None:
    body = '<B o:optional="@a" a="{notes}" c="{pk}">{number}</B>'
    assert xml(tmp_path, body) == '<B c="1001">T-1001</B>'
    assert xml(tmp_path, body, balanced(notes="N")) == '<B a="N" c="1001">T-1001</B>'


def test_an_attribute_of_what_is_left_out_may_be_null(tmp_path: Path) -> None:
    body = '<B>x</B><C o:optional="yes" s="{buyer.tax_scheme}">{buyer.tax_no}</C>'
    assert xml(tmp_path, body) == "<B>x</B>"


def test_one_null_part_makes_a_text_null(tmp_path: Path) -> None:
    body = "<B>x</B><C o:optional=\"yes\">{number} {notes}</C><D>{number} {notes || ''}</D>"
    assert xml(tmp_path, body) == "<B>x</B><D>T-1001 </D>"


def test_a_null_that_is_not_optional_rejects_the_order(tmp_path: Path) -> None:
    with pytest.raises(Unmappable) as raised:
        xml(tmp_path, "<B><C>{number}</C>\n<D>{notes}</D></B>")
    assert raised.value.as_dict() == {
        "code": "MISSING_VALUE",
        "path": f"{tmp_path.name}, order.xml, line 2, A/B/D",
        "message": "A/B/D needs {notes}, and this order has none. Fill it in in the shop, give a "
        "default with || in the profile, or mark it optional.",
        "expected": "a value",
        "found": "nothing",
    }


def test_widths(tmp_path: Path) -> None:
    order = balanced(notes="Kırk karakter")
    assert xml(tmp_path, '<B o:max="13">{notes}</B>', order) == "<B>Kırk karakter</B>"
    cut = xml(tmp_path, '<B o:max="5" o:overflow="truncate">{notes}</B>', order)
    assert cut == "<B>Kırk</B>"
    with pytest.raises(Unmappable) as raised:
        xml(tmp_path, '<B o:max="12">{notes}</B>', order)
    assert (raised.value.code, raised.value.expected, raised.value.found) == (
        "TOO_LONG", "at most 12", "13",
    )  # fmt: skip
    assert "Kırk" not in raised.value.message


def test_indentation_and_line_ends(tmp_path: Path) -> None:
    write_xml(tmp_path, "<B><C>{number}</C></B>")
    manifest = 'document = "order.xml"\nnewline = "crlf"\nindent = 3\n'
    (tmp_path / "profile.toml").write_text(manifest, "utf-8")
    assert render(tmp_path).content == (
        b'<?xml version="1.0" encoding="UTF-8"?>\r\n<A>\r\n   <B>\r\n      <C>T-1001</C>\r\n'
        b"   </B>\r\n</A>\r\n"
    )


def test_namespaces_stay_where_they_are(tmp_path: Path) -> None:
    write_xml(tmp_path, "")
    (tmp_path / "order.xml").write_text(
        '<d:A xmlns:d="urn:d" xmlns="urn:e" xmlns:p="urn:erp-adapter:profile" xml:lang="tr">'
        '<B p:if="number" d:c="{pk}" xmlns:f="urn:f"><f:C/></B></d:A>',
        "utf-8",
    )
    assert render(tmp_path).content.decode().split("\n", 1)[1] == (
        '<d:A xmlns:d="urn:d" xmlns="urn:e" xml:lang="tr"><B xmlns:f="urn:f" d:c="1001">'
        "<f:C/></B>\n</d:A>\n"
    )


def test_a_reader_gets_the_texts_back(tmp_path: Path) -> None:
    text = 'Çay & <b>6\'lı</b>]]> "x" \\ {y} %s'
    order = balanced(notes=text)
    write_xml(tmp_path, '<B c="{notes}">{notes}</B>')
    element = ElementTree.fromstring(render(tmp_path, order).content)[0]
    assert element.text == element.get("c") == text


@pytest.mark.parametrize("toml", ["", 'line_breaks = "keep"'])
def test_line_breaks(tmp_path: Path, toml: str) -> None:
    order = balanced(notes="bir\r\niki\tüç\rdört")
    kept = "bir\niki\tüç\ndört" if toml else "bir iki üç dört"
    written = xml(tmp_path, '<B c="{notes}">{notes}</B>', order, toml)
    assert written == f'<B c="bir iki üç dört">{kept}</B>'


def test_threads_render_the_same(tmp_path: Path) -> None:
    folder = Path(__file__).parent.parent / "layers" / "profiles" / "ubl-order"
    shared, found = load_profile(folder), []

    def work() -> None:
        for profile in (shared, load_profile(folder)):
            found.extend(profile.render(TWO).content for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 40
    assert set(found) == {shared.render(TWO).content}


def test_a_schema_that_is_broken_names_rule_and_element_only(tmp_path: Path) -> None:
    write_xml(tmp_path, "<B>{buyer.name}</B>", 'schema = "a.xsd"')
    (tmp_path / "a.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="A">'
        '<xs:complexType><xs:sequence><xs:element name="B"><xs:simpleType><xs:restriction '
        'base="xs:string"><xs:maxLength value="3"/></xs:restriction></xs:simpleType>'
        "</xs:element></xs:sequence></xs:complexType></xs:element></xs:schema>",
        "utf-8",
    )
    with pytest.raises(Unmappable) as raised:
        render(tmp_path)
    assert raised.value.code == "SCHEMA_INVALID"
    assert "A/B is too long" in raised.value.message
    assert "Deneme" not in str(raised.value.as_dict())


def test_a_schema_may_be_left_to_lint(tmp_path: Path) -> None:
    write_xml(tmp_path, "<B>{buyer.name}</B>", 'schema = "a.xsd"\nxsd = "lint"')
    (tmp_path / "a.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="C"/></xs:schema>',
        "utf-8",
    )
    document = render(tmp_path)
    assert b"<B>" in document.content
    with pytest.raises(Unmappable) as raised:
        load_profile(tmp_path).validate(document)
    assert raised.value.code == "SCHEMA_INVALID"


def test_a_schema_that_is_none(tmp_path: Path) -> None:
    write_xml(tmp_path, "<B>{buyer.name}</B>", 'schema = "a.xsd"')
    (tmp_path / "a.xsd").write_text("not even XML", "utf-8")
    with pytest.raises(Misconfigured, match=r"a\.xsd is no XML schema"):
        render(tmp_path)


def test_figures_that_do_not_add_up(tmp_path: Path) -> None:
    check = '[[check]]\ntotal = "T"\nsum = ["L: N", "-D"]\norder = "totals.payable"\n'
    body = '<L o:each="lines"><N>{money(net)}</N></L><D>0.00</D><T>{money(totals.payable)}</T>'
    with pytest.raises(Unmappable) as raised:
        xml(tmp_path, body, toml=check)
    assert raised.value.as_dict() == {
        "code": "TOTALS_MISMATCH",
        "path": f"{tmp_path.name}, profile.toml, line 3, [[check]]",
        "message": "[[check]] does not add up: T is 129.90, the sum of L: N, D is 83.33. Correct "
        "the profile: it takes one figure for another, or leaves one out.",
        "expected": "129.90",
        "found": "83.33",
    }


def test_what_an_order_without_balance_gets(tmp_path: Path) -> None:
    from erp_adapter.order import read_order
    from orders import items_page
    from profile_files import SHOP

    profile = load_profile(write_xml(tmp_path, "<B/>"))
    with pytest.raises(ValueError, match="balanced"):
        profile.render(
            read_order(order_document(), [items_page([item_document()])], [items_page([])], SHOP)
        )


def test_an_ambiguous_code_is_not_left_out_silently(tmp_path: Path) -> None:
    codes = [
        {"pk": n, "integration_type": "external_company", "code": f"C{n}",
         "created_date": f"2026-01-0{n}T00:00:00Z"}
        for n in (1, 2)
    ]  # fmt: skip
    order = balanced(shipping_address=address_document(mapping=codes))
    with pytest.raises(Unmappable) as raised:
        xml(tmp_path, '<B>x</B><C o:optional="yes">{ship_to.code}</C>', order)
    assert (raised.value.code, raised.value.found) == ("AMBIGUOUS_CODE", "2 codes")
    chosen = "<B>{ship_to.codes[0]}</B><C>{ship_to.codes[-1]}</C>"
    assert xml(tmp_path, chosen, order) == "<B>C1</B><C>C2</C>"
    single = balanced(shipping_address=address_document(mapping=codes[:1]))
    assert xml(tmp_path, "<B>{ship_to.code}</B>", single) == "<B>C1</B>"
    assert xml(tmp_path, '<B>x</B><C o:optional="yes">{ship_to.code}</C>') == "<B>x</B>"
