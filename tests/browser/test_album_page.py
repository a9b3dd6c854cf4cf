"""An album in a real browser: captions, colors said once for all, a page to share; and axe-core."""

import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.photographs import save_gray
from tests.studios import serving
from tests.tiny import tiny_model

pytestmark = pytest.mark.browser
AXE = "axe-core@4.14.1"  # MPL-2.0, for this test alone: fetched, not kept here


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core."""
    npm, place = shutil.which("npm"), tmp_path_factory.mktemp("axe")
    if npm is None:
        pytest.skip("npm, which fetches axe-core, is not installed")
    command = [npm, "pack", AXE, "--silent"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm cannot fetch {AXE}: {done.stderr.strip()[:200]}")
    with tarfile.open(next(place.glob("*.tgz"))) as packed:
        script = packed.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("album")
    for number in range(3):
        save_gray(place / "in" / f"{number}.png", seed=number, size=(90, 120))
    (place / "in" / "torn.png").write_bytes((place / "in" / "0.png").read_bytes()[:2000])
    model = tiny_model(place / "tiny.onnx", hints=True, strength=25)
    with serving(place / "out", model, place / "in") as (address, _):
        yield address


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.set_default_timeout(120_000)  # of each wait for an event
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(address)
    page.locator("photo-album li[data-state=done]").nth(2).wait_for()
    yield page
    context.close()
    assert not problems


def violations(page: Any, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run()).violations")
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]


def open_first(page: Any) -> None:
    page.locator("photo-album li[data-state=done] .open").first.click()
    page.locator("photo-bench[data-shown*=saturation]").wait_for()


def test_a_photograph_from_far_down_the_album_is_seen_from_its_top(page: Any) -> None:
    page.set_viewport_size({"width": 400, "height": 300})
    last = page.locator("photo-album li[data-state=done] .open").last
    last.scroll_into_view_if_needed()
    assert page.evaluate("scrollY") > 0
    last.click()
    page.locator("photo-bench .stage").wait_for()
    assert page.evaluate("scrollY") == 0


def test_on_a_phone_the_photographs_are_not_pushed_down(page: Any) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    buttons = page.locator("photo-album .bar button")
    tops = {buttons.nth(n).bounding_box()["y"] for n in range(3)}
    assert len(tops) == 1
    assert page.locator("photo-album li").first.bounding_box()["y"] < 200
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.set_viewport_size({"width": 360, "height": 640})
    cards = page.locator("photo-album li")
    assert cards.nth(0).bounding_box()["y"] == cards.nth(1).bounding_box()["y"]  # two in a row
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_on_a_large_screen_no_name_of_a_color_is_cut(page: Any) -> None:
    page.set_viewport_size({"width": 2560, "height": 1440})
    open_first(page)
    page.get_by_role("button", name="Say what color something was").click()
    view = page.locator(".view").bounding_box()
    page.mouse.click(view["x"] + view["width"] / 2, view["y"] + view["height"] / 2)
    page.locator(".card .likely button").first.wait_for()
    assert page.evaluate(
        "[...document.querySelectorAll('.card button, .card label')]"
        ".every((each) => each.scrollWidth <= each.clientWidth)"
    )


def test_the_api_is_described_offline(page: Any, address: str, axe: str) -> None:
    page.goto(f"{address}api")
    page.locator("#paths[data-done]").wait_for()
    page.get_by_role("heading", name="POST /api/v1/colorize").wait_for()
    assert violations(page, axe) == []


def test_a_caption_and_a_page_to_share(page: Any) -> None:
    open_first(page)
    caption = page.get_by_label("Caption")
    caption.fill("Emma <b>at</b> the lake")
    caption.blur()
    page.go_back()
    page.locator("photo-album li").filter(has_text="Emma <b>at</b> the lake").wait_for()
    page.get_by_role("button", name="Make a page to share").click()
    page.get_by_label("Title").fill("Our album")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Make the page").click()
    assert waiting.value.suggested_filename == "Our album.html"
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert "Emma &lt;b&gt;at&lt;/b&gt; the lake" in text
    assert text.count("<figure") == 3


def test_a_color_of_another_photograph_is_said_in_all(page: Any, tmp_path: Path) -> None:
    Image.fromarray(np.full((40, 60, 3), (120, 40, 60), np.uint8)).save(tmp_path / "swatch.png")
    open_first(page)
    page.get_by_role("button", name="Say what color something was").click()
    view = page.locator(".view").bounding_box()
    page.mouse.click(view["x"] + view["width"] / 2, view["y"] + view["height"] / 2)
    card = page.get_by_role("dialog", name="What color was this?")
    card.get_by_label("From another photograph").set_input_files(tmp_path / "swatch.png")
    other = page.get_by_role("img", name=re.compile("The other photograph"))
    other.wait_for()
    other.press("ArrowLeft")
    other.press("Enter")
    page.locator("photo-bench[data-shown*='#78283c']").wait_for()
    page.get_by_role("button", name="The same for all photographs").click()
    page.get_by_label("Colors you said").check()
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_text("Copied to all").wait_for()
    page.go_back()
    page.locator("photo-album li").filter(has_text="2.png").click()
    page.locator("photo-bench[data-shown*='#78283c']").wait_for()


def test_a_color_is_copied_to_those_that_are_chosen(page: Any) -> None:
    page.get_by_role("checkbox", name="Choose 2.png").check()
    page.locator("photo-album li").filter(has_text="1.png").locator(".open").click()
    page.locator("photo-bench[data-shown*=saturation]").wait_for()
    page.get_by_role("slider", name="Warmth").press("End")
    page.locator("photo-bench[data-shown*='\"warmth\":1']").wait_for()
    page.get_by_role("button", name="The same for all photographs").click()
    assert page.get_by_label("Only to those chosen in the album (1)").is_checked()
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_text("Copied to the chosen photographs").wait_for()
    told = page.evaluate(
        "async () => (await (await fetch('/api/v1/photographs')).json()).photographs"
    )
    assert {each["name"]: each["adjustments"]["warmth"] for each in told}["2.png"] == 1
    assert sum(each["adjustments"]["warmth"] == 1 for each in told) == 2


def test_a_color_is_said_by_keyboard_alone(page: Any) -> None:
    page.locator("photo-album li").filter(has_text="2.png").locator(".open").click()
    page.locator("photo-bench[data-shown*=saturation]").wait_for()
    page.get_by_role("button", name="Reset").press("Enter")
    page.get_by_role("button", name="Say what color something was").press("Enter")
    for key in ("Shift+ArrowRight", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    page.locator(".card .likely button").nth(4).wait_for()
    page.keyboard.press("2")
    page.locator('photo-bench[data-shown*=\'"hints":[{"x":72,"y":43\']').wait_for()
    mark = page.get_by_role("button", name=re.compile("Place 1, "))
    mark.press("ArrowDown")
    page.locator('photo-bench[data-shown*=\'"x":72,"y":45\']').wait_for()
    page.keyboard.press("ArrowLeft")  # the mark has kept the focus
    page.locator('photo-bench[data-shown*=\'"x":70,"y":45\']').wait_for()
    page.keyboard.press("Delete")
    page.locator("photo-bench[data-shown*='\"hints\":[]']").wait_for()
    page.keyboard.press("Control+z")
    mark.wait_for()


def test_a_brush_adds_to_what_a_hint_covers(page: Any) -> None:
    page.locator("photo-album li").filter(has_text="1.png").click()
    page.locator("photo-bench[data-shown*=saturation]").wait_for()
    page.get_by_role("button", name="Say what color something was").click()
    view = page.locator(".view").bounding_box()
    left, middle = view["x"] + view["width"] / 3, view["y"] + view["height"] / 2
    page.mouse.click(left, middle)
    card = page.get_by_role("dialog", name="What color was this?")
    card.locator(".likely button").first.click()
    brush = page.get_by_role("button", name=re.compile("Paint over what else is")).last
    brush.click()
    page.mouse.move(left + 60, middle)
    page.mouse.down()
    page.mouse.move(left + 160, middle, steps=5)
    page.mouse.up()
    page.locator("photo-bench[data-shown*='adds']").wait_for()
    assert brush.get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert brush.get_attribute("aria-pressed") == "false"
    page.get_by_role("button", name=re.compile("Place 1, ")).click()
    card.locator(".likely button").nth(3).click()  # another color for what was painted
    card.wait_for(state="hidden")
    page.get_by_role("button", name=re.compile("Place 1, ")).click()
    assert page.locator("photo-bench[data-shown*='adds']").count() == 1
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    page.locator("photo-bench[data-shown*='hints']:not([data-shown*='adds'])").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_that_axe_finds(page: Any, axe: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    assert violations(page, axe) == []
    open_first(page)
    page.locator(".variants img[src]").nth(5).wait_for()
    assert violations(page, axe) == []
    page.get_by_role("button", name="Say what color something was").click()
    view = page.locator(".view").bounding_box()
    page.mouse.click(view["x"] + view["width"] / 3, view["y"] + view["height"] / 3)
    page.get_by_role("dialog", name="What color was this?").get_by_role("button").first.wait_for()
    assert violations(page, axe) == []
