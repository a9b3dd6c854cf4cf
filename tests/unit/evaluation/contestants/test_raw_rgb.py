from pathlib import Path

import numpy as np
import pytest
from tests.tiny import painting_model
from tests.unit.evaluation.photographs import Folder

from photochrom.color.lab import lab_to_srgb
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.options import Options
from photochrom.errors import InputError
from photochrom.evaluation import evaluate
from photochrom.evaluation.contestants.models import load_models, raw_rgb
from photochrom.evaluation.findings.summary import json_rows, summarize

OWN = (60.0, 20.0, -30.0)
GRAY = np.full((50, 70), 30, np.uint8)


@pytest.fixture
def painter(tmp_path: Path) -> Path:
    return painting_model(tmp_path / "painter.onnx", *OWN)


@pytest.mark.parametrize("shape", [(50, 70), (200, 300), (20, 900), (1, 1)])
def test_the_lightness_is_the_models_own(painter: Path, shape: tuple[int, int]) -> None:
    painted = raw_rgb(Colorizer(painter))(np.full(shape, 30, np.uint8))
    expected = np.rint(lab_to_srgb(np.array(OWN)) * 255)
    assert (painted.shape, painted.dtype) == ((*shape, 3), np.uint8)
    assert np.abs(painted - expected).max() <= 1


def test_the_front_door_keeps_the_lightness_of_the_photograph(painter: Path) -> None:
    colored = Colorizer(painter).colorize_array(GRAY)
    assert abs(int(colored.mean()) - 30) < 20
    assert np.ptp(colored.reshape(-1, 3), axis=0).max() <= 1


def test_colors_outside_srgb_are_clipped(tmp_path: Path) -> None:
    violent = painting_model(tmp_path / "violent.onnx", 50, 110, 110)
    painted = raw_rgb(Colorizer(violent))(GRAY)
    assert (painted[0, 0] == (painted.max(), 0, 0)).all()
    assert painted.max() == 255


def test_both_ways_can_stand_in_one_table(painter: Path, folder: Folder) -> None:
    colorizer = Colorizer(painter)
    models = {"kept": colorizer.colorize_array, "raw": raw_rgb(colorizer)}
    rows = {row["model"]: row for row in json_rows(summarize(evaluate(models, folder())))}
    assert rows["kept"]["lightness_error"] < 0.3
    assert rows["raw"]["lightness_error"] > 5


def test_a_model_that_paints_no_rgb_is_refused(tiny_model: Path) -> None:
    with pytest.raises(InputError, match="has no 'rgb_lightness' output, so it does not paint RGB"):
        load_models({"tiny": tiny_model}, Options(), paint=raw_rgb)


def test_a_saturation_does_not_apply(painter: Path) -> None:
    with pytest.raises(InputError, match="leave the saturation out"):
        raw_rgb(Colorizer(painter, options=Options(saturation=1.2)))
