import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from photochrom.metrics.histogram import color_counts, histogram_distance

COUNTS = arrays(np.float64, 9, elements=st.integers(0, 50)).filter(lambda counts: counts.sum() > 0)


def test_half_of_the_pixels_in_the_wrong_cell_are_50_percent() -> None:
    truth = color_counts(np.float32([[50, 40, 40], [50, 40, 40], [50, 0, 0], [50, 0, 0]]))
    shown = color_counts(np.float32([[50, 0, 0], [50, 0, 0], [50, 0, 0], [50, 0, 0]]))
    assert histogram_distance(shown, truth) == 50


@given(COUNTS, COUNTS)
def test_identity_symmetry_bounds(first: np.ndarray, second: np.ndarray) -> None:
    assert histogram_distance(first, first) == 0
    assert histogram_distance(first, second) == pytest.approx(histogram_distance(second, first))
    assert 0 <= histogram_distance(first, second) <= 100 + 1e-9


@given(COUNTS, COUNTS)
def test_only_shares_count(first: np.ndarray, second: np.ndarray) -> None:
    expected = histogram_distance(first, second)
    assert histogram_distance(3 * first, second) == pytest.approx(expected)


def test_no_color_in_common_is_100() -> None:
    assert histogram_distance(np.array([4.0, 0]), np.array([0, 9.0])) == 100
