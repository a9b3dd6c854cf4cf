"""A model learns the color photographs of an album, in a process of its own."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.photographs import save_color, save_gray
from tests.studios import API, Studio

from photochrom.studio import teaching

LESSON = f"{API}/lesson"


@pytest.fixture
def studio(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    monkeypatch.setattr(teaching, "missing", lambda *_: [])
    running = Studio(tmp_path / "out", tiny_model)
    for number in range(2):
        running.bring(save_color(tmp_path / f"{number}.png", seed=number), "the lake.jpg")
    running.bring(save_gray(tmp_path / "aunt.png"))
    yield running
    running.teacher.stop()
    running.album.close()


def lesson(studio: Studio, state: str) -> Any:
    """Wait for what a lesson is to come to."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        told = studio.page.get(LESSON).json()
        if told["state"] == state and (told["doing"] or state != "working"):
            return told
        time.sleep(0.01)
    raise AssertionError(told)


def test_a_lesson_makes_a_model_that_can_be_chosen(studio: Studio, tmp_path: Path) -> None:
    started = studio.page.post(LESSON, params={"name": "Our/town + fair"})
    assert started.status_code == 202
    assert started.json()["photographs"] == 2
    told = lesson(studio, "done")
    assert (told["name"], told["is_written"]) == ("Our_town _ fair", True)
    assert told["told"] == "2 photographs: about 4 minutes on this machine"
    models = studio.page.get(f"{API}/models").json()["models"]
    assert {"Our_town _ fair"} <= {each["name"] for each in models if each["installed"]}
    reply = studio.page.get(f"{LESSON}/report")
    assert "attachment" in reply.headers["content-disposition"]
    assert [path.name for path in (tmp_path / "out" / "originals").glob(".*")] == []
    studio.page.post(LESSON, params={"name": "Our/town + fair"})  # nothing is overwritten
    assert lesson(studio, "done")["name"] == "Our_town _ fair-2"
    studio.page.delete(LESSON)
    assert lesson(studio, "none")["words"] == ""


def test_a_lesson_is_stopped_or_fails_and_leaves_nothing(studio: Studio, tmp_path: Path) -> None:
    studio.page.post(LESSON, params={"name": "slow"})
    told = lesson(studio, "working")
    assert (told["doing"], told["done"], told["total"]) == ("step 1 of 2, looking", 3, 12)
    again = studio.page.post(LESSON)
    assert (again.status_code, again.json()["detail"]) == (409, "it is learning already")
    studio.page.delete(LESSON)
    lesson(studio, "stopped")
    studio.page.post(LESSON, params={"name": "broken"})
    assert lesson(studio, "failed")["reason"] == "there is not enough memory for this"
    assert list((tmp_path / "out").glob("models/*")) == []
    assert studio.page.get(f"{LESSON}/report").status_code == 404


def test_what_is_missing_is_said(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    one = studio.album.since(0)[1][0]
    few = studio.page.post(LESSON, params={"ids": one})
    assert (few.status_code, few.json()["detail"]) == (
        409,
        "it learns from 2 color photographs at least",
    )
    monkeypatch.setattr(teaching, "missing", lambda *_: ["torch"])
    assert "pip install" in studio.page.get(LESSON).json()["needs"]
    assert "pip install" in studio.page.post(LESSON).json()["detail"]
