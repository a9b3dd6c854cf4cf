import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from photochrom.metrics.confidence import calibration_sums, confidence_rank

SURE = arrays(np.float32, 12, elements=st.floats(0, 1, width=16))
ERRORS = arrays(np.float32, 12, elements=st.floats(0, 150, width=16))


def test_agrees_with_scipy_ties_included() -> None:
    generator = np.random.default_rng(0)
    sure = (generator.integers(0, 8, 500) / 8).astype(np.float32)
    errors = generator.integers(0, 20, 500).astype(np.float32)
    expected = spearmanr(sure, -errors).statistic
    assert confidence_rank(sure, errors) == pytest.approx(expected, abs=1e-9)


@given(SURE, ERRORS)
def test_bounds(sure: np.ndarray, errors: np.ndarray) -> None:
    assert -1 <= confidence_rank(sure, errors) <= 1


@given(ERRORS)
def test_the_same_confidence_everywhere_says_nothing(errors: np.ndarray) -> None:
    assert confidence_rank(np.full(12, 0.5, np.float32), errors) == 0


def test_sure_where_wrong_is_minus_one() -> None:
    assert confidence_rank(np.float32([0.1, 0.5, 0.9]), np.float32([1, 2, 3])) == -1


@given(SURE, ERRORS)
def test_calibration_counts_every_pixel_once(sure: np.ndarray, errors: np.ndarray) -> None:
    sums = calibration_sums(sure, errors)
    assert sums[:, 0].sum() == 12
    assert sums[:, 1].sum() == pytest.approx(float(errors.sum(dtype=np.float64)))


def test_uneven_ranks_agree_with_scipy() -> None:
    sure = np.float32([0.1, 0.1, 0.1, 0.2, 0.9, 0.3, 0.8])
    errors = np.float32([9, 8, 8, 30, 31, 1, 2])
    expected = spearmanr(sure, -errors).statistic
    assert confidence_rank(sure, errors) == pytest.approx(expected, abs=1e-9)


def test_a_step_of_calibration_is_a_tenth() -> None:
    below_and_at = np.float32([step / 10 + shift for step in range(10) for shift in (0.002, 0.099)])
    sums = calibration_sums(below_and_at, np.arange(20, dtype=np.float32))
    assert sums.tolist() == [[2, 4 * step + 1] for step in range(10)]
