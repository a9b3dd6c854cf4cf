"""Teaching it the photographs of an album, in a real browser; the learning itself is a stub."""

from pathlib import Path
from typing import Any

import pytest
from tests.photographs import save_color, save_gray
from tests.studios import Studio, hosted

from photochrom.studio import teaching

pytestmark = pytest.mark.browser


def test_it_learns_can_be_stopped_and_colors_all(
    browser: Any, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teaching, "missing", lambda *_: [])
    studio = Studio(tmp_path / "out", tiny_model)
    for number in range(3):
        studio.bring(save_color(tmp_path / f"{number}.png", seed=number))
    studio.bring(save_gray(tmp_path / "aunt.png"))
    with hosted(studio) as address:
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.set_default_timeout(120_000)  # of each wait for an event
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(address)

        def teach(name: str) -> None:
            page.get_by_role("button", name="Teach it my photographs").click()
            page.get_by_text("3 photographs here are in color.").wait_for()
            page.get_by_label("Name of the new model").fill(name)
            page.get_by_role("button", name="Begin").click()

        teach("slow")
        page.get_by_role("heading", name="Learning from 3 photographs").wait_for()
        page.get_by_text("3 photographs: about 4 minutes").wait_for()
        bar = page.get_by_role("progressbar", name="step 1 of 2, looking")
        bar.wait_for()
        assert bar.evaluate("bar => bar.position") == 0.25
        page.reload()
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("heading", name="Stopped").wait_for()
        teach("Our town")
        page.get_by_text("The new model colors photographs like yours better.").wait_for()
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Read the report").click()
        assert waiting.value.suggested_filename == "Our town-report.html"
        page.get_by_role("button", name="Color all with it").click()
        page.get_by_text("Our town colors all now").wait_for()
        page.locator("photo-album li").filter(has_text="aunt.png").click()
        page.locator("photo-bench[data-shown*='Our town']").wait_for()
        assert page.locator(".model select").input_value() == "Our town"
        page.context.close()
    assert not problems
