"""`erp-adapter new-profile`: from the ERP's own sample to a profile that renders its order."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from erp_adapter.profile import load_profile
from erp_console.cli import app
from test_profiles_golden import example_order
from typer.testing import CliRunner, Result
from unified_diff import changed_lines, patch

ROOT = Path(__file__).parent.parent
SAMPLES = Path(__file__).parent / "samples"
PROFILES = ROOT / "layers" / "profiles"
WEB_ORDER = SAMPLES / "web-order.order.json"
EXAMPLES = PROFILES / "csv-flat" / "examples"
BUNDLED = sorted(file.parent.name for file in PROFILES.glob("*/profile.toml"))
WITHOUT_LINES = {"logo-arps", "ubl-order-cancellation"}
"""An account, and a cancellation of the whole."""
runner = CliRunner()


def run(
    sample: Path, folder: Path, order: Path = WEB_ORDER, name: str = "mine", *more: str
) -> Result:
    return runner.invoke(
        app,
        ["new-profile", name, "--from", str(sample), "--order", str(order), "-o", str(folder),
         "--json", *more],
    )  # fmt: skip


def made(
    sample: Path, folder: Path, order: Path = WEB_ORDER, name: str = "mine", *more: str
) -> dict[str, Any]:
    result = run(sample, folder, order, name, *more)
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def sample(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


def expressions(found: dict[str, Any]) -> dict[str, str]:
    return {guess["place"].rsplit("/", 1)[-1]: guess["expression"] for guess in found["guessed"]}


def document_of(folder: Path, order: Path = WEB_ORDER) -> bytes:
    profile = load_profile(folder)
    return profile.render(example_order(order, profile.cancels)).content


def test_a_logo_slip_becomes_a_profile(tmp_path: Path) -> None:
    found = made(SAMPLES / "logo-slip.xml", tmp_path)
    assert (found["encoding"], found["newline"]) == ("iso-8859-9", "crlf")
    assert [repeats["each"] for repeats in found["repeats"]] == ["lines", "charges"]
    guessed = expressions(found)
    assert guessed["DATE"] == "{date(placed_at)}"
    assert guessed["DOC_TRACK_NR"] == "{number}"
    assert guessed["ARP_CODE"] == "{customer.code || settings.guest_customer}"
    assert guessed["TOTAL_VAT"] == "{money(totals.tax)}"
    template = (tmp_path / "mine" / "order.xml").read_text("utf-8")
    assert '<o:group each="lines">' in template
    assert '<TRANSACTION o:if="discount gt 0">' in template
    assert "<TOTAL>{money(sum([gross, discount]))}</TOTAL>" in template
    assert "<SOURCE_WH>0</SOURCE_WH>" in template
    assert any("TOTAL_GROSS looks like an amount" in sentence for sentence in found["look_at"])


def test_of_the_order_it_was_made_from_it_writes_the_sample(tmp_path: Path) -> None:
    made(SAMPLES / "logo-slip.xml", tmp_path)
    written = document_of(tmp_path / "mine").decode("iso-8859-9").split()
    given = (SAMPLES / "logo-slip.xml").read_bytes().decode("iso-8859-9").split()
    # An empty element is written as the engine writes it, and an odd space not at all.
    given = " ".join(given).replace(" >", ">").replace("></SALESMAN_CODE>", "/>")
    assert " ".join(written) == given


@pytest.mark.parametrize("profile", BUNDLED)
def test_documents_of_every_bundled_profile_are_samples(profile: str, tmp_path: Path) -> None:
    (expected,) = (PROFILES / profile / "examples").glob("two-rates-order-discount.expected.*")
    order, cancels = WEB_ORDER, load_profile(PROFILES / profile).cancels
    if cancels:
        order = expected.with_name("two-rates-order-discount.order.json")
    found = made(expected, tmp_path, order, "mine", *(["--cancels", cancels] if cancels else []))
    if profile not in WITHOUT_LINES:
        assert found["repeats"]
        assert found["repeats"][-1]["each"] in ("rows", "lines", "charges")
    assert document_of(tmp_path / "mine", order)
    assert load_profile(tmp_path / "mine").cancels == cancels
    tested = runner.invoke(app, ["test-profile", str(tmp_path / "mine")])
    assert (tested.exit_code, tested.stdout.count("same ")) == (0, 1), tested.stdout
    linted = runner.invoke(app, ["lint", str(tmp_path / "mine")])
    assert linted.exit_code == 0, linted.stdout


@pytest.mark.parametrize("profile", ["csv-tr-excel", "csv-flat"])
def test_a_flat_file_comes_back_byte_for_byte(profile: str, tmp_path: Path) -> None:
    (expected,) = (PROFILES / profile / "examples").glob("two-rates-order-discount.expected.csv")
    made(expected, tmp_path)
    assert document_of(tmp_path / "mine") == expected.read_bytes()


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.order.json")), ids=lambda f: f.stem)
def test_any_order_renders_with_any_sample(file: Path, tmp_path: Path) -> None:
    made(SAMPLES / "canias-order.xml", tmp_path, file)


ORDER = '<A><N>SIP-2026-0003</N><D>{}</D><S><K>KUP-1</K><M a="{}">2</M></S>{}</A>'


@pytest.mark.parametrize(
    ("written", "expression", "table"),
    [
        ("2026-03-03", "{date(placed_at)}", None),
        ("03.03.2026", "{date(placed_at)}", 'default = "%d.%m.%Y"'),
        ("03/03/26", "{date(placed_at)}", 'default = "%d/%m/%y"'),
        ("20260303", "{date(placed_at)}", 'default = "%Y%m%d"'),
        ("2026-03-03T00:30:00+0300", "{datetime(placed_at)}", '"%Y-%m-%dT%H:%M:%S%z"'),
        ("2026-03-02T21:30:00Z", "{datetime(placed_at)}", 'zone = "UTC"'),
        ("03.03.2026 00:30", "{datetime(placed_at)}", '"%d.%m.%Y %H:%M"'),
        ("155,00", "{money(totals.payable)}", 'decimal = ","'),
        ("155.0000", "{money(totals.payable)}", "money = 4"),
        ("155.0", "{money(totals.payable)}", "money = [1, 2]"),
        ("131.22", "{money(totals.net)}", None),
        ("DENEME ALICI", "{upper(buyer.name)}", None),
        ("Deneme Alici", "{ascii(buyer.name)}", None),
        ("00000000000", "{digits(ship_to.phone)}", None),
        ("Sipariş: SIP-2026-0003!", "Sipariş: {number}!", None),
        ("WEB2003", "WEB{pk}", None),
        ("Örnekköy / İstanbul", "{join(' / ', [ship_to.township.name, ship_to.city.name])}", None),
    ],
)
def test_how_a_value_is_recognised(
    written: str, expression: str, table: str | None, tmp_path: Path
) -> None:
    text = ORDER.format(written, "x", "")
    found = made(sample(tmp_path, "s.xml", text), tmp_path)
    assert expressions(found)["D"] == expression
    manifest = (tmp_path / "mine" / "profile.toml").read_text("utf-8")
    assert table is None or table in manifest
    assert f"<D>{written}</D>" in document_of(tmp_path / "mine").decode()


def test_thousands_are_recognised_and_said(tmp_path: Path) -> None:
    order = tmp_path / "big.order.json"
    for part in ("order", "items", "discounts"):
        text = (SAMPLES / f"web-order.{part}.json").read_text("utf-8")
        text = text.replace('"155.00"', '"1355.00"').replace(
            '"20.00",\n  "ship', '"1220.00",\n  "ship'
        )
        (tmp_path / f"big.{part}.json").write_text(text, "utf-8")
    found = made(sample(tmp_path, "s.xml", ORDER.format("1.355,00", "x", "")), tmp_path, order)
    (guess,) = [guess for guess in found["guessed"] if guess["value"] == "1.355,00"]
    assert guess["note"] == "written without thousands separators"
    assert "<D>1355,00</D>" in document_of(tmp_path / "mine", order).decode()


def test_two_forms_of_one_kind_get_names(tmp_path: Path) -> None:
    text = ORDER.format("03.03.2026", "x", "<T>20260303</T><U>155,0</U><V>131.22</V>")
    found = made(sample(tmp_path, "s.xml", text), tmp_path)
    assert expressions(found)["T"] == "{date(placed_at, 'compact')}"
    document = document_of(tmp_path / "mine").decode()
    assert all(f">{text}<" in document for text in ("03.03.2026", "20260303", "155,0", "131.22"))


def test_several_equal_values_are_all_said(tmp_path: Path) -> None:
    text = ORDER.format("Deneme Alıcı", "x", "<SOYAD>Alıcı</SOYAD><SEVK><AD>Deneme</AD></SEVK>")
    found = made(sample(tmp_path, "s.xml", text), tmp_path)
    guesses = {guess["place"]: guess for guess in found["guessed"]}
    assert guesses["A/D"]["also"] == ["ship_to.name", "bill_to.name"]
    assert guesses["A/SOYAD"]["expression"] == "{buyer.last_name}"
    # The name above says whose first name it is.
    assert guesses["A/SEVK/AD"]["expression"] == "{ship_to.first_name}"
    assert "buyer.first_name" in guesses["A/SEVK/AD"]["also"]


def test_small_values_need_a_name_that_says_so(tmp_path: Path) -> None:
    text = ORDER.format("x", "2", "<TIP>1</TIP><KANAL>WEB</KANAL><BOS/>")
    found = made(sample(tmp_path, "s.xml", text), tmp_path)
    constants = {constant["place"]: constant["value"] for constant in found["constant"]}
    assert constants["A/TIP"] == "1"
    assert constants["A/KANAL"] == "WEB"
    assert constants["A/S/M/@a"] == "2"


def test_what_the_order_lacks_is_optional_where_the_name_says_what_it_is(tmp_path: Path) -> None:
    more = "<VERGI_NO>1234567890</VERGI_NO><VERGI_DAIRESI/><NOT>Kapıya bırakın</NOT>"
    found = made(sample(tmp_path, "s.xml", ORDER.format("x", "y", more)), tmp_path)
    template = (tmp_path / "mine" / "order.xml").read_text("utf-8")
    assert '<VERGI_NO o:optional="yes">{buyer.tax_no}</VERGI_NO>' in template
    assert '<NOT o:optional="yes">{notes}</NOT>' in template
    assert "1234567890" not in template
    assert "VERGI" not in document_of(tmp_path / "mine").decode()
    company = document_of(tmp_path / "mine", EXAMPLES / "company-vkn.order.json").decode()
    assert re.search(r"<VERGI_NO>\d{10}</VERGI_NO>", company)
    assert any("no tax number" in sentence for sentence in found["look_at"])


def test_a_single_line_is_found_among_what_holds_it(tmp_path: Path) -> None:
    text = (
        "<A><BODY><NO>bf7b66149236455</NO><LINES><LINE><ITEM><KOD>CRP-100-SYH-M</KOD></ITEM>"
        "<FIYAT>7.90</FIYAT></LINE></LINES><TOTAL>16.40</TOTAL></BODY></A>"
    )
    order = ROOT / "events" / "orders" / "27.order.json"
    found = made(sample(tmp_path, "s.xml", text), tmp_path, order)
    assert found["repeats"] == [{"place": "A/BODY/LINES/LINE", "each": "lines"}]
    assert expressions(found)["FIYAT"] == "{price(unit_price)}"


def test_vat_rates_are_no_lines(tmp_path: Path) -> None:
    text = (
        "<A><KDV><ORAN>10</ORAN><MATRAH>24.55</MATRAH><VERGI>2.45</VERGI></KDV>"
        "<KDV><ORAN>20</ORAN><MATRAH>106.67</MATRAH><VERGI>21.33</VERGI></KDV>"
        "<S><K>KUP-1</K></S><S><K>KTP-9</K></S></A>"
    )
    found = made(sample(tmp_path, "s.xml", text), tmp_path)
    eaches = {repeats["place"]: repeats["each"] for repeats in found["repeats"]}
    assert eaches == {"A/KDV": "totals.by_rate", "A/S": "lines"}


def test_a_sample_of_another_order_is_said_to_be_one(tmp_path: Path) -> None:
    text = "<A><NO>X-1</NO><S><K>ABC</K><T>9.99</T></S></A>"
    found = made(sample(tmp_path, "s.xml", text), tmp_path)
    assert found["repeats"] == []
    assert "Nothing in the sample matches a line" in found["look_at"][0]


def test_braces_and_awkward_characters_stay_constants(tmp_path: Path) -> None:
    text = ORDER.format("{number} &amp; &lt;b&gt; “ğ”", "&quot;{x}&quot;", "")
    made(sample(tmp_path, "s.xml", text), tmp_path)
    document = document_of(tmp_path / "mine").decode()
    assert "<D>{number} &amp; &lt;b&gt; “ğ”</D>" in document
    assert "{x}" in document


def test_namespaces_stay(tmp_path: Path) -> None:
    text = (
        '<e:A xmlns:e="urn:e" xmlns:o="urn:o"><o:N o:t="SIP-2026-0003">155.00</o:N>'
        "<S><K>KUP-1</K></S></e:A>"
    )
    made(sample(tmp_path, "s.xml", text), tmp_path)
    document = document_of(tmp_path / "mine").decode()
    assert '<o:N o:t="SIP-2026-0003">155.00</o:N>' in document


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("s.xml", "<A>".encode("utf-16"), "UTF-16"),
        ("s.xml", b"<A><B></A>", "not well-formed"),
        ("s.xml", b'<!DOCTYPE A [<!ENTITY x "y">]><A>&x;</A>', "DTD"),
        ("s.xml", b"<A>text<B/></A>", "both a text and elements"),
        ("s.xml", b"   ", "is empty"),
        ("s.xml", '<?xml version="1.0" encoding="utf-8"?><A>ğ</A>'.encode("cp1254"), "utf-8"),
        ("s.json", b"{]", "not JSON"),
        ("s.json", b"3", "object"),
        ("s.csv", b"one\ntwo\n", "no columns"),
        ("s.pdf", b"%PDF", "no .xml, .json or .csv"),
    ],
)
def test_what_is_no_sample_is_said(
    name: str, content: bytes, sentence: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    result = run(file, tmp_path)
    assert result.exit_code == 2, result.stdout
    assert sentence in " ".join(result.stderr.split())
    assert not (tmp_path / "mine").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    made(SAMPLES / "logo-slip.xml", tmp_path)
    before = (tmp_path / "mine" / "order.xml").read_bytes()
    again = run(SAMPLES / "canias-order.xml", tmp_path)
    assert again.exit_code == 2
    assert "is there already" in again.stderr
    assert (tmp_path / "mine" / "order.xml").read_bytes() == before


@pytest.mark.parametrize("name", ["Mine", "../mine", "a b", "a--b", ""])
def test_a_name_is_a_folder_of_its_own(name: str, tmp_path: Path) -> None:
    assert run(SAMPLES / "logo-slip.xml", tmp_path, name=name).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_rejected_order_makes_no_profile(tmp_path: Path) -> None:
    order = tmp_path / "o.order.json"
    order.write_bytes(WEB_ORDER.read_bytes())
    result = run(SAMPLES / "logo-slip.xml", tmp_path, order)
    assert result.exit_code == 3
    assert json.loads(result.stdout)["code"] == "NO_LINES"
    assert not (tmp_path / "mine").exists()


def test_encodings_marks_and_line_ends(tmp_path: Path) -> None:
    rows = "NO;STOK;AD;TUTAR\r\nSIP-2026-0003;KUP-1;Alıcı ğş;108,00\r\n"
    marked = made(sample(tmp_path, "a.csv", rows, "utf-8-sig"), tmp_path / "a")
    assert (marked["encoding"], marked["newline"]) == ("utf-8-sig", "crlf")
    turkish = made(sample(tmp_path, "b.csv", rows.replace("\r", ""), "cp1254"), tmp_path / "b")
    assert (turkish["encoding"], turkish["newline"]) == ("windows-1254", "lf")
    document = document_of(tmp_path / "b" / "mine")
    assert document.startswith("NO;STOK;AD;TUTAR\nSIP-2026-0003;KUP-1;".encode("cp1254"))


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_delimiters_quotes_and_headers(delimiter: str, tmp_path: Path) -> None:
    cells = [["SIP-2026-0003", "KUP-1", "108.00"], ["SIP-2026-0003", "KTP-9", "27.00"]]
    text = "".join(delimiter.join(f'"{cell}"' for cell in row) + "\n" for row in cells)
    found = made(sample(tmp_path, "s.csv", text), tmp_path)
    assert list(expressions(found).values()) == ["{order.number}", "{sku}", "{money(gross)}"]
    assert document_of(tmp_path / "mine").decode() == text


def test_a_formula_of_the_sample_itself_stays(tmp_path: Path) -> None:
    text = "SIP-2026-0003;KUP-1;=A1\nSIP-2026-0003;KTP-9;=A1\n"
    made(sample(tmp_path, "s.csv", text), tmp_path)
    assert document_of(tmp_path / "mine").decode() == text


@pytest.mark.parametrize(
    "text",
    [
        '[{"no":"SIP-2026-0003","l":[{"sku":"KUP-1","@x":"k","a?":"b"},{"sku":"KTP-9"}]}]',
        '{"a":[[1,2],["KUP-1"]],"b":[],"c":{},"d":null,"e":1e5,"f":"{x}","g":[{}],"t":true}',
    ],
)
def test_awkward_json_is_a_sample(text: str, tmp_path: Path) -> None:
    made(sample(tmp_path, "s.json", text), tmp_path)
    written = json.loads(document_of(tmp_path / "mine"))
    given = json.loads(text)
    if isinstance(given, dict):
        assert written == given
    else:
        assert [line["sku"] for line in written[0]["l"]] == ["KUP-1", "KTP-9"]
        assert written[0]["l"][0] == given[0]["l"][0]


def test_it_tells_a_person_what_it_did(tmp_path: Path) -> None:
    arguments = ["new-profile", "mine", "--from", str(SAMPLES / "logo-slip.xml"), "--order",
                 str(WEB_ORDER), "-o", str(tmp_path)]  # fmt: skip
    result = runner.invoke(app, arguments)
    assert result.exit_code == 0, result.stderr
    for words in ("{date(placed_at)}", "Left as it was", "503316480", "Look at", "ISO-8859-9"):
        assert words.lower() in result.stdout.lower()


def test_help_has_an_example() -> None:
    for command in ("new-profile", "example"):
        said = " ".join(runner.invoke(app, [command, "--help"]).stdout.split())
        assert f"Example: erp-adapter {command}" in said


TRIALS = ("canias", "logo")
"""The ninth profile, and Logo's as a consultant made it from the guide alone."""
GOLDEN = sorted(SAMPLES.glob("*.expected.xml"))


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Of each trial its profile: a sample, new-profile, and a patch; no Python."""
    folder = tmp_path_factory.mktemp("edited")
    samples = {"canias": "canias-order.xml", "logo": "logo-slip.xml"}
    for name in TRIALS:
        made(SAMPLES / samples[name], folder, name=name)
        patch(folder / name, (SAMPLES / f"{name}.patch").read_text("utf-8"))
    return {name: folder / name for name in TRIALS}


@pytest.mark.parametrize("expected", GOLDEN, ids=lambda file: file.name.split(".expected")[0])
def test_a_sample_and_a_patch_give_golden_documents(
    expected: Path, edited: dict[str, Path]
) -> None:
    trial, order, *_ = expected.name.split(".")
    document = document_of(edited[trial], EXAMPLES / f"{order}.order.json")
    assert document == expected.read_bytes()


def test_both_have_golden_documents() -> None:
    assert len(GOLDEN) == 8
    assert {file.name.split(".")[0] for file in GOLDEN} == set(TRIALS)


@pytest.mark.parametrize("trial", TRIALS)
def test_it_takes_few_edits_and_leaves_no_problem(trial: str, edited: dict[str, Path]) -> None:
    assert 0 < changed_lines((SAMPLES / f"{trial}.patch").read_text("utf-8")) <= 60
    linted = runner.invoke(app, ["lint", str(edited[trial])])
    assert linted.exit_code == 0, linted.stdout


def test_what_might_be_a_value_of_the_line_is_said(tmp_path: Path) -> None:
    text = "<A><S><K>KUP-1</K><X>20</X><Y>1</Y></S></A>"
    found = made(sample(tmp_path, "s.xml", text), tmp_path)
    (said,) = [sentence for sentence in found["look_at"] if "A/S/X" in sentence]
    assert "is 20 on each line now, and might be tax_rate" in said
    assert not any("A/S/Y" in sentence for sentence in found["look_at"])


def test_the_price_of_a_charge_is_its_own(tmp_path: Path) -> None:
    made(SAMPLES / "logo-slip.xml", tmp_path)
    door = document_of(tmp_path / "mine", EXAMPLES / "pay-at-door.order.json").decode("iso-8859-9")
    assert "<PRICE>29.9</PRICE>" in door
    assert "<PRICE>20</PRICE>" not in door
