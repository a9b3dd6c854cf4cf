from pathlib import Path

import pytest
from PIL import Image
from tests.unit.evaluation.photographs import Folder, colorful

from photochrom.errors import InputError
from photochrom.evaluation import evaluate
from photochrom.evaluation.contestants.baselines import colorize_gray
from photochrom.evaluation.findings.summary import json_rows, summarize


def finished(place: Path, count: int, name: str = "color-{}-color.tif") -> Path:
    """Write the originals themselves as if a perfect colorizer had made them."""
    place.mkdir()
    for number in range(count):
        Image.fromarray(colorful(number)).save(place / name.format(number))
    return place


@pytest.mark.parametrize("name", ["color-{}-color.tif", "color-{}.webp", "color-{}.png"])
def test_results_are_matched_by_name(folder: Folder, tmp_path: Path, name: str) -> None:
    results = tmp_path / "done"
    results.mkdir()
    for number in range(3):
        options = {"lossless": True} if name.endswith("webp") else {}
        Image.fromarray(colorful(number)).save(results / name.format(number), **options)
    rows = json_rows(summarize(evaluate({}, folder(), results={"done": results})))
    assert rows[0]["model"] == "done"
    assert rows[0]["auc"] == 100
    assert rows[0]["seconds_per_picture"] is None


def test_a_missing_result_is_named_and_left_out_for_all(folder: Folder, tmp_path: Path) -> None:
    evaluation = evaluate({}, folder(color=3), results={"done": finished(tmp_path / "done", 2)})
    assert len(evaluation.pictures) == 2
    assert "has no picture named color-2" in evaluation.failures[0].failure


def test_results_of_other_pictures_show_both_sides(folder: Folder, tmp_path: Path) -> None:
    results = finished(tmp_path / "done", 2, "other-{}.png")
    with pytest.raises(InputError, match=r"other-0\.png there, color-0\.png here$"):
        evaluate({}, folder(), results={"done": results})


def test_results_of_another_size_name_the_protocol_that_helps(
    folder: Folder, tmp_path: Path
) -> None:
    results = tmp_path / "done"
    results.mkdir()
    Image.fromarray(colorful(0, 40, 40)).save(results / "color-0.png")
    photos = folder(color=1)
    with pytest.raises(InputError, match="stretch-256 compares them all the same"):
        evaluate({}, photos, results={"done": results})
    stretched = evaluate({}, photos, results={"done": results}, protocol="stretch-256")
    assert stretched.pictures[0].size == (256, 256)


def test_a_name_stands_once(folder: Folder, tmp_path: Path) -> None:
    results = finished(tmp_path / "done", 1)
    photos = folder()
    with pytest.raises(InputError, match="the name gray is taken"):
        evaluate({}, photos, results={"gray": results})
    with pytest.raises(InputError, match="the name a is taken"):
        evaluate({"a": colorize_gray}, photos, results={"a": results})


def test_a_jpeg_and_a_png_of_one_name_each_find_their_own(tmp_path: Path) -> None:
    photos, results = tmp_path / "photos", tmp_path / "done"
    photos.mkdir()
    results.mkdir()
    for number, suffix in enumerate(["png", "tif"]):
        Image.fromarray(colorful(number)).save(photos / f"a.{suffix}")
        Image.fromarray(colorful(number)).save(results / f"a-color.{suffix}")
    rows = json_rows(summarize(evaluate({}, photos, results={"done": results})))
    assert rows[0]["auc"] == 100
