"""The report of a study in a real browser: narrow screens, keyboard, comparing, no connection."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
EXAMPLE = Path(__file__).parents[2] / "examples" / "study" / "report.html"


@pytest.fixture(params=[1280, 400])
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": request.param, "height": 900}, offline=True)
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    opened.on("request", lambda sent: problems.append(sent.url) if "http" in sent.url[:5] else None)
    opened.goto(EXAMPLE.as_uri())
    yield opened
    context.close()
    assert not problems


def test_it_says_on_top_that_it_is_simulated_and_never_scrolls_sideways(page: Any) -> None:
    assert "Simulated, not measured." in page.locator("header").inner_text()
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0


def test_intervals_hold_their_rates_and_stay_in_their_tracks(page: Any) -> None:
    for row in page.locator(".intervals .row:not(.ticks)").all():
        track, dot = (row.locator(each).bounding_box() for each in (".track", ".dot"))
        middle = dot["x"] + dot["width"] / 2
        assert track["x"] <= middle <= track["x"] + track["width"]
        if row.locator(".range").count():
            bar = row.locator(".range").bounding_box()
            assert bar["x"] <= middle <= bar["x"] + bar["width"]


def test_every_picture_is_shown_and_can_be_compared_by_keyboard(page: Any) -> None:
    broken = "[...document.querySelectorAll('.sheet img')].filter(i => !i.naturalWidth).length"
    assert page.evaluate(broken) == 0
    page.locator(".sheet button").first.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog")
    assert dialog.is_visible()
    assert "landscape" in dialog.locator("strong").inner_text()
    sources = [image.get_attribute("src") for image in dialog.locator("img").all()]
    assert len(set(sources)) == 2
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


def test_the_methods_are_chosen_whole_with_one_click(page: Any) -> None:
    page.locator(".methods").click()
    assert "SIMULATED, NOT MEASURED" in page.evaluate("getSelection().toString()")
