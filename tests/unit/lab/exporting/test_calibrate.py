from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photochrom.collection import open_collection
from photochrom.lab.exporting.calibrate import (
    SATURATIONS,
    TEMPERATURES,
    CalibrationTrial,
    calibrate,
    ranked,
)


def trial(**changes: float) -> CalibrationTrial:
    values = {"auc": 0.9, "auc_rebalanced": 5.0, "psnr": -0.5, "colorfulness": 0.9}
    return CalibrationTrial(temperature=1.0, saturation=1.0, **(values | changes))


def test_the_most_rebalanced_of_those_within_the_limits_wins() -> None:
    good, better = trial(), trial(auc_rebalanced=6.0)
    assert ranked([good, better])[0] is better
    for broken in ({"auc": 0.6}, {"psnr": -1.2}, {"colorfulness": 1.1}, {"colorfulness": 0.6}):
        assert ranked([trial(auc_rebalanced=9.0, **broken), good])[0] is good


def test_when_none_is_within_the_limits_the_nearest_wins() -> None:
    near, far = trial(auc=0.6), trial(auc=-2.0, auc_rebalanced=9.0)
    assert near.shortfall == pytest.approx(0.1)
    assert ranked([far, near])[0] is near


def test_every_setting_is_tried_and_stronger_saturation_is_more_colorful(
    tmp_path: Path, tiny_model: Path
) -> None:
    random = np.random.default_rng(0)
    for number in range(2):
        pixels = random.integers(0, 256, (4, 4, 3), np.uint8).repeat(8, 0).repeat(8, 1)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    trials = calibrate(tiny_model, open_collection(tmp_path))
    assert len(trials) == len(TEMPERATURES) * len(SATURATIONS)
    shares = {(t.temperature, t.saturation): t.colorfulness for t in trials}
    assert shares[1.0, 1.5] > shares[1.0, 0.8]
