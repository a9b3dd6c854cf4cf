"""The report of an evaluation in a real browser: sorting, slider, keyboard, narrow screens."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.tiny import constant_model

from photochrom.cli.main import run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("browser")
    generator = np.random.default_rng(0)
    for number in range(8):
        kind = place / "photos" / ("birds" if number % 2 else "boats")
        kind.mkdir(parents=True, exist_ok=True)
        coarse = generator.integers(0, 256, (5, 6, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((60, 48)).save(kind / f"{number}.png")
    models = [constant_model(place / f"{n}.onnx", a, 5) for n, a in (("red", 40), ("green", -20))]
    words = [word for model in models for word in ("--model", str(model))]
    photos, out = str(place / "photos"), place / "out"
    assert (
        run(["evaluate", *words, "--photos", photos, "--probe", "intensity", "--out", str(out)])
        == 0
    )
    return out / "report.html"


def column(page: Any, index: int) -> list[float]:
    cells = page.locator(f"table.sortable tbody tr td:nth-child({index + 1})")
    return [float(cell.get_attribute("data-value")) for cell in cells.all()]


def test_a_head_sorts_best_first_and_then_the_other_way(page: Any) -> None:
    head = page.get_by_role("button", name="Sort by AuC", exact=True)
    head.click()
    best_first = column(page, 1)
    assert best_first == sorted(best_first, reverse=True)
    head.click()
    assert column(page, 1) == best_first[::-1]
    assert page.locator("th[aria-sort]").count() == 1


def test_what_is_better_when_low_sorts_low_first_by_keyboard(page: Any) -> None:
    page.get_by_role("button", name="Sort by ΔE00", exact=True).focus()
    page.keyboard.press("Enter")
    assert column(page, 5) == sorted(column(page, 5))
    assert page.locator("th[aria-sort='ascending']").inner_text().startswith("ΔE00")


def test_the_slider_opens_moves_by_keys_and_closes(page: Any) -> None:
    first = page.locator(".sheet button").nth(1)
    first.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    slider = dialog.locator("input[type=range]")
    assert slider.evaluate("each => each === document.activeElement")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert slider.input_value() == "60"
    split = dialog.locator(".slider").evaluate("each => each.style.getPropertyValue('--split')")
    assert split == "60%"
    sources = [each.get_attribute("src") for each in dialog.locator("img").all()]
    assert sources[0] != sources[1]
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0


def test_the_page_itself_never_scrolls_sideways(page: Any) -> None:
    wide, visible = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= visible


def test_every_picture_is_drawn_and_named(page: Any) -> None:
    page.wait_for_function("[...document.images].every(each => each.complete)")
    assert page.evaluate(
        "[...document.images].filter(each => each.src && !each.naturalWidth).length"
    ) == 0  # fmt: skip
    assert page.locator("svg[role=img]:not([aria-label])").count() == 0
    assert page.locator(".chart polyline").count() > 5


def test_sections_are_there_and_published_rows_are_marked(page: Any) -> None:
    text = page.locator("main").inner_text()
    for words in (
        "By kind of photograph",
        "At equal colorfulness",
        "only light and dark",
        "Palettes",
        "Largest disagreement",
    ):
        assert words in text
    assert "None of these can be compared with the numbers above" in text


def test_the_numbers_fit_on_paper(page: Any) -> None:
    page.set_viewport_size({"width": 956, "height": 1000})  # A4, laid out a third wider
    page.emulate_media(media="print")
    wide, paper = page.locator("table.sortable").evaluate(
        "each => [each.scrollWidth, each.parentElement.clientWidth]"
    )
    assert wide <= paper
