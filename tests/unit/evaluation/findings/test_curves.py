"""Curves of sums small enough to read them off."""

import numpy as np
import pytest
from tests.unit.evaluation.counted import evaluation_of

from photochrom.evaluation import Evaluation
from photochrom.evaluation.findings.curves import (
    at_equal_colorfulness,
    calibration,
    error_curves,
    palettes,
    strength_curves,
)
from photochrom.evaluation.tally import STRENGTHS

FACTORS = np.array([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2])


def test_the_curve_is_measured_from_gray_to_twice_the_chroma() -> None:
    assert list(STRENGTHS) == FACTORS.tolist()


def test_an_error_curve_is_the_percent_of_pixels_up_to_each_error() -> None:
    errors = np.zeros((2, 2, 151))
    errors[0, 0, [0, 10]] = 1, 2
    errors[0, 1, 150] = 1
    errors[1, :, 3] = 4
    curves = error_curves(evaluation_of(("one", "two"), errors=errors))
    assert curves["one"][[0, 9, 10, 149, 150]].tolist() == [25, 25, 75, 75, 100]
    assert curves["two"][[2, 3]].tolist() == [0, 100]


@pytest.fixture
def measured() -> Evaluation:
    """Two pictures; pooled, AuC is 70 + f, rebalanced 25 - 2f and the colorfulness 0.75 f."""
    sums = np.zeros((2, 2, 8, 2, 4))
    for picture, (auc, rebalanced) in enumerate([(60, 20), (80, 30)]):
        weighted, truth = 3 * (rebalanced - 2 * FACTORS), np.full(8, 40.0)
        sums[0, picture, :, 0] = np.stack([auc + FACTORS, weighted, 30 * FACTORS, truth], axis=-1)
        sums[0, picture, :, 1] = 1, 3, 1, 1
    sums[1] = sums[0]
    return evaluation_of(("model", "gray"), strengths=sums)


def test_a_strength_curve_pools_pictures_and_gray_has_none(measured: Evaluation) -> None:
    curves = strength_curves(measured)
    assert list(curves) == ["model"]
    expected = np.stack([0.75 * FACTORS, 70 + FACTORS, 25 - 2 * FACTORS], axis=-1)
    np.testing.assert_allclose(curves["model"], expected)


def test_equal_colorfulness_lies_between_the_strengths_measured(measured: Evaluation) -> None:
    model = at_equal_colorfulness(measured)["model"]
    assert model.factor == pytest.approx(4 / 3)
    assert model.auc.value == pytest.approx(70 + 4 / 3)
    assert model.auc_rebalanced.value == pytest.approx(25 - 8 / 3)


def test_its_intervals_reach_from_the_one_picture_to_the_other(measured: Evaluation) -> None:
    model = at_equal_colorfulness(measured, 0.3)["model"]
    assert (model.auc.interval.low, model.auc.interval.high) == pytest.approx((60.4, 80.4))
    rebalanced = model.auc_rebalanced.interval
    assert (rebalanced.low, rebalanced.high) == pytest.approx((19.2, 29.2))


def test_models_are_left_out_where_their_curve_ends(measured: Evaluation) -> None:
    assert at_equal_colorfulness(measured, 1.5)["model"].factor == 2
    assert at_equal_colorfulness(measured, 0)["model"].factor == 0
    assert at_equal_colorfulness(measured, 1.51) == {}
    assert at_equal_colorfulness(measured, -0.01) == {}


def test_calibration_by_hand() -> None:
    sums = np.zeros((2, 2, 10, 2))
    sums[0, 0, 1] = 1, 4
    sums[0, 1, 1] = 2, 26
    sums[0, 1, 9] = 1, 2
    told = calibration(evaluation_of(("sure", "silent"), calibration=sums))
    assert list(told) == ["sure"]
    nothing = (0, None)
    assert told["sure"] == [nothing, (75, 10), *[nothing] * 7, (25, 2)]


def test_palettes_by_hand() -> None:
    colors = np.zeros((2, 2, 2, 313))
    colors[:, 0, 1, [4, 5]] = 1, 2
    colors[:, 1, 1, 5] = 1
    colors[0, :, 0, 7] = 2
    colors[1, :, 0, [8, 9]] = [[1], [1]]
    truth, by_model = palettes(evaluation_of(("one", "two"), colors=colors))
    assert truth[[4, 5]].tolist() == [25, 75]
    assert by_model["one"][7] == 100
    assert by_model["two"][[8, 9]].tolist() == [50, 50]
