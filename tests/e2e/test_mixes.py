"""`--model a+b` wherever a model is asked for."""

import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tests.films import write_film
from tests.photographs import save_color, save_gray
from tests.tiny import constant_model

from photochrom.cli.main import run
from photochrom.engine.batch.manifest import read_entries


@pytest.fixture
def mix(here: Path) -> str:
    red = constant_model(here / "red.onnx", 40, 10, name="red")
    blue = constant_model(here / "blue.onnx", -20, -30, name="blue")
    return f"{red}*0.25+{blue}*0.75"


def painted(path: Path) -> np.ndarray:
    """Mean of each channel."""
    return np.asarray(Image.open(path).convert("RGB"), float).mean((0, 1))


def test_a_photograph_and_its_records_name_both_models(mix: str) -> None:
    save_gray(Path("old/gray.jpg"))
    assert run(["colorize", "--model", mix, "old", "-o", "out"]) == 0
    *_, entry = read_entries(Path("out"))
    assert entry.model == "red*0.25+blue*0.75"
    first, second = entry.model_sha256.split("+")
    assert (first[64:], second[64:]) == ("*0.25", "*0.75")
    written = Path("out/gray.jpg").read_bytes()
    assert b"with the model red*0.25+blue*0.75" in written
    assert entry.model_sha256.encode() in written
    red, _, blue = painted(Path("out/gray.jpg"))
    assert blue > red + 10


def test_other_weights_are_another_model(mix: str, capsys: pytest.CaptureFixture[str]) -> None:
    save_gray(Path("old/gray.jpg"))
    found = []
    for model in (mix, mix, mix.replace("0.25", "0.5").replace("0.75", "0.5")):
        run(["colorize", "old", "-o", "out", "--json", "--model", model])
        found.append(json.loads(capsys.readouterr().out)["counts"])
    assert [each["colorized"] for each in found] == [1, 0, 0]
    assert [each["kept"] for each in found] == [0, 1, 0]
    assert [each["outdated"] for each in found] == [0, 0, 1]


def test_a_film_says_what_mixed_its_colors(mix: str) -> None:
    write_film(Path("reel.mp4"), frames=2)
    assert run(["film", "reel.mp4", "--model", mix]) == 0
    with av.open("reel-color.mp4") as film:
        comment = film.metadata["comment"]
    assert "model red*0.25+blue*0.75 (SHA-256 " in comment


def test_mixes_stand_in_tables(mix: str, capsys: pytest.CaptureFixture[str]) -> None:
    save_color(Path("photos/a.png"))
    words = ["evaluate", "--photos", "photos", "--json"]
    assert run([*words, "--model", f"both={mix}", "--model", mix.partition("*")[0]]) == 0
    rows = json.loads(capsys.readouterr().out)["models"]
    assert "both" in {row["model"] for row in rows}


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        ("autochrome+autocrome", "did you mean autochrome?"),
        ("autochrome*0+cic*1", "a weight is a number above 0, not '0'"),
        ("autochrome+cic", "cic is not fetched yet"),
    ],
)
def test_a_bad_mix_is_one_line(
    here: Path, model: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = save_gray(Path("gray.jpg"))
    assert run(["colorize", "--model", model, str(source)]) == 1
    assert complaint in (told := capsys.readouterr().err)
    assert told.count("\n") == 1
