"""What the workbench shows of one order: its values, where they come from, what is odd."""

from pathlib import Path
from typing import Any

import pytest
from erp_console.order_files import Source
from erp_console.workbench.viewing import View
from orders import (
    code_document,
    discount_page,
    item_document,
    items_page,
    order_document,
    product_document,
)
from orders import transaction_document as paid
from profile_files import write_csv, write_json, write_xml

PROFILES = Path(__file__).parent.parent / "layers" / "profiles"
BUNDLED = sorted(file.parent.name for file in PROFILES.glob("*/profile.toml"))
SECOND = item_document(pk=2, product=product_document(sku="İKİ-2", name='Çorap & "Örgü"'))
View_ = dict[str, Any]


def source(**changes: Any) -> Source:
    """Two lines of 100.00 and shipping."""
    changed = {"amount": "229.90", "transaction_set": [paid(amount="229.90")], **changes}
    items = items_page([item_document(), SECOND])
    return Source(order_document(**changed), (items,), (discount_page([]),))


def shown(folder: Path, order: Source | None = None) -> View_:
    return View(folder, folder.parent / "routes.toml", order or source()).shown()


def value(view: View_, text: str) -> View_:
    """The one value of the document that reads so."""
    (found,) = [each for each in view["document"]["values"] if each["value"] == text]
    return found


def paths(view: View_, explained: View_) -> list[str]:
    return [view["order"][row]["path"] for row in explained["fields"]]


@pytest.mark.parametrize("name", BUNDLED)
def test_every_value_of_a_bundled_profile_stands_where_the_document_has_it(name: str) -> None:
    view = shown(PROFILES / name, source(mapping=[code_document("1-R-2-7")]))
    document = view["document"]
    assert view["problems"] == []
    pieces = document["pieces"]
    numbers = [number for _, number in pieces if number is not None]
    assert sorted(numbers) == list(range(len(document["values"])))
    for text, number in pieces:
        if number is not None:
            written, of = document["values"][number]["value"], document["values"][number]
            assert (text == written) or any(c in text for c in '&"\\') or text.strip() == written
            assert of["line"] > 0
    content = "".join(text for text, _ in pieces)
    assert len(content.encode(document["encoding"])) == document["size"]
    # Every line's values have that line's own fields behind them.
    lines = [
        {path.split(".")[0] for path in paths(view, each) if path.startswith("lines[")}
        for each in document["values"]
    ]
    assert all(len(each) < 2 for each in lines)
    if name not in ("logo-arps", "ubl-order-cancellation"):  # they have no lines
        assert {"lines[0]", "lines[1]"} <= set().union(*lines)


def test_xml_values_groups_attributes_and_empty_texts(tmp_path: Path) -> None:
    body = (
        '<o:group o:each="lines" o:as="line"><L n="{line_number()}" sku="{sku}">{name}</L>'
        "<E>{order.notes || ''}</E><T><V>{line.sku}</V></T></o:group><K>sabit</K>"
    )
    view = shown(write_xml(tmp_path, body))
    found = [(each["element"], each["value"]) for each in view["document"]["values"]]
    assert found[:5] == [
        ("A/L", "Pamuklu Çorap"), ("A/L/@n", "1"), ("A/L/@sku", "CRP-100-SYH-M"), ("A/E", ""),
        ("A/T/V", "CRP-100-SYH-M"),
    ]  # fmt: skip
    assert paths(view, value(view, 'Çorap & "Örgü"'))[0] == "lines[1].name"
    both = [each for each in view["document"]["values"] if each["value"] == "İKİ-2"]
    assert [paths(view, each)[0] for each in both] == ["lines[1].sku", "lines[1].sku"]
    assert value(view, "sabit")["fields"] == []


def test_json_values_whatever_stands_beside_them(tmp_path: Path) -> None:
    body = """{"": "boş", "a": ["sabit", 7, "{number}", null], "b": {"c": "{totals.payable}"},
      "d": [{"@each": "lines", "sku": "{sku}", "x": true, "n": "{name}"}]}"""
    view = shown(write_json(tmp_path, body))
    assert paths(view, value(view, "T-1001")) == ["number"]
    assert paths(view, value(view, "229.90")) == ["totals.payable"]
    assert paths(view, value(view, "İKİ-2")) == ["lines[1].sku"]
    assert paths(view, value(view, 'Çorap & "Örgü"')) == ["lines[1].name"]
    written = [t for t, number in view["document"]["pieces"] if number is not None]
    assert '"Örgü"'.replace('"', '\\"') in "".join(written)


def test_csv_cells_of_records_and_first_rows(tmp_path: Path) -> None:
    folder = write_csv(
        tmp_path, 'name = "NO"\nvalue = "{order.number}"', 'name = "AD"\nvalue = "{name}"',
        'name = "SKU"\nvalue = "{sku}"\noptional = true', toml='layout = "flat"\nrows = "lines"',
    )  # fmt: skip
    view = shown(folder)
    names = [each["element"] for each in view["document"]["values"]]
    assert names == ["NO", "AD", "SKU", "NO", "AD", "SKU"]
    assert paths(view, value(view, "İKİ-2")) == ["lines[1].sku"]
    assert paths(view, value(view, 'Çorap & "Örgü"')) == ["lines[1].name"]
    assert view["document"]["pieces"][0][0].startswith("NO;AD;SKU")


def test_lists_conditions_and_the_files_name_use_fields_too(tmp_path: Path) -> None:
    body = """<L o:each="lines" o:if="unit_price gt 0"><B>{join('+', codes)}x</B></L>"""
    folder = write_xml(tmp_path, body.replace("{join('+', codes)}", ""))
    deciding = shown(folder)["document"]["deciding"]
    assert [(each["role"], each["template"]) for each in deciding] == [
        ("each", "lines"), ("if", "unit_price gt 0"), ("if", "unit_price gt 0"),
        ("value", "{number}-{pk}"),
    ]  # fmt: skip
    view = shown(folder)
    assert [paths(view, each)[0] for each in deciding] == [
        "lines", "lines[0].unit_price", "lines[1].unit_price", "number"
    ]  # fmt: skip


def test_widths_and_characters_are_marked(tmp_path: Path) -> None:
    body = (
        '<F o:max="6">{number}</F><C o:max="8" o:overflow="truncate">{lines[0].name}</C>'
        '<B>{lines[1].sku}</B><N>{notes}</N><O o:max="60">{channel.name}</O>'
    )
    folder = write_xml(tmp_path, body, 'encoding = "iso-8859-9"')
    view = shown(folder, source(notes="bir\niki Ω"))
    marks = {each["element"]: each["marks"] for each in view["document"]["values"]}
    assert marks == {
        "A/F": ["full: all 6 are taken"],
        "A/C": ["cut: 13 wide, 8 fit"],
        "A/B": [],
        "A/N": [
            "characters were replaced or line breaks removed",
            "U+03A9 is not in iso-8859-9: written as a reference",
        ],
        "A/O": [],
    }


def test_problems_come_all_at_once_with_their_places(tmp_path: Path) -> None:
    view = shown(write_xml(tmp_path, "<B>{numbr}</B>\n<C>{totals.payble}</C>"))
    places = [(each["file"], each["line"]) for each in view["problems"]]
    assert places == [("order.xml", 1), ("order.xml", 2)]
    assert "Did you mean number?" in view["problems"][0]["message"]


def test_a_rejection_names_the_line_of_the_profile(tmp_path: Path) -> None:
    view = shown(write_xml(tmp_path, "<B>{number}</B>\n<C>{notes}</C>"))
    rejection = view["rejection"]
    assert (rejection["code"], rejection["file"], rejection["line"], rejection["element"]) == (
        "MISSING_VALUE", "order.xml", 2, "A/C"
    )  # fmt: skip
    assert any(row["path"] == "totals.payable" for row in view["order"])


def test_an_order_that_does_not_add_up_is_shown_all_the_same(tmp_path: Path) -> None:
    folder = write_xml(tmp_path, "<B>{number}</B>")
    view = shown(folder, source(amount="230.00"))
    assert view["rejection"]["code"] == "TOTALS_MISMATCH"
    assert any(row["value"] == "230.00" for row in view["order"])
    assert "document" not in view
    unreadable = shown(folder, Source(b"{}", (), ()))
    assert (unreadable["rejection"]["code"], "order" in unreadable) == ("MISSING_VALUE", False)


def test_what_would_keep_it_from_being_sent_is_a_note(tmp_path: Path) -> None:
    view = shown(write_xml(tmp_path, "<B>{number}</B>"), source(status="300", is_send=True))
    assert "document" in view
    assert ["status is 300" in view["notes"][0], "is_send" in view["notes"][1]] == [True, True]


def test_nothing_that_the_parser_leaves_behind_gets_to_the_page(tmp_path: Path) -> None:
    from orders import SECRETS

    said = str(shown(write_xml(tmp_path, "<B>{number}</B>")))
    assert not [secret for secret in SECRETS if secret in said]
