"""A mix: the weighted mean of what its models paint."""

from pathlib import Path

import numpy as np
import pytest
from tests.photographs import gray_scene
from tests.tiny import constant_model, echo_model, painting_model
from tests.tiny import tiny_model as write_tiny_model

from photochrom.engine.colorizer import Colorizer
from photochrom.engine.hints import Hint
from photochrom.engine.options import Options
from photochrom.errors import InputError, ModelError
from photochrom.evaluation.contestants.models import raw_rgb
from photochrom.picture import read_picture


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    constant_model(folder / "red.onnx", 30, 10, name="red", working_size=32)
    constant_model(folder / "blue.onnx", -10, -30, name="blue", saturation=0.5)
    write_tiny_model(folder / "hinted.onnx", hints=True)
    return folder


def chroma_of(colorizer: Colorizer, gray: np.ndarray) -> np.ndarray:
    return colorizer.predict_picture(read_picture(gray)).chroma


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{0}/red.onnx+{0}/blue.onnx", (12.5, -2.5)),  # half of 30, 10, and of half of -10, -30
        ("{0}/red.onnx*0.8+{0}/blue.onnx*0.2", (23.0, 5.0)),
        ("{0}/blue.onnx*3+{0}/red.onnx*12", (23.0, 5.0)),
    ],
)
def test_chroma_is_the_weighted_mean_of_advised_chroma(
    models: Path, text: str, expected: tuple[float, float]
) -> None:
    mix = Colorizer(text.format(models), threads=1)
    chroma = chroma_of(mix, gray_scene(60, 90).astype(np.float32))
    assert np.allclose(chroma.mean((1, 2)), expected, atol=1e-4)
    assert (mix.saturation, mix.size) == (1.0, 64)


def test_each_model_sees_the_picture_as_it_would_alone(models: Path, tmp_path: Path) -> None:
    small = echo_model(tmp_path / "echo.onnx")
    fine = constant_model(tmp_path / "fine.onnx", 0, 0, working_size=128)
    gray = gray_scene(200, 300).astype(np.float32)
    alone = chroma_of(Colorizer(small, threads=1), gray)
    mixed = chroma_of(Colorizer(f"{small}+{fine}", threads=1), gray)
    assert mixed.shape == (2, 105, 157)
    shrunk = 2 * np.stack([each[::2, ::2] for each in mixed])
    assert abs(shrunk[0].mean() - alone[0].mean()) < 0.2
    assert abs(shrunk[0].std() - alone[0].std()) < 0.3


def test_a_mix_names_its_models_and_their_files(models: Path) -> None:
    red, blue = (Colorizer(models / f"{name}.onnx", threads=1) for name in ("red", "blue"))
    even = Colorizer(f"{models}/red.onnx+{models}/blue.onnx", threads=1)
    uneven = Colorizer(f"{models}/red.onnx*6+{models}/blue.onnx*4", threads=1)
    assert even.provenance.model == "red+blue"
    assert even.provenance.model_sha256 == f"{red.sha256}+{blue.sha256}"
    assert uneven.provenance.model == "red*0.6+blue*0.4"
    assert uneven.provenance.model_sha256 == f"{red.sha256}*0.6+{blue.sha256}*0.4"


def test_hints_are_met_by_a_mix(models: Path) -> None:
    mix = Colorizer(f"{models}/hinted.onnx+{models}/red.onnx", threads=1)
    asked = Options(hints=(Hint(x=100, y=60, color="#2040c0"),))
    hinted = mix.with_options(asked)
    gray = gray_scene(120, 200).astype(np.float32)
    before, after = chroma_of(mix, gray), chroma_of(hinted, gray)
    row, column = 60 * after.shape[1] // 120, 100 * after.shape[2] // 200
    assert np.allclose(after[:, row, column], asked.hints[0].chroma, atol=0.5)
    assert np.allclose(after[:, :4, :4], before[:, :4, :4], atol=0.5)


@pytest.mark.parametrize(
    ("options", "purpose"),
    [
        (Options(confidence=True), "it cannot tell its confidence"),
        (Options(variants=2), "it knows no other colorings"),
        (Options(temperature=0.5), "its temperature cannot be changed"),
        (Options(label="sky"), "it cannot be told kinds"),
    ],
)
def test_what_a_mix_cannot_do_is_one_line(models: Path, options: Options, purpose: str) -> None:
    with pytest.raises(InputError, match=rf"model red\+blue .*{purpose}"):
        Colorizer(f"{models}/red.onnx+{models}/blue.onnx", options=options, threads=1)


def test_no_model_of_a_mix_sees_more_than_it_can(models: Path, tmp_path: Path) -> None:
    small = constant_model(tmp_path / "small.onnx", 1, 1, working_size=32, largest_size=48)
    mix = f"{small}+{models}/blue.onnx"  # which looks at 64
    Colorizer(mix, options=Options(size=96), threads=1)
    with pytest.raises(InputError, match="takes a size of 96 at most, not 97"):
        Colorizer(mix, options=Options(size=97), threads=1)


def test_a_mix_paints_no_rgb_of_its_own(models: Path, tmp_path: Path) -> None:
    painting = painting_model(tmp_path / "painting.onnx", 50, 10, 10)
    with pytest.raises(InputError, match="does not paint RGB"):
        raw_rgb(Colorizer(f"{painting}+{models}/red.onnx", threads=1))


def test_a_missing_part_is_told_before_anything_is_loaded(models: Path) -> None:
    with pytest.raises(ModelError, match="no model is called 'gren'"):
        Colorizer(f"{models}/red.onnx+gren", threads=1)
    with pytest.raises(ModelError, match=r"no model file at .*green\.onnx"):
        Colorizer(f"{models}/red.onnx+{models}/green.onnx", threads=1)


def test_names_that_fill_no_card_are_refused(tmp_path: Path) -> None:
    files = [constant_model(tmp_path / f"{n}.onnx", 0, 0, name=n * 60) for n in "ab"]
    with pytest.raises(ModelError, match="mix fewer models"):
        Colorizer("+".join(map(str, files)), threads=1)
