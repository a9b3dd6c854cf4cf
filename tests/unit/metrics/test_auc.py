import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from photochrom.metrics.auc import ab_errors, auc_from_sums, error_sums

LAB = arrays(np.float32, (6, 3), elements=st.floats(-110, 110, width=32))
ERRORS = arrays(np.float32, 12, elements=st.floats(0, 300, width=32))


def area_under_curve(errors: np.ndarray, weights: np.ndarray | None = None) -> float:
    return auc_from_sums(*error_sums(errors, weights))


def integrated(errors: np.ndarray, weights: np.ndarray) -> float:
    """Integrate the curve C(t) numerically, as the definition reads."""
    tolerances = np.linspace(0, 150, 60_001)
    curve = [(weights * (errors <= t)).sum() / weights.sum() for t in tolerances]
    return float(np.trapezoid(curve, tolerances) / 150 * 100)


def test_closed_form_is_the_area_under_the_curve() -> None:
    generator = np.random.default_rng(1)
    errors = generator.uniform(0, 200, 40).astype(np.float32)
    weights = generator.uniform(0.1, 9, 40).astype(np.float32)
    assert area_under_curve(errors, weights) == pytest.approx(integrated(errors, weights), abs=0.01)


def test_lightness_does_not_count() -> None:
    dark, light = np.float32([[0, 20, -30]]), np.float32([[90, 20, -30]])
    assert ab_errors(dark, light).tolist() == [0.0]


@given(LAB, LAB)
def test_errors_are_symmetric(first: np.ndarray, second: np.ndarray) -> None:
    np.testing.assert_array_equal(ab_errors(first, second), ab_errors(second, first))


@given(ERRORS)
def test_stays_between_0_and_100(errors: np.ndarray) -> None:
    assert 0 <= area_under_curve(errors) <= 100


@given(LAB)
def test_identical_pictures_score_100(lab: np.ndarray) -> None:
    assert area_under_curve(ab_errors(lab, lab)) == 100


@given(ERRORS, ERRORS)
def test_pooling_adds_sums_and_is_no_average_of_averages(a: np.ndarray, b: np.ndarray) -> None:
    weights = np.ones_like(a) * np.float32(3)
    pooled = np.add(error_sums(a, weights), error_sums(b[:4], weights[:4]))
    together = area_under_curve(np.concatenate([a, b[:4]]))
    assert auc_from_sums(*pooled) == pytest.approx(together, abs=1e-4)


def test_weighted_sums_by_hand() -> None:
    assert error_sums(np.float32([10, 400, 4]), np.float32([2, 1, 0.5])) == (172.0, 3.5)
