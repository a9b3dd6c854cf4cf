"""`photochrom colorize --hint`, as a person would use it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.photographs import save_gray
from tests.tiny import tiny_model

from photochrom.cli.main import run
from photochrom.color.lab import srgb_to_lab

ORIENTATION = 274
TURNED = 6  # the camera was held upright: rows are columns


@pytest.fixture
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models") / "hinted.onnx", hints=True)


def colorize(model: Path, *words: str) -> int:
    return run(["colorize", "--model", str(model), *words])


def distance(path: Path, place: tuple[int, int], color: tuple[int, int, int]) -> float:
    """How far a*, b* of a pixel (column, row) are from those of a color."""
    with Image.open(path) as picture:
        found = np.array(picture.convert("RGB").getpixel(place))
    pair = srgb_to_lab(np.stack([found, np.array(color)]) / 255)
    return float(np.hypot(*(pair[0, 1:] - pair[1, 1:])))


def save_flat(path: Path, size: tuple[int, int] = (80, 60), **more: object) -> None:
    """Save a gray picture of one tone, on which any color is met exactly or not at all."""
    Image.new("L", size, 125).save(path, **more)


def test_a_hinted_color_is_met_at_its_point(here: Path, model: Path) -> None:
    save_flat(here / "a.png")
    assert colorize(model, "a.png", "--hint", "20,30,#a05a48", "--hint", "60,10,#4a6fa0") == 0
    assert distance(here / "a-color.png", (20, 30), (0xA0, 0x5A, 0x48)) < 5
    assert distance(here / "a-color.png", (60, 10), (0x4A, 0x6F, 0xA0)) < 5


def test_a_hint_counts_the_pixels_of_the_upright_picture(here: Path, model: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED
    save_flat(here / "a.png", (60, 80), exif=exif)
    assert colorize(model, "a.png", "--hint", "70,50,#a05a48") == 0
    assert distance(here / "a-color.png", (70, 50), (0xA0, 0x5A, 0x48)) < 5


@pytest.mark.parametrize(
    ("hint", "status", "told"),
    [
        ("9,9", 2, "a hint is written X,Y,#RRGGBB"),
        ("9,9,green", 2, "a hint is written X,Y,#RRGGBB"),
        ("80,9,#a05a48", 1, "the hint 80,9,#a05a48 lies outside the picture of 80 x 60 pixels"),
    ],
)
def test_a_bad_hint_gets_one_line(
    here: Path,
    model: Path,
    capsys: pytest.CaptureFixture[str],
    hint: str,
    status: int,
    told: str,
) -> None:
    save_flat(here / "a.png")
    assert colorize(model, "a.png", "--hint", hint) == status
    assert told in capsys.readouterr().err
    assert not (here / "a-color.png").exists()


def test_hints_are_for_one_picture(
    here: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.png", "b.png"):
        save_gray(here / "album" / name)
    assert colorize(model, "album", "--hint", "9,9,#a05a48") == 1
    told = capsys.readouterr().err
    assert told == "photochrom: hints count the pixels of one picture, and there are 2\n"
    assert not list(here.rglob("*-color/*.png"))


def test_a_brush_takes_from_what_a_hint_covers(here: Path, model: Path) -> None:
    save_flat(here / "a.png")
    assert colorize(model, "a.png", "--hint", "20,30,#a05a48-60,30,9") == 0
    assert distance(here / "a-color.png", (40, 30), (0xA0, 0x5A, 0x48)) < 5
    assert distance(here / "a-color.png", (60, 30), (0xA0, 0x5A, 0x48)) > 10


def test_any_model_can_be_told_colors(here: Path, tiny_model: Path) -> None:
    save_flat(here / "a.png")
    assert colorize(tiny_model, "a.png", "--hint", "20,30,#a05a48") == 0
    assert distance(here / "a-color.png", (20, 30), (0xA0, 0x5A, 0x48)) < 5


def test_a_result_with_other_hints_is_another_result(
    here: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_gray(here / "album" / "a.png")
    assert colorize(model, "album", "--hint", "9,9,#a05a48") == 0
    capsys.readouterr()
    for hints, status in (
        (("9,9,#a05a48",), "kept"),
        (("9,9,#4a6fa0",), "outdated"),
        ((), "outdated"),
    ):
        words = [word for hint in hints for word in ("--hint", hint)]
        assert colorize(model, "album", *words, "--json") == 0
        assert json.loads(capsys.readouterr().out)["results"][0]["status"] == status


def test_a_hint_after_a_first_result_throws_nothing_away(
    model: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_gray(here / "a.png")
    assert colorize(model, "a.png") == 0
    first = (here / "a-color.png").read_bytes()
    assert colorize(model, "a.png") == 1, "nothing new was asked for"
    capsys.readouterr()
    assert colorize(model, "a.png", "--hint", "9,9,#a05a48") == 0
    assert capsys.readouterr().out == "a-color-2.png\n"
    assert colorize(model, "a.png", "--variants", "1", "--confidence") == 0
    assert (here / "a-color.png").read_bytes() == first
    assert {path.name for path in here.iterdir()} == {
        *("a.png", "a-color.png", "a-color-2.png", "a-color-3.png"),
        *("a-color-3-variant-1.png", "a-confidence-3.png"),
    }
    assert colorize(model, ".", "--recursive", "-o", "out") == 0
    assert [path.name for path in (here / "out").glob("*.png")] == ["a.png"]
