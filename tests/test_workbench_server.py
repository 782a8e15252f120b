"""The workbench's server: who is let in, what the page asks, and what is said where it fails."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from erp_console.target import Target
from erp_console.terminal import Hindered
from erp_console.workbench.bench import AskedLast, AskedOrder, AskedView, Bench
from erp_console.workbench.orders import Orders
from erp_console.workbench.server import STATIC, workbench_app
from erp_console.workbench.serving import listening
from operated import Operated
from starlette.testclient import TestClient
from world import STACK

ROOT = Path(__file__).parent.parent
TOKEN, HOST = "token-of-this-test", "127.0.0.1:8123"
Ask = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A profile of its own, which may be written."""
    shutil.copy(ROOT / "layers" / "profiles" / "routes.toml", tmp_path)
    return Path(
        shutil.copytree(ROOT / "layers" / "profiles" / "logo-sales-orders", tmp_path / "own")
    )


@pytest.fixture
def bench(folder: Path, tmp_path: Path) -> Bench:
    (tmp_path / "work").mkdir()
    return Bench(Orders.at(ROOT / "events" / "orders", None), {"own": folder}, tmp_path / "work")


@pytest.fixture
def client(bench: Bench) -> TestClient:
    return TestClient(workbench_app(bench, TOKEN, 8123), base_url=f"http://{HOST}")


@pytest.fixture
def ask(client: TestClient) -> Ask:
    def asked(name: str, **question: Any) -> tuple[int, dict[str, Any]]:
        origin = {"Origin": f"http://{HOST}"}
        answer = client.post(f"/{TOKEN}/api/{name}", json=question, headers=origin)
        return answer.status_code, answer.json()

    return asked


def test_the_page_is_there_for_who_has_the_token(client: TestClient) -> None:
    page = client.get(f"/{TOKEN}/")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert f'content="{nonce}"' in page.text
    assert nonce not in client.get(f"/{TOKEN}/").headers["Content-Security-Policy"]
    assert client.get(f"/{TOKEN}/static/app.js").status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/wrong/", "/api/start", "/static/app.js", f"/{TOKEN[:-1]}/"]
)
def test_nothing_is_there_for_others(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, TOKEN in answer.text) == (404, False)
    assert answer.text.startswith("Open the whole address")  # before anything looks at the path


@pytest.mark.parametrize("host", ["evil.example.com", "127.0.0.1", "127.0.0.1:1", ""])
def test_another_name_of_this_machine_is_refused(client: TestClient, host: str) -> None:
    assert client.get(f"/{TOKEN}/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example.com"}, 403),
        ({"Origin": f"http://{HOST}", "Content-Type": "text/plain"}, 415),
        ({"Origin": f"http://{HOST}", "Content-Length": "99999999"}, 413),
    ],
)
def test_only_the_page_itself_may_ask(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    sent = {"Content-Type": "application/json", **headers}
    answer = client.post(f"/{TOKEN}/api/profile", content=b'{"profile": "own"}', headers=sent)
    assert answer.status_code == status


def test_no_answer_can_be_read_by_another_page_or_kept(client: TestClient) -> None:
    for path in (f"/{TOKEN}/", f"/{TOKEN}/api/start", f"/{TOKEN}/static/app.js", "/wrong"):
        headers = client.get(path, headers={"Origin": "http://evil.example.com"}).headers
        assert not [name for name in headers if name.startswith("access-control")]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert client.options(f"/{TOKEN}/api/view").status_code == 405


def test_what_there_is_to_choose_from(client: TestClient) -> None:
    found = client.get(f"/{TOKEN}/api/start").json()
    assert found == {"profiles": ["own"], "profile": "own", "orders": ["27"], "shop": False}


def test_a_draft_is_shown_and_saved(ask: Ask, folder: Path) -> None:
    _, opened = ask("profile", profile="own")
    texts = {file["name"]: file["text"] for file in opened["files"]}
    versions = {file["name"]: file["version"] for file in opened["files"]}
    assert list(texts) == ["profile.toml", "order.xml"]
    texts["order.xml"] = texts["order.xml"].replace("{number}", "No {number}")
    _, view = ask("view", profile="own", files=texts, order="27")
    assert any(value["value"] == "No bf7b66149236455" for value in view["document"]["values"])
    assert "No {number}" not in (folder / "order.xml").read_text("utf-8")
    before = (folder / "profile.toml").stat().st_mtime_ns
    status, saved = ask("save", profile="own", files=texts, versions=versions)
    assert status == 200
    assert (folder / "order.xml").read_text("utf-8") == texts["order.xml"]
    assert (folder / "profile.toml").stat().st_mtime_ns == before
    again = {file["name"]: file["version"] for file in saved["files"]}
    assert ask("save", profile="own", files=texts, versions=again)[0] == 200


def test_what_another_editor_has_saved_is_not_overwritten(ask: Ask, folder: Path) -> None:
    _, opened = ask("profile", profile="own")
    texts = {file["name"]: file["text"] for file in opened["files"]}
    versions = {file["name"]: file["version"] for file in opened["files"]}
    (folder / "order.xml").write_text("<elsewhere/>", "utf-8")
    status, answer = ask("save", profile="own", files=texts, versions=versions)
    assert status == 409
    assert "order.xml was changed on disk" in answer["error"]
    assert (folder / "order.xml").read_text("utf-8") == "<elsewhere/>"


@pytest.mark.parametrize("quote", ["'", '"'])
def test_line_ends_and_encoding_stay_as_they_are_on_disk(
    ask: Ask, folder: Path, quote: str
) -> None:
    declared = (
        f"<?xml version='1.0' encoding={quote}windows-1254{quote}?>\r\n<A>İ{{number}}</A>\r\n"
    )
    (folder / "order.xml").write_bytes(declared.encode("windows-1254"))
    _, opened = ask("profile", profile="own")
    texts = {file["name"]: file["text"] for file in opened["files"]}
    versions = {file["name"]: file["version"] for file in opened["files"]}
    assert texts["order.xml"] == declared.replace("\r\n", "\n")
    texts["order.xml"] = texts["order.xml"].replace("İ", "Ş")
    assert ask("save", profile="own", files=texts, versions=versions)[0] == 200
    wanted = declared.replace("İ", "Ş").encode("windows-1254")
    assert (folder / "order.xml").read_bytes() == wanted
    texts["order.xml"] = texts["order.xml"].replace("Ş", "Ω")
    status, answer = ask("view", profile="own", files=texts, order="27")
    assert status == 409
    assert "lacks the character U+03A9" in answer["error"]


@pytest.mark.parametrize("name", ["../routes.toml", "examples/../../routes.toml", "new.xml", ""])
def test_no_other_file_is_read_or_written(ask: Ask, folder: Path, name: str) -> None:
    for question in ({"order": "27"}, {"versions": {name: ""}}):
        kind = "view" if "order" in question else "save"
        status, answer = ask(kind, profile="own", files={name: "x"}, **question)
        assert (status, "has no file" in answer["error"]) == (409, True)
    assert "shop" in (folder.parent / "routes.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("profile", {"profile": "../own"}),
        ("profile", {"profile": "own", "more": 1}),
        ("profile", {}),
        ("view", {"profile": "own", "files": {}, "order": "../27"}),
        ("view", {"profile": "own", "files": {"order.xml": 1}, "order": "27"}),
        ("fetch", {"number": "27"}),
    ],
)
def test_a_wrong_question_is_answered_with_a_sentence(
    ask: Ask, name: str, question: dict[str, Any]
) -> None:
    status, answer = ask(name, **question)
    assert status in (400, 409)
    assert answer["error"].endswith(".")


def test_what_nobody_foresaw_is_said_without_its_words(
    bench: Bench,
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fail(_: str) -> None:
        raise RuntimeError("a name of somebody")

    monkeypatch.setattr(bench.orders, "source", fail)
    question = {"profile": "own", "files": {}, "order": "27"}
    headers = {"Origin": f"http://{HOST}"}
    answer = client.post(f"/{TOKEN}/api/view", json=question, headers=headers)
    assert (answer.status_code, answer.json()["kind"]) == (500, "RuntimeError")
    out, err = capfd.readouterr()
    assert "somebody" not in answer.text + out + err


def test_a_folder_of_orders_and_one_file(tmp_path: Path) -> None:
    shutil.copy(ROOT / "events" / "orders" / "27.order.json", tmp_path / "a.order.json")
    assert Orders.at(tmp_path, None).names == ["a"]
    assert json.loads(Orders.at(tmp_path / "a.order.json", None).source("a").order)["pk"] == 27


def test_the_command_says_its_address_and_ends_when_asked() -> None:
    command = [str(Path(sys.executable).with_name("erp-adapter")), "workbench", "--no-browser"]
    with subprocess.Popen(
        [*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = json.loads(process.stdout.readline())["url"]
        try:
            answer = httpx.get(f"{url}api/start", trust_env=False, timeout=60)
            wrong = httpx.get(f"{url[:-4]}/", trust_env=False, timeout=60)
        finally:
            process.terminate()
        assert answer.json()["orders"] == ["27"]
        assert wrong.status_code == 404
        assert process.wait() == 0
        # Neither the token nor what was asked for stands in what a terminal keeps.
        assert process.stderr.read() == "The workbench, for this machine only. Ctrl-C ends it.\n"
    assert url.startswith("http://127.0.0.1:")
    assert len(url.split("/")[3]) >= 32


def test_a_port_that_is_taken_is_said(bench: Bench) -> None:
    first = listening(bench, 0)
    with first.socket, pytest.raises(Hindered, match="can't be had"):
        listening(bench, first.socket.getsockname()[1])


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_texts_stand_out_from_their_ground(theme: int) -> None:
    """WCAG 2.1, 1.4.3: 4.5 to 1; what is greyed on purpose 3 to 1."""
    style = (STATIC / "style.css").read_text("utf-8")
    roots = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    of = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", roots[theme]))
    texts = ("ink", "soft", "accent", "value", "good", "word")
    pairs = [(text, ground) for text in texts for ground in ("sheet", "ground")]
    pairs += [("warn", "warn-ground"), ("bad", "bad-ground"), ("bad", "ground"), ("ink", "lit")]
    pairs += [("value", "lit"), ("value", "warn-ground"), ("faint", "sheet")]
    for text, ground in pairs:
        bright, dim = sorted([luminance(of[text]), luminance(of[ground])], reverse=True)
        least = 3 if text == "faint" else 4.5
        assert (bright + 0.05) / (dim + 0.05) >= least, (text, ground)


def test_orders_of_the_shop_are_read_and_only_read(operated: Operated, bench: Bench) -> None:
    world = operated.world
    for pk in (1, 2, 3):
        world.new_order(pk)
        assert world.work(pk) == []
    world.new_order(4)
    bench.orders.target = Target(stack=STACK)
    world.omnitron.traffic.reset()
    assert bench.fetch(AskedOrder(number="pk:4"))["orders"] == ["shop pk:4", "27"]
    assert bench.fetch_last(AskedLast(last=2))["read"] == 2
    assert bench.orders.names == ["shop 3", "shop 2", "shop pk:4", "27"]
    assert bench.orders.last(3) == ["shop 3", "shop 2", "shop pk:4"]
    assert set(world.omnitron.traffic.calls) == {"detail", "items", "discounts"}
    assert not world.is_send(4)
    view = bench.view(AskedView(profile="own", files={}, order="shop pk:4"))
    assert view["document"]["name"].endswith("-4.xml")


def test_the_docs_show_the_page_as_it_is() -> None:
    """Pictures that a reader sees; `make browser UPDATE=--update-golden` takes them."""
    pictures = sorted((ROOT / "docs").glob("workbench-*.png"))
    assert [file.stem for file in pictures] == [
        "workbench-dark", "workbench-light", "workbench-narrow"
    ]  # fmt: skip
    text = (ROOT / "docs" / "workbench.md").read_text("utf-8")
    for file in pictures:
        assert f"]({file.name})" in text
        assert file.stat().st_size < 200_000


def test_other_commands_do_not_wait_for_its_web_stack() -> None:
    heavy = {"starlette", "uvicorn", "boto3", "lxml"}
    said = f"import sys, erp_console.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
