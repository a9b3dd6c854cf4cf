"""The page of measured films: it plays, and its strips are drawn."""

from pathlib import Path
from typing import Any

import pytest
from tests.films import colored, write_film
from tests.tiny import tiny_model

from photochrom.cli.main import run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("films")
    film = write_film(place / "a-film-of-a-very-long-name.mp4", frames=6, look=colored, sound=None)
    model = tiny_model(place / "tiny.onnx", strength=20.0)
    words = ["--film", str(film), "--model", str(model), "--out", str(place / "out")]
    assert run(["evaluate", *words]) == 0
    return place / "out" / "report.html"


def test_films_play_and_strips_are_drawn(page: Any) -> None:
    page.wait_for_function("document.querySelector('video').readyState >= 2")
    assert page.evaluate("document.querySelector('video').videoWidth") == 2 * 96
    assert page.locator(".strips img").count() == 4
    page.wait_for_function("[...document.images].every(each => each.naturalWidth === 6)")
    wide, visible = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= visible
