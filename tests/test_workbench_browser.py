"""The workbench's page in a real browser: `make browser`; `make test` leaves it out.

CHROMIUM names another browser than the one on the path (Debian: apt-get install chromium).
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from erp_console.cli import app
from erp_console.workbench.bench import Bench
from erp_console.workbench.orders import Orders
from erp_console.workbench.serving import listening, serve
from playwright.sync_api import Browser, Page, expect, sync_playwright
from typer.testing import CliRunner

ROOT = Path(__file__).parent.parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no browser: install chromium, or name one"),
    pytest.mark.usefixtures("asked_for"),
]


@pytest.fixture(scope="module")
def asked_for(request: pytest.FixtureRequest) -> None:
    """A browser has its own pace: `make browser`, not `make test`."""
    if not request.config.getoption("--long"):
        pytest.skip("needs --long: make browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Without a sandbox of its own, because CI runs as root; it opens this one page only.
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A profile of its own, which may be written."""
    profiles = ROOT / "layers" / "profiles"
    shutil.copy(profiles / "routes.toml", tmp_path)
    return Path(shutil.copytree(profiles / "logo-sales-orders", tmp_path / "my-erp"))


@contextmanager
def served_at(bench: Bench) -> Iterator[str]:
    """The address of a page that a thread of this process serves."""
    served = listening(bench, 0)
    thread = Thread(target=serve, args=[served])
    thread.start()
    yield served.url
    served.server.should_exit = True
    thread.join()


@pytest.fixture
def url(folder: Path, tmp_path: Path) -> Iterator[str]:
    """The page's address, with two orders."""
    (tmp_path / "work").mkdir()
    orders = tmp_path / "orders"
    shutil.copytree(ROOT / "events" / "orders", orders)
    # The same order once more, with an amount that its items do not make.
    for kind in ("order", "items", "discounts"):
        content = json.loads((orders / f"27.{kind}.json").read_bytes())
        if kind == "order":
            content["amount"] = "17.40"
        (orders / f"28.{kind}.json").write_text(json.dumps(content), "utf-8")
    with served_at(Bench(Orders.at(orders, None), {"my-erp": folder}, tmp_path / "work")) as url:
        yield url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """The page, opened; nothing may go wrong in it unnoticed, the policy's refusals included."""
    faults: list[str] = []
    with browser.new_page() as page:
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.goto(url)
        expect(page.locator("#state")).to_have_text("passes")
        yield page
    assert faults == []


def test_the_document_and_where_its_values_come_from(page: Page) -> None:
    page.locator("#text .v", has_text="CRP-100-SYH-M").hover()
    said = page.locator("#explanation")
    expect(said).to_contain_text("{code || sku}")
    expect(said).to_contain_text("order.xml, line")
    expect(said).to_contain_text("item.product.sku")
    lit = page.locator("#fields .field.lit")
    expect(lit.filter(has_text="CRP-100-SYH-M")).to_have_count(1)
    expect(page.locator("#editor .cm-line.lit")).to_contain_text("MASTER_CODE")


def test_where_a_field_went_and_what_is_not_used(page: Page) -> None:
    page.locator("#fields .field", has_text="760906").hover()
    expect(page.locator("#text .v.lit")).to_have_text(["760906"])
    expect(page.locator("#explanation")).to_contain_text("went to")
    expect(page.locator("#explanation")).to_contain_text("SALES_ORDERS/ORDER_SLIP/ARP_CODE")
    unused = page.locator("#fields .field", has_text="payment_option").locator("xpath=..")
    page.locator("#filter").fill("credit_card")
    expect(unused.locator(".field.unused")).to_contain_text("credit_card")
    page.locator("#filter").fill("")
    page.locator("#which").select_option("unused")
    expect(page.locator("#fields .field", has_text="760906")).to_have_count(0)


def test_a_field_is_put_into_the_profile_where_the_cursor_is(page: Page) -> None:
    page.locator("#editor .cm-line", has_text="DOC_TRACK_NR").click()
    page.keyboard.press("Home")
    page.keyboard.type("<EXTRA>")
    expect(page.locator("#text")).to_contain_text("<EXTRA/>")
    page.locator("#filter").fill("client_type")
    page.locator("#fields .field", has_text="client_type").click()
    page.locator("#text .v").first.hover()  # on the way: the clicked one stays
    page.get_by_role("button", name="Insert at the cursor").click()
    expect(page.locator("#text")).to_contain_text("<EXTRA>default</EXTRA>")
    page.locator("#filter").fill("item.product.base_code")
    page.locator("#fields .field", has_text="base_code").click()
    page.get_by_role("button", name="Insert at the cursor").click()
    expect(page.locator("#editor")).to_contain_text("{client_type}{base_code}</EXTRA>")
    for _ in "{client_type}{base_code}":  # the order itself has no base_code
        page.keyboard.press("Backspace")
    expect(page.locator("#text")).not_to_contain_text("<EXTRA>default</EXTRA>")
    page.locator("#fields .field", has_text="base_code").click()
    page.keyboard.press("Escape")
    page.locator("#text .v").first.hover()
    expect(page.locator("#explanation")).to_contain_text("DBOP")


def test_the_keyboard_is_enough(page: Page) -> None:
    page.locator("#text").focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(page.locator("#explanation")).to_contain_text("DOC_TRACK_NR")
    page.keyboard.press("Enter")
    expect(page.locator("#editor .cm-activeLine")).to_contain_text("DOC_TRACK_NR")


def test_problems_are_marked_while_typing_and_the_document_follows(page: Page) -> None:
    page.locator("#editor .cm-line", has_text="DOC_TRACK_NR").click()
    page.keyboard.press("Home")
    page.keyboard.type("<EXTRA>{numbr}")  # the editor closes the tag
    expect(page.locator("#state")).to_have_text("1 problem")
    expect(page.locator("#problems")).to_contain_text("Did you mean number?")
    expect(page.locator("#editor .cm-lintRange-error")).to_have_text("numbr")
    expect(page.locator("#text")).to_have_class("stale")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("e")
    expect(page.locator("#state")).to_have_text("passes")
    expect(page.locator("#text")).to_contain_text("<EXTRA>bf7b66149236455</EXTRA>")
    expect(page.locator("#problems")).to_be_hidden()


def test_a_draft_is_kept_on_disk_only_when_it_is_saved(page: Page, folder: Path) -> None:
    before = (folder / "order.xml").read_text("utf-8")
    page.locator("#editor .cm-line", has_text="DOC_TRACK_NR").click()
    page.keyboard.press("Home")
    page.keyboard.type("<EXTRA>x")
    expect(page.locator("#text")).to_contain_text("<EXTRA>x</EXTRA>")
    assert (folder / "order.xml").read_text("utf-8") == before
    page.keyboard.press("Control+s")
    expect(page.locator("#state")).to_have_text("saved")
    expect(page.locator("#save")).to_be_disabled()
    assert "<EXTRA>x</EXTRA>" in (folder / "order.xml").read_text("utf-8")


def test_the_document_is_downloaded_byte_for_byte(page: Page, folder: Path, tmp_path: Path) -> None:
    with page.expect_download() as waiting:
        page.locator("#download").click()
    waiting.value.save_as(tmp_path / "document")
    order = str(ROOT / "events" / "orders" / "27.order.json")
    told = CliRunner().invoke(app, ["preview", order, "--profile", str(folder)])
    assert (tmp_path / "document").read_bytes() == told.stdout_bytes
    assert waiting.value.suggested_filename == "bf7b66149236455-27.xml"


def test_the_money_table_adds_up_and_says_where_it_does_not(page: Page) -> None:
    page.locator("#tab-money").click()
    panel = page.locator("#panel")
    figures = panel.locator(".money").first.locator("tbody tr")
    expect(figures).to_contain_text(
        ["CRP-100-SYH-M", "Shipping", "together", "amount of the order", "to be paid"]
    )
    amounts = [float(row.locator("td").nth(3).inner_text().strip("+ TRY")) for row in figures.all()]
    assert round(amounts[0] + amounts[1], 2) == amounts[2] == amounts[3] == amounts[4] == 16.40
    expect(page.locator("#tab-money")).to_have_class("good")
    page.locator("#orders").select_option("28")
    expect(page.locator("#rejection")).to_contain_text("TOTALS_MISMATCH")
    expect(page.locator("#tab-money")).to_have_class("bad")
    expect(panel.locator("tr.bad").first).to_contain_text("difference")
    expect(panel.locator("tr.bad").first).to_contain_text("-1.00")


def test_settings_and_missing_codes_are_edited_in_their_panel(page: Page) -> None:
    page.locator("#tab-constants").click()
    page.get_by_label("source_warehouse").fill("7")
    page.get_by_label("source_warehouse").press("Enter")
    expect(page.locator("#text")).to_contain_text("<SOURCE_WH>7</SOURCE_WH>")
    page.get_by_label("guest_customer").fill('PERA "K"')
    page.get_by_label("guest_customer").press("Enter")
    expect(page.locator("#editor")).to_contain_text('guest_customer   = "PERA \\"K\\""')
    expect(page.locator("#state")).to_have_text("passes")
    # A table without its default misses what it does not list.
    panel = page.locator("#panel")
    panel.get_by_role("button", name="C62").click()
    page.keyboard.press("Home")
    page.keyboard.type("#")
    panel.get_by_role("button", name="*").last.click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.press("Delete")  # typed over, Chromium keeps the old text's style: refused
    page.keyboard.type('KGM = "KG"')
    expect(page.locator("#rejection")).to_contain_text("UNKNOWN_LOOKUP")
    panel.get_by_role("button", name="Look at the last 50").click()
    expect(panel.locator(".missing")).to_contain_text("[lookup.unit] C62")
    panel.locator(".missing").get_by_role("button", name="Add").click()
    page.keyboard.type("ADET")
    expect(page.locator("#state")).to_have_text("passes")


def test_the_last_orders_and_the_sample(page: Page, tmp_path: Path) -> None:
    page.locator("#tab-many").click()
    page.locator("#panel").get_by_role("button", name="Look at the last 50").click()
    expect(page.locator("#panel .matrix tbody tr")).to_have_count(2)
    expect(page.locator("#panel .matrix td.bad").first).to_have_text("TOTALS_MISMATCH")
    page.locator("#tab-sample").click()
    sample = tmp_path / "sample.xml"
    slip = "<DATE>2017-01-30</DATE><VKN>1</VKN>"
    sample.write_text(f"<SALES_ORDERS><ORDER_SLIP>{slip}</ORDER_SLIP></SALES_ORDERS>", "utf-8")
    page.locator("#panel input[type=file]").set_input_files(sample)
    rows = page.locator("#panel .sample tbody tr")
    expect(rows.filter(has_text="ORDER_SLIP/VKN")).to_contain_text("ours lacks it")
    expect(rows.filter(has_text="ORDER_SLIP/DATE")).to_contain_text("looks different")


@pytest.mark.parametrize(("width", "dark"), [(1366, False), (1366, True), (420, False)])
def test_it_fits_a_laptop_and_a_narrow_window(page: Page, width: int, dark: bool) -> None:
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_viewport_size({"width": width, "height": 768})
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) == 0
    if width < 900:
        expect(page.locator("#order")).to_be_hidden()
        page.locator("#panes").get_by_role("button", name="Order").click()
        expect(page.locator("#fields")).to_be_visible()
    ink, ground = page.evaluate(
        "['color', 'backgroundColor'].map((name) => getComputedStyle(document.body)[name])"
    )
    dim = [sum(map(int, c.strip("rgb()").split(","))) for c in (ink, ground)]
    assert (dim[0] > dim[1]) == dark


def test_the_pictures_of_the_docs(
    browser: Browser, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """`--update-golden` takes them anew; look at them before you keep them."""
    profiles, docs = ROOT / "layers" / "profiles", ROOT / "docs"
    known = {name: profiles / name for name in ("logo-sales-orders", "csv-flat")}
    orders = Orders.at(profiles / "csv-flat" / "examples", None)
    with (
        served_at(Bench(orders, known, tmp_path)) as url,
        browser.new_page(viewport={"width": 1280, "height": 740}) as page,
    ):
        page.goto(url)
        page.locator("#orders").select_option("two-rates-order-discount")
        expect(page.locator("#name")).to_contain_text("SIP-2026-0003")
        page.locator("#tab-money").click()
        page.locator("#text .v", has_text="30.00").first.hover()
        expect(page.locator("#explanation")).to_contain_text("lines[1].unit_price")
        light = page.screenshot()
        page.emulate_media(color_scheme="dark")
        page.locator("#tab-constants").click()
        page.locator("#editor .cm-line", has_text="<PRICE>").first.click()
        page.keyboard.press("End")
        page.keyboard.type("<NAME>{nam}")
        expect(page.locator("#problems")).to_contain_text("Did you mean name?")
        dark = page.screenshot()
        page.keyboard.press("ArrowLeft")
        page.keyboard.type("e")
        expect(page.locator("#state")).to_have_text("passes")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 420, "height": 740})
        page.locator("#tab-constants").click()
        page.locator("#text .v", has_text="Kitap").click()
        expect(page.locator("#explanation")).to_contain_text("lines[1].name")
        narrow = page.screenshot()
    for name, picture in {"light": light, "dark": dark, "narrow": narrow}.items():
        assert picture.startswith(b"\x89PNG")
        if pytestconfig.getoption("--update-golden"):
            (docs / f"workbench-{name}.png").write_bytes(picture)
