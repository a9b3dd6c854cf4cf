"""`photochrom models quantize`: smaller copies, whose colors were compared."""

import sys
from pathlib import Path

import numpy as np
import pytest
from tests.photographs import gray_scene, save_color, save_gray
from tests.tiny import deep_model, tiny_model

from photochrom.cli.main import run
from photochrom.engine.colorizer import Colorizer
from photochrom.extras import install_line
from photochrom.files import file_sha256
from photochrom.models.contract import read_contract


@pytest.fixture
def model(here: Path) -> Path:
    save_gray(Path("photos/gray.png"))
    save_color(Path("photos/color.png"))
    return deep_model(here / "deep.onnx")


def quantize(*words: str | Path) -> int:
    return run(["models", "quantize", *map(str, words)])


@pytest.mark.parametrize("way", ["weights", "arithmetic"])
def test_a_copy_is_smaller_and_says_what_it_is(
    model: Path, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quantize(model, "-o", "small.onnx", "--photos", "photos", "--way", way) == 0
    printed = capsys.readouterr()
    assert printed.out == "small.onnx\n"
    assert "MB instead of 0.0; on 2 photographs colors moved by" in printed.err
    small = Path("small.onnx")
    assert small.stat().st_size < 0.8 * model.stat().st_size
    card = read_contract(small)[0]
    assert (card.name, card.base_sha256) == ("deep-int8", file_sha256(model))
    assert card.description.startswith("deep, its large weights rounded to int8")
    assert 0 < card.metrics["delta_e_2000_to_base"] < 1
    gray = gray_scene(64, 96).astype(np.float32)
    before, after = (Colorizer(each, threads=1)(gray) for each in (model, small))
    assert 0 < np.abs(before - after).mean() < 0.02


def test_colors_that_move_too_far_are_refused(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [model, "-o", "small.onnx", "--photos", "photos", "--most", "0.001"]
    assert quantize(*words) == 1
    told = capsys.readouterr().err
    assert "int8 moves the colors of deep by 0." in told
    assert "more than 0.001: nothing was written" in told
    assert told.count("\n") == 1
    assert not Path("small.onnx").exists()


def test_nothing_is_replaced_unasked(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = Path("there.onnx")
    there.write_bytes(b"mine")
    assert quantize(model, "-o", there, "--photos", "photos") == 1
    assert "there.onnx exists; add --force" in capsys.readouterr().err
    before = model.read_bytes()
    assert quantize(model, "-o", model, "--photos", "photos", "--force") == 1
    assert "is the model itself" in capsys.readouterr().err
    assert (there.read_bytes(), model.read_bytes()) == (b"mine", before)


@pytest.mark.parametrize(
    ("name", "photos", "complaint"),
    [
        ("tiny.onnx", "photos", "tiny has no large weights left"),
        ("autochrome+cic", "photos", "is a mix of models, and this takes one"),
        ("autocrome", "photos", "did you mean autochrome?"),
        ("deep.onnx", "nowhere", "nowhere does not exist"),
        ("deep.onnx", "damaged", "broken.png"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    model: Path, name: str, photos: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_model(model.with_name("tiny.onnx"))
    Path("damaged").mkdir()
    Path("damaged/broken.png").write_bytes(b"\x89PNG and no more")
    assert quantize(name, "-o", "small.onnx", "--photos", photos) == 1
    told = capsys.readouterr().err
    assert complaint in told
    assert told.count("\n") == 1
    assert not Path("small.onnx").exists()


def test_without_the_lab_the_install_line_is_exact(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert quantize(model, "-o", "small.onnx", "--photos", "photos") == 1
    line = f"photochrom: quantizing needs onnx; {install_line('train')}\n"
    assert capsys.readouterr().err == line
