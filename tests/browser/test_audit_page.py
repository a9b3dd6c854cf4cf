"""The report of an audit in a real browser: sorting, keyboard, heat maps, narrow screens."""

from pathlib import Path
from typing import Any

import pytest
from tests.auditor_files import auditor_file
from tests.scenes import save_scene, scene, with_gray_patch, with_moved_chroma

from photochrom.cli.main import run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("audit")
    for seed in range(5):
        save_scene(place / "results" / f"clean-{seed}-of-a-very-long-name.png", scene(seed))
        save_scene(place / "truth" / f"clean-{seed}-of-a-very-long-name.png", scene(seed))
    save_scene(place / "results" / "patch.png", with_gray_patch(scene(5), 0.2, 0.8, 0.1))
    save_scene(place / "results" / "moved.png", with_moved_chroma(scene(6)))
    auditor = auditor_file(place / "a.onnx")
    words = ["--auditor", str(auditor), "--truth", str(place / "truth"), "--model", "none"]
    out = place / "out"
    assert run(["audit", "score", str(place / "results"), "--out", str(out), *words]) == 0
    return out / "report.html"


def column(page: Any, head: str) -> list[float]:
    heads = page.locator("table.sortable thead th").all_inner_texts()
    place = next(n for n, text in enumerate(heads) if text.startswith(head))
    cells = page.locator(f"table.sortable tbody tr td:nth-child({place + 1})")
    values = [cell.get_attribute("data-value") for cell in cells.all()]
    return [float(value) for value in values if value]


def test_the_table_starts_by_rank_and_sorts_by_any_fault(page: Any) -> None:
    assert column(page, "rank") == [1, 2, 3, 4, 5, 6, 7]
    page.get_by_role("button", name="Sort by gray patch", exact=True).click()
    assert column(page, "gray patch") == sorted(column(page, "gray patch"), reverse=True)
    page.get_by_role("button", name="Sort by rank", exact=True).focus()
    page.keyboard.press("Enter")
    assert column(page, "rank") == [1, 2, 3, 4, 5, 6, 7]
    page.get_by_role("button", name="Sort by error", exact=True).click()
    assert len(column(page, "error")) == 5


def test_the_page_itself_never_scrolls_sideways(page: Any) -> None:
    wide, visible = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= visible


def test_every_picture_is_drawn_and_named(page: Any) -> None:
    page.evaluate("for (const each of document.images) each.loading = 'eager'")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    page.wait_for_function("[...document.images].every(each => each.complete)")
    assert page.locator("img").count() >= 7 * 2
    assert page.evaluate("[...document.images].filter(each => !each.naturalWidth).length") == 0
    assert page.locator("img:not([alt])").count() == 0


def test_sections_are_there(page: Any) -> None:
    text = page.locator("main").inner_text()
    for words in ("Most artificial", "Most real", "Fault by fault", "Controls", "2.9 %", "32.3 %"):
        assert words in text
    assert page.locator(".chart polyline").count() == 1
