"""`photochrom colorize --variants`, as a person would use it."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.photographs import gray_scene, save_gray
from tests.tiny import constant_model

import photochrom
from photochrom import Colorizer, InputError, Options

Colorize = Callable[..., int]


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_variants_lie_beside_the_result_and_differ(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    save_gray(here / "a.png")
    assert colorize("a.png", "--variants", "2") == 0
    expected = ["a-color.png", "a-color-variant-1.png", "a-color-variant-2.png"]
    assert capsys.readouterr().out.split() == expected
    colored = [pixels(here / name) for name in expected]
    for first in range(3):
        for second in range(first):
            assert np.abs(colored[first] - colored[second]).mean() > 1
    assert colorize("a.png") == 1
    assert colorize("a.png", "--force") == 0
    assert np.array_equal(pixels(here / "a-color.png"), colored[0])


def test_every_variant_says_which_one_it_is(here: Path, colorize: Colorize) -> None:
    save_gray(here / "a.jpg")
    assert colorize("a.jpg", "--variants", "2") == 0
    said = [(here / f"a-color{tail}.jpg").read_bytes() for tail in ("", "-variant-1", "-variant-2")]
    assert b"variant=" not in said[0]
    assert b"variant=1" in said[1]
    assert b"variant=2" in said[2]


def test_a_folder_keeps_variants_apart_from_photographs(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    save_gray(here / "album" / "a.png")
    assert colorize("album", "--variants", "1", "--json") == 0
    result = json.loads(capsys.readouterr().out)["results"][0]
    assert result["variants"] == [str(Path("album-color/a-variant-1.png"))]
    assert names(here / "album-color") == ["a-variant-1.png", "a.png", "photochrom.jsonl"]
    assert colorize("album", "--variants", "1", "--json") == 0
    again = json.loads(capsys.readouterr().out)["results"][0]
    assert (again["status"], again["variants"]) == ("kept", result["variants"])
    assert colorize("album-color", "-o", "twice", "--json") == 0
    left_out = json.loads(capsys.readouterr().out)["results_of_earlier_runs"]
    assert left_out == [result["variants"][0], str(Path("album-color/a.png"))]


def test_variants_beside_photographs_are_not_colored_again(here: Path, colorize: Colorize) -> None:
    save_gray(here / "a.png")
    assert colorize("a.png", "--variants", "1") == 0
    assert colorize(".", "-o", "all") == 0
    assert names(here / "all") == ["a.png", "photochrom.jsonl"]


def test_a_variant_replaces_nothing(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    save_gray(here / "a.png")
    (here / "a-color-variant-2.png").write_text("mine")
    assert colorize("a.png", "--variants", "2") == 1
    assert "a-color-variant-2.png is there already" in capsys.readouterr().err
    assert names(here) == ["a-color-variant-2.png", "a.png"]


def test_a_variant_never_takes_the_place_of_a_photograph(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    save_gray(here / "a.png")
    save_gray(here / "b-variant-1.png")
    assert colorize("a.png", "b-variant-1.png", "-o", ".", "--variants", "1", "--force") == 1
    assert "is an input and is never written to" in capsys.readouterr().err


def test_the_number_is_limited(here: Path, colorize: Colorize) -> None:
    save_gray(here / "a.png")
    assert colorize("a.png", "--variants", "17") == 2
    assert colorize("a.png", "--variants", "-1") == 2


def test_a_stream_has_no_variants(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    save_gray(here / "a.png")
    assert colorize("a.png", "-o", "-", "--variants", "1") == 2
    assert "--variants needs a picture that is a file" in capsys.readouterr().err


def test_a_model_without_distribution_knows_no_variants(here: Path) -> None:
    model = constant_model(here / "m.onnx", 5, 5)
    with pytest.raises(InputError, match="so it knows no other colorings"):
        Colorizer(model, options=Options(variants=1))


def test_python_gets_files_and_arrays(here: Path, tiny_model: Path) -> None:
    save_gray(here / "a.png")
    options = Options(variants=2)
    target = photochrom.colorize(here / "a.png", model=tiny_model, options=options)
    assert target == here / "a-color.png"
    colorizer = Colorizer(tiny_model, options=options)
    gray = np.rint(gray_scene() * 255).astype(np.uint8)
    varied = colorizer.vary_array(gray)
    assert [picture.shape for picture in varied] == [(48, 64, 3)] * 2
    assert np.array_equal(varied[0], pixels(here / "a-color-variant-1.png"))
    assert not Colorizer(tiny_model).vary_array(gray)
