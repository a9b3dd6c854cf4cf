"""The page of an album as people see it: small and large, on paper, and after it was mailed."""

from pathlib import Path
from typing import Any

import pytest
from tests.photographs import save_color, save_gray

from photochrom.report.gallery import GalleryEntry, write_gallery

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("mailed")
    entries = [
        GalleryEntry.of_files(save_gray(place / "in" / name), save_color(place / name))
        for name in ("a.png", "b.png", "c.png")
    ]
    page = write_gallery(place, entries, title="Album")
    return page.rename(tmp_path_factory.mktemp("elsewhere") / "album.html")


def test_it_is_enlarged_by_keyboard_and_closed_again(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    page.get_by_role("link", name="Enlarge b.png").press("Enter")
    large = page.get_by_role("dialog", name="b.png")
    divider = large.get_by_role("slider")
    divider.press("ArrowRight")
    assert divider.input_value() == "51"
    page.get_by_role("button", name="The next photograph").click()
    page.get_by_role("dialog", name="c.png").wait_for()
    assert page.get_by_role("button", name="The next photograph").is_disabled()
    address = page.url
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    page.wait_for_function("!location.hash")
    page.goto(address)  # a link to one photograph
    page.get_by_role("dialog", name="c.png").wait_for()
    box = page.get_by_role("dialog").locator(".slider").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= page.viewport_size["width"]


def test_on_paper_both_lie_side_by_side(page: Any) -> None:
    page.emulate_media(media="print")
    after, before = (page.locator("#photograph-1 img").nth(n).bounding_box() for n in (0, 1))
    assert before["x"] + before["width"] <= after["x"]
    assert before["width"] == pytest.approx(after["width"], abs=1)
    assert not page.get_by_role("link", name="Enlarge a.png").is_visible()


def test_paper_is_white_where_the_screen_is_dark(page: Any) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    drawn = page.evaluate(
        "[document.body, document.documentElement].map((each) => getComputedStyle(each))"
        ".flatMap(({ color, colorScheme }) => [color, colorScheme])"
    )
    assert drawn == ["rgb(27, 27, 27)", "light", "rgb(0, 0, 0)", "light"]
