import numpy as np
import pytest
from tests.unit.evaluation.photographs import colorful

from photochrom.evaluation.contestants.baselines import colorize_gray
from photochrom.evaluation.tally import (
    CURVE,
    RATIOS,
    REGION,
    STRENGTHS,
    Asked,
    Truth,
    measure,
    tally,
)

TRUTH = Truth(colorful(1, 24, 30))
INSIDE = np.zeros((24, 30), np.bool_)
INSIDE[:12] = True


def test_regions_add_up_to_the_whole() -> None:
    counted = tally(colorize_gray(TRUTH.gray), None, TRUTH, Asked(inside=INSIDE))
    whole = measure(colorize_gray(TRUTH.gray), TRUTH)
    both = counted["regions"].sum(axis=0)
    for name in ("auc", "auc_rebalanced", "delta_e"):
        ratio = both[:, REGION.index(name)]
        expected = whole[:, RATIOS.index(name)]
        assert ratio[0] / ratio[1] == pytest.approx(expected[0] / expected[1], rel=1e-5)
    assert counted["regions"][0, 0, REGION.index("chroma")] / 360 < 0.2


def test_an_empty_region_counts_nothing() -> None:
    counted = tally(TRUTH.rgb, None, TRUTH, Asked(inside=np.zeros_like(INSIDE)))
    assert not counted["regions"][0].any()


def test_the_curve_begins_at_gray_and_passes_the_picture_itself() -> None:
    counted = tally(TRUTH.rgb, None, TRUTH, Asked())
    curve = counted["strengths"][:, 0] / counted["strengths"][:, 1]
    assert curve[0, CURVE.index("colorfulness")] == 0
    itself = curve[STRENGTHS.index(1.0)]
    assert itself[CURVE.index("auc")] > 99.5
    assert itself[CURVE.index("colorfulness")] == pytest.approx(itself[3], rel=0.02)
    assert (np.diff(curve[:, CURVE.index("colorfulness")]) > 0).all()


def test_errors_are_counted_by_tolerance() -> None:
    counted = tally(TRUTH.rgb, None, TRUTH, Asked())
    assert counted["errors"][0] == counted["errors"].sum() == 24 * 30
    assert (counted["colors"][0] == counted["colors"][1]).all()


def test_a_model_without_confidence_counts_none() -> None:
    without = tally(TRUTH.rgb, None, TRUTH, Asked())
    assert not without["confidence"].any()
    flat = tally(TRUTH.rgb, np.full((6, 7), 0.55, np.float32), TRUTH, Asked())
    assert flat["confidence"].tolist() == [0, 1]
    assert flat["calibration"][5, 0] == 24 * 30


def test_the_probe_counts_the_whole_and_both_parts() -> None:
    counted = tally(TRUTH.rgb, None, TRUTH, Asked(inside=INSIDE, probe=True))
    whole, within, without = counted["levels"]
    np.testing.assert_allclose(whole, within + without, atol=1e-6)
    assert within[0, :, 0].sum() == INSIDE.sum()
